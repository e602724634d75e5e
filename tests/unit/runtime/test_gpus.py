"""One GPU, one job: real processes, and an nvidia-smi of our own on PATH."""

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from radonc.runtime import gpus
from radonc.runtime.errors import StudyError

# What a job does: note what it was given, for as long as it runs.
JOB = """
import os, sys, time
mine, notes = os.environ["CUDA_VISIBLE_DEVICES"], sys.argv[1]
for gpu in mine.split(","):
    os.close(os.open(f"{notes}/held-{gpu}", os.O_CREAT | os.O_EXCL))   # fails if another job holds it
open(f"{notes}/begun-{os.getpid()}", "w").write(mine)
time.sleep(float(sys.argv[2]))
for gpu in mine.split(","):
    os.unlink(f"{notes}/held-{gpu}")
"""


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], list[str]]]:
    """Make this machine one with so many GPUs; return their UUIDs, which no other test has."""
    for name in (gpus.VISIBLE, gpus.ALLOCATION, "CUDA_DEVICE_ORDER"):
        # Set first, so that what claim() sets is undone as well.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)

    def make(n: int) -> list[str]:
        uuids = [f"GPU-{uuid.uuid4()}" for _ in range(n)]
        lines = [f"GPU {index}: NVIDIA H100 80GB HBM3 (UUID: {name})" for index, name in enumerate(uuids)]
        install(tmp_path / "bin", "\n".join(lines))
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
        return uuids

    made: list[str] = []
    yield lambda n: made.extend(make(n)) or made
    for name in made:
        (gpus.LOCKS / name).unlink(missing_ok=True)


def install(folder: Path, listing: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "listing").write_text(listing + "\n")
    (folder / "nvidia-smi").write_text(f'#!/bin/sh\n[ "$1" = -L ] && cat "{folder / "listing"}"\n')
    (folder / "nvidia-smi").chmod(0o755)


def start(n_gpus: int, notes: Path, seconds: float) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-m",
        "radonc.runtime.gpus",
        str(n_gpus),
        sys.executable,
        "-c",
        JOB,
        str(notes),
        str(seconds),
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(gpus.__file__).parents[2])}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def begun(notes: Path, job: "subprocess.Popen[str]") -> str:
    """Wait for a job to begin, and return what it was given."""
    note = notes / f"begun-{job.pid}"
    for _ in range(200):
        if note.exists() and (text := note.read_text()):
            return text
        time.sleep(0.05)
    raise AssertionError(f"not begun after 10 s: {job.poll()}")


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, (0, "")),
        ({"gpu": 2}, (2, "")),
        ({"gpu": 1, "gpu_model": "a100", "gres": "gpu:4"}, (1, "a100")),
        ({"gres": "gpu"}, (1, "")),
        ({"gpu": 0, "gres": "gpu:2"}, (2, "")),
        ({"gpu": 0, "gres": "gpu:nvidia_a100.80gb:2"}, (2, "nvidia_a100.80gb")),
        ({"gpu": 0, "gres": "gpu:1080ti:1"}, (1, "1080ti")),
        ({"gres": "gpu:a100"}, (1, "a100")),
        ({"gres": "gpufs:2"}, (0, "")),
        ({"gres": "shard:2"}, (0, "")),
    ],
)
def test_gpus_are_asked_for_by_number_or_as_generic_resources(resources, expected) -> None:
    assert gpus.requested(resources) == expected


def test_no_gpu_is_ever_held_by_two_of_twelve_jobs(box, tmp_path) -> None:
    box(4)
    jobs = [start(1, tmp_path, 0.3) for _ in range(12)]
    assert [job.wait(60) for job in jobs] == [0] * 12, [job.stderr.read() for job in jobs]
    given = [(tmp_path / f"begun-{job.pid}").read_text() for job in jobs]
    assert set(given) == {"0", "1", "2", "3"}


def test_a_job_of_several_processes_gets_several_and_leaves_the_others(box, tmp_path) -> None:
    box(3)
    sizes = [2, 1, 2, 3, 1, 2]
    jobs = [start(n, tmp_path, 0.2) for n in sizes]
    assert [job.wait(60) for job in jobs] == [0] * len(sizes), [job.stderr.read() for job in jobs]
    given = [(tmp_path / f"begun-{job.pid}").read_text().split(",") for job in jobs]
    assert [len(set(names)) for names in given] == sizes


def test_a_killed_job_frees_its_gpu(box, tmp_path) -> None:
    box(1)
    killed = start(1, tmp_path, 60)
    assert begun(tmp_path, killed) == "0"
    waiting = start(1, tmp_path, 0)
    time.sleep(1)
    assert waiting.poll() is None
    assert not (tmp_path / f"begun-{waiting.pid}").exists()
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    (tmp_path / "held-0").unlink()
    assert begun(tmp_path, waiting) == "0"
    assert waiting.wait(10) == 0
    assert waiting.stderr.read() == "waiting for a free GPU: 1 of 1 wanted\n"


def test_only_what_cuda_visible_devices_names_is_shared(box, tmp_path, monkeypatch) -> None:
    uuids = box(4)
    monkeypatch.setenv(gpus.VISIBLE, f"3,{uuids[1][:12]}")
    jobs = [start(1, tmp_path, 0.2) for _ in range(4)]
    assert [job.wait(60) for job in jobs] == [0] * 4
    assert {(tmp_path / f"begun-{job.pid}").read_text() for job in jobs} == {"3", uuids[1][:12]}


def test_a_number_and_an_identifier_of_one_gpu_are_one_gpu(box, tmp_path, monkeypatch) -> None:
    uuids = box(2)
    first = start(2, tmp_path, 60)
    begun(tmp_path, first)
    monkeypatch.setenv(gpus.VISIBLE, uuids[1])
    second = start(1, tmp_path, 0)
    time.sleep(1)
    waited = second.poll() is None
    for job in (first, second):
        job.kill()
        job.wait(10)
    assert waited


@pytest.mark.parametrize(("named", "expected"), [("", []), ("NoDevFiles", []), ("1,-1,0", ["1"]), ("0, 1", ["0", "1"])])
def test_what_is_visible_is_what_cuda_would_see(box, monkeypatch, named, expected) -> None:
    box(2)
    monkeypatch.setenv(gpus.VISIBLE, named)
    assert [gpu.name for gpu in gpus.visible(os.environ)] == expected


def test_of_a_gpu_in_slices_the_slices_are_shared(tmp_path, monkeypatch) -> None:
    listing = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa)
  MIG 3g.20gb     Device  0: (UUID: MIG-bbbb)
  MIG 3g.20gb     Device  1: (UUID: MIG-cccc)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-dddd)"""
    install(tmp_path / "bin", listing)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert [gpu.name for gpu in gpus.of_machine()] == ["MIG-bbbb", "MIG-cccc", "1"]


def test_without_nvidia_smi_the_driver_is_asked(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(gpus, "DRIVER", tmp_path / "gpus")
    for address, name in (("0000:81:00.0", "GPU-late"), ("0000:17:00.0", "GPU-early")):
        (tmp_path / "gpus" / address).mkdir(parents=True)
        (tmp_path / "gpus" / address / "information").write_text(f"Model: H100\nGPU UUID: \t {name}\nDevice Minor: 0\n")
    assert [(gpu.name, gpu.uuid) for gpu in gpus.of_machine()] == [("0", "GPU-early"), ("1", "GPU-late")]


def test_a_job_without_gpus_sees_none(box) -> None:
    box(2)
    gpus.claim(0)
    assert os.environ[gpus.VISIBLE] == ""


def test_a_machine_without_gpus_computes_on_its_cpu(box) -> None:
    box(0)
    gpus.claim(1)
    assert gpus.VISIBLE not in os.environ


def test_more_gpus_than_there_are_is_an_error(box) -> None:
    box(2)
    with pytest.raises(StudyError, match="asks for 3 GPUs, and this machine has 2"):
        gpus.claim(3)


def test_what_the_scheduler_gave_a_job_is_left_to_it(box, monkeypatch) -> None:
    box(2)
    monkeypatch.setenv(gpus.VISIBLE, "0,1")
    monkeypatch.setenv(gpus.ALLOCATION, "17")
    # Eight over several nodes, two of them here.
    gpus.claim(8)
    assert os.environ[gpus.VISIBLE] == "0,1"


def test_jobs_within_one_allocation_share_it(box, tmp_path, monkeypatch) -> None:
    box(4)
    monkeypatch.setenv(gpus.VISIBLE, "1,2")
    allocation = f"test-{uuid.uuid4()}"
    monkeypatch.setenv(gpus.ALLOCATION, allocation)
    jobs = [start(1, tmp_path, 0.2) for _ in range(5)]
    assert [job.wait(60) for job in jobs] == [0] * 5
    assert {(tmp_path / f"begun-{job.pid}").read_text() for job in jobs} == {"1", "2"}
    shutil.rmtree(gpus.LOCKS / f"job-{allocation}")
