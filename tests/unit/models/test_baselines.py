import json
import math
import random
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from radonc.data.schemas import BASELINES, NO_MODEL, PREDICTIONS
from radonc.evaluation import answers
from radonc.models.baselines import NEVER, fit
from radonc.models.predict import Arm, Settings, predict
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.tasks import Icd10Task, ModalityTask, RegimenTask, Tasks
from radonc.runtime.tables import validate
from radonc.study import prompts

MODALITY = Tasks(modality=ModalityTask())
ICD10 = Tasks(icd10=Icd10Task())
REGIMEN = Tasks(regimen=RegimenTask())


def pairs_of(*cases: tuple[str, str], split: str = "train") -> pd.DataFrame:
    """Return pairs of details and answers."""
    return pd.DataFrame(
        {
            "case_id": [f"{split}{i:04}" for i in range(len(cases))],
            "split": split,
            "prompt": [prompts.prompt(details, "Which modality: photon?") for details, _ in cases],
            "completion": [prompts.completion(answer) for _, answer in cases],
        }
    )


def table_of(arm, training, asked, task="modality", options=MODALITY, batch_size=256):
    """Return what an arm predicts for some details."""
    test = pairs_of(*((details, "photon") for details in asked), split="test")
    chosen = Settings(batch_size=batch_size, max_new_tokens=0, tasks=options)
    table, facts = predict(fit(arm, training), test, training, Arm(task, NO_MODEL, arm), chosen)
    assert facts["n_differ_alone"] == 0
    return validate(table, PREDICTIONS).set_index("case_id").loc[test["case_id"]]


def answers_of(arm, training, *asked, **options):
    return table_of(arm, training, asked, **options)["answer"].tolist()


TRAINING = pairs_of(
    ("Site: prostate gland", "photon"),
    ("Site: prostate apex", "photon"),
    ("Site: eye choroid", "proton"),
    ("Site: earlobe skin", "electron"),
    ("Site: scalp skin", "electron"),
    ("Site: cervix", "photon"),
)


@pytest.mark.parametrize("arm", ["neighbour", "logistic"])
def test_a_scorer_that_gives_no_number_gives_no_answer(arm):
    fitted = fit(arm, TRAINING)

    def scorer(details):
        numbers = fitted.scorer(details)
        numbers[-1, 0] = math.nan
        return numbers

    chosen = Settings(batch_size=4, max_new_tokens=0, tasks=MODALITY)
    with pytest.raises(StudyError, match=f"predict - modality {arm}: .* not finite"):
        predict(replace(fitted, scorer=scorer), TRAINING, TRAINING, Arm("modality", NO_MODEL, arm), chosen)


# ---- majority


def test_the_majority_answers_everything_and_its_probabilities_are_frequencies():
    table = table_of("majority", TRAINING, ["Site: eye", "", "unheard-of"])
    assert table["answer"].tolist() == ["photon"] * 3
    labels = [answers.label_probabilities(text) for text in table["label_log_p"]]
    assert labels[0] == pytest.approx(
        {"photon": 1 / 2, "proton": 1 / 6, "electron": 1 / 3, "brachytherapy": 0}, abs=1e-4
    )
    assert labels[1] == labels[2] == labels[0]
    assert list(labels[0]) == list(MODALITY.labels)


def test_equally_frequent_answers_are_taken_in_alphabetical_order():
    training = pairs_of(
        ("Site: a1", "proton"), ("Site: b1", "electron"), ("Site: c1", "proton"), ("Site: d1", "electron")
    )
    assert answers_of("majority", training, "Site: a1") == ["electron"]


# ---- nearest neighbour


def test_the_most_similar_case_answers():
    assert answers_of("neighbour", TRAINING, "Site: choroid", "Site: skin of nose") == ["proton", "electron"]
    assert table_of("neighbour", TRAINING, ["Site: eye"])["label_log_p"].isna().all()


def test_similarity_is_the_cosine_of_tf_idf_by_hand():
    # Two cases, words "site" (in both: weight 1), "a1" and "b1" (in one of two: weight ln(3/2) + 1 = 1.405). The text
    # "a1 site site b1 b1" has (1.405, 2.811, 2): its product with the first, 1.405² + 2 = 3.975, is less than with the
    # second, 2 × 1.405² + 2 = 5.950, though it begins like the first.
    training = pairs_of(("Site: a1", "photon"), ("Site: b1", "proton"))
    weight = math.log(3 / 2) + 1
    asked = "a1 site site b1 b1"
    scores = fit("neighbour", training).scorer([asked])
    length = math.sqrt(weight**2 + (2 * weight) ** 2 + 2**2) * math.sqrt(weight**2 + 1)
    assert scores.tolist() == [pytest.approx([(weight**2 + 2) / length, (2 * weight**2 + 2) / length])]
    assert answers_of("neighbour", training, asked) == ["proton"]


def test_equally_similar_cases_give_the_more_frequent_answer_whatever_their_order():
    cases = [("Site: lung", "proton"), ("Site: lung", "photon"), ("Site: brain", "photon"), ("Site: lung", "electron")]
    for turn in range(4):
        training = pairs_of(*cases[turn:], *cases[:turn])
        assert answers_of("neighbour", training, "Site: lung") == ["photon"]


def test_one_nearest_case_outweighs_any_number_of_others():
    training = pairs_of(*[("Site: lung apex", "photon")] * 20, ("Site: lung", "proton"))
    assert answers_of("neighbour", training, "Site: lung") == ["proton"]


@pytest.mark.parametrize("asked", ["", "unheard of", "?!"])
def test_a_text_that_shares_no_word_gets_the_most_frequent_answer(asked):
    assert answers_of("neighbour", TRAINING, asked) == ["photon"]
    assert answers_of("logistic", TRAINING, asked) == ["photon"]


def test_single_digits_are_words():
    training = pairs_of(*[("Performance status: 0", "photon")] * 3, *[("Performance status: 4", "electron")] * 2)
    for arm in ("neighbour", "logistic"):
        assert answers_of(arm, training, "Performance status: 4", "Performance status: 0") == ["electron", "photon"]


# ---- logistic regression


def test_regression_learns_which_words_tell():
    training = pairs_of(
        *[(f"Site: skin p{i}", "electron") for i in range(6)], *[(f"Site: lung p{i}", "photon") for i in range(7)]
    )
    table = table_of("logistic", training, ["Site: skin", "Site: lung"])
    assert table["answer"].tolist() == ["electron", "photon"]
    skin = answers.label_probabilities(table["label_log_p"].iloc[0])
    assert sum(skin.values()) == pytest.approx(1, abs=1e-3)
    assert skin["electron"] > 0.8
    assert skin["proton"] == skin["brachytherapy"] < 1e-9


def test_its_answer_is_the_likeliest_label():
    table = table_of("logistic", TRAINING, [f"Site: {word}" for word in ("eye", "skin", "prostate", "cervix", "x1")])
    likeliest = [answers.most_probable_label(answers.label_probabilities(text)) for text in table["label_log_p"]]
    assert table["answer"].tolist() == likeliest


def test_probabilities_stand_with_their_labels_whatever_the_frequencies():
    training = pairs_of(*[("Site: skin", "C44.90")] * 5, *[("Site: eye", "C69.31")] * 2, ("Site: lung", "C34.11"))
    table = table_of("logistic", training, ["Site: eye"], task="icd10", options=ICD10)
    labels = json.loads(table["label_log_p"].iloc[0])
    assert list(labels) == ["C34.11", "C44.90", "C69.31"]
    assert max(labels, key=labels.get) == table["answer"].iloc[0] == "C69.31"
    assert table["constrained"].isna().all()


@pytest.mark.parametrize("arm", BASELINES)
def test_one_class_is_always_answered(arm):
    training = pairs_of(("Site: a1", "photon"), ("Site: b1", "photon"))
    table = table_of(arm, training, ["Site: a1", ""])
    assert table["answer"].tolist() == ["photon"] * 2
    if arm != "neighbour":
        assert json.loads(table["label_log_p"].iloc[0]) == {
            "photon": 0,
            **dict.fromkeys(list(MODALITY.labels)[1:], round(NEVER, 4)),
        }


# ---- all of them


@pytest.mark.parametrize("arm", BASELINES)
def test_the_question_and_the_reference_have_no_say(arm):
    other = TRAINING.assign(prompt=[text.replace("Which modality: photon?", "Which?") for text in TRAINING["prompt"]])
    asked = ["Site: eye", "Site: skin", "photon"]
    assert answers_of(arm, other, *asked) == answers_of(arm, TRAINING, *asked)


@pytest.mark.parametrize("arm", BASELINES)
def test_a_prediction_is_as_of_any_other_arm(arm):
    table = table_of(arm, TRAINING, ["Site: eye"], task="regimen", options=REGIMEN)
    row = table.iloc[0]
    assert (row["model"], row["arm"], row["run"], row["n_tokens"], row["finished"]) == ("-", arm, "-", 0, True)
    assert pd.isna(row["label_log_p"])
    assert pd.isna(row["constrained"])


def test_there_is_no_other_arm():
    with pytest.raises(ValueError, match="'svm'"):
        fit("svm", TRAINING)


WORDS = st.lists(st.sampled_from(["lung", "skin", "T2", "0", "é", "?", "Site:"]), max_size=5).map(" ".join)
CASES = st.lists(
    st.tuples(WORDS.map(lambda text: f"Patient: {text}"), st.sampled_from("abcde")), min_size=1, max_size=12
)


@pytest.mark.parametrize("arm", BASELINES)
@given(cases=CASES, asked=st.lists(WORDS | st.text(max_size=20), min_size=1, max_size=6), batch_size=st.integers(1, 4))
@example(cases=[("Patient: ", "a")], asked=[""], batch_size=1)
@settings(max_examples=10)
def test_every_case_is_answered_with_a_training_answer_whatever_the_batches(arm, cases, asked, batch_size):
    training = pairs_of(*cases)
    found = table_of(arm, training, asked, task="regimen", options=REGIMEN, batch_size=batch_size)
    assert set(found["answer"]) <= {answer for _, answer in cases}
    pd.testing.assert_frame_equal(table_of(arm, training, asked, task="regimen", options=REGIMEN), found)


@pytest.mark.parametrize("arm", ["neighbour", "logistic"])
def test_the_number_of_threads_changes_no_byte(arm):
    """Enough words and labels for a processor's linear algebra to share them out: sums then differ a little."""
    draw = random.Random(1)

    def details():
        return "Site: " + " ".join(f"w{int(draw.expovariate(0.01))}" for _ in range(30))

    training = pairs_of(*((details(), f"C{draw.randrange(10, 60)}") for _ in range(500)))
    asked = [details() for _ in range(100)]
    tables = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            tables.append(table_of(arm, training, asked, task="icd10", options=ICD10))
    pd.testing.assert_frame_equal(*tables, check_exact=True)
