"""What tests of all kinds share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def tcga() -> Path:
    """The folder of the TCGA tables, which are public but not ours to hand on."""
    folder = Path(os.environ.get("RADONC_TCGA", ROOT / "data" / "tcga")).resolve()
    if not (folder / "patients.csv").exists():
        pytest.skip(
            "the TCGA tables are not here: docs/own-data.md says where to get them; name their folder in RADONC_TCGA"
        )
    return folder
