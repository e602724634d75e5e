"""The gate for folders: every file that may leave, by name and by content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from radonc.deid.gate import files, manifests
from radonc.deid.gate.check import Finding, listed
from radonc.deid.gate.leak_search import WITHHELD, LeakSearch, collect_tokens
from radonc.deid.gate.parts import Artefact, Part, Text, Unsearchable
from radonc.deid.gate.people import People
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_file
from radonc.runtime.private import AREA

KINDS = {
    ".parquet": "tables",
    ".csv": "sheets",
    ".json": "records of settings and counts",
    ".html": "pages",
    ".svg": "pictures",
    ".log": "logs",
    ".tsv": "benchmarks",
    files.WEIGHTS: "weights",
}
"""What files are called in the record, by suffix; all others are ``other texts``."""

FETCHED = "came with a public model, and is as it came"
OTHERS = "belongs to another study"
PRIVATE = "is the private area, which must not leave"
WRITTEN = "is written by this search"
"""Reasons why something is not searched. There are no others, and the verdict names them."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies in folders, by the names below them.

    Attributes
    ----------
    names
        Of all files and folders.
    searched
        The files that are to be searched.
    digests
        Their SHA-256. Every file is read for it once, however large.
    fetched
        Files that came with a public model from the hub, and are as they came.
    others
        Folders of other studies, which have private areas of their own. They are not looked at.
    """

    names: list[str] = field(default_factory=list)
    searched: dict[str, Path] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def certify(roots: Sequence[Path], private: Path, leave_out: Iterable[Path] = ()) -> dict[str, Any]:
    """Return the record of what may leave, if no identifier was found in it.

    Raises
    ------
    StudyError
        With artefact and kind of each finding, never with a value.
    """
    findings, record = examine(roots, private, leave_out)
    if findings:
        raise StudyError(
            f"this must not leave the house: {listed(findings)}. Nothing was moved: all of it is where it was. Look at "
            "the places named, as somebody who may see identifiers; take what was put there out, rename what has a "
            "name in it, or correct the extract's mapping and report a gap of the scrubber; then run again"
        )
    return record


def examine(
    roots: Sequence[Path], private: Path, leave_out: Iterable[Path] = ()
) -> tuple[list[Finding], dict[str, Any]]:
    """Search folders for the identifiers of a study's extract.

    Parameters
    ----------
    roots
        The folders. Files are named as they stand below them.
    private
        The private area of the study: its canonical tables and its crosswalk.
    leave_out
        Files that are not looked at: those that the job itself writes.

    Returns
    -------
    list[Finding], dict
        What was found, and a record: verdict, artefacts by kind, what was searched for, what was not searched, digests.
    """
    written = list(leave_out)
    folder = walk(roots, private, written)
    people = People.from_private_area(private)
    artefacts: dict[str, Artefact] = {
        name: partial(_parts, path, folder.digests.get(name)) for name, path in folder.searched.items()
    }
    names = partial(_names, folder.names)
    search = LeakSearch(people, collect_tokens([*artefacts.values(), names]))
    shown = {name: _shown(name, search) for name in folder.names}
    findings = [
        Finding(shown[name], column, kind, count)
        for name, artefact in artefacts.items()
        for (column, kind), count in search.search(artefact).items()
    ]
    findings += [
        Finding(shown[name], "", f"{kind} in the name", 1) for name in folder.names for kind in _kinds(name, search)
    ]
    not_searched = {
        FETCHED: [shown[name] for name in folder.fetched],
        OTHERS: [shown[name] for name in folder.others],
        PRIVATE: [private.name] if any(private.resolve().is_relative_to(root.resolve()) for root in roots) else [],
        WRITTEN: [path.name for path in written],
    }
    return sorted(findings), _record(folder, shown, search, not_searched, len(findings))


def walk(roots: Iterable[Path], private: Path, leave_out: Iterable[Path] = ()) -> Folder:
    """Return the content of folders, without a private area."""
    found = Folder()
    hidden = {path.resolve() for path in (private, *leave_out)}
    for root in roots:
        for path in _entries(root, root, hidden, found.others):
            if not path.is_symlink():
                hidden.add(path.resolve())
            name = path.relative_to(root).as_posix()
            if name in found.searched:
                name = path.as_posix()
            found.names.append(name)
            if path.is_dir() and not path.is_symlink() and path.name != AREA:
                continue
            digest = hash_file(path) if path.is_file() else None
            if digest and manifests.is_as_fetched(path, digest):
                found.fetched.append(name)
                continue
            found.searched[name] = path
            if digest:
                found.digests[name] = digest
    return found


def _entries(folder: Path, root: Path, hidden: set[Path], others: list[str]) -> Iterator[Path]:
    """Yield all files and folders below a folder; of a link to a folder and of a private area only itself."""
    entries = sorted(folder.iterdir())
    if folder != root and _is_of_a_study(folder / AREA):
        others.append(folder.relative_to(root).as_posix())
        return
    for entry in entries:
        if entry.resolve() in hidden and not entry.is_symlink():
            continue
        yield entry
        if entry.is_dir() and not entry.is_symlink() and entry.name != AREA:
            yield from _entries(entry, root, hidden, others)


def _is_of_a_study(area: Path) -> bool:
    """Tell whether a folder is a study's private area, and not only called so."""
    try:
        return any((area / name).exists() for name in ("extract", "crosswalk.parquet"))
    except PermissionError:
        return True


def _parts(path: Path, digest: str | None) -> Iterator[Part]:
    """Yield the parts of what lies at a path; only a regular file has a digest."""
    if path.is_symlink():
        target = str(path.readlink())
        yield Text(f"{target}\n{target.title()}")
    if path.is_dir():
        yield Unsearchable("a private area" if path.name == AREA else "cannot be checked: a link to a folder")
    elif digest is None:
        yield Unsearchable("cannot be checked: it leads to no file")
    else:
        if files.suffix_of(path) == files.WEIGHTS and not manifests.is_as_written(path, digest):
            yield Unsearchable("cannot be checked: no manifest beside these weights says that the workflow wrote them")
        yield from files.parts(path)


def _names(names: Iterable[str]) -> Iterator[Part]:
    yield from (Text(_as_words(name)) for name in names)


def _as_words(name: str) -> str:
    """Return the last part of a path, once more with capitals: in names of files, people's names often have none."""
    part = PurePosixPath(name).name
    return f"{part}\n{part.title()}"


def _kinds(name: str, search: LeakSearch) -> list[str]:
    return sorted(search.kinds_in_text(Text(_as_words(name))))


def _shown(name: str, search: LeakSearch) -> str:
    """Return a path without those of its parts that identify a patient."""
    return "/".join(WITHHELD if _kinds(part, search) else part for part in name.split("/"))


def _record(
    folder: Folder, shown: Mapping[str, str], search: LeakSearch, not_searched: Mapping[str, list[str]], n_findings: int
) -> dict[str, Any]:
    kinds = Counter(KINDS.get(files.suffix_of(path), "other texts") for path in folder.searched.values())
    n = len(folder.searched)
    verdict = f"{n_findings} findings" if n_findings else "no identifier of the extract found"
    unsearched = [f"what {reason} ({len(names)})" for reason, names in not_searched.items() if names]
    return {
        "verdict": f"{verdict} in {n} artefacts{'; not searched: ' if unsearched else ''}{', '.join(unsearched)}",
        "artefacts": dict(sorted(kinds.items())),
        "identifiers_searched": search.people.counts(),
        "searched_in_own_rows_only": search.numbers.dense_lengths(),
        "not_searched": {reason: names for reason, names in not_searched.items() if names},
        "digests": {shown[name]: digest for name, digest in folder.digests.items()},
    }
