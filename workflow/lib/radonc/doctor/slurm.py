"""Slurm: whether its partitions, accounts, GPUs and limits suit what the jobs ask for, and what its nodes see.

``python -m radonc.doctor.slurm FILE [gpu]`` is the short job that says what a node sees: it prints JSON.
"""

import getpass
import json
import re
import secrets
import shutil
import socket
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radonc.doctor.checks import CheckResult, NoAnswerError, judge, missing, ok, run_command, unknown
from radonc.doctor.files import existing
from radonc.doctor.plan import Context, Job, attempts_of
from radonc.doctor.software import SET_UP_CUDA, check_cards

COMMANDS = ("sbatch", "squeue", "sinfo", "srun", "scancel")
SINFO_FORMAT = "%R|%a|%l|%m|%G|%T"
STATES_UP = ("idle", "mix", "alloc", "comp", "plan", "resv", "reserved")
INIT_SECONDS = "slurm-init-seconds-before-status-checks"
MIN_JOB_AGE = 120
QUEUE_SECONDS = 60
JOB_SECONDS = 180.0


@dataclass(frozen=True)
class NodeGroup:
    """Some nodes of a partition that are alike."""

    partition: str
    is_up: bool
    minutes: int | None  # of the longest job; None without a limit
    memory_mb: int
    gpus: Mapping[str, int]  # model (empty where the cluster names none) → number per node


def read_nodes(line: str) -> NodeGroup:
    """Read a line of sinfo, written by ``SINFO_FORMAT``."""
    partition, availability, limit, memory, gres, state = line.strip().split("|")
    gpus: Counter[str] = Counter()
    for model, number in re.findall(r"\bgpu:(?:([^:,()]+):)?(\d+)", gres):
        gpus[model] += int(number)
    is_up = availability == "up" and state.lower().startswith(STATES_UP)
    return NodeGroup(partition, is_up, minutes_of(limit), int(re.sub(r"\D", "", memory) or 0), gpus)


def minutes_of(limit: str) -> int | None:
    """Read a time limit: ``days-hours:minutes:seconds``, from the right; None for no limit."""
    days, _, rest = limit.rpartition("-")
    parts = rest.split(":")
    if not all(part.isdigit() for part in parts):
        return None
    hours, minutes, seconds = ([0, 0] + [int(part) for part in parts])[-3:]
    return (int(days or 0) * 24 + hours) * 60 + minutes + (seconds > 0)


def check_commands() -> CheckResult:
    """Check that Slurm's commands are there."""
    absent = [name for name in COMMANDS if shutil.which(name) is None]
    text = f"not on PATH: {', '.join(absent)}" if absent else f"{', '.join(COMMANDS)} are on PATH"
    return judge(not absent, "Slurm", text, "log in to a node that submits, or load its module")


def check_partitions(context: Context) -> Iterator[CheckResult]:
    """Compare every partition that jobs go to with the cluster, and with what the jobs in it ask for."""
    nodes = [read_nodes(line) for line in run_command("sinfo", "-h", "-o", SINFO_FORMAT).splitlines()]
    for name in dict.fromkeys(job.partition for job in context.jobs() if job.partition):
        jobs = [job for job in context.jobs() if job.partition == name]
        groups = [group for group in nodes if group.partition == name]
        subject = f"partition {name}"
        if not groups:
            there = ", ".join(sorted({group.partition for group in nodes})) or "none"
            yield missing(subject, f"does not exist; there are: {there}", "correct slurm_partition in the profile")
        elif not any(group.is_up for group in groups):
            yield missing(subject, "has no node that is up", "ask your administrator, or name another in the profile")
        else:
            yield ok(subject, f"exists, for {len(jobs)} jobs")
            yield from _check_limits(name, groups, jobs, attempts_of(context.profile))


def _check_limits(name: str, groups: list[NodeGroup], jobs: list[Job], attempts: int) -> Iterator[CheckResult]:
    """Compare what jobs ask for at their last attempt with what a partition allows."""
    when = f" at attempt {attempts}" if attempts > 1 else ""
    minutes = [group.minutes for group in groups if group.minutes is not None]
    limit = max(minutes) if len(minutes) == len(groups) else None
    yield _check_limit(f"walltime in {name}", "runtime", jobs, limit, "min", when)
    yield _check_limit(f"memory in {name}", "mem_mb", jobs, max(group.memory_mb for group in groups), "MB", when)
    there: dict[str, int] = {}
    for group in groups:
        there.update(group.gpus)
    shown = ", ".join(f"{number} × {kind or 'GPU'}" for kind, number in there.items()) or "none"
    for model, n_gpus in sorted({(job.gpu_model, job.gpus_per_node) for job in jobs if job.gpus_per_node}):
        fitting = [sum(n for kind, n in group.gpus.items() if model.lower() in ("", kind.lower())) for group in groups]
        text = f"jobs ask for {n_gpus} × {model or 'GPU'}, a node has {shown}"
        advice = "correct slurm_partition, and gpu_model and gpu, or gres"
        yield judge(max(fitting) >= n_gpus, f"GPUs in {name}", text, advice)


def _check_limit(subject: str, resource: str, jobs: list[Job], limit: int | None, unit: str, when: str) -> CheckResult:
    requests = {job.rule: job.number(resource) for job in sorted(jobs, key=lambda job: job.number(resource))}
    above = {rule: number for rule, number in requests.items() if limit is not None and number > limit}
    if above:
        text = ", ".join(f"{rule} asks for {number} {unit}" for rule, number in above.items())
        fix = f"set-resources in the profile: {list(above)[-1]}: {{{resource}: …}}, fewer retries, or another partition"
        return missing(subject, f"{text}{when}; the limit is {limit} {unit}", fix)
    allowed = "no limit" if limit is None else f"the limit is {limit} {unit}"
    return ok(subject, f"jobs ask for up to {max(requests.values(), default=0)} {unit}{when}, {allowed}")


def check_accounts(context: Context) -> Iterator[CheckResult]:
    """Compare the accounts that jobs name with those of the user."""
    accounts = sorted({job.account for job in context.jobs() if job.account})
    if not accounts:
        yield ok("account", "none is named: Slurm takes your default one")
        return
    try:
        user = f"user={getpass.getuser()}"
        yours = run_command("sacctmgr", "-nP", "show", "assoc", "where", user, "format=account").split()
    except NoAnswerError as error:
        yield unknown("account", f"{', '.join(accounts)}: {error}", "ask your administrator")
        return
    for name in accounts:
        text = "is yours" if name in yours else f"is not yours; yours are: {', '.join(sorted(set(yours))) or 'none'}"
        yield judge(name in yours, f"account {name}", text, "correct slurm_account in the profile")


def check_job_states(context: Context) -> CheckResult:
    """Check that Snakemake can learn of finished jobs before Slurm forgets them."""
    if context.profile.get("slurm-status-command") != "squeue":
        text = "the profile does not ask squeue; with sacct a cancelled job keeps Snakemake waiting for good"
        return missing("job states", text, "slurm-status-command: squeue")
    needed = max(MIN_JOB_AGE, 3 * int(context.profile.get(INIT_SECONDS, 40)))
    age = re.search(r"^MinJobAge\s*=\s*(\d+)", run_command("scontrol", "show", "config"), re.MULTILINE)
    if age is None:
        return unknown("job states", "scontrol does not say what MinJobAge is", f"it must be {needed} s or more")
    text = f"by squeue; Slurm keeps finished jobs for {age[1]} s (MinJobAge)"
    advice = f"ask your administrator for {needed} s, or make {INIT_SECONDS} smaller"
    return judge(int(age[1]) >= needed, "job states", text, advice)


def check_nodes(context: Context) -> Iterator[CheckResult]:
    """Submit one short job per partition that jobs go to, and check what it saw."""
    first: dict[str, Job] = {}
    for job in sorted(context.jobs(), key=lambda job: -job.gpus_per_node):
        first.setdefault(job.partition, job)
    file = existing(context.results) / f".doctor-{secrets.token_hex(8)}"
    file.write_text(file.name, encoding="utf-8")
    try:
        for partition, job in first.items():
            yield from _check_node(context, f"node of {partition or 'the default'}", job, file)
    finally:
        file.unlink(missing_ok=True)


def _check_node(context: Context, subject: str, job: Job, file: Path) -> Iterator[CheckResult]:
    command = [sys.executable, "-m", __name__, str(file), *(["gpu"] if job.gpus_per_node else [])]
    try:
        answer = run_command("srun", *srun_options(job), *command, seconds=JOB_SECONDS)
        seen: dict[str, Any] = json.loads(answer.splitlines()[-1])
    except NoAnswerError as error:
        if "No such file or directory" in str(error):
            text = f"{error}: the node does not see this checkout"
            yield missing(subject, text, "put it on a shared file system")
        else:
            yield unknown(subject, str(error), "try again, or submit a job by hand")
        return
    except (ValueError, IndexError):
        yield unknown(subject, "the job's answer cannot be read", "submit a job by hand")
        return
    node, reads = seen["node"], seen["reads"]
    text = f"{node} ran a job and can read a file in {file.parent}" if reads else f"{node} does not see {file.parent}"
    yield judge(reads, subject, text, "put results on a file system that all nodes share")
    if job.gpus_per_node and seen["cards"]:
        yield ok(f"{subject}: GPU", f"PyTorch computes on the GPU of {node}")
        yield from check_cards(context, f"{subject}: model", [(name, number) for name, number in seen["cards"]])
    elif job.gpus_per_node:
        text = f"PyTorch cannot use the GPU of {node}: it is built without CUDA, or the driver is too old for it"
        yield missing(f"{subject}: GPU", text, SET_UP_CUDA)


def srun_options(job: Job) -> list[str]:
    """Return srun's options for a short job beside others like this one, with one GPU if they have any."""
    options = ["--job-name=radonc-doctor", "--ntasks=1", "--time=2", "--mem=2000", f"--immediate={QUEUE_SECONDS}"]
    if job.partition:
        options.append(f"--partition={job.partition}")
    if job.account:
        options.append(f"--account={job.account}")
    if job.gpus_per_node:
        one = f"{job.gpu_model}:1" if job.gpu_model else "1"
        options.append(f"--gpus={one}" if job.number("gpu") else f"--gres=gpu:{one}")
    return options


def main(args_list: list[str]) -> None:
    """Say whether this node sees a file that the login node wrote, and try the GPU."""
    file = Path(args_list[0])
    reads = file.exists() and file.read_text(encoding="utf-8") == file.name
    seen: dict[str, object] = {"node": socket.gethostname(), "reads": reads}
    if args_list[1:]:
        import torch

        indices = range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
        properties = map(torch.cuda.get_device_properties, indices)
        seen["cards"] = [(gpu.name, f"{gpu.major}.{gpu.minor}") for gpu in properties]
        if seen["cards"]:
            # A driver may list a GPU that it cannot compute on.
            torch.ones(1000, device="cuda").sum().item()
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1:])
