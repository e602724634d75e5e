import subprocess
import sys
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from evaluation_tables import shuffled
from hypothesis import given
from hypothesis import strategies as st

from radonc.data.outcomes import SCORES
from radonc.evaluation import scoring
from radonc.evaluation.metrics.rouge1 import overlap
from radonc.runtime import code, tables
from radonc.runtime.errors import StudyError

LABELS = ("photon", "proton")
PELVIS = "IMRT 50.4 Gy in 28 fractions to the pelvis, 1.8 Gy per fraction"


@pytest.fixture(autouse=True, scope="module")
def _caches_apart(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for cache in ("HF_MODULES_CACHE", "HF_METRICS_CACHE"):
            patch.setattr(scoring.evaluate.config, cache, tmp_path_factory.mktemp(cache))
        yield


def predictions_of(*rows):
    names = ["case_id", "task", "model", "arm", "reference", "answer"]
    more = {"run": "-", "prompt_digest": "0", "n_tokens": 1, "finished": True, "label_log_p": None, "constrained": None}
    return pd.DataFrame(rows, columns=names).assign(**more)


PREDICTIONS = predictions_of(
    ("a", "regimen", "m", "base", PELVIS, f"{PELVIS.upper()}.\nAnd so on"),
    ("b", "regimen", "m", "base", PELVIS, PELVIS.replace("50.4", "70.4")),
    ("c", "regimen", "m", "base", PELVIS, " \n"),
    ("a", "modality", "m", "base", "photon", "Photons"),
    ("b", "modality", "m", "base", "photon", "photon or proton"),
    ("a", "icd10", "m", "base", "C50.911", "c50912"),
    ("b", "icd10", "m", "base", "C61", "It is C61."),
)


def test_scores_of_readable_wrong_and_unreadable_answers():
    scores = tables.validate(scoring.score(PREDICTIONS, LABELS), SCORES)
    found = scores.set_index(["task", "case_id"])[["exact_match", "rouge1"]].round(3).T.to_dict("list")
    assert found == {
        ("icd10", "a"): [0.0, 0.5],
        ("icd10", "b"): [1.0, 1.0],
        ("modality", "a"): [1.0, 1.0],
        ("modality", "b"): [0.0, 0.0],
        ("regimen", "a"): [1.0, 1.0],
        ("regimen", "b"): [0.0, 0.933],
        ("regimen", "c"): [0.0, 0.0],
    }
    unread = scores[scores["parsed"].isna()]
    assert set(zip(unread["task"], unread["case_id"], strict=True)) == {("modality", "b"), ("regimen", "c")}


def test_no_prediction_is_dropped_and_answers_stay_verbatim():
    scores = scoring.score(PREDICTIONS, LABELS).set_index(scoring.KEY)["answer"]
    assert scores.to_dict() == PREDICTIONS.set_index(scoring.KEY)["answer"].to_dict()


def test_order_does_not_matter():
    expected = scoring.score(PREDICTIONS, LABELS)
    for seed in range(3):
        pd.testing.assert_frame_equal(scoring.score(shuffled(PREDICTIONS, seed), LABELS), expected)


def test_every_mode_is_scored_and_the_likeliest_label_is_always_read():
    predictions = PREDICTIONS.copy()
    unclear = (predictions["task"] == "modality") & (predictions["case_id"] == "b")
    predictions.loc[unclear, "label_log_p"] = '{"photon": -0.105361, "proton": -2.302585}'
    predictions.loc[predictions["task"] == "icd10", "constrained"] = "C61"
    scores = tables.validate(scoring.score(predictions, LABELS), SCORES)
    found = scores.set_index(["task", "case_id", "answer_mode"])["exact_match"].to_dict()
    assert len(scores) == len(PREDICTIONS) + 3
    assert found["modality", "b", "free"] == 0
    assert found["modality", "b", "labels"] == 1
    assert found["icd10", "a", "constrained"] == 0
    assert found["icd10", "b", "constrained"] == 1


def test_runs_of_an_adapter_are_no_repetition():
    tuned = PREDICTIONS.assign(arm="tuned", run="seed1")
    both = scoring.score(pd.concat([tuned, tuned.assign(run="seed2")]), LABELS)
    assert both.groupby("run").size().to_dict() == {"seed1": 7, "seed2": 7}


def test_no_predictions_give_no_scores():
    assert tables.validate(scoring.score(PREDICTIONS.head(0), LABELS), SCORES).empty


def test_a_case_twice_in_one_arm_is_refused():
    with pytest.raises(StudyError, match=r"1 row\(s\) repeat a case"):
        scoring.score(pd.concat([PREDICTIONS, PREDICTIONS.head(1)]), LABELS)


def test_a_reference_that_is_no_answer_is_refused_without_being_quoted():
    wrong = PREDICTIONS.assign(reference=PREDICTIONS["reference"].replace("C61", "sixty-one"))
    with pytest.raises(StudyError, match=r"1 of 'icd10', 2 of 'modality'.*tasks\.modality\.labels") as caught:
        scoring.score(wrong, ("proton", "electron"))
    with_labels = wrong.assign(label_log_p='{"photon": 0.0}')
    with pytest.raises(StudyError, match=r"1 of 'icd10', 2 of 'modality'"):
        scoring.score(with_labels, ("proton", "electron"))
    assert "sixty-one" not in str(caught.value)
    assert "photon" not in str(caught.value)


WORDS = st.text(st.sampled_from("aAbB12 .,-\nİſKé"), max_size=30) | st.text(max_size=30)


@cache
def package():
    # Not at the top: it brings NLTK, and workers that run other tests collect this one as well.
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rouge1"])


@given(WORDS, WORDS)
def test_rouge1_is_that_of_the_rouge_score_package(prediction, reference):
    expected = package().score(target=reference, prediction=prediction)["rouge1"]
    assert overlap(prediction, reference) == pytest.approx(tuple(expected), abs=1e-12)


def test_the_scorings_code_digest_covers_the_metric_modules():
    reached = {path.name for path in code.reachable(code.LIBRARY / "evaluation" / "scoring.py")}
    assert {"rouge1.py", "exact_match.py", "answers.py", "icd10.py"} <= reached
    assert "estimates.py" not in reached


def test_scoring_waits_for_no_model_library_and_leaves_it_to_others() -> None:
    program = """
import sys
import radonc.evaluation.scoring
print({"torch", "transformers"} & set(sys.modules))
import transformers
"""
    library = Path(scoring.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=library, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
