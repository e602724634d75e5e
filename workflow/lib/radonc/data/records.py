"""A patient's record as a clinician reads it: the diagnoses and the plans of one person, gathered from the tables.

All is in an order of its own, so that nothing that is read from a record depends on the order of a table's rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

import pandas as pd

from radonc.data.extract import REPEATED
from radonc.data.places import folded
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
        return Phase(
            self.site,
            self.dose_gy,
            self.n_fractions,
            self.activity_mci,
            self.modality,
            self.technique,
            self.energy,
        )


@dataclass(frozen=True, slots=True)
class Record:
    """All that the extract holds about one patient.

    Attributes
    ----------
    patient_id
        The pseudonym.
    sex
        ``female``, ``male`` or None.
    diagnoses
        The distinct ones: a diagnosis that was entered twice is there once.
    plans
        All of them, whatever their role and status, by course and day.
    lost_rows
        Whether a row of the patient could not be read.
    """

    patient_id: str = ""
    sex: str | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    plans: tuple[Plan, ...] = ()
    lost_rows: bool = False

    @classmethod
    def of(cls, diagnoses: Sequence[Diagnosis], plans: Sequence[Plan], **others: Any) -> Record:
        """Make a record of rows in any order, some of them entered twice."""
        return cls(diagnoses=distinct(diagnoses), plans=tuple(sorted(plans, key=_place)), **others)

    @property
    def diagnosis(self) -> Diagnosis:
        """The single diagnosis; an empty one where there is none or more than one."""
        return self.diagnoses[0] if len(self.diagnoses) == 1 else Diagnosis()


def patients(tables: Tables) -> list[str]:
    """Return everyone whom the extract speaks of, in order, those included whose own row could not be read."""
    return sorted({*tables["patients"]["patient_id"], *tables["rejected_rows"]["patient_id"].dropna()})


def gather(tables: Tables) -> Iterator[Record]:
    """Yield the record of every patient, in the order of ``patients``.

    Parameters
    ----------
    tables
        The de-identified tables, ``rejected_rows`` among them.
    """
    sexes = dict(_cells(tables["patients"], ["patient_id", "sex"]))
    diagnoses = _by_patient(tables["diagnoses"], Diagnosis)
    plans = _by_patient(tables["plans"], Plan)
    rejected = tables["rejected_rows"]
    # A row that repeats another to the letter is left out, but nothing is lost with it.
    lost = set(rejected.loc[rejected["reason"] != REPEATED, "patient_id"].dropna())
    for patient in patients(tables):
        yield Record.of(
            diagnoses.get(patient, ()),
            plans.get(patient, ()),
            patient_id=patient,
            sex=sexes.get(patient),
            lost_rows=patient in lost,
        )


def distinct(diagnoses: Sequence[Diagnosis]) -> tuple[Diagnosis, ...]:
    """Return one row per diagnosis: rows of one code, site and year are one, entered again.

    Of such rows the fullest is kept. Rows that name different sides, or differ on other malignancies, are not the same,
    and rows that have neither code nor site say nothing by which they could be.

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
    return tuple(row for rows in same.values() for row in (rows if _differ(rows) else [max(rows, key=_fullness)]))


_DIAGNOSIS = attrgetter(*(field.name for field in fields(Diagnosis)))
# What a plan prescribes, then all that is left, so that two boosts of one day have one order.
_PRESCRIBED = ("site", "dose_gy", "n_fractions", "activity_mci", "modality", "technique", "energy")
_PLACE = attrgetter("course", "start_day", *_PRESCRIBED, *(field.name for field in fields(Plan)))


def _differ(rows: Sequence[Diagnosis]) -> bool:
    says_nothing = not rows[0].icd10_code and not rows[0].site
    return says_nothing or any(
        len({value for row in rows if (value := getattr(row, name)) is not None}) > 1
        for name in ("laterality", "other_malignancy")
    )


def _fullness(row: Diagnosis) -> int:
    return sum(value is not None for value in _DIAGNOSIS(row))


def _place(plan: Plan) -> tuple[Any, ...]:
    return _sortable(_PLACE(plan))


def _sortable(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return values that can be compared: what is missing comes last."""
    return tuple((value is None, 0 if value is None else value) for value in values)


def _by_patient(table: pd.DataFrame, kind: type[Any]) -> dict[str, list[Any]]:
    rows = defaultdict(list)
    names = [field.name for field in fields(kind)]
    for patient, cells in zip(table["patient_id"], _cells(table, names), strict=True):
        rows[patient].append(kind(*cells))
    return rows


def _cells(table: pd.DataFrame, names: list[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of some columns as plain Python values, None where a cell is empty."""
    chosen = table[names]
    plain = chosen.astype(object).where(chosen.notna(), None)
    return zip(*(plain[name].tolist() for name in names), strict=True)
