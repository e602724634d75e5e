"""The command radonc-sft, in a folder where everything is set up: what it hands to Snakemake."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Return a function that runs the command on a machine with so many GPUs, and returns what Snakemake was told."""
    for name in ("radonc-sft", "requirements.txt", "pyproject.toml"):
        shutil.copy2(ROOT / name, tmp_path / name)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    write(programs / "python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    write(programs / "snakemake", '#!/bin/sh\necho "$@"\n')
    write(
        programs / "nvidia-smi", '#!/bin/sh\nfor i in $(seq $N_GPUS); do echo "GPU $i: NVIDIA (UUID: GPU-$i)"; done\n'
    )
    stamp = subprocess.run(
        "cat requirements.txt pyproject.toml | cksum",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    (tmp_path / ".venv" / "stamp").write_text(stamp.stdout.strip())

    def said(*options: str, n_gpus: int, command: str = "run", **more: str) -> str:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"},
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "workflow" / "lib"),
            "N_GPUS": str(n_gpus),
            **more,
        }
        done = subprocess.run(
            [tmp_path / "radonc-sft", command, *options], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return said


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_a_run_on_this_machine_may_use_all_its_gpus(run) -> None:
    assert run("all_adapters", n_gpus=4) == "--resources gpu=4 --rerun-incomplete all_adapters"
    assert run("--cores", "8", n_gpus=1) == "--resources gpu=1 --rerun-incomplete --cores 8"


def test_a_machine_without_gpus_is_told_nothing_of_them(run) -> None:
    # A limit of none would make jobs that want a GPU want none.
    assert run("all_adapters", n_gpus=0) == "all_adapters"


@pytest.mark.parametrize("options", [("--profile", "slurm"), ("--resources=gpu=1",), ("-e", "slurm")])
def test_a_site_says_itself_how_many_gpus_it_has(run, options) -> None:
    assert run(*options, n_gpus=4) == " ".join(options)


def test_a_site_may_say_so_in_the_environment(run) -> None:
    assert run(n_gpus=4, SNAKEMAKE_PROFILE="slurm") == ""


def test_the_doctor_can_be_asked(run) -> None:
    assert run("--help", n_gpus=0, command="doctor").startswith("usage: radonc-sft doctor")
