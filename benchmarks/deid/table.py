"""The table of the benchmark: what is measured, what is aimed at, and how both are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from score import KNOWN, Rate

MET, UNMET, TOO_FEW = "✓", "✗", "○"
MISSED, REDACTED, PRICE = "missed", "redacted", "price"


@dataclass(frozen=True)
class Row:
    """A measure of ``score.py`` and how it is known: spans missed, share closed, or price paid."""

    label: str
    measure: str
    shown_as: str
    limit: float | None = None
    """The largest share that may go wrong."""
    at_least: int = 0
    """How many spans it takes to show it."""

    @property
    def target(self) -> str:
        """The target in words."""
        if self.limit is None:
            return ""
        if self.shown_as == MISSED:
            return f"0 of ≥ {self.at_least:,}"
        return f"≥ {100 * (1 - self.limit):g} %" if self.shown_as == REDACTED else f"≤ {100 * self.limit:g} %"

    def verdict(self, rate: Rate) -> str:
        """Say whether the share meets the target."""
        if self.limit is None:
            return ""
        if rate.value > self.limit:
            return f" {UNMET}"
        return f" {MET if rate.n >= self.at_least else TOO_FEW}"

    def cell(self, rate: Rate | None) -> str:
        """Write a share with its interval."""
        if rate is None:
            return "–"
        if self.shown_as == MISSED:
            return f"{rate.count:,} of {rate.n:,} (to {percent(rate.high)})"
        low, high, value = rate.low, rate.high, rate.value
        if self.shown_as == REDACTED:
            low, high, value = 1 - high, 1 - low, 1 - value
        return f"{percent(value)} of {rate.n:,} ({percent(low)} to {percent(high)})"

    def short(self, rate: Rate | None) -> str:
        """Write a share alone, as redacted, or as the price."""
        if rate is None:
            return "–"
        return percent(rate.value if self.shown_as == PRICE else 1 - rate.value)


def percent(share: float) -> str:
    """Write a share in percent; what is not all or nothing is never rounded to it."""
    if share in (0, 1):
        return f"{share:.0%}".replace("%", " %")
    return f"{min(max(100 * share, 0.01), 99.99):.2f} %"


ROWS = (
    *(Row(f"known: {name.replace('_', ' ')}", f"known/{name}", MISSED, 0.0, 3000) for name in KNOWN),
    Row("known names with one edit", "edit1", REDACTED, 0.01),
    Row("unknown names", "unknown/NAME", REDACTED, 0.05),
    Row("unknown places and organisations", "unknown/PLACE+ORG", REDACTED, 0.10),
    Row("unknown phone numbers", "unknown/PHONE", REDACTED, 0.005),
    Row("unknown e-mail addresses", "unknown/EMAIL", REDACTED, 0.005),
    Row("unknown full dates", "unknown/DATE", REDACTED, 0.005),
    Row("record and other numbers with a cue", "unknown/ID", REDACTED, 0.005),
    Row("dates without year or day", "unknown/DATE, partial", REDACTED),
    Row("ages over 89", "unknown/AGE", REDACTED),
    Row("web addresses", "unknown/URL", REDACTED),
    Row("ZIP codes", "unknown/ZIP", REDACTED),
    Row("numbers without a cue", "unknown/IDBARE", REDACTED),
    Row("other characters redacted", "characters", PRICE, 0.03),
    Row("the same, where nothing is known", "characters/nothing known", PRICE),
    Row("the same, without protected spans", "characters/unprotected", PRICE),
    Row("protected spans damaged", "protected", PRICE, 0.005),
)

Scores = Mapping[str, Rate]
Took = dict[str, float | None]


@dataclass(frozen=True)
class Cost:
    """A figure of speed or memory."""

    label: str
    name: str
    form: str
    lowest: float | None = None
    highest: float | None = None

    @property
    def target(self) -> str:
        """The target in words."""
        if self.lowest is not None:
            return f"≥ {self.lowest:,g}"
        return f"≤ {self.highest:,g}" if self.highest is not None else ""

    def cell(self, value: float | None, *, judged: bool) -> str:
        """Write a figure, with its verdict where it has a target and is judged."""
        if value is None:
            return "–"
        met = (self.lowest is None or value >= self.lowest) and (self.highest is None or value <= self.highest)
        return f"{value:{self.form}}" + (f" {MET if met else UNMET}" if judged and self.target else "")


SPEED = Cost("records/s, one core", "records_per_second", ",.0f", lowest=2000)
MEMORY = Cost("peak memory, MB", "peak_mb", ".0f", highest=400)
COSTS = (
    SPEED,
    Cost("records per CPU second", "records_per_cpu_second", ",.0f"),
    Cost("times as fast as Presidio", "times_presidio", ".1f", lowest=15),
    Cost("start, s", "start_seconds", ".2f", highest=2),
    MEMORY,
)
FLAT = 1.1
"""How much more memory than the shortest stream a longer one may need."""


def ours(scores: Mapping[str, Scores], took: Mapping[str, Took]) -> list[str]:
    """Return the lines of our own table: one column per corpus, each share with its interval and verdict.

    Parameters
    ----------
    scores
        Corpus -> measure -> share that went wrong.
    took
        Corpus -> the figures of ``COSTS``; None, or absent, where one is not known.
    """
    lines = heading(["measure", "target", *scores])
    for row in ROWS:
        rates = [of_corpus.get(row.measure) for of_corpus in scores.values()]
        if any(rates):
            cells = [row.cell(rate) + (row.verdict(rate) if rate else "") for rate in rates]
            lines.append(join([row.label, row.target, *cells]))
    kinds = sorted({name for of_corpus in scores.values() for name in of_corpus if name.startswith("protected/")})
    for kind in kinds:
        row = Row(f"… {kind.partition('/')[2]}", kind, PRICE)
        lines.append(join([row.label, "", *(row.cell(of_corpus.get(kind)) for of_corpus in scores.values())]))
    return lines + costs(took, judged=True)


def side_by_side(scores: Mapping[str, Scores], took: Mapping[str, Took]) -> list[str]:
    """Return the lines of one corpus's table: one column per tool, shares redacted and prices alone."""
    lines = heading(["measure", *scores])
    for row in ROWS:
        rates = [of_tool.get(row.measure) for of_tool in scores.values()]
        if any(rates):
            label = row.label if row.shown_as == PRICE else f"{row.label}, redacted"
            lines.append(join([label, *map(row.short, rates)]))
    return lines + costs(took, judged=False)


def costs(took: Mapping[str, Took], *, judged: bool) -> list[str]:
    """Return the lines of speed and memory, with targets and verdicts where they are judged."""
    lines = []
    for cost in COSTS:
        values = [figures.get(cost.name) for figures in took.values()]
        if any(values):
            cells = [cost.cell(value, judged=judged) for value in values]
            lines.append(join([cost.label, *([cost.target] if judged else []), *cells]))
    return lines


def at_scale(streams: Sequence[Took]) -> list[str]:
    """Return the lines of the table of long streams, the shortest first; a verdict says whether memory is flat."""
    lines = heading(["records", "records/s", f"peak memory, MB ({MEMORY.target}, flat)"])
    for stream in streams:
        n_records, speed, peak = stream["n_records"], stream["records_per_second"], stream["peak_mb"]
        flat = Cost("", "", ".0f", highest=min(MEMORY.highest or 0, FLAT * (streams[0]["peak_mb"] or 0)))
        lines.append(join([f"{n_records:,}", SPEED.cell(speed, judged=True), flat.cell(peak, judged=True)]))
    return lines


def heading(names: Sequence[str]) -> list[str]:
    """Return the head of a Markdown table."""
    return [join(names), join(["---"] * len(names))]


def join(cells: Sequence[str]) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"
