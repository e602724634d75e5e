"""Is a phase within what a clinic gives? By ranges in a file that a clinician owns.

The file is YAML, such as ``config/plausibility.example.yaml``: a list of ranges, each for the phases whose site,
technique and modality have its words. The first that fits a phase is the one that it is compared with.
"""

import re
from collections.abc import Sequence

from radonc.regimen import Phase
from radonc.runtime.settings.plausibility import Range


def is_plausible(phase: Phase, ranges: Sequence[Range]) -> bool | None:
    """Say whether all known measures of a phase are within the first range that fits it.

    None if that cannot be judged: no range fits, no measure is known, or the phase is of a radionuclide.
    """
    limits = next((one.limits for one in ranges if _fits(phase, one)), {})
    # Doses per fraction are quotients: to a hundredth.
    known = [(round(value, 2), limits[name]) for name in limits if (value := getattr(phase, name)) is not None]
    if phase.activity_mci is not None or not known:
        return None
    return all(lowest <= value <= highest for value, (lowest, highest) in known)


def _fits(phase: Phase, one: Range) -> bool:
    wanted = ((one.site, phase.site), (one.technique, phase.technique), (one.modality, phase.modality))
    return all(
        not words or any(re.search(rf"\b{re.escape(word)}\b", text or "", re.IGNORECASE) for word in words)
        for words, text in wanted
    )
