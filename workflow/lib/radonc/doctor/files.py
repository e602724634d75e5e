"""The files of a study: complete base models, and results with enough room, seen by all nodes and closed to others."""

import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from radonc.doctor.checks import CheckResult, NoAnswerError, judge, missing, ok, run_command, unknown
from radonc.doctor.plan import Context
from radonc.runtime import private
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_file

GATED = ("meta-llama/", "google/gemma")  # repositories that ask everybody to accept a licence first
BYTES_PER_PARAMETER = 3
"""Weights of two bytes, and what a download needs besides."""
GB_OF_UNKNOWN = 20.0
GB_OF_RESULTS = 5.0
GB_PER_TRAINING = 2.0
"""An adapter, and two checkpoints of it with the optimizer's state, of a model of 7 billion parameters."""
SHARED = re.compile(r"nfs\d?|lustre|gpfs|beegfs\w*|ceph|panfs|wekafs|cifs|smb\d|afs|orangefs|pvfs2|fuse\..*")


def check_models(context: Context, *, with_hashes: bool) -> Iterator[CheckResult]:
    """Check every model of the study; with ``with_hashes`` every byte of it."""
    for name, model in context.models.items():
        subject, folder = f"model {name}", Path(model.get("folder", ""))
        if "demo" in model:
            yield ok(subject, "is built by the workflow")
        elif "hub" in model:
            yield _check_fetched(context, name, model, with_hashes)
        elif not any(folder.glob("*.safetensors")):
            yield missing(subject, f"{folder} has no safetensors", "pickled weights are not loaded: convert them")
        elif not any((folder / name).exists() for name in ("tokenizer.json", "tokenizer.model")):
            yield missing(subject, f"{folder} has no tokenizer", "copy the model's tokenizer files there")
        else:
            yield ok(subject, f"in {folder}")


def _check_fetched(context: Context, name: str, model: dict[str, Any], with_hashes: bool) -> CheckResult:
    subject, file = f"model {name}", _manifest(context, name)
    folder = file.parent
    fetch = f"./radonc-sft run --configfile {context.configfile} --cores 1 all_models"
    if not file.exists():
        return missing(subject, f"{model['hub']} is not fetched", fetch)
    manifest = json.loads(file.read_text(encoding="utf-8"))
    if manifest["source"] != {"hub": model["hub"], "revision": model["revision"]}:
        return missing(subject, "is of another repository or commit than the config names", fetch)
    sizes = {name: (folder / name).stat().st_size for name in manifest["files"] if (folder / name).is_file()}
    expected = {**sizes, **manifest.get("sizes", {})}
    damaged = [name for name in manifest["files"] if name not in sizes or sizes[name] != expected[name]]
    text = "files that are missing or of another size"
    if with_hashes and not damaged:
        damaged = [name for name, digest in manifest["files"].items() if hash_file(folder / name) != digest]
        text = "files with other bytes than were fetched"
    if damaged:
        again = fetch.replace("all_models", "--forcerun fetch_model -- all_models")
        return missing(subject, f"{folder}: {text}: {', '.join(sorted(damaged))}", again)
    state = "every byte as fetched" if with_hashes else "all files there"
    return ok(subject, f"fetched at {model['revision'][:12]}, {state}")


def _manifest(context: Context, name: str) -> Path:
    return context.results / "models" / name / "model.json"


def models_to_fetch(context: Context) -> list[str]:
    """Return the hub's names of the models that are still to be fetched."""
    hubs = {name: model["hub"] for name, model in context.models.items() if "hub" in model}
    return [hub for name, hub in hubs.items() if not _manifest(context, name).exists()]


def size_gb(hub: str) -> float:
    """Estimate a model's size on disk (GB) by the number of parameters in its name."""
    billions = re.search(r"(?<![\w.])(\d+(?:\.\d+)?)b(?![a-z])", hub, re.IGNORECASE)
    return float(billions[1]) * BYTES_PER_PARAMETER if billions else GB_OF_UNKNOWN


def check_token(context: Context) -> Iterator[CheckResult]:
    """Check that the token that gated models need is set. Its value is never shown."""
    to_fetch = models_to_fetch(context)
    gated = [hub for hub in to_fetch if hub.startswith(GATED)]
    if to_fetch and os.environ.get("HF_TOKEN", "").strip():
        yield ok("HF_TOKEN", "is set")
    elif gated:
        yield missing("HF_TOKEN", f"is not set, and {', '.join(gated)} is gated", "accept its licence, then set it")
    elif to_fetch:
        yield unknown("HF_TOKEN", "is not set", "gated models need one")


def existing(path: Path) -> Path:
    """Return a path, or the nearest folder above it that exists."""
    path = path.resolve()
    return next(folder for folder in (path, *path.parents) if folder.exists())


def check_disk(context: Context) -> CheckResult:
    """Compare the free disk with what the study will need."""
    models = sum(size_gb(hub) for hub in models_to_fetch(context))
    checkpoints = 0.0
    with suppress(NoAnswerError):
        checkpoints = GB_PER_TRAINING * sum(job.rule == "finetune" for job in context.gpu_jobs())
    needed = models + checkpoints + GB_OF_RESULTS
    free = shutil.disk_usage(existing(context.results)).free / 1e9
    text = f"{free:.0f} GB free for {context.results}, or less by your quota; about {needed:.0f} GB needed"
    text += f" (models to fetch {models:.0f}, checkpoints {checkpoints:.0f}, results {GB_OF_RESULTS:.0f})"
    return judge(free >= needed, "disk", text, "make room, or name another folder under pathvars.results")


def check_file_system(context: Context) -> CheckResult:
    """Check that all nodes see the results, as far as the kind of file system says."""
    kind = run_command("findmnt", "-no", "FSTYPE", "--target", str(existing(context.results))).strip()
    text = f"{context.results} is on {kind}"
    if SHARED.fullmatch(kind):
        return ok("shared file system", text)
    return unknown("shared file system", text, "--test-jobs asks the nodes")


def check_private_area(context: Context) -> CheckResult:
    """Check that only this user can open the folder of what identifies patients."""
    area = context.results / private.AREA
    try:
        private.require_own(context.results)
    except StudyError as error:
        text, _, advice = str(error).partition("; ")
        return missing("private area", text, advice)
    if not area.exists():
        return ok("private area", f"{area} will be made, for you alone (mode 0700)")
    mode = stat.S_IMODE(area.stat().st_mode)
    return judge(mode & 0o077 == 0, "private area", f"{area} has mode {mode:04o}", f"chmod 700 {area}")


def check_umask(context: Context) -> Iterator[CheckResult]:
    """Check that not everybody can read what is made of patients' records outside the private area."""
    if "synthetic" in context.config.get("extract", {"synthetic": {}}):
        return
    mask = os.umask(0o077)
    os.umask(mask)
    place = existing(context.results)
    is_closed = any(not folder.stat().st_mode & stat.S_IXOTH for folder in (place, *place.parents))
    if is_closed or mask & 0o007 == 0o007:
        yield ok("umask", f"{mask:04o}; not everybody can read the results")
    else:
        text = f"{mask:04o}: everybody on this machine could read adapters and cases made of patients' records"
        yield missing("umask", text, f"umask 027, or chmod o-x {place}")
