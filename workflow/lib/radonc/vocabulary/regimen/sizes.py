"""What sizes of numbers say, where no unit does: gray or centigray, dose or dose per fraction, count or year."""

from __future__ import annotations

MOST_FRACTIONS = 100

LARGEST_FRACTION_GY = 34.0
"""The largest dose per fraction in use (lung, a single fraction); a larger "dose per fraction" is a total."""

LARGEST_DAILY_GY = 6.0
"""A dose "daily" up to this is one per fraction; a larger one is a total."""

LARGEST_ALONE_GY = 3.0
"""A dose up to this that stands alone is one per fraction: hardly any course gives so little in all."""

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


def is_count(number: float) -> bool:
    """Tell whether a number can be one of fractions."""
    return 0 < number <= MOST_FRACTIONS and number == int(number)


def is_course(dose_gy: float, number: float) -> bool:
    """Tell whether two numbers can be a dose (Gy) and its fractions."""
    return is_count(number) and 1 <= dose_gy / number <= LARGEST_FRACTION_GY


def is_year(number: float) -> bool:
    """Tell whether a number reads like a year of somebody's life; 2000 reads like a dose in cGy."""
    return 1950 <= number <= 2035 and number % 100 != 0
