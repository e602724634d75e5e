"""Did an extract come through? What became of the rows of each table, and when that is too little to go on with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from radonc.data.extract import REPEATED
from radonc.data.schemas import CANONICAL
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.mapping import ExtractMapping, Table

NEEDED = ("patients", "diagnoses", "plans")
"""The tables without which there is no case. An extract may bring no annotations."""
COMMONEST = 3


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the rows of a source table.

    Attributes
    ----------
    table
        Our name of it.
    n_kept, n_rejected
        The distinct rows that could be read, and those that could not.
    n_repeated
        Rows that repeat another one. They count neither way: what they say is in the row that they repeat, and in a
        table in which every row stands ten times, as a join makes it, they would hide how many are rejected.
    reasons
        Column and reason of the rejected rows, with their number: the commonest first.
    """

    table: str
    n_kept: int
    n_rejected: int
    n_repeated: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def n_distinct(self) -> int:
        """The number of rows that repeat no other."""
        return self.n_kept + self.n_rejected

    @property
    def commonest(self) -> str:
        """The commonest reasons in words."""
        return "; ".join(f"{reason} ({n})" for reason, n in self.reasons[:COMMONEST])

    def __str__(self) -> str:
        parts = [f"{self.n_distinct + self.n_repeated} rows", f"{self.n_kept} kept", f"{self.n_rejected} rejected"]
        parts += [f"{self.n_repeated} repeat another"] if self.n_repeated else []
        reason = f"; commonest reason: {self.reasons[0][0]} ({self.reasons[0][1]})" if self.reasons else ""
        return f"{self.table}: {', '.join(parts)}{reason}"


def tally(read: Mapping[str, pd.DataFrame], tables: Iterable[str]) -> list[Tally]:
    """Count what became of the rows of the source tables.

    Parameters
    ----------
    read
        As ``extract.read_tables`` returns it.
    tables
        The tables that were read.
    """
    found = []
    for name in (name for name in CANONICAL if name in set(tables)):
        rows = read["rejected_rows"][read["rejected_rows"]["table"] == name]
        rejected = rows[rows["reason"] != REPEATED]
        causes = zip(rejected["column"], rejected["reason"], strict=True)
        counts = Counter(f"{name}.{column}: {reason}" for column, reason in causes)
        # Equal numbers in the order of the alphabet: the same rows make the same message.
        reasons = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        found.append(Tally(name, len(read[name]), len(rejected), len(rows) - len(rejected), tuple(reasons)))
    return found


def require(read: Mapping[str, pd.DataFrame], mapping: ExtractMapping, max_rejected: float) -> None:
    """Stop where the data are gone.

    Parameters
    ----------
    read
        As ``extract.read_tables`` returns it.
    mapping
        Where our tables and columns come from.
    max_rejected
        The largest share of a table's distinct rows that may be rejected.

    Raises
    ------
    StudyError
        When a table that a study needs is empty, when more rows are rejected, or when a mapped column is empty in all
        rows and ``may_be_empty`` does not name it. It names the table that comes first: what is wrong with patients
        takes their plans with it.
    """
    for rows in tally(read, mapping.tables):
        _require_rows(rows, mapping.tables[rows.table].file, max_rejected)
    for name, table in mapping.tables.items():
        _require_values(read[name], name, table)


def _require_rows(rows: Tally, file: str, max_rejected: float) -> None:
    where = f"extract.mapping: {rows.table}"
    if rows.n_kept == 0 and rows.table in NEEDED:
        if rows.n_rejected == 0:
            raise StudyError(f"{where}.file: '{file}' has no rows, and there is no study without them; export it again")
        raise StudyError(
            f"{where}: all {rows.n_distinct} distinct rows of '{file}' are rejected; commonest reasons (rows): "
            f"{rows.commonest}; correct the mapping or the export, for no setting allows a study without them"
        )
    if rows.n_rejected > max_rejected * rows.n_distinct:
        raise StudyError(
            f"{where}: {rows.n_rejected} of {rows.n_distinct} distinct rows of '{file}' are rejected, more than the "
            f"share of {max_rejected:g} that extract.max_rejected allows; commonest reasons (rows): {rows.commonest}; "
            "correct the mapping or the export, or raise extract.max_rejected"
        )


def _require_values(frame: pd.DataFrame, name: str, table: Table) -> None:
    if frame.empty:
        return
    allowed = table.may_be_empty
    empty = {
        ours: ", ".join(f"'{theirs}'" for theirs in mapped.sources)
        for ours, mapped in table.columns.items()
        if ours not in allowed and frame[ours].isna().all()
    }
    if empty:
        named = ", ".join(f"{ours} (from {sources})" for ours, sources in empty.items())
        raise StudyError(
            f"extract.mapping: {name}.columns: none of the {len(frame)} rows kept of '{table.file}' has a value of "
            f"{named}; correct the mapping or, where the source has none, allow it by "
            f"{name}.may_be_empty: [{', '.join([*allowed, *empty])}]"
        )
