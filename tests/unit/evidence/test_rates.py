import pytest

from radonc.evidence.rates import wilson


@pytest.mark.parametrize(
    ("count", "n", "low", "high"), [(18, 30, 0.42, 0.75), (62, 100, 0.52, 0.71), (124, 200, 0.55, 0.68)]
)
def test_wilsons_interval_of_about_62_percent(count, n, low, high):
    assert [round(end, 2) for end in wilson(count, n, 0.95)] == [low, high]


@pytest.mark.parametrize("n", [1, 3, 800])
def test_all_or_nothing_has_one_open_end(n):
    assert wilson(0, n, 0.95)[0] == 0
    assert wilson(n, n, 0.95)[1] == 1
    assert 0 < wilson(0, n, 0.95)[1] < 1


def test_by_the_formula():
    z, p, n = 1.959963984540054, 0.25, 8
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    assert wilson(2, n, 0.95) == pytest.approx((centre - half, centre + half))
