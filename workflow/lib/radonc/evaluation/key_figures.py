"""The study's figures in one file for programs: ``summary.json``, as ``workflow/schemas/summary.schema.json`` says."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pandas as pd

FORMAT = 1
"""Raised when a reader of the file would have to be changed."""
PACKAGES = ("numpy", "pandas", "scikit-learn", "scipy", "statsmodels")
"""Those that the numbers come from."""


def key_figures(
    summary: pd.DataFrame,
    comparisons: pd.DataFrame,
    model_comparisons: pd.DataFrame,
    claim: Mapping[str, Any] | None,
    study: Mapping[str, Any],
) -> dict[str, Any]:
    """Gather the figures of a study, unrounded.

    Parameters
    ----------
    summary, comparisons, model_comparisons
        Rows of ``SUMMARY``, ``COMPARISONS`` and ``MODEL_COMPARISONS``.
    claim
        As of ``acceptability.test``; None where no regimens are reviewed.
    study
        ``title``, ``provenance`` (versions and digests) and ``settings``.

    Returns
    -------
    dict
        A JSON value; what is missing in a table is None.
    """
    declared = comparisons["p_holm"].notna()
    accuracy = summary[summary["metric"] == "accuracy"]
    return {
        "format": FORMAT,
        "title": study["title"],
        "provenance": {**study["provenance"], "packages": {name: version(name) for name in PACKAGES}},
        "settings": dict(study["settings"]),
        "n_cases": {str(task): int(n) for task, n in accuracy.groupby("task", sort=True)["n"].first().items()},
        "arms": _records(summary),
        "declared": _records(comparisons[declared]),
        "exploratory": _records(comparisons[~declared].drop(columns="p_holm")),
        "models": _records(model_comparisons),
        "claim": claim,
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]
