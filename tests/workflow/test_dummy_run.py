"""The dummy back end: the whole graph without a model, and shards that change nothing."""

import re
import shutil

import pytest
import yaml
from checkouts import CONFIG, Checkout, tiny_config

from radonc.runtime.hashing import hash_file

MODEL_JOBS = {"build_demo_model", "fetch_model", "audit_lengths", "audit_prompts", "finetune"}


@pytest.fixture(scope="module")
def once(finished, tmp_path_factory) -> Checkout:
    """A study answered by no model, up to the tables of predictions. Nobody may change it."""
    checkout = finished.copy(tmp_path_factory.mktemp("dummy") / "checkout")
    for made in ("models", "adapters", "predictions", "scores", "statistics", "review", "report"):
        shutil.rmtree(checkout.results / made)
    config = tiny_config()
    config["models"] = {"demo-llama": {"demo": "llama", "recipe": "config/recipes/demo-llama.yaml"}}
    config["predict"] = {"backend": "dummy", "batch_size": 4}
    config["tasks"] = {"icd10": {}}
    (checkout.folder / CONFIG).write_text(yaml.safe_dump(config), encoding="utf-8")
    checkout.run("all_predictions")
    return checkout


@pytest.fixture
def answered(once: Checkout, tmp_path) -> Checkout:
    """A copy of it, to be changed."""
    return once.copy(tmp_path / "checkout")


def test_nothing_is_built_fetched_or_trained(answered) -> None:
    planned = answered.plan()
    assert MODEL_JOBS.isdisjoint(planned)
    assert {"score", "compare", "report", "certify"} <= planned.keys()
    assert not (answered.results / "models").exists()
    assert not (answered.results / "adapters").exists()


def test_a_job_that_predicts_loads_no_torch(answered) -> None:
    # A torch that cannot be imported, first on the path of the jobs' interpreters.
    broken = answered.folder / "broken"
    broken.mkdir()
    without_torch = "import pathlib, sys; sys.modules['torch'] = None; pathlib.Path('broken', 'used').touch()\n"
    (broken / "sitecustomize.py").write_text(without_torch)
    script = answered.folder / "workflow" / "scripts" / "predict.py"
    script.write_text(script.read_text() + "\nUNUSED = 1\n")
    rule = answered.folder / "workflow" / "rules" / "predict.smk"
    inside = "env PYTHONPATH=broken:$PYTHONPATH {params.python}"
    rule.write_text(rule.read_text().replace("{params.python}", inside))
    ran = answered.run("all_predictions")
    assert {"predict_base", "predict_tuned"} <= set(ran)
    assert (broken / "used").exists()


def test_any_number_of_shards_gives_the_same_files(answered) -> None:
    before = {path: hash_file(path) for path in answered.results.glob("predictions/demo-llama/*/*.parquet")}
    assert len(before) == 3
    assert len(list(answered.results.glob("predictions/baselines/*.parquet"))) == 1
    answered.edit(CONFIG, "batch_size: 4", "batch_size: 4\n  shards: 2")
    ran = answered.run("all_predictions")
    assert (ran.count("predict_base"), ran.count("predict_tuned"), ran.count("gather_predictions")) == (2, 2, 3)
    assert {path: hash_file(path) for path in before} == before


def test_without_examples_there_is_no_fewshot_arm(answered) -> None:
    answered.edit(CONFIG, "batch_size: 4", "batch_size: 4\n  n_examples: 0")
    done = answered.snakemake("--dry-run", "--forceall", "all_predictions")
    assert done.returncode == 0, done.stderr
    assert "fewshot" not in done.stdout
    assert re.search(r"^predict_base +1$", done.stdout, flags=re.MULTILINE)


def test_without_baselines_none_is_fitted(answered) -> None:
    answered.edit(CONFIG, "batch_size: 4", "batch_size: 4\nbaselines: []")
    planned = answered.plan("--forceall")
    assert "predict_baselines" not in planned
    assert {"predict_base", "score", "compare", "report"} <= planned.keys()


def test_vllm_without_its_environment_says_how_to_make_it(answered) -> None:
    config = tiny_config()
    config["models"] = {"demo-llama": {"demo": "llama", "recipe": "config/recipes/demo-llama.yaml"}}
    config["predict"] = {"backend": "vllm"}
    (answered.folder / "vllm.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    done = answered.snakemake("--dry-run", config="vllm.yaml")
    assert re.search(r"predict\.backend: vllm answers on a GPU.*demo-llama", done.stderr)
    done = answered.snakemake("--dry-run", "--config", "predict={backend: vllm}", config="config/study.yaml")
    assert done.returncode != 0
    assert "envs/vllm/README.md" in done.stderr
