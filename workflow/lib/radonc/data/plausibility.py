"""Is a phase within what a clinic gives? By ranges in a file that a clinician owns.

The file is YAML, such as ``config/plausibility.example.yaml``: a list of ranges, each for the phases whose site,
technique and modality have its words. The first that fits a phase is the one it is held against.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from radonc.regimen.course import Phase
from radonc.runtime.checking import check
from radonc.runtime.errors import StudyError

SCHEMA = Path(__file__).resolve().parents[3] / "schemas" / "plausibility.schema.yaml"

MEASURES = {"dose_gy": "dose", "fraction_dose_gy": "dose per fraction", "n_fractions": "number of fractions"}


@dataclass(frozen=True, slots=True)
class Range:
    """What is plausible for some phases.

    Attributes
    ----------
    name
        As a clinician calls it.
    site, technique, modality
        Words of which a phase must have one, whole and whatever the case; empty: any phase.
    limits
        Measure (``dose_gy``, ``fraction_dose_gy``, ``n_fractions``) → lowest and highest.
    """

    name: str
    site: tuple[str, ...]
    technique: tuple[str, ...]
    modality: tuple[str, ...]
    limits: Mapping[str, tuple[float, float]]

    def fits(self, phase: Phase) -> bool:
        """Tell whether a phase is of the kind that the range is for."""
        told = ((self.site, phase.site), (self.technique, phase.technique), (self.modality, phase.modality))
        return all(not wanted or _has(text or "", wanted) for wanted, text in told)


def read_ranges(path: Path) -> tuple[Range, ...]:
    """Read and check a file of ranges.

    Raises
    ------
    StudyError
        Naming file and key: not to be read, against the schema, or a lowest value above the highest.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StudyError(f"{path}: cannot be read as YAML; correct it, or name another file") from error
    check(content, yaml.safe_load(SCHEMA.read_text(encoding="utf-8")), str(path))
    return tuple(_range(entry, place, path) for place, entry in enumerate(content["ranges"]))


def implausible(phase: Phase, ranges: Sequence[Range]) -> list[str]:
    """Return why a phase is implausible, a reason for each measure; nothing where it is not, or no range fits.

    What is not told of a phase is not held against it; nor is a dose against a radionuclide.
    """
    fitting = next((one for one in ranges if one.fits(phase)), None)
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
    """Tell whether a phase is plausible; None where that cannot be judged: no range fits, or no measure is told."""
    fitting = next((one for one in ranges if one.fits(phase)), None)
    if fitting is None or phase.activity_mci is not None:
        return None
    return not implausible(phase, ranges) if any(getattr(phase, name) is not None for name in fitting.limits) else None


def _range(entry: Mapping[str, Any], place: int, path: Path) -> Range:
    for measure in MEASURES:
        lowest, highest = entry.get(measure, (0, 0))
        if lowest > highest:
            raise StudyError(
                f"{path}: ranges.{place}.{measure}: {lowest} is above {highest}; write the lowest value first"
            )
    site, technique, modality = (tuple(entry.get(key, ())) for key in ("site", "technique", "modality"))
    limits = {measure: (entry[measure][0], entry[measure][1]) for measure in MEASURES if measure in entry}
    return Range(entry["name"], site, technique, modality, limits)


def _has(text: str, words: Sequence[str]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) for word in words)
