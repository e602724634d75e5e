"""The whole study in miniature: what it leaves, and that it adds up."""

import json

import pandas as pd
import pytest
from checkouts import CONFIG
from lxml import html

from radonc.data.schemas import BASELINES
from radonc.runtime.hashing import hash_file

TASKS = ("regimen", "modality", "icd10")
MODEL = "demo-llama"


def test_the_cohort_comes_out_of_the_filter_as_it_was_made(finished) -> None:
    flow = json.loads((finished.results / "cohort" / "flow.json").read_text())
    assert (flow["extracted"], flow["kept"]) == (320, 180)
    assert sum(step["rejected"] for step in flow["steps"]) == 320 - 180
    fates = pd.read_parquet(finished.results / "private" / "truth" / "fates.parquet")["fate"].value_counts()
    made = {fate: n for fate, n in fates.items() if not fate.startswith("eligible")}
    assert {step["reason"]: step["rejected"] for step in flow["steps"] if step["rejected"]} == made


def test_every_patient_is_a_case_or_a_reject(finished) -> None:
    cases = pd.read_parquet(finished.results / "cohort" / "cases.parquet")["case_id"]
    rejects = pd.read_parquet(finished.results / "cohort" / "rejects.parquet")["patient_id"]
    crosswalk = pd.read_parquet(finished.results / "private" / "crosswalk.parquet")
    people = crosswalk.loc[crosswalk["key"] == "patient_id", "pseudonym"]
    assert sorted([*cases, *rejects]) == sorted(people)


def test_the_private_area_is_closed(finished) -> None:
    for folder in finished.results.rglob("private"):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert (finished.results / "private" / "crosswalk.parquet").stat().st_mode & 0o777 == 0o600


def test_every_task_has_adapter_curve_and_manifest(finished) -> None:
    for task in TASKS:
        folder = finished.results / "adapters" / MODEL / task / "seed1"
        manifest = json.loads((folder / "manifest.json").read_text())
        assert (folder / "adapter_model.safetensors").stat().st_size > 100_000
        assert len(pd.read_parquet(folder / "curve.parquet")) >= 4
        curve = finished.results / "report" / "curves" / f"{MODEL}-{task}-seed1.svg"
        assert curve.read_text().lstrip().startswith("<")
        assert {"recipe", "data", "template", "versions", "tokens_per_second"} <= manifest.keys()
        assert manifest["files"] == {"adapter_model.safetensors": hash_file(folder / "adapter_model.safetensors")}


@pytest.mark.parametrize("task", TASKS)
def test_all_arms_answered_the_same_questions(finished, task) -> None:
    names = {"base": task, "fewshot": task, "tuned": f"{task}-seed1"}
    tables = {
        arm: pd.read_parquet(finished.results / "predictions" / MODEL / arm / f"{name}.parquet")
        for arm, name in names.items()
    }
    test = pd.read_parquet(finished.results / "pairs" / task / "test.parquet")
    for arm, table in tables.items():
        assert table["case_id"].to_list() == test["case_id"].to_list()
        same = "fewshot" if arm == "fewshot" else "base"
        assert table["prompt_digest"].to_list() == tables[same]["prompt_digest"].to_list()
        assert table["label_log_p"].notna().all() == (task != "regimen")
        assert table["constrained"].notna().all() == (task == "icd10")
    cheap = pd.read_parquet(finished.results / "predictions" / "baselines" / f"{task}.parquet")
    for arm in BASELINES:
        table = cheap[cheap["arm"] == arm]
        assert table["case_id"].to_list() == test["case_id"].to_list()
        assert table["prompt_digest"].to_list() == tables["base"]["prompt_digest"].to_list()
        assert table["label_log_p"].notna().all() == (task != "regimen" and arm != "neighbour")
    train = pd.read_parquet(finished.results / "pairs" / task / "train.parquet")
    assert set(" " + cheap["answer"]) <= set(train["completion"])
    scores = pd.read_parquet(finished.results / "scores" / f"{task}.parquet")
    n_modes = {"regimen": 1, "modality": 2, "icd10": 3}[task]
    assert len(scores) == (n_modes * 3 + len(BASELINES)) * len(test)


def test_predictions_on_a_cpu_do_not_depend_on_their_neighbours(finished) -> None:
    manifests = [json.loads(path.read_text()) for path in finished.results.glob("predictions/*/*/*.json")]
    assert len(manifests) == 3 * 3
    assert all((manifest["n_alone"], manifest["n_differ_alone"]) == (8, 0) for manifest in manifests)


def test_a_case_stands_on_the_same_side_in_all_tasks(finished) -> None:
    sides = {}
    for task in TASKS:
        for split in ("train", "validation", "test"):
            for case in pd.read_parquet(finished.results / "pairs" / task / f"{split}.parquet")["case_id"]:
                sides.setdefault(case, set()).add(split)
    assert len(sides) == 180
    assert all(len(side) == 1 for side in sides.values())


def test_the_report_says_what_the_tables_say(finished) -> None:
    page = html.fromstring((finished.results / "report" / "report.html").read_text(encoding="utf-8"))
    shown = {float(cell.get("data-value")) for cell in page.iterfind(".//*[@data-value]") if cell.get("data-value")}
    summary = pd.read_parquet(finished.results / "statistics" / "summary.parquet")
    comparisons = pd.read_parquet(finished.results / "statistics" / "comparisons.parquet")
    # A rate of all but a few of these cases would tell how few the others are.
    rest = summary.groupby("task")["n"].transform("max") - summary["n"]
    assert (rest == 0).sum() > 30
    published = ((rest == 0) | (rest >= 11)) & (summary["n"] >= 11)
    assert set(summary.loc[published, "value"]) <= shown
    for column in ("difference", "low", "high", "p", "p_holm"):
        assert set(comparisons[column].dropna()) <= shown
    text = page.text_content()
    assert "Patients extracted: 320; kept: 180" in text
    assert "synthetic" in text
    assert "outstanding" in text


def test_every_job_left_a_log_and_a_benchmark(finished) -> None:
    logs = {str(path.relative_to(finished.results / "logs"))[:-4] for path in finished.results.glob("logs/**/*.log")}
    folder = finished.results / "benchmarks"
    marks = {str(path.relative_to(folder))[:-4] for path in folder.glob("**/*.tsv")}
    assert logs == marks
    assert len(logs) >= 25


def test_no_log_names_a_patient(finished) -> None:
    patients = pd.read_parquet(finished.results / "private" / "extract" / "patients.parquet")
    secrets = {value for column in ("mrn", "phone", "email", "street") for value in patients[column].dropna()}
    for log in finished.results.glob("logs/**/*.log"):
        text = log.read_text(encoding="utf-8")
        assert not [secret for secret in secrets if secret in text]


def test_a_second_run_does_nothing_in_ten_seconds(study) -> None:
    seconds, done = study.timed()
    assert "Nothing to be done" in done.stdout + done.stderr
    assert seconds < 10


def test_snakemakes_own_report_stays_in_the_private_area_and_stops_nothing(study) -> None:
    study.set_up()
    done = study.call("./radonc-sft", "report", "--configfile", CONFIG)
    assert done.returncode == 0, done.stderr
    page = study.results / "private" / "workflow-report.html"
    assert "flow of the cohort" in page.read_text(encoding="utf-8")
    assert page.parent.stat().st_mode & 0o777 == 0o700
    assert study.plan() == {}
    # The certificate is given again, with the report there.
    assert study.snakemake("--forcerun", "certify", "--quiet", "--").returncode == 0
    record = (study.results / "deid" / "certificate.json").read_text()
    assert "no identifier of the extract found" in record
    assert "workflow-report" not in record


def test_the_graph_is_one_command(study) -> None:
    study.set_up()
    graph = study.call("./radonc-sft", "graph", "--configfile", CONFIG, "all")
    assert graph.returncode == 0, graph.stderr
    assert "finetune" in graph.stdout
