"""Is a phase within what a clinic gives? By ranges in a file that a clinician owns.

The file is YAML, such as ``config/plausibility.example.yaml``: a list of ranges, each for the phases whose site,
technique and modality have its words. The first that fits a phase is the one it is held against.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from radonc.regimen.course import Phase
from radonc.runtime.settings.files import load
from radonc.runtime.settings.plausibility import Plausibility, Range

MEASURES = {"dose_gy": "dose", "fraction_dose_gy": "dose per fraction", "n_fractions": "number of fractions"}


def read_ranges(path: Path) -> tuple[Range, ...]:
    """Read and check a file of ranges.

    Raises
    ------
    StudyError
        Naming file and key: not to be read, a key that there is not, or a lowest value above the highest.
    """
    return load(path, Plausibility).ranges


def fits(phase: Phase, kind: Range) -> bool:
    """Say whether a phase is of the kind that a range is for."""
    wanted = ((kind.site, phase.site), (kind.technique, phase.technique), (kind.modality, phase.modality))
    return all(not words or _has(text or "", words) for words, text in wanted)


def implausible(phase: Phase, ranges: Sequence[Range]) -> list[str]:
    """Return why a phase is implausible, a reason for each measure; nothing where it is not, or no range fits.

    What is not known of a phase is not held against it; nor is a dose against a radionuclide.
    """
    fitting = next((one for one in ranges if fits(phase, one)), None)
    if fitting is None or phase.activity_mci is not None:
        return []
    reasons = []
    for measure, (lowest, highest) in fitting.limits.items():
        value = getattr(phase, measure)
        # Doses per fraction are quotients: to a hundredth.
        if value is not None and not lowest <= round(value, 2) <= highest:
            reasons.append(
                f"{MEASURES[measure]} {round(value, 2):g} is outside {lowest:g} to {highest:g} ({fitting.name})"
            )
    return reasons


def is_plausible(phase: Phase, ranges: Sequence[Range]) -> bool | None:
    """Say whether a phase is plausible; None where that cannot be judged: no range fits, or no measure is known."""
    fitting = next((one for one in ranges if fits(phase, one)), None)
    if fitting is None or phase.activity_mci is not None:
        return None
    return not implausible(phase, ranges) if any(getattr(phase, name) is not None for name in fitting.limits) else None


def _has(text: str, words: Sequence[str]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) for word in words)
