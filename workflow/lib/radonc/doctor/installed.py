"""What is installed here: Python, the locked packages, and a PyTorch that suits the GPUs."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from radonc.doctor.asking import Later, UnansweredError, ask
from radonc.doctor.findings import Finding, missing, ok, unknown
from radonc.doctor.site import ROOT, Site
from radonc.runtime import gpus

SET_UP = "remove .venv and run './radonc-sft setup'"
SET_UP_CUDA = f"{SET_UP} on a machine with a GPU, or as docs/cluster.md says"
SHOWN = 5
BUILT_FOR = re.compile(r"^cuda\b[^=]*=\s*'(\d+)\.(\d+)'", re.MULTILINE)
TAKES = re.compile(r"CUDA (?:\w+ )?Version\s*:\s*(\d+)\.(\d+)")


def python() -> Finding:
    """Compare this Python with what the project needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = tuple(int(part) for part in re.findall(r"\d+", project["requires-python"])[:2])
    here = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < needed:
        return missing("Python", here, f"{'.'.join(map(str, needed))} or newer is needed: PYTHON=… ./radonc-sft setup")
    return ok("Python", f"{here}, {sys.executable}")


def packages(lock: Path = ROOT / "requirements.txt") -> Finding:
    """Compare what is installed with the lock."""
    pins = re.findall(r"^([\w.-]+)==(\S+)$", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    wrong = [f"{name} {here} for {pin}" for name, pin in pins if (here := installed(name)) != pin]
    if wrong:
        more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        return missing("packages", f"not as {lock.name} has them: {', '.join(wrong[:SHOWN])}{more}", SET_UP)
    return ok("packages", f"{len(pins)} as {lock.name} has them")


def installed(name: str) -> str:
    """Return the version of an installed package, without a local tag such as ``+cpu``; ``none`` without it."""
    try:
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return "none"


def executor(site: Site) -> Finding:
    """Say whether Snakemake can submit jobs as the profile wants it to."""
    name = site.profile["executor"]
    plugin = f"snakemake-executor-plugin-{name}"
    if installed(plugin) == "none":
        return missing("executor", f"{plugin} is not installed", SET_UP)
    return ok("executor", f"snakemake {installed('snakemake')}, {plugin} {installed(plugin)}")


def torch(site: Site, smi: Later[str]) -> Finding:
    """Compare the CUDA that PyTorch was built for with what the driver takes."""
    built = cuda_of_torch()
    name = f"torch {installed('torch')}"
    if not site.gpu_jobs():
        return ok("PyTorch", f"{name}; no job asks for a GPU")
    if built is None:
        return missing("PyTorch", f"{name} is built without CUDA, and jobs ask for GPUs", SET_UP_CUDA)
    text = f"{name} is built for CUDA {built[0]}.{built[1]}"
    try:
        takes = TAKES.search(smi.get())
    except UnansweredError:
        takes = None
    if takes is None:
        return unknown("PyTorch", f"{text}; there is no driver here to compare", "--probe asks a node with a GPU")
    driver = f"the driver takes CUDA up to {takes[1]}.{takes[2]}"
    # Within a major version an older driver serves a newer build.
    if int(takes[1]) < built[0]:
        return missing("PyTorch", f"{text}, {driver}", "have the driver updated, or install an older build of torch")
    return ok("PyTorch", f"{text}, {driver}")


def cuda_of_torch() -> tuple[int, int] | None:
    """Return the version of CUDA that PyTorch was built for, without importing it; nothing for a build without."""
    spec = find_spec("torch")
    file = Path(spec.origin).with_name("version.py") if spec and spec.origin else None
    built = BUILT_FOR.search(file.read_text(encoding="utf-8")) if file and file.exists() else None
    return (int(built[1]), int(built[2])) if built else None


def driver() -> str:
    """Return what nvidia-smi says of this machine."""
    return ask("nvidia-smi")


def gpus_here(site: Site) -> Iterator[Finding]:
    """Say whether this machine has the GPUs that its jobs ask for, where jobs run here."""
    wanted = max((job.number("gpu") for job in site.jobs()), default=0)
    if not wanted:
        return
    n_gpus = len(gpus.visible(os.environ))
    if n_gpus < wanted:
        text = f"jobs ask for {wanted}, and this machine has {n_gpus}"
        yield missing("GPUs", text, "run on a cluster (--profile slurm), or on a machine with them")
    else:
        yield ok("GPUs", f"{n_gpus} here: as many jobs at a time by './radonc-sft run'")
