from pathlib import Path

import pytest

from radonc.data.plausibility import is_plausible
from radonc.regimen import Phase
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.files import load
from radonc.runtime.settings.plausibility import Plausibility
from radonc.synthetic.regimens import schemes

EXAMPLE = Path(__file__).parents[3] / "config" / "plausibility.example.yaml"
FILE = """
owner: somebody, 2026
ranges:
  - {name: radiosurgery, technique: [SRS], dose_gy: [10, 30], n_fractions: [1, 5]}
  - {name: breast, site: [breast], modality: [photon, electron], dose_gy: [8, 66], fraction_dose_gy: [1.8, 8.5]}
"""


def read_ranges(path):
    return load(path, Plausibility).ranges


@pytest.fixture
def ranges(tmp_path):
    return read_ranges(written(tmp_path, FILE))


def written(folder, text):
    path = folder / "ranges.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        (Phase("left breast", 50, 25, modality="photon"), True),
        (Phase("Left BREAST", 5040, 28, modality="photon"), False),
        (Phase("left breast", 50, 40, modality="photon"), False),  # 1.25 Gy per fraction
        (Phase("left breast", 50.4, 28, modality="photon"), True),  # 1.7999999… is 1.8
        (Phase("left breast", 50, None, modality="photon"), True),
        (Phase("left breast", 5040, 28), None),  # the range is for photons and electrons
        (Phase("breastbone", 5040, 28, modality="photon"), None),  # whole words
        (Phase("left breast", 20, 1, modality="photon", technique="SRS"), True),  # the first that fits
        (Phase("brain", 20, 10, technique="SRS"), False),
        (Phase("breast", 5040, 1, 30, "photon"), None),  # an activity
        (Phase("left breast", modality="photon"), None),  # no measure is known
        (Phase("liver", 5040, 28), None),  # no range
        (Phase(), None),
    ],
)
def test_a_phase_is_compared_with_the_first_range_that_fits(ranges, phase, expected):
    assert is_plausible(phase, ranges) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "this is not YAML"),
        ("ranges: []", "'owner' is missing"),
        ("owner: x\nranges: []", "ranges: needs 1 or more entries"),
        ("owner: x\nranges: [{name: a, dose: [1, 2]}]", "'dose' is not a key here; did you mean 'dose_gy'?"),
        ("owner: x\nranges: [{name: a, dose_gy: [1, 2, 3]}]", "ranges.0.dose_gy: may have no more than 2 entries"),
        ("owner: x\nranges: [{name: a, n_fractions: [1, 2.5]}]", "ranges.0.n_fractions.1: must be a whole number"),
        (
            "owner: x\nranges: [{name: a, dose_gy: [9, 2]}]",
            "ranges.0.dose_gy: 9 is above 2",
        ),
        ("owner: x\nranges: [{name: a}]", "ranges.0"),
    ],
)
def test_a_fault_in_the_file_is_reported_with_its_key(tmp_path, text, expected):
    path = written(tmp_path, text)
    with pytest.raises(StudyError) as raised:
        read_ranges(path)
    assert expected in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_file_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(StudyError, match=r"there is no file '.*none\.yaml'"):
        read_ranges(tmp_path / "none.yaml")


def test_the_example_judges_what_the_synthetic_study_prescribes():
    """It names itself an example, and finds none of the published schemes implausible."""
    ranges = read_ranges(EXAMPLE)
    assert "\n# AN EXAMPLE" in EXAMPLE.read_text(encoding="utf-8")
    judged = {
        (name, technique): is_plausible(_phase(scheme, technique), ranges)
        for name, scheme in schemes().items()
        for technique in scheme["technique"]
    }
    assert judged
    assert False not in judged.values()
    assert is_plausible(Phase("left breast", 5040, 28, modality="photon"), ranges) is False


def _phase(scheme, technique):
    return Phase(scheme["target"], scheme["dose_gy"], scheme["n_fractions"], None, scheme["modality"], technique)
