"""A report as its readers see it: sections, and the numbers in them."""

import report_inputs
from lxml import html

from radonc.report.report import render


def render_changed(**changes):
    return html.document_fromstring(render(report_inputs.report(60, 40, **changes)))


def section(page, name):
    return page.get_element_by_id(name)


def values(element):
    return {float(value) for value in element.xpath(".//@data-value")}
