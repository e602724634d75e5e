import os
import time
from pathlib import Path

import pytest
from doctor_site import JOBS, PROFILE, SINFO, make_site, program, says

from radonc.doctor import cluster, probe
from radonc.doctor.asking import UnansweredError, ask
from radonc.doctor.findings import Finding, State
from radonc.doctor.plan import Job
from radonc.doctor.site import named


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cluster that suits the study; a test breaks one thing of it."""
    folder = tmp_path / "bin"
    says(folder, "sinfo", "\n".join(SINFO))
    says(folder, "scontrol", "MaxJobCount = 10000\nMinJobAge               = 300 sec\nMpiDefault = none")
    says(folder, "sacctmgr", "lab\nother")
    for name in ("sbatch", "squeue", "srun", "scancel"):
        says(folder, name, "")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def about(tmp_path: Path, **site: object) -> dict[str, Finding]:
    """Ask the doctor about the cluster: subject -> finding."""
    asked, here = cluster.inquire(), make_site(tmp_path, **site)
    found = [*cluster.partitions(here, asked), *cluster.accounts(here, asked), cluster.polling(here, asked)]
    return {finding.subject: finding for finding in [cluster.commands(), *found]}


@pytest.mark.usefixtures("slurm")
def test_a_cluster_that_suits_is_fine(tmp_path) -> None:
    found = about(tmp_path)
    assert {finding.state for finding in found.values()} == {State.OK}, found
    assert {"partition cpu", "partition gpu", "walltime in gpu", "memory in gpu", "GPUs in gpu", "account lab"} <= set(
        found
    )


@pytest.mark.parametrize(
    ("line", "subject", "text"),
    [
        ("gpu2|up|infinite|512000|gpu:h100:4|idle", "partition gpu", "does not exist; there are: cpu, gpu2"),
        ("gpu|up|infinite|512000|gpu:h100:4|drained", "partition gpu", "no node that is up"),
        ("gpu|inact|infinite|512000|gpu:h100:4|idle", "partition gpu", "no node that is up"),
        ("gpu|up|12:00:00|512000|gpu:h100:4|idle", "walltime in gpu", "1440 min at attempt 3; allowed are 720 min"),
        ("gpu|up|infinite|128000+|gpu:h100:4|idle", "memory in gpu", "allowed are 128000 MB"),
        ("gpu|up|infinite|512000|gpu:a100:4|idle", "GPUs in gpu", "ask for 1 × h100, a node has 4 × a100"),
        ("gpu|up|infinite|512000|(null)|idle", "GPUs in gpu", "a node has none"),
    ],
)
def test_what_does_not_suit_is_named(slurm, tmp_path, line, subject, text) -> None:
    says(slurm, "sinfo", f"{SINFO[0]}\n{line}")
    finding = about(tmp_path)[subject]
    assert finding.state is State.MISSING
    assert text in finding.line()
    assert finding.advice


def test_a_gpu_of_any_model_will_do_where_none_is_named(slurm, tmp_path) -> None:
    says(slurm, "sinfo", "gpu|up|infinite|512000|gpu:2,craynetwork:4|idle")
    job = Job("finetune", {"slurm_partition": "gpu", "gpu": 2})
    assert about(tmp_path, jobs=[job])["GPUs in gpu"].state is State.OK
    assert about(tmp_path, jobs=[Job("finetune", {**job.resources, "gpu": 3})])["GPUs in gpu"].state is State.MISSING
    over_nodes = Job("finetune", {**job.resources, "gpu": 4, "nodes": 2})
    assert about(tmp_path, jobs=[over_nodes])["GPUs in gpu"].state is State.OK


def test_an_account_that_is_not_yours_is_missing(slurm, tmp_path) -> None:
    says(slurm, "sacctmgr", "other")
    assert about(tmp_path)["account lab"].state is State.MISSING
    program(slurm, "sacctmgr", "echo 'sacctmgr: error: no accounting storage' >&2; exit 1")
    finding = about(tmp_path)["account"]
    assert finding.state is State.UNKNOWN
    assert "no accounting storage" in finding.text


def test_slurm_must_remember_jobs_until_snakemake_asks(slurm, tmp_path) -> None:
    says(slurm, "scontrol", "MinJobAge = 60 sec")
    assert about(tmp_path)["job states"].state is State.MISSING
    with_sacct = {**PROFILE, "slurm-status-command": "sacct"}
    assert "sacct" in about(tmp_path, profile=with_sacct)["job states"].text


def test_without_slurm_its_commands_are_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "sbatch, squeue, sinfo, srun, scancel" in cluster.commands().text


def test_a_program_that_hangs_is_ended_with_all_that_it_started(tmp_path, monkeypatch) -> None:
    # Its child holds the pipe open, so that ending the program alone would not do.
    program(tmp_path, "sinfo", f"sleep 300 & echo $! > {tmp_path}/child; wait")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    started = time.monotonic()
    with pytest.raises(UnansweredError, match="sinfo did not answer in 1 s"):
        ask("sinfo", seconds=1)
    assert time.monotonic() - started < 5
    time.sleep(0.2)
    state = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


@pytest.mark.parametrize(
    ("limit", "minutes"),
    [("infinite", None), ("1-00:00:00", 1440), ("12:00:00", 720), ("30:00", 30), ("0:30", 1), ("n/a", None)],
)
def test_time_limits_are_read_as_slurm_writes_them(limit, minutes) -> None:
    assert cluster.minutes_of(limit) == minutes


def test_both_spellings_of_resources_in_a_profile_are_read() -> None:
    lists = {"default-resources": ["slurm_partition=cpu", "runtime=3"], "set-resources": ["a:slurm_partition=gpu"]}
    assert list(named(lists, "slurm_partition")) == ["cpu", "gpu"]
    assert list(named(PROFILE, "slurm_partition")) == ["cpu", "gpu"]


def test_a_probe_asks_one_node_per_partition(slurm, tmp_path) -> None:
    # A cluster in which the job runs here.
    program(
        slurm, "srun", f'echo "$@" >> {tmp_path}/submitted; while [ "${{1#--}}" != "$1" ]; do shift; done; exec "$@"'
    )
    found = list(probe.probe(make_site(tmp_path, jobs=[JOBS[0], JOBS[0]])))
    assert [finding.state for finding in found] == [State.OK], found
    assert (tmp_path / "submitted").read_text().count("--partition=cpu") == 1
    assert not list(tmp_path.glob(".doctor-*"))


def test_a_probe_says_what_a_node_does_not_see(slurm, tmp_path) -> None:
    says(slurm, "srun", '{"node": "node07", "reads": false, "gpus": 0}')
    states = {finding.subject: finding for finding in probe.probe(make_site(tmp_path, jobs=[JOBS[1]]))}
    assert "node07 does not see" in states["probe of gpu"].text
    assert "cannot use the GPU of node07" in states["probe of gpu: GPU"].text
    assert {finding.state for finding in states.values()} == {State.MISSING}
    program(
        slurm, "srun", "echo 'slurmstepd: error: execve(): .venv/bin/python: No such file or directory' >&2; exit 2"
    )
    [finding] = probe.probe(make_site(tmp_path, jobs=[JOBS[1]]))
    assert "does not see this checkout" in finding.text
    program(slurm, "srun", "echo 'srun: error: Unable to allocate resources: Requested nodes are busy' >&2; exit 1")
    [finding] = probe.probe(make_site(tmp_path, jobs=[JOBS[1]]))
    assert finding.state is State.UNKNOWN


def test_a_probe_asks_for_a_gpu_of_the_model_that_jobs_want() -> None:
    assert "--gpus=h100:1" in probe.options("gpu", JOBS[1])
    assert not [option for option in probe.options("cpu", JOBS[0]) if "gpu" in option]
