"""Give each job GPUs of its own where no scheduler does: one machine, several GPUs, jobs side by side.

``python -m radonc.runtime.gpus 2 python train.py`` waits until two GPUs are free, shows them and no others to the
command, and becomes that command. A GPU is held by a lock on a file (``flock``) for as long as the process lives: the
kernel releases it however the process ends.
"""

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
from itertools import pairwise
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
    """A GPU, or a slice of one (MIG): the name that CUDA takes, and the one that is unique on this machine."""

    name: str
    uuid: str


def requested(resources: Mapping[str, Any]) -> tuple[int, str]:
    """Return how many GPUs a job's resources ask for, and of which model (empty: any).

    That is ``gpu`` (of all its nodes) and ``gpu_model``, or else ``gres`` (per node), such as ``gpu:a100:2``.
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
    found = []
    for name in filter(None, (part.strip() for part in environment[VISIBLE].split(","))):
        # CUDA stops at the first name that is not a GPU's; Slurm writes NoDevFiles for "none".
        if not re.fullmatch(r"\d+|(GPU|MIG)-[\w/-]+", name):
            break
        uuids = (gpu.uuid for gpu in there if name == gpu.name or gpu.uuid.startswith(name))
        found.append(Gpu(name, next(uuids, name)))
    return found


def of_machine() -> list[Gpu]:
    """List the machine's GPUs in the order of their PCI addresses; none where there is no driver."""
    if shutil.which("nvidia-smi"):
        command = ["nvidia-smi", "-L"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_TO_LIST, check=False)
        except subprocess.TimeoutExpired as error:
            text = f"nvidia-smi -L did not answer in {SECONDS_TO_LIST} s"
            raise StudyError(f"{text}; ask whoever runs this machine about its driver") from error
        return list(_listed(done.stdout)) if done.returncode == 0 else []
    files = sorted(DRIVER.glob("*/information"))
    uuids = [re.search(r"GPU UUID:\s*(\S+)", file.read_text(encoding="utf-8")) for file in files]
    return [Gpu(str(index), uuid[1]) for index, uuid in enumerate(uuids) if uuid]


def _listed(text: str) -> Iterator[Gpu]:
    """Read ``nvidia-smi -L``. Of a GPU in slices only the slices can be used, each by its UUID."""
    lines = LISTED.findall(text)
    for (index, is_slice, uuid), (_, next_is_slice, _) in pairwise([*lines, ("", "", "")]):
        if is_slice or not next_is_slice:
            yield Gpu(index or uuid, uuid)


def claim(n_gpus: int) -> None:
    """Give this process, and what it starts, so many GPUs of its own; wait for them if others hold them.

    CUDA_VISIBLE_DEVICES holds the result; on a machine without GPUs, where the job computes on the CPU, it stays as it
    is. Within a scheduler's allocation only what it gave is shared, and a job that asks for all of it takes all of it.
    StudyError when the machine has GPUs, but fewer than the job asks for.
    """
    if n_gpus == 0:
        os.environ[VISIBLE] = ""
        return
    gpus = visible(os.environ)
    allocation = os.environ.get(ALLOCATION)
    if not gpus or (allocation and len(gpus) <= n_gpus):
        return
    if len(gpus) < n_gpus:
        text = f"this job asks for {n_gpus} GPUs, and this machine has {len(gpus)}"
        raise StudyError(f"{text}: ask for fewer, or run it elsewhere")
    if VISIBLE not in os.environ:
        # The numbers of nvidia-smi. CUDA's own go by speed.
        os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    held = _hold(gpus, n_gpus, LOCKS / f"job-{allocation}" if allocation else LOCKS)
    os.environ[VISIBLE] = ",".join(gpu.name for gpu in held)


def _hold(gpus: list[Gpu], n_gpus: int, folder: Path) -> list[Gpu]:
    """Lock the first GPUs that are free, for the life of this process and of the command that it becomes.

    A process that cannot have all that it needs releases what it has before it looks again, so that no two processes
    wait for each other.
    """
    message = f"waiting for a free GPU: {n_gpus} of {len(gpus)} wanted\n"
    while True:
        locks = {gpu: lock for gpu in gpus if (lock := _lock(folder / gpu.uuid.replace("/", "-"))) is not None}
        held = list(locks)[:n_gpus] if len(locks) >= n_gpus else []
        for gpu, lock in locks.items():
            if gpu in held:
                os.set_inheritable(lock, True)
            else:
                os.close(lock)
        if held:
            return held
        print(message, end="", file=sys.stderr, flush=True)
        message = ""
        sleep(SECONDS_BETWEEN_LOOKS * random.uniform(0.5, 1.5))


def _lock(path: Path) -> int | None:
    """Return a lock file, open and locked; None if another process holds it. Every user of the machine can lock it."""
    for folder in (LOCKS, path.parent):
        with suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(0o1777)
    with suppress(FileExistsError):
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW)
        os.fchmod(file, 0o666)
        os.close(file)
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # If whatever tidies /tmp was faster, the next look makes a new file.
        if os.fstat(file).st_nlink:
            os.utime(file)  # what was used lately is not tidied away
            return file
    os.close(file)
    return None


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
