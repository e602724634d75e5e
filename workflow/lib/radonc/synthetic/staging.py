"""Stage groups that follow from T, N and M: AJCC 8th edition, simplified; the table is ``staging.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

PREFIXES = "cpy"


@cache
def _schemes() -> dict[str, list[list[str]]]:
    schemes: dict[str, list[list[str]]] = yaml.safe_load(
        Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    )
    return schemes


@cache
def stage_group(scheme: str, t_stage: str, n_stage: str, m_stage: str) -> str:
    """Return the stage group by a scheme of ``staging.yaml``.

    Parameters
    ----------
    scheme
        The scheme's name, such as ``breast``.
    t_stage, n_stage, m_stage
        Such as ``pT1c``, ``cN0``, ``M0``; the prefix (clinical, pathological) does not count.

    Raises
    ------
    KeyError
        When no row of the scheme fits: the table lacks one.
    """
    stages = [stage.lstrip(PREFIXES) for stage in (t_stage, n_stage, m_stage)]
    for *patterns, group in _schemes()[scheme]:
        if all(_fits(stage, pattern) for stage, pattern in zip(stages, patterns, strict=True)):
            return group
    raise KeyError(f"staging.yaml: {scheme} has no row for {t_stage} {n_stage} {m_stage}")


def _fits(stage: str, pattern: str) -> bool:
    return pattern == "any" or stage.startswith(tuple(pattern.split()))
