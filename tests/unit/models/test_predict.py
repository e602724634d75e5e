import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from radonc.data.schemas import PREDICTIONS
from radonc.models.predict import (
    DIGITS,
    N_ALONE,
    Answer,
    Arm,
    Settings,
    labels_of,
    normalised,
    predict,
    require_same_template,
    sample_cases,
    sum_manifests,
    take_shard,
)
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_text
from radonc.runtime.settings.tasks import Icd10Task, ModalityTask, RegimenTask, Tasks
from radonc.runtime.shards import Shard
from radonc.runtime.tables import validate
from radonc.study.prompts import template_digest

ICD10 = Settings(batch_size=8, max_new_tokens=12, tasks=Tasks(icd10=Icd10Task()), n_examples=2, key="k")


class Recorder:
    """Answers with a text that tells the batch, and remembers what it was asked."""

    libraries = ()

    def __init__(self, alone: str = "") -> None:
        self.asked = []
        self.alone = alone

    def answer(self, questions, batch_size):
        self.asked.append((questions, batch_size))
        text = self.alone if batch_size == 1 else ""
        scores = tuple(-float(i) for i in range(len(questions.labels)))
        code = "C61" if questions.codes else None
        return [Answer(f"{hash_text(prompt)[:6]}{text}", 2, True, scores, code) for prompt in questions.prompts]


def asked_of(training, test, arm="base", settings=ICD10, **options):
    backend = Recorder(**options)
    table, facts = predict(backend, test, training, Arm("icd10", "m", arm), settings)
    return validate(table, PREDICTIONS), facts, backend.asked


def test_answers_stand_beside_their_references(train, validation) -> None:
    table, facts, _ = asked_of(validation, train.sample(frac=1, random_state=3))
    by_case = train.set_index("case_id").loc[table["case_id"]]
    assert sorted(table["case_id"]) == sorted(train["case_id"])
    assert (" " + table["reference"]).to_list() == by_case["completion"].to_list()
    assert table["prompt_digest"].to_list() == [hash_text(prompt) for prompt in by_case["prompt"]]
    assert table["answer"].to_list() == [digest[:6] for digest in table["prompt_digest"]]
    assert (facts["n"], facts["n_new_tokens"], facts["n_unfinished"]) == (64, 128, 0)


def test_few_shot_prompts_show_training_cases_and_never_the_case_itself(train, validation) -> None:
    table, _, asked = asked_of(train, validation, arm="fewshot")
    questions = asked[0][0]
    assert questions.shared.count("Answer:") == 2
    assert all(prompt.startswith(questions.shared) for prompt in questions.prompts)
    assert {prompt.removeprefix(questions.shared) for prompt in questions.prompts} == set(validation["prompt"])
    shown = questions.shared.split("\n\n")[:-1]
    assert set(shown) <= set(train["prompt"] + train["completion"])
    assert set(table["prompt_digest"]).isdisjoint(hash_text(prompt) for prompt in validation["prompt"])


def test_other_arms_show_no_examples(train, validation) -> None:
    _, _, asked = asked_of(train, validation, arm="base")
    assert asked[0][0].shared == ""
    assert set(asked[0][0].prompts) == set(validation["prompt"])


def test_label_scores_add_up_to_one_in_the_order_of_the_model(train, validation) -> None:
    table, _, asked = asked_of(train, validation)
    scores = json.loads(table["label_log_p"].iloc[0])
    assert list(scores) == list(asked[0][0].labels) == ["C20", "C34.11", "C50.912", "C61"]
    assert math.fsum(math.exp(value) for value in scores.values()) == pytest.approx(1, abs=1e-3)
    assert scores["C20"] - scores["C61"] == pytest.approx(3, abs=1e-3)
    assert set(table["constrained"]) == {"C61"}


def test_very_improbable_labels_are_told_apart_all_the_same() -> None:
    assert normalised([-2000.0, -2000.0 + math.log(3)]) == [
        round(math.log(0.25), DIGITS),
        round(math.log(0.75), DIGITS),
    ]


def test_a_task_without_labels_has_no_scores(train, validation) -> None:
    backend = Recorder()
    settings = replace(ICD10, tasks=Tasks(regimen=RegimenTask()))
    table, _ = predict(backend, validation, train, Arm("regimen", "m", "tuned", "seed1"), settings)
    table = validate(table, PREDICTIONS)
    assert table[["label_log_p", "constrained"]].isna().all(axis=None)
    assert set(table["run"]) == {"seed1"}
    assert labels_of("modality", Tasks(modality=ModalityTask(labels=["photon", "proton"])), train) == [
        "photon",
        "proton",
    ]


@pytest.mark.parametrize("n_shards", [1, 2, 3, 9, 20])
def test_shards_share_whole_batches_out(train, n_shards) -> None:
    whole = take_shard(train, 8, Shard(1, 1))
    batches = [whole["case_id"].iloc[i : i + 8].to_list() for i in range(0, 64, 8)]
    assert whole["prompt"].str.len().is_monotonic_increasing
    seen = []
    for number in range(1, n_shards + 1):
        cases = take_shard(train, 8, Shard(number, n_shards))["case_id"].to_list()
        own = [cases[i : i + 8] for i in range(0, len(cases), 8)]
        assert all(batch in batches for batch in own)
        seen += cases
    assert sorted(seen) == sorted(train["case_id"])


def test_a_sample_is_answered_one_by_one_and_what_differs_is_counted(train, validation) -> None:
    _, facts, asked = asked_of(validation, train, alone=" otherwise")
    assert asked[1][1] == 1
    assert not asked[1][0].labels
    assert not asked[1][0].codes
    assert len(asked[1][0].prompts) == facts["n_alone"] == facts["n_differ_alone"] == N_ALONE
    assert asked_of(validation, train)[1]["n_differ_alone"] == 0


def test_the_sample_is_the_same_for_any_number_of_shards(train, validation) -> None:
    facts = [
        predict(Recorder(), train, validation, Arm("icd10", "m", "base"), ICD10, Shard(number, 5))[1]
        for number in range(1, 6)
    ]
    assert sum(fact["n_alone"] for fact in facts) == len(sample_cases(train)) == N_ALONE
    whole = predict(Recorder(), train, validation, Arm("icd10", "m", "base"), ICD10)[1]
    together = sum_manifests([{**fact, "backend": "x"} for fact in facts])
    assert {**together, "seconds": 0} == {**whole, "seconds": 0, "backend": "x"}


def test_no_pairs_give_no_answers(train) -> None:
    table, facts, _ = asked_of(train, train[:0])
    assert table.empty
    assert facts["n"] == facts["n_alone"] == 0


def test_an_adapter_of_another_template_is_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"template": template_digest()}))
    require_same_template(manifest)
    for other in ({"template": "0" * 64}, {}):
        manifest.write_text(json.dumps(other))
        with pytest.raises(StudyError, match=r"manifest\.json.*template.*train it again"):
            require_same_template(manifest)


def test_what_drives_a_back_end_needs_no_torch() -> None:
    blocked = "import sys; sys.modules.update(torch=None, transformers=None, peft=None); import predict; "
    wanted = "predict.load_backend('dummy', None, None, bf16=False, threads=1, alias='m', known={})"
    scripts = Path(__file__).parents[3] / "workflow" / "scripts"
    done = subprocess.run(
        [sys.executable, "-c", blocked + wanted], cwd=scripts, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_cases_are_not_lost_between_batches(train, validation) -> None:
    table, _, _ = asked_of(validation, pd.concat([train, validation]))
    assert len(table) == 72
