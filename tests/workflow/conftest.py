"""A checkout with a tiny study, run once, for the tests of the whole workflow."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from checkouts import CONFIG, RECIPE, Checkout, check_out, tiny_config
from sharing import made_once


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose tiny study has been run. Nobody may change it: take a copy."""
    return Checkout(made_once(tmp_path_factory, "finished", run_the_study))


def run_the_study(folder: Path) -> None:
    checkout = check_out(folder)
    (folder / CONFIG).write_text(yaml.safe_dump(tiny_config()), encoding="utf-8")
    for name in ("llama", "mistral"):
        recipe = folder / "config" / "recipes" / f"tiny-{name}.yaml"
        recipe.write_text(yaml.safe_dump(RECIPE), encoding="utf-8")
    checkout.run()


@pytest.fixture
def study(finished: Checkout, tmp_path: Path) -> Checkout:
    """A copy of the finished study, to be changed."""
    return finished.copy(tmp_path / "checkout")
