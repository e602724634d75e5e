"""Courses of treatment, drawn from the fractionation schemes in ``regimens.yaml`` by diagnosis and physician."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from radonc.regimen import Phase
from radonc.synthetic.draws import maybe, numbers, weighted
from radonc.synthetic.sites import Diagnosis

BOOST_HABIT = "boost"
# How far physicians lean to a scheme or away from it: most do neither.
LEANINGS = (0.15, 0.6, 1.0, 1.0, 1.6, 5.0)


@dataclass(frozen=True)
class Course:
    """A prescribed course: the primary phase, a boost after it perhaps, and what the history says to explain it."""

    phases: tuple[Phase, ...]
    hint: str | None


@cache
def _knowledge() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return content


def schemes() -> dict[str, Any]:
    """Return the fractionation schemes of ``regimens.yaml`` by name."""
    named: dict[str, Any] = _knowledge()["schemes"]
    return named


def draw_habits(rng: Random) -> dict[str, float]:
    """Draw a physician's habits: the factor by which each kind of scheme is preferred."""
    kinds = sorted({scheme["habit"] for scheme in schemes().values() if "habit" in scheme} | {BOOST_HABIT})
    return {kind: rng.choice(LEANINGS) for kind in kinds}


def draw_course(rng: Random, diagnosis: Diagnosis, habits: Mapping[str, float]) -> Course:
    """Draw the course that a physician prescribes for a diagnosis.

    Parameters
    ----------
    habits
        The physician's factors, as ``draw_habits`` gives them.
    """
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
    return Course(tuple(phases), _hint(rng, scheme.get("hint", ())))


def _phase(rng: Random, diagnosis: Diagnosis, scheme: Mapping[str, Any]) -> Phase:
    modality = scheme["modality"]
    return Phase(
        site=diagnosis.word(scheme["target"]),
        dose_gy=scheme["dose_gy"],
        n_fractions=scheme["n_fractions"],
        modality=modality,
        technique=weighted(rng, scheme["technique"]),
        energy=maybe(rng, scheme.get("energy", _knowledge()["energy"][modality])),
    )


def _hint(rng: Random, hints: Sequence[str]) -> str | None:
    return numbers(rng, rng.choice(hints)) if hints else None
