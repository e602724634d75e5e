"""The tables that pass between stages: canonical (with identifiers), de-identified, cases, answers, statistics."""

from radonc.data.fields import (
    Kind,
    amount,
    code,
    columns_of,
    count,
    date,
    field,
    flag,
    icd10_code,
    identifier,
    key,
    number,
    size,
    table,
    text,
    word,
)
from radonc.vocabulary import modality

SEXES = ("female", "male")
INTENTS = ("curative", "neoadjuvant", "adjuvant", "palliative")
TASKS = ("regimen", "modality", "icd10")
STAGES = ("extract", "diagnosis", "plan", "annotation")
"""Where patients leave the cohort."""
CONFIDENCES = ("certain", "probable", "unclear")
"""How sure it is which plan is the primary one (``plans.py``)."""
SPLITS = ("train", "validation", "test")
NO_RUN = "-"
"""The ``run`` of the arms without an adapter."""
NO_MODEL = "-"
"""The ``model`` of the arms without a model; no configured model can have this name."""
BASELINES = ("majority", "neighbour", "logistic")
"""The arms of no model that are fitted to the training split, the simplest first."""
REPEATED = "repeats another row to the letter"
"""The reason of rejected rows that lose nothing."""

# ---- canonical tables, as the extract stage writes them: private -----------------------------------------------

PATIENTS = table(
    "patients",
    key("patient_id", unique=True),
    *map(identifier, ("mrn", "first_name", "middle_name", "last_name", "former_name")),
    date("birth_date"),
    code("sex", SEXES),
    *map(identifier, ("street", "city", "postal_code", "phone", "email", "relative_name")),
)

DIAGNOSES = table(
    "diagnoses",
    key("diagnosis_id", unique=True),
    key("patient_id"),
    date("diagnosis_date"),
    count("diagnosis_year", 1900, 2100),
    count("age", 0, 120),
    icd10_code("icd10_code"),
    *map(text, ("site", "histology")),
    code("laterality", ("left", "right", "bilateral", "midline")),
    *map(text, ("grade", "t_stage", "n_stage", "m_stage", "stage_group", "biomarkers", "performance_status")),
    code("other_malignancy", ("none", "prior", "synchronous")),
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
    code("role", ("primary", "boost", "replan", "verification")),
    code("status", ("unapproved", "approved", "treated", "cancelled")),
    code("intent", INTENTS),
    text("site"),
    code("modality", modality.MODALITIES),
    *map(text, ("technique", "energy")),
    amount("dose_gy", 0, 1000),
    amount("activity_mci", 0, 10000),
    count("n_fractions", 1, 200),
    *map(date, ("start_date", "end_date")),
    *(count(name, -40000, 40000) for name in ("start_day", "end_day")),
    *map(identifier, ("physician", "machine")),
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
    field("row", Kind.NUMBER, "Int64"),
    key("patient_id", nullable=True),
    *(field(name, Kind.CODE, str) for name in ("column", "reason")),
)
"""Rows that the extract stage could not read: source row number (from 1), patient where known, column, reason."""

EXTRACTED = {**CANONICAL, REJECTED_ROWS.name: REJECTED_ROWS}

DEIDENTIFIED = {
    name: schema.remove_columns(columns_of(schema, Kind.IDENTIFIER) + columns_of(schema, Kind.DATE))
    for name, schema in CANONICAL.items()
} | {"rejected_rows": REJECTED_ROWS.remove_columns(["row"])}
"""Canonical tables without identifiers and dates, and without the row number, which would lead back to the person."""

# ---- from the cohort on ----------------------------------------------------------------------------------------

DIAGNOSIS_DETAILS = {
    name: column
    for name, column in DEIDENTIFIED["diagnoses"].columns.items()
    if name not in {"diagnosis_id", "patient_id", "icd10_code", "other_malignancy"}
}
PLAN_DETAILS = {
    name: DEIDENTIFIED["plans"].columns[name]
    for name in ("intent", "technique", "dose_gy", "activity_mci", "n_fractions")
}
_CASE_DETAILS = (
    key("case_id", unique=True),
    code("sex", SEXES),
    *DIAGNOSIS_DETAILS.items(),
    *PLAN_DETAILS.items(),
    code("plan_confidence", CONFIDENCES),
    # What about the case contradicts itself: sorted, separated by semicolons.
    word("flags", nullable=True),
    # The answers, missing where the study leaves a task out.
    *map(text, TASKS),
)

CANDIDATES = table("candidates", *_CASE_DETAILS, *(word(f"unresolved_{task}", nullable=True) for task in TASKS))
"""One row per patient that the rules accept; ``unresolved_<task>`` says why they could not resolve an answer."""

CHOICES = table(
    "choices",
    key("case_id"),
    size("number"),
    text("plan"),
    *PLAN_DETAILS.items(),
    *map(text, ("regimen", "modality")),
    unique=["case_id", "number"],
)
"""One row per plan that could be the primary one of a candidate with an open question about it, for annotators.

``number`` counts from 1 in each case, ``plan`` describes the plan, ``regimen`` and ``modality`` are the answers that it
gives, where rules can determine them.
"""

CASES = table("cases", *_CASE_DETAILS, word("resolved_by"))
"""One row per case, with all answers; ``resolved_by`` is ``rules`` or ``annotation``."""

WORKSHEET = table(
    "worksheet",
    key("case_id"),
    code("task", TASKS),
    word("reason"),
    *map(text, ("details", "plans", "flags", "allowed", "answer", "annotator")),
    unique=["case_id", "task"],
)
"""What annotators fill in: one row per answer that the rules could not resolve."""

REJECTS = table("rejects", key("patient_id", unique=True), word("reason"), code("stage", STAGES))
"""One row per patient that is no case, with the first reason that applied, and where that was."""

PAIRS = table("pairs", key("case_id", unique=True), *map(word, ("split", "prompt", "completion")))
"""One row per case of a task: what a model is asked, and what it should answer."""

PREDICTIONS = table(
    "predictions",
    key("case_id"),
    *map(word, ("task", "model", "arm", "run", "prompt_digest", "reference")),
    field("answer", Kind.TEXT, str, nullable=False),
    size("n_tokens"),
    flag("finished"),
    *(word(name, nullable=True) for name in ("label_log_p", "constrained")),
    unique=["case_id", "task", "model", "arm", "run"],
)
"""One row per case, arm and run: the answer verbatim (may be empty), whether the model ended it by itself.

``run`` is the adapter's, such as ``seed1``, and ``-`` for the arms that have none. ``label_log_p`` is a JSON object,
label -> log-probability (nats, four decimals) normalised over the label set, missing for tasks and arms without one;
``constrained`` the code that was decoded under the constraint of ICD-10-CM, missing for other tasks and for arms of no
model.
"""

CURVE = table(
    "curve",
    size("step"),
    number("epoch"),
    *(number(name, nullable=True) for name in ("loss", "validation_loss", "learning_rate")),
    size("n_tokens"),
)
"""One row per logged step of a training run; ``n_tokens`` counts all tokens seen so far."""
