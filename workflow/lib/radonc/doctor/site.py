"""What the doctor is asked about: a study's config, a site's profile, and the jobs that follow from both."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from radonc.data import preflight
from radonc.doctor.asking import Later, UnansweredError
from radonc.doctor.findings import Finding, missing, ok
from radonc.doctor.plan import Job, planned
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.files import read_yaml
from radonc.runtime.settings.load import results_folder

ROOT = Path(__file__).resolve().parents[4]
PROFILES = ("config.yaml", "config.v9+.yaml", "config.v8+.yaml")


@dataclass(frozen=True)
class Site:
    """A study at a site.

    Attributes
    ----------
    configfile
        The file of the study's config.
    config
        The study's config, checked and completed; nothing if it is faulty.
    profile
        The site's profile, as it is written; empty without one.
    results
        The folder of all outputs.
    plan
        The jobs, with what they ask for at their last attempt.
    """

    configfile: Path
    config: dict[str, Any] | None
    profile: dict[str, Any]
    results: Path
    plan: Later[list[Job]]

    @property
    def on_slurm(self) -> bool:
        """Tell whether jobs go to Slurm."""
        return self.profile.get("executor") == "slurm"

    @property
    def attempts(self) -> int:
        """Return how often a job that fails is submitted in all."""
        return int(self.profile.get("retries", 0)) + 1

    def jobs(self) -> list[Job]:
        """Return the plan; UnansweredError without one."""
        return self.plan.get(60)

    def gpu_jobs(self) -> list[Job]:
        """Return the jobs that ask for a GPU."""
        return [job for job in self.jobs() if job.number("gpu")]


def look(configfile: Path, profile: str | None) -> tuple[Site, list[Finding]]:
    """Read the config and the profile, start to plan, and say how the two stand."""
    findings = []
    config: dict[str, Any] | None = None
    try:
        config = _read(configfile)
        findings.append(ok("config", f"{configfile}: {config['title']}"))
    except StudyError as error:
        findings += [missing("config", line, "correct it first") for line in str(error).splitlines()]
    read: dict[str, Any] = {}
    if profile:
        try:
            path, read = _profile(profile)
            findings.append(ok("profile", str(path)))
        except StudyError as error:
            findings.append(missing("profile", str(error), "name it by its folder"))
    attempt = int(read.get("retries", 0)) + 1

    def plan() -> list[Job]:
        if config is None or (profile and not read):
            raise UnansweredError("without config and profile there is no plan")
        return planned(configfile, profile, attempt)

    results = Path(results_folder(config or {}))
    return Site(configfile, config, read, results, Later(plan)), findings


def _read(configfile: Path) -> dict[str, Any]:
    config: dict[str, Any] = read_yaml(configfile)
    preflight.prepare(config, [configfile])
    return config


def _profile(name: str) -> tuple[Path, dict[str, Any]]:
    """Find a profile where Snakemake does: here, in the user's configuration, in the machine's."""
    homes = [Path(), Path(os.environ.get("XDG_CONFIG_HOME", "~/.config")).expanduser() / "snakemake"]
    homes.append(Path("/etc/xdg/snakemake"))
    for path in (home / name / file for home in homes for file in PROFILES):
        if path.is_file():
            try:
                return path, yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            except yaml.YAMLError as error:
                raise StudyError(f"{path}: this is not YAML") from error
    raise StudyError(f"there is no profile '{name}' here, in {homes[1]} or in {homes[2]}")


def named(profile: dict[str, Any], resource: str) -> Iterator[str]:
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


def plan_finding(site: Site) -> Finding:
    """Say whether the study can be planned."""
    try:
        jobs = site.jobs()
    except UnansweredError as error:
        return missing("plan", str(error), "mend config or profile; './radonc-sft run … -n' shows the whole story")
    n_gpu = sum(1 for job in jobs if job.number("gpu"))
    return ok("plan", f"{len(jobs)} jobs, {n_gpu} of them with a GPU")
