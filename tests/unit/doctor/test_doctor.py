import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from doctor_site import JOBS, make_site, program, says

from radonc.doctor import __main__ as command
from radonc.doctor import installed, models, plan, site, storage
from radonc.doctor.asking import Later, UnansweredError, ask
from radonc.doctor.findings import State

ROOT = site.ROOT
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
        program(tmp_path, name, "exit 1")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = doctor("--configfile", "config/study.yaml", "--profile", "slurm", PATH=path, HF_TOKEN="hf_secret")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("missing      model llama2-7b ") for line in lines)
    assert any(line.startswith("cannot tell  partitions ") for line in lines)
    assert any(line.startswith("ok           HF_TOKEN ") for line in lines)
    assert "hf_secret" not in done.stdout + done.stderr


def test_a_faulty_config_is_a_finding(tmp_path) -> None:
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
    plans = [Later(lambda attempt=attempt: plan.planned(study, profile, attempt)) for attempt in (1, 3)]
    first, last = ([job for job in planned.get(120) if job.rule == "finetune"] for planned in plans)
    assert last[0].number("mem_mb") > first[0].number("mem_mb") > 0
    assert {job.resources["slurm_partition"] for job in last} == {"gpu"}
    # They run where Snakemake runs, and no partition's limit is theirs.
    assert not {job.rule for job in plans[0].get()} & {"fetch_model", "report", "all"}


def test_a_check_that_hangs_is_left_behind(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(command, "look", lambda *_: (make_site(tmp_path), []))
    monkeypatch.setattr(command, "checks", lambda *_: [("disk", lambda: time.sleep(60), 0.2)])
    assert command.main(["--configfile", "any"]) == 0
    assert "cannot tell  disk                   no answer in 0 s" in capsys.readouterr().out


def test_what_is_not_on_path_is_said() -> None:
    with pytest.raises(UnansweredError, match="there is no no-such-program on PATH"):
        ask("no-such-program")


# ---- what is installed -----------------------------------------------------------------------------------------


def test_a_package_that_is_not_as_locked_is_named(tmp_path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("numpy==0.0.1\nno-such-package==1.0\n")
    text = installed.packages(lock).line()
    assert text.startswith("missing")
    assert "for 0.0.1" in text
    assert "no-such-package none for 1.0" in text


@pytest.mark.parametrize(
    ("built", "smi", "state"),
    [
        (None, "", State.MISSING),
        ((12, 8), "", State.UNKNOWN),
        ((12, 8), "| NVIDIA-SMI 550.54   Driver Version: 550.54   CUDA Version: 12.4 |", State.OK),
        ((13, 0), "| NVIDIA-SMI 550.54   Driver Version: 550.54   CUDA Version: 12.4 |", State.MISSING),
        ((13, 0), "| NVIDIA-SMI 590.1   KMD Version: 590.1   CUDA UMD Version: 13.1 |", State.OK),
    ],
)
def test_cuda_of_torch_is_compared_with_the_driver(tmp_path, monkeypatch, built, smi, state) -> None:
    monkeypatch.setattr(installed, "cuda_of_torch", lambda: built)
    assert installed.torch(make_site(tmp_path), Later(lambda: smi)).state is state
    # A study without GPUs needs none of it.
    assert installed.torch(make_site(tmp_path, jobs=JOBS[:1]), Later(lambda: smi)).state is State.OK


def test_gpus_are_wanted_where_the_jobs_run_here(tmp_path, monkeypatch) -> None:
    says(tmp_path, "nvidia-smi", "GPU 0: NVIDIA H100 (UUID: GPU-1)")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert [finding.state for finding in installed.gpus_here(make_site(tmp_path))] == [State.OK]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert [finding.state for finding in installed.gpus_here(make_site(tmp_path))] == [State.MISSING]
    assert list(installed.gpus_here(make_site(tmp_path, jobs=JOBS[:1]))) == []


# ---- models ----------------------------------------------------------------------------------------------------


@pytest.fixture
def fetched(tmp_path: Path) -> Path:
    """The folder of a model as fetch_model leaves it."""
    folder = tmp_path / "models" / "big"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    digests = {"model.safetensors": models.hash_file(folder / "model.safetensors")}
    manifest = {"source": HUB, "files": digests, "sizes": {"model.safetensors": 7}}
    (folder / "model.json").write_text(json.dumps(manifest))
    return folder


def state_of(results: Path, model: dict[str, str], *, digests: bool = False) -> tuple[State, str]:
    [finding] = models.models(make_site(results, models={"big": model}), digests=digests)
    return finding.state, finding.line()


def test_a_model_is_whole_or_missing(fetched, tmp_path) -> None:
    assert state_of(tmp_path, HUB)[0] is State.OK
    (fetched / "model.safetensors").write_bytes(b"WEIGHTS")
    assert state_of(tmp_path, HUB)[0] is State.OK
    state, line = state_of(tmp_path, HUB, digests=True)
    assert state is State.MISSING
    assert "model.safetensors" in line
    assert "--forcerun fetch_model" in line
    for cut in (lambda: (fetched / "model.safetensors").write_bytes(b"w"), (fetched / "model.safetensors").unlink):
        cut()
        assert state_of(tmp_path, HUB)[0] is State.MISSING


def test_a_model_of_another_commit_is_missing(fetched, tmp_path) -> None:
    state, line = state_of(tmp_path, {**HUB, "revision": "1" * 40})
    assert state is State.MISSING
    assert "--configfile config/mine.yaml" in line
    shutil.rmtree(fetched)
    assert "is not fetched" in state_of(tmp_path, HUB)[1]


def test_a_folder_of_ones_own_needs_safetensors_and_a_tokenizer(tmp_path) -> None:
    assert "no safetensors" in state_of(tmp_path, {"folder": str(tmp_path)})[1]
    (tmp_path / "model.safetensors").touch()
    assert "no tokenizer" in state_of(tmp_path, {"folder": str(tmp_path)})[1]
    (tmp_path / "tokenizer.json").touch()
    assert state_of(tmp_path, {"folder": str(tmp_path)})[0] is State.OK


def test_a_token_is_asked_for_where_a_model_is_gated(tmp_path, monkeypatch) -> None:
    gated, free = {**HUB, "hub": "meta-llama/Llama-2-7b-hf"}, HUB
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert [found.state for found in models.token(make_site(tmp_path, models={"a": gated}))] == [State.MISSING]
    assert [found.state for found in models.token(make_site(tmp_path, models={"a": free}))] == [State.UNKNOWN]
    assert list(models.token(make_site(tmp_path, models={"a": {"demo": "llama"}}))) == []
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    [finding] = models.token(make_site(tmp_path, models={"a": gated}))
    assert finding.state is State.OK
    assert "hf_secret" not in finding.line()


@pytest.mark.parametrize(
    ("hub", "gb"), [("meta-llama/Llama-2-7b-hf", 21), ("Qwen/Qwen2.5-0.5B", 1.5), ("owner/name", models.GB_OF_UNKNOWN)]
)
def test_the_size_of_a_model_is_estimated_by_its_name(hub, gb) -> None:
    assert models.size_gb(hub) == gb


# ---- storage ---------------------------------------------------------------------------------------------------


def test_too_little_room_is_missing(tmp_path) -> None:
    assert storage.disk(make_site(tmp_path, jobs=[])).state is State.OK
    assert storage.disk(make_site(tmp_path, models={"a": {**HUB, "hub": "owner/huge-999999b"}})).state is State.MISSING


def test_the_kind_of_file_system_is_the_innermost_mounts(tmp_path, monkeypatch) -> None:
    mounts = tmp_path / "mounts"
    inner = str(tmp_path / "with space").replace(" ", r"\040")
    mounts.write_text(
        "1 0 8:1 / / rw - ext4 /dev/sda rw\n"
        f"2 1 0:40 / {tmp_path} rw shared:1 - nfs4 server:/home rw\n"
        f"3 2 0:41 / {inner} rw - tmpfs tmpfs rw\n"
    )
    monkeypatch.setattr(storage, "MOUNTS", mounts)
    (tmp_path / "with space").mkdir()
    assert storage.file_system(tmp_path / "not" / "yet" / "there") == "nfs4"
    assert storage.file_system(tmp_path / "with space") == "tmpfs"
    assert storage.file_system(Path("/")) == "ext4"
    assert storage.shared(make_site(tmp_path / "results")).state is State.OK
    assert storage.shared(make_site(tmp_path / "with space")).state is State.UNKNOWN


def test_an_open_private_area_is_missing(tmp_path) -> None:
    assert storage.private_area(make_site(tmp_path)).state is State.OK
    (tmp_path / "private").mkdir(mode=0o700)
    assert storage.private_area(make_site(tmp_path)).state is State.OK
    (tmp_path / "private").chmod(0o750)
    assert storage.private_area(make_site(tmp_path)).advice == f"chmod 700 {tmp_path / 'private'}"


def test_results_of_patients_are_not_for_everybody(tmp_path, monkeypatch) -> None:
    # pytest's own folder is closed; stand outside it.
    monkeypatch.setattr(storage, "existing", lambda _: Path("/"))
    clinic = make_site(tmp_path, extract={"folder": "elsewhere"})
    old = os.umask(0o022)
    try:
        assert [found.state for found in storage.readable(clinic)] == [State.MISSING]
        os.umask(0o027)
        assert [found.state for found in storage.readable(clinic)] == [State.OK]
        assert list(storage.readable(make_site(tmp_path))) == []
    finally:
        os.umask(old)
