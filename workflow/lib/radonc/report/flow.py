"""The cohort's flow as a diagram in CONSORT's manner: who goes on down the left, who leaves to the right, and why."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from xml.etree import ElementTree

from radonc.report import small_cells, svg, words
from radonc.runtime.errors import StudyError

ANNOTATION = "annotation"
STAGES = {"extract": "Record", "diagnosis": "Diagnosis", "plan": "Plan"}
EXITS = {True: "Awaiting annotation", False: "Excluded by annotators"}
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


@dataclass(frozen=True)
class Group:
    """Reasons of one stage, each with its number."""

    name: str
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Exit:
    """A box of those who leave: how many, and why."""

    name: str
    n: str
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Published:
    """The flow's numbers as they may be shown: who goes on, and who leaves before and after the candidates."""

    extracted: str
    candidates: str
    kept: str
    excluded: Exit
    annotation: tuple[Exit, ...]


def publish(flow: Mapping[str, Any], smallest: int = small_cells.SMALLEST) -> Published:
    """Suppress the small numbers of a flow, and those from which they would follow.

    Parameters
    ----------
    flow
        As ``radonc.data.cohort.flow`` gives it.
    smallest
        The smallest number of people that is published.

    Raises
    ------
    StudyError
        When the numbers do not add up.
    """
    require_sum(flow)
    steps = flow["steps"]
    marks, is_shown = small_cells.suppress_steps([step["rejected"] for step in steps], smallest)
    shown = [mark or words.whole(step["rejected"]) for step, mark in zip(steps, marks, strict=True)]
    numbered = list(zip(steps, shown, strict=True))
    before = [(step, n) for step, n in numbered if step["stage"] != ANNOTATION]
    tells_candidates = not before or is_shown[len(before) - 1]
    groups = tuple(
        Group(STAGES[stage], tuple((step["label"], n) for step, n in part))
        for stage, part in groupby(before, key=lambda one: one[0]["stage"])
    )
    after = [(step, n, mark) for (step, n), mark in zip(numbered, marks, strict=True) if step["stage"] == ANNOTATION]
    n_left = flow["extracted"] - flow["kept"]
    few_left, few_kept = (small_cells.is_small(n, smallest) for n in (n_left, flow["kept"]))
    ends_shown = not few_left and not few_kept  # else the two ends would give the other number away
    n_excluded = flow["extracted"] - flow["candidates"]
    return Published(
        words.whole(flow["extracted"]) if ends_shown else small_cells.WITHHELD,
        words.whole(flow["candidates"]) if ends_shown and tells_candidates else small_cells.WITHHELD,
        small_cells.mark(smallest) if few_kept else words.whole(flow["kept"]),
        Exit(
            "Excluded by rules",
            words.whole(n_excluded) if tells_candidates and not few_left else small_cells.WITHHELD,
            groups,
        ),
        tuple(
            _exit(name, [one for one in after if (one[0]["reason"] != EXCLUDED_BY_PEOPLE) == waits])
            for waits, name in EXITS.items()
        ),
    )


def _exit(name: str, steps: Sequence[tuple[Mapping[str, Any], str, str | None]]) -> Exit:
    """Make a box of the annotation stage; its total would give away what one of its reasons hides."""
    if len(steps) == 1:
        return Exit(name, steps[0][1])
    is_hidden = any(mark for _, _, mark in steps)
    total = small_cells.WITHHELD if is_hidden else words.whole(sum(step["rejected"] for step, _, _ in steps))
    return Exit(name, total, (Group("", tuple((step["label"], n) for step, n, _ in steps)),) if steps else ())


def draw_flow(flow: Mapping[str, Any], smallest: int = small_cells.SMALLEST) -> str:
    """Draw the cohort's flow, small numbers suppressed.

    Parameters
    ----------
    flow
        As ``radonc.data.cohort.flow`` gives it: ``extracted``, ``candidates``, ``kept`` and ``steps``, in their order,
        each with ``stage``, ``reason``, ``label``, ``rejected`` and ``remaining``.
    smallest
        The smallest number of people that is published.

    Returns
    -------
    str
        An SVG document.

    Raises
    ------
    StudyError
        When the numbers do not add up: each step's remaining must be those before less its rejected.
    """
    shown = publish(flow, smallest)
    canvas = _Canvas()
    canvas.spine_box(shown.extracted, "patients extracted", _BOX)
    canvas.side_boxes([shown.excluded])
    canvas.spine_box(shown.candidates, "candidates", _BOX)
    canvas.side_boxes(shown.annotation)
    canvas.spine_box(shown.kept, "cases", _LAST_BOX)
    return svg.labelled(canvas.finish(), title(shown), description(shown))


def title(shown: Published) -> str:
    """Say what the diagram shows, in one line."""
    return f"Flow of the cohort: {shown.extracted} patients extracted, {shown.kept} cases"


def description(shown: Published) -> str:
    """Say all that the diagram shows."""
    exits = [_in_words(shown.excluded), f"Candidates: {shown.candidates}", *map(_in_words, shown.annotation)]
    return ". ".join([*exits, f"Cases: {shown.kept}"]) + "."


def _in_words(box: Exit) -> str:
    reasons = "; ".join(f"{label}: {n}" for group in box.groups for label, n in group.reasons)
    return f"{box.name}: {box.n}" + (f" ({reasons})" if reasons else "")


def require_sum(flow: Mapping[str, Any]) -> None:
    """Check that every patient is accounted for."""
    before = n_candidates = flow["extracted"]
    for step in flow["steps"]:
        if before - step["rejected"] != step["remaining"]:
            raise StudyError(
                f"flow.json, step '{step['reason']}': {before} before less {step['rejected']} rejected is not the "
                f"{step['remaining']} that remain; run the cohort stage again"
            )
        before = step["remaining"]
        n_candidates = n_candidates if step["stage"] == ANNOTATION else before
    for name, n in (("candidates", n_candidates), ("kept", before)):
        if flow[name] != n:
            raise StudyError(
                f"flow.json: {n} remain after the steps, but '{name}' is {flow[name]}; run the cohort stage again"
            )


# ---- drawing ---------------------------------------------------------------------------------------------------


@dataclass
class _Canvas:
    root: ElementTree.Element = field(default_factory=lambda: ElementTree.Element(f"{{{svg.NAMESPACE}}}svg"))
    y: float = 1

    def __post_init__(self) -> None:
        self.backdrop = self.add("rect", x=0, y=0, width=WIDTH, style=f"fill: {svg.COLOURS['paper']}")

    def add(self, tag: str, **attributes: str | float) -> ElementTree.Element:
        return ElementTree.SubElement(
            self.root,
            f"{{{svg.NAMESPACE}}}{tag}",
            {name.replace("_", "-"): f"{value}" for name, value in attributes.items()},
        )

    def finish(self) -> ElementTree.Element:
        """Return the drawing, as high as what was drawn."""
        height = f"{self.y + 1:g}"
        self.backdrop.attrib["height"] = height
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
            start = self.y
            self._side_box(box)
            middle = start + PADDING + 8
            self.add("path", d=f"M{spine} {middle}H{SIDE_LEFT - 6}", style=_LINE)
            self.add("path", d=f"M{SIDE_LEFT - 7} {middle - 4}v8l7 -4z", style=_HEAD)
        self.y += GAP
        line.attrib["d"] = f"M{spine} {top}V{self.y - 6}"
        self.add("path", d=f"M{spine - 4} {self.y - 7}h8l-4 7z", style=_HEAD)

    def _side_box(self, box: Exit) -> None:
        top = self.y
        frame = self.add("rect", x=SIDE_LEFT, y=top, width=WIDTH - 1 - SIDE_LEFT, rx=4, style=_OUT_BOX)
        self.y += PADDING
        self._row(box.name, box.n, weight="bold")
        for group in box.groups:
            self.y += PADDING / 2
            self.add("path", d=f"M{SIDE_LEFT + PADDING} {self.y}H{WIDTH - 1 - PADDING}", style=_RULE)
            self.y += PADDING / 2
            if group.name:
                self.text(SIDE_LEFT + PADDING, self.y + 11, group.name, size=10)
                self.y += LINE
            for label, n in group.reasons:
                self._row(label, n)
        self.y += PADDING
        frame.attrib["height"] = f"{self.y - top:g}"

    def _row(self, label: str, n: str, weight: str = "normal") -> None:
        """Write a label, in as many lines as it takes, and on the first of them its number."""
        self.text(WIDTH - 1 - PADDING, self.y + 12, n, "end", weight)
        for line in textwrap.wrap(label, SIDE_LETTERS) or [""]:
            self.text(SIDE_LEFT + PADDING, self.y + 12, line, "start", weight)
            self.y += LINE
