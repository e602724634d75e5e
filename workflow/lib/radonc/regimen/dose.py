"""EQD2 by the linear-quadratic model, so that courses of different fractionation can be compared."""

from collections.abc import Iterable

from radonc.regimen import Phase

_CONTINUOUS = ("LDR", "PDR", "RA-223", "I-125", "PD-103", "CS-131", "CS-137", "RU-106", "Y-90")


def eqd2_gy(phase: Phase, alpha_beta_gy: float) -> float | None:
    """Return the dose in fractions of 2 Gy (Gy) with the effect of a phase; α/β (Gy) must be above 0.

    BED = n d (1 + d / (α/β)) and EQD2 = BED / (1 + 2 / (α/β)), for n fractions of d Gy (Fowler 1989, Br J Radiol
    62:679; Bentzen et al. 2012, Radiother Oncol 105:266). Time, repair between fractions and proton RBE are left aside.
    None where dose or fractions are not known, for brachytherapy of a low or pulsed dose rate, and for radionuclides.

    >>> round(eqd2_gy(Phase("breast", 40.05, 15), 3), 1)
    45.4
    """
    if alpha_beta_gy <= 0:
        raise ValueError(f"α/β must be above 0 Gy, not {alpha_beta_gy}")
    beam = f"{phase.technique or ''} {phase.energy or ''}".upper()
    is_continuous = phase.modality == "radionuclide" or any(word in beam for word in _CONTINUOUS)
    each = phase.fraction_dose_gy
    if phase.dose_gy is None or each is None or phase.activity_mci is not None or is_continuous:
        return None
    return phase.dose_gy * (1 + each / alpha_beta_gy) / (1 + 2 / alpha_beta_gy)


def course_eqd2_gy(phases: Iterable[Phase], alpha_beta_gy: float) -> float | None:
    """Return the EQD2 (Gy) at the place of the highest dose, summed over phases that follow each other.

    None where there is no phase, or one of them has none. The levels of a simultaneous boost are given in the same
    fractions, to places within each other: they are not added, the highest counts. Phases of different sites are added
    as well, as if all met somewhere.

    >>> round(course_eqd2_gy([Phase("breast", 50, 25), Phase("bed", 10, 5, boost="sequential")], 10), 1)
    60.0
    """
    course = tuple(phases)
    counts = {phase.n_fractions for phase in course if phase.boost == "simultaneous"}
    following, levels = 0.0, [0.0]
    for phase in course:
        if (eqd2 := eqd2_gy(phase, alpha_beta_gy)) is None:
            return None
        # The level below the boost is no boost itself, and has the same number of fractions.
        if phase.boost == "simultaneous" or (phase.boost is None and phase.n_fractions in counts):
            levels.append(eqd2)
        else:
            following += eqd2
    return following + max(levels) if course else None
