"""Faults of a chart that put its patient out of the study."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from radonc.synthetic.charts import DETAILS, SIDE, Chart
from radonc.synthetic.sites import Diagnosis

OTHER_SIDE = {"right": "left", "left": "right"}
# ICD-10-CM categories of the organs of one sex; the breast has codes for both.
FEMALE_ONLY = frozenset({"C51", "C52", "C53", "C54", "C55", "C56", "C57", "C58"})
MALE_ONLY = frozenset({"C60", "C61", "C62", "C63"})
# Codes of the ninth revision, words, and no dates at all: nothing that a mapping could read.
UNREADABLE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sex": ("Sex", ("U", "X")),
    "birth": ("DateOfBirth", ("02/30/1950", "00/00/1948")),
    "code": ("DiagnosisCode", ("174.9", "185", "see path", "162.3")),
    "diagnosis date": ("DateOfDx", ("13/45/2014", "2015?", "02/30/2016")),
    "dose": ("TotalDose_cGy", ("see note", "per Rx", "45+5.4")),
    "fractions": ("Fractions", ("25+5", "BID", "n/a?")),
    "status": ("Status", ("Pending MD", "OnHold")),
    "start": ("StartDate", ("11/31/2017", "TBD")),
}


def make_unreadable(rng: Random, chart: Chart) -> None:
    """Spoil one cell so that its row cannot be read."""
    column, cells = UNREADABLE[rng.choice(list(UNREADABLE))]
    rows = next(rows for rows in ([chart.patient], chart.diagnoses, chart.plans) if column in rows[0])
    rng.choice(rows)[column] = rng.choice(cells)


def _side_is_in_code(diagnosis: Diagnosis) -> bool:
    return not isinstance(diagnosis.subsite.code, str) and len(diagnosis.subsite.code) > 1


def _sex_is_in_code(diagnosis: Diagnosis) -> bool:
    return diagnosis.icd10_code[:3] in FEMALE_ONLY | MALE_ONLY


def is_contradictable(diagnosis: Diagnosis) -> bool:
    """Return whether the code says a sex or a side that the record could contradict."""
    return _side_is_in_code(diagnosis) or _sex_is_in_code(diagnosis)


def contradict(rng: Random, chart: Chart, diagnosis: Diagnosis) -> None:
    """Let the record contradict the code: the other side, or the other sex."""
    if _side_is_in_code(diagnosis) and not (_sex_is_in_code(diagnosis) and rng.random() < 0.5):
        for row in chart.diagnoses:
            row["Laterality"] = SIDE[OTHER_SIDE[diagnosis.side or ""]]
    else:
        chart.patient["Sex"] = {"F": "M", "M": "F"}[chart.patient["Sex"]]


def make_insufficient(chart: Chart) -> None:
    """Take away all details of the diagnosis but its stage."""
    for row in chart.diagnoses:
        for column in DETAILS:
            row[column] = ""
    chart.places = [place for place in chart.places if place.column != "history"]
