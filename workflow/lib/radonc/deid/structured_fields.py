"""De-identification of the canonical tables, row for row: each column by its kind (``data/schemas.py``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from radonc.data import fields, schemas
from radonc.data.fields import Kind
from radonc.deid.audit import Counts, TextCounts
from radonc.deid.crosswalk import Crosswalk
from radonc.deid.scrubber.known_identifiers import AGE_LIMIT, Identity
from radonc.deid.scrubber.lexicon import Lexicon
from radonc.deid.scrubber.scrub import Scrubber, count_tokens
from radonc.runtime import tables as files
from radonc.runtime.errors import StudyError

AGE_CAP = 90
"""The highest age that leaves: it means 90 or older (45 CFR 164.514(b)(2)(i)(C))."""

DAYS_PER_YEAR = 365

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Cell:
    """The place of a text in the tables."""

    table: str
    column: str
    row: int


def deidentify(tables: Tables, crosswalk: Crosswalk, lexicon: Lexicon) -> tuple[dict[str, pd.DataFrame], Counts]:
    """Return the de-identified tables and what was done to them.

    Identifiers are dropped, keys become pseudonyms, dates become years and days, texts are scrubbed; codes and numbers
    are kept. Rows keep their order, which may be that of the source ids: the caller must sort them by pseudonym.

    Ages over 89 become ``AGE_CAP``. What would show such an age all the same is not released: days are capped where
    age and days add up to 90 (the day then means that day or later), and a year that another diagnosis' year and
    age turn into an age over 90 is missing. Texts of a patient without a row in ``patients`` are withheld, since
    nobody knows which names to search for in them.

    Parameters
    ----------
    tables
        Canonical tables by name; ``patients``, ``diagnoses`` and ``plans`` must be there.
    crosswalk
        It must cover all ids of the tables.
    lexicon
        The words that texts may keep.

    Raises
    ------
    StudyError
        When a table is missing or fails its schema, or an id has no pseudonym.
    """
    missing = sorted({"patients", "diagnoses", "plans"} - tables.keys())
    if missing:
        raise StudyError(
            f"de-identification needs the tables patients, diagnoses and plans; missing: {', '.join(missing)}"
        )
    sources = {
        name: files.validate(tables[name], schema).reset_index(drop=True)
        for name, schema in schemas.EXTRACTED.items()
        if name in tables
    }
    counts = Counts({name: TextCounts(n_rows=len(frame)) for name, frame in sources.items()})
    released = {name: frame.copy() for name, frame in sources.items()}
    released["diagnoses"] = _ages_and_years(released["diagnoses"], sources["patients"], counts)
    released["plans"] = _days(released["plans"], sources["diagnoses"], released["diagnoses"], counts)
    _scrub_texts(released, sources, lexicon, counts)
    for frame in released.values():
        for key in crosswalk.pseudonyms.keys() & set(frame.columns):
            frame[key] = crosswalk.replace(key, frame[key])
    checked = {
        name: files.validate(frame[list(schemas.DEIDENTIFIED[name].columns)], schemas.DEIDENTIFIED[name])
        for name, frame in released.items()
    }
    assert all(len(checked[name]) == len(frame) for name, frame in sources.items())
    return checked, counts


# ---- ages, years, days -----------------------------------------------------------------------------------------


def _ages_and_years(diagnoses: pd.DataFrame, patients: pd.DataFrame, counts: Counts) -> pd.DataFrame:
    births = _look_up(diagnoses["patient_id"], patients.set_index("patient_id")["birth_date"])
    dates = diagnoses["diagnosis_date"]
    before_birthday = (dates.dt.month * 100 + dates.dt.day) < (births.dt.month * 100 + births.dt.day)
    years = (dates.dt.year - births.dt.year - before_birthday).astype("Int64")
    ages = diagnoses["age"].fillna(years.where(years >= 0))
    counts.n_ages_capped = int((ages > AGE_CAP - 1).sum())
    diagnoses["age"] = ages.clip(upper=AGE_CAP)
    diagnoses["diagnosis_year"] = diagnoses["diagnosis_year"].fillna(dates.dt.year.astype("Int64"))
    # A year shows an age over 90 where the patient's other diagnosis, by its year and age, gives the year of birth.
    birth_year = (diagnoses["diagnosis_year"] - diagnoses["age"]).groupby(diagnoses["patient_id"]).transform("min")
    shows_age = (diagnoses["diagnosis_year"] - birth_year > AGE_CAP).fillna(False).astype(bool)
    counts.n_years_withheld = int(shows_age.sum())
    diagnoses["diagnosis_year"] = diagnoses["diagnosis_year"].mask(shows_age)
    return diagnoses


def _days(plans: pd.DataFrame, diagnoses: pd.DataFrame, released: pd.DataFrame, counts: Counts) -> pd.DataFrame:
    """Fill the days from the diagnosis to start and end, and cap them where they would show an age over 89."""
    earliest = diagnoses.sort_values("diagnosis_date", kind="stable").drop_duplicates("patient_id")
    nearest = _look_up(plans["patient_id"], earliest.set_index("patient_id")["diagnosis_id"])
    day_zero_of = plans["diagnosis_id"].fillna(nearest)
    day_zero = _look_up(day_zero_of, diagnoses.set_index("diagnosis_id")["diagnosis_date"])
    oldest = _look_up(plans["patient_id"], released.groupby("patient_id")["age"].max())
    ages = _look_up(day_zero_of, released.set_index("diagnosis_id")["age"]).fillna(oldest)
    # At 90 or more, a day within the first year shows no more than "90 or older".
    last_day = (AGE_CAP - ages).clip(lower=1) * DAYS_PER_YEAR
    for day, date in (("start_day", "start_date"), ("end_day", "end_date")):
        days = plans[day].fillna((plans[date] - day_zero).dt.days.astype("Int64"))
        too_late = days.gt(last_day).fillna(False).astype(bool)
        counts.n_days_capped += int(too_late.sum())
        plans[day] = days.mask(too_late, last_day)
    return plans


def _look_up(keys: pd.Series, values: pd.Series) -> pd.Series:
    """Return the value of each key; unlike ``Series.map`` it keeps the values' type when there are none."""
    return values.reindex(pd.Index(keys)).set_axis(keys.index)


# ---- identities --------------------------------------------------------------------------------------------------


def identities(tables: Tables) -> dict[str, Identity]:
    """Return the identity of each patient in any canonical table, by source id."""
    found: dict[str, Identity] = defaultdict(Identity)
    for name, schema in schemas.CANONICAL.items():
        if name not in tables:
            continue
        frame = tables[name]
        for kind in (Kind.IDENTIFIER, Kind.KEY, Kind.DATE):
            for column in fields.columns_of(schema, kind):
                values = frame[column].dt.strftime("%Y-%m-%d") if kind is Kind.DATE else frame[column]
                for patient, value in zip(frame["patient_id"], values, strict=True):
                    if isinstance(value, str):
                        found[patient].add(column, value)
        if "age" in frame:
            for patient in frame.loc[(frame["age"] > AGE_LIMIT).fillna(False), "patient_id"]:
                found[patient].over_89 = True
    for identity in found.values():
        identity.update_over_89()
    return dict(found)


# ---- texts -----------------------------------------------------------------------------------------------------


def _scrub_texts(released: dict[str, pd.DataFrame], sources: Tables, lexicon: Lexicon, counts: Counts) -> None:
    known = identities(sources)
    registered = set(sources["patients"]["patient_id"])
    counts.n_patients_without_name = sum(not known[patient].values_of("last_name") for patient in registered)
    columns: dict[tuple[str, str], list[str | None]] = {
        (name, column): [text if isinstance(text, str) else None for text in frame[column]]
        for name, frame in sources.items()
        for column in fields.columns_of(schemas.EXTRACTED[name], Kind.TEXT)
    }
    for patient, cells in _cells_by_patient(sources, columns):
        scrubber = Scrubber(known[patient], lexicon) if patient in registered else None
        for cell in cells:
            texts = columns[cell.table, cell.column]
            text = texts[cell.row]
            if text is None:
                continue
            if scrubber is None:
                texts[cell.row] = None
                counts.tables[cell.table].numbers["texts_withheld"] += 1
                continue
            texts[cell.row], spans = scrubber.scrub(text)
            n_tokens, n_redacted = count_tokens(text, spans)
            counts.tables[cell.table].add(
                cell.row, text, spans, column=cell.column, n_tokens=n_tokens, n_tokens_redacted=n_redacted
            )
    for (name, column), texts in columns.items():
        released[name][column] = pd.Series(texts, index=released[name].index, dtype="str")


def _cells_by_patient(
    sources: Tables, columns: Mapping[tuple[str, str], list[str | None]]
) -> Iterator[tuple[str, list[Cell]]]:
    """Yield each patient's texts together, so that one patient's identifiers are in memory at a time."""
    cells: dict[str, list[Cell]] = defaultdict(list)
    for name, column in columns:
        for row, patient in enumerate(sources[name]["patient_id"]):
            cells[patient].append(Cell(name, column, row))
    yield from cells.items()
