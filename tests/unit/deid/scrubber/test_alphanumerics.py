import pytest
from deid_extract import LEXICON
from hypothesis import given
from hypothesis import strategies as st

from radonc.deid.scrubber.alphanumerics import chunks, is_clinical

CLINICAL = [
    # amounts
    "60Gy", "60Gy/30fx", "50.4", "5,040", "2-3cm", "45-50.4", "<0.01", "≥95%", "6MV", "12MeV", "10x10x3", "2.3x1.8cm",
    "63yo", "63F", "5th", "1.8Gy", "200cGy/fx", "7/12", "120/80", "98.6F", "38.2mL", "×30", "@0.5cm", "150,000",
    "3+4=7", "50-56-63-70", "4500-5040", "0.045", "1,045", "10:05",
    # stages
    "pT2N0M0", "ypT0", "cT4b", "pN1mi(sn)", "pN2a(4/14)", "T1-2", "IIB2", "IVA", "M1c", "pTis", "G3", "R1",
    # anatomy, genes, isotopes
    "L4/5", "T10-L1", "C5-6", "V600E", "T790M", "p16", "HER2", "1p/19q", "CD20", "ex19del", "I-125", "Lu-177", "99mTc",
    # codes of the field
    "C50.911", "8500/3", "D05.12", "G6015", "NCT01234567", "RTOG-0617", "q3w", "C1D15", "FOLFOX6", "ECOG1", "CA19-9",
    "GTV1", "PTV_60", "V20", "D2cc", "24/7",
]  # fmt: skip
CODES = [
    "12345-JS", "S-987654", "00481516", "0048-1516", "AB4711X", "HW_RtBrst2", "A1B2C3", "4711-0815", "K118274",
    "52401", "X9Q2", "555-0147", "Smith3", "JSmith2", "smith-2", "PM771234", "1234567", "B12345678", "PA-882",
]  # fmt: skip


@pytest.mark.parametrize("chunk", CLINICAL)
def test_clinical_language_with_digits_passes(chunk):
    assert is_clinical(chunk, LEXICON)
    assert is_clinical(f"({chunk}),", LEXICON)


@pytest.mark.parametrize("chunk", CODES)
def test_what_no_rule_knows_may_be_a_code(chunk):
    assert not is_clinical(chunk, LEXICON)
    assert not is_clinical(f"{chunk};", LEXICON)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("60 Gy in 30 fx, 2014", []),
        ("see AB-4711.", [("AB-4711", False)]),
        ("pT2N0, 6MV", [("pT2N0", True), ("6MV", True)]),
        ("(52401)", [("(52401)", False)]),
        ("52401 Gy", [("52401", True)]),
        ("platelets 150,000 and 12,345", [("150,000", True), ("12,345", True)]),
        ("60|30;A9Z8", [("A9Z8", False)]),
        ("CPT 77427", []),
        ("charges 77263 and 77427", []),
        ("Reno, NV 77427", [("77427", False)]),
        ("\0\0 77427", [("77427", False)]),
        ("code 66427", [("66427", False)]),
        ("no digits at all", []),
        ("", []),
    ],
)
def test_digits_are_judged_with_the_letters_and_marks_that_touch_them(text, found):
    assert [(text[start:end], is_clinical) for start, end, is_clinical in chunks(text, LEXICON)] == found


@given(st.integers(10**6, 10**12))
def test_no_number_of_seven_digits_is_clinical_however_it_is_parted(number):
    digits = str(number)
    for written in (digits, f"{digits[:2]}-{digits[2:]}", f"MR{digits}", f"{digits}-A", f"#{digits}"):
        assert not is_clinical(written, LEXICON), written


@given(st.text("aA1-/.(), \0", max_size=30))
def test_chunks_are_in_order_and_hold_digits(text):
    end = 0
    for start, stop, _ in chunks(text, LEXICON):
        assert end <= start < stop <= len(text)
        assert any(map(str.isdigit, text[start:stop]))
        end = stop
