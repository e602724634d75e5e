"""The report of a made-up study: whole, of few cases, and of nothing."""

import pytest
import report_inputs
from lxml import html
from report_page import render, render_changed

from radonc.data.outcomes import TABLES


@pytest.fixture(scope="session")
def inputs():
    return report_inputs.report(ratings=report_inputs.ratings())


@pytest.fixture(scope="session")
def text(inputs):
    return render(inputs)


@pytest.fixture(scope="session")
def page(text):
    return html.document_fromstring(text)


@pytest.fixture(scope="session")
def small():
    return render(report_inputs.report(60, 40))


@pytest.fixture(scope="session")
def bare():
    """Return the page of a study of which nothing has been done."""
    no_rows = {name: getattr(report_inputs.report(60, 40), name).head(0) for name in ("cases", "scores", *TABLES)}
    empty = {name: {} for name in ("audit", "lengths", "manifests", "curves", "pairs", "outstanding", "provenance")}
    return render_changed(**no_rows, **empty, ratings={"rated": 0}, synthetic=False)
