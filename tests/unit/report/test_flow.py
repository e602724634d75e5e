import pytest
import report_inputs
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from radonc.report.flow import draw_flow, publish
from radonc.report.small_cells import SUPPRESSED
from radonc.runtime.errors import StudyError

STAGE = {reason: stage for reason, (stage, _, _) in report_inputs.REASONS.items()}


def texts(svg):
    return [text for text in etree.fromstring(svg).itertext() if text.strip()]


def flow_of(kept=7903, **rejected):
    """Make the flow of a study by how many left for each reason."""
    flow = report_inputs.flow()
    numbers = {step["reason"]: rejected.get(step["reason"], step["rejected"]) for step in flow["steps"]}
    remaining = flow["extracted"] = kept + sum(numbers.values())
    for step in flow["steps"]:
        remaining -= numbers[step["reason"]]
        step.update(rejected=numbers[step["reason"]], remaining=remaining)
    left = sum(n for reason, n in numbers.items() if STAGE[reason] != "annotation")
    return flow | {"candidates": flow["extracted"] - left, "kept": kept}


def leaves(shown):
    """Return the numbers at the ends of all arrows, as shown."""
    boxes = [shown.excluded, *shown.annotation]
    return [n for box in boxes for n in ([n for _, reasons in box.groups for _, n in reasons] or [box.n])]


def test_every_number_and_reason_is_drawn_in_order():
    flow = report_inputs.flow()
    svg = draw_flow(flow)
    drawn = texts(svg)
    for step in flow["steps"]:
        assert f"{step['rejected']:,}" in drawn
        if step["reason"] != "excluded_by_annotator":  # one reason is one box
            assert f"{step['label']}: {step['rejected']:,}" in svg
    spine = ["15,724", "patients extracted", "9,475", "candidates", "7,903", "cases"]
    assert [drawn.index(text) for text in spine] == sorted(drawn.index(text) for text in spine)
    exits = ["Excluded by rules", "6,249", "Awaiting annotation", "1,572", "Excluded by annotators", "0"]
    assert set(exits) <= set(drawn)


def test_the_boxes_add_up():
    shown = publish(report_inputs.flow())
    number = {name: int(text.replace(",", "")) for name, text in vars(shown).items() if isinstance(text, str)}
    excluded, *annotation = (int(box.n.replace(",", "")) for box in (shown.excluded, *shown.annotation))
    assert number["extracted"] - excluded == number["candidates"]
    assert number["candidates"] - sum(annotation) == number["kept"]
    assert excluded + sum(annotation) == sum(int(n.replace(",", "")) for n in leaves(shown))


def test_reasons_stand_under_their_stage():
    assert [(name, len(reasons)) for name, reasons in publish(report_inputs.flow()).excluded.groups] == [
        ("Record", 1),
        ("Diagnosis", 5),
        ("Plan", 2),
    ]


def test_same_flow_same_bytes():
    assert draw_flow(report_inputs.flow()) == draw_flow(report_inputs.flow())


def test_labels_are_escaped():
    flow = report_inputs.flow()
    flow["steps"][0]["label"] = "<script>alert(1)</script> & so on"
    svg = draw_flow(flow)
    assert "<script" not in svg
    etree.fromstring(svg)


@pytest.mark.parametrize("flow", [report_inputs.flow(), flow_of(no_plan=3)], ids=["plain", "with small numbers"])
def test_boxes_and_lines_stay_within_the_drawing_and_apart(flow):
    root = etree.fromstring(draw_flow(flow))
    width, height = (float(part) for part in root.get("viewBox").split()[2:])
    backdrop, *boxes = (
        [float(box.get(name)) for name in ("x", "y", "width", "height")] for box in root.iter("{*}rect")
    )
    assert backdrop == [0, 0, width, height]
    for number, (x, y, w, h) in enumerate(boxes):
        assert 0 <= x < x + w <= width
        assert 0 <= y < y + h <= height
        for other_x, other_y, other_w, other_h in boxes[:number]:
            assert x >= other_x + other_w or other_x >= x + w or y >= other_y + other_h or other_y >= y + h
    for line in root.iter("{*}text"):
        assert any(x <= float(line.get("x")) <= x + w and y <= float(line.get("y")) <= y + h for x, y, w, h in boxes)


def test_a_flow_without_steps_is_a_flow():
    drawn = texts(draw_flow({"extracted": 70, "candidates": 70, "kept": 70, "steps": []}))
    assert drawn.count("70") == 3


@pytest.mark.parametrize("change", [{"kept": 7902}, {"candidates": 9474}, {"extracted": 15725}])
def test_nobody_may_vanish(change):
    with pytest.raises(StudyError, match=r"flow\.json.*run the cohort stage again"):
        draw_flow({**report_inputs.flow(), **change})


# ---- small numbers -----------------------------------------------------------------------------------------------


def test_a_small_number_is_hidden_with_the_next_smallest():
    flow = flow_of(no_plan=4)
    shown = publish(flow)
    plan = dict(shown.excluded.groups[-1][1])
    assert plan["No treatment plan"] == "<11"
    assert leaves(shown).count(SUPPRESSED) == 1
    assert dict(shown.excluded.groups[0][1])["A record of the patient could not be read"] == SUPPRESSED
    assert (shown.candidates, shown.excluded.n) == (f"{flow['candidates']:,}", f"{15724 - 7903 - 1572 - 940:,}")


def test_a_small_number_after_the_candidates_hides_them_if_need_be():
    shown = publish(flow_of(excluded_by_annotator=3, no_plan=4))
    assert (shown.candidates, shown.excluded.n) == (SUPPRESSED, SUPPRESSED)
    assert shown.annotation[1].n == "<11"
    assert shown.annotation[0].n == "1,572"


def test_a_box_does_not_show_what_its_reasons_hide():
    shown = publish(flow_of(annotation_outstanding=5))
    awaiting, _ = shown.annotation
    assert dict(awaiting.groups[0][1])["An answer awaits annotation"] == "<11"
    assert awaiting.n == SUPPRESSED


def test_few_cases_or_few_who_left_follow_from_no_two_ends():
    nobody = dict.fromkeys(report_inputs.REASONS, 0)
    few_left = publish(flow_of(kept=95, **{**nobody, next(iter(nobody)): 5}))
    assert (few_left.extracted, few_left.candidates, few_left.kept) == (SUPPRESSED, SUPPRESSED, "95")
    assert few_left.excluded.n == SUPPRESSED
    few_kept = publish(flow_of(kept=8))
    assert (few_kept.extracted, few_kept.candidates, few_kept.kept) == (SUPPRESSED, SUPPRESSED, "<11")
    assert few_kept.excluded.n == "6,249"


def test_a_study_may_ask_for_more_than_eleven():
    assert "<400" in leaves(publish(report_inputs.flow(), smallest=400))
    assert "<400" in texts(draw_flow(report_inputs.flow(), smallest=400))


@settings(max_examples=60)
@given(st.fixed_dictionaries({reason: st.integers(0, 25) for reason in report_inputs.REASONS}))
def test_no_small_number_is_drawn_or_follows_from_a_difference(rejected):
    flow = flow_of(kept=500, **rejected)
    shown = publish(flow)
    numbers = [int(n) for n in leaves(shown) if n.isdigit()]
    assert all(n == 0 or n >= 11 for n in numbers)
    hidden = sum(rejected.values()) - sum(numbers)
    n_hidden = len(rejected) - len(numbers)
    # One hidden number would be what is missing from the sum.
    assert n_hidden != 1
    if shown.candidates != SUPPRESSED:
        before = [reason for reason, stage in STAGE.items() if stage != "annotation"]
        after = [reason for reason in STAGE if reason not in before]
        marks = dict(zip(STAGE, leaves(shown), strict=True))
        for part in (before, after):
            assert sum(not marks[reason].isdigit() for reason in part) != 1
    for box in shown.annotation:
        if box.n.isdigit():
            assert int(box.n) == 0 or int(box.n) >= 11
    assert hidden >= 0
