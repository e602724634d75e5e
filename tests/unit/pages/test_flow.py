import pytest
import report_inputs
from lxml import etree

from radonc.pages.flow import draw_flow
from radonc.run.errors import StudyError


def texts(svg):
    return [text for text in etree.fromstring(svg).itertext() if text.strip()]


def test_every_number_and_reason_is_drawn_in_order():
    flow = report_inputs.flow()
    svg = draw_flow(flow)
    drawn = texts(svg)
    for step in flow["steps"]:
        assert f"{step['rejected']:,}" in drawn
        assert f"{step['remaining']:,}" in drawn
        assert f"{step['label']}: {step['rejected']:,}" in svg
    assert [drawn.index("15,724"), drawn.index("7,903")] == sorted([drawn.index("15,724"), drawn.index("7,903")])


def test_same_flow_same_bytes():
    assert draw_flow(report_inputs.flow()) == draw_flow(report_inputs.flow())


def test_labels_are_escaped():
    flow = report_inputs.flow()
    flow["steps"][0]["label"] = "<script>alert(1)</script> & so on"
    svg = draw_flow(flow)
    assert "<script" not in svg
    etree.fromstring(svg)


def test_boxes_stay_within_the_drawing():
    root = etree.fromstring(draw_flow(report_inputs.flow()))
    width, height = (float(part) for part in root.get("viewBox").split()[2:])
    for box in root.iter("{*}rect"):
        assert 0 <= float(box.get("x")) <= float(box.get("x")) + float(box.get("width")) <= width
        assert 0 <= float(box.get("y")) <= float(box.get("y")) + float(box.get("height")) <= height


def test_a_flow_without_steps_is_a_flow():
    assert "7" in texts(draw_flow({"extracted": 7, "kept": 7, "steps": []}))


@pytest.mark.parametrize("change", [{"kept": 7902}, {"extracted": 15725}])
def test_nobody_may_vanish(change):
    with pytest.raises(StudyError, match=r"flow\.json.*run the cohort stage again"):
        draw_flow({**report_inputs.flow(), **change})
