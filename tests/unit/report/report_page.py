"""A report as its readers see it: sections, and the numbers in them."""

import pickle
from contextlib import contextmanager
from functools import wraps

import pytest
import report_inputs
from lxml import html

from radonc.report import cohort, figures, report, robustness, training


def made_once(draw):
    """Return a function that draws a figure where its inputs differ from all before in any of their bytes."""
    drawn = {}

    @wraps(draw)
    def draw_once(*inputs):
        key = pickle.dumps(inputs)
        if key not in drawn:
            drawn[key] = draw(*inputs)
        return drawn[key]

    return draw_once


# Nearly all of a page's time goes into its figures, and most pages differ from another one in a table.
SHARED = {
    (module, name): made_once(getattr(module, name))
    for module, names in {
        cohort: ("ages_by_sex", "shares"),
        figures: ("scores", "learning_curve", "reliability", "confusion_matrix"),
        robustness: ("forest_plot",),
        training: ("training_curve",),
    }.items()
    for name in names
}


@contextmanager
def drawing_once():
    """Take from earlier pages what they had as well."""
    with pytest.MonkeyPatch.context() as patch:
        for (module, name), shared in SHARED.items():
            patch.setattr(module, name, shared)
        yield


def render(inputs):
    with drawing_once():
        return report.render(inputs)


def render_changed(**changes):
    return html.document_fromstring(render(report_inputs.report(60, 40, **changes)))


def section(page, name):
    return page.get_element_by_id(name)


def values(element):
    return {float(value) for value in element.xpath(".//@data-value")}
