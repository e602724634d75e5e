"""Weights shared out over two processes by FSDP, as a recipe of several GPUs has it: loss and gradients of one."""

from pathlib import Path

import pytest
import torch
from torch import distributed
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.multiprocessing import start_processes

from radonc.models import finetune as module
from radonc.models.loading import use_threads
from radonc.runtime.errors import StudyError


def work(rank: int, base, train, validation, recipe, folder: Path) -> None:
    """Compute a step's loss and gradients with whole weights, then with half of each; save both."""
    use_threads(1)
    trainer = module.load_trainer(base, train, validation, recipe, 1, folder / f"checkpoints-{rank}", "sharded")
    batch = trainer._prepare_inputs(next(iter(trainer.get_train_dataloader())))
    trainer.model.train()
    found = {"whole": step(trainer, batch)}
    trainer.model.zero_grad()
    distributed.init_process_group("gloo", rank=rank, world_size=2, init_method=f"file://{folder}/meeting")
    # Layer by layer, and what is left: as accelerate does by --fsdp_auto_wrap_policy TRANSFORMER_BASED_WRAP. It does so
    # on GPUs alone, so it is done by hand here.
    mesh = init_device_mesh("cpu", (2,))
    layers = [layer for layer in trainer.model.modules() if type(layer).__name__ in trainer.model._no_split_modules]
    assert len(layers) == trainer.model.config.num_hidden_layers
    for layer in layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(trainer.model, mesh=mesh)
    found["n_here"] = sum(weights.to_local().numel() for weights in trainer.model.parameters())
    found["n_in_all"] = sum(weights.numel() for weights in trainer.model.parameters())
    found["shared"] = step(trainer, batch)
    trainer.require_finite_weights()
    trained = next(weights for weights in trainer.model.parameters() if weights.requires_grad)
    with torch.no_grad():
        trained.to_local()[-1] = torch.nan if rank == 0 else 1
    found["error"] = error_of(trainer)
    torch.save(found, folder / f"{rank}.pt")
    distributed.destroy_process_group()


def step(trainer, batch) -> dict[str, torch.Tensor]:
    loss = trainer.compute_loss(trainer.model, dict(batch))
    loss.backward()
    gradients = {name: weights.grad for name, weights in trainer.model.named_parameters() if weights.requires_grad}
    return {"loss": loss.detach()} | {
        name: getattr(gradient, "full_tensor", gradient.clone)() for name, gradient in gradients.items()
    }


def error_of(trainer) -> str:
    try:
        trainer.require_finite_weights()
    except StudyError as error:
        return str(error)
    return ""


@pytest.mark.slow
def test_weights_shared_by_two_processes_give_the_loss_and_gradients_of_one(
    tmp_path, base, train, validation, recipe
) -> None:
    start_processes(
        work,
        (base, train, validation, recipe.model_copy(update={"lora_dropout": 0}), tmp_path),
        2,
        start_method="spawn",
    )
    for rank in (0, 1):
        found = torch.load(tmp_path / f"{rank}.pt")
        assert found["n_here"] == found["n_in_all"] / 2
        assert found["whole"].keys() == found["shared"].keys()
        assert any(gradient.abs().max() > 0 for name, gradient in found["whole"].items() if name != "loss")
        torch.testing.assert_close(found["shared"], found["whole"])
        # The first has a NaN in its half of one weight.
        assert ("trained weights are not finite" in found["error"]) == (rank == 0)
