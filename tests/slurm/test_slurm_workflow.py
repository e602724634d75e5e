"""The whole workflow on a real Slurm, as a user types it, and what its jobs asked for."""

from __future__ import annotations

import json
import re
from itertools import accumulate
from time import monotonic

import pytest
import yaml
from checkouts import CONFIG, check_out, tiny_config
from runs import PATIENCE, PROFILE, RECIPES, Site, set_up_site

GPU_RULES = ("finetune", "predict_base", "predict_tuned")
SUBMITTED = ("finetune", "predict_base", "predict_tuned", "data", "baselines")


@pytest.fixture(scope="module")
def on_slurm(cluster, prepared, tmp_path_factory):
    """A site with a finished tiny study of a model in a folder, which counts as a full model and asks for GPUs."""
    checkout = check_out(tmp_path_factory.mktemp("slurm-study") / "checkout")
    set_up_site(checkout)
    config = tiny_config()
    folder = str(prepared.results / "models" / "demo-llama")
    config["models"] = {"llama": {"folder": folder, "recipe": RECIPES["short"]}}
    (checkout.folder / CONFIG).write_text(yaml.safe_dump(config), encoding="utf-8")
    site = Site(checkout, cluster)
    try:
        started = monotonic()
        site.finish(site.start(), 3 * PATIENCE)
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


def test_training_and_prediction_ask_for_gpus_and_no_other_job_does(on_slurm) -> None:
    for job in jobs_of(on_slurm):
        asked = (job.get("TresPerJob", ""), job.get("TresPerNode", ""))
        by_gres = job["Comment"].startswith("rule_predict_base_")
        assert asked == (("", "gres:gpu:h100:1") if by_gres else ("gres:gpu:1" if wants_gpu(job) else "", ""))
    assert sum(wants_gpu(job) for job in jobs_of(on_slurm)) == 3 + 1 + 3


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
    assert counts == {"finetune": 3, "predict_base": 1, "predict_tuned": 3, "data": 1, "baselines": 1}
    assert len(comments) == sum(counts.values())


def test_no_more_steps_than_the_profile_says_run_where_snakemake_runs(on_slurm) -> None:
    profile = yaml.safe_load((on_slurm.checkout.folder / PROFILE).read_text(encoding="utf-8"))
    submitted = {*profile["groups"], *GPU_RULES}
    events = re.findall(r"^(?:    jobid: (\d+)$|Finished jobid: (\d+) \(Rule: (\w+)\))", on_slurm.said(), re.MULTILINE)
    local = {done for _, done, rule in events if done and rule not in submitted | {"all"}}
    at_a_time = list(
        accumulate(bool(start) - bool(done) for start, done, _ in events if start in local or done in local)
    )
    assert len(local) > 10
    assert (max(at_a_time), at_a_time[-1]) == (profile["resources"]["local_jobs"], 0)


def test_a_second_run_submits_nothing(on_slurm) -> None:
    before = len(jobs_of(on_slurm))
    on_slurm.finish(on_slurm.start())
    assert "Nothing to be done" in on_slurm.said()
    assert len(jobs_of(on_slurm)) == before
