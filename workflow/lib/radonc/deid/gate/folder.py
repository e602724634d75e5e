"""A whole folder before the gate: every file that may leave, by name and by content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from radonc.deid.gate import files
from radonc.deid.gate.findings import Finding, listed
from radonc.deid.gate.hunt import WITHHELD, Hunt, listen
from radonc.deid.gate.parts import Artefact, Fault, Part, Text
from radonc.deid.gate.people import People
from radonc.runtime.digests import of_file
from radonc.runtime.errors import StudyError
from radonc.runtime.private import AREA
from radonc.runtime.tables import read_json

PASSED_OVER = frozenset({".snakemake"})

KINDS = {
    ".parquet": "tables",
    ".csv": "sheets",
    ".json": "records of settings and counts",
    ".html": "pages",
    ".svg": "pictures",
    ".log": "logs",
    ".tsv": "benchmarks",
}
"""What files are called in the record, by suffix; all others are ``other texts``."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies in folders, by the names below them.

    Attributes
    ----------
    names
        Of all files and folders.
    searched
        The files that are to be searched.
    unread
        Files that need no search or allow none: weights of models, and what was fetched with a public model.
    others
        Folders of other studies, which have private areas of their own. They are not looked at.
    """

    names: list[str] = field(default_factory=list)
    searched: dict[str, Path] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def certify(roots: Sequence[Path], private: Path, leave_out: Iterable[Path] = ()) -> dict[str, Any]:
    """Return the record of what may leave, when nothing was found in it.

    Raises
    ------
    StudyError
        With artefact and kind of each finding, never with a value.
    """
    findings, record = examine(roots, private, leave_out)
    if findings:
        raise StudyError(
            f"this must not leave the house: {listed(findings)}. Nothing was moved: all of it is where it was. Look at "
            "the places named, as somebody who may see identifiers; take what was put there out, rename what bears a "
            "name, or correct the extract's mapping and report a gap of the scrubber; then run again"
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
        Files that are not looked at, such as the log of the job that looks.

    Returns
    -------
    list[Finding], dict
        What was found, and a record: verdict, artefacts by kind, what was hunted, digests.
    """
    folder = walk(roots, private, leave_out)
    people = People.of_area(private)
    artefacts: dict[str, Artefact] = {name: partial(_parts, path) for name, path in folder.searched.items()}
    names = partial(_names, folder.names)
    hunt = Hunt(people, listen([*artefacts.values(), names]))
    shown = {name: _shown(name, hunt) for name in folder.names}
    findings = [
        Finding(shown[name], column, kind, count)
        for name, artefact in artefacts.items()
        for (column, kind), count in hunt.search(artefact).items()
    ]
    findings += [
        Finding(shown[name], "", f"{kind} in the name", 1) for name in folder.names for kind in _kinds(name, hunt)
    ]
    return sorted(findings), _record(folder, shown, hunt, len(findings))


def walk(roots: Iterable[Path], private: Path, leave_out: Iterable[Path] = ()) -> Folder:
    """Return what lies in folders, but for a private area."""
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
            if files.suffix_of(path) in files.WEIGHTS or _is_fetched(path):
                found.unread.append(name)
            else:
                found.searched[name] = path
    return found


def _entries(folder: Path, root: Path, hidden: set[Path], others: list[str]) -> Iterator[Path]:
    """Yield all files and folders below a folder; of a link to a folder and of a private area only itself."""
    entries = sorted(folder.iterdir())
    if folder != root and any(entry.name == AREA and entry.is_dir() for entry in entries):
        others.append(folder.relative_to(root).as_posix())
        return
    for entry in entries:
        if (entry.resolve() in hidden and not entry.is_symlink()) or entry.name in PASSED_OVER:
            continue
        yield entry
        if entry.is_dir() and not entry.is_symlink() and entry.name != AREA:
            yield from _entries(entry, root, hidden, others)


def _is_fetched(path: Path) -> bool:
    """Tell whether a file came with a public model from the hub, and is as it came."""
    manifest = path.parent / "model.json"
    if path.is_dir() or path == manifest or not manifest.exists():
        return False
    model = read_json(manifest)
    return "hub" in model.get("source", {}) and model.get("files", {}).get(path.name) == of_file(path)


def _parts(path: Path) -> Iterator[Part]:
    if path.is_dir():
        yield Fault("a private area" if path.name == AREA else "cannot be checked: a link to a folder")
    else:
        yield from files.parts(path)


def _names(names: Iterable[str]) -> Iterator[Part]:
    yield from (Text(_as_words(name)) for name in names)


def _as_words(name: str) -> str:
    """Return the last part of a path, once more with capitals: in names of files, people's names often have none."""
    part = PurePosixPath(name).name
    return f"{part}\n{part.title()}"


def _kinds(name: str, hunt: Hunt) -> list[str]:
    return sorted(hunt.kinds_in_text(Text(_as_words(name))))


def _shown(name: str, hunt: Hunt) -> str:
    """Return a path without those of its parts that tell who somebody is."""
    return "/".join(WITHHELD if _kinds(part, hunt) else part for part in name.split("/"))


def _record(folder: Folder, shown: Mapping[str, str], hunt: Hunt, n_findings: int) -> dict[str, Any]:
    kinds = Counter(KINDS.get(files.suffix_of(path), "other texts") for path in folder.searched.values())
    n = len(folder.searched)
    verdict = f"no identifier of the extract found in {n} artefacts"
    return {
        "verdict": verdict if not n_findings else f"{n_findings} findings in {n} artefacts",
        "artefacts": dict(sorted(kinds.items())),
        "identifiers_hunted": hunt.people.counts(),
        "hunted_in_own_rows_only": hunt.numbers.dense(),
        "not_searched": [shown[name] for name in folder.unread],
        "other_studies": [shown[name] for name in folder.others],
        "digests": {shown[name]: of_file(path) for name, path in folder.searched.items() if path.is_file()},
    }
