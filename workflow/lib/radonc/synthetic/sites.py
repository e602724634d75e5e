"""Who comes to the clinic and with what: diagnoses drawn from ``sites.yaml``, staged by ``sites.staging.yaml``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from radonc.synthetic.knowledge import load_knowledge, maybe, numbers, weighted

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Subsite:
    """A part of an organ; ``code`` is one ICD-10-CM code, or one per side."""

    name: str
    abbr: str
    weight: float
    code: str | Mapping[str, str]


@dataclass(frozen=True)
class Setting:
    """A clinical situation of a disease site: one entry of ``settings`` in ``sites.yaml`` over its site."""

    site: str
    name: str
    weight: float
    intent: str
    sex: float
    age: tuple[float, float, int, int]
    organ: str
    subsites: tuple[Subsite, ...]
    histologies: Weights
    complaints: Sequence[str]
    findings: Sequence[str]
    story: Sequence[str]
    regimens: Weights
    performance_status: Weights
    where: str = "{subsite}"
    sided: bool = False
    staging: str | None = None
    t: Weights = field(default_factory=dict)
    n: Weights = field(default_factory=dict)
    m: Weights = field(default_factory=dict)
    stage_group: Weights = field(default_factory=dict)
    grade: Weights = field(default_factory=dict)
    biomarkers: Weights = field(default_factory=dict)


@dataclass(frozen=True)
class Diagnosis:
    """What a patient has, in truth; ``age`` in years at diagnosis, ``side`` is right, left or None."""

    setting: Setting
    subsite: Subsite
    sex: str
    age: int
    icd10_code: str
    side: str | None
    histology: str
    grade: str | None
    t_stage: str | None
    n_stage: str | None
    m_stage: str | None
    stage_group: str | None
    biomarkers: str | None
    performance_status: str

    def word(self, phrase: str) -> str:
        """Put this diagnosis's side and part of the organ into a phrase."""
        phrase = phrase.replace("{where}", self.setting.where)
        phrase = phrase.replace("{side}", self.side or "").replace("{subsite}", self.subsite.name)
        return " ".join(phrase.split())


@cache
def settings() -> tuple[Setting, ...]:
    """Return all settings, each with its share of all patients as weight."""
    return tuple(
        _setting(site_name, site, name, setting)
        for site_name, site in load_knowledge("sites")["sites"].items()
        for name, setting in site["settings"].items()
    )


def _setting(site_name: str, site: Mapping[str, Any], name: str, setting: Mapping[str, Any]) -> Setting:
    merged = {**site, **setting}
    siblings = merged.pop("settings").values()
    merged["weight"] = site["weight"] * setting["weight"] / sum(sibling["weight"] for sibling in siblings)
    merged["subsites"] = tuple(Subsite(**subsite) for subsite in merged["subsites"])
    merged["age"] = tuple(merged["age"])
    merged.setdefault("performance_status", load_knowledge("sites")["performance_status"][merged["intent"]])
    if "t" in merged:
        merged.setdefault("m", {"M0": 1})
    return Setting(site=site_name, name=name, **merged)


def draw_diagnosis(rng: Random, among: Sequence[Setting] | None = None) -> Diagnosis:
    """Draw a patient's diagnosis, from all settings or some, by their weights."""
    among = among or settings()
    setting = rng.choices(among, [setting.weight for setting in among])[0]
    subsite = rng.choices(setting.subsites, [subsite.weight for subsite in setting.subsites])[0]
    side: str | None
    if isinstance(subsite.code, str):
        icd10_code, side = subsite.code, rng.choice(("right", "left")) if setting.sided else None
    else:
        side, icd10_code = rng.choice(list(subsite.code.items()))
    t_stage, n_stage, m_stage = (maybe(rng, weights) for weights in (setting.t, setting.n, setting.m))
    group = maybe(rng, setting.stage_group)
    if group is None and setting.staging and t_stage and n_stage and m_stage:
        group = stage_group(setting.staging, t_stage, n_stage, m_stage)
    biomarkers = maybe(rng, setting.biomarkers)
    return Diagnosis(
        setting=setting,
        subsite=subsite,
        sex="female" if rng.random() < setting.sex else "male",
        age=_draw_age(rng, *setting.age),
        icd10_code=icd10_code,
        side=side,
        histology=weighted(rng, setting.histologies),
        grade=maybe(rng, setting.grade),
        t_stage=t_stage,
        n_stage=n_stage,
        m_stage=m_stage,
        stage_group=group,
        biomarkers=numbers(rng, biomarkers) if biomarkers else None,
        performance_status=weighted(rng, setting.performance_status),
    )


def _draw_age(rng: Random, mean: float, deviation: float, youngest: int, oldest: int) -> int:
    while True:
        years = round(rng.gauss(mean, deviation))
        if youngest <= years <= oldest:
            return years


def stage_group(scheme: str, t_stage: str, n_stage: str, m_stage: str) -> str:
    """Return the AJCC stage group (8th edition, simplified) by a scheme of ``sites.staging.yaml``.

    The prefix of a stage such as ``pT1c`` (clinical, pathological) does not count. Raise KeyError when no row of the
    scheme fits.
    """
    stages = [stage.lstrip("cpy") for stage in (t_stage, n_stage, m_stage)]
    for *patterns, group in load_knowledge("sites.staging")[scheme]:
        if all(
            pattern == "any" or stage.startswith(tuple(pattern.split()))
            for stage, pattern in zip(stages, patterns, strict=True)
        ):
            return str(group)
    raise KeyError(f"sites.staging.yaml: {scheme} has no row for {t_stage} {n_stage} {m_stage}")


def word_site(rng: Random, diagnosis: Diagnosis) -> str:
    """Word the site as an information system does: now with part and side, now with the organ alone."""
    subsite, organ, side = diagnosis.subsite, diagnosis.setting.organ, diagnosis.side
    form = weighted(rng, load_knowledge("sites")["site_forms"]["sided" if side else "midline"])
    short = {"right": ("RT", "R"), "left": ("LT", "L"), None: ("", "")}[side]
    text: str = form.format(organ=organ, subsite=subsite.name, abbr=subsite.abbr, side=side, rt=short[0], r=short[1])
    # Where part and organ have one name, it is said once.
    parts = [" ".join(dict.fromkeys(part.split())) for part in text.split(", ")]
    text = ", ".join(dict.fromkeys(parts))
    return rng.choices((text[0].upper() + text[1:], text, text.upper()), (6, 3, 1))[0]
