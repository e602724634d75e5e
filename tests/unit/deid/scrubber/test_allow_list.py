import pytest
from deid_extract import LEXICON

from radonc.deid.scrubber import allow_list
from radonc.deid.scrubber.tokenizer import merge, redact

KEPT = [
    "",
    "Invasive ductal carcinoma of the left breast, ER positive.",
    "The patient is a pleasant woman who completed radiation without difficulty.",
    "Denies pain. Reports fatigue. Tolerating treatment well.",
    "Will follow up in three months. May resume work.",
    "brown sputum, rose petals, gray hair, a long walk in the park",
    "Brown sputum this week",
    "Hodgkin lymphoma, Ewing sarcoma, Merkel cell carcinoma, Wilms tumor",
    "Hodgkin's disease; Clark level IV; Breslow thickness; Gleason 3+4",
    "a dose of 8 Gray in a single fraction",
    "MR pelvis, MS since youth, LT breast, RT chest wall",
    "CT CHEST WITH CONTRAST: NO PULMONARY EMBOLISM",
    "Mother with breast cancer; father: prostate cancer; sister CLL",
    "Case discussed at tumor board. Referred to medical oncology at the hospital.",
    "A teaching hospital, our cancer center, the outpatient clinic, another facility",
    "Prostate 7, Breast 5; Gleason 7, Age 60",
    "Sternum and Pelvis treated; Chest Wall Boost, Spine, Hip",
    "Stage IIIA, levels II to IV, CN VII, type II",
    "Discussed risks, benefits and alternatives with the patient and her husband.",
    "Simulation performed supine with arms up. Custom immobilization was fabricated.",
]
REDACTED = [
    # in no vocabulary
    ("Okafor came", "[NAME] came"),
    ("seen by okafor", "seen by [NAME]"),
    ("OKAFOR CAME WITH PAIN", "[NAME] CAME WITH PAIN"),
    ("The zorblax helped him", "The [OTHER] helped him"),
    ("from Tuscaloosa", "from [NAME]"),
    # a name as well: the context decides
    ("Grace reports pain", "[NAME] reports pain"),
    ("Grace is well", "[NAME] is well"),
    ("Grace, 63, is well", "[NAME], 63, is well"),
    ("Walker used outdoors", "[NAME] used outdoors"),
    ("Faith is important to her", "[NAME] is important to her"),
    ("asked Rose today", "asked [NAME] today"),
    ("Brown's scan", "[NAME]'s scan"),
    ("Smith\nAge 60", "[NAME]\nAge 60"),
    ("Patient: Smith. Age 60", "Patient: [NAME]. Age 60"),
    ("Grace (wife)", "[NAME] (wife)"),
    # whatever a title stands before is redacted
    ("Mr. Hodgkin came", "Mr. [NAME] came"),
    ("Dr. Gleason", "Dr. [NAME]"),
    ("Dr. Long and Mrs. Day", "Dr. [NAME] and Mrs. [NAME]"),
    ("Dr. Head, Prof. Colon", "Dr. [NAME], Prof. [NAME]"),
    ("per dr smith", "per dr [NAME]"),
    ("seen by dr long today", "seen by dr [NAME] today"),
    ("his wife grace helps", "his wife [NAME] helps"),
    ("her husband Will", "her husband [NAME]"),
    ("her son Art", "her son [NAME]"),
    ("daughter: Anna Lund", "daughter: [NAME]"),
    ("sister Hope called", "sister [NAME] called"),
    ("DAUGHTER HOPE", "DAUGHTER [NAME]"),
    ("Signed: Black", "Signed: [NAME]"),
    # degrees behind it
    ("Brown, MD", "[NAME], MD"),
    ("Jane Small RN", "[NAME] RN"),
    # name spans are redacted whole
    ("Rose May Hunter", "[NAME]"),
    ("seen by Rose May Hunter", "seen by [NAME]"),
    ("Anna de la Cruz", "[NAME]"),
    ("Dr. J. van der Berg will", "Dr. [NAME] will"),
    ("Smith-Jones, O'Neil", "[NAME]"),
    ("Lund, Anna", "[NAME]"),
    ("Lund Jr. came", "[NAME]. came"),
    ("Called Lund today", "Called [NAME] today"),
    ("SEEN BY DR GRACE HOPE", "SEEN BY DR [NAME]"),
    # institutions and places
    ("UCSF Medical Center", "[PLACE]"),
    ("St. Vincent's Hospital", "[PLACE]"),
    ("at Mercy General Hospital", "at [PLACE]"),
    ("AT MERCY GENERAL HOSPITAL", "AT [PLACE]"),
    ("at Maple Ridge Clinic", "at [PLACE]"),
    ("lives at 12 Fall River", "lives at [PLACE]"),
    ("University of Zorblax", "[PLACE]"),
    ("the Okafor Foundation", "the [PLACE]"),
    ("works for Kettleman Brothers Inc", "works for [PLACE]"),
    ("Dr. Lundquist Dermatology called", "Dr. [PLACE] called"),
    ("asked Sternum Associates to call", "asked [PLACE] to call"),
    ("lives Lindenallee 7, Brunnhof", "lives [NAME]"),
    ("lives Lindenallee 7, 28195", "lives [NAME], [ID]"),
    ("near Brunnhof am Waldsee", "near [NAME]"),
    ("Referred by: Sternum Okafor Clinic", "Referred by: [PLACE]"),
    # initials with them
    ("Seen. t. mbeki came", "Seen. [OTHER] came"),
    ("And chantelle b. came", "And [OTHER]. came"),
    # letters and digits that are no clinical language
    ("12345-JS", "[ID]"),
    ("S-987654", "[ID]"),
]


def redacted(text, lexicon=LEXICON):
    return redact(text, merge(text, allow_list.find_spans(text, lexicon)))


@pytest.mark.parametrize("text", KEPT)
def test_clinical_language_and_ordinary_english_pass(text):
    assert redacted(text) == text


@pytest.mark.parametrize(("text", "expected"), REDACTED)
def test_unknown_names_are_redacted(text, expected):
    assert redacted(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Anna S. of St. Vincent's Hospital",
        "seen by Dr. Anna S. of St. Vincent's Hospital.",
        "DR. ANNA S. OF ST. VINCENT'S HOSPITAL",
    ],
)
def test_a_name_span_is_redacted_whole(text):
    left = redacted(text).lower()
    assert not any(word in left for word in ("anna", "vincent", "hospital", " s"))


@pytest.mark.parametrize("text", ["May 2015", "in May", "\0\0 Smith \0", "\0Dr.\0 Long"])
def test_what_is_masked_stays_masked(text):
    assert redacted(text).count("\0") == text.count("\0")


def test_an_eponym_is_kept_beside_its_words_only():
    assert redacted("Paget disease") == "Paget disease"
    assert redacted("Paget's disease of the breast") == "Paget's disease of the breast"
    assert redacted("asked Paget about the disease of his mother") == "asked [NAME] about the disease of his mother"
    assert redacted("Paget called") == "[NAME] called"


def test_in_capitals_a_line_is_judged_by_its_words():
    assert redacted("HISTORY OF BREAST CANCER\nSeen by Lund") == "HISTORY OF BREAST CANCER\nSeen by [NAME]"
    assert redacted("PATIENT GRACE HOPE HAS PAIN") == "PATIENT [NAME] HAS PAIN"
