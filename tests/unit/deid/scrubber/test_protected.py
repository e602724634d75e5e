"""What the tasks need stays, as ``protected.txt`` has it from the field's language; what is in doubt goes."""

import re
from collections import Counter
from pathlib import Path

import pytest
from deid_extract import scrubber

SCRUBBER = scrubber()
LINES = [
    line.split("|", 1)
    for line in Path(__file__).with_name("protected.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def marked(text):
    """Return a text without its marks, and the places that were marked."""
    places, parts = [], re.split("[⟪⟫]", text)
    position = 0
    for number, part in enumerate(parts):
        if number % 2:
            places.append((position, position + len(part)))
        position += len(part)
    return "".join(parts), places


def test_every_line_marks_something_and_no_line_stands_twice():
    assert len(LINES) > 1000
    assert all(
        places and all(end > start for start, end in places) for _, text in LINES for _, places in [marked(text)]
    )
    assert [text for text, n in Counter(text for _, text in LINES).items() if n > 1] == []


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in LINES}))
def test_what_the_tasks_need_survives(kind):
    damaged = []
    for line_kind, text in LINES:
        plain, places = marked(text)
        if line_kind == kind:
            scrubbed, spans = SCRUBBER.scrub(plain)
            if any(span.start < end and start < span.end for span in spans for start, end in places):
                damaged.append((text, scrubbed))
    assert damaged == []


AMBIGUOUS = [
    # what must not be left of it, and the text
    ("grace", "Grace reports pain"),
    ("walker", "Walker used outdoors"),
    ("faith", "Faith is important to her"),
    ("hodgkin", "Mr. Hodgkin came"),
    ("gleason", "Dr. Gleason"),
    ("will", "her husband Will"),
    ("art", "her son Art helps"),
    ("rose may hunter", "seen by Rose May Hunter"),
    ("grace hope", "SEEN BY DR GRACE HOPE"),
    ("grace hope", "PATIENT GRACE HOPE HAS PAIN"),
    ("karla", "visited by Karla from the choir"),
    ("anna s st vincent hospital", "Dr. Anna S. of St. Vincent's Hospital"),
    ("anna s st vincent hospital", "DR. ANNA S. OF ST. VINCENT'S HOSPITAL"),
    ("ucsf medical center", "UCSF Medical Center"),
    ("12345 js", "12345-JS"),
    ("987654", "S-987654"),
    ("smith", "Patient:\nSmith\nAge 60"),
    ("wilson", "Wilson reports pain"),
    ("gray", "Gray says that it hurts"),
    ("paget", "Mrs. Paget has a disease"),
    ("merkel", "Angela Merkel has a cell phone"),
    ("brown", "Brown, MD"),
    ("long", "seen by dr long today"),
    ("day", "Mr. and Mrs. Day"),
    ("white", "Attending: White"),
    ("may", "Dr. May"),
    ("april", "April came with her mother"),
    ("june", "his aunt June drives"),
    ("mercy", "She was treated at Mercy before"),
    ("maple ridge", "from Maple Ridge Hospital"),
    ("jordan", "Jordan denied pain"),
    ("tuscaloosa", "moved to Tuscaloosa"),
    ("xqzt", "the xqzt was given"),
    ("grace", "GRACE"),
    ("john smith", "called john smith today"),
    ("grace", '"Grace" came'),
    ("smith jones", "Smith|Jones|60"),
    ("smith jones", "Smith_Jones"),
    ("grace", "<b>Grace</b> came"),
    ("grace rose", "- Grace\n- Rose"),
    ("field", "named Field"),
    ("smith", "drsmith"),
    ("smith", "SmithMD"),
    ("may", "Patient lives with May"),
]
ORDINARY = [
    "Hodgkin lymphoma", "Hodgkin's disease", "Gleason 3+4=7", "Ewing sarcoma of the hip", "8 Gray", "brown sputum",
    "Gray matter is intact", "Will return", "may have pain", "a walker for balance", "rose to 12",
    "had faith in it", "a long course", "White count 4.2", "Black stools", "the head of the pancreas",
    "Merkel cell carcinoma", "Paget disease of the nipple", "Wilms tumor", "Bell palsy", "Graves disease",
    "Murphy sign", "Foley placed",
]  # fmt: skip


@pytest.mark.parametrize(("gone", "text"), AMBIGUOUS)
def test_ambiguous_words_are_redacted(gone, text):
    left = set(re.findall(r"\w+", SCRUBBER.scrub(text)[0].lower()))
    assert not left & set(gone.split())


@pytest.mark.parametrize("text", ORDINARY)
def test_words_in_their_ordinary_sense_are_kept(text):
    assert SCRUBBER.scrub(text)[0] == text
