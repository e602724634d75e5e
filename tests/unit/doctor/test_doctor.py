import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from doctor_context import JOBS, make_context, write_answer, write_program

from radonc.doctor import __main__ as command
from radonc.doctor import files, plan, software
from radonc.doctor.checks import NoAnswerError, Status, result_of, run_command, start
from radonc.doctor.software import ROOT

HUB = {"hub": "owner/Model-7B-v0.1", "revision": "0" * 40}


def doctor(*options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "radonc.doctor", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow" / "lib"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_ends_with_1_when_something_is_missing_and_never_tells_the_token(tmp_path) -> None:
    for name in ("sinfo", "scontrol", "sacctmgr"):
        write_program(tmp_path, name, "exit 1")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = doctor("--configfile", "config/study.yaml", "--profile", "slurm", PATH=path, HF_TOKEN="hf_secret")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("missing      model llama2-7b ") for line in lines)
    assert any(line.startswith("cannot tell  partitions ") for line in lines)
    assert any(line.startswith("ok           HF_TOKEN ") for line in lines)
    assert "hf_secret" not in done.stdout + done.stderr


def test_a_faulty_config_is_reported(tmp_path) -> None:
    (tmp_path / "bad.yaml").write_text("titel: typo")
    done = doctor("--configfile", str(tmp_path / "bad.yaml"))
    assert done.returncode == 1
    assert "missing      config" in done.stdout
    assert "did you mean 'title'?" in done.stdout
    assert (
        "missing      config                 there is no file 'none.yaml'" in doctor("--configfile", "none.yaml").stdout
    )


def test_two_configs_are_refused_in_one_line() -> None:
    done = doctor("--configfile", "config/study.yaml", "--configfile", "config/tcga.yaml")
    assert done.returncode != 0
    assert done.stderr.startswith("--configfile names 2 files: config/study.yaml, config/tcga.yaml")
    assert done.stderr.count("\n") == 1


def test_nothing_of_it_imports_torch() -> None:
    program_text = "import sys; sys.modules['torch'] = None; import radonc.doctor.__main__ as d; sys.exit(d.main([]))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow" / "lib")}
    done = subprocess.run(
        [sys.executable, "-c", program_text], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert "0 missing" in done.stdout, done.stdout + done.stderr


def test_the_plan_is_snakemakes_own_at_the_last_attempt() -> None:
    study, profile = ROOT / "config" / "study.yaml", str(ROOT / "slurm")
    plans = [start(lambda attempt=attempt: plan.plan_jobs(study, profile, attempt)) for attempt in (1, 3)]
    first, last = ([job for job in result_of(planned, 120) if job.rule == "finetune"] for planned in plans)
    assert last[0].number("mem_mb") > first[0].number("mem_mb") > 0
    assert {job.resources["slurm_partition"] for job in last} == {"gpu"}
    # They run where Snakemake runs, and no partition's limit is theirs.
    assert not {job.rule for job in plans[0].result()} & {"fetch_model", "report", "all"}


def test_a_check_that_hangs_is_left_behind(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(command, "read_context", lambda *_: (make_context(tmp_path), []))
    monkeypatch.setattr(command, "checks", lambda *_: [("disk", lambda _: time.sleep(60), 0.2)])
    assert command.main(["--configfile", "any"]) == 0
    assert "cannot tell  disk                   no answer in 0 s" in capsys.readouterr().out


def test_what_is_not_on_path_is_said() -> None:
    with pytest.raises(NoAnswerError, match="there is no no-such-program on PATH"):
        run_command("no-such-program")


# ---- what is installed -----------------------------------------------------------------------------------------


def test_a_package_that_is_not_as_locked_is_named(tmp_path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("numpy==0.0.1\nno-such-package==1.0\n")
    text = software.check_packages(lock).line()
    assert text.startswith("missing")
    assert "for 0.0.1" in text
    assert "no-such-package none for 1.0" in text


H100, OLD_DRIVER = "NVIDIA H100 80GB HBM3, 9.0, 590.44.01", "NVIDIA H100 80GB HBM3, 9.0, 550.54.15"
TWO_KINDS = "NVIDIA H100 80GB HBM3, 9.0, 590.44.01\nTesla T4, 7.5, 590.44.01"


@pytest.fixture
def nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that sets what nvidia-smi prints."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return partial(write_answer, tmp_path / "bin", "nvidia-smi")


@pytest.mark.parametrize(
    ("build", "answer", "status"),
    [
        (None, "", Status.MISSING),
        ((12, 8), "", Status.UNKNOWN),
        ((12, 8), OLD_DRIVER, Status.OK),
        ((13, 0), OLD_DRIVER, Status.MISSING),
        ((13, 0), H100, Status.OK),
        ((99, 0), H100, Status.UNKNOWN),
        ((13, 0), "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", Status.UNKNOWN),
    ],
)
def test_cuda_of_torch_is_compared_with_the_driver(tmp_path, monkeypatch, nvidia_smi, build, answer, status) -> None:
    nvidia_smi(answer)
    monkeypatch.setattr(software, "cuda_of_torch", lambda: build)
    result = next(iter(software.check_torch(make_context(tmp_path))))
    assert result.status is status
    if build and build[0] in software.DRIVERS:
        assert f"which needs driver {software.DRIVERS[build[0]]} or newer" in result.text
    # A study without GPUs needs none of it.
    [result] = software.check_torch(make_context(tmp_path, jobs=JOBS[:1]))
    assert result.status is Status.OK


@pytest.mark.parametrize(
    ("answer", "bf16", "status"),
    [(H100, True, Status.OK), (TWO_KINDS, False, Status.OK), (TWO_KINDS, True, Status.MISSING)],
)
def test_a_gpu_that_is_too_old_for_bfloat16_is_missing(tmp_path, monkeypatch, nvidia_smi, answer, bf16, status) -> None:
    nvidia_smi(answer)
    monkeypatch.setattr(software, "cuda_of_torch", lambda: (13, 0))
    models = {"big": {"folder": "big"}, "small": {"demo": "llama"}}
    recipes = {"big": {"icd10": {"bf16": bf16}}, "small": {"icd10": {"bf16": True}}}
    _, result = software.check_torch(make_context(tmp_path, models=models, recipes=recipes))
    assert result.status is status
    assert ("Tesla T4 (7.5)" in result.text) == (answer is TWO_KINDS)
    assert ("needs compute capability 8.0 or more" in result.text) == (status is Status.MISSING)


def test_gpus_are_wanted_where_the_jobs_run_here(tmp_path, monkeypatch) -> None:
    write_answer(tmp_path, "nvidia-smi", "GPU 0: NVIDIA H100 (UUID: GPU-1)")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert [result.status for result in software.check_gpus(make_context(tmp_path))] == [Status.OK]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert [result.status for result in software.check_gpus(make_context(tmp_path))] == [Status.MISSING]
    assert list(software.check_gpus(make_context(tmp_path, jobs=JOBS[:1]))) == []


# ---- models ----------------------------------------------------------------------------------------------------


@pytest.fixture
def fetched(tmp_path: Path) -> Path:
    """The folder of a model as fetch_model leaves it."""
    folder = tmp_path / "models" / "big"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    digests = {"model.safetensors": files.hash_file(folder / "model.safetensors")}
    manifest = {"source": HUB, "files": digests, "sizes": {"model.safetensors": 7}}
    (folder / "model.json").write_text(json.dumps(manifest))
    return folder


def status_of(results: Path, model: dict[str, str], *, with_hashes: bool = False) -> tuple[Status, str]:
    [result] = files.check_models(make_context(results, models={"big": model}), with_hashes=with_hashes)
    return result.status, result.line()


def test_a_model_is_whole_or_missing(fetched, tmp_path) -> None:
    assert status_of(tmp_path, HUB)[0] is Status.OK
    (fetched / "model.safetensors").write_bytes(b"WEIGHTS")
    assert status_of(tmp_path, HUB)[0] is Status.OK
    state, line = status_of(tmp_path, HUB, with_hashes=True)
    assert state is Status.MISSING
    assert "model.safetensors" in line
    assert "--forcerun fetch_model" in line
    for cut in (lambda: (fetched / "model.safetensors").write_bytes(b"w"), (fetched / "model.safetensors").unlink):
        cut()
        assert status_of(tmp_path, HUB)[0] is Status.MISSING


def test_a_model_of_another_commit_is_missing(fetched, tmp_path) -> None:
    state, line = status_of(tmp_path, {**HUB, "revision": "1" * 40})
    assert state is Status.MISSING
    assert "--configfile config/mine.yaml" in line
    shutil.rmtree(fetched)
    assert "is not fetched" in status_of(tmp_path, HUB)[1]


def test_a_local_folder_needs_safetensors_and_a_tokenizer(tmp_path) -> None:
    assert "no safetensors" in status_of(tmp_path, {"folder": str(tmp_path)})[1]
    (tmp_path / "model.safetensors").touch()
    assert "no tokenizer" in status_of(tmp_path, {"folder": str(tmp_path)})[1]
    (tmp_path / "tokenizer.json").touch()
    assert status_of(tmp_path, {"folder": str(tmp_path)})[0] is Status.OK


def test_a_token_is_asked_for_where_a_model_is_gated(tmp_path, monkeypatch) -> None:
    gated, free = {**HUB, "hub": "meta-llama/Llama-2-7b-hf"}, HUB
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert [result.status for result in files.check_token(make_context(tmp_path, models={"a": gated}))] == [
        Status.MISSING
    ]
    assert [result.status for result in files.check_token(make_context(tmp_path, models={"a": free}))] == [
        Status.UNKNOWN
    ]
    assert list(files.check_token(make_context(tmp_path, models={"a": {"demo": "llama"}}))) == []
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    [result] = files.check_token(make_context(tmp_path, models={"a": gated}))
    assert result.status is Status.OK
    assert "hf_secret" not in result.line()


@pytest.mark.parametrize(
    ("hub", "gb"), [("meta-llama/Llama-2-7b-hf", 21), ("Qwen/Qwen2.5-0.5B", 1.5), ("owner/name", files.GB_OF_UNKNOWN)]
)
def test_the_size_of_a_model_is_estimated_by_its_name(hub, gb) -> None:
    assert files.size_gb(hub) == gb


# ---- storage ---------------------------------------------------------------------------------------------------


def test_too_little_room_is_missing(tmp_path) -> None:
    assert files.check_disk(make_context(tmp_path, jobs=[])).status is Status.OK
    assert (
        files.check_disk(make_context(tmp_path, models={"a": {**HUB, "hub": "owner/huge-999999b"}})).status
        is Status.MISSING
    )


@pytest.mark.parametrize(
    ("kind", "status"), [("nfs4", Status.OK), ("fuse.sshfs", Status.OK), ("tmpfs", Status.UNKNOWN)]
)
def test_a_file_system_that_nodes_share_is_known_by_its_kind(tmp_path, monkeypatch, kind, status) -> None:
    # It is asked about the folder that exists.
    write_program(tmp_path / "bin", "findmnt", f'[ "$4" = {tmp_path} ] && echo {kind}')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    result = files.check_file_system(make_context(tmp_path / "not" / "yet"))
    assert result.status is status
    assert result.text.endswith(f"is on {kind}")


def test_the_kind_of_file_system_is_found_here() -> None:
    assert re.search(r" is on \w+$", files.check_file_system(make_context(Path("results"))).text)


def test_an_open_private_area_is_missing(tmp_path) -> None:
    assert files.check_private_area(make_context(tmp_path)).status is Status.OK
    (tmp_path / "private").mkdir(mode=0o700)
    assert files.check_private_area(make_context(tmp_path)).status is Status.OK
    (tmp_path / "private").chmod(0o750)
    assert files.check_private_area(make_context(tmp_path)).advice == f"chmod 700 {tmp_path / 'private'}"


def test_a_private_area_of_another_user_is_missing(tmp_path, monkeypatch) -> None:
    (tmp_path / "private").mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: (tmp_path / "private").stat().st_uid + 1)
    result = files.check_private_area(make_context(tmp_path))
    assert result.status is Status.MISSING
    assert "belongs to another user" in result.text
    assert result.advice.startswith("continue as that user")


def test_results_of_patients_are_not_for_everybody(tmp_path, monkeypatch) -> None:
    # pytest's own folder is closed; stand outside it.
    monkeypatch.setattr(files, "existing", lambda _: Path("/"))
    clinic = make_context(tmp_path, extract={"folder": "elsewhere"})
    old = os.umask(0o022)
    try:
        assert [result.status for result in files.check_umask(clinic)] == [Status.MISSING]
        os.umask(0o027)
        assert [result.status for result in files.check_umask(clinic)] == [Status.OK]
        assert list(files.check_umask(make_context(tmp_path))) == []
    finally:
        os.umask(old)
