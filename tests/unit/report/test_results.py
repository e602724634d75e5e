import pandas as pd
import pytest
import report_inputs

from radonc.report import results
from radonc.report.results import Arm


@pytest.fixture(scope="module")
def scored():
    return report_inputs.scores(report_inputs.cases(300))


def test_arms_stand_side_by_side_and_those_of_no_model_first(scored):
    summary = report_inputs.summary(scored)
    few = summary[(summary["arm"] == "tuned") & (summary["model"] == "demo-llama")].assign(arm="fewshot")
    table = results.task_table(pd.concat([few, summary]).sample(frac=1, random_state=1), "modality")
    assert table.arms[:3] == (Arm("-", "majority"), Arm("-", "neighbour"), Arm("-", "logistic"))
    of_llama = [arm.arm for arm in table.arms if arm.model == "demo-llama"]
    assert of_llama == ["base", "fewshot", "tuned"]
    assert [model for model, _ in results.by_model(table.arms)] == ["-", "demo-llama", "demo-mistral"]


def test_a_metric_that_an_arm_lacks_is_an_empty_cell(scored):
    summary = report_inputs.summary(scored)
    lacking = (summary["arm"] == "majority") & (summary["metric"] == "rouge1")
    rouge1 = dict(results.task_table(summary[~lacking], "modality").rows)["ROUGE-1 F"]
    assert rouge1[0] is None
    assert None not in rouge1[1:]


def test_intervals_name_their_methods(scored):
    table = results.task_table(report_inputs.summary(scored), "regimen")
    assert dict(table.intervals) == {"wilson": ("Accuracy", "Answers that could be read"), "bootstrap": ("ROUGE-1 F",)}


def test_labels_of_a_few_people_are_not_published(scored):
    per_class = report_inputs.per_class(scored)
    table = results.class_table(per_class, "icd10")
    support = per_class[per_class["task"] == "icd10"].groupby("label")["support"].max()
    assert all(n >= 11 for _, n, _ in table.rows)
    assert table.n_hidden + len(table.rows) == len(support)
    assert table.n_hidden >= (support < 11).sum() > 0
    assert [n for _, n, _ in table.rows] == sorted((n for _, n, _ in table.rows), reverse=True)


def test_a_label_with_all_its_numbers(scored):
    per_class = report_inputs.per_class(scored)
    table = results.class_table(per_class, "modality")
    label, support, cells = table.rows[0]
    modality = scored[scored["task"] == "modality"].drop_duplicates("case_id")
    assert (label, support) == ("photon", (modality["reference"] == "photon").sum())
    row = per_class.set_index(["task", "model", "arm", "label"]).loc[("modality", "demo-llama", "tuned", "photon")]
    cell = cells[table.arms.index(Arm("demo-llama", "tuned"))]
    assert (cell["precision"], cell["recall"], cell["f1"]) == (row["precision"], row["recall"], row["f1"])


def test_tasks_come_in_the_study_s_order_and_new_ones_after():
    frame = pd.DataFrame({"task": ["toxicity", "icd10", "regimen"]})
    assert results.tasks_of(frame) == ["regimen", "icd10", "toxicity"]
