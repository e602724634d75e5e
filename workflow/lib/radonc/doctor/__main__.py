"""The command: print a line per check, and end with exit status 1 if something is missing."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from radonc.doctor import cluster, installed, models, probe, storage
from radonc.doctor.asking import SECONDS_IN_ALL, Later, UnansweredError
from radonc.doctor.findings import Finding, State, unknown
from radonc.doctor.site import Site, look, plan_finding
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.load import require_one

SECONDS_WITH_PLAN = 60.0
SECONDS_WITH_PROBE = 1800.0
Check = Callable[[], Finding | Iterable[Finding]]


def main(args_list: list[str] | None = None) -> int:
    """Look at everything side by side, and print the findings in one order."""
    args = parse(args_list)
    site, findings = look(args.configfile[0], args.profile)
    for finding in findings:
        print(finding.line(), flush=True)
    started = [(name, Later(_listed(check)), seconds) for name, check, seconds in checks(site, args.probe)]
    for name, running, seconds in started:
        try:
            found = running.get(seconds)
        except UnansweredError as error:
            found = [unknown(name, str(error))]
        for finding in found:
            print(finding.line(), flush=True)
        findings += found
    n_missing = sum(finding.state is State.MISSING for finding in findings)
    n_unknown = sum(finding.state is State.UNKNOWN for finding in findings)
    print(f"\n{n_missing} missing, {n_unknown} that cannot be told")
    return int(n_missing > 0)


def checks(site: Site, with_probe: bool) -> Iterator[tuple[str, Check, float]]:
    """Yield the checks that suit the site: name, what to do, how long it may take (seconds)."""
    yield "plan", lambda: plan_finding(site), SECONDS_WITH_PLAN
    yield "Python", installed.python, SECONDS_IN_ALL
    yield "packages", installed.packages, SECONDS_IN_ALL
    smi = Later(installed.driver)
    yield "PyTorch", lambda: installed.torch(site, smi), SECONDS_WITH_PLAN
    if site.on_slurm:
        asked = cluster.inquire()
        yield "executor", lambda: installed.executor(site), SECONDS_IN_ALL
        yield "Slurm", cluster.commands, SECONDS_IN_ALL
        yield "partitions", lambda: cluster.partitions(site, asked), SECONDS_WITH_PLAN
        yield "account", lambda: cluster.accounts(site, asked), SECONDS_IN_ALL
        yield "job states", lambda: cluster.polling(site, asked), SECONDS_IN_ALL
    else:
        yield "GPUs", lambda: installed.gpus_here(site), SECONDS_WITH_PLAN
    yield (
        "models",
        lambda: models.models(site, digests=with_probe),
        SECONDS_WITH_PROBE if with_probe else SECONDS_IN_ALL,
    )
    yield "HF_TOKEN", lambda: models.token(site), SECONDS_IN_ALL
    yield "disk", lambda: storage.disk(site), SECONDS_WITH_PLAN
    yield "private area", lambda: storage.private_area(site), SECONDS_IN_ALL
    yield "umask", lambda: storage.readable(site), SECONDS_IN_ALL
    if site.on_slurm and with_probe:
        yield "probe", lambda: probe.probe(site), SECONDS_WITH_PROBE
    elif site.on_slurm:
        yield "shared file system", lambda: storage.shared(site), SECONDS_IN_ALL


def _listed(check: Check) -> Callable[[], list[Finding]]:
    def run() -> list[Finding]:
        found = check()
        return [found] if isinstance(found, Finding) else list(found)

    return run


def parse(args_list: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="radonc-sft doctor", description="Say what is missing before a study is started."
    )
    parser.add_argument("--configfile", type=Path, action="append", metavar="FILE", help="the study's config")
    parser.add_argument(
        "--profile", default=os.environ.get("SNAKEMAKE_PROFILE"), help="the site's profile, such as slurm"
    )
    parser.add_argument(
        "--probe", action="store_true", help="also submit one short job per partition, and read all files of the models"
    )
    args = parser.parse_args(args_list)
    args.configfile = args.configfile or [Path("config/config.yaml")]
    try:
        require_one(args.configfile)
    except StudyError as error:
        sys.exit(str(error))
    return args


if __name__ == "__main__":
    sys.exit(main())
