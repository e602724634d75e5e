import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_tables import COHORT, CONFIG, FLAGS, TASKS

from radonc.data.labels import settle, settle_icd10, settle_modality, settle_regimen
from radonc.data.plans import Course
from radonc.data.records import Plan
from radonc.runtime.settings.tasks import Tasks

LABELS = ["photon", "proton", "electron", "brachytherapy"]


def course(*plans):
    return Course(tuple(Plan(site="breast", **plan) for plan in plans))


@pytest.mark.parametrize(
    ("code", "require", "text", "unsettled"),
    [
        ("C50.912", "billable", "C50.912", None),
        ("C50.9", "billable", None, "code_not_billable"),
        ("C50.9", "valid", "C50.9", None),
        ("C50.99", "billable", None, "code_unknown"),
        ("C50.99", "valid", None, "code_unknown"),
        (None, "valid", None, "code_missing"),
    ],
)
def test_codes(code, require, text, unsettled):
    answer = settle_icd10(code, require)
    assert (answer.text, answer.unsettled) == (text, unsettled)


@pytest.mark.parametrize(
    ("modality", "text", "unsettled"),
    [
        ("photon", "photon", None),
        ("mixed", None, "modality_outside_labels"),
        ("carbon", None, "modality_outside_labels"),
        (None, None, "modality_missing"),
    ],
)
def test_modalities(modality, text, unsettled):
    answer = settle_modality(course({"modality": modality}, {"modality": "proton"}), LABELS)
    assert (answer.text, answer.unsettled) == (text, unsettled)


GOOD = {"dose_gy": 40.05, "n_fractions": 15, "modality": "photon"}


@pytest.mark.parametrize(
    ("phases", "unsettled"),
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
def test_regimens(phases, unsettled):
    answer = settle_regimen(course(*phases), 0.5, 34)
    assert answer.unsettled == unsettled
    assert (answer.text is None) == (unsettled is not None)


def test_a_settled_regimen_is_the_courses_text():
    assert settle_regimen(course(GOOD), 0.5, 34).text == "breast: 40.05 Gy in 15 fractions of 2.67 Gy, photon"


def test_what_the_modality_leaves_open_the_regimen_cannot_state():
    open_ = course({**GOOD, "modality": "mixed"})
    assert settle("regimen", None, open_, (), *CONFIG).unsettled == "modality_outside_labels"
    alone = (Tasks(regimen=TASKS.regimen), COHORT)
    assert settle("regimen", None, open_, (), *alone).text.endswith("mixed")


def test_without_a_course_only_the_code_is_settled():
    reasons = {task: settle(task, "C50.912", None, (), *CONFIG).unsettled for task in TASKS.names}
    assert reasons == {"regimen": "ambiguous_primary_plan", "modality": "ambiguous_primary_plan", "icd10": None}


def test_a_flag_takes_back_the_answers_that_it_makes_doubtful():
    def reasons(*flags):
        return {task: settle(task, "C50.912", course(GOOD), flags, *CONFIG).unsettled for task in TASKS.names}

    assert reasons("cgy_as_gy") == {"regimen": "cgy_as_gy", "modality": None, "icd10": None}
    both = "modality_against_energy"
    assert reasons(both, "end_before_start") == {"regimen": both, "modality": both, "icd10": None}
    assert set(reasons("end_before_start", "code_against_site").values()) == {None}  # not named in the config


def test_a_flag_does_not_hide_why_an_answer_is_open():
    open_ = course({**GOOD, "dose_gy": 800, "n_fractions": 1})
    assert settle("regimen", None, open_, ("cgy_as_gy",), *CONFIG).unsettled == "fraction_dose_implausible"


@pytest.mark.parametrize("column", ["site", "technique", "energy"])
def test_an_answer_with_a_tag_in_it_is_open(column):
    named = Course((Plan(**{"site": "breast", **GOOD, column: "left [NAME]"}),))
    answers = {task: settle(task, "C50.912", named, (), *CONFIG) for task in TASKS.names}
    assert answers["regimen"].text is None
    assert {task: answer.unsettled for task, answer in answers.items()} == {
        "regimen": "answer_redacted",
        "modality": None,
        "icd10": None,
    }


def test_brackets_that_are_no_tag_settle_an_answer():
    assert settle("regimen", None, Course((Plan(**GOOD, site="breast [L]"),)), (), *CONFIG).text.startswith(
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
def test_an_answer_is_settled_or_has_a_reason_and_never_both(phases, code, task, flags, clear):
    answer = settle(task, code, course(*phases) if clear else None, sorted(flags), *CONFIG)
    assert (answer.text is None) != (answer.unsettled is None)
    assert answer.text != ""
