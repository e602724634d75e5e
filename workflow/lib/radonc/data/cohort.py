"""From de-identified records to cases: a single diagnosis record and a clearly identifiable primary plan.

Every patient of the extract comes out a candidate or rejected with the first reason of ``REASONS`` that applies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from radonc.data import labels, plans
from radonc.data.extract import REPEATED
from radonc.data.schemas import CANDIDATES, TASKS
from radonc.vocabulary import icd10

REASONS = {
    "unreadable_record": "A record of the patient could not be read",
    "no_diagnosis": "No diagnosis record",
    "multiple_diagnoses": "More than one diagnosis record",
    "other_malignancy": "Another malignancy, prior or synchronous",
    "contradictory_record": "Code contradicts sex or side",
    "insufficient_details": "No site, histology or history",
    "no_plan": "No treatment plan",
    "no_delivered_plan": "No approved or treated plan",
    "ambiguous_primary_plan": "Primary plan not clearly identifiable",
    "excluded_by_annotator": "Excluded by an annotator",
    "annotation_outstanding": "An answer awaits annotation",
}
"""Reason codes in the order in which they apply, with their texts for people."""

Tables = Mapping[str, pd.DataFrame]


def select(tables: Tables, config: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Select the patients that can be cases.

    Parameters
    ----------
    tables
        The de-identified tables, ``rejected_rows`` among them.
    config
        ``tasks`` and ``cohort`` of the config.

    Returns
    -------
    tuple of DataFrame
        Candidates (``CANDIDATES``), with the answers that rules could settle, and rejects (``REJECTS``).
    """
    everyone = patients(tables)
    diagnoses = distinct_diagnoses(tables["diagnoses"])
    courses, plan_reasons = plans.primary_courses(tables["plans"])
    single = diagnoses.drop_duplicates("patient_id", keep=False).set_index("patient_id")
    sex = tables["patients"].set_index("patient_id")["sex"]
    applies = {
        "unreadable_record": _unreadable(tables),
        "no_diagnosis": everyone.difference(pd.Index(diagnoses["patient_id"])),
        "multiple_diagnoses": pd.Index(diagnoses.loc[diagnoses["patient_id"].duplicated(), "patient_id"]),
        "other_malignancy": single.index[single["other_malignancy"].isin(["prior", "synchronous"])],
        "contradictory_record": single.index[
            [_contradicts(row, sex.get(str(row.Index))) for row in single.itertuples()]
        ],
        "insufficient_details": single.index[single[["site", "histology", "history"]].isna().all(axis=1)],
        "no_plan": everyone.difference(pd.Index(tables["plans"]["patient_id"])),
        **plan_reasons,
    }
    reason = pd.Series(None, index=everyone, dtype=object)
    for name in REASONS:
        if name in applies:
            reason = reason.mask(reason.isna() & reason.index.isin(applies[name]), name)
    kept = everyone[reason.isna()]
    candidates = _candidates(
        single.loc[kept], sex.reindex(kept), {patient: courses[patient] for patient in kept}, config
    )
    rejects = reason.dropna().rename("reason").rename_axis("patient_id").reset_index()
    return candidates, rejects


def patients(tables: Tables) -> pd.Index:
    """Return everyone whom the extract speaks of, those included whose own row could not be read."""
    named = [tables["patients"]["patient_id"], tables["rejected_rows"]["patient_id"].dropna()]
    everyone: pd.Index = pd.Index(sorted(set().union(*named)), dtype=object)
    return everyone


def distinct_diagnoses(diagnoses: pd.DataFrame) -> pd.DataFrame:
    """Return one row per diagnosis: rows of the same patient, code, site and year are one, entered again.

    Of such rows the fullest is kept. Rows that name different sides, or differ on other malignancies, are not the same,
    and rows that have neither code nor site say nothing by which they could be.
    """
    site = diagnoses["site"].str.casefold().str.strip().str.replace(r"\s+", " ", regex=True)
    fullness = diagnoses.notna().sum(axis=1)
    same = ["patient_id", "icd10_code", "_site", "diagnosis_year"]
    # By all that a row tells, so that the choice does not depend on the order of the rows.
    told = [name for name in diagnoses.columns if name not in {*same, "diagnosis_id"}]
    order = diagnoses.assign(_site=site, _fullness=-fullness).sort_values([*same, "_fullness", *told], kind="stable")
    differ = (
        order.groupby(same, dropna=False)[["laterality", "other_malignancy"]].transform("nunique").gt(1).any(axis=1)
    )
    unknown = order[["icd10_code", "_site"]].isna().all(axis=1)
    distinct = order[~order.duplicated(same) | differ | unknown]
    return distinct.drop(columns=["_site", "_fullness"])


def flow(n_patients: int, rejects: pd.DataFrame) -> dict[str, Any]:
    """Count the cohort's flow: for each reason, in order, how many it took out and how many remain.

    Raises
    ------
    AssertionError
        When a reject has a reason that does not exist: then the counts would not add up.
    """
    counts = rejects["reason"].value_counts()
    steps, remaining = [], n_patients
    for reason, label in REASONS.items():
        rejected = int(counts.get(reason, 0))
        remaining -= rejected
        steps.append({"reason": reason, "label": label, "rejected": rejected, "remaining": remaining})
    if remaining != n_patients - len(rejects):
        raise AssertionError("cohort: patients in differ from kept plus rejected")
    return {"extracted": n_patients, "kept": remaining, "steps": steps}


def _unreadable(tables: Tables) -> pd.Index:
    rejected = tables["rejected_rows"]
    # A row that repeats another to the letter is left out, but nothing is lost with it.
    lost: pd.Index = pd.Index(rejected.loc[rejected["reason"] != REPEATED, "patient_id"].dropna())
    return lost


def _contradicts(diagnosis: Any, sex: str | None) -> bool:
    code = diagnosis.icd10_code
    if pd.isna(code):
        return False
    sides = {icd10.laterality(code), None if pd.isna(diagnosis.laterality) else diagnosis.laterality}
    wrong_sex = not pd.isna(sex) and icd10.sex(code) not in (None, sex)
    return wrong_sex or {"left", "right"} <= sides


def _candidates(
    diagnoses: pd.DataFrame, sex: pd.Series, courses: Mapping[str, plans.Course], config: Mapping[str, Any]
) -> pd.DataFrame:
    """Join diagnosis and course, and settle the answers."""
    rows = []
    for diagnosis in diagnoses.itertuples():
        patient = str(diagnosis.Index)
        course = courses[patient]
        answers = {task: labels.settle(task, diagnosis.icd10_code, course, config) for task in config["tasks"]}
        first = course.phases[0]
        rows.append(
            {name: getattr(diagnosis, name, None) for name in CANDIDATES.columns}
            | {"case_id": patient, "sex": sex[patient], "intent": course.intent, "technique": first.technique}
            | {"dose_gy": first.dose_gy, "activity_mci": first.activity_mci, "n_fractions": first.n_fractions}
            | {task: answers[task].text if task in answers else None for task in TASKS}
            | {f"unsettled_{task}": answers[task].unsettled if task in answers else None for task in TASKS}
        )
    return pd.DataFrame(rows, columns=list(CANDIDATES.columns))
