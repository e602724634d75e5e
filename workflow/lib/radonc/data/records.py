"""A patient's record as a clinician reads it: the diagnoses and the plans of one person, and the places they name.

Everything is sorted, so that nothing that is read from a record depends on the order of a table's rows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any

import pandas as pd

from radonc.data.schemas import REPEATED
from radonc.regimen import Phase
from radonc.vocabulary import icd10

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis record: the columns of the table ``diagnoses``, None where a cell is empty."""

    diagnosis_year: int | None = None
    age: int | None = None
    icd10_code: str | None = None
    site: str | None = None
    histology: str | None = None
    laterality: str | None = None
    grade: str | None = None
    t_stage: str | None = None
    n_stage: str | None = None
    m_stage: str | None = None
    stage_group: str | None = None
    biomarkers: str | None = None
    performance_status: str | None = None
    other_malignancy: str | None = None
    history: str | None = None

    @property
    def sides(self) -> set[str]:
        """The sides (``left``, ``right``) that the code and the record name: none, one or, in contradiction, two."""
        coded = icd10.laterality(self.icd10_code) if self.icd10_code else None
        return {"left", "right"} & {coded, self.laterality}


@dataclass(frozen=True, slots=True)
class Plan:
    """A treatment plan: the columns of the table ``plans``, None where a cell is empty."""

    course: int | None = None
    role: str | None = None
    status: str | None = None
    intent: str | None = None
    site: str | None = None
    modality: str | None = None
    technique: str | None = None
    energy: str | None = None
    dose_gy: float | None = None
    activity_mci: float | None = None
    n_fractions: int | None = None
    start_day: int | None = None
    end_day: int | None = None

    @property
    def phase(self) -> Phase:
        """What the plan prescribes."""
        return Phase(*_PRESCRIBED(self))


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that the extract holds about one patient."""

    patient_id: str = ""
    """The pseudonym."""
    sex: str | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    """The distinct ones: a diagnosis that was entered twice is there once."""
    plans: tuple[Plan, ...] = ()
    """All of them, whatever their role and status, by course and day."""
    lost_rows: bool = False
    """Whether a row of the patient could not be read."""

    @classmethod
    def of(cls, diagnoses: Sequence[Diagnosis], plans: Sequence[Plan], **others: Any) -> Record:
        """Make a record of rows in any order, some of them entered twice."""
        return cls(diagnoses=distinct(diagnoses), plans=tuple(sorted(plans, key=_plan_order)), **others)

    @property
    def diagnosis(self) -> Diagnosis:
        """The single diagnosis; an empty one where there is none or more than one."""
        return self.diagnoses[0] if len(self.diagnoses) == 1 else Diagnosis()


_DIAGNOSIS = attrgetter(*(field.name for field in fields(Diagnosis)))
_PLAN = attrgetter(*(field.name for field in fields(Plan)))
_PRESCRIBED = attrgetter("site", "dose_gy", "n_fractions", "activity_mci", "modality", "technique", "energy")


def patients(tables: Tables) -> list[str]:
    """Return all patients of the extract, sorted, including those whose own row could not be read."""
    return sorted({*tables["patients"]["patient_id"], *tables["rejected_rows"]["patient_id"].dropna()})


def gather(tables: Tables) -> Iterator[Record]:
    """Yield the record of every patient, sorted, from the de-identified tables with ``rejected_rows`` among them."""
    sexes = dict(_cells(tables["patients"], ["patient_id", "sex"]))
    diagnoses = _by_patient(tables["diagnoses"], Diagnosis)
    plans = _by_patient(tables["plans"], Plan)
    rejected = tables["rejected_rows"]
    lost = set(rejected.loc[rejected["reason"] != REPEATED, "patient_id"].dropna())
    for patient in patients(tables):
        yield Record.of(
            diagnoses[patient], plans[patient], patient_id=patient, sex=sexes.get(patient), lost_rows=patient in lost
        )


def distinct(diagnoses: Sequence[Diagnosis]) -> tuple[Diagnosis, ...]:
    """Return one row per diagnosis: of rows with the same code, site and year, the one with the most values.

    Rows that name different sides, or differ on other malignancies, are different diagnoses, and so are rows that have
    neither code nor site.

    >>> once = Diagnosis(icd10_code="C61", site="Prostate")
    >>> again = Diagnosis(icd10_code="C61", site="prostate ", grade="G2")
    >>> [row.grade for row in distinct([once, again])]
    ['G2']
    """
    if len(diagnoses) < 2:
        return tuple(diagnoses)
    same: dict[tuple[Any, ...], list[Diagnosis]] = defaultdict(list)
    for row in sorted(diagnoses, key=lambda row: _sortable(_DIAGNOSIS(row))):
        same[row.icd10_code, folded(row.site), row.diagnosis_year].append(row)
    kept = (
        rows if _differ(rows) else [min(rows, key=lambda row: _DIAGNOSIS(row).count(None))] for rows in same.values()
    )
    return tuple(chain.from_iterable(kept))


def _differ(rows: Sequence[Diagnosis]) -> bool:
    if not rows[0].icd10_code and not rows[0].site:
        return True
    columns = ([row.laterality for row in rows], [row.other_malignancy for row in rows])
    return any(len({*values} - {None}) > 1 for values in columns)


def _plan_order(plan: Plan) -> tuple[Any, ...]:
    # What a plan prescribes, then all other fields, so that two boosts of one day have one order.
    return _sortable((plan.course, plan.start_day, *_PRESCRIBED(plan), *_PLAN(plan)))


def _sortable(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return values that can be compared: what is missing comes last."""
    return tuple((value is None, 0 if value is None else value) for value in values)


def _by_patient(table: pd.DataFrame, kind: type[Any]) -> defaultdict[str, list[Any]]:
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    for patient, *cells in _cells(table, ["patient_id", *(field.name for field in fields(kind))]):
        rows[patient].append(kind(*cells))
    return rows


def _cells(table: pd.DataFrame, names: list[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of some columns as plain Python values, None where a cell is empty."""
    chosen = table[names]
    return chosen.astype(object).where(chosen.notna(), None).itertuples(index=False, name=None)


# L and R of a vertebra or a joint's code ("L-spine") are no sides.
SIDE = re.compile(r"(?<![\w-])(?:left|right|lt|rt|l|r)(?![\w-]| spine)")

# How texts and the titles of ICD-10-CM name an organ. Words that name several (cervical, oral) are left out.
ORGANS = {
    "anus": re.compile(r"\banus\b|\banal\b"),
    "bladder": re.compile(r"\bbladder\b"),
    "bone": re.compile(r"\bbones?\b|\bspine\b|vertebra"),
    "brain": re.compile(r"\bbrain\b|cerebr|cerebell|mening|nervous system"),
    "breast": re.compile(r"\bbreast|\bmamma"),
    "colon": re.compile(r"\bcolon\b|sigmoid|\bcecum\b"),
    "esophagus": re.compile(r"esophag"),
    "eye": re.compile(r"\beye\b|choroid|uvea|retina"),
    "kidney": re.compile(r"\bkidney|\brenal\b"),
    "larynx": re.compile(r"laryn|glotti"),
    "liver": re.compile(r"\bliver\b|\bhepat"),
    "lung": re.compile(r"\blungs?\b|bronch|pulmon"),
    "ovary": re.compile(r"\bovar"),
    "pancreas": re.compile(r"pancrea"),
    "prostate": re.compile(r"prostat"),
    "rectum": re.compile(r"\brectum\b|\brectal\b|rectosigmoid"),
    "skin": re.compile(r"\bskin\b"),
    "stomach": re.compile(r"\bstomach\b|\bgastric\b|esophagogastric"),
    "testis": re.compile(r"\btest[ie]s\b|testic"),
    "thyroid": re.compile(r"\bthyroid\b"),
    "uterus": re.compile(r"\buter|endometr|\bcervix\b"),
}


def folded(text: str | None) -> str:
    """Return a text without regard to case and blanks."""
    return " ".join((text or "").casefold().split())


def sides_named(text: str | None) -> set[str]:
    """Return the sides that a text names, in full or as RT, LT, R, L: ``right`` for ``RT breast UOQ``."""
    return {"left" if word.startswith("l") else "right" for word in SIDE.findall(folded(text))}


def without_side(text: str | None) -> str:
    """Return a text with ``bilateral`` in place of a side: ``LT breast`` becomes ``bilateral breast``."""
    return SIDE.sub("bilateral", folded(text))


@lru_cache(maxsize=1 << 16)
def organs_named(text: str | None) -> frozenset[str]:
    """Return the organs that a text names: ``lung`` for ``upper lobe, right bronchus or lung``."""
    return frozenset(name for name, pattern in ORGANS.items() if text and pattern.search(text.casefold()))
