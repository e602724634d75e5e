import pytest
from deid_extract import DIAGNOSIS, LEXICON, PLAN, WHITFIELD, YOUNG, extract
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from radonc.deid import structured_fields
from radonc.deid.scrubber.known_identifiers import Identity, KnownIdentifierMatcher
from radonc.deid.scrubber.lexicon import WordClass
from radonc.deid.scrubber.tokenizer import merge, redact, tokenize

MATCHERS = {
    patient: KnownIdentifierMatcher(identity, LEXICON)
    for patient, identity in structured_fields.identities(extract()).items()
}


def redacted(text, matcher):
    return redact(text, merge(text, matcher.find(tokenize(text))))


def matcher_of(**known):
    return KnownIdentifierMatcher(Identity.from_columns(known), LEXICON)


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
def test_a_patients_identifiers_in_all_their_forms(text, expected):
    assert redacted(text, MATCHERS["100234"]) == expected


@pytest.mark.parametrize("text", ["YOUNG woman", "young, grace", "a Young", "in the grace of", "mobile mass"])
def test_in_a_patients_record_common_words_are_found_too(text):
    assert redacted(text, MATCHERS["100777"]) != text


def test_short_names_are_found_as_they_are_and_not_across_words():
    matcher = matcher_of(first_name="Ann", last_name="Li")
    assert redacted("an N2 node; Ann Li; LI; lip; l i", matcher) == "an N2 node; [NAME]; [NAME]; lip; l i"


def test_a_name_of_one_letter_is_found_in_the_full_name():
    matcher = matcher_of(first_name="Thant", last_name="U")
    assert redacted("U. Thant, Thant U: U is a letter, vitamin U", matcher) == "[NAME]: U is a letter, vitamin U"


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
    assert redacted(text, matcher_of(**known)) == expected


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
    matcher = matcher_of(last_name=name)
    wrong = one_edit(name.lower())
    missed = [word for word in wrong if redacted(f"seen {word.capitalize()} again", matcher) != "seen [NAME] again"]
    assert len(wrong) > 100
    # Tibias are bones.
    assert all(LEXICON.classify(word) is WordClass.ALLOWED for word in missed)
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
    assert redacted(text, matcher_of(last_name=name)) == expected


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
    is_misspelt = OSA.distance(name, word) == 1 and LEXICON.classify(word) is not WordClass.ALLOWED
    assert (redacted(text, matcher_of(last_name=name)) != text) is (word in (name, name + "s") or is_misspelt)


@pytest.mark.parametrize(("age", "is_redacted"), [(89, False), (90, True)])
def test_the_birth_year_is_found_where_it_shows_an_age_over_89(age, is_redacted):
    diagnosis = DIAGNOSIS | {"diagnosis_date": None, "age": age}
    plan = PLAN | {"start_date": None, "end_date": None}
    identity = structured_fields.identities(extract(diagnoses=(diagnosis,), plans=(plan,)))["100234"]
    assert ("[DATE]" in redacted("worked since 1951", KnownIdentifierMatcher(identity, LEXICON))) is is_redacted


@pytest.mark.parametrize(("end", "is_redacted"), [("2041-05-01", False), ("2041-05-02", True)])
def test_the_birth_year_is_found_where_a_plan_comes_after_the_90th_birthday(end, is_redacted):
    identity = structured_fields.identities(extract(plans=(PLAN | {"end_date": end},)))["100234"]
    assert ("[DATE]" in redacted("in the navy since 1951", KnownIdentifierMatcher(identity, LEXICON))) is is_redacted


@pytest.mark.parametrize(
    ("column", "value", "text", "is_found"),
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
def test_plans_and_machines_are_found_unless_they_are_clinical_language(column, value, text, is_found):
    assert ("[ID]" in redacted(text, matcher_of(**{column: value}))) is is_found


def test_an_unlisted_identifier_column_is_found_as_a_record_number():
    matcher = matcher_of(pacemaker_serial="PM-77 1234")
    assert redacted("device PM771234 in situ", matcher) == "device [ID] in situ"


def test_a_patient_without_any_identifier_is_no_error():
    assert redacted("Lund, 3/14/2015", matcher_of()) == "Lund, 3/14/2015"
    assert redacted("Lund", matcher_of(first_name="", last_name=" . ", mrn="--", phone="none", city=",")) == "Lund"


def test_the_matchers_of_this_file_are_those_of_its_people():
    assert (
        redacted(WHITFIELD["last_name"], MATCHERS["100234"])
        == redacted(YOUNG["last_name"], MATCHERS["100777"])
        == "[NAME]"
    )
    assert redacted(WHITFIELD["last_name"], MATCHERS["100777"]) == WHITFIELD["last_name"]


# ---- identity -----------------------------------------------------------------------------------------------------


def test_values_come_one_or_several_and_blanks_tell_nothing():
    identity = Identity.from_columns(
        {"last_name": "Lund", "physician": ["Ito, Rei", "Abara", "Ito, Rei"], "mrn": " ", "city": []}
    )
    assert identity.values_of("last_name") == ["Lund"]
    assert identity.values_of("physician") == ["Abara", "Ito, Rei"]
    assert identity.values_of("mrn") == identity.values_of("city") == identity.values_of("unlisted") == []


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
    assert Identity.from_columns(known).over_89 is over


def test_without_dates_nothing_shows_and_what_was_noted_stays():
    assert not Identity.from_columns({}).over_89
    assert not Identity.from_columns({"birth_date": "1920-01-01"}).over_89
    assert Identity.from_columns({}, over_89=True).over_89


def test_everybody_whom_the_records_name_is_a_person():
    identity = Identity.from_columns(
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
    assert list(Identity.from_columns({"first_name": "Sukarno"}).people()) == [(["sukarno"], [])]
    assert list(Identity.from_columns({}).people()) == [([], [])]
