"""ICD-10-CM codes: normal form, validity, category; over the ``simple-icd-10-cm`` package."""

import gc
import re
from functools import cache
from importlib.metadata import version
from typing import Any

# A digit comes second, although the category QA0 has none: else short names (SAM, MAX) would have the form of a code,
# and what has it passes de-identification.
FORM = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?")


@cache
def tabular() -> Any:
    """Return the ``simple_icd_10_cm`` module. Its import loads all codes, over a second: most callers need no code."""
    # The collector would look through the 98,000 codes again and again while they are made: a third of the time.
    collects = gc.isenabled()
    gc.disable()
    try:
        import simple_icd_10_cm
    finally:
        if collects:
            gc.enable()
    return simple_icd_10_cm


def release() -> str:
    """Name the code set, for manifests."""
    return f"ICD-10-CM of simple-icd-10-cm {version('simple-icd-10-cm')}"


def normalise(text: str) -> str | None:
    """Return a code's normal form (``c509`` and ``C50.9 `` give ``C50.9``), or None where it has no code's form."""
    code = "".join(text.split()).upper().rstrip(".")
    if len(code) > 3 and code[3] != ".":
        code = f"{code[:3]}.{code[3:]}"
    return code if FORM.fullmatch(code) else None


@cache
def is_valid(code: str) -> bool:
    """Return whether a code in normal form stands in ICD-10-CM, billable or not."""
    return bool(tabular().is_valid_item(code)) and FORM.fullmatch(code) is not None


@cache
def is_billable(code: str) -> bool:
    """Return whether a code in normal form can be billed: valid, and not divided any further."""
    return is_valid(code) and bool(tabular().is_leaf(code))


@cache
def codes(require: str) -> tuple[str, ...]:
    """Return all codes in normal form, in order: those that are ``valid``, or only the ``billable`` ones."""
    accepted = {"billable": is_billable, "valid": is_valid}[require]
    return tuple(sorted(filter(accepted, tabular().get_all_codes(with_dots=True))))


def category(code: str) -> str:
    """Return the three-character category of a code in normal form, such as ``C50``."""
    return code[:3]


@cache
def title(code: str) -> str:
    """Return the title of a code, such as ``Malignant neoplasm of prostate``; ValueError when it is not valid."""
    return str(tabular().get_description(code))


@cache
def laterality(code: str) -> str | None:
    """Return the side that a code's title states (left, right or bilateral), or None."""
    return _only_word_of_title(code, "right|left|bilateral")


@cache
def sex(code: str) -> str | None:
    """Return the only sex that a code can belong to, by the blocks of genital organs or by its title, or None."""
    if "C51" <= category(code) <= "C58":
        return "female"
    if "C60" <= category(code) <= "C63":
        return "male"
    return _only_word_of_title(code, "female|male")


def _only_word_of_title(code: str, words: str) -> str | None:
    named = set(re.findall(rf"\b(?:{words})\b", title(code))) if is_valid(code) else set()
    return named.pop() if len(named) == 1 else None
