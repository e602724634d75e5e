"""The cohort's flow as a diagram in CONSORT's manner: who goes on down the left, who leaves to the right, and why."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from xml.etree import ElementTree

from radonc.report import small_cells, svg, words
from radonc.runtime.errors import StudyError

ANNOTATION = "annotation"
STAGES = {"extract": "Record", "diagnosis": "Diagnosis", "plan": "Plan"}
EXCLUDED_BY_PEOPLE = "excluded_by_annotator"

WIDTH = 464
SPINE_WIDTH = 124
SIDE_LEFT = 150
SIDE_LETTERS = 33
LINE = 16
PADDING = 10
GAP = 12
_BOX = f"fill: {svg.COLOURS['panel']}; stroke: {svg.COLOURS['muted']}; stroke-width: 1"
_LAST_BOX = f"fill: {svg.COLOURS['panel']}; stroke: {svg.COLOURS['series-1']}; stroke-width: 2"
_OUT_BOX = f"fill: {svg.COLOURS['paper']}; stroke: {svg.COLOURS['rule']}; stroke-width: 1"
_LINE = f"fill: none; stroke: {svg.COLOURS['muted']}; stroke-width: 1"
_RULE = f"fill: none; stroke: {svg.COLOURS['rule']}; stroke-width: 1"
_HEAD = f"fill: {svg.COLOURS['muted']}"


Reasons = tuple[tuple[str, str], ...]
"""Labels, each with the number of patients as it may be shown."""


@dataclass(frozen=True)
class Exit:
    """A box of those who leave: how many, and why, by stage."""

    name: str
    n: str
    groups: tuple[tuple[str, Reasons], ...] = ()


@dataclass(frozen=True)
class Published:
    """The flow's numbers as they may be shown: who goes on, and who leaves before and after the candidates."""

    extracted: str
    candidates: str
    kept: str
    excluded: Exit
    annotation: tuple[Exit, ...]


def publish(flow: Mapping[str, Any], smallest: int = small_cells.SMALLEST) -> Published:
    """Hide the small numbers of a flow, as ``radonc.data.cohort.flow`` gives it, and those that would give them away.

    Raise StudyError when the numbers do not add up: each step's remaining must be those before less its rejected.
    """
    require_sum(flow)
    marks, is_shown = small_cells.suppress_steps([step["rejected"] for step in flow["steps"]], smallest)
    steps = [
        {**step, "mark": mark, "shown": mark or words.integer(step["rejected"])}
        for step, mark in zip(flow["steps"], marks, strict=True)
    ]
    before = [step for step in steps if step["stage"] != ANNOTATION]
    after = [step for step in steps if step["stage"] == ANNOTATION]
    n_left = flow["extracted"] - flow["kept"]
    few_left, few_kept = (small_cells.is_small(n, smallest) for n in (n_left, flow["kept"]))
    ends_shown = not few_left and not few_kept  # else the two ends would give the other number away
    candidates_shown = not before or is_shown[len(before) - 1]

    def number(n: int, *, shown: bool) -> str:
        return words.integer(n) if shown else small_cells.SUPPRESSED

    return Published(
        number(flow["extracted"], shown=ends_shown),
        number(flow["candidates"], shown=ends_shown and candidates_shown),
        small_cells.mark(smallest) if few_kept else words.integer(flow["kept"]),
        Exit(
            "Excluded by rules",
            number(flow["extracted"] - flow["candidates"], shown=candidates_shown and not few_left),
            tuple((STAGES[name], _reasons(part)) for name, part in groupby(before, key=itemgetter("stage"))),
        ),
        (
            _exit("Awaiting annotation", [step for step in after if step["reason"] != EXCLUDED_BY_PEOPLE]),
            _exit("Excluded by annotators", [step for step in after if step["reason"] == EXCLUDED_BY_PEOPLE]),
        ),
    )


def _reasons(steps: Iterable[Mapping[str, Any]]) -> Reasons:
    return tuple((step["label"], step["shown"]) for step in steps)


def _exit(name: str, steps: Sequence[Mapping[str, Any]]) -> Exit:
    """Make a box of the annotation stage; its total would give away what one of its reasons hides."""
    if len(steps) == 1:
        return Exit(name, steps[0]["shown"])
    if any(step["mark"] for step in steps):
        return Exit(name, small_cells.SUPPRESSED, (("", _reasons(steps)),))
    total = words.integer(sum(step["rejected"] for step in steps))
    return Exit(name, total, (("", _reasons(steps)),) if steps else ())


def require_sum(flow: Mapping[str, Any]) -> None:
    """Check that every patient is accounted for."""
    remaining = candidates = flow["extracted"]
    for step in flow["steps"]:
        if remaining - step["rejected"] != step["remaining"]:
            raise StudyError(
                f"flow.json, step '{step['reason']}': {remaining} before less {step['rejected']} rejected is not the "
                f"{step['remaining']} that remain; run the cohort stage again"
            )
        remaining = step["remaining"]
        candidates = candidates if step["stage"] == ANNOTATION else remaining
    for name, n in (("candidates", candidates), ("kept", remaining)):
        if flow[name] != n:
            raise StudyError(
                f"flow.json: {n} remain after the steps, but '{name}' is {flow[name]}; run the cohort stage again"
            )


def draw_flow(flow: Mapping[str, Any], smallest: int = small_cells.SMALLEST) -> str:
    """Draw the cohort's flow as an SVG document, small numbers suppressed as in ``publish``."""
    shown = publish(flow, smallest)
    canvas = _Canvas()
    canvas.spine_box(shown.extracted, "patients extracted", _BOX)
    canvas.side_boxes([shown.excluded])
    canvas.spine_box(shown.candidates, "candidates", _BOX)
    canvas.side_boxes(shown.annotation)
    canvas.spine_box(shown.kept, "cases", _LAST_BOX)
    title = f"Flow of the cohort: {shown.extracted} patients extracted, {shown.kept} cases"
    parts = [_in_words(shown.excluded), f"Candidates: {shown.candidates}", *map(_in_words, shown.annotation)]
    return svg.labelled(canvas.finish(), title, ". ".join([*parts, f"Cases: {shown.kept}."]))


def _in_words(box: Exit) -> str:
    reasons = "; ".join(f"{label}: {n}" for _, group in box.groups for label, n in group)
    return f"{box.name}: {box.n}" + (f" ({reasons})" if reasons else "")


class _Canvas:
    """A drawing that grows downwards from ``y``."""

    def __init__(self) -> None:
        self.root = ElementTree.Element(f"{{{svg.NAMESPACE}}}svg")
        self.y: float = 1
        self.backdrop = self.add("rect", x=0, y=0, width=WIDTH, style=f"fill: {svg.COLOURS['paper']}")

    def add(self, tag: str, **attributes: str | float) -> ElementTree.Element:
        values = {name: str(value) for name, value in attributes.items()}
        return ElementTree.SubElement(self.root, f"{{{svg.NAMESPACE}}}{tag}", values)

    def finish(self) -> ElementTree.Element:
        """Return the drawing, as high as what was drawn."""
        height = f"{self.y + 1:g}"
        self.backdrop.set("height", height)
        self.root.attrib.update({"width": f"{WIDTH}", "height": height, "viewBox": f"0 0 {WIDTH} {height}"})
        return self.root

    def text(
        self, x: float, y: float, text: str, anchor: str = "start", weight: str = "normal", size: int = 12
    ) -> None:
        colour = svg.COLOURS["muted" if size < 12 else "ink"]
        style = f"font: {weight} {size}px 'DejaVu Sans', sans-serif; fill: {colour}; text-anchor: {anchor}"
        self.add("text", x=x, y=y, style=style).text = text

    def spine_box(self, n: str, name: str, style: str) -> None:
        """Draw a box of those who go on."""
        height = 2 * LINE + 2 * PADDING
        self.add("rect", x=1, y=self.y, width=SPINE_WIDTH, height=height, rx=4, style=style)
        self.text(1 + SPINE_WIDTH / 2, self.y + PADDING + 12, n, "middle", "bold", 14)
        self.text(1 + SPINE_WIDTH / 2, self.y + PADDING + 12 + LINE, name, "middle")
        self.y += height

    def side_boxes(self, boxes: Iterable[Exit]) -> None:
        """Draw the way down, and beside it the boxes of those who leave."""
        spine, top = 1 + SPINE_WIDTH / 2, self.y
        line = self.add("path", style=_LINE)
        for box in boxes:
            self.y += GAP
            middle = self.y + PADDING + 8
            self._side_box(box)
            self.add("path", d=f"M{spine} {middle}H{SIDE_LEFT - 6}", style=_LINE)
            self.add("path", d=f"M{SIDE_LEFT - 7} {middle - 4}v8l7 -4z", style=_HEAD)
        self.y += GAP
        line.set("d", f"M{spine} {top}V{self.y - 6}")
        self.add("path", d=f"M{spine - 4} {self.y - 7}h8l-4 7z", style=_HEAD)

    def _side_box(self, box: Exit) -> None:
        top = self.y
        frame = self.add("rect", x=SIDE_LEFT, y=top, width=WIDTH - 1 - SIDE_LEFT, rx=4, style=_OUT_BOX)
        self.y += PADDING
        self._row(box.name, box.n, weight="bold")
        for name, reasons in box.groups:
            self.y += PADDING / 2
            self.add("path", d=f"M{SIDE_LEFT + PADDING} {self.y}H{WIDTH - 1 - PADDING}", style=_RULE)
            self.y += PADDING / 2
            if name:
                self.text(SIDE_LEFT + PADDING, self.y + 11, name, size=10)
                self.y += LINE
            for label, n in reasons:
                self._row(label, n)
        self.y += PADDING
        frame.set("height", f"{self.y - top:g}")

    def _row(self, label: str, n: str, weight: str = "normal") -> None:
        """Write a label, in as many lines as it takes, and on the first of them its number."""
        self.text(WIDTH - 1 - PADDING, self.y + 12, n, "end", weight)
        for line in textwrap.wrap(label, SIDE_LETTERS) or [""]:
            self.text(SIDE_LEFT + PADDING, self.y + 12, line, "start", weight)
            self.y += LINE
