import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.vocabulary.modality import MODALITIES
from radonc.vocabulary.modality_of_plan import contradicts, of_plan

FIELDS = ("radiation_type", "technique", "energy", "machine", "source")


@pytest.mark.parametrize(
    ("fields", "modality"),
    [
        # ---- energies
        ({"energy": "6 MV"}, "photon"),
        ({"energy": "6MV"}, "photon"),
        ({"energy": "10X-FFF"}, "photon"),
        ({"energy": "18 X"}, "photon"),
        ({"energy": "9 MeV"}, "electron"),
        ({"energy": "12E"}, "electron"),
        ({"energy": "4.5 MeV"}, "electron"),
        ({"energy": "25 MeV"}, "electron"),
        ({"energy": "150 MeV"}, "external"),  # protons, or carbon ions without "per nucleon"
        ({"energy": "290 MeV/u"}, "carbon"),
        ({"energy": "150 MeV", "machine": "Mevion S250"}, "proton"),
        ({"energy": "150 MeV", "technique": "IMPT"}, "proton"),
        ({"energy": "150 MeV", "radiation_type": "Protons"}, "proton"),
        ({"energy": "100 kV", "technique": "superficial"}, "photon"),
        ({"energy": "50 kV", "technique": "vaginal cylinder"}, "brachytherapy"),
        ({"energy": "50 kV"}, None),
        # ---- nuclides
        ({"energy": "Ir-192"}, "brachytherapy"),
        ({"source": "192Ir"}, "brachytherapy"),
        ({"source": "Iridium 192"}, "brachytherapy"),
        ({"source": "I-125 seeds"}, "brachytherapy"),
        ({"source": "I-131"}, "radionuclide"),
        ({"source": "Lu-177 PSMA"}, "radionuclide"),
        ({"source": "radium 223"}, "radionuclide"),
        ({"source": "Sr-89"}, "radionuclide"),
        ({"source": "Sr-90"}, "brachytherapy"),
        ({"source": "Y-90 microspheres"}, "brachytherapy"),
        ({"source": "Y-90"}, None),
        ({"source": "Y-90", "radiation_type": "radionuclide"}, "radionuclide"),
        ({"source": "Co-60"}, None),
        ({"source": "Co-60", "technique": "Gamma Knife"}, "photon"),
        ({"source": "Co-60", "technique": "HDR"}, "brachytherapy"),
        # ---- techniques
        ({"technique": "HDR"}, "brachytherapy"),
        ({"technique": "LDR implant"}, "brachytherapy"),
        ({"technique": "VMAT"}, "photon"),
        ({"technique": "SBRT"}, "external"),
        ({"technique": "SBRT", "energy": "6 MV FFF"}, "photon"),
        ({"technique": "SBRT VMAT"}, "photon"),
        ({"technique": "PBS"}, "external"),
        ({"technique": "en face"}, "external"),
        ({"technique": "en face", "energy": "9 MeV"}, "electron"),
        ({"technique": "total skin"}, "electron"),
        ({"technique": "2x daily"}, None),
        # ---- machines
        ({"machine": "TrueBeam 2"}, "external"),
        ({"machine": "TrueBeam 2", "energy": "6 MV"}, "photon"),
        ({"machine": "CyberKnife"}, "photon"),
        ({"machine": "Flexitron HDR"}, "brachytherapy"),
        ({"machine": "LINAC 3"}, "external"),
        ({"machine": "room 4"}, None),
        # ---- names
        ({"radiation_type": "EBRT"}, "external"),
        ({"radiation_type": "X-ray"}, "photon"),
        ({"radiation_type": "EBRT", "energy": "6 MV"}, "photon"),
        ({"radiation_type": "Brachy"}, "brachytherapy"),
        ({"radiation_type": "heavy ions"}, "external"),
        # ---- mixed
        ({"radiation_type": "mixed photon/electron"}, "mixed"),
        ({"radiation_type": "Mixed", "energy": "6 MV"}, "mixed"),
        ({"radiation_type": "photons and electrons"}, "mixed"),
        ({"energy": "6 MV / 9 MeV"}, "mixed"),
        ({"energy": "6 MV / 9 MeV", "radiation_type": "external"}, "mixed"),
        ({"energy": "6 MV / 9 MeV", "technique": "3D-CRT"}, "mixed"),
        ({"technique": "IMRT + HDR"}, "mixed"),
        # ---- nothing
        ({}, None),
        (dict.fromkeys(FIELDS), None),
        (dict.fromkeys(FIELDS, ""), None),
        ({"energy": "unknown"}, None),
    ],
)
def test_what_the_fields_imply(fields, modality):
    assert of_plan(**fields) == (modality, None)


@pytest.mark.parametrize(
    ("fields", "contradiction"),
    [
        ({"radiation_type": "photon", "energy": "9 MeV"}, "radiation type: photon; energy: electron"),
        ({"technique": "HDR", "energy": "6 MV"}, "technique: brachytherapy; energy: photon"),
        ({"technique": "SBRT", "energy": "9 MeV"}, "technique: carbon or photon or proton; energy: electron"),
        ({"energy": "6 MV", "machine": "ProBeam"}, "energy: photon; machine: proton"),
        ({"radiation_type": "photon", "energy": "6 MV / 9 MeV"}, "radiation type: photon; energy: electron or photon"),
        ({"energy": "6 MV / 9 MeV", "technique": "HDR"}, "technique: brachytherapy; energy: electron or photon"),
        ({"radiation_type": "6 MeV photons"}, "radiation type: photon; radiation type: electron"),
        ({"source": "I-125", "radiation_type": "radionuclide"}, "radiation type: radionuclide; source: brachytherapy"),
    ],
)
def test_a_contradiction_is_named_and_not_guessed(fields, contradiction):
    assert of_plan(**fields) == (None, contradiction)


@given(st.fixed_dictionaries({}, optional={field: st.none() | st.text(max_size=30) for field in FIELDS}))
def test_any_fields_imply_a_modality_or_none(fields):
    implied = of_plan(**fields)
    assert implied.modality is None or implied.modality in MODALITIES
    assert implied.modality is None or implied.contradiction is None


words = st.sampled_from(["6 MV", "9 MeV", "HDR", "Ir-192", "VMAT", "photon", "proton", "mixed", "SBRT", "surname"])


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, words)))
def test_a_contradiction_quotes_no_field(fields):
    implied = of_plan(**fields)
    assert "MV" not in str(implied.contradiction)
    assert "surname" not in str(implied.contradiction)


@given(words, st.sampled_from(MODALITIES), st.sampled_from(["technique", "energy"]))
def test_what_a_field_implies_contradicts_everything_else(text, modality, field):
    implied = of_plan(**{field: text}).modality
    if implied in ("photon", "electron", "proton", "brachytherapy") and modality not in ("mixed", "external"):
        assert contradicts(modality, field, text) is (modality != implied)
    assert not contradicts(None, field, text)
    assert not contradicts("mixed", field, text)
