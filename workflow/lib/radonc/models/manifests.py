"""What a table of predictions leaves beside it: counts, speed, and who answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SUMS = ("n", "n_unfinished", "n_new_tokens", "seconds", "n_alone", "n_differ_alone")
"""What adds up over shards; all else is the same in all of them."""


def add_up(manifests: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return one manifest for several shards."""
    sums = {key: round(sum(manifest[key] for manifest in manifests), 2) for key in SUMS}
    return {**manifests[0], **sums}
