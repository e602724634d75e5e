"""The prescribed course as a text: phases of site, dose, fractions, technique and beam."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Phase:
    """One phase of a course: the primary one, or a boost.

    Attributes
    ----------
    site
        What is treated, such as ``left breast``.
    dose_gy
        The phase's total dose (Gy).
    n_fractions
        The number of fractions.
    activity_mci
        The administered activity (mCi) of a radionuclide therapy, which has no dose in Gy.
    modality, technique, energy
        Such as ``photon``, ``VMAT``, ``6 MV``.
    """

    site: str | None = None
    dose_gy: float | None = None
    n_fractions: int | None = None
    activity_mci: float | None = None
    modality: str | None = None
    technique: str | None = None
    energy: str | None = None

    @property
    def fraction_dose_gy(self) -> float | None:
        """The dose per fraction (Gy), where dose and fractions are known."""
        return self.dose_gy / self.n_fractions if self.dose_gy is not None and self.n_fractions else None


def render(phases: Iterable[Phase]) -> str:
    """Write a course as one line, the first phase first and the boosts after it.

    What is not known is left out.

    >>> render([Phase("breast", 40.05, 15, None, "photon", "3D-CRT"), Phase("tumor bed", 10, 4)])
    'breast: 40.05 Gy in 15 fractions of 2.67 Gy, 3D-CRT, photon; boost to tumor bed: 10 Gy in 4 fractions of 2.5 Gy'
    """
    return "; ".join(_render_phase(phase, boost=number > 0) for number, phase in enumerate(phases))


def _render_phase(phase: Phase, *, boost: bool) -> str:
    site, technique, energy = (" ".join((text or "").split()) for text in (phase.site, phase.technique, phase.energy))
    place = " to ".join(_known("boost" if boost else "", site))
    beam = " ".join(_known(energy, phase.modality))
    return ": ".join(_known(place, ", ".join(_known(_render_dose(phase), technique, beam))))


def _known(*parts: str | None) -> list[str]:
    return [part for part in parts if part]


def _render_dose(phase: Phase) -> str:
    if phase.activity_mci is not None:
        return f"{_number(phase.activity_mci)} mCi"
    if phase.dose_gy is None:
        return ""
    text = f"{_number(phase.dose_gy)} Gy"
    if phase.n_fractions == 1:
        return f"{text} in 1 fraction"
    if phase.n_fractions:
        text += f" in {phase.n_fractions} fractions of {_number(phase.dose_gy / phase.n_fractions)} Gy"
    return text


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
