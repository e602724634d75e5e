"""Which components of an answered regimen or code are right, and whether the answer makes sense by itself.

Phases of a regimen are matched in order, boosts with boosts and all others with each other. A component that the
reference does not state is not judged. What the reference states must be stated by the matched phase. An answer's
additional phase must repeat what the reference states somewhere; if it has a dose or a number of fractions of its own,
these are wrong.
"""

import operator
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

import pandas as pd
import pandera.pandas as pa

from radonc.data.outcomes import CODE_COMPONENTS, REGIMEN_COMPONENTS
from radonc.data.plausibility import is_plausible
from radonc.regimen import Phase
from radonc.regimen.dose import course_eqd2_gy
from radonc.regimen.parser import parse
from radonc.regimen.quantities import is_product
from radonc.runtime.settings.plausibility import Range
from radonc.vocabulary import icd10, sites
from radonc.vocabulary.icd10_tree import differ_in_side, lineage, standing
from radonc.vocabulary.modality import MODALITIES
from radonc.vocabulary.modality_of_answer import of_answer

ROUNDED = 0.1
"""Doses (Gy) and activities (mCi) that differ by less are equal: people write 40 for 40.05."""

_REMEMBERED = 1 << 18
"""Texts that are read once: arms give equal answers, and have equal references."""
_SINGLE = tuple(sorted({*MODALITIES} - {"external", "mixed"}))
_SMALL_WORDS = frozenset({"left", "right", "bilateral", "and", "of", "the", "to", "with", "area", "region"})
_WORD = re.compile(r"\w+")

Course = Sequence[Phase]


class RegimenAnswer(NamedTuple):
    """What a text states of a course."""

    phases: tuple[Phase, ...]
    consistent: bool | None
    """Fractions times dose per fraction is the dose, but for rounding; None where not all three are stated."""
    dose_found: bool
    """A phase states a dose (Gy) or an activity (mCi)."""


class Components(NamedTuple):
    """Which components of a course are right (True) or wrong (False); None where one is not judged."""

    site: bool | None
    site_group: bool | None
    laterality: bool | None
    dose: bool | None
    fractions: bool | None
    modality: bool | None
    technique: bool | None
    full_match: bool | None


def score_codes(scores: pd.DataFrame) -> pd.DataFrame:
    """Judge every answered code, in rows of ``SCORES``: return a row of ``CODE_COMPONENTS`` for each, in order."""
    return _score(scores, judge_code, CODE_COMPONENTS)


def judge_code(
    reference: str, answer: str | None
) -> tuple[bool, bool, bool | None, bool, float, float, float, str | None]:
    """Judge a code by its reference, both in normal form, in the order of the columns of ``CODE_COMPONENTS``.

    The site group is None where the reference's is ``other``. The hierarchical measures are of one case (Kosmopoulos et
    al. 2015, doi:10.1007/s10618-014-0382-x), F being 2 · shared / (both lineages). A code that could not be read (None)
    is wrong, shares nothing, and has no standing.

    >>> judge_code("C50.911", "C50.912")[:4], judge_code("C50.911", "C50.912")[4]
    ((False, True, True, True), 0.8)
    """
    group = sites.group_of_code(reference)
    is_placed = group != sites.OTHER
    if answer is None:
        return False, False, False if is_placed else None, False, 0.0, 0.0, 0.0, None
    true, said = lineage(reference), lineage(answer)
    shared = len(true & said)
    return (
        answer == reference,
        icd10.category(answer) == icd10.category(reference),
        sites.group_of_code(answer) == group if is_placed else None,
        differ_in_side(reference, answer),
        shared / len(said),
        shared / len(true),
        2 * shared / (len(said) + len(true)),
        standing(answer),
    )


def score_regimens(scores: pd.DataFrame, *, ranges: Sequence[Range], alpha_beta_gy: float) -> pd.DataFrame:
    """Judge every answered regimen, in rows of ``SCORES``: return a row of ``REGIMEN_COMPONENTS`` for each, in order.

    ``ranges`` say what is plausible, in the clinic's order; ``alpha_beta_gy`` is the α/β of the EQD2. An answer that
    could not be read is wrong in all that is judged, and has neither a dose nor arithmetic.
    """
    read = lru_cache(_REMEMBERED)(read_regimen)

    @lru_cache(_REMEMBERED)
    def fits(phase: Phase) -> bool | None:
        return is_plausible(replace(phase, modality=modality_of(phase)), ranges)

    def judge(reference: str, answer: str | None) -> tuple[bool | float | None, ...]:
        true, said = read(reference), read(answer)
        wanted, given = (course_eqd2_gy(one.phases, alpha_beta_gy) for one in (true, said))
        error = None if wanted is None or given is None else abs(wanted - given)
        verdicts = {fits(phase) for phase in said.phases} - {None}
        plausible = all(verdicts) if verdicts else None
        return (*compare_courses(true.phases, said.phases), error, said.consistent, plausible, said.dose_found)

    return _score(scores, judge, REGIMEN_COMPONENTS)


def _score(
    scores: pd.DataFrame, judge: Callable[[str, str | None], tuple[Any, ...]], schema: pa.DataFrameSchema
) -> pd.DataFrame:
    parsed = scores["parsed"].astype("object").where(scores["parsed"].notna(), None)
    rows = list(map(lru_cache(_REMEMBERED)(judge), scores["reference"], parsed))
    names = [name for name in schema.columns if name not in scores.columns]
    nullable = {name: "boolean" for name in names if str(schema.columns[name].dtype) == "boolean"}
    judged = pd.DataFrame(rows, columns=names, index=scores.index).astype(nullable)
    return pd.concat([scores[[name for name in schema.columns if name not in names]], judged], axis=1)


def read_regimen(text: str | None) -> RegimenAnswer:
    """Read a regimen; any text can be read.

    >>> [read_regimen(f"{dose} Gy in 28 fractions, 1.8 Gy per fraction").consistent for dose in (50.4, 70.4)]
    [True, False]
    """
    if text is None:
        return RegimenAnswer((), None, dose_found=False)
    phases, mentions, _ = parse(text)
    consistent = None
    if {mention.kind for mention in mentions} >= {"dose", "fractions", "fraction_dose"}:
        stated = [(one.dose_gy, one.n_fractions) for one in phases if one.dose_gy and one.n_fractions]
        each = [float(mention.value) for mention in mentions if mention.kind == "fraction_dose"]
        consistent = all(any(is_product(dose, n, one) for dose, n in stated) for one in each)
    return RegimenAnswer(phases, consistent, dose_found=any(_amount(phase) for phase in phases))


def compare_courses(reference: Course, answer: Course) -> Components:
    """Judge the phases of an answer by those of its reference, both in the order in which they were read.

    An answer without a phase is wrong in all that is judged. ``full_match``: nothing that is judged is wrong but
    perhaps the coarser ``site_group``, and there are as many phases, with the same kinds of boosts; None for a
    reference without a phase.

    >>> reference = [Phase("left breast", 40.05, 15, modality="photon")]
    >>> compare_courses(reference, [Phase("right breast", 40, 15, modality="photon")])[:5]
    (True, True, False, True, True)
    """
    matched: list[tuple[Phase, Phase | None]] = []
    beyond: list[Phase] = []
    for is_boost in (False, True):
        true, said = ([one for one in course if (one.boost is not None) is is_boost] for course in (reference, answer))
        matched += zip_longest(true, said[: len(true)])
        beyond += said[len(true) :]
    judged = {name: _judge(component, matched, beyond) for name, component in _COMPONENTS.items()}
    full = None
    if reference:
        alike = Counter(phase.boost for phase in reference) == Counter(phase.boost for phase in answer)
        full = alike and not any(right is False for name, right in judged.items() if name != "site_group")
    return Components(**judged, full_match=full)


@lru_cache(1 << 16)
def modality_of(phase: Phase) -> str | None:
    """Return a phase's modality as stated, or as its technique and energy imply it."""
    return phase.modality or of_answer(f"{phase.technique or ''} {phase.energy or ''}", _SINGLE)


class _Component(NamedTuple):
    """How a phase states a component (None: it does not), and when two statements are equal."""

    stated: Callable[[Phase], Any]
    same: Callable[[Any, Any], bool] = operator.eq
    may_repeat: bool = True


def _judge(
    component: _Component, matched: Sequence[tuple[Phase, Phase | None]], beyond: Sequence[Phase]
) -> bool | None:
    stated, same = component.stated, component.same
    wanted = [(true, said and stated(said)) for phase, said in matched if (true := stated(phase)) is not None]
    if not wanted:
        return None
    if any(value is None or not same(true, value) for true, value in wanted):
        return False
    more = [value for phase in beyond if (value := stated(phase)) is not None]
    if not component.may_repeat:
        return not more
    return all(any(same(true, value) for true, _ in wanted) for value in more)


def _amount(phase: Phase) -> tuple[str, float] | None:
    if phase.activity_mci is not None:
        return "mCi", phase.activity_mci
    return None if phase.dose_gy is None else ("Gy", phase.dose_gy)


def _same_amount(true: tuple[str, float], said: tuple[str, float]) -> bool:
    return true[0] == said[0] and abs(true[1] - said[1]) < ROUNDED - 1e-9


@lru_cache(1 << 16)
def _words(site: str | None) -> frozenset[str] | None:
    """Return what a site's words say but for the side: without small words, order and plural."""
    found = (word.removesuffix("s") for word in _WORD.findall((site or "").lower()) if word not in _SMALL_WORDS)
    return frozenset(found) or None


_COMPONENTS = {
    "site": _Component(lambda phase: _words(phase.site)),
    "site_group": _Component(
        lambda phase: sites.groups_of_words(phase.site) or None, lambda true, said: bool(true & said)
    ),
    "laterality": _Component(lambda phase: phase.laterality),
    "dose": _Component(_amount, _same_amount, may_repeat=False),
    "fractions": _Component(lambda phase: phase.n_fractions, may_repeat=False),
    "modality": _Component(modality_of),
    "technique": _Component(lambda phase: phase.technique),
}
