"""The three tasks: what is asked. A fourth task is added here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _ask_regimen(_: Mapping[str, Any]) -> str:
    return "Which radiotherapy regimen was given: site, dose, fractions, technique?"


def _ask_modality(settings: Mapping[str, Any]) -> str:
    return f"Which modality: {', '.join(settings['labels'])}?"


def _ask_icd10(_: Mapping[str, Any]) -> str:
    return "Which ICD-10-CM code?"


QUESTIONS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "regimen": _ask_regimen,
    "modality": _ask_modality,
    "icd10": _ask_icd10,
}
"""Task -> its question, given the task's settings in the config."""
