import pandas as pd
import pytest
import report_inputs

from radonc.report import examples


@pytest.fixture(scope="module")
def study():
    cases = report_inputs.cases(120)
    return report_inputs.scores(cases), report_inputs.pairs(cases)["regimen"]


def test_right_and_wrong_ones_with_the_answers_of_all_arms(study):
    chosen = examples.choose(*study, "regimen", seed=1)
    assert [example.is_right for example in chosen] == [True, True, False, False]
    for example in chosen:
        assert [(a["model"], a["arm"]) for a in example.answers] == [
            *(("-", arm) for arm in report_inputs.BASELINES),
            *((model, arm) for model in report_inputs.MODELS for arm in report_inputs.ARMS),
        ]
        assert {a["reference"] for a in example.answers} == {example.reference}
        judged = next(answer for answer in example.answers if answer["arm"] == "tuned")
        assert (judged["exact_match"] == 1) == example.is_right


def test_the_choice_depends_on_the_seed_and_not_on_the_order(study):
    scores, pairs = study
    again = examples.choose(scores.sample(frac=1, random_state=5), pairs, "regimen", seed=1)
    ids = [example.answers[0]["case_id"] for example in again]
    assert ids == [e.answers[0]["case_id"] for e in examples.choose(scores, pairs, "regimen", seed=1)]
    assert ids != [e.answers[0]["case_id"] for e in examples.choose(scores, pairs, "regimen", seed=2)]


def test_the_choice_does_not_depend_on_the_answers_texts(study):
    scores, pairs = study
    other = scores.assign(answer="something else", rouge1=0.0)
    ids = [[e.answers[0]["case_id"] for e in examples.choose(s, pairs, "regimen", seed=1)] for s in (scores, other)]
    assert ids[0] == ids[1]


def test_a_study_without_tuned_models_or_without_right_answers_has_examples(study):
    scores, pairs = study
    base = scores[scores["arm"] == "base"].assign(exact_match=0.0)
    assert [example.is_right for example in examples.choose(base, pairs, "regimen", seed=1)] == [False, False]
    assert examples.choose(pd.DataFrame(columns=scores.columns), pairs, "regimen", seed=1) == []
