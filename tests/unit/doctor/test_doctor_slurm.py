import os
import time
from pathlib import Path

import pytest
from doctor_context import JOBS, PROFILE, SINFO, make_context, write_answer, write_program

from radonc.doctor import slurm
from radonc.doctor.checks import CheckResult, NoAnswerError, Status, run_command
from radonc.doctor.plan import Job


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cluster that suits the study; a test breaks one thing of it."""
    folder = tmp_path / "bin"
    write_answer(folder, "sinfo", "\n".join(SINFO))
    write_answer(folder, "scontrol", "MaxJobCount = 10000\nMinJobAge               = 300 sec\nMpiDefault = none")
    write_answer(folder, "sacctmgr", "lab\nother")
    for name in ("sbatch", "squeue", "srun", "scancel"):
        write_answer(folder, name, "")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def about(tmp_path: Path, **options: object) -> dict[str, CheckResult]:
    """Ask the doctor about the cluster: subject -> result."""
    context = make_context(tmp_path, **options)
    found = [*slurm.check_partitions(context), *slurm.check_accounts(context), slurm.check_job_states(context)]
    return {result.subject: result for result in [slurm.check_commands(), *found]}


@pytest.mark.usefixtures("programs")
def test_a_cluster_that_suits_is_fine(tmp_path) -> None:
    found = about(tmp_path)
    assert {result.status for result in found.values()} == {Status.OK}, found
    assert {"partition cpu", "partition gpu", "walltime in gpu", "memory in gpu", "GPUs in gpu", "account lab"} <= set(
        found
    )


@pytest.mark.parametrize(
    ("line", "subject", "text"),
    [
        ("gpu2|up|infinite|512000|gpu:h100:4|idle", "partition gpu", "does not exist; there are: cpu, gpu2"),
        ("gpu|up|infinite|512000|gpu:h100:4|drained", "partition gpu", "no node that is up"),
        ("gpu|inact|infinite|512000|gpu:h100:4|idle", "partition gpu", "no node that is up"),
        ("gpu|up|12:00:00|512000|gpu:h100:4|idle", "walltime in gpu", "1440 min at attempt 3; the limit is 720 min"),
        ("gpu|up|infinite|128000+|gpu:h100:4|idle", "memory in gpu", "the limit is 128000 MB"),
        ("gpu|up|infinite|512000|gpu:a100:4|idle", "GPUs in gpu", "ask for 1 × h100, a node has 4 × a100"),
        ("gpu|up|infinite|512000|(null)|idle", "GPUs in gpu", "a node has none"),
    ],
)
def test_what_does_not_suit_is_named(programs, tmp_path, line, subject, text) -> None:
    write_answer(programs, "sinfo", f"{SINFO[0]}\n{line}")
    result = about(tmp_path)[subject]
    assert result.status is Status.MISSING
    assert text in result.line()
    assert result.advice


def test_a_gpu_of_any_model_will_do_where_none_is_named(programs, tmp_path) -> None:
    write_answer(programs, "sinfo", "gpu|up|infinite|512000|gpu:2,craynetwork:4|idle")
    job = Job("finetune", {"slurm_partition": "gpu", "gpu": 2})
    assert about(tmp_path, jobs=[job])["GPUs in gpu"].status is Status.OK
    assert about(tmp_path, jobs=[Job("finetune", {**job.resources, "gpu": 3})])["GPUs in gpu"].status is Status.MISSING
    over_nodes = Job("finetune", {**job.resources, "gpu": 4, "nodes": 2})
    assert about(tmp_path, jobs=[over_nodes])["GPUs in gpu"].status is Status.OK


def test_an_account_that_is_not_yours_is_missing(programs, tmp_path) -> None:
    write_answer(programs, "sacctmgr", "other")
    assert about(tmp_path)["account lab"].status is Status.MISSING
    write_program(programs, "sacctmgr", "echo 'sacctmgr: error: no accounting storage' >&2; exit 1")
    result = about(tmp_path)["account"]
    assert result.status is Status.UNKNOWN
    assert "no accounting storage" in result.text


def test_slurm_must_remember_jobs_until_snakemake_asks(programs, tmp_path) -> None:
    write_answer(programs, "scontrol", "MinJobAge = 60 sec")
    assert about(tmp_path)["job states"].status is Status.MISSING
    with_sacct = {**PROFILE, "slurm-status-command": "sacct"}
    assert "sacct" in about(tmp_path, profile=with_sacct)["job states"].text


def test_without_slurm_its_commands_are_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "sbatch, squeue, sinfo, srun, scancel" in slurm.check_commands().text


def test_a_program_that_hangs_is_ended_with_all_that_it_started(tmp_path, monkeypatch) -> None:
    # Its child holds the pipe open, so that ending the program alone would not do.
    write_program(tmp_path, "sinfo", f"sleep 300 & echo $! > {tmp_path}/child; wait")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    started = time.monotonic()
    with pytest.raises(NoAnswerError, match="sinfo did not answer in 1 s"):
        run_command("sinfo", seconds=1)
    assert time.monotonic() - started < 5
    time.sleep(0.2)
    state = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


@pytest.mark.parametrize(
    ("limit", "minutes"),
    [("infinite", None), ("1-00:00:00", 1440), ("12:00:00", 720), ("30:00", 30), ("0:30", 1), ("n/a", None)],
)
def test_time_limits_are_read_as_slurm_writes_them(limit, minutes) -> None:
    assert slurm.minutes_of(limit) == minutes


def test_test_jobs_ask_one_node_per_partition(programs, tmp_path) -> None:
    # A cluster in which the job runs here.
    write_program(
        programs, "srun", f'echo "$@" >> {tmp_path}/submitted; while [ "${{1#--}}" != "$1" ]; do shift; done; exec "$@"'
    )
    found = list(slurm.check_nodes(make_context(tmp_path, jobs=[JOBS[0], JOBS[0]])))
    assert [result.status for result in found] == [Status.OK], found
    assert (tmp_path / "submitted").read_text().count("--partition=cpu") == 1
    assert not list(tmp_path.glob(".doctor-*"))


def test_a_test_job_says_what_a_node_does_not_see(programs, tmp_path) -> None:
    write_answer(programs, "srun", '{"node": "node07", "reads": false, "cards": []}')
    states = {result.subject: result for result in slurm.check_nodes(make_context(tmp_path, jobs=[JOBS[1]]))}
    assert "node07 does not see" in states["node of gpu"].text
    assert "cannot use the GPU of node07" in states["node of gpu: GPU"].text
    assert {result.status for result in states.values()} == {Status.MISSING}
    write_program(
        programs, "srun", "echo 'slurmstepd: error: execve(): .venv/bin/python: No such file or directory' >&2; exit 2"
    )
    [result] = slurm.check_nodes(make_context(tmp_path, jobs=[JOBS[1]]))
    assert "does not see this checkout" in result.text
    write_program(
        programs, "srun", "echo 'srun: error: Unable to allocate resources: Requested nodes are busy' >&2; exit 1"
    )
    [result] = slurm.check_nodes(make_context(tmp_path, jobs=[JOBS[1]]))
    assert result.status is Status.UNKNOWN


def test_a_test_job_asks_for_a_gpu_as_the_jobs_do() -> None:
    assert "--gpus=h100:1" in slurm.srun_options(JOBS[1])
    assert not [option for option in slurm.srun_options(JOBS[0]) if "gpu" in option]
    by_gres = Job("finetune", {"gpu": 0, "gres": "gpu:h100:4"})
    assert "--gres=gpu:h100:1" in slurm.srun_options(by_gres)


def test_a_node_whose_gpu_is_too_old_for_bfloat16_is_named(programs, tmp_path) -> None:
    answer = '{"node": "node07", "reads": true, "cards": [["Tesla V100", "7.0"], ["Tesla V100", "7.0"]]}'
    write_answer(programs, "srun", answer)
    study = {"models": {"big": {"folder": "big"}}, "recipes": {"big": {"icd10": {"bf16": True}}}}
    *_, result = slurm.check_nodes(make_context(tmp_path, jobs=[JOBS[1]], **study))
    assert result.status is Status.MISSING
    assert result.text.endswith("compute capability 8.0 or more; here: Tesla V100 (7.0)")


def test_gpus_that_are_asked_for_as_generic_resources_are_compared_per_node(programs, tmp_path) -> None:
    write_answer(programs, "sinfo", "gpu|up|infinite|512000|gpu:h100:4|idle")
    job = Job("finetune", {"slurm_partition": "gpu", "gpu": 0, "gres": "gpu:h100:4", "nodes": 2})
    assert about(tmp_path, jobs=[job])["GPUs in gpu"].status is Status.OK
    more = Job("finetune", {**job.resources, "gres": "gpu:h100:8"})
    assert about(tmp_path, jobs=[more])["GPUs in gpu"].status is Status.MISSING
