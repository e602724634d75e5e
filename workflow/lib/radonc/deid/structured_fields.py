"""De-identification of the canonical tables, row for row: each column by its kind (``data/schemas.py``)."""

from collections import defaultdict
from collections.abc import Mapping

import pandas as pd

from radonc.data import fields, schemas
from radonc.data.fields import Kind
from radonc.deid.audit import Counts
from radonc.deid.crosswalk import Crosswalk
from radonc.deid.scrubber.known_identifiers import AGE_LIMIT, Identity
from radonc.deid.scrubber.lexicon import Lexicon
from radonc.deid.scrubber.scrub import Scrubber, count_tokens
from radonc.runtime import tables as files
from radonc.runtime.errors import StudyError

AGE_CAP = 90
"""The highest age that leaves: it means 90 or older (45 CFR 164.514(b)(2)(i)(C))."""

Tables = Mapping[str, pd.DataFrame]


def deidentify(tables: Tables, crosswalk: Crosswalk, lexicon: Lexicon) -> tuple[dict[str, pd.DataFrame], Counts]:
    """Return the de-identified canonical tables and what was done to them.

    Identifiers are dropped, keys become pseudonyms, dates become years and days, texts are scrubbed; codes and numbers
    are kept. Rows keep their order, which may be that of the source ids: the caller must sort them by pseudonym.

    Ages over 89 become ``AGE_CAP``. What would show such an age all the same is not released: days are capped where
    age and days add up to 90 (the day then means that day or later), and a year that another diagnosis' year and
    age turn into an age over 90 is missing. Texts of a patient without a row in ``patients`` are withheld, since
    nobody knows which names to search for in them.

    Raise StudyError when ``patients``, ``diagnoses`` or ``plans`` is missing, a table fails its schema, or the
    crosswalk does not cover an id.
    """
    if missing := ", ".join(sorted({"patients", "diagnoses", "plans"} - tables.keys())):
        raise StudyError(f"de-identification needs the tables patients, diagnoses and plans; missing: {missing}")
    sources = {
        name: files.validate(tables[name], schema).reset_index(drop=True)
        for name, schema in schemas.EXTRACTED.items()
        if name in tables
    }
    counts = Counts({name: len(frame) for name, frame in sources.items()})
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
    last_day = (AGE_CAP - ages).clip(lower=1) * 365
    for day, date in (("start_day", "start_date"), ("end_day", "end_date")):
        days = plans[day].fillna((plans[date] - day_zero).dt.days.astype("Int64"))
        too_late = days.gt(last_day).fillna(False).astype(bool)
        counts.n_days_capped += int(too_late.sum())
        plans[day] = days.mask(too_late, last_day)
    return plans


def _look_up(keys: pd.Series, values: pd.Series) -> pd.Series:
    """Return the value of each key; unlike ``Series.map`` it keeps the values' type when there are none."""
    return values.reindex(pd.Index(keys)).set_axis(keys.index)


def identities(tables: Tables) -> dict[str, Identity]:
    """Return the identity of each patient in any canonical table, by source id."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    over_89: set[str] = set()
    for name, schema in schemas.CANONICAL.items():
        if name not in tables:
            continue
        frame = tables[name]
        for kind in (Kind.IDENTIFIER, Kind.KEY, Kind.DATE):
            for column in fields.columns_of(schema, kind):
                values = frame[column].dt.strftime("%Y-%m-%d") if kind is Kind.DATE else frame[column]
                for patient, value in zip(frame["patient_id"], values, strict=True):
                    known = found[patient]
                    if isinstance(value, str) and value.strip():
                        known[column].add(value)
        if "age" in frame:
            over_89.update(frame.loc[(frame["age"] > AGE_LIMIT).fillna(False), "patient_id"])
    return {patient: Identity.from_columns(values, over_89=patient in over_89) for patient, values in found.items()}


def _scrub_texts(released: dict[str, pd.DataFrame], sources: Tables, lexicon: Lexicon, counts: Counts) -> None:
    known = identities(sources)
    registered = set(sources["patients"]["patient_id"])
    counts.n_patients_without_name = sum(not known[patient].values_of("last_name") for patient in registered)
    columns: dict[tuple[str, str], list[str | None]] = {
        (name, column): [text if isinstance(text, str) else None for text in frame[column]]
        for name, frame in sources.items()
        for column in fields.columns_of(schemas.EXTRACTED[name], Kind.TEXT)
    }
    # Each patient's texts together, so that one patient's identifiers are in memory at a time.
    cells: dict[str, list[tuple[str, str, int, str]]] = defaultdict(list)
    for (name, column), texts in columns.items():
        for row, (patient, text) in enumerate(zip(sources[name]["patient_id"], texts, strict=True)):
            if text is not None:
                cells[patient].append((name, column, row, text))
    for patient, texts_of_patient in cells.items():
        scrubber = Scrubber(known[patient], lexicon) if patient in registered else None
        for name, column, row, text in texts_of_patient:
            if scrubber is None:
                columns[name, column][row] = None
                counts.texts[name, ""]["texts_withheld"] += 1
                continue
            columns[name, column][row], spans = scrubber.scrub(text)
            counts.add(name, column, row, text, spans, count_tokens(text, spans))
    for (name, column), texts in columns.items():
        released[name][column] = pd.Series(texts, index=released[name].index, dtype="str")
