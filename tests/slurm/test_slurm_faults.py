"""What clusters do to jobs: each fault on a training job that has written a checkpoint, and what becomes of it.

However a training is disturbed, it goes on from its last checkpoint and ends with the adapter of an undisturbed one.
"""

from __future__ import annotations

import os
import signal

import pytest
from cluster import wait_for
from runs import PATIENCE, command_of

RAISED = "finetune:mem_mb=300*16**(attempt-1)"


@pytest.fixture
def as_undisturbed(site, undisturbed):
    """What holds after every fault."""

    def check(step: int) -> None:
        assert site.resumed_from() >= step > 0
        assert site.adapter() == undisturbed

    return check


def test_a_preempted_job_goes_back_into_the_queue(site, as_undisturbed) -> None:
    head = site.train()
    step = site.checkpoint()
    site.cluster.run("sbatch", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap=sleep 2")
    site.finish(head)
    (job,) = site.jobs()
    assert (job["JobState"], job["Restarts"]) == ("COMPLETED", "1")
    as_undisturbed(step)


def test_a_preempted_job_that_was_not_requeued_waits_for_a_requeue_by_hand(site, as_undisturbed) -> None:
    site.cluster.run("scontrol", "update", "PartitionName=gpu", "PreemptMode=CANCEL")
    try:
        head = site.train()
        step = site.checkpoint()
        site.cluster.run(
            "sbatch", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap=true"
        )
        job = site.job("PREEMPTED")
        wait_for(lambda: "preemption" in site.said(), "Snakemake to see it", PATIENCE)
        assert head.poll() is None
        site.cluster.run("scontrol", "requeue", job["JobId"])
        site.finish(head)
    finally:
        site.cluster.run("scontrol", "update", "PartitionName=gpu", "PreemptMode=REQUEUE")
    as_undisturbed(step)


def test_a_job_over_its_time_limit_is_submitted_again_with_more_time(site, as_undisturbed) -> None:
    head = site.train()
    step = site.checkpoint()
    job = site.job("RUNNING")
    site.cluster.run("scontrol", "update", f"JobId={job['JobId']}", "EndTime=now")
    site.finish(head)
    first, second = site.jobs()
    assert (first["JobState"], second["JobState"]) == ("TIMEOUT", "COMPLETED")
    assert (job["TimeLimit"], second["TimeLimit"]) == ("08:00:00", "16:00:00")
    as_undisturbed(step)


def test_a_job_whose_node_dies_goes_on_at_another(site, as_undisturbed) -> None:
    head = site.train()
    step = site.checkpoint()
    dead = site.job("RUNNING")["NodeList"]
    site.cluster.lose(dead)
    try:
        site.finish(head)
    finally:
        site.cluster.start_node(dead)
    (job,) = site.jobs()
    assert (job["JobState"], job["Restarts"]) == ("COMPLETED", "1")
    assert job["NodeList"] != dead
    as_undisturbed(step)


def test_a_stopped_run_whose_job_lacks_memory_gets_more_at_the_next_attempt(site, as_undisturbed) -> None:
    head = site.train()
    step = site.checkpoint()
    os.kill(head.pid, signal.SIGINT)
    assert head.wait(PATIENCE) != 0
    assert site.job("CANCELLED")
    site.finish(site.train("--set-resources", RAISED))
    _, small, large = site.jobs()
    assert (small["JobState"], large["JobState"]) == ("FAILED", "COMPLETED")
    assert [job["MinMemoryNode"] for job in (small, large)] == ["300M", "4800M"]
    as_undisturbed(step)


def test_a_cancelled_job_is_submitted_again_as_the_rule_says(site, as_undisturbed) -> None:
    head = site.train()
    step = site.checkpoint()
    site.cluster.run("scancel", site.job("RUNNING")["JobId"])
    site.finish(head)
    first, second = site.jobs()
    assert (first["JobState"], second["JobState"]) == ("CANCELLED", "COMPLETED")
    assert (first["MinMemoryNode"], second["MinMemoryNode"]) == ("62.50G", "125G")
    as_undisturbed(step)


@pytest.mark.parametrize("ends", ["by hand", "by its time limit"])
def test_a_job_that_runs_snakemake_takes_its_jobs_with_it(site, as_undisturbed, ends) -> None:
    head = site.start_in_a_job()
    step = site.checkpoint()
    if ends == "by hand":
        site.type(command_of("docs/guides/cluster.md", "scancel "))
    else:
        site.cluster.run("scontrol", "update", f"JobId={head}", "TimeLimit=4")
    assert site.job("CANCELLED")
    wait_for(lambda: not site.cluster.run("squeue", "-h"), "the job that ran Snakemake to end", PATIENCE)
    # The folder is unlocked.
    site.finish(site.train())
    as_undisturbed(step)


def test_a_job_that_runs_snakemake_and_is_cancelled_outright_leaves_its_jobs(site) -> None:
    head = site.start_in_a_job()
    site.checkpoint()
    site.cluster.run("scancel", head)
    wait_for(
        lambda: head not in site.cluster.run("squeue", "-h").split(), "the job that ran Snakemake to end", PATIENCE
    )
    assert site.job("RUNNING")
    assert site.train().wait(PATIENCE) != 0
    assert "cannot be locked" in site.said()


def test_a_lost_head_leaves_its_job_which_is_cancelled_first(site, as_undisturbed) -> None:
    head = site.train()
    step = site.checkpoint()
    head.kill()
    head.wait()
    job = site.job("RUNNING")
    assert site.train().wait(PATIENCE) != 0
    assert "cannot be locked" in site.said()
    site.type(command_of("docs/troubleshooting.md", "squeue --me --noheader"))
    assert site.job("CANCELLED")["JobId"] == job["JobId"]
    assert site.train("--unlock").wait(PATIENCE) == 0
    site.finish(site.train())
    assert [job["JobState"] for job in site.jobs()] == ["CANCELLED", "COMPLETED"]
    as_undisturbed(step)
