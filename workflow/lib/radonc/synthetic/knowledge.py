"""The clinical knowledge in this folder's YAML files, and weighted draws from it."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import yaml

T = TypeVar("T")

RANGE = re.compile(r"\{(\d+(?:\.(\d+))?)-(\d+(?:\.\d+)?)\}")


@cache
def load_knowledge(name: str) -> dict[str, Any]:
    """Return the content of ``<name>.yaml``."""
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8"))
    return content


def weighted(rng: Random, weights: Mapping[T, float]) -> T:
    """Draw one key of a mapping of weights."""
    return rng.choices(list(weights), list(weights.values()))[0]


def maybe(rng: Random, weights: Mapping[T, float]) -> T | None:
    """Draw one key, or None where there is nothing to draw from."""
    return weighted(rng, weights) if weights else None


def numbers(rng: Random, phrase: str) -> str:
    """Put a number in place of every range: ``{20-95}`` gives a whole one, ``{0.2-1.4}`` one of one decimal."""

    def draw(found: re.Match[str]) -> str:
        low, decimals, high = found.groups()
        return f"{rng.uniform(float(low), float(high)):.{len(decimals or '')}f}"

    return RANGE.sub(draw, phrase)
