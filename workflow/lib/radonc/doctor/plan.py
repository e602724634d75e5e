"""The jobs that a study would submit, and what each asks for, as Snakemake itself plans them.

``python -m radonc.doctor.plan [snakemake options]`` makes a dry run and prints the jobs as one line of JSON.
"""

from __future__ import annotations

import json
import logging
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radonc.doctor.commands import run_command
from radonc.runtime import gpus

PLAN_SECONDS = 60.0


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
    def gpus_per_node(self) -> int:
        """The number of GPUs that it asks for on each of its nodes."""
        n_gpus, _ = gpus.requested(self.resources)
        return math.ceil(n_gpus / max(self.number("nodes"), 1)) if self.number("gpu") else n_gpus

    @property
    def gpu_model(self) -> str:
        """The model of GPU that it asks for; empty for any."""
        return gpus.requested(self.resources)[1]


def plan_jobs(configfile: Path, profile: str | None, attempt: int) -> list[Job]:
    """Return the jobs that a study submits, as if nothing had been made yet, with what they ask for at an attempt.

    Raises
    ------
    NoAnswerError
        When Snakemake cannot make the plan; the text is its last line.
    """
    options = ["--configfile", str(configfile), "--attempt", str(attempt)]
    if profile:
        options += ["--profile", profile]
    answer = run_command(sys.executable, "-m", "radonc.doctor.plan", *options, seconds=PLAN_SECONDS)
    jobs = json.loads(answer.splitlines()[-1])
    # A dry run does not say which jobs run where Snakemake runs; they alone count as local_jobs.
    return [Job(rule, resources) for rule, resources in jobs if rule != "all" and "local_jobs" not in resources]


def main(options: list[str]) -> None:
    """Make a dry run of everything and print its jobs; with exit status 1 if there is no plan."""
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
