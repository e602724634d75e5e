"""A checkout with a tiny study, run once, for the tests of the whole workflow."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from checkouts import CONFIG, RECIPE, Checkout, check_out, tiny_config


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose tiny study has been run. Nobody may change it: take a copy."""
    checkout = check_out(tmp_path_factory.mktemp("study") / "checkout")
    (checkout.folder / CONFIG).write_text(yaml.safe_dump(tiny_config()), encoding="utf-8")
    for name in ("llama", "mistral"):
        recipe = checkout.folder / "config" / "recipes" / f"tiny-{name}.yaml"
        recipe.write_text(yaml.safe_dump(RECIPE), encoding="utf-8")
    checkout.run()
    return checkout


@pytest.fixture
def study(finished: Checkout, tmp_path: Path) -> Checkout:
    """A copy of the finished study, to be changed."""
    return finished.copy(tmp_path / "checkout")
