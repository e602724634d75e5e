"""Courses of treatment, drawn from the fractionation schemes in ``regimens.yaml`` by diagnosis and physician."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from radonc.regimen import Phase
from radonc.synthetic.knowledge import load_knowledge, maybe, numbers, weighted
from radonc.synthetic.sites import Diagnosis

BOOST_HABIT = "boost"
# How far physicians lean to a scheme or away from it: most do neither.
LEANINGS = (0.15, 0.6, 1.0, 1.0, 1.6, 5.0)


@dataclass(frozen=True)
class PrescribedCourse:
    """The primary phase, perhaps a boost after it, and what the history says to explain them."""

    phases: tuple[Phase, ...]
    hint: str | None


def schemes() -> dict[str, Any]:
    """Return the fractionation schemes of ``regimens.yaml`` by name."""
    named: dict[str, Any] = load_knowledge("regimens")["schemes"]
    return named


def draw_habits(rng: Random) -> dict[str, float]:
    """Draw a physician's habits: the factor by which each kind of scheme is preferred."""
    kinds = sorted({scheme["habit"] for scheme in schemes().values() if "habit" in scheme} | {BOOST_HABIT})
    return {kind: rng.choice(LEANINGS) for kind in kinds}


def draw_course(rng: Random, diagnosis: Diagnosis, habits: Mapping[str, float]) -> PrescribedCourse:
    """Draw the course that a physician with these habits prescribes for a diagnosis."""
    usual = diagnosis.setting.regimens
    scheme = schemes()[
        weighted(rng, {name: weight * habits.get(schemes()[name].get("habit"), 1.0) for name, weight in usual.items()})
    ]
    phases = [_phase(rng, diagnosis, scheme)]
    boost = scheme.get("boost")
    # A boost that always follows is part of the scheme; the others depend on the physician.
    if boost and (boost["chance"] == 1 or rng.random() < boost["chance"] * min(habits[BOOST_HABIT], 1.6)):
        technique = boost.get("technique", phases[0].technique)
        following = _phase(rng, diagnosis, {**scheme, **boost, "technique": {technique: 1}})
        phases.append(replace(following, boost="sequential"))
    return PrescribedCourse(tuple(phases), numbers(rng, rng.choice(scheme["hint"])) if "hint" in scheme else None)


def _phase(rng: Random, diagnosis: Diagnosis, scheme: Mapping[str, Any]) -> Phase:
    modality = scheme["modality"]
    return Phase(
        site=diagnosis.word(scheme["target"]),
        dose_gy=scheme["dose_gy"],
        n_fractions=scheme["n_fractions"],
        modality=modality,
        technique=weighted(rng, scheme["technique"]),
        energy=maybe(rng, scheme.get("energy", load_knowledge("regimens")["energy"][modality])),
    )
