"""The tables that pass between stages: canonical (with identifiers), de-identified, and cases.

Every column of a canonical table has a *kind*, and the kind decides what de-identification does with it: an
identifier is dropped and hunted for in the free text, a key becomes a random pseudonym, a date becomes a year or
a number of days, a text is scrubbed; codes and numbers pass, because their schema admits nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import pandera.pandas as pa

from radonc.vocabulary import icd10, modality

SEXES = ("female", "male")
SIDES = ("left", "right", "bilateral", "midline")
OTHER_MALIGNANCIES = ("none", "prior", "synchronous")
ROLES = ("primary", "boost", "replan", "verification")
STATUSES = ("unapproved", "approved", "treated", "cancelled")
INTENTS = ("curative", "neoadjuvant", "adjuvant", "palliative")
TASKS = ("regimen", "modality", "icd10")


class Kind(StrEnum):
    """What a column holds, as far as privacy is concerned."""

    KEY = "key"
    IDENTIFIER = "identifier"
    DATE = "date"
    CODE = "code"
    NUMBER = "number"
    TEXT = "text"


def kind_of(schema: pa.DataFrameSchema, column: str) -> Kind:
    """Return the kind of a canonical table's column."""
    return Kind(schema.columns[column].metadata["kind"])


def columns_of(schema: pa.DataFrameSchema, kind: Kind) -> list[str]:
    """Return the columns of one kind, in the table's order."""
    return [name for name in schema.columns if kind_of(schema, name) is kind]


def _column(
    name: str, kind: Kind, dtype: Any, checks: Sequence[pa.Check] = (), **options: Any
) -> tuple[str, pa.Column]:
    options.setdefault("nullable", True)
    return name, pa.Column(dtype, list(checks), metadata={"kind": kind.value}, **options)


def key(name: str, **options: Any) -> tuple[str, pa.Column]:
    """Define a key column: a text that stands for a record."""
    return _column(name, Kind.KEY, str, **{"nullable": False, **options})


def identifier(name: str) -> tuple[str, pa.Column]:
    """Define a column that identifies a person: it never leaves the private area."""
    return _column(name, Kind.IDENTIFIER, str)


def date(name: str) -> tuple[str, pa.Column]:
    """Define a date column."""
    return _column(name, Kind.DATE, "datetime64[ms]")


def code(name: str, allowed: Iterable[str]) -> tuple[str, pa.Column]:
    """Define a column with a closed list of values."""
    allowed = tuple(allowed)
    return _column(name, Kind.CODE, str, [pa.Check.isin(allowed, error=f"one of {', '.join(allowed)}")])


def count(name: str, low: int, high: int) -> tuple[str, pa.Column]:
    """Define a whole number within limits."""
    return _column(name, Kind.NUMBER, "Int64", [pa.Check.in_range(low, high, error=f"from {low} to {high}")])


def amount(name: str, low: float, high: float) -> tuple[str, pa.Column]:
    """Define a real number within limits."""
    return _column(name, Kind.NUMBER, "float64", [pa.Check.in_range(low, high, error=f"from {low} to {high}")])


def text(name: str) -> tuple[str, pa.Column]:
    """Define a text that people wrote: it may hold anything, identifiers too."""
    return _column(name, Kind.TEXT, str)


def icd10_code(name: str) -> tuple[str, pa.Column]:
    """Define a code column in ICD-10's form; whether the code exists is for the cohort to decide."""
    form = pa.Check.str_matches(rf"^{icd10.FORM.pattern}$", error="a code's form, such as C50.911")
    return _column(name, Kind.CODE, str, [form])


def table(name: str, *columns: tuple[str, pa.Column], unique: str | list[str] | None = None) -> pa.DataFrameSchema:
    """Define a table: strict columns in a fixed order."""
    return pa.DataFrameSchema(dict(columns), name=name, strict=True, ordered=True, coerce=True, unique=unique)


# ---- canonical tables, as the extract stage leaves them: private -----------------------------------------------

PATIENTS = table(
    "patients",
    key("patient_id", unique=True),
    identifier("mrn"),
    identifier("first_name"),
    identifier("middle_name"),
    identifier("last_name"),
    identifier("former_name"),
    date("birth_date"),
    code("sex", SEXES),
    identifier("street"),
    identifier("city"),
    identifier("postal_code"),
    identifier("phone"),
    identifier("email"),
    identifier("relative_name"),
)

DIAGNOSES = table(
    "diagnoses",
    key("diagnosis_id", unique=True),
    key("patient_id"),
    date("diagnosis_date"),
    count("diagnosis_year", 1900, 2100),
    count("age", 0, 120),
    icd10_code("icd10_code"),
    text("site"),
    text("histology"),
    code("laterality", SIDES),
    text("grade"),
    text("t_stage"),
    text("n_stage"),
    text("m_stage"),
    text("stage_group"),
    text("biomarkers"),
    text("performance_status"),
    code("other_malignancy", OTHER_MALIGNANCIES),
    identifier("physician"),
    text("history"),
)

PLANS = table(
    "plans",
    key("plan_id", unique=True),
    key("patient_id"),
    key("diagnosis_id", nullable=True),
    identifier("plan_name"),
    count("course", 1, 99),
    code("role", ROLES),
    code("status", STATUSES),
    code("intent", INTENTS),
    text("site"),
    code("modality", modality.MODALITIES),
    text("technique"),
    text("energy"),
    amount("dose_gy", 0, 1000),
    amount("activity_mci", 0, 10000),
    count("n_fractions", 1, 200),
    date("start_date"),
    date("end_date"),
    count("start_day", -40000, 40000),
    count("end_day", -40000, 40000),
    identifier("physician"),
    identifier("machine"),
)

ANNOTATIONS = table(
    "annotations",
    key("patient_id"),
    code("task", TASKS),
    text("answer"),
    identifier("annotator"),
    unique=["patient_id", "task"],
)

CANONICAL = {schema.name: schema for schema in (PATIENTS, DIAGNOSES, PLANS, ANNOTATIONS)}

REJECTED_ROWS = table(
    "rejected_rows",
    code("table", CANONICAL),
    _column("row", Kind.NUMBER, "Int64"),
    key("patient_id", nullable=True),
    _column("column", Kind.CODE, str),
    _column("reason", Kind.CODE, str),
)
"""Rows that the extract stage could not read: source row number (from 1), patient where known, column, reason."""


EXTRACTED = {**CANONICAL, REJECTED_ROWS.name: REJECTED_ROWS}


# ---- what de-identification lets out ---------------------------------------------------------------------------


def deidentified(schema: pa.DataFrameSchema) -> pa.DataFrameSchema:
    """Return the table that a canonical table becomes: without identifiers and without dates."""
    gone = columns_of(schema, Kind.IDENTIFIER) + columns_of(schema, Kind.DATE)
    return schema.remove_columns(gone)


DEIDENTIFIED = {
    **{name: deidentified(schema) for name, schema in CANONICAL.items()},
    # The number of a source row would lead back to the person.
    "rejected_rows": deidentified(REJECTED_ROWS).remove_columns(["row"]),
}


# ---- from the cohort on ----------------------------------------------------------------------------------------

SPLITS = ("train", "validation", "test")
_DIAGNOSIS_DETAILS = {
    name: column
    for name, column in DEIDENTIFIED["diagnoses"].columns.items()
    if name not in {"diagnosis_id", "patient_id", "icd10_code", "other_malignancy"}
}


def word(name: str, **options: Any) -> tuple[str, pa.Column]:
    """Define a column of short words of ours (labels, reasons, names of models), never empty."""
    return _column(name, Kind.CODE, str, **{"nullable": False, **options})


def flag(name: str) -> tuple[str, pa.Column]:
    """Define a yes-or-no column."""
    return _column(name, Kind.CODE, bool, nullable=False)


def share(name: str, *, nullable: bool = False) -> tuple[str, pa.Column]:
    """Define a number from 0 to 1."""
    limits = pa.Check.in_range(0, 1, error="from 0 to 1")
    return _column(name, Kind.NUMBER, "float64", [limits], nullable=nullable)


def number(name: str, *, nullable: bool = False) -> tuple[str, pa.Column]:
    """Define a real number without limits."""
    return _column(name, Kind.NUMBER, "float64", nullable=nullable)


def size(name: str) -> tuple[str, pa.Column]:
    """Define a number of things."""
    return _column(name, Kind.NUMBER, "int64", [pa.Check.ge(0, error="not negative")], nullable=False)


_CASE_DETAILS = (
    key("case_id", unique=True),
    code("sex", SEXES),
    *_DIAGNOSIS_DETAILS.items(),
    code("intent", INTENTS),
    text("technique"),
    amount("dose_gy", 0, 1000),
    amount("activity_mci", 0, 10000),
    count("n_fractions", 1, 200),
    # The three answers, missing where the study leaves a task out.
    text("regimen"),
    text("modality"),
    text("icd10"),
)

CANDIDATES = table("candidates", *_CASE_DETAILS, *(word(f"unsettled_{task}", nullable=True) for task in TASKS))
"""One row per patient that the rules accept; ``unsettled_<task>`` says why they could not settle an answer."""

CASES = table("cases", *_CASE_DETAILS, word("settled_by"))
"""One row per case, with all answers; ``settled_by`` is ``rules`` or ``annotation``."""

WORKSHEET = table(
    "worksheet",
    key("case_id"),
    code("task", TASKS),
    word("reason"),
    text("details"),
    text("allowed"),
    text("answer"),
    text("annotator"),
    unique=["case_id", "task"],
)
"""What annotators fill in: one row per answer that the rules could not settle."""

REJECTS = table("rejects", key("patient_id", unique=True), word("reason"))
"""One row per patient that is no case, with the first reason that applied."""

PAIRS = table("pairs", key("case_id", unique=True), word("split"), word("prompt"), word("completion"))
"""One row per case of a task: what a model is asked, and what it should answer."""

PREDICTIONS = table(
    "predictions",
    key("case_id"),
    word("task"),
    word("model"),
    word("arm"),
    word("prompt_digest"),
    word("reference"),
    _column("answer", Kind.TEXT, str, nullable=False),
    size("n_tokens"),
    flag("finished"),
    unique=["case_id", "task", "model", "arm"],
)
"""One row per case and arm: the answer verbatim (may be empty), whether the model ended it by itself."""

SCORES = table(
    "scores",
    key("case_id"),
    word("task"),
    word("model"),
    word("arm"),
    word("reference"),
    _column("answer", Kind.TEXT, str, nullable=False),
    text("parsed"),
    share("exact_match"),
    share("rouge1"),
    unique=["case_id", "task", "model", "arm"],
)
"""One row per case and arm: what was read from the answer (missing: nothing could be) and its scores."""

REVIEW_KEY = table(
    "review_key",
    key("item"),
    text("regimen"),
    key("case_id"),
    word("model"),
    word("arm"),
    unique=["item", "model", "arm"],
)
"""What the review sheets hide: which arms of which models wrote the text of an item."""

SUMMARY = table(
    "summary",
    word("task"),
    word("model"),
    word("arm"),
    word("metric"),
    size("n"),
    number("value"),
    number("low", nullable=True),
    number("high", nullable=True),
    word("interval"),
)
"""One row per task, model, arm and metric, with a 95 % interval and the name of its method."""

PER_CLASS = table(
    "per_class",
    word("task"),
    word("model"),
    word("arm"),
    word("label"),
    size("support"),
    share("precision"),
    share("recall"),
    share("f1"),
)
"""One row per label of a closed task: precision, recall and F1 of one arm."""

COMPARISONS = table(
    "comparisons",
    word("task"),
    word("model"),
    word("metric"),
    size("n"),
    size("n_better"),
    size("n_worse"),
    size("n_tied"),
    number("base"),
    number("tuned"),
    number("difference"),
    number("low"),
    number("high"),
    number("statistic"),
    share("p"),
    share("p_holm"),
)
"""One row per task, model and metric: tuned against base over the same cases, one-sided Wilcoxon signed-rank."""

CURVE = table(
    "curve",
    size("step"),
    number("epoch"),
    number("loss", nullable=True),
    number("validation_loss", nullable=True),
    number("learning_rate", nullable=True),
    size("n_tokens"),
)
"""One row per logged step of a training run; ``n_tokens`` counts all tokens seen so far."""
