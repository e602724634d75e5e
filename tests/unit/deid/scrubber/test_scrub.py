import unicodedata
from datetime import date
from itertools import pairwise
from time import process_time

import pytest
from deid_extract import LEXICON, WHITFIELD, YOUNG, extract, scrubber
from hypothesis import given
from hypothesis import strategies as st
from linear_time import growth

from radonc.deid import structured_fields
from radonc.deid.scrubber.lexicon import Lexicon
from radonc.deid.scrubber.scrub import Scrubber, count_tokens
from radonc.deid.scrubber.tokenizer import Span, redact, tokens_of
from radonc.vocabulary.tags import TAG, Label

PEOPLE = structured_fields.identities(extract())
SCRUBBER = Scrubber(PEOPLE["100234"], LEXICON)
STRANGER = scrubber()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" ", " "),
        ("no one", "no one"),
        (
            "Mrs. Whitfield (MRN 00481516), 63 yo, s/p R lumpectomy 3/7/14 w/ Dr Pemberton; 2/14 nodes, ER 95%.",
            "Mrs. [NAME] (MRN [ID]), 63 yo, s/p R lumpectomy [DATE] w/ Dr [NAME]; 2/14 nodes, ER 95%.",
        ),
        (
            "Pt Harriet referred by Dr. Okafor from Cedar Rapids, prior RT 50.4 Gy in 28 fx, call Tobias 319-555-0147",
            "Pt [NAME] referred by Dr. [NAME] from [PLACE], prior RT 50.4 Gy in 28 fx, call [NAME] [PHONE]",
        ),
        ("whitfield, harriet jane", "[NAME]"),
        ("Whitfield/Pemberton", "[NAME]"),
        ("Harriet Whitfield A", "[NAME] A"),
        ("A Whitfield", "[NAME]"),
        ("nodes pos.\n00481516", "nodes pos.\n[ID]"),
        ("SEEN BY US WITH MUCH PAIN. Grace reports it", "SEEN BY US WITH MUCH PAIN. [NAME] reports it"),
        ("her sister Okafor-Whitfield", "her sister [NAME]"),
        ("Whitfeild came; Harreit came", "[NAME] came; [NAME] came"),
        ("[NAME] seen by [NAME] 3/14/2015", "[NAME] seen by [NAME] [DATE]"),
        ("[DATE]-Whitfield", "[DATE]-[NAME]"),
        ("Whitfield92-year-old", "[NAME][AGE]-year-old"),
        ("Whitfield3/14/2015", "[NAME][DATE]"),
        # what masks places inside stands in the text
        ("\0", " "),
        ("Whit\0field", "[NAME]"),
        ("Harriet\0Whitfield", "[NAME]"),
        ("\0\0Okafor\0", "  [NAME] "),
        ("3/14/\0", "[DATE]/ "),
    ],
)  # fmt: skip
def test_texts_as_clinicians_write_them(text, expected):
    assert SCRUBBER.scrub(text)[0] == expected


HOW = {
    "composed": lambda text: unicodedata.normalize("NFC", text),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "soft hyphens": lambda text: text.replace("ü", "ü\u00ad").replace("te", "t\u00ade"),
    "hard blanks": lambda text: text.replace(" ", "\u00a0"),
    "narrow blanks": lambda text: text.replace(" ", "\u202f"),
    "wide blanks": lambda text: text.replace(" ", "\u3000"),
    "hard hyphens": lambda text: text.replace("-", "\u2011"),
    "full width": lambda text: "".join(
        chr(ord(mark) + 0xFEE0) if mark.isalnum() and mark.isascii() else mark for mark in text
    ),
    "right to left": lambda text: f"\u202b{text}\u202c",
    "left in right": lambda text: f"שלום {text} עולם",
    "emoji": lambda text: f"👩‍⚕️ {text} 👍🏽",
    "ligatures": lambda text: text.replace("fi", "ﬁ").replace("ff", "ﬀ"),
    "upper case": str.upper,
    "lower case": str.lower,
    "carriage returns": lambda text: f"Note:\r{text}\r",
    "zero width": lambda text: text.replace("te", "t\u200be").replace("ri", "r\u200di"),
    "a mark at the start": lambda text: "\ufeff" + text,
}
KNOWN = {
    "first_name": "Harriet", "last_name": "Müller-Whitfield", "mrn": "00481516", "phone": "319-555-0147",
    "birth_date": "1951-05-02", "city": "Cedar Rapids", "email": "harriet.w@example.org", "street": "12 Orchard Lane",
}  # fmt: skip


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(
    "identifier",
    ["Harriet Müller-Whitfield", "Müller-Whitfield, Harriet", "H. Müller-Whitfield", "00481516", "319-555-0147",
     "319 555 0147", "May 2, 1951", "5/2/1951", "Cedar Rapids", "12 Orchard Lane", "harriet.w@example.org"],
)  # fmt: skip
def test_known_identifiers_are_redacted_however_unicode_writes_them(how, identifier):
    scrubbed, _ = scrubber(**KNOWN).scrub(HOW[how](f"seen {identifier} again"))
    left = set(tokens_of(TAG.sub(" ", scrubbed)))
    assert not left & set(tokens_of(identifier)) - {"h"}
    assert "again" in left


@pytest.mark.parametrize("how", sorted(HOW.keys() - {"lower case", "upper case"}))
@pytest.mark.parametrize(
    ("identifier", "gone"),
    [
        ("Dr. Long", "long"),
        ("Lund, Anna", "lund anna"),
        ("Grace Hope Hunter", "grace hope hunter"),
        ("92 years old", "92"),
        ("MRN: 4711", "4711"),
        ("March 14, 2015", "march 14 2015"),
        ("3/14/2015", "3 14 2015"),
        ("319-555-0147", "319 555 0147"),
        ("St. Vincent's Hospital", "vincent hospital"),
    ],
)
def test_unknown_identifiers_are_redacted_however_unicode_writes_it(how, identifier, gone):
    left = set(tokens_of(TAG.sub(" ", STRANGER.scrub(HOW[how](f"seen {identifier} again"))[0])))
    assert not left & set(gone.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("é 3 cm — 3/14/2015", ["3/14/2015"]),
        ("👍👍 Okafor", ["Okafor"]),
        ("Jose\u0301 Mun\u0303oz came", ["Jose\u0301 Mun\u0303oz"]),
        ("\u202eOkafor\u202c", ["Okafor"]),
        ("O\u00adka\u00adfor", ["O\u00adka\u00adfor"]),
        ("é 3/14/2015 é Okafor", ["3/14/2015", "Okafor"]),
    ],
)
def test_offsets_count_characters_of_the_input(text, expected):
    _, spans = STRANGER.scrub(text)
    assert [text[span.start : span.end] for span in spans] == expected


def test_a_patient_named_like_a_tag_does_not_break_the_tags():
    person = scrubber(first_name="Id", last_name="Name", city="Date", mrn="[NAME]")
    assert person.scrub("Ms. Name of Date, again Name")[0] == "Ms. [NAME] of [PLACE], again [NAME]"
    assert person.scrub("[NAME] [DATE] [ID][OTHER]") == ("[NAME] [DATE] [ID][OTHER]", [])
    assert person.scrub("[name] [Name] NAME")[0].lower().count("name") == 3


def test_names_of_one_letter_do_not_close_every_letter():
    person = scrubber(first_name="J", last_name="O")
    assert person.scrub("T stage, N stage, vitamin D, O sat 95%")[0] == "T stage, N stage, vitamin D, O sat 95%"
    assert person.scrub("seen: J. O., J O and O, J today")[0].count("O") == 0


def test_what_a_clinic_adds_passes_but_not_what_is_known_of_the_patient():
    words = Lexicon(["Zorblax"])
    assert scrubber(words).scrub("on Zorblax with Okafor")[0] == "on Zorblax with [NAME]"
    assert scrubber(words, last_name="Zorblax").scrub("on Zorblax")[0] == "on [NAME]"


def test_each_patient_is_scrubbed_with_what_is_known_of_them_whoever_came_before():
    text = "young woman in the grace of youth"
    young = Scrubber(PEOPLE["100777"], LEXICON)
    assert (STRANGER.scrub(text)[0], young.scrub(text)[0], STRANGER.scrub(text)[0]) == (
        text, "[NAME] woman in the [NAME] of youth", text,
    )  # fmt: skip


# ---- texts of any length --------------------------------------------------------------------------------------

UNITS = {
    "clinical": "Invasive ductal carcinoma, pT2N0M0, 50.4 Gy in 28 fx; 2/14 nodes. ",
    "known": "Harriet Whitfield came on 5/2/51 with MRN 00481516, 319-555-0147. ",
    "known in lines": "Whitfield\n",
    "capitals": "SEEN BY DR GRACE HOPE AT MERCY HOSPITAL\n",
    "unknown": "Xqzt Okafor, quux ",
    "one word": "a",
    "one code": "a1",
    "one number": "1",
    "marks": "a-.'",
    "accents": "e\u0301",
    "tags": "[NAME] [",
    "institutions": "of the Hospital at ",
    "initials": "A. B. ",
    "surnames first": "Lee, Ann, ",
    "titles": "Dr. Mrs. ",
    "blanks": " \n",
}


@pytest.mark.parametrize("kind", UNITS)
def test_the_time_grows_as_the_text_does(kind):
    unit = UNITS[kind]
    assert growth(SCRUBBER.scrub, lambda n: (unit * (n // len(unit) + 1))[:n], 8_000) < 9


def test_a_text_of_a_megabyte_is_scrubbed_in_seconds():
    text = "".join(UNITS.values()) * 4_000
    assert len(text) > 1_000_000
    started = process_time()
    scrubbed, spans = SCRUBBER.scrub(text)
    assert process_time() - started < 20
    assert "Whitfield" not in scrubbed
    assert len(spans) > 10_000


# ---- properties -----------------------------------------------------------------------------------------------

CLINICAL = st.sampled_from(
    ["1/12 nodes pos", "50.4 Gy in 28 fx", "cT1c N0", "PSA 64.9", "ER 95%", "KPS 90", "declined surgery", "RUL mass"]
)  # fmt: skip
SEPARATOR = st.sampled_from([" ", ", ", "; ", ": ", ". ", "\n", " (", ") ", " - ", "/", " \u2013 "])
CASE = st.sampled_from([str, str.lower, str.upper, str.title])
BETWEEN = st.sampled_from(["", " ", "-", ".", "\u2010", "  ", "_", "'", "\u2019"])
DAY_FORMATS = [
    "%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d", "%d %b %Y", "%B %d, %Y", "%b %Y", "%B %Y", "%d.%m.%Y", "%m-%d-%y", "%d%b%Y",
    "%d %B", "%Y%m%d", "%B %d",
]  # fmt: skip


@st.composite
def identifiers(draw):
    """Draw an identifier of the patient, written in some way, and what must not survive of it."""
    kind = draw(st.sampled_from(["name", "number", "phone", "date", "place"]))
    if kind == "name":
        parts = draw(st.permutations(["Harriet", "Whitfield"]))
        return draw(CASE)(draw(st.sampled_from([" ", ", ", "-", "_", " J. "])).join(parts)), ("harriet", "whitfield")
    if kind == "number":
        return draw(BETWEEN).join(["0048", "15", "16"]), ("0048", "1516")
    if kind == "phone":
        form = draw(st.sampled_from(["({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "{} {} {}", "{}{}{}"]))
        return form.format("319", "555", "0147"), ("0147",)
    if kind == "date":
        day = draw(st.sampled_from([date(1951, 5, 2), date(2014, 3, 7), date(2014, 4, 14)]))
        shown = day.strftime(draw(st.sampled_from(DAY_FORMATS)))
        return draw(CASE)(shown), (shown.lower(),)
    place = draw(st.sampled_from(["Cedar Rapids", "12 Orchard Lane", "Orchard Ln", "Cedar-Rapids"]))
    return draw(CASE)(place), ("cedar", "orchard")


@given(CLINICAL, SEPARATOR, identifiers(), SEPARATOR, CLINICAL)
def test_a_known_identifier_never_survives(before, left, identifier, right, after):
    written, traces = identifier
    scrubbed, _ = SCRUBBER.scrub(f"{before}{left}{written}{right}{after}")
    assert not any(trace in scrubbed.lower() for trace in traces)


@given(CLINICAL, st.sampled_from([". ", "; ", ".\n"]), identifiers(), st.sampled_from([". ", "; ", ".\n"]), CLINICAL)
def test_what_stands_in_the_sentences_beside_an_identifier_survives(before, left, identifier, right, after):
    scrubbed, _ = SCRUBBER.scrub(f"{before}{left}{identifier[0]}{right}{after}")
    assert scrubbed.startswith(before + left)
    assert scrubbed.endswith(after)


SENTENCES = [
    "Invasive ductal carcinoma of the left breast.", "She lives with her husband Tobias in Cedar Rapids.",
    "Seen by Dr. Okafor on 3/14/2015 at Mercy Hospital.", "MRN 00481516, phone 319-555-0147.",
    "50.4 Gy in 28 fractions to the pelvis.", "Harriet is well.", "WHITFIELD, HARRIET J.", "Grace reports pain.",
    "A 92-year-old man from Iowa.", "Mail harriet.w@example.org or call Tobias.", "RTOG 0617; pT2N0M0; 6 MV photons.",
    "Follow up in three months.", "wife grace helps", "Anna de la Cruz, MD", "PSA 8.4, Gleason 3+4=7.",
    "12 Orchard Lane Apt 4, Cedar Rapids 52401",
    "Code 12345-JS of St. Vincent's Hospital.", "since March, in the fall of 2014", "The zorblax was given in May.",
    "DR GRACE HOPE SAW THE PATIENT", "Mr. Hodgkin has Hodgkin lymphoma.", "Dx 5/2/51; RT April 14 to May 6.",
]  # fmt: skip


@pytest.mark.parametrize("text", SENTENCES)
def test_scrubbing_what_is_scrubbed_changes_nothing(text):
    once, _ = SCRUBBER.scrub(text)
    assert SCRUBBER.scrub(once) == (once, [])


@given(st.lists(st.sampled_from(SENTENCES), min_size=2, max_size=5), st.sampled_from([" ", "\n", "\n\n", "; "]))
def test_scrubbing_what_is_scrubbed_changes_nothing_in_notes_of_several_sentences(sentences, joint):
    once, _ = SCRUBBER.scrub(joint.join(sentences))
    assert SCRUBBER.scrub(once) == (once, [])


PIECES = st.one_of(
    CLINICAL, identifiers().map(lambda pair: pair[0]), SEPARATOR, st.sampled_from([label.tag for label in Label]),
    st.sampled_from(["Dr.", "Mrs", "92", "-year-old", "MRN", "May", "in", "on", "3", "/", "14", "wife", "Lund", "St."]),
    st.text(max_size=8),
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join))
def test_spans_are_in_order_apart_and_lead_from_input_to_output(text):
    scrubbed, spans = SCRUBBER.scrub(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    assert redact(text.replace("\0", " "), spans) == scrubbed
    assert len(TAG.findall(scrubbed)) == len(TAG.findall(text)) + len(spans)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_scrubbing_again_reveals_nothing_and_keeps_the_tags(text):
    once, _ = SCRUBBER.scrub(text)
    twice, spans = SCRUBBER.scrub(once)
    assert not any(TAG.search(once[span.start : span.end]) for span in spans)
    kept = TAG.findall(twice)
    assert len(kept) == len(TAG.findall(once)) + len(spans)
    assert set(tokens_of(TAG.sub(" ", twice))) <= set(tokens_of(TAG.sub(" ", once)))


def test_tokens_are_counted_as_they_are_cut():
    text = "Ann Lee-Okafor, 63F"
    assert count_tokens(text, []) == (5, 0)
    assert count_tokens(text, [Span(0, 14, Label.NAME)]) == (5, 3)
    assert count_tokens("", []) == (0, 0)


def test_the_patients_of_this_file_are_those_of_the_extract():
    assert PEOPLE["100234"].values_of("last_name") == [WHITFIELD["last_name"]]
    assert PEOPLE["100777"].values_of("first_name") == [YOUNG["first_name"]]
