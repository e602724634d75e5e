"""What tests of all kinds share."""

import os
from pathlib import Path

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]

# How long an example takes says more of what else a machine does than of the code.
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")


# Whole folders: what their tests share takes minutes to make.
TOGETHER = ("tests/slurm/", "tests/workflow/")


class SideBySide(LoadScopeScheduling):
    """Gives a worker the tests of a file, or of one of the folders that share more."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SideBySide:
    return SideBySide(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: not item.nodeid.startswith(TOGETHER))


@pytest.fixture(scope="session")
def tcga() -> Path:
    """The folder of the TCGA tables, which are public but not ours to hand on."""
    folder = Path(os.environ.get("RADONC_TCGA", ROOT / "data" / "tcga")).resolve()
    if not (folder / "patients.csv").exists():
        pytest.skip(
            "the TCGA tables are not here: docs/own-data.md says where to get them; name their folder in RADONC_TCGA"
        )
    return folder
