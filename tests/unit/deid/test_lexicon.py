from collections import Counter
from pathlib import Path

import pytest
from deid_extract import LEXICON

from radonc.deid.scrubber import lexicon as lexicon_module
from radonc.deid.scrubber.lexicon import Lexicon, Standing, read_words
from radonc.runtime.errors import StudyError

FREE, PLAIN, DOUBTFUL, EPONYM, UNKNOWN = Standing


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (FREE, "the of will may an do so monday"),
        (FREE, "breast node lobe colon tongue prostate carcinoma cisplatin brachytherapy long head white"),
        (FREE, "iiia ivb tis nx viii"),
        (PLAIN, "balcony bicycle sentence walked teapot"),
        (DOUBTFUL, "brown grace rose hope faith walker hunter hill king mercy art bill"),
        (EPONYM, "gleason hodgkin pancoast merkel ewing"),
        (UNKNOWN, "whitfield achterberg okafor nguyen garcia xqzt"),
    ],
)
def test_words_stand_as_they_are_thought_of(standing, words):
    found = {word: LEXICON.standing(word).name for word in words.split()}
    assert found == dict.fromkeys(words.split(), standing.name)


def test_a_single_letter_is_free_and_what_is_doubted_is_ordered():
    assert LEXICON.standing("x") is FREE
    assert FREE < PLAIN < DOUBTFUL < EPONYM < UNKNOWN


@pytest.mark.parametrize(
    ("word", "is_borne"), [("will", True), ("may", True), ("long", True), ("an", False), ("node", False)]
)
def test_words_that_people_bear(word, is_borne):
    assert LEXICON.is_borne(word) is is_borne


def test_words_that_hold_sentences_together():
    assert LEXICON.is_function("will")
    assert not LEXICON.is_function("brown")


@pytest.mark.parametrize(
    ("token", "is_made"),
    [
        ("breast", True), ("lefthip", True), ("rtbreast", True), ("baseoftongue", True), ("prostatebed", True),
        ("whtfld", False), ("smithbreast", False), ("js", False), ("x", False), ("lund", False),
    ],
)  # fmt: skip
def test_clinical_words_written_together(token, is_made):
    assert LEXICON.is_made_of_words(token) is is_made


def test_a_clinics_own_words_pass_in_any_case():
    lexicon = Lexicon(["Zorblax", "PTV-Okafor new"])
    for word in ("zorblax", "okafor", "ptv", "new"):
        assert lexicon.standing(word) is FREE
    assert LEXICON.standing("zorblax") is UNKNOWN


def test_the_sources_are_described_for_the_manifest():
    listed = LEXICON.describe()
    assert {"anatomy", "drugs", "histology", "radiotherapy", "icd10", "english"} <= {
        source["name"] for source in listed
    }
    for source in listed:
        assert source.keys() == {"name", "origin", "version", "digest", "n_words"}
        assert len(source["digest"]) == 64
        assert source["n_words"] > 50
        assert source["version"]
    assert "own" not in {source["name"] for source in listed}


def test_a_clinics_own_words_are_described_by_number_and_digest_and_not_named():
    def described(*words):
        return Lexicon(words).describe()[-1]

    own = described("Zorblax", "quux zorblax")
    assert (own["name"], own["n_words"]) == ("own", 2)
    assert own["digest"] == described("quux", "zorblax")["digest"] != described("quux")["digest"]
    assert "zorblax" not in str(own).lower()


def test_a_clinics_list_is_read_with_its_remarks_left_out(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("# our machines\nHalcyon Ethos\n\nRapidplan\n", encoding="utf-8")
    lexicon = Lexicon(read_words(path))
    assert lexicon.own == {"halcyon", "ethos", "rapidplan"}


@pytest.mark.parametrize("content", [None, b"caf\xe9 Lund"])
def test_a_list_that_cannot_be_read_is_named_and_its_words_are_not(tmp_path, content):
    path = tmp_path / "words.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StudyError, match=r"words\.txt: the list of words cannot be read .* UTF-8") as caught:
        read_words(path)
    assert "Lund" not in str(caught.value)


# In the list of nicknames a name may be the short form of several.
LISTS = [path for path in sorted(Path(lexicon_module.__file__).parent.glob("*.txt")) if "nicknames" not in path.name]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_a_list_of_this_room_names_each_word_once(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    words = Counter(word for line in lines if not line.startswith("#") for word in line.split())
    assert [word for word, n in words.items() if n > 1] == []
