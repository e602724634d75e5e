"""What the checks need to know: a study's config, a cluster's profile, and the jobs that follow from both."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radonc.data import preflight
from radonc.doctor.check_result import CheckResult, missing, ok
from radonc.doctor.commands import NoAnswerError, result_of, start
from radonc.doctor.plan import PLAN_SECONDS, Job, plan_jobs
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.files import read_yaml
from radonc.runtime.settings.load import results_folder

ROOT = Path(__file__).resolve().parents[4]
PROFILE_FILES = ("config.yaml", "config.v9+.yaml", "config.v8+.yaml")


@dataclass(frozen=True)
class Context:
    """A study on a machine or a cluster."""

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
    def models(self) -> dict[str, dict[str, Any]]:
        """The models of the config."""
        models: dict[str, dict[str, Any]] = self.config.get("models", {})
        return models

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


def values_in_profile(profile: dict[str, Any], resource: str) -> Iterator[str]:
    """Yield the values that a profile gives a resource, for all rules or for one.

    Both of Snakemake's spellings are read: mappings, and lists of ``resource=value`` and ``rule:resource=value``.
    """
    for key in ("default-resources", "set-resources"):
        part = profile.get(key) or {}
        if isinstance(part, list):
            pairs = [str(entry).rpartition(":")[2].partition("=")[::2] for entry in part]
            part = {f"entry {number}": {name: value} for number, (name, value) in enumerate(pairs)}
        for resources in (part, *(value for value in part.values() if isinstance(value, dict))):
            if resources.get(resource):
                yield str(resources[resource])


def check_plan(context: Context) -> CheckResult:
    """Check that the study can be planned."""
    try:
        n_jobs, n_gpu_jobs = len(context.jobs()), len(context.gpu_jobs())
    except NoAnswerError as error:
        return missing("plan", str(error), "correct config or profile; './radonc-sft run … -n' shows the whole message")
    return ok("plan", f"{n_jobs} jobs, {n_gpu_jobs} of them with a GPU")
