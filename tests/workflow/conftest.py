"""A checkout with a tiny study, run once, for the tests of the whole workflow."""

from __future__ import annotations

from pathlib import Path

import pytest
from checkouts import Checkout, finished_study


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose tiny study has been run. Nobody may change it: take a copy."""
    return finished_study(tmp_path_factory)


@pytest.fixture
def study(finished: Checkout, tmp_path: Path) -> Checkout:
    """A copy of the finished study, to be changed."""
    return finished.copy(tmp_path / "checkout")
