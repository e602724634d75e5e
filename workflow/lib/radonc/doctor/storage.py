"""Where the results go: enough room, seen by all nodes, and closed to others where it must be."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from radonc.doctor.asking import UnansweredError
from radonc.doctor.findings import Finding, missing, ok, unknown
from radonc.doctor.models import size_gb, to_fetch
from radonc.doctor.site import Site
from radonc.runtime.private import AREA

GB_OF_RESULTS = 5.0
GB_PER_TRAINING = 2.0
"""An adapter, and two checkpoints of it with the optimizer's state, of a model of 7 billion parameters."""
SHARED = re.compile(r"nfs\d?|lustre|gpfs|beegfs\w*|ceph|panfs|wekafs|cifs|smb\d|afs|orangefs|pvfs2|fuse\..*")
MOUNTS = Path("/proc/self/mountinfo")


def existing(path: Path) -> Path:
    """Return a path, or the nearest folder above it that exists."""
    path = path.resolve()
    return next(folder for folder in (path, *path.parents) if folder.exists())


def disk(site: Site) -> Finding:
    """Compare the free disk with what the study will need."""
    models = sum(size_gb(hub) for hub in to_fetch(site))
    try:
        n_runs = sum(1 for job in site.gpu_jobs() if job.rule == "finetune")
    except UnansweredError:
        n_runs = 0
    needed = models + GB_PER_TRAINING * n_runs + GB_OF_RESULTS
    free = shutil.disk_usage(existing(site.results)).free / 1e9
    text = (
        f"{free:.0f} GB free for {site.results}; about {needed:.0f} GB needed (models to fetch {models:.0f}, "
        f"checkpoints {GB_PER_TRAINING * n_runs:.0f}, results {GB_OF_RESULTS:.0f})"
    )
    if free < needed:
        return missing("disk", text, "make room, or name another folder under pathvars.results")
    return ok("disk", f"{text}; a quota of yours may leave less")


def shared(site: Site) -> Finding:
    """Say whether the results lie where all nodes see them, as far as the kind of file system tells."""
    kind = file_system(site.results)
    if kind and SHARED.fullmatch(kind):
        return ok("shared file system", f"{site.results} is on {kind}")
    return unknown(
        "shared file system", f"{site.results} is on {kind or 'something unknown'}", "--probe asks the nodes"
    )


def file_system(path: Path) -> str | None:
    """Return the kind of file system that a path is on, as the kernel names it."""
    place = existing(path)
    best = None
    for line in MOUNTS.read_text(encoding="utf-8").splitlines() if MOUNTS.exists() else []:
        left, _, right = line.partition(" - ")
        # Spaces in names are written as octal.
        mount = Path(re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), left.split()[4]))
        if place.is_relative_to(mount) and (best is None or len(mount.parts) >= len(best[0].parts)):
            best = mount, right.split()[0]
    return best[1] if best else None


def private_area(site: Site) -> Finding:
    """Say whether the folder of what identifies patients is its owner's alone."""
    area = site.results / AREA
    if not area.exists():
        return ok("private area", f"{area} will be made, for you alone (mode 0700)")
    here = area.stat()
    mode = stat.S_IMODE(here.st_mode)
    if here.st_uid != os.getuid():
        return missing("private area", f"{area} belongs to somebody else", "use results of your own")
    if mode & 0o077:
        return missing("private area", f"{area} has mode {mode:04o}", f"chmod 700 {area}")
    return ok("private area", f"{area} has mode {mode:04o}")


def readable(site: Site) -> Iterator[Finding]:
    """Say whether everybody on the machine can read what is made of patients' records outside the private area."""
    if site.config is None or "synthetic" in site.config["extract"]:
        return
    mask = os.umask(0o077)
    os.umask(mask)
    place = existing(site.results)
    closed = any(not folder.stat().st_mode & stat.S_IXOTH for folder in (place, *place.parents))
    if closed or mask & 0o007 == 0o007:
        yield ok("umask", f"{mask:04o}; what is not private is not for everybody either")
    else:
        text = f"{mask:04o}: everybody on this machine could read adapters and cases made of patients' records"
        yield missing("umask", text, f"umask 027, or chmod o-x {place}")
