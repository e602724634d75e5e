import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.vocabulary.modality import MODALITIES
from radonc.vocabulary.modality_of_answer import of_answer

STUDY = ("photon", "proton", "electron", "brachytherapy")
COARSE = ("external", "brachytherapy", "radionuclide")


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        # ---- names
        ("photon", "photon"),
        ("Photons.", "photon"),
        ("PHOTON", "photon"),
        ("The modality is\nphoton", "photon"),
        ("x-rays", "photon"),
        ("external beam radiation with 6 MV photons (IMRT)", "photon"),
        ("proton beam therapy", "proton"),
        ("HDR brachytherapy", "brachytherapy"),
        ("electronic brachytherapy", "brachytherapy"),
        ("photon, delivered as photon IMRT", "photon"),
        # ---- a name counts before what is implied
        ("6 MeV photons", "photon"),
        ("photon; the HDR boost was declined", "photon"),
        ("brachytherapy with 6 MV planning CT", "brachytherapy"),
        # ---- what is implied
        ("IMRT to 60 Gy", "photon"),
        ("6 MV", "photon"),
        ("9 MeV", "electron"),
        ("IMPT", "proton"),
        ("HDR vaginal cylinder, 7 Gy x 3", "brachytherapy"),
        ("I-125 seeds", "brachytherapy"),
        ("VMAT SBRT", "photon"),
        # ---- denied
        ("Not protons but photons", "photon"),
        ("not photon or proton but electron", "electron"),
        ("neither photons nor electrons: protons", "proton"),
        ("photons rather than protons", "photon"),
        ("Photons, never with electrons.", "photon"),
        ("The patient was not treated with protons. Photons.", "photon"),
        ("This isn't proton therapy, it is photon therapy", "photon"),
        ("No, photon", "photon"),
        ("without a boost: electron", "electron"),
        ("no brachytherapy", None),
        ("not protons", None),
        ("no HDR", None),
        # ---- several, or none of the labels
        ("photon or proton", None),
        ("photons and electrons", None),
        ("not only photons but also electrons", None),
        ("external beam and brachytherapy", None),
        ("Which modality: photon, proton, electron, brachytherapy?", None),
        ("carbon", None),
        ("external beam radiotherapy", None),
        ("radionuclide", None),
        ("SBRT", None),  # photons as a rule, but not by what stands there
        ("radiotherapy, 60 Gy in 30 fractions", None),
        ("protonated", None),
        ("photon_beam", None),
        ("", None),
    ],
)
def test_answers_to_the_study(answer, label):
    assert of_answer(answer, STUDY) == label


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("photons", "external"),
        ("carbon ions", "external"),
        ("EBRT", "external"),
        ("SBRT", "external"),
        ("photons and electrons", "external"),
        ("photon or proton", "external"),
        ("external beam, no brachytherapy", "external"),
        ("external beam plus brachytherapy", None),
        ("I-131", "radionuclide"),
        ("Y-90 microspheres", "brachytherapy"),
        ("Y-90", None),
        ("external, brachytherapy, radionuclide", None),
    ],
)
def test_answers_in_coarse_labels(answer, label):
    assert of_answer(answer, COARSE) == label


def test_external_is_no_way_out_where_the_beams_are_labels():
    labels = ("photon", "proton", "external")
    assert of_answer("photon or proton", labels) is None
    assert of_answer("external photon beam", labels) == "photon"
    assert of_answer("electrons", labels) == "external"


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("mixed", "mixed"),
        ("Mixed photon/electron", "mixed"),
        ("photon and electron", "mixed"),
        ("photons + electrons", "mixed"),
        ("6 MV photons, followed by 9 MeV electrons", "mixed"),
        ("not only photons but also electrons", "mixed"),
        ("external beam with a brachytherapy boost", "mixed"),
        ("photon or electron", None),
        ("photon, electron", None),
        ("photon and electron and proton", None),
        ("photon and not electron", "photon"),
        ("not mixed, photon", "photon"),
        ("photon, proton, electron, brachytherapy, mixed", None),
        ("mixed, photon, proton, electron, brachytherapy", None),
        ("Is it photon and electron, or brachytherapy?", None),
    ],
)
def test_mixed_is_named_mixed(answer, label):
    assert of_answer(answer, (*STUDY, "mixed")) == label


def test_every_label_is_read_as_itself_in_every_set():
    for n in (1, 2, 3, len(MODALITIES)):
        for labels in itertools.combinations(MODALITIES, n):
            assert [of_answer(label, labels) for label in labels] == list(labels)
            assert [of_answer(f"{label.capitalize()}.", labels) for label in labels] == list(labels)


label_sets = st.lists(st.sampled_from(MODALITIES), unique=True, max_size=5)
phrases = st.lists(
    st.sampled_from(
        [*MODALITIES, "not", "and", "or", "but", "with", "6 MV", "9 MeV", "HDR", "SBRT", "boost", ",", "."]
    ),
    max_size=8,
).map(" ".join)


@given(st.text() | phrases, label_sets)
def test_any_text_is_a_label_or_none_and_read_again_the_same(answer, labels):
    said = of_answer(answer, labels)
    assert said is None or said in labels
    if said is not None:
        assert of_answer(said, labels) == said
    assert of_answer(answer.upper(), labels) == of_answer(answer.upper().lower(), labels)


@given(phrases)
def test_the_order_of_the_labels_is_of_no_account(answer):
    read = {of_answer(answer, labels) for labels in ((*STUDY, "mixed"), ("mixed", *reversed(STUDY)))}
    assert len(read) == 1


@pytest.mark.parametrize("unit", ["not a photon or ", "no no ", "6 mev ", "photon and ", "1.1", "non-", " "])
def test_reading_takes_time_in_proportion_to_the_text(unit):
    def seconds(n):
        text, start = unit * n, time.process_time()
        of_answer(text, (*STUDY, "mixed", "external"))
        return time.process_time() - start

    few, many = min(seconds(2_000) for _ in range(3)), min(seconds(20_000) for _ in range(3))
    # Quadratic time would be a hundredfold.
    assert many < 40 * few + 0.01
