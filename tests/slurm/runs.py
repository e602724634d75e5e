"""Runs of the workflow on the test cluster, watched from outside as a user or an administrator watches them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from checkouts import CONFIG, RECIPE, ROOT, Checkout
from cluster import Cluster, wait_for

PROFILE = "profiles/slurm/config.yaml"
# Seconds until what must come counts as missing: each wait ends when it has come, also where much runs side by side.
PATIENCE = 600
SNAKEMAKE = (sys.executable, "-m", "snakemake", "--profile", "slurm", "--configfile", CONFIG)
RECIPES = {name: f"config/recipes/{name}.yaml" for name in ("long", "narrow", "wide")}
# More checkpoints than faults, so that it can be stopped after one and again after another.
LONG = {**RECIPE, "max_steps": 48, "save_steps": 6, "per_device_train_batch_size": 2}
# The same trainings on one node, and one of them on two, with a process on each.
NARROW = {**RECIPE, "lora_dropout": 0}
WIDE = {**NARROW, "tasks": {"icd10": {"n_nodes": 2}}}


def set_up_site(checkout: Checkout) -> None:
    """Do what a site does before its first run, and add the tests' recipes.

    This site has shorter waits, fewer cores than its nodes claim, and a rule that asks for its GPU by gres.
    """
    checkout.edit(PROFILE, "latency-wait: 60", "latency-wait: 5")
    checkout.edit(PROFILE, "before-status-checks: 20", "before-status-checks: 7")
    checkout.edit(
        PROFILE, "set-resources:", "set-threads: {finetune: 1, predict_base: 1, predict_tuned: 1}\n\nset-resources:"
    )
    checkout.edit(
        PROFILE,
        "predict_base: {slurm_partition: gpu, cpus_per_gpu: 8}",
        "predict_base: {slurm_partition: gpu, gres: 'gpu:h100:1', gpu: 0}",
    )
    for name, recipe in {"long": LONG, "narrow": NARROW, "wide": WIDE}.items():
        (checkout.folder / RECIPES[name]).write_text(yaml.safe_dump(recipe), encoding="utf-8")


@dataclass
class Site:
    """A checkout on the cluster, and the Snakemake that runs in it."""

    checkout: Checkout
    cluster: Cluster | None = None
    heads: list[subprocess.Popen[bytes]] = field(default_factory=list)
    step: int = 0  # of the last checkpoint seen

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        """Start Snakemake with the profile, as typed."""
        assert self.cluster
        # What is started in the background ignores Ctrl-C, and so would all that it starts.
        command = ["env", "--default-signal=INT", *SNAKEMAKE, *options]
        with self.log.open("ab") as log:
            head = subprocess.Popen(
                command, cwd=self.checkout.folder, env=self.cluster.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.heads.append(head)
        return head

    def train(self, *options: str) -> subprocess.Popen[bytes]:
        """Start Snakemake for the adapter alone."""
        return self.start(*options, "--", "all_adapters")

    def start_in_a_job(self, target: str = "all_adapters") -> str:
        """Have a job run Snakemake, as the docs show, and return its number."""
        assert self.cluster
        *submit, wrap = shlex.split(command_of("docs/guides/cluster.md", "sbatch "))
        command = wrap.partition("./radonc-sft run ")[0].removeprefix("--wrap=") + shlex.join(SNAKEMAKE)
        submit += ["--parsable", f"--output={self.log}", "--open-mode=append", f"--wrap={command} -- {target}"]
        self.log.touch()
        done = subprocess.run(
            submit, cwd=self.checkout.folder, env=self.cluster.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def wait_for_job(self, number: str) -> str:
        """Wait until a job that runs Snakemake has ended, and return its state."""

        def state() -> str:
            assert self.cluster
            (job,) = [job for job in self.cluster.jobs() if job["JobId"] == number]
            return "" if job["JobState"] in ("PENDING", "RUNNING", "COMPLETING") else job["JobState"]

        return str(wait_for(state, "the job that runs Snakemake to end", 3 * PATIENCE))

    def type(self, command: str) -> None:
        """Type a command in the checkout."""
        assert self.cluster
        subprocess.run(command, shell=True, cwd=self.checkout.folder, env=self.cluster.environment, check=True)

    def finish(self, head: subprocess.Popen[bytes], seconds: float = PATIENCE) -> None:
        """Wait until Snakemake is done, and require that it is content."""
        assert head.wait(seconds) == 0, self.said()[-6000:]

    def close(self) -> None:
        """End what still runs."""
        for head in self.heads:
            if head.poll() is None:
                head.send_signal(signal.SIGKILL)
                head.wait()
        if self.cluster and self.cluster.run("squeue", "-h"):
            self.cluster.run("scancel", "--user=root")

    @property
    def log(self) -> Path:
        return self.checkout.folder.parent / "snakemake.log"

    def said(self) -> str:
        """Return what Snakemake said in all its runs."""
        return self.log.read_text(encoding="utf-8")

    def jobs(self) -> list[dict[str, str]]:
        """Return the training jobs of this checkout, oldest first."""
        assert self.cluster
        folder = str(self.checkout.folder)
        return [job for job in self.cluster.jobs("rule_finetune") if job["WorkDir"] == folder]

    def job(self, state: str, n: int = 1, restarts: int | None = None) -> dict[str, str]:
        """Wait until there are n training jobs, the last of them in a state, and return it.

        With restarts, it must have been started again as often, under the same number.
        """

        def found() -> dict[str, str] | None:
            jobs = self.jobs()
            is_there = len(jobs) == n and jobs[-1]["JobState"] == state
            return jobs[-1] if is_there and restarts in (None, int(jobs[-1]["Restarts"])) else None

        job = wait_for(found, f"training job {n} to be {state}", PATIENCE)
        assert isinstance(job, dict)
        return job

    def checkpoint(self, n: int = 1, restarts: int = 0) -> int:
        """Wait until training job n has written a checkpoint, stop it there, and return the checkpoint's step.

        The job must have gone on from the checkpoint that was seen last. A training that computes no further cannot be
        done before the fault comes, however fast the machine is.
        """
        node = self.job("RUNNING", n, restarts)["NodeList"]
        last = max(self._steps(), default=0)
        # On a fast machine the next checkpoint follows within half a second.
        wait_for(lambda: max(self._steps(), default=0) > last, "another checkpoint", PATIENCE, every=0.05)
        self._signal(signal.SIGSTOP, node)
        assert self._resumed_from_by_log() >= self.step
        self.step = max(self._steps())
        return self.step

    def go_on(self, n: int) -> None:
        """Let the training compute that was stopped at its checkpoint."""
        self._signal(signal.SIGCONT, self.job("RUNNING", n)["NodeList"])

    def _signal(self, number: signal.Signals, node: str) -> None:
        assert self.cluster
        for pid in self.cluster.processes_of(node):
            with suppress(OSError):
                if b"finetune.py" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, number)

    def _steps(self) -> list[int]:
        states = self.checkout.results.glob("private/checkpoints/*/checkpoint-*/trainer_state.json")
        return [int(state.parent.name.removeprefix("checkpoint-")) for state in states]

    def resumed_from(self) -> int:
        """Return the step from which the last training went on, by its manifest."""
        (manifest,) = self.checkout.results.glob("adapters/**/manifest.json")
        return int(json.loads(manifest.read_text())["resumed_from"].removeprefix("checkpoint-"))

    def _resumed_from_by_log(self) -> int:
        (log,) = self.checkout.results.glob("logs/finetune/llama-*.log")
        resumed = re.search(r"resuming from checkpoint-(\d+)$", log.read_text(encoding="utf-8"), re.MULTILINE)
        return int(resumed[1]) if resumed else 0

    def adapter(self) -> str:
        """Return the digest of the adapter."""
        (adapter,) = self.checkout.results.glob("adapters/**/adapter_model.safetensors")
        return hashlib.sha256(adapter.read_bytes()).hexdigest()


def command_of(page: str, start: str) -> str:
    """Return the command of a page that starts so, as a reader copies it, in one line."""
    text = (ROOT / page).read_text(encoding="utf-8").replace("\\\n", "")
    (line,) = [line for line in text.splitlines() if line.startswith(start)]
    return line
