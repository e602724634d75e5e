"""Which side a case stands on: a keyed hash of its text, so that nobody ever moves."""

from __future__ import annotations

import hashlib
import hmac

RESOLUTION = 2**64


def normalise(text: str) -> str:
    """Return a text without regard to case and spacing."""
    return " ".join(text.casefold().split())


def split_of(text: str, key: str, validation: float, test: float) -> str:
    """Return the split of a case by its diagnosis text.

    Identical texts share a side, and adding or removing cases moves no other. The shares hold on average.

    Parameters
    ----------
    text
        The diagnosis details.
    key
        Another key gives another split.
    validation, test
        The shares of these two; the rest is ``train``.
    """
    digest = hmac.new(key.encode(), normalise(text).encode(), hashlib.sha256).digest()
    place = int.from_bytes(digest[:8], "big") / RESOLUTION
    if place < test:
        return "test"
    return "validation" if place < test + validation else "train"
