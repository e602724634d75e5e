import subprocess
import sys
from pathlib import Path

import pytest

from radonc.runtime import launch
from radonc.runtime.errors import StudyError


def test_one_gpu_needs_no_launcher() -> None:
    assert launch.command(1, 1) == "python"


def test_several_gpus_share_the_weights() -> None:
    command = launch.command(4, 1).split()
    assert command[:4] == ["accelerate", "launch", "--num_processes", "4"]
    assert "--use_fsdp" in command
    assert "srun" not in command


def test_several_nodes_meet_at_the_first(tmp_path, monkeypatch) -> None:
    """The command's quoting is tried with stand-ins for the programs: what reaches the script is what was given."""
    programs = {
        "scontrol": 'printf "node7\\nnode8\\n"',
        "srun": 'while [ "${1#--}" != "$1" ]; do shift; done; SLURM_NODEID=1 SLURM_JOB_NODELIST="node[7-8]" exec "$@"',
        "accelerate": 'printf "%s\\n" "$@"',
    }
    for name, body in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("SLURM_JOB_ID", "1234567")
    script = f"""{launch.command(2, 2)} train.py --recipe '{{"learning_rate": 1}}' --log a"""
    done = subprocess.run(["/bin/sh", "-euc", script], capture_output=True, text=True, check=True)
    given = done.stdout.splitlines()
    assert given[:5] == ["launch", "--num_processes", "4", "--num_machines", "2"]
    assert given[given.index("--machine_rank") + 1] == "1"
    assert given[given.index("--main_process_ip") + 1] == "node7"
    # Two jobs that share a node must not meet at one port.
    assert given[given.index("--main_process_port") + 1] == str(20000 + 1234567 % 12000)
    assert given[-5:] == ["train.py", "--recipe", '{"learning_rate": 1}', "--log", "a"]


def test_the_launcher_knows_all_its_options() -> None:
    accelerate = Path(sys.executable).with_name("accelerate")
    text = subprocess.run([accelerate, "launch", "--help"], capture_output=True, text=True, check=True).stdout
    options = [word for word in launch.command(2, 1).split() if word.startswith("--")]
    assert all(option in text for option in options)


# ---- one at a time -----------------------------------------------------------------------------------------------

HOLD = """
import pathlib, sys
from radonc.runtime.launch import exclusive_lock

with exclusive_lock(pathlib.Path(sys.argv[1]), "x"):
    print(flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_another_process_is_respected_and_ends_with_it(tmp_path) -> None:
    lock = tmp_path / "deep" / "lock"
    other = subprocess.Popen([sys.executable, "-c", HOLD, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout.readline()
    with (
        pytest.raises(StudyError, match="training m for t: another job is doing the same"),
        launch.exclusive_lock(lock, "training m for t"),
    ):
        pass
    other.kill()
    other.wait()
    with launch.exclusive_lock(lock, "training m"):
        pass
