"""The cohort's flow as a diagram in CONSORT's manner: who goes on down the left, who leaves to the right, and why."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from radonc.pages import svg, words
from radonc.run.errors import StudyError

WIDTH = 400
SPINE_WIDTH = 124
SIDE_LEFT = 154
SIDE_LETTERS = 27
LINE = 16
PADDING = 8
GAP = 8
_TEXT = f"font: 12px 'DejaVu Sans', sans-serif; fill: {svg.COLOURS['ink']}"
_BOX = f"fill: {svg.COLOURS['panel']}; stroke: {svg.COLOURS['muted']}; stroke-width: 1"
_OUT_BOX = f"fill: {svg.COLOURS['paper']}; stroke: {svg.COLOURS['rule']}; stroke-width: 1"
_LINE = f"fill: none; stroke: {svg.COLOURS['muted']}; stroke-width: 1"
_HEAD = f"fill: {svg.COLOURS['muted']}"


@dataclass
class _Canvas:
    root: ElementTree.Element
    y: float = 1

    def add(self, tag: str, **attributes: str | float) -> ElementTree.Element:
        return ElementTree.SubElement(
            self.root,
            f"{{{svg.NAMESPACE}}}{tag}",
            {name.replace("_", "-"): f"{value}" for name, value in attributes.items()},
        )

    def text(self, x: float, y: float, text: str, anchor: str = "start", weight: str = "normal") -> None:
        style = f"{_TEXT}; text-anchor: {anchor}; font-weight: {weight}"
        self.add("text", x=x, y=y, style=style).text = text

    def spine_box(self, lines: list[str]) -> None:
        """Draw a box of those who go on; its first line is a number."""
        height = len(lines) * LINE + 2 * PADDING
        self.add("rect", x=1, y=self.y, width=SPINE_WIDTH, height=height, rx=3, style=_BOX)
        for row, line in enumerate(lines):
            weight = "normal" if row else "bold"
            self.text(1 + SPINE_WIDTH / 2, self.y + PADDING + 12 + row * LINE, line, "middle", weight)
        self.y += height

    def step(self, label: str, rejected: str) -> None:
        """Draw the way down and the box of those who leave."""
        lines = textwrap.wrap(label, SIDE_LETTERS) or [""]
        height = len(lines) * LINE + 2 * PADDING
        middle, spine = self.y + GAP + height / 2, 1 + SPINE_WIDTH / 2
        below = self.y + height + 2 * GAP
        self.add("path", d=f"M{spine} {self.y}V{below - 6}", style=_LINE)
        self.add("path", d=f"M{spine - 4} {below - 7}h8l-4 7z", style=_HEAD)
        self.add("path", d=f"M{spine} {middle}H{SIDE_LEFT - 6}", style=_LINE)
        self.add("path", d=f"M{SIDE_LEFT - 7} {middle - 4}v8l7 -4z", style=_HEAD)
        width = WIDTH - 1 - SIDE_LEFT
        self.add("rect", x=SIDE_LEFT, y=self.y + GAP, width=width, height=height, rx=3, style=_OUT_BOX)
        for row, line in enumerate(lines):
            self.text(SIDE_LEFT + 10, self.y + GAP + PADDING + 12 + row * LINE, line)
        self.text(WIDTH - 11, middle + 4, rejected, "end", "bold")
        self.y = below


def draw_flow(flow: Mapping[str, Any]) -> str:
    """Draw the cohort's flow.

    Parameters
    ----------
    flow
        ``extracted``, ``kept`` and ``steps``: in their order, each with ``label``, ``rejected`` and ``remaining``.

    Returns
    -------
    str
        An SVG document.

    Raises
    ------
    StudyError
        When the numbers do not add up: each step's remaining must be those before less its rejected.
    """
    require_sum(flow)
    canvas = _Canvas(ElementTree.Element(f"{{{svg.NAMESPACE}}}svg"))
    backdrop = canvas.add("rect", x=0, y=0, width=WIDTH, style=f"fill: {svg.COLOURS['paper']}")
    canvas.spine_box([words.whole(flow["extracted"]), "patients extracted"])
    for number, step in enumerate(flow["steps"], start=1):
        canvas.step(step["label"], words.whole(step["rejected"]))
        is_last = number == len(flow["steps"])
        canvas.spine_box([words.whole(step["remaining"]), *(["cases kept"] if is_last else [])])
    height = f"{canvas.y + 1:g}"
    backdrop.attrib["height"] = height
    canvas.root.attrib.update({"width": f"{WIDTH}", "height": height, "viewBox": f"0 0 {WIDTH} {height}"})
    return svg.labelled(canvas.root, title(flow), description(flow))


def title(flow: Mapping[str, Any]) -> str:
    """Say what the diagram shows, in one line."""
    return f"Flow of the cohort: {words.whole(flow['extracted'])} patients extracted, {words.whole(flow['kept'])} kept"


def description(flow: Mapping[str, Any]) -> str:
    """Say all that the diagram shows."""
    left = "; ".join(f"{step['label']}: {words.whole(step['rejected'])}" for step in flow["steps"])
    return f"Patients that left, in order, by reason: {left}." if left else "No patient left."


def require_sum(flow: Mapping[str, Any]) -> None:
    """Check that every patient is accounted for."""
    before = flow["extracted"]
    for step in flow["steps"]:
        if before - step["rejected"] != step["remaining"]:
            raise StudyError(
                f"flow.json, step '{step['reason']}': {before} before less {step['rejected']} rejected is not the "
                f"{step['remaining']} that remain; run the cohort stage again"
            )
        before = step["remaining"]
    if before != flow["kept"]:
        raise StudyError(
            f"flow.json: {before} remain after the last step, but 'kept' is {flow['kept']}; run the cohort stage again"
        )
