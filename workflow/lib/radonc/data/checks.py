"""Does a case contradict itself? Checks that flag a case and repair nothing.

A check is a function of a case that says whether to flag it. Its name is the flag, and the first line of its docstring
is the flag in words. A flag goes with its case; whether it also takes the answers back that the rules resolved, and so
brings the case before people, is for the config to say (``cohort.annotate_flags``).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from radonc.data.places import organs_named, sides_named
from radonc.data.records import Diagnosis, Plan
from radonc.vocabulary import icd10
from radonc.vocabulary.modality_of_plan import contradicts, of_plan


@dataclass(frozen=True, slots=True)
class Limits:
    """What is plausible: dose of a phase and of a fraction (Gy, lowest and highest), start before diagnosis (days)."""

    dose_gy: tuple[float, float] = (0, float("inf"))
    fraction_dose_gy: tuple[float, float] = (0, float("inf"))
    days_before_diagnosis: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """What is checked: the diagnosis, and all plans that are, or could be, of the course that was given."""

    diagnosis: Diagnosis = field(default_factory=Diagnosis)
    plans: tuple[Plan, ...] = ()
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Check:
    """A check, and the tasks whose answers are in doubt where it flags a case."""

    flags: Callable[[Case], bool]
    tasks: tuple[str, ...]

    @property
    def code(self) -> str:
        """The flag: the function's name."""
        return str(getattr(self.flags, "__name__", "?"))

    @property
    def label(self) -> str:
        """The flag in words: the first line of the function's docstring."""
        return (inspect.getdoc(self.flags) or "").partition("\n")[0].rstrip(".")


# ---- dose ------------------------------------------------------------------------------------------------------

LOW_DOSE_RATE = re.compile(r"\bldr\b|plaque|permanent|seed|\b(?:i-?125|pd-?103|cs-?131|ru-?106)\b")
PER_FRACTION = (
    re.compile(r"(?P<d>\d+(?:\.\d+)?) ?(?P<c>c?)gy ?(?:/|per|a|each) ?(?:fx|fr\b|fraction|day)"),
    re.compile(r"\b\d+ ?(?:fractions|fx)? ?(?:x|×|\*|of|at) ?(?P<d>\d+(?:\.\d+)?) ?(?P<c>c?)gy"),
    re.compile(r"(?P<d>\d+(?:\.\d+)?) ?(?P<c>c?)gy ?(?:x|×|\*) ?\d+"),
)
ROUNDING = 0.02
"""Doses per fraction are stated rounded: by how much (share of the dose) their sum may differ from the dose."""


def cgy_as_gy(case: Case) -> bool:
    """Dose implausibly high, as if cGy had been entered as Gy.

    Implants of a low dose rate exceed these limits by nature.

    >>> limits = Limits(dose_gy=(1, 100), fraction_dose_gy=(0.5, 34))
    >>> cgy_as_gy(Case(plans=(Plan(modality="photon", dose_gy=800, n_fractions=1),), limits=limits))
    True
    """
    return any(
        plan.dose_gy > case.limits.dose_gy[1] or _fraction_dose(plan) > case.limits.fraction_dose_gy[1]
        for plan in case.plans
        if plan.dose_gy is not None and not _is_low_dose_rate(plan)
    )


def gy_as_cgy(case: Case) -> bool:
    """Dose implausibly low, as if Gy had been entered as cGy.

    >>> limits = Limits(dose_gy=(1, 100), fraction_dose_gy=(0.5, 34))
    >>> gy_as_cgy(Case(plans=(Plan(dose_gy=0.5, n_fractions=25),), limits=limits))
    True
    """
    return any(
        0 < plan.dose_gy < case.limits.dose_gy[0] or 0 < _fraction_dose(plan) < case.limits.fraction_dose_gy[0]
        for plan in case.plans
        if plan.dose_gy is not None
    )


def dose_against_fractions(case: Case) -> bool:
    """Dose is not the number of fractions times the dose per fraction that the plan states.

    >>> dose_against_fractions(Case(plans=(Plan(dose_gy=50, n_fractions=20, technique="3D, 2 Gy/fx"),)))
    True
    """
    return any(
        abs(stated * plan.n_fractions - plan.dose_gy) > ROUNDING * plan.dose_gy
        for plan in case.plans
        if plan.dose_gy is not None and plan.n_fractions is not None
        for stated in _stated_fraction_doses(plan)
    )


def _fraction_dose(plan: Plan) -> float:
    return plan.phase.fraction_dose_gy or 0


def _is_low_dose_rate(plan: Plan) -> bool:
    return plan.modality == "brachytherapy" and bool(LOW_DOSE_RATE.search(_beam(plan)))


def _stated_fraction_doses(plan: Plan) -> list[float]:
    text = f"{plan.site or ''}; {plan.technique or ''}".casefold()
    found = [match for pattern in PER_FRACTION for match in pattern.finditer(text)]
    return [float(match["d"]) / (100 if match["c"] else 1) for match in found]


# ---- modality --------------------------------------------------------------------------------------------------


def modality_against_technique(case: Case) -> bool:
    """Modality and technique do not go together.

    >>> modality_against_technique(Case(plans=(Plan(modality="photon", technique="HDR vaginal cylinder"),)))
    True
    """
    return any(contradicts(plan.modality, "technique", plan.technique) for plan in case.plans)


def modality_against_energy(case: Case) -> bool:
    """Modality and energy do not go together.

    >>> modality_against_energy(Case(plans=(Plan(modality="electron", energy="15 MV"),)))
    True
    """
    return any(contradicts(plan.modality, "energy", plan.energy) for plan in case.plans)


def modality_only_implied(case: Case) -> bool:
    """Modality is missing, but technique or energy implies it.

    >>> modality_only_implied(Case(plans=(Plan(technique="VMAT", energy="6 MV"),)))
    True
    """
    return any(
        plan.modality is None and of_plan(technique=plan.technique, energy=plan.energy).modality is not None
        for plan in case.plans
    )


def _beam(plan: Plan) -> str:
    return f"{plan.technique or ''} {plan.energy or ''}".casefold()


# ---- place -----------------------------------------------------------------------------------------------------


def code_against_site(case: Case) -> bool:
    """ICD-10-CM code and site name different organs.

    >>> code_against_site(Case(Diagnosis(icd10_code="C61", site="Left breast")))
    True
    """
    coded, named = _coded_organs(case.diagnosis), organs_named(case.diagnosis.site)
    return bool(coded and named) and not coded & named


def code_against_side(case: Case) -> bool:
    """Code or laterality, and site, name different sides.

    >>> code_against_side(Case(Diagnosis(icd10_code="C50.912", site="RT breast")))
    True
    """
    return _are_opposite(case.diagnosis.sides, sides_named(case.diagnosis.site))


def plan_against_side(case: Case) -> bool:
    """The plan treats the organ's other side.

    >>> plan_against_side(Case(Diagnosis(icd10_code="C50.912"), (Plan(site="right breast"),)))
    True
    """
    organs = _coded_organs(case.diagnosis) | organs_named(case.diagnosis.site)
    return any(
        _are_opposite(case.diagnosis.sides, sides_named(plan.site))
        for plan in case.plans
        if organs & organs_named(plan.site)
    )


def _coded_organs(diagnosis: Diagnosis) -> frozenset[str]:
    code = diagnosis.icd10_code
    if code is None or not icd10.is_valid(code):
        return frozenset()
    return organs_named(f"{icd10.title(icd10.category(code))}; {icd10.title(code)}")


def _are_opposite(one: set[str], other: set[str]) -> bool:
    return len(one) == len(other) == 1 and one != other


# ---- days ------------------------------------------------------------------------------------------------------


def end_before_start(case: Case) -> bool:
    """The plan ends before it starts.

    >>> end_before_start(Case(plans=(Plan(start_day=30, end_day=12),)))
    True
    """
    return any(
        plan.end_day < plan.start_day for plan in case.plans if plan.start_day is not None and plan.end_day is not None
    )


def start_before_diagnosis(case: Case) -> bool:
    """The plan starts long before the diagnosis.

    >>> start_before_diagnosis(Case(plans=(Plan(start_day=-400),), limits=Limits(days_before_diagnosis=90)))
    True
    """
    return any(plan.start_day < -case.limits.days_before_diagnosis for plan in case.plans if plan.start_day is not None)


CHECKS = (
    Check(cgy_as_gy, ("regimen",)),
    Check(gy_as_cgy, ("regimen",)),
    Check(dose_against_fractions, ("regimen",)),
    Check(modality_against_technique, ("modality", "regimen")),
    Check(modality_against_energy, ("modality", "regimen")),
    Check(modality_only_implied, ("modality", "regimen")),
    Check(code_against_site, ("icd10",)),
    Check(code_against_side, ("icd10",)),
    Check(plan_against_side, ("icd10", "regimen")),
    Check(end_before_start, ("regimen",)),
    Check(start_before_diagnosis, ("regimen",)),
)


def flag(case: Case) -> tuple[str, ...]:
    """Return the flags of a case, sorted."""
    return tuple(sorted(check.code for check in CHECKS if check.flags(case)))
