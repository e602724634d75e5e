"""What the doctor is given in tests: a study, a profile, and programs whose answers are known."""

from pathlib import Path
from typing import Any

from radonc.doctor.checks import start
from radonc.doctor.plan import Context, Job

PROFILE = {
    "executor": "slurm",
    "retries": 2,
    "slurm-status-command": "squeue",
    "slurm-init-seconds-before-status-checks": 20,
}
GPU = {"gpu": 1, "gpu_model": "h100"}
JOBS = [
    Job("score", {"slurm_account": "lab", "slurm_partition": "cpu", "mem_mb": 4000, "runtime": 30}),
    Job("finetune", {"slurm_account": "lab", "slurm_partition": "gpu", "mem_mb": 192000, "runtime": 1440, **GPU}),
]
SINFO = ["cpu|up|infinite|64000|(null)|idle", "gpu|up|2-00:00:00|512000|gpu:h100:4(S:0-1)|mixed"]


def make_context(
    results: Path,
    *,
    jobs: list[Job] | None = None,
    models: dict[str, Any] | None = None,
    extract: dict[str, Any] | None = None,
    recipes: dict[str, Any] | None = None,
    profile: dict[str, Any] | None = None,
) -> Context:
    config = {"title": "A study", "models": models or {}, "extract": extract or {"synthetic": {}}}
    config["recipes"] = recipes or {}
    planned = JOBS if jobs is None else jobs
    return Context(
        Path("config/mine.yaml"), config, PROFILE if profile is None else profile, results, start(lambda: planned)
    )


def write_program(folder: Path, name: str, script: str) -> None:
    """Put a program into a folder that is to be on PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def write_answer(folder: Path, name: str, text: str) -> None:
    """Put a program that prints a text into a folder that is to be on PATH."""
    write_program(folder, name, f"cat <<'END'\n{text}\nEND")
