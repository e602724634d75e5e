"""The tables of the evidence: scores per case, and what is computed from them.

Apart from ``schemas``, so that another statistic reruns nothing that trains or predicts.
"""

from __future__ import annotations

import pandera.pandas as pa

from radonc.data.fields import Kind, code, field, flag, judged, key, number, share, size, table, text, word

ANSWER_MODES = ("free", "labels", "constrained")
"""How a model answers: the text that was generated, the likeliest label, the text under the constraint of codes."""

STANDINGS = ("billable", "subcategory", "category", "unknown")
"""How far an answered code goes: see ``vocabulary.icd10_tree.standing``."""

_ARM = (word("task"), word("model"), word("arm"))
_ESTIMATE = (
    word("metric"),
    size("n"),
    number("value"),
    number("low", nullable=True),
    number("high", nullable=True),
    word("interval"),
)
"""A metric over ``n`` cases, with its interval and the name of the interval's method (``none``: it has none)."""

_ANSWER = (key("case_id"), *_ARM, word("run"), code("answer_mode", ANSWER_MODES))
_ONE_ANSWER = ["case_id", "task", "model", "arm", "run", "answer_mode"]

SCORES = table(
    "scores",
    *_ANSWER,
    word("reference"),
    field("answer", Kind.TEXT, str, nullable=False),
    text("parsed"),
    share("exact_match"),
    share("rouge1"),
    share("rouge1_precision"),
    share("rouge1_recall"),
    unique=_ONE_ANSWER,
)
"""One row per case, arm, run and answer mode: what was read from the answer (missing: nothing), and its scores."""

REGIMEN_COMPONENTS = table(
    "regimen_components",
    *_ANSWER,
    judged("site"),
    judged("site_group"),
    judged("laterality"),
    judged("dose"),
    judged("fractions"),
    judged("modality"),
    judged("technique"),
    judged("full_match"),
    number("eqd2_error_gy", nullable=True),
    judged("consistent"),
    judged("plausible"),
    flag("dose_found"),
    unique=_ONE_ANSWER,
)
"""One row per row of ``SCORES`` of regimens: which components of the course are right, and what the answer is worth.

``eqd2_error_gy`` is the distance of the EQD2 (Gy); ``consistent``, ``plausible`` and ``dose_found`` are about the
answer by itself.
"""

CODE_COMPONENTS = table(
    "code_components",
    *_ANSWER,
    flag("full_code"),
    flag("category"),
    judged("site_group"),
    flag("only_side_wrong"),
    share("hierarchical_precision"),
    share("hierarchical_recall"),
    share("hierarchical_f"),
    code("standing", STANDINGS),
    unique=_ONE_ANSWER,
)
"""One row per row of ``SCORES`` of ICD-10-CM codes: how near the answered code is; no ``standing``: none was read."""

COMPONENTS: dict[str, pa.DataFrameSchema] = {"regimen": REGIMEN_COMPONENTS, "icd10": CODE_COMPONENTS}
"""Task -> the table of its answers' components; a modality has none."""

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

SUMMARY = table("summary", *_ARM, *_ESTIMATE)
"""One row per task, model, arm and metric: the primary run, in the primary answer mode."""

PER_CLASS = table(
    "per_class",
    *_ARM,
    word("label"),
    size("support"),
    share("precision"),
    share("recall"),
    share("f1"),
)
"""One row per label of a task with a fixed set of answers: precision, recall and F1 of one arm."""

COMPARISONS = table(
    "comparisons",
    word("task"),
    word("model"),
    word("against"),
    word("metric"),
    size("n"),
    size("n_better"),
    size("n_worse"),
    size("n_tied"),
    number("mean_against"),
    number("mean_tuned"),
    number("difference"),
    number("low"),
    number("high"),
    number("statistic"),
    share("p"),
    share("p_holm", nullable=True),
    word("interval"),
    word("method"),
    share("p_two_sided"),
    share("p_pratt"),
    share("p_mcnemar", nullable=True),
    share("p_mcnemar_two_sided", nullable=True),
    share("p_mcnemar_mid", nullable=True),
    number("rank_biserial"),
    number("hodges_lehmann"),
    number("hodges_lehmann_low"),
    number("hodges_lehmann_high"),
)
"""One row per task, model, arm that ``tuned`` is tested against, and metric: one-sided Wilcoxon signed-rank tests.

Those of the primary metrics against ``base`` are the declared family; ``p_holm`` is missing in all others, which are
exploratory. McNemar's test is about right-or-wrong metrics only.
"""

MODEL_COMPARISONS = table(
    "model_comparisons",
    word("task"),
    word("model"),
    word("other"),
    word("metric"),
    size("n"),
    size("n_better"),
    size("n_worse"),
    size("n_tied"),
    number("mean"),
    number("mean_other"),
    number("difference"),
    number("low"),
    number("high"),
    word("interval"),
    share("p_two_sided"),
    share("p_mcnemar_two_sided", nullable=True),
    number("rank_biserial"),
)
"""One row per task, pair of models and metric: their tuned arms over the same cases, two-sided and exploratory."""

ANSWER_MODE_COMPARISONS = table("answer_mode_comparisons", *_ARM, code("answer_mode", ANSWER_MODES), *_ESTIMATE)
"""One row per arm, answer mode and metric, for the tasks that were answered in several modes: the primary run."""

RUNS = table(
    "runs",
    word("task"),
    word("model"),
    word("run"),
    size("seed"),
    share("share"),
    size("n_train"),
    *_ESTIMATE,
)
"""One row per training run and metric, in the primary answer mode; ``n_train`` pairs are ``share`` of the training
set."""

SPREAD = table(
    "spread",
    word("task"),
    word("model"),
    word("metric"),
    size("n_seeds"),
    number("mean"),
    number("sd"),
    number("lowest"),
    number("highest"),
)
"""One row per task, model and metric: how far the runs with the full training set lie apart, by their seeds."""

LABEL_PROBABILITIES = table(
    "label_probabilities",
    *_ARM,
    word("run"),
    key("case_id"),
    share("confidence"),
    number("rank", nullable=True),
    number("brier"),
)
"""One row per answer with label probabilities: that of the most probable label, the true label's rank (missing: it is
none of the labels), and the Brier score."""

CALIBRATION = table("calibration", *_ARM, word("run"), *_ESTIMATE)
"""One row per arm of a task with a fixed set of answers, run and measure of its label probabilities."""

RELIABILITY = table(
    "reliability",
    *_ARM,
    word("run"),
    share("above"),
    share("up_to"),
    size("n"),
    share("confidence"),
    share("accuracy"),
    share("low"),
    share("high"),
)
"""One row per bin of the likeliest label's probability that holds cases: its mean, and the share that is right."""

DOUBTS = table(
    "doubts",
    key("case_id"),
    word("task"),
    flag("flagged"),
    flag("second"),
    flag("disputed"),
    unique=["case_id", "task"],
)
"""One row per case and task: whether a check flags the label, people answered besides the rules, and dispute it."""

_GROUP = (word("characteristic"), word("group"))

SUBGROUPS = table(
    "subgroups",
    word("task"),
    word("model"),
    *_GROUP,
    size("n"),
    size("n_better"),
    size("n_worse"),
    share("base"),
    share("tuned"),
    number("difference"),
    number("low"),
    number("high"),
)
"""One row per task, model and group of test cases: the accuracies of base and tuned, and their paired difference."""

SUBSETS = table("subsets", *_ARM, *_GROUP, *_ESTIMATE)
"""One row per arm, metric and group: all test cases, those with and without a near duplicate, or a label in doubt."""

COHERENCE = table("coherence", word("model"), word("arm"), *_ESTIMATE)
"""One row per arm and comparison of its answers to two tasks, and of the references (the arm ``treated``)."""

LABEL_NOISE = table("label_noise", word("task"), *_ESTIMATE)
"""One row per task and kind of doubt: the share of the test labels that are in doubt."""

TABLES: dict[str, pa.DataFrameSchema] = {
    schema.name: schema
    for schema in (
        SUMMARY,
        PER_CLASS,
        COMPARISONS,
        MODEL_COMPARISONS,
        ANSWER_MODE_COMPARISONS,
        RUNS,
        SPREAD,
        CALIBRATION,
        RELIABILITY,
        SUBGROUPS,
        SUBSETS,
        LABEL_NOISE,
        COHERENCE,
    )
}
"""The tables below ``<results>/statistics``, by the names of their files."""
