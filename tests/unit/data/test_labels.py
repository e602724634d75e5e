import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_tables import COHORT, CONFIG, FLAGS, TASKS

from radonc.data.labels import resolve, resolve_icd10, resolve_modality, resolve_regimen
from radonc.data.plans import Course
from radonc.data.records import Plan
from radonc.runtime.settings.tasks import Tasks

LABELS = ["photon", "proton", "electron", "brachytherapy"]


def course(*plans):
    return Course(tuple(Plan(site="breast", **plan) for plan in plans))


@pytest.mark.parametrize(
    ("code", "require", "text", "unresolved"),
    [
        ("C50.912", "billable", "C50.912", None),
        ("C50.9", "billable", None, "code_not_billable"),
        ("C50.9", "valid", "C50.9", None),
        ("C50.99", "billable", None, "code_unknown"),
        ("C50.99", "valid", None, "code_unknown"),
        (None, "valid", None, "code_missing"),
    ],
)
def test_codes(code, require, text, unresolved):
    answer = resolve_icd10(code, require)
    assert (answer.text, answer.unresolved) == (text, unresolved)


@pytest.mark.parametrize(
    ("modality", "text", "unresolved"),
    [
        ("photon", "photon", None),
        ("mixed", None, "modality_outside_labels"),
        ("carbon", None, "modality_outside_labels"),
        (None, None, "modality_missing"),
    ],
)
def test_modalities(modality, text, unresolved):
    answer = resolve_modality(course({"modality": modality}, {"modality": "proton"}), LABELS)
    assert (answer.text, answer.unresolved) == (text, unresolved)


GOOD = {"dose_gy": 40.05, "n_fractions": 15, "modality": "photon"}


@pytest.mark.parametrize(
    ("phases", "unresolved"),
    [
        ([GOOD], None),
        ([{"dose_gy": 34, "n_fractions": 1}], None),  # the limits themselves are plausible
        ([{"dose_gy": 1, "n_fractions": 2}], None),
        ([{"dose_gy": 35, "n_fractions": 1}], "fraction_dose_implausible"),
        ([{"dose_gy": 0.9, "n_fractions": 2}], "fraction_dose_implausible"),
        ([{"dose_gy": 0, "n_fractions": 2}], "fraction_dose_implausible"),
        ([{"n_fractions": 15}], "dose_missing"),
        ([{"dose_gy": 40.05}], "fractions_missing"),
        ([GOOD, {"dose_gy": 10}], "fractions_missing"),
        ([GOOD, {"n_fractions": 4}], "dose_missing"),
        ([GOOD, {"dose_gy": 80, "n_fractions": 2}], "fraction_dose_implausible"),
        ([{"activity_mci": 150, "modality": "radionuclide"}], None),
        ([{"activity_mci": 0, "modality": "radionuclide"}], "dose_missing"),
        ([{"modality": "radionuclide"}], "dose_missing"),
        ([{**GOOD, "modality": "radionuclide"}], "dose_contradicts_modality"),
        ([{"activity_mci": 150, "modality": "photon"}], "dose_contradicts_modality"),
        ([{"activity_mci": 150}], "dose_contradicts_modality"),
    ],
)
def test_regimens(phases, unresolved):
    answer = resolve_regimen(course(*phases), 0.5, 34)
    assert answer.unresolved == unresolved
    assert (answer.text is None) == (unresolved is not None)


def test_a_resolved_regimen_is_the_courses_text():
    assert resolve_regimen(course(GOOD), 0.5, 34).text == "breast: 40.05 Gy in 15 fractions of 2.67 Gy, photon"


def test_what_the_modality_leaves_open_the_regimen_cannot_state():
    mixed = course({**GOOD, "modality": "mixed"})
    assert resolve("regimen", None, mixed, (), *CONFIG).unresolved == "modality_outside_labels"
    alone = (Tasks(regimen=TASKS.regimen), COHORT)
    assert resolve("regimen", None, mixed, (), *alone).text.endswith("mixed")


def test_without_a_excessiveonly_the_code_is_resolved():
    reasons = {task: resolve(task, "C50.912", None, (), *CONFIG).unresolved for task in TASKS.names}
    assert reasons == {"regimen": "ambiguous_primary_plan", "modality": "ambiguous_primary_plan", "icd10": None}


def test_a_flag_takes_back_the_answers_that_it_makes_doubtful():
    def reasons(*flags):
        return {task: resolve(task, "C50.912", course(GOOD), flags, *CONFIG).unresolved for task in TASKS.names}

    assert reasons("cgy_as_gy") == {"regimen": "cgy_as_gy", "modality": None, "icd10": None}
    both = "modality_against_energy"
    assert reasons(both, "end_before_start") == {"regimen": both, "modality": both, "icd10": None}
    assert set(reasons("end_before_start", "code_against_site").values()) == {None}  # not named in the config


def test_a_flag_does_not_hide_why_an_answer_is_open():
    excessive = course({**GOOD, "dose_gy": 800, "n_fractions": 1})
    assert resolve("regimen", None, excessive, ("cgy_as_gy",), *CONFIG).unresolved == "fraction_dose_implausible"


@pytest.mark.parametrize("column", ["site", "technique", "energy"])
def test_an_answer_with_a_tag_in_it_is_open(column):
    named = Course((Plan(**{"site": "breast", **GOOD, column: "left [NAME]"}),))
    answers = {task: resolve(task, "C50.912", named, (), *CONFIG) for task in TASKS.names}
    assert answers["regimen"].text is None
    assert {task: answer.unresolved for task, answer in answers.items()} == {
        "regimen": "answer_redacted",
        "modality": None,
        "icd10": None,
    }


def test_brackets_that_are_no_tag_resolve_an_answer():
    assert resolve("regimen", None, Course((Plan(**GOOD, site="breast [L]"),)), (), *CONFIG).text.startswith(
        "breast [L]"
    )


numbers = st.none() | st.floats(0, 100)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "dose_gy": numbers,
                "n_fractions": st.none() | st.integers(1, 40),
                "activity_mci": numbers,
                "modality": st.sampled_from(["photon", "mixed", "radionuclide", None]),
            }
        ),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(["C50.912", "C50.9", "C99", None]),
    st.sampled_from(list(TASKS.names)),
    st.sets(st.sampled_from(FLAGS)),
    st.booleans(),
)
def test_an_answer_is_resolved_or_has_a_reason_and_never_both(phases, code, task, flags, clear):
    answer = resolve(task, code, course(*phases) if clear else None, sorted(flags), *CONFIG)
    assert (answer.text is None) != (answer.unresolved is None)
    assert answer.text != ""
