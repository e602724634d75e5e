"""Slurm: its commands, and whether partitions, accounts, GPUs and limits suit what the jobs ask for."""

from __future__ import annotations

import getpass
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from radonc.doctor.check_result import CheckResult, missing, ok, unknown
from radonc.doctor.commands import NoAnswerError, run_command
from radonc.doctor.context import Context, attempts_of, values_in_profile
from radonc.doctor.plan import Job

COMMANDS = ("sbatch", "squeue", "sinfo", "srun", "scancel")
SINFO_FORMAT = "%R|%a|%l|%m|%G|%T"
STATES_UP = ("idle", "mix", "alloc", "comp", "plan", "resv", "reserved")
INIT_SECONDS = "slurm-init-seconds-before-status-checks"
MIN_JOB_AGE = 120


@dataclass(frozen=True)
class NodeGroup:
    """Some nodes of a partition that are alike.

    Attributes
    ----------
    minutes
        The longest job; None without a limit.
    gpus
        Model -> number of GPUs per node; the model is empty where the cluster names none.
    """

    partition: str
    is_up: bool
    minutes: int | None
    memory_mb: int
    gpus: Mapping[str, int]


def read_nodes(line: str) -> NodeGroup:
    """Read a line of sinfo, written by ``SINFO_FORMAT``."""
    partition, availability, limit, memory, gres, state = line.strip().split("|")
    gpus: dict[str, int] = {}
    for model, number in re.findall(r"\bgpu:(?:([^:,()]+):)?(\d+)", gres):
        gpus[model] = gpus.get(model, 0) + int(number)
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
    if absent:
        return missing(
            "Slurm", f"not on PATH: {', '.join(absent)}", "log in to a node that submits, or load its module"
        )
    return ok("Slurm", f"{', '.join(COMMANDS)} are on PATH")


def check_partitions(context: Context) -> Iterator[CheckResult]:
    """Compare every partition that the profile names with the cluster, and with what the jobs in it ask for."""
    nodes = [read_nodes(line) for line in run_command("sinfo", "-h", "-o", SINFO_FORMAT).splitlines()]
    by_partition: dict[str, list[Job]] = {name: [] for name in values_in_profile(context.profile, "slurm_partition")}
    try:
        for job in context.jobs():
            by_partition.setdefault(job.partition, []).append(job)
    except NoAnswerError as error:
        yield unknown("limits", f"the jobs are not known: {error}")
    by_partition.pop("", None)
    for name, jobs in by_partition.items():
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
    for model, n_gpus in sorted({(job.gpu_model, job.gpus_per_node) for job in jobs if job.gpus_per_node}):
        yield _check_gpus(name, groups, model, n_gpus)


def _check_limit(subject: str, resource: str, jobs: list[Job], limit: int | None, unit: str, when: str) -> CheckResult:
    requests = {job.rule: job.number(resource) for job in sorted(jobs, key=lambda job: job.number(resource))}
    above = {rule: number for rule, number in requests.items() if limit is not None and number > limit}
    if above:
        text = ", ".join(f"{rule} asks for {number} {unit}" for rule, number in above.items())
        fix = f"set-resources in the profile: {list(above)[-1]}: {{{resource}: …}}, fewer retries, or another partition"
        return missing(subject, f"{text}{when}; the limit is {limit} {unit}", fix)
    allowed = "no limit" if limit is None else f"the limit is {limit} {unit}"
    return ok(subject, f"jobs ask for up to {max(requests.values(), default=0)} {unit}{when}, {allowed}")


def _check_gpus(name: str, groups: list[NodeGroup], model: str, n_gpus: int) -> CheckResult:
    subject = f"GPUs in {name}"
    there = {kind: number for group in groups for kind, number in group.gpus.items()}
    shown = ", ".join(f"{number} × {kind or 'GPU'}" for kind, number in there.items()) or "none"
    fitting = [sum(n for kind, n in group.gpus.items() if model.lower() in ("", kind.lower())) for group in groups]
    text = f"jobs ask for {n_gpus} × {model or 'GPU'}, a node has {shown}"
    if max(fitting) >= n_gpus:
        return ok(subject, text)
    return missing(subject, text, "correct slurm_partition, and gpu_model and gpu, or gres")


def check_accounts(context: Context) -> Iterator[CheckResult]:
    """Compare the accounts that the profile names with those of the user."""
    accounts = sorted(set(values_in_profile(context.profile, "slurm_account")))
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
        if name in yours:
            yield ok(f"account {name}", "is yours")
        else:
            text = f"is not yours; yours are: {', '.join(sorted(set(yours))) or 'none'}"
            yield missing(f"account {name}", text, "correct slurm_account in the profile")


def check_job_states(context: Context) -> CheckResult:
    """Check that Snakemake can learn of finished jobs before Slurm forgets them."""
    if context.profile.get("slurm-status-command") != "squeue":
        text = "the profile does not ask squeue; with sacct a cancelled job keeps Snakemake waiting for good"
        return missing("job states", text, "slurm-status-command: squeue")
    needed = max(MIN_JOB_AGE, 3 * int(context.profile.get(INIT_SECONDS, 40)))
    age = re.search(r"^MinJobAge\s*=\s*(\d+)", run_command("scontrol", "show", "config"), re.MULTILINE)
    if age is None:
        return unknown("job states", "scontrol does not say what MinJobAge is", f"it must be {needed} s or more")
    if int(age[1]) < needed:
        text = f"Slurm forgets finished jobs after {age[1]} s (MinJobAge)"
        return missing("job states", text, f"ask your administrator for {needed} s, or make {INIT_SECONDS} smaller")
    return ok("job states", f"by squeue; Slurm keeps finished jobs for {age[1]} s (MinJobAge)")
