import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from radonc.wordlists import words

FOLDER = Path(words.__file__).parent


@pytest.fixture(scope="module")
def by_name():
    return {source.name: source for source in words.sources()}


@pytest.fixture(scope="module")
def vocabulary(by_name):
    return frozenset().union(*(source.words for source in by_name.values()))


def test_each_list_beside_the_module_is_read(by_name):
    files = {path.name.split(".")[1] for path in FOLDER.glob("words.*.txt")}
    assert files - {"affixes", "alphanumeric", "eponyms", "nicknames"} == set(words.PROJECT_LISTS)
    assert set(by_name) == {*words.PROJECT_LISTS, "icd10", "english"}


def test_words_are_tokens(vocabulary):
    assert [word for word in vocabulary if not re.fullmatch(r"[^\W\d_]{2,}", word) or word != word.lower()] == []
    assert [word for word in vocabulary if not word.isascii()] == []


@pytest.mark.parametrize("name", words.PROJECT_LISTS)
def test_project_lists_are_written_as_they_are_read(name):
    lines = (FOLDER / f"words.{name}.txt").read_text(encoding="ascii").splitlines()
    tokens = [word for line in lines if not line.startswith("#") for word in line.split()]
    assert [word for word in tokens if not re.fullmatch("[a-z]{2,}", word)] == []
    assert len(tokens) == len(set(tokens))
    assert [line for line in lines if len(line) > 120] == []


@pytest.mark.parametrize("source", words.sources(), ids=lambda source: source.name)
def test_a_source_says_whose_words_it_holds(source):
    assert source.origin
    assert re.match(r"\d+\.\d+", source.version)
    assert re.fullmatch("[0-9a-f]{64}", source.digest)
    assert len(source.words) > 1000
    assert "frozenset" not in repr(source)


def test_the_digest_is_the_file_s(by_name):
    content = (FOLDER / "words.drugs.txt").read_bytes()
    assert by_name["drugs"].digest == hashlib.sha256(content).hexdigest()
    assert len({source.digest for source in by_name.values()}) == len(by_name)


def test_the_provenance_names_every_list_and_package(by_name):
    provenance = {entry["name"]: entry for entry in words.provenance()}
    assert list(provenance) == sorted({*by_name, "eponyms", "names"})
    assert (provenance["names"]["origin"], provenance["names"]["version"]) == ("names", "0.3.0")
    assert (provenance["english"]["origin"], provenance["english"]["version"]) == ("spylls", "0.1.7")
    assert provenance["drugs"]["digest"] == by_name["drugs"].digest
    assert provenance["drugs"]["n_words"] == len(by_name["drugs"].words)
    assert len({entry["digest"] for entry in provenance.values()}) == len(provenance)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("anatomy", "oesophagus"),
        ("anatomy", "supraclavicular"),
        ("anatomy", "vallecula"),
        ("histology", "adenocarcinoma"),
        ("histology", "egfr"),
        ("histology", "oligodendroglioma"),
        ("drugs", "pembrolizumab"),
        ("drugs", "folfirinox"),
        ("drugs", "tamsulosin"),
        ("radiotherapy", "isocenter"),
        ("radiotherapy", "truebeam"),
        ("radiotherapy", "vmat"),
        ("abbreviations", "turbt"),
        ("abbreviations", "cgy"),
        ("clinical", "odynophagia"),
        ("clinical", "haemoptysis"),
        ("icd10", "malignant"),
        ("icd10", "pyloric"),
        ("english", "treated"),
        ("english", "thoroughly"),
        ("english", "doesn"),
    ],
)
def test_words_of_the_field_are_known(by_name, name, word):
    assert word in by_name[name].words


def test_names_of_people_and_places_are_not(vocabulary):
    people = {"johnson", "nguyen", "garcia", "kowalski", "okafor", "jennifer", "priya", "mohammed", "christina"}
    eponyms = {"hodgkin", "wilson", "crohn", "alzheimer", "barrett"}
    others = {"boston", "texas", "london", "smithfield", "january"}
    assert vocabulary & (people | eponyms | others) == set()


def test_project_lists_hold_no_common_name_that_is_no_word_as_well(by_name):
    """Lists of the field must not expose a name; abbreviations do, and their reader looks at how they are written."""
    ordinary = by_name["english"].words | by_name["abbreviations"].words
    listed = frozenset().union(*(by_name[name].words for name in words.PROJECT_LISTS)) - ordinary
    surnames, given_names = words.surnames(), words.given_names()
    assert {word for word in listed if surnames.get(word, 0) >= 0.003 or given_names.get(word, 0) >= 0.008} == set()


@pytest.mark.parametrize("word", ["pyelovesicostomy", "zalutimab", "peripharyngeal", "nonbronchogenic"])
def test_words_that_medicine_builds_are_seen_to_be(vocabulary, word):
    assert word not in vocabulary
    assert words.is_derived(word, vocabulary)


@pytest.mark.parametrize("word", ["mab", "mcnab", "nonaka", "paramo", "interlaken", "postman", "subbu", "transki"])
def test_words_that_only_look_so_are_not(vocabulary, word):
    assert not words.is_derived(word, vocabulary)


def test_no_name_is_built_like_a_word_of_medicine(vocabulary):
    names = (words.surnames().keys() | words.given_names().keys()) - vocabulary
    derived = {name for name in names if words.is_derived(name, vocabulary)}
    assert derived == {"posthumus"}  # of 94,000; fewer than 0.001 per cent bear it
    assert words.surnames()["posthumus"] < 0.001


def test_eponyms_are_tokens_with_words_beside_them(vocabulary):
    eponyms = words.eponyms()
    assert len(eponyms) >= 250
    known = vocabulary | eponyms.keys()
    for name, beside in eponyms.items():
        assert re.fullmatch("[a-z]{2,}", name)
        if beside is not None:
            assert beside
            assert name not in beside
            # A neighbour that is itself unknown could not stand in a text.
            assert {word for word in beside if len(word) > 1} <= known


def test_each_eponym_stands_once():
    lines = (FOLDER / "words.eponyms.txt").read_text(encoding="ascii").splitlines()
    names = [line.split(":")[0] for line in lines if line and not line.startswith("#")]
    assert len(names) == len(set(names))
    assert len(names) == len(words.eponyms())


@pytest.mark.parametrize(
    ("name", "neighbour"),
    [
        ("clark", "level"),
        ("wilson", "disease"),
        ("ewing", "sarcoma"),
        ("paget", "disease"),
        ("ann", "arbor"),
        ("graves", "orbitopathy"),
        ("barrett", "oesophagus"),
        ("bragg", "peak"),
        ("rai", "#"),
    ],
)
def test_an_eponym_that_people_bear_wants_a_word_beside_it(name, neighbour):
    beside = words.eponyms()[name]
    assert beside is not None
    assert neighbour in beside


@pytest.mark.parametrize("name", ["gleason", "breslow", "whipple", "billroth", "mohs", "karnofsky", "waldeyer"])
def test_an_eponym_that_hardly_anyone_bears_stands_alone(name):
    assert words.eponyms()[name] is None


def test_an_eponym_stands_alone_only_where_hardly_anyone_bears_it():
    alone = {name for name, beside in words.eponyms().items() if beside is None}
    surnames, given_names = words.surnames(), words.given_names()
    frequent = {name for name in alone if surnames.get(name, 0) > 0.001 or given_names.get(name, 0) > 0.001}
    # Grades of the prostate and the kidney and the pancreas's operation stand in every chart.
    assert frequent == {"gleason", "fuhrman", "whipple"}


def test_names_come_with_their_frequency():
    assert words.surnames()["smith"] == 1.006
    assert words.given_names()["mary"] == 2.629
    assert words.given_names()["james"] == 3.318
    assert len(words.surnames()) == 88799
    assert len(words.given_names()) == 5163
    assert all(name == name.lower() for name in words.surnames())


def test_what_is_read_cannot_be_changed():
    with pytest.raises(TypeError):
        words.surnames()["smith"] = 0.0  # type: ignore[index]
    with pytest.raises(TypeError):
        words.eponyms()["smith"] = None  # type: ignore[index]


def test_all_is_read_within_a_second_and_imports_no_package():
    program = (
        "import sys, time; from radonc.wordlists import words; start = time.process_time();"
        "words.sources(), words.eponyms(), words.surnames(), words.given_names();"
        "print(time.process_time() - start, sorted({'names', 'spylls', 'simple_icd_10_cm'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=FOLDER.parents[1]
    )
    seconds, imported = ran.stdout.split(maxsplit=1)
    assert imported.strip() == "[]"
    assert float(seconds) <= 1


@pytest.mark.parametrize(
    ("name", "other"),
    [("william", "bill"), ("bill", "william"), ("margaret", "peggy"), ("elizabeth", "beth"), ("beth", "elizabeth")],
)
def test_nicknames_go_both_ways(name, other):
    assert other in words.nicknames()[name]
    assert name not in words.nicknames()[name]


def test_most_names_have_no_nickname():
    assert "wolfeschlegel" not in words.nicknames()


def test_alphanumeric_terms_have_a_digit_or_a_mark_and_are_listed_once():
    lines = (FOLDER / "words.alphanumeric.txt").read_text(encoding="ascii").splitlines()
    terms = [term for line in lines if not line.startswith("#") for term in line.split()]
    assert len(terms) == len(set(terms))
    assert {"her2", "fev1", "sars-cov-2"} <= words.alphanumeric_terms() == set(terms)
    assert all(term == term.lower() for term in terms)
