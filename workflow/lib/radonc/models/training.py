"""What all training runs share: TRL's arguments, the progress bar, the curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch.distributed.tensor import DTensor
from torch.nn.functional import cross_entropy
from torch.utils.data import Sampler
from transformers import PrinterCallback, TrainerCallback
from trl import SFTConfig, SFTTrainer

from radonc.data.schemas import CURVE
from radonc.models.finite import advice, is_finite
from radonc.runtime.errors import StudyError
from radonc.runtime.logs import Progress

IGNORED = -100
"""The label of tokens that are not to be learnt."""


def arguments(output: str | Path, settings: Mapping[str, Any]) -> SFTConfig:
    """Return TRL's arguments: the given ones, and those in which all our runs agree."""
    return SFTConfig(
        output_dir=str(output),
        use_cpu=not torch.cuda.is_available(),
        shuffle_dataset=False,
        include_num_input_tokens_seen="all",
        save_total_limit=2,
        # How long early stopping has waited for a better checkpoint is a part of the run.
        restore_callback_states_from_checkpoint=True,
        # It would log the mean of other steps in place of a loss that is none.
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        report_to="none",
        push_to_hub=False,
        **settings,
    )


class Trainer(SFTTrainer):
    """TRL's trainer with a loss that costs less, an order that a resumed run repeats, and our progress bar.

    It takes rows without padding (``padding_free``, or blocks of one length). A loss, gradient norm or weight that is
    not finite ends the run, before the optimizer takes the step and before a checkpoint is saved.

    Parameters
    ----------
    label
        What the bar and errors say. All else is TRL's.
    """

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label = label
        self.remove_callback(PrinterCallback)
        self.add_callback(ProgressCallback(label))

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Return the mean negative log-likelihood of the tokens to be learnt.

        Only they go through the output layer: prompts are most of a batch, and nothing is learnt on them. TRL's own
        loss takes every position on a CPU, and computes entropy and accuracy at each step as well.

        In training the mean is over the tokens of a step; in validation it is over pairs, of each pair's mean, so that
        in one process it does not depend on how pairs are put into batches. Several fill up the last one.
        """
        labels = inputs["labels"][:, 1:]
        rows, places = (labels != IGNORED).nonzero(as_tuple=True)
        kept, learnt = places.unique(return_inverse=True)
        given = {name: value for name, value in inputs.items() if name != "labels"}
        outputs = model(**given, use_cache=False, logits_to_keep=kept)
        losses = cross_entropy(outputs.logits[rows, learnt].float(), labels[rows, places], reduction="none")
        if self.model.training:
            loss = losses.sum() / (len(losses) if num_items_in_batch is None else num_items_in_batch)
            if num_items_in_batch is not None and self.args.average_tokens_across_devices:
                # The mean is over the tokens of all processes, and their gradients are averaged.
                loss = loss * self.accelerator.num_processes
        else:
            pairs = inputs["seq_idx"][0, 1:][places].long()
            loss = (losses / pairs.bincount()[pairs]).sum() / len(pairs.unique())
        return (loss, outputs) if return_outputs else loss

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Return the validation's metrics, of a finite loss.

        Raises
        ------
        StudyError
            When the loss is not finite.
        """
        metrics: dict[str, float] = super().evaluate(*args, **kwargs)
        self._require_finite({"the validation loss is": metrics["eval_loss"]}, f"after step {self.state.global_step}")
        return metrics

    def require_finite_weights(self) -> None:
        """Look through the weights that are trained.

        Raises
        ------
        StudyError
            When any of them is not finite.
        """
        trained = (weights for weights in self.model.parameters() if weights.requires_grad)
        # Of weights that processes share out (FSDP) each looks through its own part.
        here = (weights.to_local() if isinstance(weights, DTensor) else weights for weights in trained)
        found = 0.0 if all(map(is_finite, here)) else torch.nan
        self._require_finite({"trained weights are": found}, f"after step {self.state.global_step}")

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        """Return the norm of a step's gradients; Trainer asks for it before the optimizer takes them."""
        norm = super()._get_grad_norm(model, grad_norm=grad_norm)
        place = f"in step {self.state.global_step + 1}, at the learning rate {self._get_learning_rate():g}"
        # The loss is the sum since it was last logged: of several batches, if gradients are accumulated.
        self._require_finite({"the loss is": self._tr_loss, "the gradient norm is": norm}, place)
        return norm

    def _run_epoch(self, **kwargs: Any) -> None:
        """Train one epoch, but leave a run alone whose last checkpoint says that it was stopped.

        Transformers forgets that when it resumes, and looks only after a step whether the run is finished: it would
        train one step more than ``max_steps``, and past early stopping up to the next validation.
        """
        if self.state.stateful_callbacks["TrainerControl"]["args"]["should_training_stop"]:
            self.control.should_training_stop = True
        else:
            super()._run_epoch(**kwargs)

    def _save_checkpoint(self, *args: Any, **kwargs: Any) -> None:
        self.require_finite_weights()
        super()._save_checkpoint(*args, **kwargs)

    def _require_finite(self, numbers: Mapping[str, Any], place: str) -> None:
        here = torch.tensor([[float(number) for number in numbers.values()]], device=self.accelerator.device)
        # Of all processes: what one of them sees ends them all, in the same words.
        finite = self.accelerator.gather(here).isfinite().all(dim=0).tolist()
        if not all(finite):
            what = list(numbers)[finite.index(False)]
            remedy = advice(
                learning_rate=self.args.learning_rate,
                updated=self.state.global_step > 0,
                bf16=self.args.bf16,
                in_4bit=getattr(self.model, "is_loaded_in_4bit", False),
            )
            raise StudyError(f"{self.label}: {what} not finite {place}; {remedy}")

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        return Shuffled(len(train_dataset if train_dataset is not None else self.train_dataset), self.args.seed)


class Shuffled(Sampler[int]):
    """A random order, another one in each epoch.

    Transformers draws from the global generator, whose state at the start of an epoch a resumed run does not have.
    """

    def __init__(self, n: int, seed: int) -> None:
        self.n = n
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Take another order (Trainer calls this)."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed * 100_003 + self.epoch)
        yield from torch.randperm(self.n, generator=generator).tolist()


class ProgressCallback(TrainerCallback):
    """Show the bar of a training run."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.bar: Progress | None = None

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Start the bar, or go on where a resumed run stopped; of several processes the first shows it."""
        if not state.is_world_process_zero:
            return
        self.bar = Progress(self.label, state.max_steps)
        self.bar.done = state.global_step

    def on_step_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Count a step."""
        if self.bar:
            losses = [entry["loss"] for entry in state.log_history if "loss" in entry]
            self.bar.step(note=f"loss {losses[-1]:.3f}" if losses else "")


def curve(log_history: list[dict[str, Any]]) -> pd.DataFrame:
    """Return a run's log as a table, one row per logged step (schema ``CURVE``)."""
    rows: dict[int, dict[str, Any]] = {}
    names = {
        "loss": "loss",
        "eval_loss": "validation_loss",
        "learning_rate": "learning_rate",
        "num_input_tokens_seen": "n_tokens",
    }
    for entry in log_history:
        row = rows.setdefault(entry["step"], {"step": entry["step"], "epoch": entry["epoch"]})
        row.update({ours: entry[theirs] for theirs, ours in names.items() if theirs in entry})
    table = pd.DataFrame(rows.values(), columns=list(CURVE.columns)).sort_values("step")
    return table.astype({"n_tokens": "int64"})
