"""GPUs of a job's own, where no scheduler hands them out: one box, several GPUs, jobs side by side.

``python -m radonc.runtime.gpus 2 python train.py`` waits until two GPUs are free, shows them and no others to the
command, and becomes that command. A GPU is held by a lock on a file (``flock``) for as long as the process lives: the
kernel releases it however the process ends.
"""

from __future__ import annotations

import fcntl
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

from radonc.runtime.errors import StudyError

VISIBLE = "CUDA_VISIBLE_DEVICES"
ALLOCATION = "SLURM_JOB_ID"
LOCKS = Path("/tmp/radonc-sft-gpus")  # one folder for all users and checkouts of the machine
DRIVER = Path("/proc/driver/nvidia/gpus")
SECONDS_TO_LIST = 30
SECONDS_BETWEEN_LOOKS = 0.5
BF16_CAPABILITY = (8, 0)
"""The least compute capability (Ampere) for bfloat16 and for FlashAttention, by which samples share a row."""
GRES = re.compile(r"gpu(?::(?P<model>[\w.]*[A-Za-z_.][\w.]*))?(?::(?P<number>\d+))?")
LISTED = re.compile(r"^ *(?:GPU (\d+)|(MIG) ).*\(UUID: ([\w-]+)\)", re.MULTILINE)


@dataclass(frozen=True)
class Gpu:
    """A GPU, or a slice of one (MIG): the name that CUDA takes, and the one that is its own on this machine."""

    name: str
    uuid: str


def requested(resources: Mapping[str, Any]) -> tuple[int, str]:
    """Return how many GPUs a job asks for, and of which model (empty: any).

    Parameters
    ----------
    resources
        A job's resources: ``gpu`` (of all its nodes) and ``gpu_model``, or in their place ``gres`` (per node), such as
        ``gpu:2`` or ``gpu:a100:2``, for clusters that take no other request.
    """
    if n_gpus := resources.get("gpu", 0):
        return int(n_gpus), str(resources.get("gpu_model", ""))
    gres = GRES.fullmatch(str(resources.get("gres", "")))
    return (int(gres["number"] or 1), gres["model"] or "") if gres else (0, "")


def visible(environment: Mapping[str, str]) -> list[Gpu]:
    """Return the GPUs that this process may use: those that CUDA_VISIBLE_DEVICES names, or all of the machine."""
    there = of_machine()
    if VISIBLE not in environment:
        return there
    by_name = {gpu.name: gpu for gpu in there}
    found = []
    for name in filter(None, (part.strip() for part in environment[VISIBLE].split(","))):
        # CUDA sees nothing of what stands behind the first name that is none; Slurm writes NoDevFiles for "none".
        if not re.fullmatch(r"\d+|(GPU|MIG)-[\w/-]+", name):
            break
        meant = by_name.get(name) or next((gpu for gpu in there if gpu.uuid.startswith(name)), Gpu(name, name))
        found.append(Gpu(name, meant.uuid))
    return found


def of_machine() -> list[Gpu]:
    """List the machine's GPUs in the order of their PCI addresses; none where there is no driver."""
    if shutil.which("nvidia-smi"):
        try:
            done = subprocess.run(
                ["nvidia-smi", "-L"], capture_output=True, text=True, timeout=SECONDS_TO_LIST, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise StudyError(
                f"nvidia-smi -L did not answer in {SECONDS_TO_LIST} s; ask whoever runs this machine about its driver"
            ) from error
        return list(_listed(done.stdout)) if done.returncode == 0 else []
    files = sorted(DRIVER.glob("*/information"))
    uuids = [re.search(r"GPU UUID:\s*(\S+)", file.read_text(encoding="utf-8")) for file in files]
    return [Gpu(str(index), uuid[1]) for index, uuid in enumerate(uuids) if uuid]


def _listed(text: str) -> Iterator[Gpu]:
    """Read ``nvidia-smi -L``. Of a GPU in slices only the slices can be used, each by its UUID."""
    lines = [match.groups() for match in LISTED.finditer(text)]
    for place, (index, _, uuid) in enumerate(lines):
        sliced = index is not None and place + 1 < len(lines) and lines[place + 1][1] is not None
        if not sliced:
            yield Gpu(uuid if index is None else index, uuid)


def claim(n_gpus: int) -> None:
    """Give this process, and what it starts, so many GPUs of its own; wait for them if others hold them.

    CUDA_VISIBLE_DEVICES tells the result. Where there is no GPU at all, nothing happens: the job computes on the CPU.
    Within a scheduler's allocation only what it gave is shared, and a job that asks for all of it takes all of it.

    Raises
    ------
    StudyError
        When the machine has GPUs, but fewer than the job asks for.
    """
    if n_gpus == 0:
        os.environ[VISIBLE] = ""
        return
    gpus = visible(os.environ)
    allocation = os.environ.get(ALLOCATION)
    if not gpus or (allocation and len(gpus) <= n_gpus):
        return
    if len(gpus) < n_gpus:
        raise StudyError(
            f"this job asks for {n_gpus} GPUs, and this machine has {len(gpus)}: ask for fewer, or run it elsewhere"
        )
    if VISIBLE not in os.environ:
        # The numbers of nvidia-smi. CUDA's own go by speed.
        os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    held = _hold(gpus, n_gpus, LOCKS / f"job-{allocation}" if allocation else LOCKS)
    os.environ[VISIBLE] = ",".join(gpu.name for gpu in held)


def _hold(gpus: list[Gpu], n_gpus: int, folder: Path) -> list[Gpu]:
    """Lock the first GPUs that are free, for the life of this process and of the command that it becomes.

    Whoever cannot have all that it needs lets go of what it has before it looks again, so nobody waits for somebody who
    waits for it.
    """
    told = False
    while True:
        locks = {gpu: lock for gpu in gpus if (lock := _lock(folder / gpu.uuid.replace("/", "-"))) is not None}
        held, spare = list(locks)[:n_gpus], list(locks)[n_gpus:]
        if len(held) < n_gpus:
            held, spare = [], list(locks)
        for gpu in spare:
            os.close(locks[gpu])
        if held:
            for gpu in held:
                os.set_inheritable(locks[gpu], True)
            return held
        if not told:
            told = True
            print(f"waiting for a free GPU: {n_gpus} of {len(gpus)} wanted", file=sys.stderr, flush=True)
        sleep(SECONDS_BETWEEN_LOOKS * random.uniform(0.5, 1.5))


def _lock(path: Path) -> int | None:
    """Return a lock file, open and locked, or nothing if another process holds it."""
    file = _open(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    if os.fstat(file).st_nlink == 0:
        # Whoever tidies /tmp was faster; the next look makes a new file.
        os.close(file)
        return None
    # What was used lately is not tidied away.
    os.utime(file)
    return file


def _open(path: Path) -> int:
    """Open a lock file, and make it if need be, so that every user of the machine can lock it."""
    for folder in (LOCKS, path.parent):
        with suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(0o1777)
    with suppress(FileExistsError):
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW)
        os.fchmod(file, 0o666)
        os.close(file)
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)


def main(args_list: list[str]) -> None:
    """Claim GPUs and become a command."""
    n_gpus, *command = args_list
    try:
        claim(int(n_gpus))
    except StudyError as error:
        sys.exit(str(error))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
