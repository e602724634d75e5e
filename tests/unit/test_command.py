"""The command radonc-sft, in a folder where everything is set up: what it hands to Snakemake, word by word."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

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


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout that is not set up, with one package to install."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("radonc-sft", "pyproject.toml"):
        shutil.copy2(ROOT / name, checkout / name)
    (checkout / "requirements.txt").write_text("tiny==1.0\n")
    return checkout


def set_up(checkout: Path, *options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Set up without a network, from the folder above the checkout."""
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return subprocess.run(
        [checkout / "radonc-sft", "setup", *options],
        cwd=checkout.parent,
        env={**inherited, "PYTHON": sys.executable, **offline, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def wheel(folder: Path, name: str) -> None:
    """Write a package with one module, as another machine would bring it."""
    folder.mkdir()
    meta = f"{name}-1.0.dist-info"
    with ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", "here = True\n")
        archive.writestr(f"{meta}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{meta}/WHEEL", "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{meta}/RECORD", "")


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


def test_the_graph_is_drawn_from_the_certificate_unless_a_target_is_named(run) -> None:
    assert run(command="graph") == "--rulegraph=mermaid-js -- certify"
    given = "--configfile config/mine.yaml"
    assert run(*given.split(), command="graph") == f"--rulegraph=mermaid-js {given} -- certify"
    assert run(*given.split(), "all_data", command="graph") == f"--rulegraph=mermaid-js {given} -- all_data"
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


def test_the_set_up_takes_its_packages_from_a_folder_that_has_all_and_asks_no_index(bare) -> None:
    (bare / "workflow" / "lib").mkdir(parents=True)
    wheel(bare.parent / "lacking", "other")
    done = set_up(bare, "--wheels", str(bare.parent / "lacking"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"Not all of requirements.txt is in {bare.parent / 'lacking'} for")
    assert not (bare / ".venv" / "stamp").exists()
    wheel(bare.parent / "brought", "tiny")
    done = set_up(bare, "--wheels", "brought")
    assert done.returncode == 0, done.stderr
    python = bare / ".venv" / "bin" / "python"
    program = "import sys, tiny; print(sys.path[-1])"
    found = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(bare / "workflow" / "lib")
    # Set up once, it is not done again, though the folder is gone.
    shutil.rmtree(bare.parent / "brought")
    assert set_up(bare).returncode == 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--wheels", "none"], "--wheels: there is no folder none"),
        (["--wheels"], "setup takes only --wheels DIR, a folder of wheels"),
        (["--offline"], "setup takes only --wheels DIR, a folder of wheels"),
    ],
)
def test_what_the_set_up_does_not_take_is_refused(bare, options, text) -> None:
    done = set_up(bare, *options)
    assert (done.returncode, done.stderr) == (1, f"{text}\n")
    assert not (bare / ".venv").exists()


def test_a_package_of_the_system_is_named_and_never_installed(bare, tmp_path) -> None:
    """A Python without venv's pip, and programs that would tell if they were called."""
    programs = tmp_path / "programs"
    programs.mkdir()
    write(programs / "python", f'#!/bin/sh\n[ "$2" != "import ensurepip" ] && exec {sys.executable} "$@"\n')
    for name in ("sudo", "apt", "apt-get"):
        write(programs / name, f"#!/bin/sh\ntouch {tmp_path}/called\n")
    done = set_up(bare, PYTHON=str(programs / "python"), PATH=f"{programs}{os.pathsep}{os.environ['PATH']}")
    assert done.returncode == 1
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    assert (
        done.stderr.splitlines()[-1]
        == f"Python's venv is missing. Install it, then run this again: sudo apt install {package}"
    )
    assert not (tmp_path / "called").exists()
    assert not (bare / ".venv").exists()


def test_the_index_that_pytorch_comes_from_can_be_named(bare) -> None:
    """A stand-in for pip notes what it is asked for."""
    programs = bare / ".venv" / "bin"
    programs.mkdir(parents=True)
    write(programs / "python", f"#!/bin/sh\necho {bare}\n")  # where it keeps its packages, it is asked
    write(programs / "pip", f'#!/bin/sh\necho "$@" >> {bare}/asked\ncase "$*" in *nowhere*) exit 1;; esac\n')
    (bare / "requirements.txt").write_text("torch==2.13.0\ntiny==1.0\n")
    assert set_up(bare, TORCH_INDEX="http://127.0.0.1:9/nowhere").returncode == 1
    assert not (bare / ".venv" / "stamp").exists()
    (bare / "asked").unlink()
    set_up(bare, TORCH_INDEX="http://127.0.0.1:9/cu126")
    assert (bare / "asked").read_text().splitlines() == [
        "install -q --no-deps --index-url http://127.0.0.1:9/cu126 torch==2.13.0",
        "install -q -r requirements.txt",
    ]
