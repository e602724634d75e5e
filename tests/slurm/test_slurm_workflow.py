"""The whole workflow on a real Slurm, as the docs show it, and what its jobs asked for."""

from __future__ import annotations

import json
import re
import shutil
from itertools import accumulate
from pathlib import Path
from time import monotonic

import pandas as pd
import pytest
import yaml
from checkouts import CONFIG, check_out, tiny_config
from runs import PROFILE, RECIPES, Site, set_up_site

GPU_RULES = ("finetune", "predict_base", "predict_tuned")
SUBMITTED = ("finetune", "predict_base", "predict_tuned", "data", "baselines")


@pytest.fixture(scope="module")
def on_slurm(cluster, prepared, tmp_path_factory):
    """A site with a finished tiny study of a model in a folder, which counts as a full model and asks for GPUs.

    Of its two tasks, two nodes train one. Snakemake ran in a job.
    """
    checkout = check_out(tmp_path_factory.mktemp("slurm-study") / "checkout")
    set_up_site(checkout)
    folder = str(prepared.results / "models" / "demo-llama")
    config = {
        **tiny_config(),
        "tasks": {"icd10": {}, "modality": {}},
        "predict": {"n_examples": 0},
        "models": {"llama": {"folder": folder, "recipe": RECIPES["wide"]}},
    }
    (checkout.folder / CONFIG).write_text(yaml.safe_dump(config), encoding="utf-8")
    site = Site(checkout, cluster)
    try:
        started = monotonic()
        assert site.wait_for_job(site.start_in_a_job("all")) == "COMPLETED", site.said()[-6000:]
        print(f"the whole workflow took {monotonic() - started:.0f} s, its jobs")
        print(*(f"{job['RunTime']} {job['Comment'][:60]}" for job in jobs_of(site)), sep="\n")
        yield site
    finally:
        site.close()


def jobs_of(site: Site) -> list[dict[str, str]]:
    return [job for job in site.cluster.jobs("rule_") if job["WorkDir"] == str(site.checkout.folder)]


def test_the_study_is_whole(on_slurm) -> None:
    record = json.loads((on_slurm.checkout.results / "deid" / "certificate.json").read_text())
    assert "no identifier of the extract found" in record["verdict"]
    assert (on_slurm.checkout.results / "report" / "report.html").exists()
    assert {job["JobState"] for job in jobs_of(on_slurm)} == {"COMPLETED"}


def wants_gpu(job: dict[str, str]) -> bool:
    return job["Comment"].startswith(tuple(f"rule_{rule}_" for rule in GPU_RULES))


def is_wide(job: dict[str, str]) -> bool:
    return job["Comment"].startswith("rule_finetune_") and "icd10" in job["Comment"]


def test_training_and_prediction_ask_for_gpus_and_no_other_job_does(on_slurm) -> None:
    for job in jobs_of(on_slurm):
        asked = (job.get("TresPerJob", ""), job.get("TresPerNode", ""), job["NumNodes"])
        if job["Comment"].startswith("rule_predict_base_"):
            assert asked == ("", "gres:gpu:h100:1", "1")
        elif is_wide(job):
            assert asked == ("gres:gpu:2", "", "2")
        else:
            assert asked == ("gres:gpu:1" if wants_gpu(job) else "", "", "1")
    assert sum(map(wants_gpu, jobs_of(on_slurm))) == 2 + 1 + 2
    assert sum(map(is_wide, jobs_of(on_slurm))) == 1


def test_jobs_ask_for_what_the_rules_and_the_profile_say(on_slurm) -> None:
    for job in jobs_of(on_slurm):
        if wants_gpu(job):
            by_gres = job["Comment"].startswith("rule_predict_base_")
            assert (job["Partition"], job["MinMemoryNode"]) == ("gpu", "62.50G")
            assert job.get("CpusPerTres", "") == ("" if by_gres else "gres:gpu:8")
            assert job["TimeLimit"] == ("08:00:00" if "finetune" in job["Comment"] else "04:00:00")
            assert job["Requeue"] == "1"
        else:
            assert job["Partition"] == "cpu"


def test_small_steps_share_a_job_or_stay_where_snakemake_runs(on_slurm) -> None:
    comments = [job["Comment"] for job in jobs_of(on_slurm)]
    counts = {name: sum(comment.startswith(f"rule_{name}_") for comment in comments) for name in SUBMITTED}
    assert counts == {"finetune": 2, "predict_base": 1, "predict_tuned": 2, "data": 1, "baselines": 1}
    assert len(comments) == sum(counts.values())


def test_no_more_steps_than_the_profile_says_run_where_snakemake_runs(on_slurm) -> None:
    profile = yaml.safe_load((on_slurm.checkout.folder / PROFILE).read_text(encoding="utf-8"))
    submitted = {*profile["groups"], *GPU_RULES}
    events = re.findall(r"^(?:    jobid: (\d+)$|Finished jobid: (\d+) \(Rule: (\w+)\))", on_slurm.said(), re.MULTILINE)
    local = {done for _, done, rule in events if done and rule not in submitted | {"all"}}
    at_a_time = list(
        accumulate(bool(start) - bool(done) for start, done, _ in events if start in local or done in local)
    )
    assert len(local) >= 10
    assert (max(at_a_time), at_a_time[-1]) == (profile["resources"]["local_jobs"], 0)


def test_two_nodes_learn_what_one_learns(on_slurm, tmp_path) -> None:
    """One process on each node (gloo; on CPUs each holds all weights, no FSDP), against one process without Slurm."""
    alone = on_slurm.checkout.copy(tmp_path / "checkout")
    shutil.copy(alone.folder / RECIPES["narrow"], alone.folder / RECIPES["wide"])
    (manifest,) = alone.results.glob("adapters/llama/icd10/seed1/manifest.json")
    done = alone.snakemake("--set-threads", "finetune=1", "--", str(manifest.relative_to(alone.folder)))
    assert done.returncode == 0, done.stderr[-4000:]
    folders = [Path(checkout.results, "adapters/llama/icd10/seed1") for checkout in (alone, on_slurm.checkout)]
    assert [json.loads((folder / "manifest.json").read_text())["n_devices"] for folder in folders] == [1, 2]
    one, two = (pd.read_parquet(folder / "curve.parquet") for folder in folders)
    validated = "validation_loss"
    pd.testing.assert_frame_equal(one.drop(columns=validated), two.drop(columns=validated), rtol=1e-4)
    # Two nodes fill up the last batch with pairs that were counted before.
    pd.testing.assert_series_equal(one[validated], two[validated], rtol=1e-3)


def test_a_second_run_submits_nothing(on_slurm) -> None:
    before = len(jobs_of(on_slurm))
    on_slurm.finish(on_slurm.start())
    assert "Nothing to be done" in on_slurm.said()
    assert len(jobs_of(on_slurm)) == before
