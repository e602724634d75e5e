import pytest
from deid_extract import DIAGNOSIS, PLAN, WHITFIELD, YOUNG, extract

from radonc.deid import known
from radonc.deid.scrub import close, merge
from radonc.deid.spans import view


def own_closed(text, patient="100234", **tables):
    hunt = known.own(known.identities(extract(**tables))[patient])
    return close(text, merge(text, hunt.spans(view(text))))


def anybody_closed(text, **tables):
    anybody = known.Anybody(known.identities(extract(**tables)).values())
    return close(text, merge(text, anybody.spans(text, view(text))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Harriet Whitfield is", "[NAME] is"),
        ("WHITFIELD, HARRIET J. is", "[NAME]. is"),
        ("whitfield's scan", "[NAME]'s scan"),
        ("the Whitfields", "the [NAME]"),
        ("Whitfield", "[NAME]"),
        ("H. Whitfield and H.J. Whitfield", "[NAME] and [NAME]"),
        ("H J is well", "H J is well"),
        ("Harriet W. came", "[NAME]. came"),
        ("husband Tobias. s/p lumpectomy", "husband [NAME]. s/p lumpectomy"),
        ("Mr. Pemberton, Ms. Whitfield", "Mr. [NAME], Ms. [NAME]"),
        ("HarrietWhitfield, hwhitfield", "[NAME]"),
        ("Whit\u00adfield", "[NAME]"),
        ("Whit-field", "[NAME]"),
        ("ms o'dowd, née O Dowd, ODowd", "ms [NAME], née [NAME]"),
        ("husband Tobias", "husband [NAME]"),
        ("seen by Pemberton", "seen by [NAME]"),
        ("planned by L. Achterberg", "planned by [NAME]"),
        ("Whitfieldson, Pembertonian", "Whitfieldson, Pembertonian"),
        ("mrn 481516 and 00481516", "mrn 481516 and [ID]"),
        ("0048-1516, 00 48 15 16, #00481516", "[ID], #[ID]"),
        ("100234 in the system", "[ID] in the system"),
        ("DX70001, DX-70001", "[ID]"),
        ("3195550147", "[PHONE]"),
        ("319/555 0147", "[PHONE]"),
        ("ECOG 1 319.555.0147", "ECOG 1 [PHONE]"),
        ("555 0147", "[PHONE]"),
        ("12 orchard ln", "[PLACE]"),
        ("on Orchard Lane", "on [PLACE]"),
        ("from Cedar  Rapids", "from [PLACE]"),
        ("52401, 52401-1234", "[PLACE]"),
        ("52.401 and 524.01", "52.401 and 524.01"),
        ("harriet.w@example.org", "[EMAIL]"),
        ("born 5/2/51", "born [DATE]"),
        ("2 may 1951", "[DATE]"),
        ("dx mar 2014, march 7", "dx [DATE]"),
        ("RT 14.04.2014", "RT [DATE]"),
        ("on TrueBeam 3, plan HW RtBrst", "on [ID], plan [ID]"),
        ("Gleason 3+7=10, 3/7 nodes, in 2014", "Gleason 3+7=10, 3/7 nodes, in 2014"),
    ],
)
def test_own_identifiers_in_all_their_forms(text, expected):
    assert own_closed(text) == expected


@pytest.mark.parametrize("text", ["YOUNG woman", "young, grace", "a Young", "in the grace of", "mobile mass"])
def test_in_the_own_record_common_words_are_hunted_too(text):
    assert own_closed(text, patient="100777") != text


def test_short_names_are_hunted_as_they_are_and_not_across_words():
    people = (WHITFIELD | {"first_name": "Ann", "last_name": "Li", "middle_name": None},)
    assert own_closed("an N2 node; Ann Li; LI; lip", patients=people) == "an N2 node; [NAME]; [NAME]; lip"


def test_dates_of_the_plans_are_own_dates():
    assert own_closed("ended may 6th") == "ended [DATE]"


@pytest.mark.parametrize(("age", "closes"), [(89, False), (90, True)])
def test_the_birth_year_is_hunted_where_it_shows_an_age_over_89(age, closes):
    diagnosis = DIAGNOSIS | {"diagnosis_date": None, "age": age}
    plan = PLAN | {"start_date": None, "end_date": None}
    text = own_closed("worked since 1951", diagnoses=(diagnosis,), plans=(plan,))
    assert ("[DATE]" in text) is closes


def test_the_birth_year_is_hunted_where_a_plan_comes_after_the_90th_birthday():
    text = "in the navy since 1951"
    assert own_closed(text, plans=(PLAN | {"end_date": "2041-05-01"},)) == text
    assert own_closed(text, plans=(PLAN | {"end_date": "2041-05-02"},)) == "in the navy since [DATE]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sister Harriet Whitfield", "sister [NAME]"),
        ("Whitfield, Harriet", "[NAME]"),
        ("asked Whitfield", "asked [NAME]"),
        ("WHITFIELD", "[NAME]"),
        ("a whitfield", "a whitfield"),
        ("Harriet", "Harriet"),
        ("Grace Young", "[NAME]"),
        ("Young, Grace", "[NAME]"),
        ("Young woman in Grace", "Young woman in Grace"),
        ("lives in Cedar Rapids", "lives in [PLACE]"),
        ("Mobile mass", "Mobile mass"),
        ("Dr Achterberg", "Dr [NAME]"),
        ("Rosalind Pemberton", "[NAME]"),
        ("00481516", "[ID]"),
        ("0048/1516", "0048/1516"),
        ("3195550147", "[PHONE]"),
        ("harriet.w@example.org", "[EMAIL]"),
        ("12 Orchard Lane Apt 4", "[PLACE]"),
        ("52401", "52401"),
        ("Lin", "Lin"),
        ("Hodgkin lymphoma, Gray units, Ann Arbor II", "Hodgkin lymphoma, Gray units, Ann Arbor II"),
    ],
)
def test_what_is_telling_in_anybodys_record(text, expected):
    common = (
        YOUNG | {"patient_id": "1", "first_name": "Otto", "last_name": "Hodgkin"},
        YOUNG | {"patient_id": "3", "last_name": "Lin"},
        YOUNG | {"patient_id": "2", "first_name": "Otto", "last_name": "Gray", "city": "Ann Arbor"},
    )
    assert anybody_closed(text, patients=(WHITFIELD, YOUNG, *common)) == expected


def test_an_unlisted_identifier_column_is_hunted_as_a_record_number():
    hunt = known.own(known.Identity({"pacemaker_serial": {"PM-77 1234"}}))
    assert [span.label.value for span in hunt.spans(view("device PM771234 in situ"))] == ["ID"]


def test_a_patient_without_any_identifier_is_no_error():
    assert not list(known.own(known.Identity()).spans(view("some text")))
