"""What all training runs share: TRL's arguments, the progress bar, the curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch.utils.data import Sampler
from transformers import PrinterCallback, TrainerCallback
from transformers.trainer_pt_utils import get_length_grouped_indices
from trl import SFTConfig, SFTTrainer

from radonc.data.schemas import CURVE
from radonc.run.logs import Progress


def arguments(output: str | Path, settings: Mapping[str, Any]) -> SFTConfig:
    """Return TRL's arguments: the given ones, and those in which all our runs agree.

    Batches hold pairs of similar length, so that little is padded, and nothing is packed: without a variable-length
    attention kernel packed samples would see each other.
    """
    return SFTConfig(
        output_dir=str(output),
        use_cpu=not torch.cuda.is_available(),
        packing_strategy="wrapped",
        shuffle_dataset=False,
        include_num_input_tokens_seen="non_padding",
        save_total_limit=2,
        disable_tqdm=True,
        report_to="none",
        push_to_hub=False,
        **settings,
    )


class Trainer(SFTTrainer):
    """TRL's trainer, with our progress bar, and an order of pairs that a resumed run repeats.

    Parameters
    ----------
    label
        What the bar says. All else is TRL's.
    """

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.remove_callback(PrinterCallback)
        self.add_callback(ProgressCallback(label))

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        dataset = train_dataset if train_dataset is not None else self.train_dataset
        lengths = [len(tokens) for tokens in dataset["input_ids"]]
        n_per_update = self.args.train_batch_size * self.args.gradient_accumulation_steps
        return ByLength(lengths, n_per_update, self.args.seed)


class ByLength(Sampler[int]):
    """Batches of similar length, in random order.

    Transformers' own sampler goes from long pairs to short ones over and over, and draws from the global generator,
    whose state at the start of an epoch a resumed run does not have.
    """

    def __init__(self, lengths: list[int], batch_size: int, seed: int) -> None:
        self.lengths = lengths
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Take another order (Trainer calls this)."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed * 100_003 + self.epoch)
        grouped = get_length_grouped_indices(self.lengths, self.batch_size, generator=generator)
        n_full = len(grouped) // self.batch_size
        for batch in torch.randperm(n_full, generator=generator).tolist():
            yield from grouped[batch * self.batch_size : (batch + 1) * self.batch_size]
        yield from grouped[n_full * self.batch_size :]


class ProgressCallback(TrainerCallback):
    """Show the bar of a training run."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.bar: Progress | None = None

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Start the bar, or go on where a resumed run stopped."""
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
    table["n_tokens"] = table["n_tokens"].ffill().fillna(0).astype("int64")
    return table
