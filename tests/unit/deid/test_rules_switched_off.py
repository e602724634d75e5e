"""Every rule is needed: with it a text is closed, and with it alone switched off something of the text stays open."""

from dataclasses import replace
from datetime import date

import pytest
from deid_extract import DIAGNOSIS, LEXICON, PLAN, WHITFIELD, crosswalk_of, extract

from radonc.data import fields, schemas
from radonc.data.fields import Kind
from radonc.deid import structured
from radonc.deid.scrubber import (
    closing,
    context,
    counts,
    known,
    lexicon,
    patterns,
    reading,
    runs,
    scrub,
    signature_patterns,
    variants,
    writing,
)
from radonc.deid.scrubber.identity import Identity
from radonc.deid.scrubber.known import own
from radonc.deid.scrubber.lexicon import Lexicon
from radonc.deid.scrubber.reading import read
from radonc.deid.scrubber.scrub import Scrubber
from radonc.deid.scrubber.spans import mask, merge


@pytest.fixture
def forget():
    """Return what forgets all that was worked out before; afterwards it is forgotten too."""

    def forget_all():
        for room in (closing, lexicon, patterns, reading):
            for cached in vars(room).values():
                if hasattr(cached, "cache_clear") and cached.__module__ == room.__name__:
                    cached.cache_clear()

    forget_all()
    yield forget_all
    forget_all()


# ---- patterns -------------------------------------------------------------------------------------------------

LABEL_ONLY = {"scan 20150314 in the archive"}
"""Where another rule closes the place as well, and the pattern gives the better label."""


def closed_by_patterns(text):
    return mask(text, [(span.start, span.end) for span in patterns.spans(text)])


@pytest.mark.parametrize("number", range(len(patterns.PATTERNS)), ids=lambda n: patterns.PATTERNS[n].example)
def test_each_pattern_closes_what_no_other_closes(number, monkeypatch, forget):
    pattern, expression = patterns._COMPILED[number]
    with_it = closed_by_patterns(pattern.example)
    labels = {span.label for span in merge(pattern.example, patterns.spans(pattern.example))}
    off = list(patterns._COMPILED)
    off[number] = replace(pattern, accept=lambda _: False), expression
    monkeypatch.setattr(patterns, "_COMPILED", tuple(off))
    forget()
    without = closed_by_patterns(pattern.example)
    assert "\0" in with_it
    assert pattern.label in labels
    if pattern.example in LABEL_ONLY:
        assert pattern.label not in {span.label for span in patterns.spans(pattern.example)}
    else:
        assert without.count("\0") < with_it.count("\0")


def test_the_examples_that_only_need_a_label_are_examples():
    assert {pattern.example for pattern in patterns.PATTERNS} >= LABEL_ONLY


# ---- what is known of a patient -------------------------------------------------------------------------------

# Ordinary words and short numbers, which neither a pattern nor the vocabularies close: column, value, text.
KNOWN = [
    ("first_name", "Grace", "in the grace of youth"),
    ("middle_name", "Rose", "the pain rose again"),
    ("last_name", "Brown", "a brown rash"),
    ("former_name", "Young", "a young woman"),
    ("relative_name", "Hope, Art (husband)", "there is hope"),
    ("physician", "Dr. Ivy Long", "a long course"),
    ("annotator", "P. Stone", "a kidney stone"),
    ("birth_date", "1951-03-02", "seen on march 2"),
    ("diagnosis_date", "2014-03-07", "seen on march 7"),
    ("start_date", "2014-03-14", "seen 14 march again"),
    ("end_date", "2014-05-06", "until may 6 th"),
    ("street", "12 Window Row", "a window row"),
    ("city", "Reading", "reading glasses"),
    ("postal_code", "0123", "dose level 0123"),
    ("phone", "555-0147", "about 55 50 147 of them"),
    ("email", "fatty.stool@example.org", "a fatty stool"),
    ("plan_name", "Boost 4711", "the boost 4711 plan"),
    ("machine", "Linac 2", "on linac 2"),
    ("mrn", "4711-22", "of 4711 22"),
    ("patient_id", "900 22", "of 900 22"),
    ("diagnosis_id", "581533", "of 58 15 33"),
    ("plan_id", "PL 9001", "a pl 9001"),
]


def scrubbed(text, known_of_them, words=LEXICON):
    return Scrubber(own(Identity.told(known_of_them), words), words).scrub(text)[0]


@pytest.mark.parametrize(("column", "value", "text"), KNOWN, ids=[column for column, *_ in KNOWN])
def test_each_column_closes_what_nothing_else_closes(column, value, text):
    others = {name: told for name, told, _ in KNOWN if name not in (column, "birth_date")}
    assert scrubbed(text, {column: value}) != text
    assert scrubbed(text, {}) == text
    assert scrubbed(text, others) == text


def test_every_column_that_identifies_is_among_them():
    named = {column for column, *_ in KNOWN}
    for schema in schemas.CANONICAL.values():
        for kind in (Kind.IDENTIFIER, Kind.KEY, Kind.DATE):
            assert set(fields.columns_of(schema, kind)) <= named
    assert known.FORMS.keys() <= named


NO_DAY = variants.Day(date(1, 1, 1), frozenset(), frozenset())

# What is switched off in ``known`` or ``variants``, what it gives when off, what is known, a text.
FORMS = [
    (variants, "full_names", (), {"first_name": "J", "last_name": "O"}, "vitamin O J today"),
    (variants, "name_parts", (), {"first_name": "Grace", "last_name": "Brown"}, "in the grace of youth"),
    (variants, "nicknames", (), {"first_name": "Arthur"}, "Art therapy today"),
    (variants, "day", NO_DAY, {"birth_date": "1951-03-02"}, "seen on march 2"),
    (variants, "postal_code", (), {"postal_code": "52401"}, "52401 Gy"),
    (variants, "short_number", (), {"postal_code": "0123"}, "dose level 0123"),
    (known.Hunt, "_is_misspelt", False, {"last_name": "Stonie"}, "Stone burden remains"),
    (known.Hunt, "_capitals", (), {"last_name": "Do"}, "Do not call"),
    (known.Hunt, "add_name", None, {"first_name": "J", "last_name": "O"}, "vitamin O J today"),
    (known.Hunt, "add_nickname", None, {"first_name": "Arthur"}, "Art therapy today"),
]


@pytest.mark.parametrize(("owner", "name", "off", "told", "text"), FORMS, ids=[name for _, name, *_ in FORMS])
def test_each_form_of_what_is_known_closes_what_nothing_else_closes(owner, name, off, told, text, monkeypatch):
    assert scrubbed(text, {}) == text
    assert scrubbed(text, told) != text
    monkeypatch.setattr(owner, name, lambda *_: off)
    assert scrubbed(text, told) == text


@pytest.mark.parametrize(
    ("switch", "told", "text"),
    [
        ("_BEHIND", {"phone": "555-0147"}, "about 55 50 147 ext 9 there"),
        ("_BEHIND", {"street": "12 Garden Row"}, "a garden row # 4"),
        ("_BEFORE", {"phone": "555-0147"}, "about 1 55 50 147 there"),
    ],
)
def test_what_belongs_to_an_identifier_is_closed_with_it(switch, told, text, monkeypatch):
    with_it = scrubbed(text, told)
    monkeypatch.setattr(known, switch, {})
    assert len(scrubbed(text, told)) > len(with_it)


def test_the_year_of_birth_is_known_where_it_shows_an_age_over_89():
    dates = {"birth_date": "1920-05-02", "start_date": "2014-04-14"}
    assert scrubbed("in the navy since 1920", dates) == "in the navy since [DATE]"
    assert scrubbed("in the navy since 1920", dates | {"start_date": "2009-04-14"}) == "in the navy since 1920"


@pytest.mark.parametrize(
    ("name", "off", "text"),
    [
        ("plain", str, "3\u00a0March\u00a02015"),
        ("fold", str.lower, "a naïve patient"),
    ],
)
def test_unicode_is_read_as_ascii_is(name, off, text, monkeypatch, forget):
    with_it = scrubbed(text, {})
    forget()
    for room in (reading, scrub):
        if hasattr(room, name):
            monkeypatch.setattr(room, name, off)
    assert scrubbed(text, {}) != with_it


# ---- words that tell of the words beside them -----------------------------------------------------------------

ROOMS = (closing, lexicon, runs, signature_patterns, variants, writing)
WORDS = [
    # set, text, with it, without it
    ("TITLED", "Dr. Long came", "Dr. [NAME] came", "Dr. Long came"),
    ("KIN", "her husband Teapot helps", "her husband [NAME] helps", "her husband Teapot helps"),
    ("CUES", "his wife grace helps", "his wife [NAME] helps", "his wife grace helps"),
    ("DEGREES", "Brown RN helped", "[NAME] RN helped", "Brown RN helped"),
    ("SUFFIXES", "SEEN OKAFOR III TODAY", "SEEN [NAME] TODAY", "SEEN [NAME] III TODAY"),
    ("PARTICLES", "Anna de la Cruz", "[NAME]", "[NAME] de la [NAME]"),
    ("LINKS", "University of Okafor", "[PLACE]", "University of [NAME]"),
    ("ABBREVIATED", "St. Vincent's Hospital", "[PLACE]", "St. [PLACE]"),
    ("BEGINNINGS", "Mount Okafor is far", "[NAME] is far", "Mount [NAME] is far"),
    ("PLACES", "from Long Beach", "from [PLACE]", "from Long Beach"),
    ("HEADS", "seen at Okafor Clinic today", "seen at [PLACE] today", "seen at [NAME] today"),
    ("FIRMS", "asked Sternum Associates to call", "asked [PLACE] to call", "asked Sternum Associates to call"),
    ("STRONG_HEADS", "AT MAPLE RIDGE HOSPITAL TODAY", "AT [PLACE] TODAY", "AT [PLACE] HOSPITAL TODAY"),
    ("NUMBERED", "near Okafor Route 9", "near [PLACE]", "near [PLACE] 9"),
    ("GENERIC", "at University Hospital", "at University Hospital", "at [PLACE]"),
    ("PLACED", "lives in Teapot", "lives in [NAME]", "lives in Teapot"),
    ("PERSONAL", "Grace is well", "[NAME] is well", "Grace is well"),
    ("TERMS", "the Paget triad", "the Paget triad", "the [NAME] triad"),
    ("UNITS", "a dose of 5 Newton", "a dose of 5 Newton", "a dose of [NAME]"),
    ("STAGES", "the Paget IIIB", "the Paget IIIB", "the [NAME] IIIB"),
    ("FUNCTION", "FOR ROSE CLINIC", "FOR [PLACE]", "[PLACE]"),
    ("TRUSTED", "Black stools", "Black stools", "[NAME] stools"),
    ("TITLES", "the husband came", "the husband came", "the [NAME] came"),
    ("DOTTED", "told by the R.N. today", "told by the R.N. today", "told by the [NAME] today"),
    ("ENDINGS", "Seen in follow-up. NED", "Seen in follow-up. NED", "Seen in follow-up. [NAME]"),
    ("PAIRS", "films from AP/PA", "films from AP/PA", "films from [NAME]"),
    ("_ABBREVIATED_TITLES", "MR Pelvis today", "MR Pelvis today", "MR [NAME] today"),
    ("_DONE_BY_PEOPLE", "Grace used it", "[NAME] used it", "Grace used it"),
    ("_DONE_TO_THINGS", "Paget noted today", "Paget noted today", "[NAME] noted today"),
    ("_BARE", "May need rest", "May need rest", "[NAME] need rest"),
    ("_PLAIN_TITLES", "seen by dr long today", "seen by dr [NAME] today", "seen by dr long today"),
]


@pytest.mark.parametrize(("name", "text", "with_it", "without"), WORDS, ids=[name for name, *_ in WORDS])
def test_each_set_of_words_settles_what_nothing_else_settles(name, text, with_it, without, monkeypatch, forget):
    told = {"relative_name": "Hope, Art (husband)"} if name == "TITLES" else {}
    assert scrubbed(text, told, Lexicon()) == with_it
    users = [room for room in ROOMS if hasattr(room, name)]
    assert users
    for room in users:
        monkeypatch.setattr(room, name, () if name == "_DONE_BY_PEOPLE" else frozenset())
    forget()
    assert scrubbed(text, told, Lexicon()) == without


def test_every_set_of_words_is_among_them():
    named = {name for name, *_ in WORDS}
    assert {name for name, value in vars(context).items() if isinstance(value, frozenset)} <= named


@pytest.mark.parametrize(
    ("set_name", "text"),
    [("_COUNTED_BEFORE", "grade 2/3 now"), ("_COUNTED_AFTER", "2/4 nodes"), ("_SHORT_TIME", "for 3/12 now")],
)
def test_each_rule_for_counts_keeps_what_nothing_else_keeps(set_name, text, monkeypatch):
    start = text.index("/") - 1
    end = start + len(text[start:].split()[0])
    assert counts.is_counted(text, start, end)
    monkeypatch.setattr(counts, set_name, reading.re.compile(r"(?!)"))
    assert not counts.is_counted(text, start, end)


# ---- structured fields ----------------------------------------------------------------------------------------


def released(tmp_path, **tables):
    made = extract(**tables)
    return structured.deidentify(made, crosswalk_of(made, tmp_path), LEXICON)[0]


def test_ages_are_capped(tmp_path, monkeypatch):
    diagnoses = (DIAGNOSIS | {"age": 97},)
    assert released(tmp_path, diagnoses=diagnoses)["diagnoses"]["age"].tolist() == [90]
    monkeypatch.setattr(structured, "AGE_CAP", 200)
    assert released(tmp_path, diagnoses=diagnoses)["diagnoses"]["age"].tolist() == [97]


def test_years_that_tell_an_age_are_withheld(tmp_path, monkeypatch):
    diagnoses = (
        DIAGNOSIS | {"diagnosis_date": None, "diagnosis_year": 2005, "age": 85},
        DIAGNOSIS | {"diagnosis_id": "2", "diagnosis_date": None, "diagnosis_year": 2014, "age": None},
    )
    assert released(tmp_path, diagnoses=diagnoses)["diagnoses"]["diagnosis_year"].isna().tolist() == [False, True]
    monkeypatch.setattr(structured, "AGE_CAP", 200)
    assert released(tmp_path, diagnoses=diagnoses)["diagnoses"]["diagnosis_year"].tolist() == [2005, 2014]


def test_days_that_tell_an_age_are_capped(tmp_path, monkeypatch):
    diagnoses, plans = (DIAGNOSIS | {"age": 88},), (PLAN | {"start_day": 1200},)
    assert released(tmp_path, diagnoses=diagnoses, plans=plans)["plans"]["start_day"].tolist() == [730]
    monkeypatch.setattr(structured, "AGE_CAP", 200)
    assert released(tmp_path, diagnoses=diagnoses, plans=plans)["plans"]["start_day"].tolist() == [1200]


@pytest.mark.parametrize("kind", [Kind.IDENTIFIER, Kind.DATE])
def test_identifiers_and_dates_are_dropped(kind, tmp_path, monkeypatch):
    gone = {name: fields.columns_of(schema, kind) for name, schema in schemas.CANONICAL.items()}
    for name, frame in released(tmp_path).items():
        assert not set(gone.get(name, [])) & set(frame.columns)
    kept = {
        name: schema.remove_columns(
            [
                column
                for column in schema.columns
                if column not in schemas.DEIDENTIFIED[name].columns and column not in gone.get(name, [])
            ]
        )
        for name, schema in schemas.EXTRACTED.items()
    }
    monkeypatch.setattr(schemas, "DEIDENTIFIED", kept)
    assert set(gone["plans"]) <= set(released(tmp_path)["plans"].columns)


def test_keys_become_pseudonyms(tmp_path, monkeypatch):
    assert released(tmp_path)["plans"]["patient_id"].tolist() != ["100234"]
    monkeypatch.setattr(structured.Crosswalk, "replace", lambda *given: given[-1])
    assert released(tmp_path)["plans"]["patient_id"].tolist() == ["100234"]


def test_texts_of_a_patient_without_a_row_are_withheld(tmp_path):
    diagnoses = (DIAGNOSIS | {"history": "no surgery"}, DIAGNOSIS | {"diagnosis_id": "2", "patient_id": "900"})
    histories = released(tmp_path, diagnoses=diagnoses)["diagnoses"]["history"]
    assert histories.isna().tolist() == [False, True]
    patients = (WHITFIELD, {"patient_id": "900", "last_name": "Lund"})
    assert not released(tmp_path, patients=patients, diagnoses=diagnoses)["diagnoses"]["history"].isna().any()


@pytest.mark.parametrize("kind", [Kind.IDENTIFIER, Kind.KEY, Kind.DATE])
def test_each_kind_of_column_identifies_in_texts(kind, monkeypatch):
    tables = extract()
    texts = {Kind.IDENTIFIER: "Whitfield", Kind.KEY: "PL90001", Kind.DATE: "may 6 th"}
    columns_of = fields.columns_of

    def closes():
        hunt = own(structured.identities(tables)["100234"], LEXICON)
        return bool(list(hunt.spans(read(texts[kind]))))

    assert closes()
    monkeypatch.setattr(fields, "columns_of", lambda schema, of: [] if of is kind else columns_of(schema, of))
    assert not closes()
