"""The tables of the evidence: scores per case, and what is computed from them.

Apart from ``schemas``, so that another statistic reruns nothing that trains or predicts.
"""

import pandera.pandas as pa

from radonc.data.fields import Kind, code, field, flag, judged, key, number, share, size, table, text, word

ANSWER_MODES = ("free", "labels", "constrained")
"""How a model answers: the text that was generated, the likeliest label, the text under the constraint of codes."""

STANDINGS = ("billable", "subcategory", "category", "unknown")
"""How far an answered code goes: see ``vocabulary.icd10_tree.standing``."""

_ARM = tuple(map(word, ("task", "model", "arm")))
_LIMITS = (number("low", nullable=True), number("high", nullable=True), word("interval"))
_ESTIMATE = (word("metric"), size("n"), number("value"), *_LIMITS)
"""A metric over ``n`` cases, with its interval and the name of the interval's method (``none``: it has none)."""
_GROUP = tuple(map(word, ("characteristic", "group")))
_N_CHANGED = tuple(map(size, ("n", "n_better", "n_worse", "n_tied")))
_ANSWER = (key("case_id"), *_ARM, word("run"), code("answer_mode", ANSWER_MODES))
_ONE_ANSWER = ["case_id", "task", "model", "arm", "run", "answer_mode"]

SCORES = table(
    "scores",
    *_ANSWER,
    word("reference"),
    field("answer", Kind.TEXT, str, nullable=False),
    text("parsed"),
    *map(share, ("exact_match", "rouge1", "rouge1_precision", "rouge1_recall")),
    unique=_ONE_ANSWER,
)
"""One row per case, arm, run and answer mode: what was read from the answer (missing: nothing), and its scores."""

REGIMEN_COMPONENTS = table(
    "regimen_components",
    *_ANSWER,
    *map(judged, ("site", "site_group", "laterality", "dose", "fractions", "modality", "technique", "full_match")),
    number("eqd2_error_gy", nullable=True),
    *map(judged, ("consistent", "plausible")),
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
    *map(flag, ("full_code", "category")),
    judged("site_group"),
    flag("only_side_wrong"),
    *map(share, ("hierarchical_precision", "hierarchical_recall", "hierarchical_f")),
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
    *map(word, ("model", "arm")),
    unique=["item", "model", "arm"],
)
"""What the review sheets hide: which arms of which models wrote the text of an item."""

SUMMARY = table("summary", *_ARM, *_ESTIMATE)
"""One row per task, model, arm and metric: the primary run, in the primary answer mode."""

PER_CLASS = table("per_class", *_ARM, word("label"), size("support"), *map(share, ("precision", "recall", "f1")))
"""One row per arm and label of a task with labels."""

COMPARISONS = table(
    "comparisons",
    *map(word, ("task", "model", "against", "metric")),
    *_N_CHANGED,
    *map(number, ("mean_against", "mean_tuned", "difference", "low", "high", "statistic")),
    share("p"),
    share("p_holm", nullable=True),
    *map(word, ("interval", "method")),
    *map(share, ("p_two_sided", "p_pratt")),
    *(share(name, nullable=True) for name in ("p_mcnemar", "p_mcnemar_two_sided", "p_mcnemar_mid")),
    *map(number, ("rank_biserial", "hodges_lehmann", "hodges_lehmann_low", "hodges_lehmann_high")),
)
"""One row per task, model, arm that ``tuned`` is tested against, and metric: one-sided Wilcoxon signed-rank tests.

Those of the primary metrics against ``base`` are the declared family; ``p_holm`` is missing in all others, which are
exploratory. McNemar's test is about right-or-wrong metrics only.
"""

MODEL_COMPARISONS = table(
    "model_comparisons",
    *map(word, ("task", "model", "other", "metric")),
    *_N_CHANGED,
    *map(number, ("mean", "mean_other", "difference", "low", "high")),
    word("interval"),
    share("p_two_sided"),
    share("p_mcnemar_two_sided", nullable=True),
    number("rank_biserial"),
)
"""One row per task, pair of models and metric: their tuned arms over the same cases, two-sided and exploratory."""

ANSWER_MODE_COMPARISONS = table("answer_mode_comparisons", *_ARM, code("answer_mode", ANSWER_MODES), *_ESTIMATE)
"""One row per arm, answer mode and metric, for the tasks that were answered in several modes: the primary run."""

RUNS = table("runs", *map(word, ("task", "model", "run")), size("seed"), share("share"), size("n_train"), *_ESTIMATE)
"""One row per training run and metric, in the primary answer mode; it saw ``share`` of the pairs, ``n_train``."""

SPREAD = table(
    "spread",
    *map(word, ("task", "model", "metric")),
    size("n_seeds"),
    *map(number, ("mean", "sd", "lowest", "highest")),
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
"""One row per arm, run and measure of the label probabilities."""

RELIABILITY = table(
    "reliability",
    *_ARM,
    word("run"),
    *map(share, ("above", "up_to")),
    size("n"),
    *map(share, ("confidence", "accuracy", "low", "high")),
)
"""One row per bin of the likeliest label's probability that holds cases: its mean, and the share that is right."""

DOUBTS = table(
    "doubts", key("case_id"), word("task"), *map(flag, ("flagged", "second", "disputed")), unique=["case_id", "task"]
)
"""One row per case and task: whether a check flags the label, people answered besides the rules, and dispute it."""

SUBGROUPS = table(
    "subgroups",
    *map(word, ("task", "model")),
    *_GROUP,
    *map(size, ("n", "n_better", "n_worse")),
    *map(share, ("base", "tuned")),
    *map(number, ("difference", "low", "high")),
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
        SUMMARY, PER_CLASS, COMPARISONS, MODEL_COMPARISONS, ANSWER_MODE_COMPARISONS, RUNS, SPREAD, CALIBRATION,
        RELIABILITY, SUBGROUPS, SUBSETS, LABEL_NOISE, COHERENCE,
    )
}  # fmt: skip
"""The tables below ``<results>/statistics``, by the names of their files."""
