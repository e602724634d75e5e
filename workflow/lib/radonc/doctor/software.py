"""Python, the locked packages, and a PyTorch that suits the driver and the GPUs."""

import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from radonc.doctor.checks import CheckResult, NoAnswerError, judge, missing, ok, run_command, unknown
from radonc.doctor.plan import Context
from radonc.runtime import gpus

ROOT = Path(__file__).resolve().parents[4]
SET_UP = "remove .venv and run './radonc-sft setup'"
SET_UP_CUDA = f"{SET_UP} on a machine with a GPU, or as docs/guides/cluster.md says"
N_SHOWN = 5
DRIVERS = {12: 525, 13: 580}
"""CUDA, by its major version -> the oldest driver, by its major version (NVIDIA's "CUDA Compatibility")."""
CUDA_BUILD = re.compile(r"^cuda\b[^=]*=\s*'(\d+)\.(\d+)'", re.MULTILINE)


def check_packages(lock: Path = ROOT / "requirements.txt") -> CheckResult:
    """Compare what is installed with the lock."""
    pins = re.findall(r"^([\w.-]+)==(\S+)$", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    wrong = [f"{name} {here} for {pin}" for name, pin in pins if (here := installed(name)) != pin]
    more = f" and {len(wrong) - N_SHOWN} more" if len(wrong) > N_SHOWN else ""
    text = f"differ from {lock.name}: {', '.join(wrong[:N_SHOWN])}{more}" if wrong else f"all as in {lock.name}"
    return judge(not wrong, "packages", f"{text}; Python {platform.python_version()}, {sys.executable}", SET_UP)


def installed(name: str) -> str:
    """Return the version of an installed package, without a local tag such as ``+cpu``; ``none`` without it."""
    try:
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return "none"


def check_torch(context: Context) -> Iterator[CheckResult]:
    """Check that PyTorch's CUDA suits the driver, and that the GPUs of this machine compute as the recipes say."""
    build = cuda_of_torch()
    text = f"torch {installed('torch')}"
    if not context.gpu_jobs():
        yield ok("PyTorch", f"{text}; no job asks for a GPU")
    elif build is None:
        yield missing("PyTorch", f"{text} is built without CUDA, and jobs ask for GPUs", SET_UP_CUDA)
    elif build[0] not in DRIVERS:
        text += f" is built for CUDA {build[0]}, and the driver that this needs is not known here"
        yield unknown("PyTorch", text)
    else:
        cards, oldest = read_cards(), DRIVERS[build[0]]
        text += f" is built for CUDA {build[0]}.{build[1]}, which needs driver {oldest} or newer"
        if cards:
            driver = cards[0][2]
            # Within a major version of CUDA an older driver serves a newer build.
            is_new = int(driver.partition(".")[0]) >= oldest
            advice = "have it updated, or install a build for an older CUDA as docs/guides/cluster.md says"
            yield judge(is_new, "PyTorch", f"{text}; the driver here is {driver}", advice)
        else:
            yield unknown("PyTorch", f"{text}; there is none here", "--test-jobs asks a node with a GPU")
        yield from check_cards(context, "GPU model", [(name, capability) for name, capability, _ in cards])


def check_cards(context: Context, subject: str, cards: list[tuple[str, str]]) -> Iterator[CheckResult]:
    """Check that GPUs, each by name and compute capability, are new enough for bfloat16 if a recipe asks for it."""
    shown = ", ".join(f"{name} ({capability})" for name, capability in dict.fromkeys(cards))
    is_old = any(tuple(map(int, capability.split("."))) < gpus.BF16_CAPABILITY for _, capability in cards)
    recipes = context.config.get("recipes", {})
    large = [name for name, model in context.models.items() if "demo" not in model]
    if is_old and any(recipe["bf16"] for name in large for recipe in recipes.get(name, {}).values()):
        needed = ".".join(map(str, gpus.BF16_CAPABILITY))
        text = f"bf16: true in a recipe needs compute capability {needed} or more; here: {shown}"
        yield missing(subject, text, "use other GPUs (on a cluster gpu_model in the profile), or set bf16: false")
    elif cards:
        yield ok(subject, shown)


def cuda_of_torch() -> tuple[int, int] | None:
    """Return the version of CUDA that PyTorch was built for, without importing it; None for a build without."""
    spec = find_spec("torch")
    file = Path(spec.origin).with_name("version.py") if spec and spec.origin else None
    build = CUDA_BUILD.search(file.read_text(encoding="utf-8")) if file and file.exists() else None
    return (int(build[1]), int(build[2])) if build else None


def read_cards() -> list[tuple[str, str, str]]:
    """Return name, compute capability and driver of every GPU of this machine."""
    try:
        answer = run_command("nvidia-smi", "--query-gpu=name,compute_cap,driver_version", "--format=csv,noheader")
    except NoAnswerError:
        return []
    return re.findall(r"^(.+), *(\d+\.\d+), *(\S+)$", answer, re.MULTILINE)


def check_gpus(context: Context) -> Iterator[CheckResult]:
    """Check that this machine has the GPUs that its jobs ask for, where jobs run here."""
    needed = max((job.gpus_per_node for job in context.jobs()), default=0)
    if not needed:
        return
    n_gpus = len(gpus.visible(os.environ))
    advice = "run on a cluster (--profile slurm), or on a machine with more GPUs"
    yield judge(n_gpus >= needed, "GPUs", f"jobs ask for up to {needed}, and this machine has {n_gpus}", advice)
