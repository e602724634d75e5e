"""How the pages name things and write numbers."""

from collections.abc import Iterable, Mapping
from functools import partial

import pandas as pd

from radonc.data.schemas import NO_MODEL
from radonc.vocabulary import icd10

TASKS = {"regimen": "Regimen", "modality": "Modality", "icd10": "ICD-10-CM code"}
ARMS = {
    "majority": "majority class",
    "neighbour": "nearest neighbour",
    "logistic": "logistic regression",
    "base": "base",
    "fewshot": "few-shot",
    "tuned": "tuned",
    "treated": "as treated",
}
METRICS = {
    "accuracy": "Accuracy",
    "rouge1": "ROUGE-1 F",
    "parse_rate": "Answers that could be read",
    "balanced_accuracy": "Balanced accuracy",
    "macro_precision": "Macro precision",
    "macro_recall": "Macro recall",
    "macro_f1": "Macro F1",
    "weighted_precision": "Weighted precision",
    "weighted_recall": "Weighted recall",
    "weighted_f1": "Weighted F1",
    "top1": "Top-1 accuracy",
    "top3": "Top-3 accuracy",
    "top5": "Top-5 accuracy",
    "brier": "Brier score",
    "ece": "Calibration error",
}
COMPONENTS = {
    "full_match": "Whole regimen",
    "site": "Site",
    "laterality": "Side",
    "dose": "Dose",
    "fractions": "Fractions",
    "modality": "Modality",
    "technique": "Technique",
    "eqd2_error_gy": "EQD2 off by (median, Gy)",
    "dose_found": "States a dose",
    "consistent": "Arithmetic holds (n × d = D)",
    "plausible": "Within the clinic’s ranges",
    "full_code": "Full code",
    "category": "Category",
    "site_group": "Site group",
    "only_side_wrong": "Only the side is wrong",
    "hierarchical_precision": "Hierarchical precision",
    "hierarchical_recall": "Hierarchical recall",
    "hierarchical_f": "Hierarchical F",
    "standing_billable": "Billable code",
    "standing_subcategory": "Subcategory, divided further",
    "standing_category": "Category, divided further",
    "standing_unknown": "No code of ICD-10-CM",
}
COHERENCE = {"modality": "Regimen and modality", "site": "Regimen’s site and ICD-10-CM code"}
ANSWER_MODES = {"free": "Free answer", "labels": "Likeliest label", "constrained": "Valid codes only"}
NONE = "–"


def name_of(word: str, names: Mapping[str, str]) -> str:
    """Return a word's name for readers; a word without one is written out, underscores as spaces."""
    return names.get(word, word.replace("_", " "))


task_name = partial(name_of, names=TASKS)
arm_name = partial(name_of, names=ARMS)
metric_name = partial(name_of, names=METRICS)
mode_name = partial(name_of, names=ANSWER_MODES)


def model_name(model: str) -> str:
    """Return a model's name for readers."""
    return "no model" if model == NO_MODEL else model


def sentence_case(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def mid_sentence(name: str) -> str:
    """Return a name as it stands within a sentence: in lower case, unless it begins with an abbreviation."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def ordered(found: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the words found, without repeats: known ones in their order, then the others as they came."""
    present = dict.fromkeys(found)
    return list(dict.fromkeys([*(word for word in known if word in present), *present]))


def listed(items: Iterable[str]) -> str:
    """Return items as an English list: ``a, b and c``."""
    *head, last = list(items) or [""]
    return f"{', '.join(head)} and {last}" if head else last


def decimal(value: float | None, digits: int = 3) -> str:
    """Return a number with a fixed number of decimals and a true minus sign."""
    if value is None or pd.isna(value):
        return NONE
    text = f"{value:,.{digits}f}"
    # What rounds to zero has no sign.
    text = text.removeprefix("-") if float(text.replace(",", "")) == 0 else text
    return text.replace("-", "−")


def integer(value: float | None) -> str:
    """Return a whole number with commas between thousands."""
    return decimal(value, 0)


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share (0 to 1) in percent."""
    return NONE if share is None or pd.isna(share) else f"{decimal(100 * share, digits)}\u202f%"


def p_value(p: float | None) -> str:
    """Return a p value as journals print it: three decimals, and never 0 or 1."""
    if p is None or pd.isna(p):
        return NONE
    if p < 0.001:
        return "<\u00a00.001"
    return ">\u00a00.999" if p > 0.999 else f"{p:.3f}"


def p_phrase(p: float | None) -> str:
    """Return a p value as it stands in a sentence: ``p = 0.012``, ``p < 0.001``, or ``exploratory`` for none."""
    text = p_value(p)
    if text == NONE:
        return "exploratory"
    return f"p\u00a0{text}" if text[0] in "<>" else f"p\u00a0=\u00a0{text}"


def code_name(code: str) -> str:
    """Return an ICD-10-CM code or category with a short title, such as ``C61 Prostate``.

    The words that nearly all of a radiotherapy cohort's titles share, "malignant neoplasm of", are left out.
    """
    if not icd10.is_valid(code):
        return code
    title = icd10.title(code).removeprefix("Malignant neoplasm of ").removeprefix("Malignant neoplasms of ")
    return f"{code} {sentence_case(title)}"


def interval(value: float | None, low: float | None, high: float | None, digits: int = 3) -> str:
    """Return a value with its interval, where it has one: ``0.720 [0.688, 0.750]``."""
    text = decimal(value, digits)
    return text if pd.isna(low) or pd.isna(high) else f"{text} [{decimal(low, digits)}, {decimal(high, digits)}]"


def number_range(numbers: Iterable[float]) -> str:
    """Return whole numbers as one, or as least and greatest where they differ: ``790`` or ``788–790``."""
    found = sorted(set(numbers))
    return "–".join(integer(number) for number in dict.fromkeys([found[0], found[-1]])) if found else "0"


def magnitude(n: float) -> str:
    """Return a large number in words: ``1.2 million``."""
    for size, unit in ((1e9, "billion"), (1e6, "million")):
        if n >= size:
            return f"{n / size:.1f} {unit}"
    return integer(n)
