"""The cluster: Slurm's commands, and whether partitions, accounts, GPUs and limits suit what the jobs ask for."""

from __future__ import annotations

import getpass
import math
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from radonc.doctor.asking import Later, UnansweredError, ask
from radonc.doctor.findings import Finding, missing, ok, unknown
from radonc.doctor.plan import Job
from radonc.doctor.site import Site, named

COMMANDS = ("sbatch", "squeue", "sinfo", "srun", "scancel")
COLUMNS = "%R|%a|%l|%m|%G|%T"
ALIVE = ("idle", "mix", "alloc", "comp", "plan", "resv", "reserved")
INIT_SECONDS = "slurm-init-seconds-before-status-checks"
MIN_JOB_AGE = 120


@dataclass(frozen=True)
class Nodes:
    """Some nodes of a partition that are alike.

    Attributes
    ----------
    minutes
        The longest job; nothing without a limit.
    gpus
        Model -> number of GPUs per node; the model is empty where the site names none.
    """

    partition: str
    is_up: bool
    minutes: int | None
    memory_mb: int
    gpus: Mapping[str, int]


@dataclass(frozen=True)
class Cluster:
    """What Slurm says of itself, asked once, side by side."""

    nodes: Later[list[Nodes]]
    settings: Later[str]
    accounts: Later[set[str]]


def inquire() -> Cluster:
    """Ask Slurm for its partitions, its settings and the user's accounts."""
    return Cluster(
        Later(lambda: [read_nodes(line) for line in ask("sinfo", "-h", "-o", COLUMNS).splitlines()]),
        Later(lambda: ask("scontrol", "show", "config")),
        Later(_accounts),
    )


def _accounts() -> set[str]:
    user = f"user={getpass.getuser()}"
    return set(ask("sacctmgr", "-nP", "show", "assoc", "where", user, "format=account").split())


def read_nodes(line: str) -> Nodes:
    """Read a line of sinfo, written by ``COLUMNS``."""
    partition, availability, limit, memory, gres, state = line.strip().split("|")
    found: dict[str, int] = {}
    for model, number in re.findall(r"\bgpu:(?:([^:,()]+):)?(\d+)", gres):
        found[model] = found.get(model, 0) + int(number)
    is_up = availability == "up" and state.lower().startswith(ALIVE)
    return Nodes(partition, is_up, minutes_of(limit), _number(memory), found)


def _number(text: str) -> int:
    return int(re.sub(r"\D", "", text) or 0)


def minutes_of(limit: str) -> int | None:
    """Read a time limit: ``days-hours:minutes:seconds``, from the right; nothing for no limit."""
    days, _, rest = limit.rpartition("-")
    parts = rest.split(":")
    if not all(part.isdigit() for part in parts):
        return None
    hours, minutes, seconds = ([0, 0] + [int(part) for part in parts])[-3:]
    return (int(days or 0) * 24 + hours) * 60 + minutes + (seconds > 0)


def commands() -> Finding:
    """Say whether Slurm's commands are there."""
    gone = [name for name in COMMANDS if shutil.which(name) is None]
    if gone:
        return missing("Slurm", f"not on PATH: {', '.join(gone)}", "log in to a node that submits, or load its module")
    return ok("Slurm", f"{', '.join(COMMANDS)} are on PATH")


def partitions(site: Site, cluster: Cluster) -> Iterator[Finding]:
    """Compare every partition that the profile names with the cluster, and with what the jobs in it ask for."""
    by_partition: dict[str, list[Job]] = {name: [] for name in named(site.profile, "slurm_partition")}
    try:
        for job in site.jobs():
            by_partition.setdefault(str(job.resources.get("slurm_partition", "")), []).append(job)
    except UnansweredError as error:
        yield unknown("limits", f"the jobs are not known: {error}")
    by_partition.pop("", None)
    nodes = cluster.nodes.get()
    for name, jobs in by_partition.items():
        own = [part for part in nodes if part.partition == name]
        alive = [part for part in own if part.is_up]
        subject = f"partition {name}"
        if not own:
            there = ", ".join(sorted({part.partition for part in nodes})) or "none"
            yield missing(subject, f"does not exist; there are: {there}", "correct slurm_partition in the profile")
        elif not alive:
            yield missing(subject, "has no node that is up", "ask your administrator, or name another in the profile")
        else:
            yield ok(subject, f"exists, for {len(jobs)} jobs")
            yield from limits(name, own, jobs, site.attempts)


def limits(name: str, nodes: list[Nodes], jobs: list[Job], attempts: int) -> Iterator[Finding]:
    """Compare what jobs ask for at their last attempt with what a partition allows."""
    when = f" at attempt {attempts}" if attempts > 1 else ""
    limit = None if any(part.minutes is None for part in nodes) else max(part.minutes or 0 for part in nodes)
    yield _limit(f"walltime in {name}", "runtime", jobs, limit, "min", when)
    yield _limit(f"memory in {name}", "mem_mb", jobs, max(part.memory_mb for part in nodes), "MB", when)
    for model, n_gpus in sorted({(str(job.resources.get("gpu_model", "")), _gpus_per_node(job)) for job in jobs}):
        if n_gpus:
            yield _gpus(name, nodes, model, n_gpus)


def _gpus_per_node(job: Job) -> int:
    return math.ceil(job.number("gpu") / max(job.number("nodes"), 1))


def _limit(subject: str, resource: str, jobs: list[Job], limit: int | None, unit: str, when: str) -> Finding:
    wanted = {job.rule: job.number(resource) for job in sorted(jobs, key=lambda job: job.number(resource))}
    above = {rule: number for rule, number in wanted.items() if limit is not None and number > limit}
    if above:
        text = ", ".join(f"{rule} asks for {number} {unit}" for rule, number in above.items())
        fix = f"set-resources in the profile: {list(above)[-1]}: {{{resource}: …}}"
        return missing(
            subject, f"{text}{when}; allowed are {limit} {unit}", f"{fix}, fewer retries, or another partition"
        )
    allowed = "no limit" if limit is None else f"up to {limit} {unit}"
    return ok(subject, f"{max(wanted.values(), default=0)} {unit} asked for{when}, {allowed}")


def _gpus(name: str, nodes: list[Nodes], model: str, n_gpus: int) -> Finding:
    subject = f"GPUs in {name}"
    there = {kind: number for part in nodes for kind, number in part.gpus.items()}
    shown = ", ".join(f"{number} × {kind or 'GPU'}" for kind, number in there.items()) or "none"
    fitting = [
        sum(number for kind, number in part.gpus.items() if not model or kind.lower() == model.lower())
        for part in nodes
    ]
    if max(fitting, default=0) >= n_gpus:
        return ok(subject, f"{n_gpus} asked for, {shown} per node")
    wanted = f"{n_gpus} × {model or 'GPU'}"
    return missing(subject, f"jobs ask for {wanted}, a node has {shown}", "correct slurm_partition, gpu_model or gpu")


def accounts(site: Site, cluster: Cluster) -> Iterator[Finding]:
    """Compare the accounts that the profile names with those of the user."""
    wanted = sorted(set(named(site.profile, "slurm_account")))
    if not wanted:
        yield ok("account", "none is named: Slurm takes your default one")
        return
    try:
        own = cluster.accounts.get()
    except UnansweredError as error:
        yield unknown("account", f"{', '.join(wanted)}: {error}", "ask your administrator")
        return
    for name in wanted:
        if name in own:
            yield ok(f"account {name}", "is yours")
        else:
            there = ", ".join(sorted(own)) or "none"
            yield missing(
                f"account {name}", f"is not yours; yours are: {there}", "correct slurm_account in the profile"
            )


def polling(site: Site, cluster: Cluster) -> Finding:
    """Say whether Snakemake can learn of finished jobs before Slurm forgets them."""
    if site.profile.get("slurm-status-command") != "squeue":
        text = "the profile does not ask squeue; with sacct a cancelled job keeps Snakemake waiting for good"
        return missing("job states", text, "slurm-status-command: squeue")
    needed = max(MIN_JOB_AGE, 3 * int(site.profile.get(INIT_SECONDS, 40)))
    age = re.search(r"^MinJobAge\s*=\s*(\d+)", cluster.settings.get(), re.MULTILINE)
    if age is None:
        return unknown("job states", "scontrol does not say what MinJobAge is", f"it must be {needed} s or more")
    if int(age[1]) < needed:
        text = f"Slurm forgets finished jobs after {age[1]} s (MinJobAge)"
        return missing("job states", text, f"ask your administrator for {needed} s, or make {INIT_SECONDS} smaller")
    return ok("job states", f"by squeue; Slurm keeps finished jobs for {age[1]} s (MinJobAge)")
