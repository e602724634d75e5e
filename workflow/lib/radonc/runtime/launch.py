"""How a training job is started, alone or as several processes that share a model (FSDP), and never twice at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from radonc.runtime.errors import StudyError

PORT = "$((20000 + SLURM_JOB_ID % 12000))"
"""Where the processes of several nodes meet: a port of each job's own, below those that Linux hands out (32768)."""

_FSDP = (
    "--use_fsdp --fsdp_version 2 --fsdp_auto_wrap_policy TRANSFORMER_BASED_WRAP --fsdp_reshard_after_forward true"
    " --fsdp_state_dict_type FULL_STATE_DICT --fsdp_offload_params false --mixed_precision no --dynamo_backend no"
)


def command(n_gpus: int, n_nodes: int) -> str:
    """Return the shell command that runs a Python script on GPUs; the script's path and arguments follow it.

    It starts a process for each of the ``n_gpus`` GPUs on each node. Several nodes are those of one Slurm job.
    """
    if n_gpus * n_nodes == 1:
        return "python"
    launch = f"accelerate launch --num_processes {n_gpus * n_nodes} --num_machines {n_nodes} {_FSDP}"
    if n_nodes == 1:
        # Two jobs on one node must not meet: a free port each.
        return f"{launch} --main_process_port 0"
    # Each node starts its processes; all meet at the first one. The step's own shell reads the variables of the step.
    head = '$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)'
    meeting = f'--machine_rank "$SLURM_NODEID" --main_process_ip "{head}" --main_process_port {PORT}'
    step = f"srun --overlap --whole --nodes={n_nodes} --ntasks={n_nodes} --ntasks-per-node=1 --gres=gpu:{n_gpus}"
    return f"{step} sh -c '{launch} {meeting} \"$@\"' -"


def rank() -> int:
    """Return the number of this process among those that train together; the first writes the files."""
    return int(os.environ.get("RANK", 0))


@contextmanager
def exclusive_lock(lock: Path, what: str) -> Iterator[None]:
    """Work as the only process that holds a lock file, which stays; the lock ends with the process, however that ends.

    StudyError, which names ``what`` is being done, if another process holds it, here or on another machine that shares
    the file system.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StudyError(
                f"{what}: another job is doing the same, perhaps one that a killed Snakemake left behind; end it first "
                "(squeue --me, scancel), then run again"
            ) from error
        yield
