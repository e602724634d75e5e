import pytest
from deid_extract import LEXICON

from radonc.deid.scrubber.lexicon import Lexicon, WordClass, read_words
from radonc.runtime.errors import StudyError

ALLOWED, COMMON, AMBIGUOUS, EPONYM, UNKNOWN = WordClass


@pytest.mark.parametrize(
    ("word_class", "words"),
    [
        (ALLOWED, "the of will may an do so monday"),
        (ALLOWED, "breast node lobe colon tongue prostate carcinoma cisplatin brachytherapy long head white"),
        (ALLOWED, "iiia ivb tis nx viii"),
        (COMMON, "balcony bicycle sentence walked teapot"),
        (AMBIGUOUS, "brown grace rose hope faith walker hunter hill king mercy art bill"),
        (EPONYM, "gleason hodgkin pancoast merkel ewing"),
        (UNKNOWN, "whitfield achterberg okafor nguyen garcia xqzt"),
    ],
)
def test_words_are_classified(word_class, words):
    found = {word: LEXICON.classify(word).name for word in words.split()}
    assert found == dict.fromkeys(words.split(), word_class.name)


def test_a_single_letter_is_allowed_and_the_classes_are_ordered():
    assert LEXICON.classify("x") is ALLOWED
    assert ALLOWED < COMMON < AMBIGUOUS < EPONYM < UNKNOWN


@pytest.mark.parametrize(
    ("word", "is_frequent_name"), [("will", True), ("may", True), ("long", True), ("an", False), ("node", False)]
)
def test_frequent_names(word, is_frequent_name):
    assert LEXICON.is_frequent_name(word) is is_frequent_name


@pytest.mark.parametrize(
    ("token", "is_made"),
    [
        ("breast", True), ("lefthip", True), ("rtbreast", True), ("baseoftongue", True), ("prostatebed", True),
        ("whtfld", False), ("smithbreast", False), ("js", False), ("x", False), ("lund", False),
    ],
)  # fmt: skip
def test_clinical_words_written_together(token, is_made):
    assert LEXICON.is_clinical_compound(token) is is_made


def test_a_clinics_words_are_kept_in_any_case():
    lexicon = Lexicon(["Zorblax", "PTV-Okafor new"])
    for word in ("zorblax", "okafor", "ptv", "new"):
        assert lexicon.classify(word) is ALLOWED
    assert LEXICON.classify("zorblax") is UNKNOWN


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
    assert "custom" not in {source["name"] for source in listed}


def test_a_clinics_words_are_described_by_number_and_digest_only():
    def described(*words):
        return Lexicon(words).describe()[-1]

    custom = described("Zorblax", "quux zorblax")
    assert (custom["name"], custom["n_words"]) == ("custom", 2)
    assert custom["digest"] == described("quux", "zorblax")["digest"] != described("quux")["digest"]
    assert "zorblax" not in str(custom).lower()


def test_a_clinics_list_is_read_without_its_comments(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("# our machines\nHalcyon Ethos\n\nRapidplan\n", encoding="utf-8")
    lexicon = Lexicon(read_words(path))
    assert lexicon.custom == {"halcyon", "ethos", "rapidplan"}


@pytest.mark.parametrize("content", [None, b"caf\xe9 Lund"])
def test_a_list_that_cannot_be_read_is_named_and_its_words_are_not(tmp_path, content):
    path = tmp_path / "words.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StudyError, match=r"words\.txt: the list of words cannot be read .* UTF-8") as caught:
        read_words(path)
    assert "Lund" not in str(caught.value)
