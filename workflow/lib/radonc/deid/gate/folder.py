"""The gate for folders: every file that may leave, by name and by content."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from radonc.deid.gate import files
from radonc.deid.gate.files import Part, Text, Unsearchable
from radonc.deid.gate.leak_search import WITHHELD, Finding, LeakSearch, listed
from radonc.deid.gate.people import People
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_file
from radonc.runtime.private import AREA

# What files are called in the record, by suffix; all others are ``other texts``.
KINDS = {
    ".parquet": "tables", ".csv": "sheets", ".json": "records of settings and counts", ".html": "pages",
    ".svg": "pictures", ".log": "logs", ".tsv": "benchmarks", files.WEIGHTS: "weights",
}  # fmt: skip
# Reasons why something is not searched. There are no others, and the verdict names them.
FETCHED = "came with a public model, and is as it came"
OTHERS = "belongs to another study"
PRIVATE = "is the private area, which must not leave"
WRITTEN = "is written by this search"


class Entry(NamedTuple):
    """A file or folder."""

    path: Path
    digest: str | None  # SHA-256 of a regular file, or of the one that a link leads to, which is read for it once
    is_searched: bool  # not only by its name: neither a folder nor a file that is as it came with a public model


def certify(roots: Sequence[Path], private: Path, leave_out: Iterable[Path] = ()) -> dict[str, Any]:
    """Return the record of ``examine``, or raise StudyError with artefact and kind of each finding, never its value."""
    findings, record = examine(roots, private, leave_out)
    if findings:
        raise StudyError(
            f"this must not be released: {listed(findings)}. Nothing was moved: all of it is where it was. Look at "
            "the places named, as somebody who may see identifiers; take what was put there out, rename what has a "
            "name in it, or correct the extract's mapping and report a gap of the scrubber; then run again"
        )
    return record


def examine(
    roots: Sequence[Path], private: Path, leave_out: Iterable[Path] = ()
) -> tuple[list[Finding], dict[str, Any]]:
    """Search folders for the identifiers of a study's extract, whose private area is given.

    Files are named as they stand below the folders. Those to leave out are the ones that the job itself writes. Return
    what was found, and a record: verdict, artefacts by kind, what was searched for, what was not searched, digests.
    """
    written = list(leave_out)
    entries, others = _walk(roots, private, written)
    artefacts = {name: partial(_parts, entry) for name, entry in entries.items()}
    search = LeakSearch(People.from_private_area(private), artefacts)
    shown = {name: _shown(name, search) for name in entries}
    findings = sorted(replace(finding, artefact=shown[finding.artefact]) for finding in search.findings())
    searched = {name: entry for name, entry in entries.items() if entry.is_searched}
    reasons = {
        FETCHED: [shown[name] for name, entry in entries.items() if entry.digest and not entry.is_searched],
        OTHERS: [_shown(name, search) for name in others],
        PRIVATE: [private.name] if any(private.resolve().is_relative_to(root.resolve()) for root in roots) else [],
        WRITTEN: [path.name for path in written],
    }
    not_searched = {reason: unsearched for reason, unsearched in reasons.items() if unsearched}
    verdict = f"{len(findings)} findings" if findings else "no identifier of the extract found"
    verdict += f" in {len(searched)} artefacts"
    if not_searched:
        verdict += "; not searched: " + ", ".join(f"what {why} ({len(names)})" for why, names in not_searched.items())
    kinds = Counter(KINDS.get(files.suffix_of(entry.path), "other texts") for entry in searched.values())
    return findings, {
        "verdict": verdict,
        "artefacts": dict(sorted(kinds.items())),
        "identifiers_searched": search.people.counts(),
        "searched_in_own_rows_only": search.numbers.dense_lengths(),
        "not_searched": not_searched,
        "digests": {shown[name]: entry.digest for name, entry in searched.items() if entry.digest},
    }


def _walk(roots: Iterable[Path], private: Path, leave_out: Iterable[Path]) -> tuple[dict[str, Entry], list[str]]:
    """Return what lies in folders by name, but no private area; and other studies' folders, which are not entered."""
    entries: dict[str, Entry] = {}
    others: list[str] = []
    hidden = {path.resolve() for path in (private, *leave_out)}
    for root in roots:
        for path in _entries(root, root, hidden, others):
            if not path.is_symlink():
                hidden.add(path.resolve())
            name = path.relative_to(root).as_posix()
            digest = hash_file(path) if path.is_file() else None
            is_folder = path.is_dir() and not path.is_symlink() and path.name != AREA
            is_searched = not is_folder and not (digest and files.origin_of(path, digest) == "hub")
            entries[path.as_posix() if name in entries else name] = Entry(path, digest, is_searched)
    return entries, others


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


def _parts(entry: Entry) -> Iterator[Part]:
    """Yield the parts of a file or folder: its name, where it leads to, and its content if that is searched."""
    path = entry.path
    yield _name_as_text(path.name)
    if not entry.is_searched:
        return
    if path.is_symlink():
        target = str(path.readlink())
        yield Text(f"{target}\n{target.title()}")
    if path.is_dir():
        yield Unsearchable("a private area" if path.name == AREA else "cannot be checked: a link to a folder")
    elif entry.digest is None:
        yield Unsearchable("cannot be checked: it leads to no file")
    else:
        if files.suffix_of(path) == files.WEIGHTS and files.origin_of(path, entry.digest) != "workflow":
            yield Unsearchable("cannot be checked: no manifest beside these weights says that the workflow wrote them")
        yield from files.parts(path)


def _name_as_text(name: str) -> Text:
    """Return a name, once more with capitals: in names of files, people's names often have none."""
    return Text(f"{name}\n{name.title()}", place=" in the name")


def _shown(name: str, search: LeakSearch) -> str:
    """Return a path without those of its parts that identify a patient."""
    return "/".join(WITHHELD if search.kinds_in_text(_name_as_text(part)) else part for part in name.split("/"))
