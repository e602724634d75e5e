"""How a training job is started: by itself, or as several processes that share a model's weights (FSDP)."""

from __future__ import annotations

import os

PORT = "$((20000 + SLURM_JOB_ID % 12000))"
"""Where the processes of several nodes meet: of each job its own, below the ports that Linux hands out (32768)."""

_FSDP = (
    "--use_fsdp --fsdp_version 2 --fsdp_auto_wrap_policy TRANSFORMER_BASED_WRAP --fsdp_reshard_after_forward true"
    " --fsdp_state_dict_type FULL_STATE_DICT --fsdp_offload_params false --mixed_precision no --dynamo_backend no"
)


def command(n_gpus: int, n_nodes: int) -> str:
    """Return the shell command that runs a Python script on GPUs; the script's path and arguments follow it.

    Parameters
    ----------
    n_gpus
        GPUs on each node, one process each.
    n_nodes
        Nodes, of one Slurm job if there are several.
    """
    if n_gpus * n_nodes == 1:
        return "python"
    launch = f"accelerate launch --num_processes {n_gpus * n_nodes} --num_machines {n_nodes} {_FSDP}"
    if n_nodes == 1:
        # Two jobs on one node must not meet: a free port each.
        return f"{launch} --main_process_port 0"
    # Each node starts its processes; all meet at the first one. What Slurm tells a step stands within it alone.
    head = '$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)'
    meeting = f'--machine_rank "$SLURM_NODEID" --main_process_ip "{head}" --main_process_port {PORT}'
    step = f"srun --overlap --whole --nodes={n_nodes} --ntasks={n_nodes} --ntasks-per-node=1 --gres=gpu:{n_gpus}"
    return f"{step} sh -c '{launch} {meeting} \"$@\"' -"


def rank() -> int:
    """Return the number of this process among those that train together; the first writes what is left."""
    return int(os.environ.get("RANK", 0))
