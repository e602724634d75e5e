"""Prompts and completions: the only place where they are made, for all arms, in training and in prediction."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from radonc.runtime.hashing import hash_value

CUE = "Answer:"
BEFORE_QUESTION = "\nQuestion: "
TEMPLATE = f"{{details}}{BEFORE_QUESTION}{{question}}\n{CUE}"
BETWEEN_EXAMPLES = "\n\n"
LINES = {
    "Patient": ("sex", "age"),
    "Site": ("site", "laterality"),
    "Histology": ("histology", "grade"),
    "Stage": ("t_stage", "n_stage", "m_stage", "stage_group"),
    "Biomarkers": ("biomarkers",),
    "Performance status": ("performance_status",),
    "History": ("history",),
}
"""The lines of a prompt: label -> columns. Short, since training time is linear in tokens."""
TOP_AGE = 90  # Safe Harbor: de-identification caps ages here, and 90 means 90 or older


def details(case: Mapping[Any, Any], fields: Sequence[str]) -> str:
    """Write the known ``fields`` of a case's diagnosis, related ones on one line, such as ``Site: breast, left``."""
    lines = []
    for label, parts in LINES.items():
        known = [_value(field, case[field]) for field in parts if field in fields and not pd.isna(case[field])]
        if known:
            lines.append(f"{label}: {', '.join(known)}")
    return "\n".join(lines)


def _value(field: str, value: Any) -> str:
    if field == "age" and value >= TOP_AGE:
        return f"{TOP_AGE}+"
    return " ".join(str(value).split())


def prompt(case_details: str, question: str) -> str:
    """Put details and question into the template; a model continues after ``Answer:``."""
    return TEMPLATE.format(details=case_details, question=question)


def details_of(text: str) -> str:
    """Return the diagnosis details of a prompt, without the question."""
    return text.rpartition(BEFORE_QUESTION)[0]


def worked_examples(pairs: pd.DataFrame) -> str:
    """Write rows of ``PAIRS``, prompt and answer, as the text that precedes the prompt of a few-shot arm."""
    return "".join(pairs["prompt"] + pairs["completion"] + BETWEEN_EXAMPLES)


def completion(answer: str) -> str:
    """Write an answer as the text that follows the prompt; training appends the end-of-sequence token."""
    return f" {answer}"


def answer_of(text: str) -> str:
    """Return the answer that a completion holds."""
    return text.removeprefix(completion(""))


def template_digest() -> str:
    """Return the digest of template and lines, by which training and prediction show that they used the same."""
    return hash_value([TEMPLATE, completion("{answer}"), LINES])
