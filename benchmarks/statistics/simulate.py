"""Simulate how often the tests reject what is true, and how often the intervals hold the truth.

    python benchmarks/statistics/simulate.py [--replicates 10000] [--out benchmarks/statistics]

Writes results.md (the rates), type_one.png and coverage.png; with --json every rate with its standard error as well.
Minutes on one core; the same bytes for the same seed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import binom, norm

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow" / "lib"))

from pictures import draw

from radonc.evaluation.ratings import p_above
from radonc.statistics import estimates
from radonc.statistics.paired_differences import UniqueCounts, hodges_lehmann, mean_interval, unique_counts
from radonc.statistics.paired_tests import mcnemar, signed_rank
from radonc.statistics.proportions import wilson

SIZES = (50, 200, 800)
TIES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
LEVEL, CONFIDENCE = 0.05, 0.95
RATES = (0.5, 0.6, 0.8, 0.9, 0.95, 0.98)
N_RESAMPLES = 1000
BETTER = 0.75
"""Of the cases that differ, where there is an effect, so many are for the first arm."""

Rng = np.random.Generator
Draw = Callable[[Rng, tuple[int, ...]], np.ndarray]


class Row(NamedTuple):
    """How often a test rejected, or an interval held the truth."""

    about: str
    scores: str
    method: str
    n: int
    ties: float | None
    rate: float
    error: float
    """Standard error of the simulation; 0 where the rate is summed up exactly."""


def right_or_wrong(_: Rng, shape: tuple[int, ...]) -> np.ndarray:
    """Return sizes of differences of right-or-wrong scores."""
    return np.ones(shape)


def graded(rng: Rng, shape: tuple[int, ...]) -> np.ndarray:
    """Return sizes of differences of ROUGE-1: of ratios of small whole numbers, so that some are equal."""
    return np.round(rng.integers(1, 12, shape) / rng.integers(12, 16, shape), 12)


KINDS: dict[str, Draw] = {"right or wrong": right_or_wrong, "graded": graded}


def sample(rng: Rng, draw: Draw, n_replicates: int, n: int, ties: float, better: float) -> np.ndarray:
    """Return differences, replicates × cases: 0 with the probability ``ties``, above 0 in the share ``better``."""
    signs = np.where(rng.random((n_replicates, n)) < better, 1.0, -1.0)
    return np.where(rng.random((n_replicates, n)) < ties, 0.0, signs * draw(rng, (n_replicates, n)))


# ---- type-I error ----------------------------------------------------------------------------------------------


def p_values(x: np.ndarray) -> dict[str, float]:
    """Return the p values of one sample by every test."""
    test, pratt = signed_rank(x), signed_rank(x, "pratt")
    return {
        "Wilcoxon, one-sided": test.p_greater,
        "Wilcoxon, two-sided": test.p_two_sided,
        "Wilcoxon with Pratt's zeros, one-sided": pratt.p_greater,
    }


@cache
def p_of_counts(n_better: int, n_worse: int) -> dict[str, float]:
    """Return the p values of right-or-wrong scores, which the counts decide."""
    test = mcnemar(n_better, n_worse)
    z = (n_better - n_worse) / max(1, n_better + n_worse) ** 0.5
    return {
        **p_values(np.repeat([1.0, -1.0], [n_better, n_worse])),
        "McNemar, one-sided": test.p_greater,
        "McNemar, two-sided": test.p_two_sided,
        "McNemar mid-p, one-sided": test.mid_p_greater,
        "McNemar mid-p, two-sided": test.mid_p_two_sided,
        # What the exact distribution is taken for.
        "normal approximation (not used), one-sided": float(norm.sf(z)),
    }


def type_one(kind: str, n: int, ties: float, n_replicates: int, rng: Rng) -> Iterator[Row]:
    """Yield how often each test rejects what is true."""
    samples = sample(rng, KINDS[kind], n_replicates, n, ties, 0.5)
    if kind == "graded":
        found = [p_values(x) for x in samples]
    else:
        pairs = zip((samples > 0).sum(axis=1), (samples < 0).sum(axis=1), strict=True)
        found = [p_of_counts(int(b), int(c)) for b, c in pairs]
    for method in found[0]:
        yield row("type-I error", kind, method, n, ties, [p[method] <= LEVEL for p in found])


def type_one_of_the_claim() -> Iterator[Row]:
    """Yield the size of the exact binomial test of 60 %, summed up over all outcomes."""
    for n in SIZES:
        counts = np.arange(n + 1)
        rejected = np.array([p_above(int(k), n, 0.6) <= LEVEL for k in counts])
        size = float(binom.pmf(counts, n, 0.6)[rejected].sum())
        yield Row("type-I error", "acceptable or not", "exact binomial, above 60 %", n, None, size, 0.0)


# ---- coverage --------------------------------------------------------------------------------------------------


def coverage(kind: str, n: int, ties: float, n_replicates: int, rng: Rng) -> Iterator[Row]:
    """Yield how often the intervals of a difference hold the true one."""
    population = population_of(kind, ties)
    mean = float((population.values * population.counts).sum() / population.counts.sum())
    shift = hodges_lehmann(population, CONFIDENCE).value
    samples = [unique_counts(x) for x in sample(rng, KINDS[kind], n_replicates, n, ties, BETTER)]
    held: dict[str, list[bool]] = {"BCa, mean difference": [], "Hodges-Lehmann": []}
    for number, differences in enumerate(samples):
        low, high = mean_interval(differences, confidence=CONFIDENCE, n_resamples=N_RESAMPLES, seed=number)
        held["BCa, mean difference"].append(low - 1e-12 <= mean <= high + 1e-12)
        found = hodges_lehmann(differences, CONFIDENCE)
        held["Hodges-Lehmann"].append(found.low - 1e-12 <= shift <= found.high + 1e-12)
    for method, outcomes in held.items():
        yield row("coverage", kind, method, n, ties, outcomes)


def population_of(kind: str, ties: float) -> UniqueCounts:
    """Return the distribution that the samples come from, as if it were a sample of some hundred million."""
    sizes = np.array([1.0])
    if kind == "graded":
        above, below = np.meshgrid(np.arange(1, 12), np.arange(12, 16))
        sizes = np.round(above / below, 12).ravel()
    scale = 1_000_000
    differing = round((1 - ties) * 1000)
    values = np.concatenate([sizes, -sizes, [0.0]])
    weights = np.concatenate(
        [
            np.full(len(sizes), differing * BETTER * scale / len(sizes) / 1000),
            np.full(len(sizes), differing * (1 - BETTER) * scale / len(sizes) / 1000),
            [(1000 - differing) * scale / 1000],
        ]
    )
    order, places = np.unique(values, return_inverse=True)
    return UniqueCounts(order, np.rint(np.bincount(places, weights)).astype(np.int64))


def coverage_without_ties(n: int, n_replicates: int, rng: Rng) -> Iterator[Row]:
    """Yield the coverage of the Hodges-Lehmann interval, of BCa and of the percentile interval of a mean, untied."""
    held: dict[str, list[bool]] = {"BCa, mean difference": [], "Hodges-Lehmann": [], "percentile, mean of an arm": []}
    for number, x in enumerate(rng.normal(0.1, 1, (n_replicates, n))):
        differences = unique_counts(x)
        low, high = mean_interval(differences, confidence=CONFIDENCE, n_resamples=N_RESAMPLES, seed=number)
        held["BCa, mean difference"].append(low <= 0.1 <= high)
        found = hodges_lehmann(differences, CONFIDENCE)
        held["Hodges-Lehmann"].append(found.low <= 0.1 <= found.high)
    for number, scores in enumerate(rng.beta(2, 1, (n_replicates // 4, n))):
        options = {"confidence": CONFIDENCE, "n_resamples": N_RESAMPLES, "seed": number}
        ((low, high),) = estimates.interval(estimates.mean_of(scores), n, **options)
        held["percentile, mean of an arm"].append(low <= 2 / 3 <= high)
    for method, outcomes in held.items():
        yield row("coverage", "untied", method, n, 0.0, outcomes)


def coverage_of_rates() -> Iterator[Row]:
    """Yield the coverage of Wilson's interval, summed up over all outcomes."""
    for n in SIZES:
        counts = np.arange(n + 1)
        ends = np.array([wilson(int(k), n, CONFIDENCE) for k in counts])
        for rate in RATES:
            inside = (ends[:, 0] <= rate) & (rate <= ends[:, 1])
            held = float(binom.pmf(counts, n, rate)[inside].sum())
            yield Row("coverage", f"rate of {rate:g}", "Wilson", n, None, held, 0.0)


# ---- all of it -------------------------------------------------------------------------------------------------


def row(about: str, scores: str, method: str, n: int, ties: float, outcomes: list[bool]) -> Row:
    """Return the rate of an outcome with its standard error."""
    rate = float(np.mean(outcomes))
    return Row(about, scores, method, n, ties, rate, (rate * (1 - rate) / len(outcomes)) ** 0.5)


def simulate(n_replicates: int, seed: int) -> list[Row]:
    """Return all rows; graded differences, whose tests take longer, have fewer replicates."""
    rows: list[Row] = []
    streams = iter(np.random.SeedSequence(seed).spawn(1000))
    of_kind = {"right or wrong": n_replicates, "graded": n_replicates * 2 // 5}
    for kind, count in of_kind.items():
        for n in SIZES:
            for ties in TIES:
                rows += type_one(kind, n, ties, count, np.random.default_rng(next(streams)))
                rows += coverage(kind, n, ties, n_replicates // 5, np.random.default_rng(next(streams)))
                print(kind, n, ties, file=sys.stderr)
    for n in SIZES:
        rows += coverage_without_ties(n, n_replicates // 5, np.random.default_rng(next(streams)))
    return [*rows, *type_one_of_the_claim(), *coverage_of_rates()]


def as_table(rows: list[Row]) -> str:
    """Return the rates as Markdown: a line per test or interval and number of cases, a column per share of ties."""
    lines = []
    for about, low, high in (("type-I error", 0.04, 0.06), ("coverage", 0.93, 0.97)):
        lines += [f"## {about[0].upper()}{about[1:]}, {low:g} to {high:g} asked for", ""]
        lines += [f"| scores | method | n | {' | '.join(f'{ties:.0%} ties' for ties in TIES)} |", "|" + "---|" * 9]
        found: dict[tuple[str, str, int], dict[float | None, Row]] = {}
        for part in rows:
            if part.about == about and part.ties in TIES:
                found.setdefault((part.scores, part.method, part.n), {})[part.ties] = part
        for (scores, method, n), by_ties in found.items():
            cells = [shown(by_ties[ties], low, high) for ties in TIES]
            lines.append(f"| {scores} | {method} | {n} | {' | '.join(cells)} |")
        lines += ["", "| scores | method | n | rate |", "|---|---|---|---|"]
        others = [part for part in rows if part.about == about and part.ties not in TIES]
        lines += [f"| {part.scores} | {part.method} | {part.n} | {shown(part, low, high)} |" for part in others]
        lines.append("")
    return "\n".join(lines)


def shown(part: Row, low: float, high: float) -> str:
    """Return a rate, marked where it is outside by more than two standard errors."""
    mark = "↓" if part.rate < low - 2 * part.error else "↑" if part.rate > high + 2 * part.error else ""
    return f"{part.rate:.3f}{mark}"


def write(rows: list[Row], n_replicates: int, folder: Path) -> None:
    """Write the rates as a table and as pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    heading = (
        f"# Level and coverage, simulated\n\n{n_replicates:,} replicates of right-or-wrong scores for the tests, two "
        "fifths of that for graded ones, a fifth for the intervals (the mean of an arm: a twentieth). ↑ and ↓: outside "
        "by more than two standard errors of the simulation. Made by simulate.py; README.md reads it.\n\n"
    )
    (folder / "results.md").write_text(heading + as_table(rows), encoding="utf-8")
    draw(rows, folder)


def main(arguments: list[str] | None = None) -> None:
    """Simulate, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20250130)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--json", type=Path, help="a file for every rate with its standard error")
    options = parser.parse_args(arguments)
    rows = simulate(options.replicates, options.seed)
    write(rows, options.replicates, options.out)
    if options.json:
        settings = {"replicates": options.replicates, "seed": options.seed, "resamples": N_RESAMPLES}
        text = json.dumps({**settings, "rows": [part._asdict() for part in rows]}, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
