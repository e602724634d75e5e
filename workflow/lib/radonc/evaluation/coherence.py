"""Whether an arm's answers to several questions about one case agree with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import pandas as pd

from radonc.data.outcomes import COHERENCE
from radonc.data.schemas import NO_MODEL
from radonc.evaluation.regimen_components import modality_of, read_regimen
from radonc.regimen import Phase
from radonc.statistics import estimates
from radonc.vocabulary import sites
from radonc.vocabulary.modality_rules import BEAMS

TREATED = "treated"
"""The arm of the references: the patient as treated and coded."""

COLUMNS = ["case_id", "task", "model", "arm", "reference", "parsed"]
"""What is needed of ``SCORES``."""
_REMEMBERED = 1 << 18


def modality_agrees(regimen: str, modality: str) -> bool | None:
    """Return whether a regimen is of a modality; None where it states none.

    One of its phases must be of that modality; ``external`` is any beam, and ``mixed`` asks for several.

    >>> modality_agrees("IMRT 60 Gy in 30 fractions", "photon"), modality_agrees("HDR 7 Gy x 4", "photon")
    (True, False)
    """
    stated = {found for phase in _phases(regimen) if (found := modality_of(phase))}
    if not stated:
        return None
    if modality == "mixed":
        return len(stated) > 1
    return modality in stated or (modality == "external" and not stated.isdisjoint(BEAMS))


def site_agrees(regimen: str, code: str) -> bool | None:
    """Return whether a regimen treats where a code's disease can lie (``sites.agree``); None where one names no site.

    One of its sites must agree.
    """
    found = {sites.agree(code, phase.site) for phase in _phases(regimen)} - {None}
    return any(found) if found else None


PAIRS: dict[str, tuple[str, Callable[[str, str], bool | None]]] = {
    "modality": ("modality", modality_agrees),
    "site": ("icd10", site_agrees),
}
"""What of a regimen is compared with the answer to which other task."""


@lru_cache(_REMEMBERED)
def _phases(regimen: str) -> tuple[Phase, ...]:
    return read_regimen(regimen).phases


def measure(scores: pd.DataFrame, *, confidence: float) -> pd.DataFrame:
    """Measure how often answers of one arm agree, and how often the references do.

    Parameters
    ----------
    scores
        ``COLUMNS`` of ``SCORES`` of all tasks: the primary run and answer mode (``arms.primary``).
    confidence
        The level of the intervals.

    Returns
    -------
    DataFrame
        Rows of ``COHERENCE``: for the references (arm ``treated``), then in order of model and arm, the rates (Wilson)
        over the cases in which both answers could be read and compared; ``n`` is their number, and without one there is
        no row. Agreeing says nothing of being right.
    """
    rows: list[dict[str, Any]] = []
    regimens = scores[scores["task"] == "regimen"].drop(columns="task")
    for name, (task, agrees) in PAIRS.items():
        others = scores[scores["task"] == task].drop(columns="task")
        both = regimens.merge(others, on=["case_id", "model", "arm"], suffixes=("", "_other"))
        compare = lru_cache(_REMEMBERED)(agrees)
        once = both.drop_duplicates("case_id")
        rows += _row(name, NO_MODEL, TREATED, map(compare, once["reference"], once["reference_other"]), confidence)
        answered = both.dropna(subset=["parsed", "parsed_other"])
        for (model, arm), cases in answered.groupby(["model", "arm"], sort=True):
            rows += _row(name, str(model), str(arm), map(compare, cases["parsed"], cases["parsed_other"]), confidence)
    table = pd.DataFrame(rows, columns=list(COHERENCE.columns))
    # The references first.
    by = {"model": table["model"], "arm": table["arm"].replace(TREATED, "")}
    return table.iloc[pd.DataFrame(by).sort_values(["model", "arm"], kind="stable").index].reset_index(drop=True)


def _row(name: str, model: str, arm: str, verdicts: Iterator[bool | None], confidence: float) -> list[dict[str, Any]]:
    judged = [verdict for verdict in verdicts if verdict is not None]
    if not judged:
        return []
    return [{"model": model, "arm": arm, **estimates.rate(name, sum(judged), len(judged), confidence)}]
