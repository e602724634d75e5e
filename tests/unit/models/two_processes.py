"""Train with two processes: one run, one that explodes, and one step with weights that FSDP shares out.

``accelerate launch`` starts it in place of workflow/scripts/finetune.py, with a folder that holds the arguments.
"""

import json
import sys
from pathlib import Path

import finetune
import torch
from datasets import Dataset
from torch import distributed
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from radonc.runtime.errors import StudyError
from radonc.runtime.settings.recipe import Recipe


def main(folder: Path) -> None:
    """Save what each process finds."""
    given = json.loads((folder / "given.json").read_text())
    finetune.main(given["run"])
    found = {"exploding": error_of(lambda: finetune.main(given["exploding"]))}
    found |= share(given, folder)
    torch.save(found, folder / f"{distributed.get_rank()}.pt")


def error_of(work) -> str:
    try:
        work()
    except StudyError as error:
        return str(error)
    return ""


def share(given, folder: Path) -> dict:
    """Compute a step's loss and gradients with whole weights, then with half of each."""
    from radonc.models import attention
    from radonc.models.finetune import make_trainer
    from radonc.models.loading import load_model, load_tokenizer

    model = load_model(given["base"], bf16=False, attention=attention.NAME)
    data = Dataset.from_dict(given["pairs"])
    recipe = Recipe.model_validate({**given["recipe"], "lora_dropout": 0})
    trainer = make_trainer(model, load_tokenizer(given["base"]), data, data.select([]), recipe, 1, folder / "x", "m")
    batch = trainer._prepare_inputs(trainer.data_collator([trainer.train_dataset[i] for i in range(8)]))
    trainer.model.train()
    found = {"whole": step(trainer, batch)}
    trainer.model.zero_grad()
    # Layer by layer, and what is left: as accelerate does by --fsdp_auto_wrap_policy TRANSFORMER_BASED_WRAP. It does so
    # on GPUs alone, so it is done by hand here.
    mesh = init_device_mesh("cpu", (2,))
    layers = [layer for layer in trainer.model.modules() if type(layer).__name__ in trainer.model._no_split_modules]
    assert len(layers) == trainer.model.config.num_hidden_layers
    for layer in (*layers, trainer.model):
        fully_shard(layer, mesh=mesh)
    found["n_here"] = sum(weights.to_local().numel() for weights in trainer.model.parameters())
    found["n_in_all"] = sum(weights.numel() for weights in trainer.model.parameters())
    found["shared"] = step(trainer, batch)
    trainer.require_finite_weights()
    trained = next(weights for weights in trainer.model.parameters() if weights.requires_grad)
    with torch.no_grad():
        trained.to_local()[-1] = torch.nan if distributed.get_rank() == 0 else 1
    return {**found, "error": error_of(trainer.require_finite_weights)}


def step(trainer, batch) -> dict[str, torch.Tensor]:
    loss = trainer.compute_loss(trainer.model, dict(batch))
    loss.backward()
    gradients = {name: weights.grad for name, weights in trainer.model.named_parameters() if weights.requires_grad}
    return {"loss": loss.detach()} | {
        name: getattr(gradient, "full_tensor", gradient.clone)() for name, gradient in gradients.items()
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
