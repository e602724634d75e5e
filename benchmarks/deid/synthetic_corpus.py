"""Make a corpus of the workflow's own synthetic extract: a record for every diagnosis with a history.

    PYTHONPATH=workflow/lib python benchmarks/deid/synthetic_corpus.py --out synthetic.jsonl

What a record tells is what its patient's fields have. The places of identifiers are those that the generator wrote
down; the protected spans are found by the few plain expressions below. Generator and rules have one author: read this
corpus beside one that was written apart.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from radonc.data.extract import read_tables
from radonc.data.schemas import PATIENTS
from radonc.runtime.settings.files import load
from radonc.runtime.settings.mapping import ExtractMapping
from radonc.synthetic import write_extract

CONFIG = Path(__file__).resolve().parents[2] / "config" / "config.yaml"

Known = dict[str, str | list[str]]
Row = dict[str, Any]

NAMES = {
    "name": ("first_name", "middle_name", "last_name", "former_name"),
    "relative": ("relative_name",),
    "physician": ("physician",),
}
OF_PATIENT = [name for name in PATIENTS.columns if name not in ("patient_id", "sex")]
OF_PLANS = ("physician", "plan_name", "machine")

DATE_FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%d %b %Y", "%d %B %Y", "%B %d, %Y", "%b %d, %Y")

PROTECTED = {
    "DOSE": r"\d+(?:\.\d+)? ?c?Gy",
    "FRACTIONS": r"\d+ (?:fractions?|fx)",
    "SIZE": r"\d+(?:\.\d+)? ?(?:cm|mm)",
    "NODES": r"\d+ of \d+(?= (?:sentinel |axillary |pelvic )?nodes?)",
    "TNM": r"[cpyr]{0,2}(?:T[0-4][a-d]?|N[0-3][a-c]?|M[01])",
    "CODE": r"[A-Z]\d\d\.\d{1,3}",
    "ENERGY": r"\d+ ?M[eE]?V",
    "AGE89": r"[1-8]?\d(?=[- ](?:years?[- ]old|yo|y/o))|(?<=aged )[1-8]\d",
    "LATERALITY": r"left|right|bilateral",
    "GRADE": r"(?:grade(?: group)?|Gleason|PI-RADS|ECOG) \d(?:\+\d)?",
    "EPONYM": r"Mohs|Hodgkin|Gleason|Merkel|Barrett|Ewing",
}
"""Kind of a clinical span that must survive -> the expression that finds it."""


def corpus(folder: Path) -> Iterator[Row]:
    """Yield the records of the default config's synthetic extract, made in ``folder``."""
    extract = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["extract"]
    write_extract(folder / "source", folder / "truth", **extract["synthetic"])
    tables = read_tables(folder / "source", load(CONFIG.parents[1] / extract["mapping"], ExtractMapping))
    truth = pd.read_parquet(folder / "truth" / "identifiers.parquet")
    places = rows_by(truth[(truth["table"] == "diagnoses") & (truth["column"] == "history")], "record_id")
    patients = rows_by(tables["patients"], "patient_id")
    plans = rows_by(tables["plans"], "patient_id")
    diagnoses = tables["diagnoses"]
    for row in diagnoses[diagnoses["history"].notna()].to_dict("records"):
        patient_id = row["patient_id"]
        known = known_of(patients[patient_id][0], row["physician"], plans[patient_id])
        yield record(row["diagnosis_id"], row["history"], known, places[row["diagnosis_id"]])


def rows_by(table: pd.DataFrame, key: str) -> defaultdict[str, list[Row]]:
    """Return the rows of a table by a key's values; a value that no row has gets none."""
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for row in table.to_dict("records"):
        rows[row[key]].append({str(column): None if pd.isna(value) else value for column, value in row.items()})
    return rows


def known_of(patient: Row, physician: str | None, plans: list[Row]) -> Known:
    """Return what a patient's rows tell: column -> value, or the values of several rows."""
    known: Known = {column: str(patient[column]) for column in OF_PATIENT if patient[column] is not None}
    if patient["birth_date"] is not None:
        known["birth_date"] = f"{patient['birth_date']:%Y-%m-%d}"
    for column in OF_PLANS:
        values = {row[column] for row in plans} | ({physician} if column == "physician" else set())
        if texts := sorted(value for value in values if pd.notna(value)):
            known[column] = texts
    return known


def record(record_id: str, text: str, known: Known, places: list[Row]) -> Row:
    """Return a record of the corpus; ``places`` has ``start``, ``end`` and ``kind`` of its identifiers."""
    spans = [
        {"start": int(place["start"]), "end": int(place["end"]), **classify(place["kind"], value, known)}
        for place in places
        for value in [text[place["start"] : place["end"]]]
    ]
    taken = {place for span in spans for place in range(span["start"], span["end"])}
    protected: list[Row] = []
    for kind, expression in PROTECTED.items():
        for match in re.finditer(rf"(?<!\w)(?:{expression})(?!\w)", text, re.IGNORECASE):
            if not taken.intersection(range(*match.span())):
                taken.update(range(*match.span()))
                protected.append({"start": match.start(), "end": match.end(), "kind": kind})
    protected.sort(key=lambda span: span["start"])
    return {"id": record_id, "text": text, "known": known, "spans": spans, "protected": protected}


def classify(kind: str, value: str, known: Known) -> Row:
    """Return class, told and form of an identifier: told where the record's own fields have it."""
    for column in told_as(kind, value, known):
        values = [text for name in NAMES.get(column, (column,)) for text in listed(known, name)]
        return {"class": column, "told": True, "form": "exact" if value in values else "format"}
    return {"class": kind, "told": False, "form": "unknown"}


def told_as(kind: str, value: str, known: Known) -> Iterator[str]:
    """Yield the classes of told identifiers that a value is one of."""
    if kind == "NAME":
        fields = {column: [text for name in names for text in listed(known, name)] for column, names in NAMES.items()}
        yield from (column for column, texts in fields.items() if value in texts)
        words = set(value.casefold().split())
        yield from (column for column, texts in fields.items() if words <= set(" ".join(texts).casefold().split()))
    elif kind == "DATE" and "birth_date" in known:
        born = pd.Timestamp(str(known["birth_date"]))
        if value.casefold() in {born.strftime(form).casefold() for form in DATE_FORMATS}:
            yield "birth_date"
    elif kind == "PLACE" and value.casefold() in {city.casefold() for city in listed(known, "city")}:
        yield "city"
    elif kind in ("ID", "PHONE"):
        column = "mrn" if kind == "ID" else "phone"
        if digits(value) in {digits(text) for text in listed(known, column)}:
            yield column


def listed(known: Known, column: str) -> list[str]:
    """Return a column's values as a list."""
    values = known.get(column, [])
    return [values] if isinstance(values, str) else values


def digits(text: str) -> str:
    """Return a number's digits alone."""
    return re.sub(r"\D", "", text)


def main(args_list: list[str] | None = None) -> None:
    """Write the corpus as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(args_list)
    with tempfile.TemporaryDirectory() as folder, args.out.open("w", encoding="utf-8") as lines:
        for made in corpus(Path(folder)):
            lines.write(json.dumps(made, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
