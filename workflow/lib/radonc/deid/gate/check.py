"""The gate for tables and single files, and what it finds: place, kind and count, never a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow

from radonc.data import schemas
from radonc.data.fields import Kind, columns_of
from radonc.deid.crosswalk import Crosswalk
from radonc.deid.gate import files
from radonc.deid.gate.leak_search import LeakSearch, collect_tokens
from radonc.deid.gate.parts import Artefact, Part, Rows, tidy
from radonc.deid.gate.people import People
from radonc.runtime.errors import StudyError

MAX_SHOWN = 20


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What was found and where, never the value.

    Attributes
    ----------
    artefact, column
        The table and its column, or the file and the column of its table; of a text the column is empty.
    kind
        The identifier's column in the extract, or the rule that was broken.
    count
        The number of cells; of a text one.
    """

    artefact: str
    column: str
    kind: str
    count: int

    def __str__(self) -> str:
        column = f" column '{self.column}'" if self.column else ""
        return f"'{self.artefact}'{column}: {self.kind} ({self.count})"


def require_clean(
    artefacts: Mapping[str, pd.DataFrame | Path], canonical: Mapping[str, pd.DataFrame], crosswalk: Crosswalk
) -> dict[str, int]:
    """Stop the run when something that is to leave the private area holds an identifier.

    Returns
    -------
    dict
        What was searched for: column -> number of cells with an identifier. Shards' numbers can be added up.

    Raises
    ------
    StudyError
        With artefact, column, kind and count of each finding, never with a value.
    """
    findings = check(artefacts, canonical, crosswalk)
    if findings:
        raise StudyError(
            f"identifiers are left in what should leave the private area: {listed(findings)}. Nothing was released; "
            "look at the cells in the private area, and correct the extract's mapping or report a gap of the scrubber"
        )
    return _cells(canonical)


def check(
    artefacts: Mapping[str, pd.DataFrame | Path], canonical: Mapping[str, pd.DataFrame], crosswalk: Crosswalk
) -> list[Finding]:
    """Return the identifiers that are left in tables and files.

    Parameters
    ----------
    artefacts
        What is to leave, by name: tables whose key columns hold pseudonyms, or files.
    canonical
        All canonical tables, with identifiers.
    crosswalk
        The pseudonyms of the ids.
    """
    return search(_readers(artefacts), _people(canonical, crosswalk))


def search(artefacts: Mapping[str, Artefact], people: People) -> list[Finding]:
    """Return the identifiers of people that are left in artefacts."""
    leaks = LeakSearch(people, collect_tokens(artefacts.values()))
    return sorted(
        Finding(name, column, kind, count)
        for name, artefact in artefacts.items()
        for (column, kind), count in leaks.search(artefact).items()
    )


def listed(findings: Sequence[Finding]) -> str:
    """Return findings in one line."""
    more = f"; and {len(findings) - MAX_SHOWN} more" if len(findings) > MAX_SHOWN else ""
    return "; ".join(map(str, findings[:MAX_SHOWN])) + more


def _cells(canonical: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    cells: Counter[str] = Counter()
    for name, schema in schemas.CANONICAL.items():
        for kind in (Kind.KEY, Kind.IDENTIFIER, Kind.DATE):
            for column in columns_of(schema, kind):
                cells[column] += int(canonical[name][column].notna().sum())
    return dict(cells)


def _readers(artefacts: Mapping[str, pd.DataFrame | Path]) -> dict[str, Artefact]:
    return {name: _reader(artefact) for name, artefact in artefacts.items()}


def _reader(artefact: pd.DataFrame | Path) -> Artefact:
    return partial(files.parts, artefact) if isinstance(artefact, Path) else partial(_parts, artefact)


def _parts(frame: pd.DataFrame) -> Iterator[Part]:
    for start in range(0, len(frame), files.ROWS):
        rows = frame.iloc[start : start + files.ROWS]
        yield Rows(tidy(pyarrow.Table.from_pandas(rows, preserve_index=False)))


def _people(canonical: Mapping[str, pd.DataFrame], crosswalk: Crosswalk) -> People:
    columns = {name: pyarrow.Table.from_pandas(frame, preserve_index=False) for name, frame in canonical.items()}
    return People(columns, _rows_of(crosswalk))


def _rows_of(crosswalk: Crosswalk) -> pyarrow.Table:
    rows = [
        {"key": key, "source_id": source, "pseudonym": pseudonym}
        for key, ids in crosswalk.pseudonyms.items()
        for source, pseudonym in ids.items()
    ]
    return pyarrow.Table.from_pylist(rows, schema=pyarrow.schema(dict.fromkeys(rows[0], pyarrow.string())))
