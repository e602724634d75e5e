from datetime import date
from itertools import pairwise

import pytest
from deid_extract import WHITFIELD, YOUNG, extract
from hypothesis import assume, given
from hypothesis import strategies as st

from radonc.deid import known
from radonc.deid.scrub import Scrubber, close, merge
from radonc.deid.spans import TAG, Label, Span

PEOPLE = known.identities(extract())
ANYBODY = known.Anybody(PEOPLE.values())
SCRUBBER = Scrubber(known.own(PEOPLE["100234"]), ANYBODY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
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
        ("[NAME] seen by [NAME] 3/14/2015", "[NAME] seen by [NAME] [DATE]"),
        ("[DATE]-Whitfield", "[DATE]-[NAME]"),
        ("Whit\0field", "[NAME]"),
        ("Whitfield92-year-old", "[NAME][AGE]-year-old"),
        ("Harriet\0Whitfield", "[NAME]"),
    ],
)  # fmt: skip
def test_texts_as_clinicians_write_them(text, expected):
    assert SCRUBBER.scrub(text)[0] == expected


def test_a_patient_named_like_a_tag_does_not_break_the_tags():
    people = known.identities(
        extract(patients=(YOUNG | {"patient_id": "100234", "last_name": "Name", "city": "Date"},))
    )
    scrubber = Scrubber(known.own(people["100234"]), known.Anybody(people.values()))
    assert scrubber.scrub("Ms. Name of Date, again Name")[0] == "Ms. [NAME] of [PLACE], again [NAME]"
    assert scrubber.scrub("[NAME] [DATE]")[0] == "[NAME] [DATE]"


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 3, "NAME"), (4, 8, "NAME")], [(0, 8, "NAME")]),
        ([(0, 3, "NAME"), (4, 8, "DATE")], [(0, 3, "NAME"), (4, 8, "DATE")]),
        ([(0, 3, "NAME"), (2, 8, "DATE")], [(0, 8, "DATE")]),
        ([(0, 8, "NAME"), (2, 4, "DATE")], [(0, 8, "NAME")]),
        ([(2, 4, "ID"), (2, 4, "PHONE")], [(2, 4, "ID")]),
        ([(4, 8, "ID"), (0, 2, "ID")], [(0, 2, "ID"), (4, 8, "ID")]),
    ],
)
def test_merging(spans, expected):
    merged = merge("abc defg", [Span(start, end, Label(label)) for start, end, label in spans])
    assert [(span.start, span.end, span.label.value) for span in merged] == expected


CLINICAL = st.sampled_from(
    [
        "2/14 nodes pos",
        "50.4 Gy in 28 fx",
        "cT1c N0",
        "PSA 8.4",
        "ER 95%",
        "KPS 90",
        "declined surgery",
        "in 2015",
        "RUL mass",
    ]
)
SEPARATOR = st.sampled_from([" ", ", ", "; ", ": ", ". ", "\n", " (", ") ", " - ", "/", " \u2013 "])
CASE = st.sampled_from([str, str.lower, str.upper, str.title])
BETWEEN = st.sampled_from(["", " ", "-", ".", "\u2010", "  ", "_", "'", "\u2019"])
DAY_FORMATS = [
    "%m/%d/%Y",
    "%m/%d/%y",
    "%Y-%m-%d",
    "%d %b %Y",
    "%B %d, %Y",
    "%b %Y",
    "%B %Y",
    "%d.%m.%Y",
    "%m-%d-%y",
    "%d%b%Y",
]


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
        return draw(st.sampled_from(["({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "{} {} {}", "{}{}{}"])).format(
            "319", "555", "0147"
        ), ("0147",)
    if kind == "date":
        day = draw(st.sampled_from([date(1951, 5, 2), date(2014, 3, 7), date(2014, 4, 14)]))
        shown = day.strftime(draw(st.sampled_from(DAY_FORMATS)))
        return draw(CASE)(shown), (shown.lower(),)
    return draw(CASE)(draw(st.sampled_from(["Cedar Rapids", "12 Orchard Lane", "Orchard Ln", "Cedar-Rapids"]))), (
        "cedar",
        "orchard",
    )


@given(CLINICAL, SEPARATOR, identifiers(), SEPARATOR, CLINICAL)
def test_a_known_identifier_never_survives_and_what_is_beside_it_does(before, left, identifier, right, after):
    written, traces = identifier
    scrubbed, _ = SCRUBBER.scrub(f"{before}{left}{written}{right}{after}")
    assert not any(trace in scrubbed.lower() for trace in traces)
    # A slash makes one number of what stands on its two sides; "KPS 90 Orchard Ln" may be house number 90.
    assume("/" not in (left, right) and not (left.isspace() and before[-1].isdigit()))
    assert scrubbed.startswith(before)
    assert scrubbed.endswith(after)


PIECES = st.one_of(
    CLINICAL, identifiers().map(lambda pair: pair[0]), SEPARATOR, st.sampled_from([label.tag for label in Label]),
    st.sampled_from(["Dr.", "Mrs", "92", "-year-old", "MRN", "May", "in", "on", "3", "/", "14", "wife", "Lund"]),
    st.text(max_size=8),
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join))
def test_scrubbing_what_is_scrubbed_changes_nothing(text):
    once, _ = SCRUBBER.scrub(text)
    assert SCRUBBER.scrub(once) == (once, [])


@given(st.lists(PIECES, max_size=12).map("".join))
def test_spans_are_in_order_apart_and_lead_from_input_to_output(text):
    scrubbed, spans = SCRUBBER.scrub(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    assert close(text.replace("\0", " "), spans) == scrubbed
    before = len(TAG.findall(text))
    assert len(TAG.findall(scrubbed)) == before + len(spans)


def test_the_patients_of_this_file_are_the_ones_hunted():
    assert PEOPLE["100234"].of("last_name") == [WHITFIELD["last_name"]]
