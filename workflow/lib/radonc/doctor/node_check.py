"""One short job per partition, which says what its node sees.

``python -m radonc.doctor.node_check FILE TEXT [gpu]`` is that job: it prints JSON.
"""

from __future__ import annotations

import json
import secrets
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from radonc.doctor.check_result import CheckResult, missing, ok, unknown
from radonc.doctor.commands import NoAnswerError, run_command
from radonc.doctor.context import Context
from radonc.doctor.files import existing
from radonc.doctor.plan import Job
from radonc.doctor.software import SET_UP_CUDA, check_cards

QUEUE_SECONDS = 60
JOB_SECONDS = 180.0


def check_nodes(context: Context) -> Iterator[CheckResult]:
    """Submit one short job per partition that jobs go to, and check what it saw."""
    first: dict[str, Job] = {}
    for job in sorted(context.jobs(), key=lambda job: -job.gpus_per_node):
        first.setdefault(job.partition, job)
    file = existing(context.results) / f".doctor-{secrets.token_hex(8)}"
    text = secrets.token_hex(8)
    file.write_text(text, encoding="utf-8")
    try:
        for partition, job in first.items():
            yield from _check_node(context, f"node of {partition or 'the default'}", job, file, text)
    finally:
        file.unlink(missing_ok=True)


def _check_node(context: Context, subject: str, job: Job, file: Path, text: str) -> Iterator[CheckResult]:
    command = [sys.executable, "-m", __name__, str(file), text, *(["gpu"] if job.gpus_per_node else [])]
    try:
        answer = run_command("srun", *srun_options(job), *command, seconds=JOB_SECONDS)
        seen: dict[str, Any] = json.loads(answer.splitlines()[-1])
    except NoAnswerError as error:
        reason = str(error)
        if "No such file or directory" in reason:
            yield missing(subject, f"{reason}: the node does not see this checkout", "put it on a shared file system")
        else:
            yield unknown(subject, reason, "try again, or submit a job by hand")
        return
    except (ValueError, IndexError):
        yield unknown(subject, "the job's answer cannot be read", "submit a job by hand")
        return
    node = seen["node"]
    if seen["reads"]:
        yield ok(subject, f"{node} ran a job and can read a file in {file.parent}")
    else:
        yield missing(
            subject, f"{node} does not see {file.parent}", "put results on a file system that all nodes share"
        )
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
    if job.resources.get("slurm_account"):
        options.append(f"--account={job.resources['slurm_account']}")
    if job.gpus_per_node:
        one = f"{job.gpu_model}:1" if job.gpu_model else "1"
        options.append(f"--gpus={one}" if job.number("gpu") else f"--gres=gpu:{one}")
    return options


def main(args_list: list[str]) -> None:
    """Read a file that the login node wrote, and try the GPU."""
    file, text, *more = args_list
    path = Path(file)
    seen: dict[str, object] = {
        "node": socket.gethostname(),
        "reads": path.exists() and path.read_text(encoding="utf-8") == text,
    }
    if more:
        import torch

        cuda = torch.cuda
        seen["cards"] = [
            (cuda.get_device_name(index), ".".join(map(str, cuda.get_device_capability(index))))
            for index in range(cuda.device_count() if cuda.is_available() else 0)
        ]
        if seen["cards"]:
            # A driver may list a GPU that it cannot compute on.
            seen["sum"] = float(torch.ones(1000, device="cuda").sum())
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1:])
