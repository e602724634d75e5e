"""What people write about a regimen, and what is read of it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.regimen import render
from radonc.regimen.parser import parse

FORMS = {
    "60 Gy in 30 fx": "60 Gy in 30 fractions of 2 Gy",
    "200 cGy x 30": "60 Gy in 30 fractions of 2 Gy",
    "5040/28": "50.4 Gy in 28 fractions of 1.8 Gy",
    "5040 cGy/28 fx": "50.4 Gy in 28 fractions of 1.8 Gy",
    "42.56Gy/16# + 10/4 boost": "42.56 Gy in 16 fractions of 2.66 Gy; boost: 10 Gy in 4 fractions of 2.5 Gy",
    "54 Gy/3 fx SBRT": "54 Gy in 3 fractions of 18 Gy, SBRT",
    "HDR 7 Gy x 4": "28 Gy in 4 fractions of 7 Gy, HDR, brachytherapy",
    "21 Gy single fraction": "21 Gy in 1 fraction",
    "a single dose of 8 Gy": "8 Gy in 1 fraction",
    "1.5 Gy BID x 30": "45 Gy in 30 fractions of 1.5 Gy, bid",
    "50.4 → 59.4": "50.4 Gy; boost: 9 Gy",
    "2 Gy/fx to 70 Gy": "70 Gy in 35 fractions of 2 Gy",
    "70 Gy in 2 Gy fractions": "70 Gy in 35 fractions of 2 Gy",
    "70 Gy in 2-Gy fractions": "70 Gy in 35 fractions of 2 Gy",
    "30 fractions of 1.8 Gy": "54 Gy in 30 fractions of 1.8 Gy",
    "60 Gy in thirty fractions": "60 Gy in 30 fractions of 2 Gy",
    "fifty point four gray in twenty-eight fractions": "50.4 Gy in 28 fractions of 1.8 Gy",
    "total dose of 6,600 cGy at 200 cGy per fraction": "66 Gy in 33 fractions of 2 Gy",
    "78 Gy (RBE) in 39 fx": "78 Gy in 39 fractions of 2 Gy",
    "79.2 CGE in 44 fractions": "79.2 Gy in 44 fractions of 1.8 Gy",
    "7920 cGE in 44 fractions": "79.2 Gy in 44 fractions of 1.8 Gy",
    "50 Gy 3DCRT with 6/10 MV photons": "50 Gy, 3D-CRT, 6/10 MV photon",
    "20 Gy, 9 MeV electrons": "20 Gy, 9 MeV electron",
    "50 Gy, then cone down to 66": "50 Gy; boost: 16 Gy",
    "25 fx, fx 1-25": "25 fractions",
    "12 of 30 fractions": "30 fractions",
    "whole brain 3 Gy times ten": "whole brain: 30 Gy in 10 fractions of 3 Gy",
    "Lutetium 200 mCi x 4": "4 administrations of 200 mCi, Lu-177 radionuclide",
    "177Lu-PSMA 7.4 GBq": "200 mCi, Lu-177 radionuclide",
    "50,4 Gy in 28 Fraktionen": "50.4 Gy in 28 fractions of 1.8 Gy",
    "5,040 cGy in 28 treatments": "50.4 Gy in 28 fractions of 1.8 Gy",
    "5.040 cGy in 28 fx": "50.4 Gy in 28 fractions of 1.8 Gy",
    "45OO cGy/25 fx": "45 Gy in 25 fractions of 1.8 Gy",
    "60 Gy\n in 30\nfx": "60 Gy in 30 fractions of 2 Gy",
    "planning target volume 4500 cgy 25": "45 Gy in 25 fractions of 1.8 Gy",
    "Left breast | 4005 cGy | 15 | 267 cGy | 6X": "left breast: 40.05 Gy in 15 fractions of 2.67 Gy, 6 MV photon",
    "Dose: 4500 cGy; Fractions: 25": "45 Gy in 25 fractions of 1.8 Gy",
    "Total Dose (cGy): 5000 Fractions: 25": "50 Gy in 25 fractions of 2 Gy",
    "R humerus 8x1": "right humerus: 8 Gy in 1 fraction",
    "10 x 3 Gy": "30 Gy in 10 fractions of 3 Gy",
    "RLL_SBRT_54/3_6FFF": "right lower lobe: 54 Gy in 3 fractions of 18 Gy, SBRT, 6 MV FFF photon",
    "LtBrst 4256 16fx": "left breast: 42.56 Gy in 16 fractions of 2.66 Gy",
    "1,8/50,4 Gy": "50.4 Gy in 28 fractions of 1.8 Gy",
    "L CW/SCV 5000/25 6X, then scar boost 1000/5 9E": (
        "left chest wall and supraclavicular fossa: 50 Gy in 25 fractions of 2 Gy, 6 MV photon; "
        "boost to scar: 10 Gy in 5 fractions of 2 Gy, 9 MeV electron"
    ),
    "VMAT SIB 66/60/54 Gy in 30# to larynx": (
        "simultaneous boost to larynx: 66 Gy in 30 fractions of 2.2 Gy, VMAT; "
        "simultaneous boost to larynx: 60 Gy in 30 fractions of 2 Gy, VMAT; "
        "larynx: 54 Gy in 30 fractions of 1.8 Gy, VMAT"
    ),
    "8 Gy/1 to the hip, 20 Gy/5 to T5-T7": ("hip: 8 Gy in 1 fraction; T5-T7: 20 Gy in 5 fractions of 4 Gy"),
    "50 Gy/25 to the chest wall, 50 Gy/25 to the axilla": (
        "chest wall: 50 Gy in 25 fractions of 2 Gy; axilla: 50 Gy in 25 fractions of 2 Gy"
    ),
    "pelvis 23 x 2 Gy = 46 Gy; prostate 16 x 2 Gy = 32 Gy; total 78 Gy": (
        "pelvis: 46 Gy in 23 fractions of 2 Gy; prostate: 32 Gy in 16 fractions of 2 Gy"
    ),
    "8 Gy in one fraction or 20 Gy in 5 to the spine": ("8 Gy in 1 fraction; spine: 20 Gy in 5 fractions of 4 Gy"),
    "prostate cancer, 78 Gy": "prostate: 78 Gy",
    "breast cancer, 50 Gy to the left chest wall": "left chest wall: 50 Gy",
    "previously received 50 Gy to the pelvis": "pelvis: 50 Gy",
    "WBRT 30/10": "whole brain: 30 Gy in 10 fractions of 3 Gy, WBRT",
    "prostate bed 66 Gy": "prostate bed: 66 Gy",
}

NOTHING = [
    "",
    " ",
    "65-year-old woman, T2N0M0, ER 95 %, seen on 4/18/2019",
    "Gleason 4+3=7, PSA 10.2, 12/12 cores",
    "mass of 3 x 4 x 5 cm, BP 120/80, pulse 72, 70 kg",
    "cisplatin 40 mg/m2 x 6, then capecitabine 825 mg/m2 BID",
    "Mean lung dose 13.4 Gy, V20 22 %, max cord 41.2 Gy, heart V25 < 10 %",
    "max cord 45 Gy, parotid mean below 26 Gy",
    "BED10 100 Gy and EQD2 of 83.3 Gy",
    "80 Gy EQD2",
    "hormones for 6 months, follow-up in 3 weeks",
    "C50.912, ICD-10 code C61",
    "no radiation; she declined the boost",
    "dose rate 95 cGy/h",
    "COVID-19, room 12/3",
]


@pytest.mark.parametrize(("text", "rendered"), FORMS.items())
def test_a_form_is_read(text, rendered):
    assert render(parse(text).phases) == rendered


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_regimen_is_none(text):
    reading = parse(text)
    assert reading.phases == ()
    assert reading.mentions == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60 Gy (RBE) in 30 fx", [("dose", 60.0, "60 Gy (RBE)"), ("fractions", 30, "30 fx")]),
        ("5040/28", [("dose", 50.4, "5040"), ("fractions", 28, "28")]),
        ("40 to 45 Gy", [("dose", 40.0, "40"), ("dose", 45.0, "45 Gy")]),
        ("3600 of 7000 cGy", [("dose", 36.0, "3600"), ("dose", 70.0, "7000 cGy")]),
        ("2-Gy fractions", [("fraction_dose", 2.0, "2-Gy")]),
        (
            "L breast + RLN, 6X",
            [("site", "left breast and regional nodes", "L breast + RLN"), ("energy", "6 MV", "6X")],
        ),
        ("protons to T8 - T10, QOD", [("modality", "proton", "protons"), ("site", "T8-T10", "T8 - T10")]),
        (
            "45 Gy BID with cone-down",
            [("dose", 45.0, "45 Gy"), ("frequency", "bid", "BID"), ("boost", "cone down", "cone-down")],
        ),
    ],
)
def test_mentions_are_the_words_and_no_more(text, expected):
    shown = [(kind, value, text[start:end]) for kind, value, start, end in parse(text).mentions]
    assert shown[: len(expected)] == expected


@pytest.mark.parametrize(
    ("text", "unused"),
    [
        ("60 Gy in 30 fx", []),
        ("60 Gy in 30 fractions of 1.8 Gy", ["1.8"]),  # a contradiction: neither corrected nor dropped in silence
        ("40-45 Gy to the lung", ["40", "45"]),
        ("18/35 fx", ["18"]),
        ("aged 61, 50 Gy", ["61"]),
        ("50 Gy with photons, protons", ["protons"]),
        ("seen 12.01.2019", ["12.01.2019"]),
    ],
)
def test_what_could_not_be_used_is_listed(text, unused):
    assert [text[start:end] for start, end in parse(text).unused] == unused


def test_a_dose_in_an_unlikely_unit_stays_as_it_stands():
    assert parse("5040 Gy in 28 fractions").phases[0].dose_gy == 5040


def test_a_contradicted_dose_per_fraction_leaves_dose_and_fractions_as_they_stand():
    [phase] = parse("60 Gy in 30 fractions of 1.8 Gy").phases
    assert (phase.dose_gy, phase.n_fractions) == (60, 30)


@pytest.mark.parametrize(("n", "each"), [(3, 16.67), (16, 2.66), (33, 2.12), (15, 2.67)])
def test_a_rounded_dose_per_fraction_is_no_contradiction(n, each):
    [phase] = parse(f"{n * each + 0.005 * n:.2f} Gy in {n} fractions of {each} Gy").phases
    assert parse(f"{n} x {each} Gy").phases[0].n_fractions == n
    assert phase.n_fractions == n


PIECES = (
    "60 30 1.8 5040 2,0 Gy cGy fx # x / - → + to in of ( ) BID boost SIB then left breast T8 BED one hundred point six "
    "MV 6X I-125 no cm mg/m2 . ; | ² İ ½ ６ 999999999999999999999 1e9 \x00 \ud800"
)
pieces = st.sampled_from(PIECES.split(" "))


@given(st.one_of(st.text(), st.lists(pieces, max_size=40).map(" ".join), st.lists(pieces, max_size=40).map("".join)))
def test_any_text_has_a_reading_with_places_in_it(text):
    reading = parse(text)
    for *_, start, end in (*reading.mentions, *reading.unused):
        assert 0 <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end]
    for phase in reading.phases:
        assert phase.n_fractions is None or phase.n_fractions > 0
        assert phase.dose_gy is None or 0 <= phase.dose_gy < float("inf")


@pytest.mark.parametrize("text", FORMS)
def test_a_reading_rendered_is_read_the_same_again(text):
    read = parse(text).phases
    assert parse(render(read)).phases == read


# One phase each, with a dose: fractions alone belong to the phase before, and a third dose may be the sum of two.
SINGLE = [text for text, rendered in FORMS.items() if "Gy" in rendered and ";" not in rendered]


@given(st.tuples(st.sampled_from(SINGLE), st.sampled_from(SINGLE)), st.sampled_from(["; ", ". ", "\n", ", then "]))
def test_two_phases_rendered_are_read_the_same_again(texts, joint):
    read = parse(joint.join(texts)).phases
    assert parse(render(read)).phases == read


def test_the_name_of_a_site_alone_is_a_phase_of_it():
    assert render(parse("Left breast").phases) == "left breast"
    assert parse("Left breast is tender").phases == ()


REPEATED = (
    *(
        "1/",
        "60, ",
        "l1",
        "T2",
        "(",
        "\n",
        "50 → ",
        "one ",
        "hundred ",
        "left ",
        "left breast and ",
        "mean lung ",
        "BED ",
    ),
    *("cone down ", "2 Gy daily ", "60 Gy or ", "60 Gy in 30 fx, ", "SIB 60 Gy ", "66/60/54 Gy in 30 fx to larynx "),
)


@pytest.mark.parametrize("unit", REPEATED)
def test_time_is_linear_in_the_text(unit):
    def seconds(characters):
        text = unit * (characters // len(unit))
        start = time.process_time()
        parse(text)
        return time.process_time() - start

    seconds(2_000)  # the lists are read
    # A square would take a hundred times as long for ten times the text.
    assert min(seconds(40_000) for _ in range(3)) <= 40 * max(seconds(4_000), 0.005)
