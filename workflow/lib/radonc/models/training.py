"""What all training runs share: TRL's arguments, the trainer, the progress bar, the training curve."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch.distributed.tensor import DTensor
from torch.nn.functional import cross_entropy
from transformers import PrinterCallback, TrainerCallback
from trl import SFTConfig, SFTTrainer

from radonc.data.schemas import CURVE
from radonc.models.loading import is_finite
from radonc.runtime.errors import StudyError
from radonc.runtime.logs import Progress

IGNORE_INDEX = -100
"""The label of tokens that are not learnt."""


def arguments(output: str | Path, *, seed: int, **settings: Any) -> SFTConfig:
    """Return TRL's arguments: the given ones, and those that all runs share."""
    return SFTConfig(
        output_dir=str(output),
        seed=seed,
        use_cpu=not torch.cuda.is_available(),
        shuffle_dataset=False,
        # Accelerate shuffles each epoch with this seed plus the epoch's number, so that a resumed run has the same
        # order. The factor keeps the orders of neighbouring seeds apart: seed 1 would start with seed 0's second epoch.
        data_seed=seed * 100_003,
        include_num_input_tokens_seen="all",
        save_total_limit=2,
        # A resumed run needs early stopping's count of validations without an improvement.
        restore_callback_states_from_checkpoint=True,
        # It would log the mean of other steps in place of a loss that is not finite.
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        report_to="none",
        **settings,
    )


class Trainer(SFTTrainer):
    """TRL's trainer with a cheaper loss, an exact resume and a progress bar, for rows without padding.

    A loss, gradient norm or weight that is not finite ends the run with a StudyError, before the optimizer's step and
    before a checkpoint is saved. The label is the name of the run in the progress bar and in errors.
    """

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label = label
        self.remove_callback(PrinterCallback)
        self.add_callback(ProgressCallback(label))

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Return the mean negative log-likelihood (nats) of the completions' tokens.

        Only their positions go through the output layer: prompts are most of a batch, and TRL's loss takes all of it.
        In training the mean is over the tokens of a step. In validation it is over pairs, of each pair's mean, so that
        in one process it does not depend on the batches. Several processes repeat pairs to fill the last one.
        """
        labels = inputs["labels"][:, 1:]
        rows, positions = (labels != IGNORE_INDEX).nonzero(as_tuple=True)
        kept, index = positions.unique(return_inverse=True)
        given = {name: value for name, value in inputs.items() if name != "labels"}
        outputs = model(**given, use_cache=False, logits_to_keep=kept)
        losses = cross_entropy(outputs.logits[rows, index].float(), labels[rows, positions], reduction="none")
        if self.model.training:
            loss = losses.sum() / (len(losses) if num_items_in_batch is None else num_items_in_batch)
            if num_items_in_batch is not None and self.args.average_tokens_across_devices:
                # The mean is over the tokens of all processes, and their gradients are averaged.
                loss = loss * self.accelerator.num_processes
        else:
            pairs = inputs["seq_idx"][0, 1:][positions].long()
            loss = (losses / pairs.bincount()[pairs]).sum() / len(pairs.unique())
        return (loss, outputs) if return_outputs else loss

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Return the validation's metrics."""
        metrics: dict[str, float] = super().evaluate(*args, **kwargs)
        self._require_finite({"the validation loss is": metrics["eval_loss"]}, f"after step {self.state.global_step}")
        return metrics

    def require_finite_weights(self) -> None:
        """Check the weights that are trained."""
        trained = (weights for weights in self.model.parameters() if weights.requires_grad)
        # With FSDP each process checks its own shard.
        local = (weights.to_local() if isinstance(weights, DTensor) else weights for weights in trained)
        found = 0.0 if all(map(is_finite, local)) else torch.nan
        self._require_finite({"trained weights are": found}, f"after step {self.state.global_step}")

    def _run_epoch(self, **kwargs: Any) -> None:
        """Train one epoch, unless the checkpoint was saved when the run had already been stopped.

        Transformers forgets that on resuming: it would train past ``max_steps`` and early stopping.
        """
        if self.state.stateful_callbacks["TrainerControl"]["args"]["should_training_stop"]:
            self.control.should_training_stop = True
        else:
            super()._run_epoch(**kwargs)

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        """Return the norm of a step's gradients; transformers calls it before the optimizer's step."""
        norm = super()._get_grad_norm(model, grad_norm=grad_norm)
        place = f"in step {self.state.global_step + 1}, at the learning rate {self._get_learning_rate():g}"
        # The loss is the sum since the last log, over all batches of accumulated gradients.
        self._require_finite({"the loss is": self._tr_loss, "the gradient norm is": norm}, place)
        return norm

    def _save_checkpoint(self, *args: Any, **kwargs: Any) -> None:
        self.require_finite_weights()
        super()._save_checkpoint(*args, **kwargs)

    def _require_finite(self, numbers: Mapping[str, Any], place: str) -> None:
        local = torch.tensor([[float(number) for number in numbers.values()]], device=self.accelerator.device)
        # Of all processes, so that all of them end with the same error.
        finite = self.accelerator.gather(local).isfinite().all(dim=0).tolist()
        if not all(finite):
            in_4bit = getattr(self.model, "is_loaded_in_4bit", False)
            remedy = advice(self.args.learning_rate, self.state.global_step > 0, bf16=self.args.bf16, in_4bit=in_4bit)
            raise StudyError(f"{self.label}: {list(numbers)[finite.index(False)]} not finite {place}; {remedy}")


def advice(learning_rate: float, updated: bool, *, bf16: bool, in_4bit: bool) -> str:
    """Return what to set in the recipe so that numbers stay finite; before an update the rate has no effect."""
    coarse = " or ".join(f"{key}: false" for key, is_set in (("load_in_4bit", in_4bit), ("bf16", bf16)) if is_set)
    if updated:
        also = f"; if that does not help, set {coarse}" if coarse else ""
        return f"lower the recipe's learning_rate ({learning_rate:g}), say to a tenth, or raise its warmup_steps{also}"
    also = f"set {coarse} in the recipe, or " if coarse else ""
    return f"no step has been taken yet, so that the model itself is at fault: {also}use another one"


class ProgressCallback(TrainerCallback):
    """Shows the progress bar of a training run."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.bar: Progress | None = None

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Start the bar, in the first of several processes; a resumed run's where it stopped."""
        if state.is_world_process_zero:
            self.bar = Progress(self.label, state.max_steps)
            self.bar.done = state.global_step

    def on_step_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Count a step."""
        if self.bar:
            losses = [entry["loss"] for entry in state.log_history if "loss" in entry]
            self.bar.step(note=f"loss {losses[-1]:.3f}" if losses else "")


def training_curve(log_history: list[dict[str, Any]]) -> pd.DataFrame:
    """Return a run's log as a table, one row per logged step (schema ``CURVE``)."""
    names = {"eval_loss": "validation_loss", "num_input_tokens_seen": "n_tokens"}
    log = pd.DataFrame(log_history).rename(columns=names)
    table = log.groupby("step", as_index=False).first().reindex(columns=list(CURVE.columns))
    return table.astype({"n_tokens": "int64"})
