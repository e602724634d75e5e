"""What tests of all kinds share."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]

# How long an example takes says more of what else a machine does than of the code.
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")


# Each takes minutes, and mostly waits.
ALONE = "tests/slurm/test_slurm_faults.py"
# What takes minutes, in the order in which it is handed out: so all workers end at about the same time. A worker that
# computes stands beside those that wait for Slurm.
LONGEST_FIRST = (
    "tests/slurm/test_slurm_workflow.py",
    "tests/slurm/test_slurm_faults.py::test_a_job_that_is_ended_or_moved_goes_on_by_itself",
    "tests/slurm/test_slurm_faults.py::test_a_training_that_waits_for_a_person_goes_on",
    "tests/workflow/test_documented_commands.py",
    "tests/slurm/",
    "tests/workflow/test_reruns.py",
    "tests/workflow/",
    "tests/unit/models/",
    "tests/unit/benchmarks/test_gpu.py",
    "tests/unit/report/",
    "tests/test_project.py",
)


# One worker runs all of these: PyTorch takes it seconds to import, and the report's figures to draw.
TOGETHER = {
    "tests/unit/models/": "models",
    "tests/unit/benchmarks/test_gpu.py": "models",
    "tests/unit/report/": "report",
}


class SideBySide(LoadScopeScheduling):
    """Gives a worker the tests of a file, a single one of those that take minutes each, or what belongs together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        shared = next((name for start, name in TOGETHER.items() if file.startswith(start)), file)
        return nodeid if file == ALONE else shared


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep the garbage collector away from what stays to the end: all modules and tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SideBySide:
    return SideBySide(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""

    def place(item: pytest.Item) -> int:
        places = (place for place, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start))
        return next(places, len(LONGEST_FIRST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def tcga() -> Path:
    """The folder of the TCGA tables, which are public but not ours to hand on."""
    folder = Path(os.environ.get("RADONC_TCGA", ROOT / "data" / "tcga")).resolve()
    if not (folder / "patients.csv").exists():
        pytest.skip(
            "the TCGA tables are not here: docs/guides/own-data.md says where to get them; "
            "name their folder in RADONC_TCGA"
        )
    return folder
