"""What clusters do to jobs, one fault after another on the same training, and what becomes of it.

Each fault comes when the training has written one more checkpoint. However often a training is disturbed, it goes on
from its last checkpoint, and it ends with the adapter of an undisturbed one.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager

import pytest
from cluster import wait_for
from runs import PATIENCE, command_of

RAISED = "finetune:mem_mb=300*16**(attempt-1)"
# Takes both nodes from whatever runs there.
URGENT = ("sbatch", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap=sleep 2")


@pytest.fixture
def as_undisturbed(site, undisturbed):
    """What holds after every training, given the step of the last checkpoint that was seen."""

    def check(step: int) -> None:
        assert site.resumed_from() >= step > 0
        assert site.adapter() == undisturbed

    return check


def test_a_job_that_is_ended_or_moved_goes_on_by_itself(site, as_undisturbed) -> None:
    head = site.train()

    # Over its time limit.
    site.checkpoint()
    limited = site.job("RUNNING")
    site.cluster.run("scontrol", "update", f"JobId={limited['JobId']}", "EndTime=now")
    site.checkpoint(2)
    assert [job["JobState"] for job in site.jobs()] == ["TIMEOUT", "RUNNING"]

    # Cancelled.
    site.cluster.run("scancel", site.job("RUNNING", 2)["JobId"])
    site.checkpoint(3)
    assert [job["JobState"] for job in site.jobs()] == ["TIMEOUT", "CANCELLED", "RUNNING"]

    # Preempted.
    site.cluster.run(*URGENT)
    step = site.checkpoint(3, restarts=1)

    # Its node dies.
    dead = site.job("RUNNING", 3)["NodeList"]
    site.cluster.lose(dead)
    try:
        site.finish(head)
    finally:
        site.cluster.start_node(dead)
    first, second, third = site.jobs()
    assert [job["JobState"] for job in (first, second, third)] == ["TIMEOUT", "CANCELLED", "COMPLETED"]
    assert [job["TimeLimit"] for job in (limited, second, third)] == ["08:00:00", "16:00:00", "1-00:00:00"]
    assert [job["MinMemoryNode"] for job in (first, second, third)] == ["62.50G", "125G", "187.50G"]
    # What each job of a model on one node asks for.
    assert {(job["TresPerJob"], job["CpusPerTres"], job["NumNodes"]) for job in (first, second, third)} == {
        ("gres:gpu:1", "gres:gpu:8", "1")
    }
    assert third["Restarts"] == "2"
    assert third["NodeList"] != dead
    as_undisturbed(step)


def test_a_training_that_waits_for_a_person_goes_on(site, as_undisturbed) -> None:
    head = site.train()

    # Preempted where Slurm requeues nothing.
    site.checkpoint()
    with preemption_cancels(site.cluster):
        site.cluster.run(*URGENT)
        preempted = site.job("PREEMPTED")
    wait_for(lambda: "preemption" in site.said(), "Snakemake to see it", PATIENCE)
    assert head.poll() is None
    site.cluster.run("scontrol", "requeue", preempted["JobId"])
    site.checkpoint(restarts=1)
    assert site.job("RUNNING")["JobId"] == preempted["JobId"]

    # Ctrl-C.
    os.kill(head.pid, signal.SIGINT)
    assert head.wait(PATIENCE) != 0
    assert site.job("CANCELLED")

    # Too little memory at the first attempt.
    head = site.train("--set-resources", RAISED)
    step = site.checkpoint(3)
    _, small, large = site.jobs()
    assert (small["JobState"], large["JobState"]) == ("FAILED", "RUNNING")
    assert [job["MinMemoryNode"] for job in (small, large)] == ["300M", "4800M"]

    # Snakemake is lost.
    head.kill()
    head.wait()
    assert site.job("RUNNING", 3)["JobId"] == large["JobId"]
    assert_locked(site)
    site.type(command_of("docs/troubleshooting.md", "squeue --me --noheader"))
    assert site.job("CANCELLED", 3)["JobId"] == large["JobId"]
    assert site.train("--unlock").wait(PATIENCE) == 0
    site.finish(site.train())
    assert [job["JobState"] for job in site.jobs()] == ["CANCELLED", "FAILED", "CANCELLED", "COMPLETED"]
    as_undisturbed(step)


def test_a_job_that_runs_snakemake_takes_its_jobs_with_it_unless_cancelled_outright(site, as_undisturbed) -> None:
    # Stopped by hand.
    head = site.start_in_a_job()
    site.checkpoint()
    site.type(command_of("docs/guides/cluster.md", "scancel "))
    assert site.job("CANCELLED")
    site.wait_for_job(head)
    assert not site.cluster.run("squeue", "-h")

    # The folder is unlocked. Stopped by its time limit.
    head = site.start_in_a_job()
    step = site.checkpoint(2)
    site.cluster.run("scontrol", "update", f"JobId={head}", "TimeLimit=4")
    assert site.job("CANCELLED", 2)
    site.wait_for_job(head)
    assert not site.cluster.run("squeue", "-h")

    # The folder is unlocked. Cancelled outright.
    head = site.start_in_a_job()
    site.checkpoint(3)
    site.cluster.run("scancel", head)
    assert site.wait_for_job(head) == "CANCELLED"
    assert site.job("RUNNING", 3)
    assert_locked(site)

    # The training that was left goes on to its end.
    site.go_on(3)
    assert site.job("COMPLETED", 3)
    as_undisturbed(step)


@contextmanager
def preemption_cancels(cluster):
    """Have Slurm cancel what it preempts."""
    cluster.run("scontrol", "update", "PartitionName=gpu", "PreemptMode=CANCEL")
    try:
        yield
    finally:
        cluster.run("scontrol", "update", "PartitionName=gpu", "PreemptMode=REQUEUE")


def assert_locked(site) -> None:
    """What a second run says while the folder is locked."""
    assert "cannot be locked" not in site.said()
    assert site.train().wait(PATIENCE) != 0
    assert "cannot be locked" in site.said()
