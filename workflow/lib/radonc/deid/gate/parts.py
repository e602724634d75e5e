"""The parts of what leaves, as the gate searches them: rows of tables, texts, and what it cannot search."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow
from pyarrow import types


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table; key columns say whose they are.

    Attributes
    ----------
    table
        With the names of its columns.
    records
        Whether its texts are of people's records. Those of settings and counts may hold a month and a year.
    """

    table: pyarrow.Table
    records: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is nobody's record.

    Attributes
    ----------
    text
        As a reader sees it.
    single_names
        Whether a single name in it is a patient's: vocabularies of models and licences hold the names of others.
    """

    text: str
    single_names: bool = True


@dataclass(frozen=True, slots=True)
class Unsearchable:
    """Something that cannot be searched, which counts as a finding."""

    kind: str


Part = Rows | Text | Unsearchable
Artefact = Callable[[], Iterator[Part]]
"""Reads something that leaves, part by part; it is read twice."""


def is_text(kind: pyarrow.DataType) -> bool:
    """Tell whether the cells of a column are texts."""
    return bool(types.is_string(kind) or types.is_large_string(kind))


def tidy(table: pyarrow.Table) -> pyarrow.Table:
    """Return the table with texts where it has categories, and a name of its own for each column.

    Of a cell that is a JSON object of fractions, such as the probabilities of labels, the keys stay: the fractions are
    numbers as in a column of fractions, and their adjacent digits identify nobody.
    """
    names: list[str] = []
    for place, column in enumerate(table.columns):
        if types.is_dictionary(column.type):
            table = table.set_column(place, table.column_names[place], column.cast(column.type.value_type))
        if is_text(table.column(place).type):
            cells = table.column(place).to_pylist()
            if any(cell and cell[0] == "{" for cell in cells):
                table = table.set_column(
                    place, table.column_names[place], pyarrow.array(map(_keys, cells), pyarrow.string())
                )
        name = table.column_names[place]
        names.append(name if name not in names else f"{name} {place + 1}")
    return table.rename_columns(names)


def _keys(cell: str | None) -> str | None:
    """Return the keys of a JSON object of fractions, a line each, or the cell as it is."""
    try:
        found = json.loads(cell) if cell and cell[0] == "{" else None
    except ValueError:
        return cell
    if isinstance(found, dict) and found and all(type(value) is float for value in found.values()):
        return "\n".join(found)
    return cell
