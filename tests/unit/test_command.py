"""The command radonc-sft, in a folder where everything is set up: what it hands to Snakemake, word by word."""

import os
import re
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
    (tmp_path / "config").mkdir()
    for name in ("config", "mine"):
        (tmp_path / "config" / f"{name}.yaml").write_text("title: A study\npathvars: {results: studies/mine}\n")
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

    def said(*options: str, n_gpus: int = 0, command: str = "run", called: str = "radonc-sft", **more: str) -> str:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"},
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "workflow" / "lib"),
            "N_GPUS": str(n_gpus),
            **more,
        }
        done = subprocess.run(
            [tmp_path / called, command, *options], env=environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else f"refused: {done.stderr}"

    return said


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_a_target_behind_the_config_is_a_target(run) -> None:
    assert run("--configfile", "config/mine.yaml", "all_data") == "--configfile config/mine.yaml -- all_data"


def test_a_word_of_several_words_stays_one(run) -> None:
    assert run("--config", "predict={backend: dummy}", "all_data", "-n").splitlines() == [
        "--config predict={backend: dummy} -n -- all_data"
    ]


def test_a_fault_is_one_line(run) -> None:
    for words in (("--configfile", "config/nope.yaml"), ("--configfile", "config/mine.yaml", "config/config.yaml")):
        assert re.fullmatch(r"refused: --configfile.*\n", run(*words))


def test_the_command_may_be_called_through_a_link(run, tmp_path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link").symlink_to("../radonc-sft")
    assert run("--configfile=config/mine.yaml", called="elsewhere/link") == "--configfile config/mine.yaml"


def test_snakemakes_report_goes_into_the_private_area_of_its_study(run, tmp_path) -> None:
    said = run("--configfile", "config/mine.yaml", command="report")
    assert said == "--report=studies/mine/private/workflow-report.html --configfile config/mine.yaml"
    assert (tmp_path / "studies/mine/private").stat().st_mode & 0o777 == 0o700
    assert run("all_data", command="graph") == "--rulegraph=mermaid-js all_data"


def test_a_run_on_this_machine_may_use_all_its_gpus(run) -> None:
    assert run("all_adapters", n_gpus=4) == "--resources=gpu=4 all_adapters"
    assert run("--cores", "8", n_gpus=1) == "--resources=gpu=1 --cores 8"


def test_a_machine_without_gpus_is_told_nothing_of_them(run) -> None:
    # A limit of none would make jobs that want a GPU want none.
    assert run("all_adapters", n_gpus=0) == "all_adapters"


@pytest.mark.parametrize("options", [("--profile", "slurm"), ("--resources", "gpu=1"), ("-e", "slurm")])
def test_a_site_says_itself_how_many_gpus_it_has(run, options) -> None:
    assert run(*options, n_gpus=4) == " ".join(options)


def test_a_site_may_say_so_in_the_environment(run) -> None:
    assert run(n_gpus=4, SNAKEMAKE_PROFILE="slurm") == ""


def test_the_doctor_can_be_asked(run) -> None:
    assert run("--help", n_gpus=0, command="doctor").startswith("usage: radonc-sft doctor")
