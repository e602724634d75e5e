"""SVG of figures: the same bytes for the same content, accessible, and at home in a light and in a dark page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

NAMESPACE = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
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
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "radonc-sft",
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.size": FONT_SIZE,
    "text.color": COLOURS["ink"],
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["muted"],
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": FONT_SIZE + 1,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": COLOURS["rule"],
    "grid.linewidth": 0.8,
    "figure.facecolor": COLOURS["paper"],
    "savefig.facecolor": COLOURS["paper"],
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelsize": FONT_SIZE - 1,
    "ytick.labelsize": FONT_SIZE - 1,
    "axes.labelsize": FONT_SIZE - 1,
    "xtick.major.width": 0.8,
    "ytick.major.width": 0.8,
}

ElementTree.register_namespace("", NAMESPACE)
ElementTree.register_namespace("xlink", XLINK)


@contextmanager
def drawing(height: float) -> Iterator[Figure]:
    """Give an empty figure in the project's style, ``WIDTH`` units wide and ``height`` units high."""
    with matplotlib.rc_context():
        # From matplotlib's own defaults, so that a user's matplotlibrc changes no byte.
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield Figure(figsize=(WIDTH / 72, height / 72))


def axes_within(figure: Figure, *, left: float, right: float, top: float, bottom: float) -> Axes:
    """Give axes with these margins in units, so that figures side by side line up whatever their labels."""
    height = figure.get_figheight() * 72
    return figure.add_axes(
        (left / WIDTH, bottom / height, (WIDTH - left - right) / WIDTH, (height - top - bottom) / height)
    )


def write_title(figure: Figure, title: str) -> None:
    """Write a figure's title at its upper left corner."""
    height = figure.get_figheight() * 72
    figure.text(2 / WIDTH, 1 - 14 / height, title, weight="bold", size=FONT_SIZE + 1)


def to_svg(figure: Figure, title: str, description: str) -> str:
    """Return a figure as an SVG document.

    Parameters
    ----------
    figure
        A figure of ``drawing``, still within its context.
    title, description
        What a screen reader reads out: what the figure is, and what is seen in it.
    """
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    root = ElementTree.fromstring(stream.getvalue())
    _drop(root, "metadata")
    _drop(root, "style")
    _drop_unused_ids(root)
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    root.attrib.update(
        {"width": f"{width:g}", "height": f"{height:g}", "stroke-linejoin": "round", "stroke-linecap": "butt"}
    )
    return labelled(root, title, description)


def labelled(root: ElementTree.Element, title: str, description: str) -> str:
    """Return an SVG element as text, with a title and a description for those who cannot see it."""
    root.attrib.update({"role": "img", "aria-labelledby": "title description"})
    for position, (tag, text) in enumerate({"title": title, "desc": description}.items()):
        element = ElementTree.Element(f"{{{NAMESPACE}}}{tag}", {"id": {"desc": "description"}.get(tag, tag)})
        element.text = text
        root.insert(position, element)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def inline(svg: str, prefix: str) -> str:
    """Return an SVG document as a part of the page.

    Its ids get a prefix, since they must be unique in the page, and its colours become the page's variables.
    """
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r'href="#', f'href="#{prefix}-', svg)
    svg = re.sub(r"url\(#", f"url(#{prefix}-", svg)
    svg = svg.replace('aria-labelledby="title description"', f'aria-labelledby="{prefix}-title {prefix}-description"')
    for name, colour in COLOURS.items():
        # A variable is understood in a style, not in an attribute: the figures put their colours in styles alone.
        svg = svg.replace(colour, f"var(--{name})")
    return svg


def in_page(svg: str, prefix: str) -> Markup:
    """Return an SVG document as ``inline`` does, for a template."""
    return Markup(inline(svg, prefix))


def _drop(root: ElementTree.Element, tag: str) -> None:
    for parent in list(root.iter()):
        for child in [found for found in parent if found.tag == f"{{{NAMESPACE}}}{tag}"]:
            parent.remove(child)


def _drop_unused_ids(root: ElementTree.Element) -> None:
    used = set(re.findall(r"#([\w-]+)", ElementTree.tostring(root, encoding="unicode")))
    for element in root.iter():
        if element.attrib.get("id") not in used:
            element.attrib.pop("id", None)
