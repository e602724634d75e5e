"""Kinds of language: for each, sentences by several people that must be read, and others that must not be misread."""

import pytest

from radonc.regimen import render
from radonc.regimen.parser import implied_modality, parse
from radonc.vocabulary.modality_rules import SOURCES, TECHNIQUES, mentions


def values(text, *kinds):
    return [mention.value for mention in parse(text).mentions if mention.kind in kinds]


@pytest.mark.parametrize(
    "text",
    [
        "He had 33 sittings to the neck",
        "the neck got 33 exposures of X-rays",
        "33 treatment sessions to the neck",
        "Neck radiotherapy, 33 visits",
        "33 zaps on my neck",
        "neck, delivered in 33 increments of 2 Gy",
        "66 Gy, 33 times, neck",
        "33 doses of radiotherapy to the neck",
    ],
)
def test_fractions_have_many_names(text):
    assert values(text, "fractions") == [33]


@pytest.mark.parametrize(
    "text",
    [
        "declined radiotherapy 60/30",
        "she refused RT 50 Gy/25",
        "not 60/30",
        "will not have SBRT 54/3",
        "radiotherapy without IMRT 60/30 was refused",
        "rejected SABR 48/4",
    ],
)
def test_what_was_refused_is_no_prescription(text):
    assert values(text, "dose", "fractions") == []


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("declined chemotherapy; 60 Gy/30 to the lung", "lung: 60 Gy in 30 fractions of 2 Gy"),
        ("not a surgical candidate, 60 Gy/30 to the lung", "lung: 60 Gy in 30 fractions of 2 Gy"),
        ("no boost, 50 Gy/25 to the left breast", "left breast: 50 Gy in 25 fractions of 2 Gy"),
    ],
)
def test_what_was_refused_beside_a_prescription_leaves_it(text, rendered):
    assert render(parse(text).phases) == rendered


@pytest.mark.parametrize(
    "text",
    [
        "diode read 212 cGy",
        "expected dose to the pacemaker 0.4 Gy",
        "estimated fetal dose was 0.08 Gy",
        "TLD 1.98 vs 2.00 Gy",
        "CT dose of 12 mGy",
        "bladder 2cc 5.2 Gy",
        "max point dose 6317",
        "the cord will see 41 Gy",
        "95 % received at least 57 Gy",
        "tumour absorbed 0.9 Gy/GBq",
        "30-40 cGy/h",
        "BP 92/50, sats 91",
        "bilirubin 312 → 41",
        "ECOG 1, power 4/5, vision 6/18",
    ],
)
def test_what_was_measured_or_allowed_is_no_prescription(text):
    assert values(text, "dose", "fraction_dose", "fractions") == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("remaining 11# next week", []),
        ("the first four fractions were uneventful", []),
        ("missed the last 4 fx", []),
        ("seen before fraction 3", []),
        ("#21 today", []),
        ("day 12 of treatment", []),
        ("#4 of 5", []),
        ("5 fx, fraction 4 given", [5]),
        ("Fractions: 25", [25]),
        ("first course: 25 fx", [25]),
        ("a further 5 fx", [5]),
    ],
)
def test_which_fraction_is_not_how_many(text, count):
    assert values(text, "fractions") == count


@pytest.mark.parametrize(
    ("text", "doses"),
    [
        ("40.05/15, finished in May", [40.05]),
        ("oropharynx: 66/33 with cisplatin", [66.0]),
        ("56/28 was given", [56.0]),
        ("primary 60/8", [60.0]),
        ("T4-6 30/10", [30.0]),
        ("boosted a further 9/5", [9.0]),
        ("completed 20/5 to the hip", [20.0]),
        ("4680 + 1400 boost", [46.8, 14.0]),
        ("finished radiotherapy 3/12", []),
        ("radiotherapy ended 30/1", []),
        ("vision 20/40, seen 12/10", []),
        ("cancer 3/12", []),
        ("ratio 18/36", []),
    ],
)
def test_bare_numbers_are_a_course_where_their_sizes_or_neighbours_say_so(text, doses):
    assert values(text, "dose") == doses


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("50 Gy to the right pinna", "right pinna"),
        ("scrotum 30.6 Gy/17", "scrotum"),
        ("SVC 20 Gy/5", "superior vena cava"),
        ("8 Gy to the right 8th rib", "right 8th rib"),
        ("30 Gy to the 4th lumbar vertebra", "4th lumbar vertebra"),
        ("50.4 Gy, thymus bed", "thymus bed"),
        ("54 Gy to the left optic nerve sheath", "left optic nerve sheath"),
        ("SBRT 45 Gy/3 to segment VIII", "segment 8"),
        ("SBRT 45 Gy/3, liver seg VI", "liver segment 6"),
        ("60 Gy to right level II/III neck nodes", "right level II and III neck nodes"),
        ("45 Gy to the pelvic lymph nodes", "pelvic nodes"),
        ("45 Gy to left iliac LN", "left iliac nodes"),
        ("RT prostate 78 Gy", "prostate"),
        ("RT breast 50 Gy", "right breast"),
        ("vaginal brachy 21 Gy in 3", "vagina"),
        ("26 Gy to the left whole breast", "left breast"),
        ("LBrstSCV 50Gy25", "left breast and supraclavicular fossa"),
        ("SRS_LFront_2000x1", "left frontal"),
        ("50 Gy, linke Brust", "left breast"),
        ("Gamma Knife 20 Gy, right cerebellar met", "right cerebellum"),
        ("half body 6 Gy", "half body"),
        ("30 Gy to the pelvis; insufficiency # sacrum", "pelvis"),
    ],
)
def test_sites_by_their_many_names(text, site):
    assert parse(text).phases[0].site == site


@pytest.mark.parametrize(
    "text",
    [
        "60 Gy/30, skin: mild erythema",
        "60 Gy/30, margin 2 mm",
        "60 Gy/30, LN 2/17",
        "60 Gy/30, 2/14 LN",
        "60 Gy/30; vision 6/18, ears clear",
        "60 Gy/30; the contralateral neck must not be included",
        "60 Gy/30; esophagus was not irradiated",
        "book for bed 14, 60 Gy/30",
        "60 Gy/30 for cord compression",
    ],
)
def test_other_places_are_no_treated_sites(text):
    assert values(text, "site") == []


@pytest.mark.parametrize(
    ("text", "often"),
    [
        ("2 Gy/fx on consecutive days", "daily"),
        ("7 Gy x 3, one week apart", "weekly"),
        ("60 Gy in 30 fx, 5 times weekly", "5x/week"),
        ("36 Gy in 6 fx on alternate days", "qod"),
        ("1.5 Gy three times a day", "tid"),
        ("30 Gy x 3 q2w", "every 2 weeks"),
        ("20 Gy x 5, every 4th day", "every 4 days"),
        ("0.5 Gy 3 x weekly", "3x/week"),
        ("45 Gy/25; QD; 3DCRT", "daily"),
        ("daily XRT to the neck", "daily"),
    ],
)
def test_how_often(text, often):
    assert values(text, "frequency") == [often]


@pytest.mark.parametrize(
    "text",
    ["cisplatin 40 mg/m2 weekly, 60 Gy", "reviewed after 60 Gy. Paracetamol 1 g twice daily", "dex 4 mg bd and 20 Gy"],
)
def test_how_often_a_drug_is_given_is_none(text):
    assert values(text, "frequency") == []


@pytest.mark.parametrize(
    ("text", "energy", "modality"),
    [
        ("cobalt, 50 Gy", "Co-60", "photon"),
        ("telecobalt 60 Gy", "Co-60", "photon"),
        ("177Lu-PSMA 7.4 GBq", "Lu-177", "radionuclide"),
        ("radioiodine 550 MBq", "I-131", "radionuclide"),
        ("90Y SIRT to the liver", "Y-90", "brachytherapy"),
        ("iodine-125 seeds, 145 Gy", "I-125", "brachytherapy"),
        ("palladium 125 Gy", "Pd-103", "brachytherapy"),
        ("Ru-106 plaque 100 Gy", "Ru-106", "brachytherapy"),
        ("45 Gy; then 4x BEACOPP", None, None),
    ],
)
def test_nuclides_are_energies_and_imply_a_modality(text, energy, modality):
    [phase] = parse(text).phases
    assert (phase.energy, phase.modality) == (energy, modality)
    assert values(text, "modality") == []  # seeds, plaques and nuclides are not its name


@pytest.mark.parametrize(
    ("text", "dose", "number"),
    [
        ("T0tal d0se 5O Gy in 25 fracti0ns t0 the Ieft breast", 50, 25),
        ("45OO cGy / 25 fracti0ns, Pr0state", 45, 25),
        ("78OO cGy Fx: 39 Pr0state", 78, 39),
        ("60 Gy, l5 fx, whole braln", 60, 15),
        ("RUL1fx 34 Gy", 34, 1),
    ],
)
def test_misread_letters_are_read_as_meant(text, dose, number):
    phase = parse(text).phases[0]
    assert (phase.dose_gy, phase.n_fractions) == (dose, number)


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("21.6 Gy (12 x 1.8)", "21.6 Gy in 12 fractions of 1.8 Gy"),
        ("60 Gy = 30 x 2 Gy", "60 Gy in 30 fractions of 2 Gy"),
        ("20Gy | 5# | 4Gy", "20 Gy in 5 fractions of 4 Gy"),
        ("1.5 Gy BID to 45", "45 Gy in 30 fractions of 1.5 Gy, bid"),
        ("five fractions of ten and a half Gy", "52.5 Gy in 5 fractions of 10.5 Gy"),
        ("L shoulder 1 x 8", "left shoulder: 8 Gy in 1 fraction"),
        ("60 Gy at 0.5 Gy/h", "60 Gy"),
        ("9 to 12 Gy per fraction", ""),
        (
            "35 fx, dose levels 70/63/56 Gy",
            "; ".join(f"{gy} Gy in 35 fractions of {gy / 35:g} Gy" for gy in (70, 63, 56)),
        ),
        (
            "2 Gy/fx to 50 Gy, then the tumour bed to total 60 Gy",
            "50 Gy in 25 fractions of 2 Gy; tumour bed: 10 Gy in 5 fractions of 2 Gy",
        ),
        ("boost of 16 Gy/8 or 10 Gy/5", "boost: 16 Gy in 8 fractions of 2 Gy; boost: 10 Gy in 5 fractions of 2 Gy"),
        (
            "45 Gy/25 to the pelvis, 5.4 Gy/3 boost, 6 Gy x 3 to the vaginal cuff",
            "pelvis: 45 Gy in 25 fractions of 1.8 Gy; boost: 5.4 Gy in 3 fractions of 1.8 Gy; "
            "vaginal cuff: 18 Gy in 3 fractions of 6 Gy",
        ),
        (
            "45 Gy to pelvis with SIB 55 Gy in 25 fractions, then HDR 4 x 7 Gy",
            "pelvis: 45 Gy in 25 fractions of 1.8 Gy; simultaneous boost: 55 Gy in 25 fractions of 2.2 Gy; "
            "28 Gy in 4 fractions of 7 Gy, HDR, brachytherapy",
        ),
    ],
)
def test_courses_by_arithmetic_and_joints(text, rendered):
    assert render(parse(text).phases) == rendered


ENERGIES = ("6 MV", "6/18 MV", "10 MV FFF", "9 MeV", "150 MeV", "100 kV", "Co-60", "Ir-192", "I-125", "Lu-177", "Y-90")
NAMED = ("HDR", "LDR", "PDR", "ICBT", "ILBT", "IMPT", "PBS", "IMRT", "VMAT", "SBRT", "TSEB", "SIRT", "AP/PA")


@pytest.mark.parametrize("energy", [None, *ENERGIES])
@pytest.mark.parametrize("technique", [None, *NAMED])
def test_an_implied_modality_is_one_that_the_common_rules_leave_possible(energy, technique):
    implied = implied_modality(energy, technique)
    possible = [mention.possible for mention in mentions(energy or technique or "", {**TECHNIQUES, **SOURCES})]
    assert implied is None or all(implied in modalities for modalities in possible)
