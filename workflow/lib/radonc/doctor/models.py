"""The base models: are they there, whole, and at the commit that the config names."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from radonc.doctor.findings import Finding, missing, ok, unknown
from radonc.doctor.site import Site
from radonc.runtime.hashing import hash_file

# Repositories that ask everybody to accept a licence first.
GATED = ("meta-llama/", "google/gemma")
BYTES_PER_PARAMETER = 3
"""Weights of two bytes, and what a download needs besides."""
GB_OF_UNKNOWN = 20.0


def models(site: Site, *, digests: bool) -> Iterator[Finding]:
    """Look at every model of the study; with ``digests`` at every byte of it."""
    for name, model in (site.config or {"models": {}})["models"].items():
        subject = f"model {name}"
        if "demo" in model:
            yield ok(subject, "is built by the workflow")
        elif "folder" in model:
            yield _local(subject, Path(model["folder"]))
        else:
            yield _fetched(subject, model, site, site.results / "models" / name, digests)


def _local(subject: str, folder: Path) -> Finding:
    """Look at a folder that the user names; that it has a config.json is known."""
    if not any(folder.glob("*.safetensors")):
        return missing(subject, f"{folder} has no safetensors", "pickled weights are not loaded: convert them")
    if not any((folder / name).exists() for name in ("tokenizer.json", "tokenizer.model")):
        return missing(subject, f"{folder} has no tokenizer", "copy the model's tokenizer files there")
    return ok(subject, f"in {folder}")


def _fetched(subject: str, model: dict[str, Any], site: Site, folder: Path, digests: bool) -> Finding:
    fetch = f"./radonc-sft run --configfile {site.configfile} --cores 1 all_models"
    again = fetch.replace("all_models", "--forcerun fetch_model -- all_models")
    file = folder / "model.json"
    if not file.exists():
        return missing(subject, f"{model['hub']} is not fetched", fetch)
    manifest = json.loads(file.read_text(encoding="utf-8"))
    if manifest["source"] != {"hub": model["hub"], "revision": model["revision"]}:
        return missing(subject, "is of another repository or commit than the config names", fetch)
    sizes = manifest.get("sizes", {})
    gone = [name for name in manifest["files"] if not (folder / name).is_file()]
    cut = [name for name, size in sizes.items() if name not in gone and (folder / name).stat().st_size != size]
    if gone or cut:
        return missing(subject, f"{folder}: gone or of another size: {', '.join(sorted({*gone, *cut}))}", again)
    if not digests:
        return ok(subject, f"fetched at {model['revision'][:12]}, all files there")
    changed = [name for name, digest in manifest["files"].items() if hash_file(folder / name) != digest]
    if changed:
        return missing(subject, f"{folder}: other bytes than were fetched: {', '.join(changed)}", again)
    return ok(subject, f"fetched at {model['revision'][:12]}, every byte as fetched")


def to_fetch(site: Site) -> list[str]:
    """Return the hub's names of the models that are still to be fetched."""
    models = (site.config or {"models": {}})["models"]
    return [
        model["hub"]
        for name, model in models.items()
        if "hub" in model and not (site.results / "models" / name / "model.json").exists()
    ]


def size_gb(hub: str) -> float:
    """Estimate a model's size on disk (GB) by the number of parameters in its name."""
    billions = re.search(r"(?<![\w.])(\d+(?:\.\d+)?)b(?![a-z])", hub, re.IGNORECASE)
    return float(billions[1]) * BYTES_PER_PARAMETER if billions else GB_OF_UNKNOWN


def token(site: Site) -> Iterator[Finding]:
    """Say whether the token that gated models ask for is there. Its value is nobody's business."""
    wanted = to_fetch(site)
    if not wanted:
        return
    gated = [hub for hub in wanted if hub.startswith(GATED)]
    if os.environ.get("HF_TOKEN", "").strip():
        yield ok("HF_TOKEN", "is set")
    elif gated:
        yield missing("HF_TOKEN", f"is not set, and {', '.join(gated)} is gated", "accept its licence, then set it")
    else:
        yield unknown("HF_TOKEN", "is not set", "gated models ask for one")
