"""A study on a machine or a cluster: its config, the cluster's profile, and the jobs that follow from both.

``python -m radonc.doctor.plan [snakemake options]`` makes a dry run and prints the jobs as one line of JSON.
"""

import json
import logging
import math
import os
import sys
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radonc.data import preflight
from radonc.doctor.checks import CheckResult, NoAnswerError, missing, ok, result_of, run_command, start
from radonc.runtime import gpus
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.files import read_yaml
from radonc.runtime.settings.study import results_folder

PLAN_SECONDS = 60.0
PROFILE_FILES = ("config.yaml", "config.v9+.yaml", "config.v8+.yaml")


@dataclass(frozen=True)
class Job:
    """A job of the plan: its rule, and its resources by the names that the executor knows."""

    rule: str
    resources: Mapping[str, Any]

    def number(self, resource: str) -> int:
        """Return a resource as a number; 0 where the job does not ask for it."""
        value = self.resources.get(resource)
        return value if isinstance(value, int) else 0

    @property
    def partition(self) -> str:
        """The partition that it goes to; empty for Slurm's default."""
        return str(self.resources.get("slurm_partition", ""))

    @property
    def account(self) -> str:
        """The account that pays; empty for the user's default."""
        return str(self.resources.get("slurm_account", ""))

    @property
    def gpus_per_node(self) -> int:
        """The number of GPUs that it asks for on each of its nodes."""
        n_gpus, _ = gpus.requested(self.resources)
        return math.ceil(n_gpus / max(self.number("nodes"), 1)) if self.number("gpu") else n_gpus

    @property
    def gpu_model(self) -> str:
        """The model of GPU that it asks for; empty for any."""
        return gpus.requested(self.resources)[1]


@dataclass(frozen=True)
class Context:
    """What the checks need to know."""

    configfile: Path
    config: dict[str, Any]  # checked and completed; empty if it is faulty
    profile: dict[str, Any]  # as it is written; empty without one
    results: Path
    plan: Future[list[Job]]  # with what the jobs ask for at their last attempt

    @property
    def on_slurm(self) -> bool:
        """Whether jobs go to Slurm."""
        return self.profile.get("executor") == "slurm"

    @property
    def models(self) -> Mapping[str, dict[str, Any]]:
        """The models of the config."""
        return self.config.get("models") or {}

    def jobs(self) -> list[Job]:
        """Return the plan; NoAnswerError without one."""
        return result_of(self.plan, PLAN_SECONDS)

    def gpu_jobs(self) -> list[Job]:
        """Return the jobs that ask for a GPU."""
        return [job for job in self.jobs() if job.gpus_per_node]


def read_context(configfile: Path, profile_name: str | None) -> tuple[Context, list[CheckResult]]:
    """Read the config and the profile, start to plan, and return the results of checking both."""
    results = []
    config: dict[str, Any] = {}
    try:
        preflight.prepare(read := read_yaml(configfile), [configfile])
        config = read
        results.append(ok("config", f"{configfile}: {config['title']}"))
    except StudyError as error:
        results += [missing("config", line, "correct it first") for line in str(error).splitlines()]
    profile: dict[str, Any] = {}
    if profile_name:
        try:
            path, profile = _read_profile(profile_name)
            results.append(ok("profile", str(path)))
        except StudyError as error:
            results.append(missing("profile", str(error), "give the name of its folder"))

    def plan() -> list[Job]:
        if not config or (profile_name and not profile):
            raise NoAnswerError("without config and profile there is no plan")
        return plan_jobs(configfile, profile_name, attempts_of(profile))

    return Context(configfile, config, profile, Path(results_folder(config)), start(plan)), results


def attempts_of(profile: dict[str, Any]) -> int:
    """Return how often a job that fails is submitted in all."""
    return int(profile.get("retries", 0)) + 1


def _read_profile(name: str) -> tuple[Path, dict[str, Any]]:
    """Find a profile where Snakemake does: here, in the user's configuration, in the machine's."""
    users = Path(os.environ.get("XDG_CONFIG_HOME", "~/.config")).expanduser() / "snakemake"
    machines = Path("/etc/xdg/snakemake")
    for path in (folder / name / file for folder in (Path(), users, machines) for file in PROFILE_FILES):
        if path.is_file():
            return path, read_yaml(path) or {}
    raise StudyError(f"there is no profile '{name}' here, in {users} or in {machines}")


def check_plan(context: Context) -> CheckResult:
    """Check that the study can be planned."""
    try:
        n_jobs, n_gpu_jobs = len(context.jobs()), len(context.gpu_jobs())
    except NoAnswerError as error:
        return missing("plan", str(error), "correct config or profile; './radonc-sft run … -n' shows the whole message")
    return ok("plan", f"{n_jobs} jobs, {n_gpu_jobs} of them with a GPU")


def plan_jobs(configfile: Path, profile: str | None, attempt: int) -> list[Job]:
    """Return the jobs that a study submits, as if nothing had been made yet, with what they ask for at an attempt."""
    options = ["--configfile", str(configfile), "--attempt", str(attempt)]
    options += ["--profile", profile] if profile else []
    answer = run_command(sys.executable, "-m", "radonc.doctor.plan", *options, seconds=PLAN_SECONDS)
    jobs = json.loads(answer.splitlines()[-1])
    # A dry run does not say which jobs run where Snakemake runs; they alone count as local_jobs.
    return [Job(rule, resources) for rule, resources in jobs if rule != "all" and "local_jobs" not in resources]


def main(options: list[str]) -> None:
    """Make a dry run of everything and print its jobs."""
    from snakemake import cli
    from snakemake.logging import logger

    jobs: list[tuple[str, dict[str, Any]]] = []

    def note(record: logging.LogRecord) -> bool:
        if hasattr(record, "rule_name") and hasattr(record, "resources"):
            # What depends on files that are still to be made has no value yet.
            known = {key: value for key, value in record.resources.items() if isinstance(value, int | str)}
            jobs.append((record.rule_name, known))
        return True

    logger.addFilter(note)
    try:
        cli.main([*options, "--dry-run", "--forceall", "--quiet", "all"])
    except SystemExit as end:
        if end.code:
            raise
    print(f"\n{json.dumps(jobs)}")


if __name__ == "__main__":
    main(sys.argv[1:])
