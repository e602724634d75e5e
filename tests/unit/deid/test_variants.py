from datetime import date

import pytest

from radonc.deid import variants


def joined(forms):
    return {" ".join(form) for form in forms}


def test_a_full_name_comes_in_both_orders_and_with_initials_beside_a_part():
    forms = joined(variants.full_names(["ann", "beth"], ["lee"]))
    assert {
        "ann beth lee",
        "lee ann beth",
        "ann lee",
        "lee ann",
        "a lee",
        "lee a",
        "a b lee",
        "ann b lee",
        "ann l",
    } <= forms
    assert not forms & {"a", "a b", "a b l", "lee"}
    assert not list(variants.full_names([], ["lee"]))


def test_initials_that_stand_for_a_name_make_no_pair_of_initials():
    assert joined(variants.full_names(["j"], ["lee"])) == {"j lee", "lee j"}


def test_parts_of_one_letter_are_no_parts():
    assert variants.name_parts(["o", "neil", "li"]) == ["neil", "li"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lee", (["ann"], ["lee"])),
        ("Lee, Ann", (["ann"], ["lee"])),
        ("Dr. Ann B. Lee, MD PhD", (["ann", "b"], ["lee"])),
        ("Lee", ([], ["lee"])),
        ("Dr. Lee", ([], ["lee"])),
        ("Ann Lee (wife)", (["ann"], ["lee"])),
        ("daughter: Ann", ([], ["ann"])),
        ("van der Berg, Jan", (["jan"], ["van", "der", "berg"])),
        ("wife", ([], [])),
    ],
)
def test_people_are_named_without_titles_and_kinship(text, expected):
    assert variants.person(text) == expected


def test_a_phone_comes_without_country_area_and_extension():
    assert joined(variants.phone("+1 (319) 555-0147 x22")) == {"3195550147", "5550147"}
    assert not list(variants.phone("x4711"))


def test_a_street_comes_with_each_suffix_and_without_unit_and_number():
    forms = joined(variants.street("12 Orchard Ln, Apt. 4B"))
    assert {"12 orchard ln", "12 orchard lane", "12 orchard", "orchard ln", "orchard lane"} <= forms
    assert "orchard" not in forms


@pytest.mark.parametrize(
    ("text", "hunted"),
    [
        ("Smith_Breast", True), ("JS Prostate", True), ("HWBrst", True), ("Prostate", False), ("RT Breast 2", False),
        ("LeftHip", False), ("BaseOf Tongue", False), ("Boost", False), ("1A", False), ("6 MV", False),
    ],
)  # fmt: skip
def test_plan_names_that_are_clinical_language_are_not_hunted(text, hunted):
    assert bool(list(variants.plan(text))) is hunted


@pytest.mark.parametrize(
    ("text", "hunted"),
    [("TrueBeam3", True), ("TB3", True), ("TrueBeam", True), ("Linac 2", True), ("HDR", False), ("GammaKnife", False)],
)
def test_machines_are_hunted_unless_they_are_techniques(text, hunted):
    assert bool(list(variants.machine(text))) is hunted


@pytest.mark.parametrize(
    "form",
    [
        "03 07 2014", "3 7 14", "3 7 2014", "07 03 2014", "2014 03 07", "mar 7 2014", "7 mar 14", "march 7 2014",
        "march 7 th 2014", "7 th of march 2014", "mar 2014", "march 2014", "march 7", "7 march", "20140307",
    ],
)  # fmt: skip
def test_a_day_comes_in_all_common_formats(form):
    assert form in variants.day(date(2014, 3, 7))


def test_a_day_never_comes_as_two_numbers_or_as_the_year():
    for form in variants.day(date(2014, 3, 7)):
        assert form not in ("2014", "3 2014", "03 2014")
        assert not all(part.isdigit() and len(part) < 4 for part in form.split()) or len(form.split()) == 3


@pytest.mark.parametrize(("day", "ordinal"), [(1, "st"), (2, "nd"), (3, "rd"), (4, "th"), (11, "th"), (22, "nd")])
def test_ordinals(day, ordinal):
    assert f"may {day} {ordinal} 2014" in variants.day(date(2014, 5, day))
