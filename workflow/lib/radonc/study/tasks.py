"""The three tasks: what is asked. A fourth task is added here."""

from __future__ import annotations

from collections.abc import Callable

from radonc.runtime.settings.tasks import Tasks


def _ask_regimen(_: Tasks) -> str:
    return "Which radiotherapy regimen was given: site, dose, fractions, technique?"


def _ask_modality(tasks: Tasks) -> str:
    return f"Which modality: {', '.join(tasks.labels)}?"


def _ask_icd10(_: Tasks) -> str:
    return "Which ICD-10-CM code?"


QUESTIONS: dict[str, Callable[[Tasks], str]] = {
    "regimen": _ask_regimen,
    "modality": _ask_modality,
    "icd10": _ask_icd10,
}
"""Task -> its question, given the settings of the tasks."""
