"""Whether an arm's answers to several questions about one case agree with each other."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pandas as pd

from radonc.data.outcomes import COHERENCE
from radonc.data.schemas import NO_MODEL
from radonc.evaluation.arms import TREATED
from radonc.evaluation.components import modality_of, read_regimen
from radonc.regimen import Phase
from radonc.statistics.estimates import rate
from radonc.vocabulary import sites
from radonc.vocabulary.modality_rules import BEAMS

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
    """Return whether one of a regimen's sites is where a code's disease can lie; None where one of both names none."""
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
    """Measure from the primary scores of all tasks how often answers of one arm agree, and how often the references do.

    Return rows of ``COHERENCE``: for the references (arm ``treated``), then in order of model and arm, the rates
    (Wilson) over the cases in which both answers could be read and compared; ``n`` is their number, and without one
    there is no row. Answers that agree may still be wrong.
    """
    rows: list[dict[str, Any]] = []
    regimens = scores[scores["task"] == "regimen"].drop(columns="task")
    for metric, (task, agrees) in PAIRS.items():
        others = scores[scores["task"] == task].drop(columns="task")
        both = regimens.merge(others, on=["case_id", "model", "arm"], suffixes=("", "_other"))
        once = both.drop_duplicates("case_id").assign(model=NO_MODEL, arm=TREATED)
        references = once.assign(parsed=once["reference"], parsed_other=once["reference_other"])
        compare = lru_cache(_REMEMBERED)(agrees)
        for table in (references, both.dropna(subset=["parsed", "parsed_other"])):
            for (model, arm), cases in table.groupby(["model", "arm"], sort=True):
                verdicts = map(compare, cases["parsed"], cases["parsed_other"])
                judged = [verdict for verdict in verdicts if verdict is not None]
                if judged:
                    rows.append({"model": model, "arm": arm, **rate(metric, sum(judged), len(judged), confidence)})
    table = pd.DataFrame(rows, columns=list(COHERENCE.columns))
    # The references first.
    by = {"model": table["model"], "arm": table["arm"].replace(TREATED, "")}
    return table.iloc[pd.DataFrame(by).sort_values(["model", "arm"], kind="stable").index].reset_index(drop=True)
