import pytest
from deid_extract import DIAGNOSIS, LEXICON, PLAN, WHITFIELD, YOUNG, extract
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from radonc.deid import structured
from radonc.deid.scrubber.identity import Identity
from radonc.deid.scrubber.known import own
from radonc.deid.scrubber.lexicon import Standing
from radonc.deid.scrubber.reading import read
from radonc.deid.scrubber.spans import close, merge

HUNTS = {patient: own(identity, LEXICON) for patient, identity in structured.identities(extract()).items()}


def closed(text, hunt):
    return close(text, merge(text, hunt.spans(read(text))))


def told(**known):
    return own(Identity.told(known), LEXICON)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # names
        ("Harriet Whitfield is", "[NAME] is"),
        ("whitfield's scan", "[NAME]'s scan"),
        ("the Whitfields", "the [NAME]"),
        ("Whitfield", "[NAME]"),
        ("H. Whitfield and H.J. Whitfield", "[NAME] and [NAME]"),
        ("H J is well", "H J is well"),
        ("husband Tobias. s/p lumpectomy", "husband [NAME]. s/p lumpectomy"),
        ("Mr. Pemberton, Ms. Whitfield", "Mr. [NAME], Ms. [NAME]"),
        ("HarrietWhitfield, hwhitfield", "[NAME]"),
        ("Whit\u00adfield", "[NAME]"),
        ("Whit-field", "[NAME]"),
        ("Whit field", "[NAME]"),
        ("ms o'dowd, née O Dowd, ODowd", "ms [NAME], née [NAME]"),
        ("husband Tobias", "husband [NAME]"),
        ("seen by Pemberton", "seen by [NAME]"),
        ("planned by L. Achterberg", "planned by [NAME]"),
        ("Whitfieldson, Pembertonian", "Whitfieldson, Pembertonian"),
        # record numbers
        ("0048-1516, 00 48 15 16, #00481516", "[ID], #[ID]"),
        ("9900481516, 004815167", "9900481516, 004815167"),
        ("100234 in the system", "[ID] in the system"),
        ("DX70001, DX-70001", "[ID]"),
        # phone
        ("3195550147", "[PHONE]"),
        ("319/555 0147", "[PHONE]"),
        ("ECOG 1. Call 319.555.0147", "ECOG 1. Call [PHONE]"),
        ("555 0147", "[PHONE]"),
        # address
        ("12 orchard ln", "[PLACE]"),
        ("on Orchard Lane", "on [PLACE]"),
        ("from Cedar  Rapids", "from [PLACE]"),
        ("52401, 52401-1234", "[PLACE]"),
        ("52.401 and 524.01", "52.401 and 524.01"),
        ("harriet.w@example.org", "[EMAIL]"),
        # dates
        ("born 5/2/51", "born [DATE]"),
        ("2 may 1951", "[DATE]"),
        ("dx mar 2014, march 7", "dx [DATE]"),
        ("RT 14.04.2014", "RT [DATE]"),
        ("ended may 6th", "ended [DATE]"),
        # plans and machines
        ("on TrueBeam 3, plan HW RtBrst", "on [ID], plan [ID]"),
        # nothing of hers
        ("Gleason 3+7=10, 3/7 nodes, in 2014", "Gleason 3+7=10, 3/7 nodes, in 2014"),
        ("", ""),
        ("...", "..."),
    ],
)
def test_own_identifiers_in_all_their_forms(text, expected):
    assert closed(text, HUNTS["100234"]) == expected


@pytest.mark.parametrize("text", ["YOUNG woman", "young, grace", "a Young", "in the grace of", "mobile mass"])
def test_in_the_own_record_common_words_are_hunted_too(text):
    assert closed(text, HUNTS["100777"]) != text


def test_short_names_are_hunted_as_they_are_and_not_across_words():
    hunt = told(first_name="Ann", last_name="Li")
    assert closed("an N2 node; Ann Li; LI; lip; l i", hunt) == "an N2 node; [NAME]; [NAME]; lip; l i"


def test_a_name_of_one_letter_is_hunted_in_the_full_name():
    hunt = told(first_name="Thant", last_name="U")
    assert closed("U. Thant, Thant U: U is a letter, vitamin U", hunt) == "[NAME]: U is a letter, vitamin U"


@pytest.mark.parametrize(
    ("known", "text", "expected"),
    [
        # a name that holds sentences together
        ({"first_name": "Will"}, "Will called", "[NAME] called"),
        ({"first_name": "Will"}, "He will call", "He will call"),
        ({"first_name": "Will"}, "HE WILL CALL", "HE [NAME] CALL"),
        ({"last_name": "Do"}, "Ms. Do: do not call", "Ms. [NAME]: do not call"),
        # nicknames
        ({"first_name": "William"}, "Bill and Billy came", "[NAME] and [NAME] came"),
        ({"first_name": "William"}, "The bill was paid", "The bill was paid"),
        ({"first_name": "Arthur"}, "Art came; the art of", "[NAME] came; the art of"),
        ({"first_name": "Margaret"}, "peggy came", "[NAME] came"),
        ({"first_name": "Peggy"}, "Margaret came", "[NAME] came"),
        # a text without capitals tells no name from a word
        ({"first_name": "Will"}, "he will call", "he [NAME] call"),
        ({"first_name": "William"}, "the bill was paid", "the [NAME] was paid"),
    ],
)
def test_names_and_nicknames_that_are_words_count_with_a_capital(known, text, expected):
    assert closed(text, told(**known)) == expected


def one_edit(name):
    """Return all words one edit away from a name: a letter more, less or other, or two changed about."""
    letters = "aeiknorsty"
    cuts = [(name[:place], name[place:]) for place in range(len(name) + 1)]
    return sorted(
        {head + tail[1:] for head, tail in cuts if tail}
        | {head + letter + tail[1:] for head, tail in cuts if tail for letter in letters}
        | {head + letter + tail for head, tail in cuts for letter in letters}
        | {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    )


@pytest.mark.parametrize("name", ["Whitfield", "Achterberg", "Okafor", "Lindqvist", "Tobias", "Brandt"])
def test_names_of_five_letters_are_found_with_one_letter_wrong(name):
    hunt = told(last_name=name)
    wrong = one_edit(name.lower())
    missed = [word for word in wrong if closed(f"seen {word.capitalize()} again", hunt) != "seen [NAME] again"]
    assert len(wrong) > 100
    # Tibias are bones.
    assert all(LEXICON.standing(word) is Standing.FREE for word in missed)
    assert len(missed) <= 1


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Whitfield", "Whitfeald, Hwitfeild, a whitfild", "Whitfeald, Hwitfeild, a whitfild"),
        ("Lund", "Lung, Lundt, Lunde", "Lung, Lundt, Lunde"),
        ("Nodell", "Nodal disease, Model", "Nodal disease, Model"),
        ("Brandt", "Brand new, Brandts", "[NAME] new, [NAME]"),
        ("Marsh", "Marshes, Mars", "Marshes, [NAME]"),
        ("Tobias", "Tibias, Tobais", "Tibias, [NAME]"),
    ],
)
def test_two_edits_short_names_and_clinical_words_are_let_alone(name, text, expected):
    assert closed(text, told(last_name=name)) == expected


@st.composite
def names_and_words(draw):
    """Draw a name, and what none to three edits make of it."""
    name = word = draw(st.text("abcdefgh", min_size=5, max_size=9))
    for _ in range(draw(st.integers(0, 3))):
        place, letter = draw(st.integers(0, len(word) - 1)), draw(st.sampled_from("abcxyz"))
        head, tail = word[:place], word[place:]
        made = [head + tail[1:], head + letter + tail, head + letter + tail[1:], head + tail[1:2] + tail[:1] + tail[2:]]
        word = draw(st.sampled_from(made))
    return name, word


@given(names_and_words())
def test_a_word_is_taken_for_a_name_exactly_where_one_edit_parts_them(pair):
    name, word = pair
    text = f"seen {word.capitalize()} again"
    is_misspelt = OSA.distance(name, word) == 1 and LEXICON.standing(word) is not Standing.FREE
    assert (closed(text, told(last_name=name)) != text) is (word in (name, name + "s") or is_misspelt)


@pytest.mark.parametrize(("age", "closes"), [(89, False), (90, True)])
def test_the_birth_year_is_hunted_where_it_shows_an_age_over_89(age, closes):
    diagnosis = DIAGNOSIS | {"diagnosis_date": None, "age": age}
    plan = PLAN | {"start_date": None, "end_date": None}
    identity = structured.identities(extract(diagnoses=(diagnosis,), plans=(plan,)))["100234"]
    assert ("[DATE]" in closed("worked since 1951", own(identity, LEXICON))) is closes


@pytest.mark.parametrize(("end", "closes"), [("2041-05-01", False), ("2041-05-02", True)])
def test_the_birth_year_is_hunted_where_a_plan_comes_after_the_90th_birthday(end, closes):
    identity = structured.identities(extract(plans=(PLAN | {"end_date": end},)))["100234"]
    assert ("[DATE]" in closed("in the navy since 1951", own(identity, LEXICON))) is closes


@pytest.mark.parametrize(
    ("column", "value", "text", "is_hunted"),
    [
        ("plan_name", "Smith_Breast", "plan smith breast", True),
        ("plan_name", "JS Prostate", "plan JS prostate", True),
        ("plan_name", "HWBrst", "plan HWBrst", True),
        ("plan_name", "Brain_0042", "plan brain 0042", True),
        ("plan_name", "Prostate", "the prostate", False),
        ("plan_name", "RT Breast 2", "rt breast 2", False),
        ("plan_name", "LeftHip", "left hip", False),
        ("plan_name", "BaseOf Tongue", "base of tongue", False),
        ("plan_name", "Boost", "a boost", False),
        ("machine", "TrueBeam3", "on TrueBeam 3", True),
        ("machine", "TB3", "on TB-3", True),
        ("machine", "Linac 2", "on linac 2", True),
        ("machine", "HDR", "by HDR", False),
        ("machine", "Linac", "the linac", False),
    ],
)
def test_plans_and_machines_are_hunted_unless_they_are_clinical_language(column, value, text, is_hunted):
    assert ("[ID]" in closed(text, told(**{column: value}))) is is_hunted


def test_an_unlisted_identifier_column_is_hunted_as_a_record_number():
    hunt = told(pacemaker_serial="PM-77 1234")
    assert closed("device PM771234 in situ", hunt) == "device [ID] in situ"


def test_a_patient_without_any_identifier_is_no_error():
    assert closed("Lund, 3/14/2015", told()) == "Lund, 3/14/2015"
    assert closed("Lund", told(first_name="", last_name=" . ", mrn="--", phone="none", city=",")) == "Lund"


def test_the_hunts_of_this_file_are_those_of_its_people():
    assert closed(WHITFIELD["last_name"], HUNTS["100234"]) == closed(YOUNG["last_name"], HUNTS["100777"]) == "[NAME]"
    assert closed(WHITFIELD["last_name"], HUNTS["100777"]) == WHITFIELD["last_name"]
