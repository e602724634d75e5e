"""Two CPU processes (gloo) that train together, as a recipe of several GPUs has it, learn what one learns."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from test_finite import EXPLODING

from radonc.runtime import launch
from radonc.runtime.hashing import hash_file

ROOT = Path(__file__).parents[3]
SHORT = {"lora_dropout": 0, "max_steps": 4, "save_steps": 2}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory, base, train, validation, recipe) -> Path:
    """What two processes leave behind: see two_processes.py."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "m").mkdir()
    (folder / "m" / "model.json").write_text(json.dumps({"digest": "d", "folder": str(base)}))
    train[:32].to_parquet(folder / "train.parquet")
    validation.to_parquet(folder / "validation.parquet")

    def arguments(name: str, **changes) -> list[str]:
        settings = recipe.model_copy(update={**changes, "n_gpus": 2})
        command = (
            f"--model {folder}/m/model.json --task icd10 --run seed1 --threads 1 --code x"
            f" --train {folder}/train.parquet"
            f" --validation {folder}/validation.parquet --checkpoints {folder}/{name}/private --log {folder}/{name}/log"
            f" --adapter {folder}/{name}/adapter_model.safetensors --curve {folder}/{name}/curve.parquet"
            f" --manifest {folder}/{name}/manifest.json --recipe"
        )
        return [*command.split(), settings.model_dump_json()]

    given = {"run": arguments("run", **SHORT), "exploding": arguments("exploding", **{**EXPLODING, "save_steps": 100})}
    given |= {
        "base": str(base),
        "recipe": recipe.model_dump(),
        "pairs": train[["prompt", "completion"]].to_dict("list"),
    }
    (folder / "given.json").write_text(json.dumps(given))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    library = os.pathsep.join(str(ROOT / "workflow" / name) for name in ("lib", "scripts"))
    done = subprocess.run(
        f"{launch.command(2, 1)} tests/unit/models/two_processes.py {folder}",
        shell=True, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "PATH": path, "PYTHONPATH": library},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_they_learn_what_one_learns(tmp_path, folder, tune) -> None:
    """The same losses and the same adapter, but for the order of sums.

    On CPUs accelerate leaves all weights in each process, whatever the command asks for.
    """
    import torch
    from safetensors.torch import load_file

    curve, facts = tune(tmp_path, **SHORT)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "run" / "curve.parquet"), curve, rtol=1e-4)
    adapter = folder / "run" / "adapter_model.safetensors"
    ours, theirs = load_file(adapter), load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert ours.keys() == theirs.keys()
    for name, weights in ours.items():
        torch.testing.assert_close(weights, theirs[name], rtol=0, atol=1e-4)
    manifest = json.loads((folder / "run" / "manifest.json").read_text())
    assert [manifest["n_devices"], facts["n_devices"]] == [2, 1]
    assert manifest["n_trainable"] == facts["n_trainable"]
    assert manifest["files"] == {"adapter_model.safetensors": hash_file(adapter)}
    assert (folder / "run" / "private").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("rank", [0, 1])
def test_they_stop_together(folder, rank) -> None:
    import torch

    error = torch.load(folder / f"{rank}.pt")["exploding"]
    assert error.startswith("finetune m icd10 seed1: the loss is not finite in step 3")
    assert not (folder / "exploding" / "adapter_model.safetensors").exists()


@pytest.mark.parametrize("rank", [0, 1])
def test_weights_that_they_share_give_the_loss_and_gradients_of_whole_ones(folder, rank) -> None:
    import torch

    found = torch.load(folder / f"{rank}.pt")
    assert found["n_here"] == found["n_in_all"] / 2
    assert found["whole"].keys() == found["shared"].keys()
    assert any(gradient.abs().max() > 0 for name, gradient in found["whole"].items() if name != "loss")
    torch.testing.assert_close(found["shared"], found["whole"])
    # The first has a NaN in its half of one weight, and all of them end.
    assert "trained weights are not finite" in found["error"]
