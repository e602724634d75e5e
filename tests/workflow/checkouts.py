"""Copies of the repository in which a tiny study is planned, run and broken on purpose."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import forking
import pytest
import yaml
from sharing import made_once

ROOT = Path(__file__).parents[2]
RECIPE = {"learning_rate": 2.0e-3, "max_length": 512, "max_steps": 4, "logging_steps": 1}
CONFIG = "config/tiny.yaml"
TINY_RECIPE = "config/recipes/tiny.yaml"
STATISTICS = re.compile(r"^(\w+) +(\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Checkout:
    """A checkout in which a study can be run and broken on purpose."""

    folder: Path

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def snakemake(self, *options: str, config: str = CONFIG) -> subprocess.CompletedProcess[str]:
        """Run Snakemake on a config, as a user does, but for its start."""
        return forking.snakemake(self.folder, "--configfile", config, "--cores", "2", *options)

    def timed(self, *options: str) -> tuple[float, subprocess.CompletedProcess[str]]:
        """Run Snakemake from its start to its end; return the seconds that it computed, and what came of it.

        Seconds of its own: other tests may run beside.
        """
        before = getrusage(RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "snakemake", "--configfile", CONFIG, "--cores", "2", *options]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        after = getrusage(RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done

    def set_up(self) -> None:
        """Make .venv as ``./radonc-sft setup`` leaves it, out of links to the environment that runs the tests."""
        venv = self.folder / ".venv"
        venv.unlink(missing_ok=True)
        venv.mkdir()
        for part in Path(sys.prefix).iterdir():
            if part.name != "stamp":
                (venv / part.name).symlink_to(part)
        stamp = "cat requirements.txt pyproject.toml | cksum | tr -d '\n' > .venv/stamp"
        subprocess.run(stamp, cwd=self.folder, shell=True, check=True)

    def call(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the checkout, with the checkout's own library."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "workflow" / "lib")}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def plan(self, *options: str) -> dict[str, int]:
        """Return what a dry run would run: rule -> number of jobs, without the target rule."""
        done = self.snakemake("--dry-run", "--quiet", "rules", *options)
        assert done.returncode == 0, done.stderr
        counts = {rule: int(n) for rule, n in STATISTICS.findall(done.stdout + done.stderr)}
        return {rule: n for rule, n in counts.items() if rule not in ("total", "all")}

    def run(self, *targets: str) -> list[str]:
        """Run the study and return the rules of the jobs that ran."""
        done = self.snakemake("--quiet", "rules", "--", *targets)
        assert done.returncode == 0, done.stderr[-4000:]
        return re.findall(r"Finished jobid: \d+ \(Rule: (\w+)\)", done.stdout + done.stderr)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text in a file; it must be there."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def copy(self, folder: Path) -> Checkout:
        """Return a copy with everything that was made, times of files included."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Checkout(folder)


def check_out(folder: Path) -> Checkout:
    """Copy what git knows of the repository, and what it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return Checkout(folder)


def tiny_config() -> dict[str, Any]:
    """Return the embedded study in miniature: fewer patients, one model that is hardly trained."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    config["extract"]["synthetic"] = {"n_patients": 320, "n_eligible": 180, "seed": 7}
    config["split"] = {"validation": 0.1, "test": 0.1}
    config["models"] = {"demo-llama": {"demo": "llama", "n_steps": 4, "recipe": TINY_RECIPE}}
    config["review"] = {"n_cases": 10}
    config["statistics"] = {"n_resamples": 200}
    return config


def finished_study(places: pytest.TempPathFactory) -> Checkout:
    """Return the checkout whose tiny study has been run, once for all tests. Nobody may change it: take a copy."""
    return Checkout(made_once(places, "finished", _run_the_study))


def _run_the_study(folder: Path) -> None:
    checkout = check_out(folder)
    (folder / CONFIG).write_text(yaml.safe_dump(tiny_config()), encoding="utf-8")
    (folder / TINY_RECIPE).write_text(yaml.safe_dump(RECIPE), encoding="utf-8")
    checkout.run()
