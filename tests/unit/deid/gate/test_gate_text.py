import pytest

from radonc.deid.gate.folded_text import CUT, find_dates, fold_text, fold_tokens, has_any_of, has_full_date
from radonc.deid.gate.people import is_distinct

OWN = {(2014, 3, 7)}


@pytest.mark.parametrize(
    ("text", "term", "held"),
    [
        ("the O'Neil scan", "oneil", True),
        ("the ONeil scan", "oneil", True),
        ("an N2 node", "ann", False),
        ("Ann", "ann", True),
        ("Anne", "ann", False),
        ("Anne and Ann", "ann", True),
        ("ann2", "ann", True),
        ("TB 3", "tb3", True),
        ("TB-34", "tb3", False),
        ("12-34-56", "123456", True),
        ("12-34-567", "123456", False),
        ("C50.911", " 50911 ", False),
        ("zip 50911.", " 50911 ", True),
        ("Muñoz", "munoz", True),
        ("Whit\u200bfield", "whitfield", True),
        ("[NAME]", "name", False),
        ("[OTHER]", "other", False),
        ("[MR. NAME]", "name", True),
        ("Smi[DATE]th", "smith", False),
        (f"Smi{CUT}th", "smith", True),
        ("digest 3bbdf1760d20b4a875f8726c0014736d", "1760", False),
        ("item r5f363534ae8f", "363534", False),
        ("p = 0.000123456789", "000123456789", False),
        ("call 319.5550147", "3195550147", True),
    ],
)
def test_what_a_text_holds(text, term, held):
    assert fold_text(text).contains(term) is held


def test_a_text_is_cut_at_its_tags_and_folded():
    text = fold_text("Seen by [NAME] in Größe 2")
    assert text.spaced == f" seen by {CUT} in grosse 2 "
    assert text.joined == f"seenby{CUT}ingrosse2"
    assert text.capitalised == {"seen", *fold_tokens("Größe")}


WHOLE = [
    "3/14/2015", "03-14-2015", "14.3.2015", "2015-03-14", "2015/3/4", "march 14, 2015", "14mar2015", "dob-3/14/2015",
    "2015_03_14", "14_march_2015", "2015-03-14t10:15",
]  # fmt: skip


@pytest.mark.parametrize("text", [*WHOLE, "march 2015", "mar 2015", "14 mar 2015", "sept 2015", "may 2015"])
def test_whole_dates_and_named_months_with_a_year_count_in_any_record(text):
    assert has_full_date(find_dates(text))


@pytest.mark.parametrize("text", [*WHOLE[:4], *WHOLE[5:]])
def test_a_whole_date_is_read(text):
    assert ("day", 2015, 3, 14) in find_dates(text)


@pytest.mark.parametrize("text", ["20150314", "03142015", "14032015", "plan_20150314.log"])
def test_eight_digits_may_be_a_date(text):
    assert ("compact", 2015, 3, 14) in find_dates(text)
    assert not has_full_date(find_dates(text))
    assert has_any_of(find_dates(text), {(2015, 3, 14)})


@pytest.mark.parametrize("text", ["3/7/14", "07.03.14", "march 7", "7 mar", "7th of march", "3/2014", "03-2014"])
def test_short_dates_are_the_patients_alone(text):
    assert has_any_of(find_dates(text), OWN)
    assert not has_any_of(find_dates(text), {(1960, 12, 24)})
    assert not has_full_date(find_dates(text))


@pytest.mark.parametrize(
    "text",
    [
        "3+7=14", "3/7 nodes", "3, 7, 14", "2014", "2013-2015", "marked 2015", "decreased 2014", "may benefit", "may 7",
        "13/45/2015", "42.5.5040", "1/3/7/14", "v3.7.14.2", "grade 3", "53/7/14", "3/7/141", "201403071", "0.20140307",
    ],
)  # fmt: skip
def test_what_is_no_date(text):
    assert not has_any_of(find_dates(text), OWN)
    assert not has_full_date(find_dates(text))


@pytest.mark.parametrize(
    ("name", "distinct"),
    [
        ("Breast R 2", False), ("LeftHip", False), ("HDR", False), ("SkinOf", False), ("RT_Breast_boost", False),
        ("JS Breast", True), ("HW_RtBrst", True), ("Whitfield_Brst", True), ("breastxq", True), ("", False),
        ("7", False),
    ],
)  # fmt: skip
def test_names_of_plans_that_say_more_than_site_and_side(name, distinct):
    assert is_distinct(name) is distinct
