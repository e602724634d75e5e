"""The prescribed course as a text: phases of site, dose, fractions, technique and beam."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SIDE = re.compile(r"\b(left|right|bilateral)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a course: the primary one, or a boost.

    Attributes
    ----------
    site
        What is treated, with its side, such as ``left breast``.
    dose_gy
        The phase's total dose (Gy), to a hundredth.
    n_fractions
        The number of fractions; of a radionuclide therapy, of administrations (None: one).
    activity_mci
        The activity (mCi) of one administration of a radionuclide, which has no dose in Gy.
    modality, technique, energy
        Such as ``photon``, ``VMAT``, ``6 MV``.
    boost
        None, or how the phase goes with the others: ``sequential`` (after them) or ``simultaneous`` (the level of a
        simultaneous integrated boost above the lowest).
    schedule
        How often, such as ``daily``, ``bid``, ``weekly``; None where nothing is said.
    """

    site: str | None = None
    dose_gy: float | None = None
    n_fractions: int | None = None
    activity_mci: float | None = None
    modality: str | None = None
    technique: str | None = None
    energy: str | None = None
    boost: str | None = None
    schedule: str | None = None

    @property
    def fraction_dose_gy(self) -> float | None:
        """The dose per fraction (Gy), where dose and fractions are known."""
        return self.dose_gy / self.n_fractions if self.dose_gy is not None and self.n_fractions else None

    @property
    def laterality(self) -> str | None:
        """The side that the site names: ``left``, ``right`` or ``bilateral``, which both sides are as well."""
        sides = {side.lower() for side in _SIDE.findall(self.site or "")}
        return sides.pop() if len(sides) == 1 else "bilateral" if sides else None


def render(phases: Iterable[Phase]) -> str:
    """Write a course as one line, phase by phase.

    What is not known is left out.

    >>> bed = Phase("tumor bed", 10, 4, boost="sequential")
    >>> render([Phase("breast", 40.05, 15, None, "photon", "3D-CRT"), bed])
    'breast: 40.05 Gy in 15 fractions of 2.67 Gy, 3D-CRT, photon; boost to tumor bed: 10 Gy in 4 fractions of 2.5 Gy'
    """
    return "; ".join(map(_render_phase, phases))


def _render_phase(phase: Phase) -> str:
    site, technique, energy = (" ".join((text or "").split()) for text in (phase.site, phase.technique, phase.energy))
    boost = {"sequential": "boost", "simultaneous": "simultaneous boost"}.get(phase.boost or "", "")
    place = " to ".join(_known(boost, site))
    beam = " ".join(_known(energy, phase.modality))
    return ": ".join(_known(place, ", ".join(_known(_render_dose(phase), phase.schedule, technique, beam))))


def _known(*parts: str | None) -> list[str]:
    return [part for part in parts if part]


def _render_dose(phase: Phase) -> str:
    n = phase.n_fractions
    if phase.activity_mci is not None:
        activity = f"{_number(phase.activity_mci)} mCi"
        return f"{n} administrations of {activity}" if n and n > 1 else activity
    counted = f"{n} fraction{'s' if n > 1 else ''}" if n else ""
    if phase.dose_gy is None:
        return counted
    dose = f"{_number(phase.dose_gy)} Gy"
    if n and n > 1:
        counted += f" of {_number(phase.dose_gy / n)} Gy"
    return " in ".join(_known(dose, counted))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
