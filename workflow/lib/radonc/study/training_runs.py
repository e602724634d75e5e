"""The training runs of a model and a task: one per seed, and one per share of the training set for a learning curve."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from radonc.runtime.errors import StudyError

NAME = re.compile(r"seed(?P<seed>\d+)(?:-share(?P<per_cent>\d+(?:\.\d+)?))?")


@dataclass(frozen=True)
class TrainingRun:
    """A run: the seed of the adapter's first weights and of the order of pairs, and the share of the training pairs."""

    seed: int
    share: float = 1.0

    @property
    def name(self) -> str:
        """The run's name in paths and tables: ``seed1``, or ``seed1-share25`` of a quarter of the pairs."""
        return f"seed{self.seed}" + (f"-share{100 * self.share:g}" if self.share < 1 else "")

    @classmethod
    def named(cls, name: str) -> TrainingRun:
        """Return the run of a name; raise StudyError when no run is called so."""
        match = NAME.fullmatch(name)
        if match is None:
            raise StudyError(f"run '{name}': no run has such a name; allowed are names such as seed1 or seed1-share25")
        return cls(int(match["seed"]), float(match["per_cent"]) / 100 if match["per_cent"] else 1.0)


def planned(seeds: Sequence[int], train_sizes: Sequence[float]) -> list[str]:
    """Return the names of a study's runs; the first is the primary one, on which tables and tests rest.

    Every seed sees the whole training set; the smaller shares of a learning curve are seen by the first seed alone.
    """
    whole = [TrainingRun(seed) for seed in seeds]
    parts = [TrainingRun(seeds[0], share) for share in sorted(train_sizes) if share < 1]
    return [run.name for run in (*whole, *parts)]


def take(train: pd.DataFrame, share: float) -> pd.DataFrame:
    """Return a share of the training pairs; raise StudyError when no pair is left.

    A smaller share is part of every larger one, whatever cases come or go: a hash of its id places each case.
    """
    if share >= 1:
        return train
    digests = [hashlib.sha256(case_id.encode()).digest() for case_id in train["case_id"]]
    taken = train[[int.from_bytes(digest[:8], "big") / 2**64 < share for digest in digests]]
    if taken.empty:
        raise StudyError(f"train.train_sizes: {share:g} of {len(train)} training pairs are none; raise it")
    return taken.reset_index(drop=True)
