"""SVG of figures: the same bytes for the same content, accessible, and at home in a light and in a dark page."""

import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast
from xml.etree import ElementTree

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

NAMESPACE = "http://www.w3.org/2000/svg"
# The page's style sheet defines a variable of each name, for light and for dark; the figures' own files keep these.
# Series follow Okabe and Ito (jfly.uni-koeln.de/color), so that colour-blind readers can tell them apart; darker, so
# that words can be written in them.
COLOURS = {
    "paper": "#fffffe",
    "ink": "#1c1f23",
    "muted": "#59626d",
    "rule": "#d8dce1",
    "panel": "#f3f5f7",
    "series-1": "#0072b2",
    "series-2": "#b84d00",
    "series-3": "#00795a",
    "series-4": "#aa4499",
}
WIDTH = 360
"""Width of a figure in units; one unit is one CSS pixel where a figure is shown in its natural size."""
FONT_SIZE = 11
# What differs from matplotlib's own defaults.
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "radonc-sft",
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.size": FONT_SIZE,
    "text.color": COLOURS["ink"],
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["muted"],
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": COLOURS["rule"],
    "figure.facecolor": COLOURS["paper"],
    "savefig.facecolor": COLOURS["paper"],
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelsize": FONT_SIZE - 1,
    "ytick.labelsize": FONT_SIZE - 1,
    "axes.labelsize": FONT_SIZE - 1,
}

ElementTree.register_namespace("", NAMESPACE)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


@contextmanager
def drawing(height: float, *, left: float, right: float, top: float, bottom: float) -> Iterator[Axes]:
    """Give empty axes in the project's style, with these margins, in a figure ``WIDTH`` wide; all in units."""
    with matplotlib.rc_context():
        # From matplotlib's own defaults, so that a user's matplotlibrc changes no byte.
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield Figure(figsize=(WIDTH / 72, height / 72)).add_axes(
            (left / WIDTH, bottom / height, (WIDTH - left - right) / WIDTH, (height - top - bottom) / height)
        )


def rows_as_lines(axes: Axes, n_lines: int) -> None:
    """Make axes a table whose lines are 1 apart, the first at the top, with values across."""
    axes.set_ylim(n_lines - 0.4, -0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.xaxis.set_major_locator(MaxNLocator(4))


def write_beside(axes: Axes, side: int, y: float, offset: float, text: str, **style: Any) -> None:
    """Write a text ``offset`` units beside the axes' left (``side`` 0) or right (1) end, at ``y`` of the data."""
    axes.annotate(
        text, (side, y), (offset, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
        **style,
    )  # fmt: skip


def name_ends(axes: Axes, ends: Iterable[tuple[float, str, str]], apart: float, offset: float, **style: Any) -> None:
    """Write lines' names at their right ends, at least ``apart`` from each other: each of last value, name, colour."""
    y = float("-inf")
    for value, name, colour in sorted(ends):
        y = max(value, y + apart)
        write_beside(axes, 1, y, offset, name, color=colour, **style)


def to_svg(axes: Axes, heading: str, description: str, kind: str = "") -> str:
    """Return a figure of ``drawing``, still within its context, as an SVG document.

    ``heading`` is written at its upper left corner. With the kind of figure before it, it is also what a screen reader
    reads out, with the description of what is seen.
    """
    figure = cast(Figure, axes.figure)
    height = figure.get_figheight() * 72
    figure.text(2 / WIDTH, 1 - 14 / height, heading, weight="bold", size=FONT_SIZE + 1)
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    root = ElementTree.fromstring(stream.getvalue())
    for parent in list(root.iter()):
        for tag in ("metadata", "style"):
            for child in parent.findall(f"{{{NAMESPACE}}}{tag}"):
                parent.remove(child)
    used = set(re.findall(r"#([\w-]+)", ElementTree.tostring(root, encoding="unicode")))
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    root.attrib.update(
        {"width": f"{width:g}", "height": f"{height:g}", "stroke-linejoin": "round", "stroke-linecap": "butt"}
    )
    return labelled(root, f"{kind}: {heading}" if kind else heading, description)


def labelled(root: ElementTree.Element, title: str, description: str) -> str:
    """Return an SVG element as text, with a title and a description for those who cannot see it."""
    root.attrib.update({"role": "img", "aria-labelledby": "title description"})
    for position, (tag, name, text) in enumerate((("title", "title", title), ("desc", "description", description))):
        element = ElementTree.Element(f"{{{NAMESPACE}}}{tag}", id=name)
        element.text = text
        root.insert(position, element)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def inline(svg: str, prefix: str) -> Markup:
    """Return an SVG document as a part of the page.

    Its ids get a prefix, since they must be unique in the page, and its colours become the page's variables.
    """
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{prefix}-", svg)
    svg = svg.replace('aria-labelledby="title description"', f'aria-labelledby="{prefix}-title {prefix}-description"')
    for name, colour in COLOURS.items():
        # A variable is understood in a style, not in an attribute: the figures put their colours in styles alone.
        svg = svg.replace(colour, f"var(--{name})")
    return Markup(svg)


def inline_all(drawn: Iterable[str], prefix: str) -> list[Markup]:
    """Return SVG documents as parts of the page, their prefixes numbered."""
    return [inline(svg, f"{prefix}-{number}") for number, svg in enumerate(drawn)]
