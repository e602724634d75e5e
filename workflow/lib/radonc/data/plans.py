"""From a patient's plans to the delivered course: the primary plan, its boosts, and how sure that is.

The confidence is one of ``schemas.CONFIDENCES``:

- ``certain``: one delivered plan is called the primary one, and nothing had to be assumed.
- ``probable``: one primary plan is left, after an assumption that this module states: a replan replaces its original,
  a plan without role is a primary one, plans of both sides are one, phases that follow each other are one course, a
  much later course is another treatment, boosts belong to the only plan there is.
- ``unclear``: no primary plan is left, or several are. People must say which it is.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from radonc.data.records import Plan, Record, folded, sides_named, without_side
from radonc.regimen import Phase

DELIVERED = ("approved", "treated")

PHASE_GAP_DAYS = 14
"""A phase begins at most so many days after the one before it ended: time for holidays and a machine's repair."""

LATER_COURSE_DAYS = 180
"""A course that begins more than so many days after the first began is a later treatment, not a part of that one."""


@dataclass(frozen=True, slots=True)
class Course:
    """A primary plan and what belongs to it: further phases and boosts, by day."""

    plans: tuple[Plan, ...]

    @property
    def primary(self) -> Plan:
        """The primary plan."""
        return self.plans[0]

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases, the primary one first; those after it count as boosts."""
        first, *later = (plan.phase for plan in self.plans)
        return (first, *(replace(phase, boost="sequential") for phase in later))


@dataclass(frozen=True, slots=True)
class Choice:
    """The courses that can be the delivered one, and how sure that is; unless it is ``unclear``, there is one."""

    courses: tuple[Course, ...]
    confidence: str


def choose(record: Record) -> Choice:
    """Choose the course of a patient.

    Plans that were never delivered (neither approved nor treated) and verification plans do not count. Boosts apart,
    each rule in turn reduces the others: ``without_replaced``, ``both_sides``, ``in_phases``, ``first_course``. If one
    is then left, and all boosts are of its course, it is the primary plan.

    >>> breast = Plan(1, "primary", "treated", site="left breast", dose_gy=40.05, n_fractions=15)
    >>> boost = Plan(1, "boost", "treated", site="tumor bed", dose_gy=10, n_fractions=4)
    >>> choice = choose(Record(plans=(breast, boost, Plan(2, "primary", "cancelled"))))
    >>> choice.confidence, [plan.site for plan in choice.courses[0].plans]
    ('certain', ['left breast', 'tumor bed'])
    """
    counted = delivered(record.plans)
    main = [plan for plan in counted if plan.role != "boost"]
    boosts = [plan for plan in counted if plan.role == "boost"]
    plans = without_replaced(main)
    if not record.diagnosis.sides:
        plans = both_sides(plans)
    courses = kept = in_phases(plans)
    # A boost of no known course could be of a later one.
    if all(boost.course is not None for boost in boosts):
        kept = first_course(courses)
        later = {course.primary.course for course in courses} - {course.primary.course for course in kept}
        boosts = [boost for boost in boosts if boost.course not in later]
    whole = _with_boosts(kept, boosts)
    if len(whole) != 1 or not kept:
        return Choice(whole, "unclear")
    is_stated = all(plan.role in ("primary", "boost") and plan.course is not None for plan in whole[0].plans)
    assumed = len(main) > 1 or (not is_stated and (bool(boosts) or main[0].role != "primary"))
    return Choice(whole, "probable" if assumed else "certain")


def delivered(plans: Iterable[Plan]) -> list[Plan]:
    """Return the plans by which a patient was treated."""
    return [plan for plan in plans if plan.status in DELIVERED and plan.role != "verification"]


def without_replaced(plans: Sequence[Plan]) -> list[Plan]:
    """Drop the plans that a later replan of the same course and site replaced.

    One original and its replans are one plan, the replan that starts last; if days of start are missing or equal, all
    replans remain that could be it. Two originals stay two, and no replan of them counts.
    """
    kept: list[Plan] = []
    for same in _grouped(plans, _target):
        originals = [plan for plan in same if plan.role != "replan"]
        replans = [plan for plan in same if plan.role == "replan"]
        if not replans or len(originals) > 1:
            kept += originals
            continue
        days = [plan.start_day for plan in replans if plan.start_day is not None]
        kept += replans if len(days) < len(replans) else [plan for plan in replans if plan.start_day == max(days)]
    return kept


def both_sides(plans: Sequence[Plan]) -> list[Plan]:
    """Make one plan of two that treat the left and the right alike: same course, day, dose, fractions and modality.

    Not if the diagnosis is of one side: the other side's plan is then a finding.
    """

    def alike(plan: Plan) -> tuple[object, ...]:
        return plan.course, plan.start_day, plan.dose_gy, plan.n_fractions, plan.modality, without_side(plan.site)

    kept: list[Plan] = []
    for same in _grouped(plans, alike):
        if sorted(sorted(sides_named(plan.site)) for plan in same) == [["left"], ["right"]]:
            kept.append(replace(same[0], site=without_side(same[0].site)))
        else:
            kept += same
    return kept


def in_phases(plans: Sequence[Plan]) -> list[Course]:
    """Join plans of the same course and site that follow each other: they are phases, the first one the primary.

    A plan follows another if it begins after the day on which that ended, by no more than ``PHASE_GAP_DAYS`` days, and
    gives no higher dose: what leads up to a higher one is not the primary plan, and people must say which is.
    """
    courses: list[Course] = []
    for same in _grouped(plans, _target):
        if same[0].site and all(_follows(later, earlier) for earlier, later in pairwise(same)):
            courses.append(Course(tuple(same)))
        else:
            courses += [Course((plan,)) for plan in same]
    return courses


def first_course(courses: Sequence[Course]) -> list[Course]:
    """Keep the first course alone, if every other begins more than ``LATER_COURSE_DAYS`` days after it began.

    Plans of one course number are never separated.
    """
    days = sorted(day for course in courses if (day := course.primary.start_day) is not None)
    numbers = [course.primary.course for course in courses if course.primary.course is not None]
    is_known = len(days) == len(courses) and len(set(numbers)) == len(numbers)
    if len(courses) < 2 or not is_known or days[1] - days[0] <= LATER_COURSE_DAYS:
        return list(courses)
    return [course for course in courses if course.primary.start_day == days[0]]


def _with_boosts(courses: Sequence[Course], boosts: Sequence[Plan]) -> tuple[Course, ...]:
    """Give each course its boosts; a boost that could be of no course, or of several, is a course by itself."""
    numbers = Counter(course.primary.course for course in courses)
    placed = {
        number: [boost for boost in boosts if boost.course == number] for number in numbers if numbers[number] == 1
    }
    whole = [Course((*course.plans, *placed.get(course.primary.course, ()))) for course in courses]
    return (*whole, *(Course((boost,)) for boost in boosts if boost.course not in placed))


def _grouped(plans: Iterable[Plan], key: Callable[[Plan], tuple[object, ...]]) -> list[list[Plan]]:
    groups: dict[tuple[object, ...], list[Plan]] = {}
    for plan in plans:
        groups.setdefault(key(plan), []).append(plan)
    return list(groups.values())


def _target(plan: Plan) -> tuple[object, ...]:
    return plan.course, folded(plan.site)


def _follows(later: Plan, earlier: Plan) -> bool:
    if later.start_day is None or earlier.end_day is None or later.dose_gy is None or earlier.dose_gy is None:
        return False
    return 0 < later.start_day - earlier.end_day <= PHASE_GAP_DAYS and later.dose_gy <= earlier.dose_gy
