"""A Slurm for the session, and a study prepared up to its training, so that each test runs what it is about."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from checkouts import CONFIG, Checkout, finished_study, tiny_config
from cluster import Cluster, running
from runs import RECIPES, Site, set_up_site
from sharing import made_once

INSTALL = Path(__file__).with_name("install.sh")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(INSTALL.parent):
            item.add_marker("slurm")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running Slurm; installed where it is missing and can be."""
    if not shutil.which("slurmctld", path=f"{os.environ['PATH']}:/usr/sbin"):
        if os.geteuid() or not shutil.which("apt-get"):
            pytest.skip(f"needs Slurm, which only root on Debian or Ubuntu can install here ({INSTALL.name})")
        done = subprocess.run([INSTALL], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"Slurm could not be installed: {done.stderr.strip()[-300:]}")
    elif os.geteuid():
        pytest.skip("needs root: the test's Slurm runs jobs as the user that starts it")
    with running(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout in which all but the training of one task is done, on a model that is found in a folder.

    A model in a folder counts as a full model, which asks for a GPU; this one is a demo model of the finished study.
    """
    finished = finished_study(tmp_path_factory)

    def prepare(folder: Path) -> None:
        checkout = finished.copy(folder)
        for made in ("adapters", "predictions", "scores", "statistics", "review", "report"):
            shutil.rmtree(checkout.results / made)
        set_up_site(checkout)
        model = {"folder": str(checkout.results / "models" / "demo-llama"), "recipe": RECIPES["long"]}
        config = {**tiny_config(), "tasks": {"icd10": {}}, "models": {"llama": model}}
        (folder / CONFIG).write_text(yaml.safe_dump(config), encoding="utf-8")
        checkout.run("all_pairs", "all_models")

    return Checkout(made_once(tmp_path_factory, "prepared", prepare))


@pytest.fixture(scope="session")
def undisturbed(prepared: Checkout, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of the adapter that a training gives which nothing disturbs, here without Slurm."""

    def train(folder: Path) -> None:
        # With one thread, as on the site: more add in another order.
        done = prepared.copy(folder).snakemake("--set-threads", "finetune=1", "--", "all_adapters")
        assert done.returncode == 0, done.stderr[-4000:]

    return Site(Checkout(made_once(tmp_path_factory, "undisturbed", train))).adapter()


@pytest.fixture
def site(cluster: Cluster, prepared: Checkout, tmp_path: Path) -> Iterator[Site]:
    """A copy of the prepared checkout on the cluster; what still runs in it at the end is ended."""
    site = Site(prepared.copy(tmp_path / "checkout"), cluster)
    yield site
    site.close()
