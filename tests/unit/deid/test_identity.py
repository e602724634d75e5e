import pytest

from radonc.deid.scrubber.identity import Identity


def test_values_come_one_or_several_and_blanks_tell_nothing():
    identity = Identity.told(
        {"last_name": "Lund", "physician": ["Ito, Rei", "Abara", "Ito, Rei"], "mrn": " ", "city": []}
    )
    assert identity.of("last_name") == ["Lund"]
    assert identity.of("physician") == ["Abara", "Ito, Rei"]
    assert identity.of("mrn") == identity.of("city") == identity.of("unheard_of") == []


@pytest.mark.parametrize(
    ("birth", "latest", "over"),
    [
        ("1925-05-02", "2015-05-01", False),
        ("1925-05-02", "2015-05-02", True),
        ("1924-05-02", "2014-05-02", True),
        ("1926-05-02", "2015-12-31", False),
        ("1924-02-29", "2014-02-28", False),
        ("1924-02-29", "2014-03-01", True),
        ("2015-05-02", "2014-05-02", False),
    ],
)
@pytest.mark.parametrize("column", ["diagnosis_date", "start_date", "end_date"])
def test_an_age_over_89_shows_in_the_latest_date(birth, latest, over, column):
    known = {"birth_date": birth, "diagnosis_date": "2000-01-01"} | {column: latest}
    assert Identity.told(known).over_89 is over


def test_without_dates_nothing_shows_and_what_was_noted_stays():
    assert not Identity.told({}).over_89
    assert not Identity.told({"birth_date": "1920-01-01"}).over_89
    noted = Identity(over_89=True)
    noted.settle_age()
    assert noted.over_89


def test_everybody_whom_the_records_name_is_a_person():
    identity = Identity.told(
        {
            "first_name": "Ann Beth", "middle_name": "C.", "last_name": "O'Dowd Jr", "former_name": "Lund",
            "relative_name": "Lund, Tobias (husband)", "physician": "Dr. Rei Ito, MD", "annotator": "R. Abara",
        }
    )  # fmt: skip
    assert list(identity.people()) == [
        (["ann", "beth", "c"], ["o", "dowd"]),
        (["ann", "beth", "c"], ["lund"]),
        (["tobias"], ["lund"]),
        (["rei"], ["ito"]),
        (["r"], ["abara"]),
    ]


def test_a_patient_with_one_name_is_a_person_too():
    assert list(Identity.told({"first_name": "Sukarno"}).people()) == [(["sukarno"], [])]
    assert list(Identity().people()) == [([], [])]
