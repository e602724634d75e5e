"""Every rule is needed: with it a text is redacted, and without it alone something of the text is exposed."""

import re
from dataclasses import replace

import pytest
from deid_extract import DIAGNOSIS, LEXICON, PLAN, WHITFIELD, crosswalk_of, extract

from radonc.data import fields, schemas
from radonc.data.fields import Kind
from radonc.deid import structured_fields
from radonc.deid.scrubber import (
    allow_list,
    known_identifiers,
    lexicon,
    name_spans,
    pattern,
    safe_harbor_patterns,
    scrub,
    tokenizer,
)
from radonc.deid.scrubber.known_identifiers import Identity, KnownIdentifierMatcher
from radonc.deid.scrubber.lexicon import Lexicon
from radonc.deid.scrubber.pattern import PatternMatcher
from radonc.deid.scrubber.scrub import Scrubber
from radonc.deid.scrubber.tokenizer import mask, merge, tokenize
from radonc.wordlists import context_words


@pytest.fixture
def clear_caches():
    """Return what clears all caches; afterwards they are cleared too."""

    def clear():
        scrub.PATTERNS.find.cache_clear()
        for module in (allow_list, lexicon, tokenizer):
            for cached in vars(module).values():
                if hasattr(cached, "cache_clear") and cached.__module__ == module.__name__:
                    cached.cache_clear()

    clear()
    yield clear
    clear()


# ---- patterns -------------------------------------------------------------------------------------------------

PATTERNS = scrub.PATTERNS.patterns
LABEL_ONLY = {"scan 20150314 in the archive"}
"""Where another rule redacts the place as well, and the pattern gives the better label."""


def masked_by(matcher, text):
    return mask(text, [(span.start, span.end) for span in matcher.find(text)])


@pytest.mark.parametrize("number", range(len(PATTERNS)), ids=lambda n: PATTERNS[n].example)
def test_each_pattern_redacts_what_no_other_does(number):
    tried = PATTERNS[number]
    others = PatternMatcher([*PATTERNS[:number], replace(tried, accept=lambda _: False), *PATTERNS[number + 1 :]])
    with_it = masked_by(scrub.PATTERNS, tried.example)
    labels = {span.label for span in merge(tried.example, scrub.PATTERNS.find(tried.example))}
    assert "\0" in with_it
    assert tried.label in labels
    if tried.example in LABEL_ONLY:
        assert tried.label not in {span.label for span in others.find(tried.example)}
    else:
        assert masked_by(others, tried.example).count("\0") < with_it.count("\0")


def test_the_examples_that_only_need_a_label_are_examples():
    assert {pattern.example for pattern in PATTERNS} >= LABEL_ONLY


def test_the_scrubber_uses_every_list_of_patterns():
    module = vars(safe_harbor_patterns)
    lists = [value for name, value in module.items() if name.isupper() and isinstance(value, tuple)]
    assert len(lists) == 5
    assert sum(lists, ()) == PATTERNS


# ---- what is known of a patient -------------------------------------------------------------------------------

# Ordinary words and short numbers, which neither a pattern nor the vocabularies redact: column, value, text.
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
    return Scrubber(Identity.from_columns(known_of_them), words).scrub(text)[0]


@pytest.mark.parametrize(("column", "value", "text"), KNOWN, ids=[column for column, *_ in KNOWN])
def test_each_column_redacts_what_nothing_else_does(column, value, text):
    others = {name: known for name, known, _ in KNOWN if name not in (column, "birth_date")}
    assert scrubbed(text, {column: value}) != text
    assert scrubbed(text, {}) == text
    assert scrubbed(text, others) == text


def test_every_column_that_identifies_is_among_them():
    named = {column for column, *_ in KNOWN}
    for schema in schemas.CANONICAL.values():
        for kind in (Kind.IDENTIFIER, Kind.KEY, Kind.DATE):
            assert set(fields.columns_of(schema, kind)) <= named
    assert known_identifiers.VARIANTS.keys() <= named


# What is switched off, what it gives when off, what is known, a text.
FORMS = [
    (known_identifiers, "full_names", (), {"first_name": "J", "last_name": "O"}, "vitamin O J today"),
    (known_identifiers, "name_parts", (), {"first_name": "Grace", "last_name": "Brown"}, "in the grace of youth"),
    (known_identifiers, "nicknames", {}, {"first_name": "Arthur"}, "Art therapy today"),
    (known_identifiers, "date_forms", {}, {"birth_date": "1951-03-02"}, "seen on march 2"),
    (known_identifiers, "postal_code", (), {"postal_code": "52401"}, "52401 Gy"),
    (known_identifiers, "short_number", (), {"postal_code": "0123"}, "dose level 0123"),
    (KnownIdentifierMatcher, "_is_misspelt_name", False, {"last_name": "Stonie"}, "Stone burden remains"),
    (KnownIdentifierMatcher, "_capitalised_names", (), {"last_name": "Do"}, "Do not call"),
    (KnownIdentifierMatcher, "_add_name", None, {"first_name": "J", "last_name": "O"}, "vitamin O J today"),
    (KnownIdentifierMatcher, "_add_nickname", None, {"first_name": "Arthur"}, "Art therapy today"),
]


@pytest.mark.parametrize(("owner", "name", "off", "known", "text"), FORMS, ids=[name for _, name, *_ in FORMS])
def test_each_form_of_what_is_known_redacts_what_nothing_else_does(owner, name, off, known, text, monkeypatch):
    assert scrubbed(text, {}) == text
    assert scrubbed(text, known) != text
    monkeypatch.setattr(owner, name, lambda *_: off)
    assert scrubbed(text, known) == text


@pytest.mark.parametrize(
    ("switch", "known", "text"),
    [
        ("_BEHIND", {"phone": "555-0147"}, "about 55 50 147 ext 9 there"),
        ("_BEHIND", {"street": "12 Garden Row"}, "a garden row # 4"),
        ("_BEFORE", {"phone": "555-0147"}, "about 1 55 50 147 there"),
    ],
)
def test_what_belongs_to_an_identifier_is_redacted_with_it(switch, known, text, monkeypatch):
    with_it = scrubbed(text, known)
    monkeypatch.setattr(known_identifiers, switch, {})
    assert len(scrubbed(text, known)) > len(with_it)


def test_the_year_of_birth_is_known_where_it_shows_an_age_over_89():
    dates = {"birth_date": "1920-05-02", "start_date": "2014-04-14"}
    assert scrubbed("in the navy since 1920", dates) == "in the navy since [DATE]"
    assert scrubbed("in the navy since 1920", dates | {"start_date": "2009-04-14"}) == "in the navy since 1920"


@pytest.mark.parametrize(
    ("name", "off", "text"),
    [
        ("to_ascii_marks", str, "3\u00a0March\u00a02015"),
        ("fold", str.lower, "a naïve patient"),
    ],
)
def test_unicode_is_read_as_ascii_is(name, off, text, monkeypatch, clear_caches):
    with_it = scrubbed(text, {})
    clear_caches()
    for room in (tokenizer, scrub):
        if hasattr(room, name):
            monkeypatch.setattr(room, name, off)
    assert scrubbed(text, {}) != with_it


# ---- words that say something of the words beside -----------------------------------------------------------------

MODULES = (allow_list, context_words, known_identifiers, lexicon, name_spans, safe_harbor_patterns)
WORDS = [
    # set, text, with it, without it
    ("TITLES", "Dr. Long came", "Dr. [NAME] came", "Dr. Long came"),
    ("KINSHIP", "her husband Teapot helps", "her husband [NAME] helps", "her husband Teapot helps"),
    ("NAME_CUES", "his wife grace helps", "his wife [NAME] helps", "his wife grace helps"),
    ("DEGREES", "Brown RN helped", "[NAME] RN helped", "Brown RN helped"),
    ("NAME_SUFFIXES", "SEEN OKAFOR III TODAY", "SEEN [NAME] TODAY", "SEEN [NAME] III TODAY"),
    ("NAME_PARTICLES", "Anna de la Cruz", "[NAME]", "[NAME] de la [NAME]"),
    ("LINKING_WORDS", "University of Okafor", "[PLACE]", "University of [NAME]"),
    ("DOTTED_BEFORE_NAMES", "St. Vincent's Hospital", "[PLACE]", "St. [PLACE]"),
    ("PLACE_BEGINNINGS", "Mount Okafor is far", "[NAME] is far", "Mount [NAME] is far"),
    ("PLACE_NOUNS", "from Long Beach", "from [PLACE]", "from Long Beach"),
    ("HEAD_NOUNS", "seen at Okafor Clinic today", "seen at [PLACE] today", "seen at [NAME] today"),
    ("COMPANY_NOUNS", "asked Sternum Associates to call", "asked [PLACE] to call", "asked Sternum Associates to call"),
    ("STRONG_HEAD_NOUNS", "AT MAPLE RIDGE HOSPITAL TODAY", "AT [PLACE] TODAY", "AT [PLACE] HOSPITAL TODAY"),
    ("NUMBERED_ADDRESS_WORDS", "near Okafor Route 9", "near [PLACE]", "near [PLACE] 9"),
    ("GENERIC_INSTITUTION_WORDS", "at University Hospital", "at University Hospital", "at [PLACE]"),
    ("LOCATION_CUES", "lives in Teapot", "lives in [NAME]", "lives in Teapot"),
    ("PERSON_VERBS", "Grace is well", "[NAME] is well", "Grace is well"),
    ("EPONYM_TERMS", "the Paget triad", "the Paget triad", "the [NAME] triad"),
    ("UNIT_NAMES", "a dose of 5 Newton", "a dose of 5 Newton", "a dose of [NAME]"),
    ("STAGES", "the Paget IIIB", "the Paget IIIB", "the [NAME] IIIB"),
    ("FUNCTION_WORDS", "FOR ROSE CLINIC", "FOR [PLACE]", "[PLACE]"),
    ("TRUSTED", "Black stools", "Black stools", "[NAME] stools"),
    ("TITLES_AND_ROLES", "the husband came", "the husband came", "the [NAME] came"),
    ("DOTTED_ABBREVIATIONS", "told by the R.N. today", "told by the R.N. today", "told by the [NAME] today"),
    ("FINAL_ABBREVIATIONS", "Seen in follow-up. NED", "Seen in follow-up. NED", "Seen in follow-up. [NAME]"),
    ("SLASH_PAIRS", "films from AP/PA", "films from AP/PA", "films from [NAME]"),
    ("AMBIGUOUS_TITLES", "MR Pelvis today", "MR Pelvis today", "MR [NAME] today"),
    ("_PERSON_VERB_ENDINGS", "Grace used it", "[NAME] used it", "Grace used it"),
    ("DONE_TO_THINGS", "Paget noted today", "Paget noted today", "[NAME] noted today"),
    ("INFINITIVES", "May need rest", "May need rest", "[NAME] need rest"),
    ("UNAMBIGUOUS_TITLES", "seen by dr long today", "seen by dr [NAME] today", "seen by dr long today"),
]


@pytest.mark.parametrize(("name", "text", "with_it", "without"), WORDS, ids=[name for name, *_ in WORDS])
def test_each_set_of_words_decides_what_nothing_else_does(name, text, with_it, without, monkeypatch, clear_caches):
    known = {"relative_name": "Hope, Art (husband)"} if name == "TITLES_AND_ROLES" else {}
    assert scrubbed(text, known, Lexicon()) == with_it
    users = [module for module in MODULES if hasattr(module, name)]
    assert users
    for module in users:
        monkeypatch.setattr(module, name, () if name == "_PERSON_VERB_ENDINGS" else frozenset())
    clear_caches()
    assert scrubbed(text, known, Lexicon()) == without


def test_every_set_of_words_is_among_them():
    named = {name for name, *_ in WORDS}
    assert {name for name, value in vars(context_words).items() if isinstance(value, frozenset)} <= named


@pytest.mark.parametrize(
    ("set_name", "text"),
    [("_COUNTED_BEFORE", "grade 2/3 now"), ("_COUNTED_AFTER", "2/4 nodes"), ("_SHORT_DURATION", "for 3/12 now")],
)
def test_each_rule_for_counts_keeps_what_nothing_else_does(set_name, text, monkeypatch):
    start = text.index("/") - 1
    end = start + len(text[start:].split()[0])
    assert pattern.is_count(text, start, end)
    monkeypatch.setattr(pattern, set_name, re.compile(r"(?!)"))
    assert not pattern.is_count(text, start, end)


# ---- structured fields ----------------------------------------------------------------------------------------


def released(tmp_path, **tables):
    made = extract(**tables)
    return structured_fields.deidentify(made, crosswalk_of(made, tmp_path), LEXICON)[0]


def test_ages_are_capped(tmp_path, monkeypatch):
    diagnoses = (DIAGNOSIS | {"age": 97},)
    assert released(tmp_path, diagnoses=diagnoses)["diagnoses"]["age"].tolist() == [90]
    monkeypatch.setattr(structured_fields, "AGE_CAP", 200)
    assert released(tmp_path, diagnoses=diagnoses)["diagnoses"]["age"].tolist() == [97]


def test_years_that_tell_an_age_are_withheld(tmp_path, monkeypatch):
    diagnoses = (
        DIAGNOSIS | {"diagnosis_date": None, "diagnosis_year": 2005, "age": 85},
        DIAGNOSIS | {"diagnosis_id": "2", "diagnosis_date": None, "diagnosis_year": 2014, "age": None},
    )
    assert released(tmp_path, diagnoses=diagnoses)["diagnoses"]["diagnosis_year"].isna().tolist() == [False, True]
    monkeypatch.setattr(structured_fields, "AGE_CAP", 200)
    assert released(tmp_path, diagnoses=diagnoses)["diagnoses"]["diagnosis_year"].tolist() == [2005, 2014]


def test_days_that_tell_an_age_are_capped(tmp_path, monkeypatch):
    diagnoses, plans = (DIAGNOSIS | {"age": 88},), (PLAN | {"start_day": 1200},)
    assert released(tmp_path, diagnoses=diagnoses, plans=plans)["plans"]["start_day"].tolist() == [730]
    monkeypatch.setattr(structured_fields, "AGE_CAP", 200)
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
    monkeypatch.setattr(structured_fields.Crosswalk, "replace", lambda *given: given[-1])
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

    def is_found():
        matcher = KnownIdentifierMatcher(structured_fields.identities(tables)["100234"], LEXICON)
        return bool(list(matcher.find(tokenize(texts[kind]))))

    assert is_found()
    monkeypatch.setattr(fields, "columns_of", lambda schema, of: [] if of is kind else columns_of(schema, of))
    assert not is_found()
