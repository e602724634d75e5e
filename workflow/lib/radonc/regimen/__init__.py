"""The prescribed course: its phases, and their text. The parser stands apart (``parser``): few jobs need it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SIDE = re.compile(r"\b(left|right|bilateral)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a course: the primary one, or a boost. What is not known is None."""

    site: str | None = None  # with its side, such as "left breast"
    dose_gy: float | None = None  # the phase's total dose (Gy), to a hundredth
    n_fractions: int | None = None  # of a radionuclide therapy, administrations (None: one)
    activity_mci: float | None = None  # of one administration (mCi) of a radionuclide, which has no dose in Gy
    modality: str | None = None
    technique: str | None = None  # such as VMAT
    energy: str | None = None  # such as 6 MV
    boost: str | None = None  # sequential, or simultaneous: the level of an integrated boost above the lowest
    schedule: str | None = None  # how often, such as daily, bid, weekly

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
    """Write a course as one line, phase by phase, without what is not known.

    >>> bed = Phase("tumor bed", 10, 4, boost="sequential")
    >>> render([Phase("breast", 40.05, 15, None, "photon", "3D-CRT"), bed])
    'breast: 40.05 Gy in 15 fractions of 2.67 Gy, 3D-CRT, photon; boost to tumor bed: 10 Gy in 4 fractions of 2.5 Gy'
    """
    return "; ".join(map(_render_phase, phases))


def _render_phase(phase: Phase) -> str:
    site, technique, energy = (" ".join((text or "").split()) for text in (phase.site, phase.technique, phase.energy))
    boost = {"sequential": "boost", "simultaneous": "simultaneous boost"}.get(phase.boost or "")
    beam = _join(" ", energy, phase.modality)
    return _join(": ", _join(" to ", boost, site), _join(", ", _render_dose(phase), phase.schedule, technique, beam))


def _render_dose(phase: Phase) -> str:
    n, dose = phase.n_fractions, phase.dose_gy
    if phase.activity_mci is not None:
        activity = f"{_number(phase.activity_mci)} mCi"
        return f"{n} administrations of {activity}" if n and n > 1 else activity
    fractions = f"{n} fraction{'s' if n > 1 else ''}" if n else ""
    if dose is None:
        return fractions
    each = f" of {_number(dose / n)} Gy" if n and n > 1 else ""
    return _join(" in ", f"{_number(dose)} Gy", fractions + each)


def _join(separator: str, *parts: str | None) -> str:
    return separator.join(filter(None, parts))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
