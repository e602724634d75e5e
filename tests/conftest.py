"""What tests of all kinds share."""

import os
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share what is dear to make at one worker, and begin with those that take longest."""
    order = ["slurm", "study"]

    def group(item: pytest.Item) -> str:
        if item.path.is_relative_to(TESTS / "slurm"):
            return "slurm"
        if item.path.is_relative_to(TESTS / "workflow") and "finished" in item.fixturenames:
            return "study"
        if item.path.is_relative_to(TESTS / "unit" / "models"):
            return "models"
        return str(item.path.relative_to(TESTS))

    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=lambda item: order.index(group(item)) if group(item) in order else len(order))


@pytest.fixture(scope="session")
def tcga() -> Path:
    """The folder of the TCGA tables, which are public but not ours to hand on."""
    folder = Path(os.environ.get("RADONC_TCGA", ROOT / "data" / "tcga")).resolve()
    if not (folder / "patients.csv").exists():
        pytest.skip(
            "the TCGA tables are not here: docs/own-data.md says where to get them; name their folder in RADONC_TCGA"
        )
    return folder
