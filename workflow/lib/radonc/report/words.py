"""How the pages name things and write numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable

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
ANSWER_MODES_EXPLAINED = {
    "free": "the model writes what it likes, and what can be read in it counts (the paper’s way)",
    "labels": "the model gives every label a probability, and the highest wins; nothing is ever unreadable",
    "constrained": "the model writes, but only what can still become a valid code",
}
FIELDS = {
    "sex": "Sex",
    "age": "Age at diagnosis",
    "icd10": "ICD-10-CM code",
    "diagnosis_year": "Year of diagnosis",
    "t_stage": "T stage",
    "n_stage": "N stage",
    "m_stage": "M stage",
    "stage_group": "Stage group",
    "performance_status": "Performance status",
    "dose_gy": "Dose (Gy)",
    "activity_mci": "Activity (mCi)",
    "n_fractions": "Number of fractions",
}
NONE = "–"
NARROW_SPACE = "\u202f"


def name_of(word: str, names: dict[str, str]) -> str:
    """Return a word's name for readers; a word without one is written out, underscores as spaces."""
    return names.get(word, word.replace("_", " "))


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
    present = list(dict.fromkeys(found))
    first = [word for word in known if word in present]
    return first + [word for word in present if word not in first]


def listed(items: Iterable[str]) -> str:
    """Return items as an English list: ``a, b and c``."""
    *head, last = list(items) or [""]
    return f"{', '.join(head)} and {last}" if head else last


def decimal(value: float | None, digits: int = 3) -> str:
    """Return a number with a fixed number of decimals and a true minus sign."""
    if value is None or math.isnan(value):
        return NONE
    text = f"{value:,.{digits}f}"
    # What rounds to zero has no sign.
    text = text.removeprefix("-") if float(text.replace(",", "")) == 0 else text
    return text.replace("-", "−")


def whole(value: float | None) -> str:
    """Return a whole number with commas between thousands."""
    return decimal(value, 0)


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share (0 to 1) in percent."""
    if share is None or math.isnan(share):
        return NONE
    return f"{decimal(100 * share, digits)}{NARROW_SPACE}%"


def p_value(p: float | None) -> str:
    """Return a p value as journals print it: three decimals, and never 0 or 1."""
    if p is None or math.isnan(p):
        return NONE
    if p < 0.001:
        return "<\u00a00.001"
    return ">\u00a00.999" if p > 0.999 else f"{p:.3f}"


def p_phrase(p: float | None) -> str:
    """Return a p value as it stands in a sentence: ``p = 0.012``, ``p < 0.001``, or ``exploratory`` for none."""
    if p is None or math.isnan(p):
        return "exploratory"
    text = p_value(p)
    return f"p\u00a0{text}" if text[0] in "<>" else f"p\u00a0=\u00a0{text}"


def code_name(code: str) -> str:
    """Return an ICD-10-CM code or category with a short title, such as ``C61 Prostate``.

    The words that nearly all of a radiotherapy cohort's titles share, "malignant neoplasm of", are left out.
    """
    if not icd10.is_valid(code):
        return code
    title = icd10.title(code)
    for opening in ("Malignant neoplasm of ", "Malignant neoplasms of "):
        title = title.removeprefix(opening)
    return f"{code} {sentence_case(title)}"


def interval(value: float | None, low: float | None, high: float | None) -> str:
    """Return a value with its interval, where it has one: ``0.720 [0.688, 0.750]``."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return decimal(value)
    return f"{decimal(value)} [{decimal(low)}, {decimal(high)}]"


def span(numbers: Iterable[float]) -> str:
    """Return whole numbers as one, or as least and greatest where they differ: ``790`` or ``788–790``."""
    found = sorted(set(numbers))
    return "–".join(whole(number) for number in dict.fromkeys([found[0], found[-1]])) if found else "0"


def magnitude(n: float) -> str:
    """Return a large number in words: ``1.2 million``."""
    for size, unit in ((1e9, "billion"), (1e6, "million")):
        if n >= size:
            return f"{n / size:.1f} {unit}"
    return whole(n)
