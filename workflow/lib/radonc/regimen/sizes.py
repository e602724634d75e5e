"""What sizes of numbers say, where no unit does: gray or centigray, dose or dose per fraction, count or year."""

from __future__ import annotations

MOST_FRACTIONS = 100

LARGEST_FRACTION_GY = 34.0
"""The largest dose per fraction in use (lung, a single fraction); a larger "dose per fraction" is a total."""

LARGEST_DAILY_GY = 6.0
"""A dose "daily" up to this is one per fraction; a larger one is a total."""

LARGEST_ALONE_GY = 3.0
"""A dose up to this that stands alone is one per fraction: hardly any course gives so little in all."""

ROUNDING = 0.02
"""How far (share of the dose) fractions times dose per fraction may lie from the dose: people write rounded doses."""

HOT_VOLUMES_CC = frozenset({0.03, 0.035, 0.1, 0.5, 1, 2, 5})
"""The small volumes whose dose limits an organ; a dose beside one of these is no prescription."""

USUAL_FRACTIONS_GY = frozenset({1.5, 1.6, 1.7, 1.8, 2.0, 2.1, 2.2, 2.25, 2.4, 2.5, 2.66, 2.67, 2.75, 3.0, 3.1})
"""Doses per fraction of long courses: two bare numbers with this quotient are dose and fractions."""

SHORT_COURSES = frozenset({(8, 1), (20, 5), (30, 10), (25, 5), (26, 5), (30, 5)})
"""Courses (Gy, fractions) that are written like a date more often than one is."""

LAST_OF_MONTH = 31

LEAST_BARE_CGY, MOST_BARE_CGY = 400.0, 9000.0
"""A number in between can be a dose although neither a unit nor a word beside it says so."""

SMALLEST_CGY = 100.0
"""Numbers without a unit are centigray from here on."""


def in_gray(amount: float, factor: float | None) -> float:
    """Convert a dose to Gy.

    Parameters
    ----------
    amount
        The number.
    factor
        Its unit's factor to Gy; 0 for CGE, which are cobalt gray equivalents or, by their size, centigray equivalents;
        None where no unit stands.
    """
    if not factor:
        factor = 0.01 if amount >= SMALLEST_CGY else 1.0
    return round(amount / 100, 6) if factor == 0.01 else amount


def is_product(dose_gy: float, number: float, each_gy: float) -> bool:
    """Tell whether fractions times dose per fraction are the dose, within what people round."""
    return abs(number * each_gy - dose_gy) <= ROUNDING * dose_gy


def is_count(number: float) -> bool:
    """Tell whether a number can be one of fractions."""
    return 0 < number <= MOST_FRACTIONS and number == int(number)


def is_course(dose_gy: float, number: float) -> bool:
    """Tell whether two numbers can be a dose (Gy) and its fractions."""
    return is_count(number) and 1 <= dose_gy / number <= LARGEST_FRACTION_GY


def is_bare_cgy(number: float) -> bool:
    """Tell whether a number without a unit or a word beside it can be a dose in cGy."""
    return LEAST_BARE_CGY <= number <= MOST_BARE_CGY and number == int(number)


def is_usual_course(dose_gy: float, number: float) -> bool:
    """Tell whether two bare numbers are the dose (Gy) and fractions of a long course; a date or a ratio is neither."""
    dated = dose_gy <= LAST_OF_MONTH and number <= LAST_OF_MONTH
    return not dated and 12 < number <= 44 and dose_gy <= 86 and round(dose_gy / number, 2) in USUAL_FRACTIONS_GY


def is_date(first: float, second: float) -> bool:
    """Tell whether two numbers with a slash between can be a day and a month."""
    return first == int(first) and 1 <= min(first, second) <= 12 and max(first, second) <= LAST_OF_MONTH


def is_year(number: float) -> bool:
    """Tell whether a number reads like a year of somebody's life; 2000 reads like a dose in cGy."""
    return 1950 <= number <= 2035 and number % 100 != 0
