"""The command: print a line per check, and end with exit status 1 if something is missing."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from radonc.doctor import files, node_check, slurm, software
from radonc.doctor.check_result import CheckResult, Status, unknown
from radonc.doctor.commands import CHECK_SECONDS, NoAnswerError, result_of, start
from radonc.doctor.context import Context, check_plan, read_context
from radonc.doctor.plan import PLAN_SECONDS
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.load import require_one

TEST_JOBS_SECONDS = 1800.0
Check = Callable[[], CheckResult | Iterable[CheckResult]]


def main(args_list: list[str] | None = None) -> int:
    """Run all checks side by side, and print their results in one order."""
    args = parse(args_list)
    context, results = read_context(args.configfile[0], args.profile)
    for result in results:
        print(result.line(), flush=True)
    started = [(name, start(partial(_run, check)), seconds) for name, check, seconds in checks(context, args.test_jobs)]
    for name, future, seconds in started:
        try:
            found = result_of(future, seconds)
        except NoAnswerError as error:
            found = [unknown(name, str(error))]
        for result in found:
            print(result.line(), flush=True)
        results += found
    n_missing = sum(result.status is Status.MISSING for result in results)
    n_unknown = sum(result.status is Status.UNKNOWN for result in results)
    print(f"\n{n_missing} missing, {n_unknown} that could not be checked")
    return int(n_missing > 0)


def checks(context: Context, with_test_jobs: bool) -> Iterator[tuple[str, Check, float]]:
    """Yield the checks that suit a study: name, what to do, how long it may take (seconds)."""
    model_seconds = TEST_JOBS_SECONDS if with_test_jobs else CHECK_SECONDS
    yield "plan", partial(check_plan, context), PLAN_SECONDS
    yield "Python", software.check_python, CHECK_SECONDS
    yield "packages", software.check_packages, CHECK_SECONDS
    yield "PyTorch", partial(software.check_torch, context), PLAN_SECONDS
    if context.on_slurm:
        yield "executor", partial(software.check_executor, context), CHECK_SECONDS
        yield "Slurm", slurm.check_commands, CHECK_SECONDS
        yield "partitions", partial(slurm.check_partitions, context), PLAN_SECONDS
        yield "account", partial(slurm.check_accounts, context), CHECK_SECONDS
        yield "job states", partial(slurm.check_job_states, context), CHECK_SECONDS
    else:
        yield "GPUs", partial(software.check_gpus, context), PLAN_SECONDS
    yield "models", partial(files.check_models, context, with_hashes=with_test_jobs), model_seconds
    yield "HF_TOKEN", partial(files.check_token, context), CHECK_SECONDS
    yield "disk", partial(files.check_disk, context), PLAN_SECONDS
    yield "private area", partial(files.check_private_area, context), CHECK_SECONDS
    yield "umask", partial(files.check_umask, context), CHECK_SECONDS
    if context.on_slurm and with_test_jobs:
        yield "nodes", partial(node_check.check_nodes, context), TEST_JOBS_SECONDS
    elif context.on_slurm:
        yield "shared file system", partial(files.check_file_system, context), CHECK_SECONDS


def _run(check: Check) -> list[CheckResult]:
    found = check()
    return [found] if isinstance(found, CheckResult) else list(found)


def parse(args_list: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="radonc-sft doctor", description="Say what is missing before a study is started."
    )
    parser.add_argument("--configfile", type=Path, action="append", metavar="FILE", help="the study's config")
    parser.add_argument(
        "--profile", default=os.environ.get("SNAKEMAKE_PROFILE"), help="the cluster's profile, such as slurm"
    )
    parser.add_argument(
        "--test-jobs", action="store_true", help="also submit one short job per partition, and read all model files"
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
