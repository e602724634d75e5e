"""Ask the nodes themselves: one short job per partition."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from radonc.doctor.asking import UnansweredError, ask
from radonc.doctor.findings import Finding, missing, ok, unknown
from radonc.doctor.installed import SET_UP_CUDA
from radonc.doctor.plan import Job
from radonc.doctor.site import Site
from radonc.doctor.storage import existing

SECONDS_IN_QUEUE = 60
SECONDS = 180.0


def probe(site: Site) -> Iterator[Finding]:
    """Submit one short job per partition that jobs go to, and say what it saw."""
    first: dict[str, Job] = {}
    for job in sorted(site.jobs(), key=lambda job: -job.number("gpu")):
        first.setdefault(str(job.resources.get("slurm_partition", "")), job)
    file = existing(site.results) / f".doctor-{secrets.token_hex(8)}"
    text = secrets.token_hex(8)
    file.write_text(text, encoding="utf-8")
    try:
        for partition, job in first.items():
            yield from _probe(partition, job, file, text)
    finally:
        file.unlink(missing_ok=True)


def _probe(partition: str, job: Job, file: Path, text: str) -> Iterator[Finding]:
    subject = f"probe of {partition or 'the default'}"
    try:
        answer = ask("srun", *options(partition, job), *command(job, file, text), seconds=SECONDS)
        seen: dict[str, Any] = json.loads(answer.splitlines()[-1])
    except UnansweredError as error:
        reason = str(error)
        if "No such file or directory" in reason:
            yield missing(subject, f"{reason}: the node does not see this checkout", "put it on a shared file system")
        else:
            yield unknown(subject, reason, "try again, or submit a job by hand")
        return
    except (ValueError, IndexError):
        yield unknown(subject, "the job's answer cannot be read", "submit a job by hand")
        return
    yield from read(subject, seen, file.parent)


def options(partition: str, job: Job) -> list[str]:
    """Return srun's options for a short job in a partition, with a GPU if the jobs there have one."""
    chosen = ["--job-name=radonc-doctor", "--ntasks=1", "--time=2", "--mem=2000", f"--immediate={SECONDS_IN_QUEUE}"]
    if partition:
        chosen.append(f"--partition={partition}")
    if job.resources.get("slurm_account"):
        chosen.append(f"--account={job.resources['slurm_account']}")
    if job.number("gpu"):
        model = job.resources.get("gpu_model")
        chosen.append(f"--gpus={model}:1" if model else "--gpus=1")
    return chosen


def command(job: Job, file: Path, text: str) -> list[str]:
    """Return what the job runs."""
    gpu = ["gpu"] if job.number("gpu") else []
    return [sys.executable, "-m", "radonc.doctor.node", str(file), text, *gpu]


def read(subject: str, seen: dict[str, Any], folder: Path) -> Iterator[Finding]:
    """Say what a node saw."""
    if seen["reads"]:
        yield ok(subject, f"{seen['node']} ran a job and reads what is written in {folder}")
    else:
        yield missing(
            subject, f"{seen['node']} does not see {folder}", "put results on a file system that all nodes share"
        )
    if "gpus" not in seen:
        return
    if seen["gpus"]:
        yield ok(f"{subject}: GPU", f"PyTorch computes on the GPU of {seen['node']}")
    else:
        yield missing(f"{subject}: GPU", f"PyTorch cannot use the GPU of {seen['node']}", SET_UP_CUDA)
