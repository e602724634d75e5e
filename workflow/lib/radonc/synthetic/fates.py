"""What becomes of each patient in the study: how many there are of each fate."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from radonc.runtime.errors import StudyError

ELIGIBLE = "eligible"
ANNOTATED = "eligible_annotated"
UNREADABLE = "unreadable_record"
NO_DIAGNOSIS = "no_diagnosis"
MULTIPLE = "multiple_diagnoses"
OTHER_MALIGNANCY = "other_malignancy"
CONTRADICTORY = "contradictory_record"
INSUFFICIENT = "insufficient_details"
NO_PLAN = "no_plan"
NO_DELIVERED_PLAN = "no_delivered_plan"
AMBIGUOUS = "ambiguous_primary_plan"
OUTSTANDING = "annotation_outstanding"

REJECTED = {
    UNREADABLE: 2.0,
    NO_DIAGNOSIS: 3.0,
    MULTIPLE: 18.0,
    OTHER_MALIGNANCY: 3.0,
    CONTRADICTORY: 2.0,
    INSUFFICIENT: 2.0,
    NO_PLAN: 6.0,
    NO_DELIVERED_PLAN: 5.0,
    AMBIGUOUS: 8.0,
    OUTSTANDING: 2.0,
}
"""The fates outside the study, in the order in which the cohort's rules apply, with their weights."""

# Permanent implants come on top of these: no fraction dose of theirs is plausible to a rule.
SHARE_ANNOTATED = 0.045


def draw_fates(rng: Random, n_patients: int, n_eligible: int) -> list[str]:
    """Return one fate per patient, in random order.

    Exactly ``n_eligible`` are ``eligible`` or ``eligible_annotated``; the rest is shared out among the others, each
    of which has one patient at least where there are enough.

    Raises
    ------
    StudyError
        When ``n_eligible`` is not from 1 to ``n_patients``.
    """
    if not 1 <= n_eligible <= n_patients:
        raise StudyError(
            f"extract.synthetic.n_eligible: {n_eligible} is not from 1 to n_patients ({n_patients}); lower it"
        )
    n_annotated = max(1, round(SHARE_ANNOTATED * n_eligible))
    counts = {ELIGIBLE: n_eligible - n_annotated, ANNOTATED: n_annotated}
    counts |= apportion(n_patients - n_eligible, REJECTED)
    fates = [fate for fate, count in counts.items() for _ in range(count)]
    rng.shuffle(fates)
    return fates


def apportion(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Share a whole number out by weights: largest remainders, and nobody empty-handed where there are enough."""
    quotas = {name: total * weight / sum(weights.values()) for name, weight in weights.items()}
    counts = {name: int(quota) for name, quota in quotas.items()}
    by_remainder = sorted(weights, key=lambda name: counts[name] - quotas[name])
    for name in by_remainder[: total - sum(counts.values())]:
        counts[name] += 1
    if total >= len(weights):
        for name in [name for name, count in counts.items() if count == 0]:
            counts[max(counts, key=lambda other: counts[other])] -= 1
            counts[name] = 1
    return counts
