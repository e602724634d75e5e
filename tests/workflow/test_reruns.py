"""The rerun contract: a change reruns what it touches, and nothing else."""

import ast
import os
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml
from checkouts import TINY_RECIPE, Checkout

REPORTED = {"report": 1, "certify": 1}
COMPARED = {"compare": 1, **REPORTED}
SCORED = {"score": 1, "review_sheets": 1, "review": 1, **COMPARED}
BASELINES = {"predict_baselines": 3, **SCORED}
PREDICTIONS = {"predict_base": 1, "predict_tuned": 3, **SCORED}
TRAINING = {"build_demo_model", "finetune", "predict_base", "predict_tuned"}


def test_a_changed_learning_rate_reruns_one_task(study) -> None:
    recipe = study.folder / TINY_RECIPE
    settings = yaml.safe_load(recipe.read_text())
    recipe.write_text(yaml.safe_dump({**settings, "tasks": {"icd10": {"learning_rate": 1.0e-3}}}))
    assert study.plan() == {"finetune": 1, "predict_tuned": 1, **SCORED}


def test_a_second_model_leaves_the_first_as_it_is(study) -> None:
    second = f"demo-mistral: {{demo: mistral, recipe: {TINY_RECIPE}}}"
    study.edit("config/tiny.yaml", "models:\n", f"models:\n  {second}\n")
    made = {"build_demo_model": 1, "audit_lengths": 3, "audit_prompts": 1, "finetune": 3}
    assert study.plan() == {**made, **PREDICTIONS}


def test_another_mapping_reads_the_extract_anew(study) -> None:
    mapping = "config/mappings/synthetic.yaml"
    study.edit(mapping, "# The tables", "# All tables")
    assert study.plan() == {}
    study.edit(mapping, "    performance_status: ECOG\n", "")
    assert {"extract": 1, "deidentify": 1, "cohort": 1}.items() <= study.plan().items()


def test_a_changed_bootstrap_touches_no_model(study) -> None:
    study.edit("config/tiny.yaml", "n_resamples: 200", "n_resamples: 300")
    assert study.plan() == COMPARED


def test_other_plausible_ranges_touch_one_table_of_scores(study) -> None:
    study.edit("config/plausibility.example.yaml", "dose_gy: [8, 45]", "dose_gy: [8, 44]")
    assert study.plan() == SCORED


def test_another_alpha_beta_touches_one_table_of_scores(study) -> None:
    study.edit("config/tiny.yaml", "n_resamples: 200", "n_resamples: 200\n  alpha_beta_gy: 3")
    assert study.plan() == SCORED


def test_another_threshold_of_near_duplicates_compares_no_text_anew(study) -> None:
    study.edit("config/tiny.yaml", "n_resamples: 200", "n_resamples: 200\n  near_duplicate_similarity: 0.7")
    assert study.plan() == COMPARED


def test_another_primary_metric_reruns_the_tests_alone(study) -> None:
    study.edit("config/tiny.yaml", "n_resamples: 200", "n_resamples: 200\n  primary_metric: {icd10: rouge1}")
    assert study.plan() == COMPARED


def test_another_claim_makes_no_sheet_anew(study) -> None:
    study.edit("config/tiny.yaml", "n_resamples: 200", "n_resamples: 200\n  acceptability: {expected_rate: 0.75}")
    assert study.plan() == {"review": 1, **REPORTED}


def test_another_answer_mode_touches_no_model(study) -> None:
    config = study.folder / "config" / "tiny.yaml"
    settings = yaml.safe_load(config.read_text())
    config.write_text(yaml.safe_dump({**settings, "predict": {"answer_modes": {"modality": "labels"}}}))
    assert study.plan() == {"review_sheets": 1, "review": 1, **COMPARED}


def test_an_edit_to_the_reports_code_reruns_the_report_alone(study) -> None:
    study.edit("workflow/lib/radonc/report/report.py", "MAX_CONFUSED_LABELS = 8", "MAX_CONFUSED_LABELS = 7")
    assert study.plan() == REPORTED


def test_an_edit_to_the_reports_template_reruns_the_report_alone(study) -> None:
    study.edit("workflow/lib/radonc/report/report.html.j2", "<h2>Findings</h2>", "<h2>What was found</h2>")
    assert study.plan() == REPORTED


def reworded(text: str) -> str:
    """Return Python code with another word in every docstring, in texts that stand alone, and in a comment."""
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            line = lines[node.lineno - 1]
            lines[node.lineno - 1] = line.replace('"""', '"""Reworded. ', 1)
    return "".join([*lines, "# A word more.\n"])


def test_better_words_and_other_times_rerun_nothing(study) -> None:
    edited = 0
    for path in (study.folder / "workflow").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        path.write_text(reworded(text), encoding="utf-8")
        edited += path.read_text(encoding="utf-8").count("Reworded. ")
    assert edited > 1000
    # Settings, tables, recipes: what has the same content is the same.
    for folder in ("config", "workflow", "profiles", "envs"):
        for path in (study.folder / folder).rglob("*"):
            os.utime(path)
    assert study.plan() == {}
    assert study.plan("--profile", "slurm") == {}


def test_a_copied_study_reruns_nothing(finished, tmp_path) -> None:
    # As people copy: the files' times are those of the copy.
    subprocess.run(["cp", "-r", finished.folder, tmp_path / "copied"], check=True)
    assert Checkout(tmp_path / "copied").plan() == {}


def rules_with_a_command(checkout: Checkout) -> dict[str, Path]:
    """Return the rules that run a shell command, and their files."""
    found = {}
    for path in (checkout.folder / "workflow" / "rules").glob("*.smk"):
        for rule in path.read_text().split("\nrule ")[1:]:
            if "\n    shell:\n" in rule:
                found[rule.partition(":")[0]] = path
    return found


def test_an_edited_shell_command_reruns_its_rule_and_what_follows(study) -> None:
    expected = {
        "finetune": {"finetune": 3, "predict_tuned": 3, **SCORED},
        "predict_base": {"predict_base": 1, **SCORED},
        "predict_tuned": {"predict_tuned": 3, **SCORED},
    }
    files = rules_with_a_command(study)
    assert files.keys() == expected.keys()
    for rule, path in files.items():
        before = path.read_text()
        head, start, tail = before.partition(f"\nrule {rule}:\n")
        edited = tail.replace('    shell:\n        "', '    shell:\n        "nice ', 1)
        path.write_text(head + start + edited)
        assert study.plan() == expected[rule], rule
        path.write_text(before)


def test_other_worked_examples_touch_no_adapter(study) -> None:
    study.edit("config/tiny.yaml", "title:", "predict: {n_examples: 2}\ntitle:")
    assert study.plan() == {"audit_prompts": 1, "predict_base": 1, "predict_tuned": 3, **SCORED}


def test_another_choice_of_baselines_touches_no_model(study) -> None:
    study.edit("config/tiny.yaml", "title:", "baselines: [majority]\ntitle:")
    assert study.plan() == BASELINES


@pytest.mark.parametrize(
    ("module", "rerun"),
    [
        ("evaluation/comparisons.py", COMPARED),
        ("statistics/paired_differences.py", COMPARED),
        ("evaluation/key_figures.py", REPORTED),
        ("evaluation/ratings.py", {"review": 1, **REPORTED}),
        ("runtime/settings/study.py", {}),  # the Snakefile alone reads the whole config
        ("runtime/settings/statistics.py", {"review": 1, **REPORTED}),
        ("evaluation/subgroups.py", COMPARED),
        ("evaluation/components.py", SCORED),
        ("regimen/phases.py", SCORED),
        ("evaluation/scoring.py", SCORED),
        ("evaluation/metrics/rouge1.py", SCORED),
        ("models/baselines.py", BASELINES),
        ("models/predict.py", {**BASELINES, **PREDICTIONS}),
        ("models/finetune.py", {"finetune": 3, "predict_tuned": 3, **SCORED}),
        (
            "models/token_audit.py",
            {"audit_lengths": 3, "audit_prompts": 1, "finetune": 3, **PREDICTIONS},
        ),
        ("report/flow.py", REPORTED),
    ],
)
def test_an_edit_to_a_module_reruns_what_uses_it_and_follows(study, module, rerun) -> None:
    path = study.folder / "workflow" / "lib" / "radonc" / module
    path.write_text(path.read_text() + "\nUNUSED = 1\n")
    assert study.plan() == rerun


def test_changes_upstream_that_leave_the_pairs_as_they_are_train_nothing(study) -> None:
    for path in (study.results / "private" / "source").glob("*.csv"):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        rows.iloc[::-1].to_csv(path, index=False)
    assert {"extract", "deidentify", "release"} <= study.plan().keys()
    path = study.folder / "workflow" / "lib" / "radonc" / "data" / "cohort.py"
    path.write_text(path.read_text() + "\nUNUSED = 1\n")
    assert {"extract", "deidentify", "release", "cohort", "pairs"} <= set(study.run("all_pairs"))
    assert TRAINING.isdisjoint(study.plan())


def test_a_patient_more_moves_nobody(study) -> None:
    before = sides(study)
    source = study.results / "private" / "source"
    fates = pd.read_parquet(study.results / "private" / "truth" / "fates.parquet")
    model = fates.loc[fates["fate"] == "eligible", "patient_id"].iloc[0]
    for name, changes in {
        "Patient.csv": {},
        "Diagnosis.csv": {"DiagnosisSer": "NEW-D", "ClinicalHistory": "An unheard-of presentation."},
        "Plan.csv": {"PlanSer": "NEW-P", "DiagnosisSer": "NEW-D"},
    }.items():
        rows = pd.read_csv(source / name, dtype=str, keep_default_na=False)
        added = rows[rows["PatientSer"] == model].drop_duplicates("PatientSer").assign(PatientSer="000NEW", **changes)
        pd.concat([added, rows]).to_csv(source / name, index=False)
    study.run("results/pairs/icd10/test.parquet")
    after = sides(study)
    assert len(after) == len(before) + 1
    assert {case: after[case] for case in before} == before


def test_a_lost_output_is_made_again_alone(study) -> None:
    (study.results / "report" / "report.html").unlink()
    assert study.plan() == REPORTED


def sides(study) -> dict[str, str]:
    tables = [pd.read_parquet(path) for path in (study.results / "pairs" / "icd10").glob("*.parquet")]
    return pd.concat(tables).set_index("case_id")["split"].to_dict()
