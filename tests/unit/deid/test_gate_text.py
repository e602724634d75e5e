import pytest

from radonc.deid.gate_text import fold_runs, pieces, tells_date

OWN = {(2014, 3, 7)}


@pytest.mark.parametrize(
    ("text", "needle", "held"),
    [
        ("the O'Neil scan", "oneil", True),
        ("the ONeil scan", "oneil", True),
        ("an N2 node", "ann", False),
        ("Ann", "ann", True),
        ("Anne", "ann", False),
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
        ("Smi[DATE]th", "smith", False),
    ],
)
def test_what_a_text_holds(text, needle, held):
    assert any(piece.holds(needle) for piece in pieces(text)) is held


def test_a_text_is_cut_at_its_tags_and_folded():
    first, second = pieces("Seen by [NAME] in Größe 2")
    assert (first.spaced, first.joined, first.has_digits) == (" seen by ", "seenby", False)
    assert second.has_digits
    assert first.capitalised == {"seen"}
    assert second.capitalised == set(fold_runs("Größe"))


@pytest.mark.parametrize(
    "text",
    [
        "3/14/2015", "03-14-2015", "14.3.2015", "2015-03-14", "2015/3/4", "march 2015", "mar 2015", "14 mar 2015",
        "march 14, 2015", "14mar2015", "sept 2015", "may 2015", "dob-3/14/2015",
    ],
)  # fmt: skip
def test_whole_dates_are_anybodys(text):
    assert tells_date(text, set())


@pytest.mark.parametrize("text", ["3/7/14", "07.03.14", "march 7", "7 mar", "7th of march", "3/2014", "03-2014"])
def test_short_dates_are_the_patients_alone(text):
    assert tells_date(text, OWN)
    assert not tells_date(text, {(1960, 12, 24)})


@pytest.mark.parametrize(
    "text",
    [
        "3+7=14", "3/7 nodes", "3, 7, 14", "2014", "2013-2015", "marked 2015", "decreased 2014", "may benefit", "may 7",
        "13/45/2015", "42.5.5040", "1/3/7/14", "v3.7.14.2", "grade 3", "53/7/14", "3/7/141",
    ],
)  # fmt: skip
def test_what_is_no_date(text):
    assert not tells_date(text, OWN)
