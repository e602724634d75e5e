import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.deid.scrubber.tokenizer import MASK, fold, to_ascii_marks, tokenize, tokens_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" ,.-'", []),
        ("O'Neil-Smith", ["o", "neil", "smith"]),
        ("O’Neil", ["o", "neil"]),
        ("José MÜLLER", ["jose", "muller"]),
        (unicodedata.normalize("NFD", "José Müller"), ["jose", "muller"]),
        ("Strauß STRAẞE", ["strauss", "strasse"]),
        ("Łukasz Ørsted Đỗ Æbelø", ["lukasz", "orsted", "do", "aebelo"]),
        ("İpek ırmak", ["ipek", "irmak"]),
        ("Whit\u00adfield \u200bAnn Le\u200de", ["whitfield", "ann", "lee"]),
        ("Ma\u202fry\u00a0Lee", ["ma", "ry", "lee"]),
        ("\u202eLund\u202c", ["lund"]),
        ("ﬁeld oﬃce", ["field", "office"]),
        ("12Mar2015", ["12", "mar", "2015"]),
        ("00-12_34", ["00", "12", "34"]),
        ("１２３ ４", ["123", "4"]),
        ("٣١", ["٣١"]),
        ("👍Lund👍", ["lund"]),
        ("김민준 Иванов", ["김민준", "иванов"]),
        (f"a{MASK}{MASK}b", ["a", "b"]),
    ],
)
def test_an_identifier_is_folded_runs_of_letters_or_digits(text, expected):
    assert [unicodedata.normalize("NFC", token) for token in tokens_of(text)] == expected


@pytest.mark.parametrize("name", ["José", "Müller", "Nguyễn", "Strauß", "Łukasz", "Đặng", "Sørensen", "Çelik"])
def test_a_name_is_read_alike_however_unicode_writes_it(name):
    forms = {unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert len({tuple(tokens_of(form)) for form in forms | {name.upper(), name.lower()}}) == 1
    assert len({tuple(tokenize(form).tokens) for form in forms | {name.upper(), name.lower()}}) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3\u00a0March\u202f2015\u3000", "3 March 2015 "),
        ("a\r\nb\rc\u2028d\x85e", "a\n\nb\nc\nd\ne"),
        ("319\u2011555\u20100147", "319-555-0147"),
        ("３／１４　２０１５", "3/14 2015"),
        ("Ｌｕｎｄ＠ｅｘａｍｐｌｅ．ｏｒｇ", "Lund@example.org"),
        ("3⁄14", "3/14"),
        ("a\ud83db", "a b"),
        ("jane＠example。org", "jane@example.org"),
        (f"a{MASK}b", "a b"),
        # what is not ASCII and stands for itself stays
        ("50 – 60 Gy · cm² José 👍", "50 – 60 Gy · cm² José 👍"),
    ],
)
def test_marks_become_ascii_at_the_same_length(text, expected):
    assert to_ascii_marks(text) == expected
    assert len(to_ascii_marks(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        ("Ann Lee, ann  lee; ANN-LEE", "ann lee", ["Ann Lee", "ann  lee", "ANN-LEE"]),
        ("ann ann ann", "ann ann", ["ann ann", "ann ann"]),
        ("annlee, Joann Lee, Ann Leeds", "ann lee", []),
        ("Lee", "lee", ["Lee"]),
        ("", "lee", []),
        (f"Ann{MASK}Lee", "ann lee", []),
    ],
)
def test_phrases_are_found_token_by_token(text, phrase, found):
    assert [text[start:end] for start, end in tokenize(text).find_phrase(phrase)] == found


@pytest.mark.parametrize(
    ("text", "joined", "found"),
    [
        ("0012-3456, 00 12 34 56, 00123456", "00123456", ["0012-3456", "00 12 34 56", "00123456"]),
        ("900123456 or 001234567", "00123456", []),
        ("O'Neil, O NEIL, oneil", "oneil", ["O'Neil", "O NEIL", "oneil"]),
        ("Whit\u00adfield and Whit-field", "whitfield", ["Whit\u00adfield", "Whit-field"]),
        (f"00{MASK}123456", "00123456", []),
        ("aaa a", "aa", []),
    ],
)
def test_joined_identifiers_are_found_from_border_to_border(text, joined, found):
    assert [text[start:end] for start, end in tokenize(text).find_joined(joined)] == found


@given(st.text(max_size=60))
def test_tokens_lead_to_their_places_in_the_text(text):
    tokenized = tokenize(text)
    assert "".join(map("".join, zip(tokenized.gaps, [*tokenized.surface, ""], strict=True))) == text
    for start, end, surface, token in zip(
        tokenized.starts, tokenized.ends, tokenized.surface, tokenized.tokens, strict=True
    ):
        assert text[start:end] == surface
        if set(surface) != {MASK}:
            assert token == (fold(surface) or MASK)
            assert (start, end) in list(tokenized.find_joined(token)) or token == MASK


@given(st.text(max_size=60))
def test_ascii_marks_are_idempotent_and_keep_the_length(text):
    assert to_ascii_marks(to_ascii_marks(text)) == to_ascii_marks(text)
    assert len(to_ascii_marks(text)) == len(text)
