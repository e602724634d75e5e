"""Does a case contradict itself? Checks that flag a case and repair nothing.

A check is a function of a case that says whether to flag it. Its name is the flag, and the first line of its docstring
is the flag in words. A flag goes with its case; whether it also withdraws the answers that the rules gave, so that
people are asked, is for the config to say (``cohort.annotate_flags``).
"""

import inspect
import re
from collections.abc import Callable
from typing import NamedTuple

from radonc.data.records import Diagnosis, Plan, organs_named, sides_named
from radonc.runtime.settings.cohort import Cohort
from radonc.vocabulary import icd10
from radonc.vocabulary.modality_of_plan import contradicts, of_plan


class Case(NamedTuple):
    """What is checked: the diagnosis, all plans that can be of the delivered course, and the settings with limits."""

    diagnosis: Diagnosis
    plans: tuple[Plan, ...]
    limits: Cohort


class Check(NamedTuple):
    """A check: its flag, the flag in words, and the tasks whose answers are in doubt where it flags a case."""

    code: str
    label: str
    tasks: tuple[str, ...]
    flags: Callable[[Case], bool]


def label_of(function: Callable[..., bool]) -> str:
    """Return the first line of a function's docstring, without its period."""
    return (inspect.getdoc(function) or "").partition("\n")[0].strip().rstrip(".")


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
    """
    return any(
        plan.dose_gy > case.limits.dose_gy[1] or _fraction_dose(plan) > case.limits.fraction_dose_gy[1]
        for plan in case.plans
        if plan.dose_gy is not None and not _is_low_dose_rate(plan)
    )


def gy_as_cgy(case: Case) -> bool:
    """Dose implausibly low, as if Gy had been entered as cGy."""
    return any(
        0 < plan.dose_gy < case.limits.dose_gy[0] or 0 < _fraction_dose(plan) < case.limits.fraction_dose_gy[0]
        for plan in case.plans
        if plan.dose_gy is not None
    )


def dose_against_fractions(case: Case) -> bool:
    """Dose is not the number of fractions times the dose per fraction that the plan states."""
    return any(
        abs(stated * plan.n_fractions - plan.dose_gy) > ROUNDING * plan.dose_gy
        for plan in case.plans
        if plan.dose_gy is not None and plan.n_fractions is not None
        for stated in _stated_fraction_doses(plan)
    )


def _fraction_dose(plan: Plan) -> float:
    return plan.phase.fraction_dose_gy or 0


def _is_low_dose_rate(plan: Plan) -> bool:
    beam = f"{plan.technique or ''} {plan.energy or ''}".casefold()
    return plan.modality == "brachytherapy" and bool(LOW_DOSE_RATE.search(beam))


def _stated_fraction_doses(plan: Plan) -> list[float]:
    text = f"{plan.site or ''}; {plan.technique or ''}".casefold()
    found = [match for pattern in PER_FRACTION for match in pattern.finditer(text)]
    return [float(match["d"]) / (100 if match["c"] else 1) for match in found]


def modality_against_technique(case: Case) -> bool:
    """Modality and technique do not go together."""
    return any(contradicts(plan.modality, "technique", plan.technique) for plan in case.plans)


def modality_against_energy(case: Case) -> bool:
    """Modality and energy do not go together."""
    return any(contradicts(plan.modality, "energy", plan.energy) for plan in case.plans)


def modality_only_implied(case: Case) -> bool:
    """Modality is missing, but technique or energy implies it."""
    return any(
        plan.modality is None and of_plan(technique=plan.technique, energy=plan.energy).modality is not None
        for plan in case.plans
    )


def code_against_site(case: Case) -> bool:
    """ICD-10-CM code and site name different organs."""
    coded, named = _coded_organs(case.diagnosis), organs_named(case.diagnosis.site)
    return bool(coded and named) and not coded & named


def code_against_side(case: Case) -> bool:
    """Code or laterality, and site, name different sides."""
    return _are_opposite(case.diagnosis.sides, sides_named(case.diagnosis.site))


def plan_against_side(case: Case) -> bool:
    """The plan treats the organ's other side."""
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


def end_before_start(case: Case) -> bool:
    """The plan ends before it starts."""
    return any(
        plan.end_day < plan.start_day for plan in case.plans if plan.start_day is not None and plan.end_day is not None
    )


def start_before_diagnosis(case: Case) -> bool:
    """The plan starts long before the diagnosis."""
    return any(plan.start_day < -case.limits.days_before_diagnosis for plan in case.plans if plan.start_day is not None)


CHECKS = tuple(
    Check(function.__name__, label_of(function), tasks, function)
    for tasks, functions in (
        (("regimen",), (cgy_as_gy, gy_as_cgy, dose_against_fractions)),
        (("modality", "regimen"), (modality_against_technique, modality_against_energy, modality_only_implied)),
        (("icd10",), (code_against_site, code_against_side)),
        (("icd10", "regimen"), (plan_against_side,)),
        (("regimen",), (end_before_start, start_before_diagnosis)),
    )
    for function in functions
)


def flag(case: Case) -> tuple[str, ...]:
    """Return the flags of a case, sorted."""
    return tuple(sorted(check.code for check in CHECKS if check.flags(case)))
