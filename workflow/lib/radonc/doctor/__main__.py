"""The command: print a line per check, and end with exit status 1 if something is missing."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from radonc.doctor import files, slurm, software
from radonc.doctor.checks import CHECK_SECONDS, CheckResult, NoAnswerError, Status, result_of, start, unknown
from radonc.doctor.plan import PLAN_SECONDS, Context, check_plan, read_context
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.study import require_one

TEST_JOBS_SECONDS = 1800.0
Check = Callable[[Context], CheckResult | Iterable[CheckResult]]


def main(args_list: list[str] | None = None) -> int:
    """Run all checks side by side, and print their results in one order."""
    args = parse(args_list)
    context, results = read_context(args.configfile[0], args.profile)
    counts = _print(results)
    chosen = list(checks(context, args.test_jobs))
    started = [start(partial(_run, check, context)) for _, check, _ in chosen]
    for (name, _, seconds), future in zip(chosen, started, strict=True):
        try:
            found = result_of(future, seconds)
        except NoAnswerError as error:
            found = [unknown(name, str(error))]
        counts += _print(found)
    print(f"\n{counts[Status.MISSING]} missing, {counts[Status.UNKNOWN]} that could not be checked")
    return int(counts[Status.MISSING] > 0)


def _print(results: Iterable[CheckResult]) -> Counter[Status]:
    counts: Counter[Status] = Counter()
    for result in results:
        print(result.line(), flush=True)
        counts[result.status] += 1
    return counts


def _run(check: Check, context: Context) -> list[CheckResult]:
    found = check(context)
    return [found] if isinstance(found, CheckResult) else list(found)


def checks(context: Context, with_test_jobs: bool) -> Iterator[tuple[str, Check, float]]:
    """Yield the checks that suit a study: name, what to do, how long it may take (seconds)."""
    yield "plan", check_plan, PLAN_SECONDS
    yield "packages", lambda _: software.check_packages(), CHECK_SECONDS
    yield "PyTorch", software.check_torch, PLAN_SECONDS
    if context.on_slurm:
        yield "Slurm", lambda _: slurm.check_commands(), CHECK_SECONDS
        yield "partitions", slurm.check_partitions, PLAN_SECONDS
        yield "account", slurm.check_accounts, CHECK_SECONDS
        yield "job states", slurm.check_job_states, CHECK_SECONDS
    else:
        yield "GPUs", software.check_gpus, PLAN_SECONDS
    model_seconds = TEST_JOBS_SECONDS if with_test_jobs else CHECK_SECONDS
    yield "models", partial(files.check_models, with_hashes=with_test_jobs), model_seconds
    yield "HF_TOKEN", files.check_token, CHECK_SECONDS
    yield "disk", files.check_disk, PLAN_SECONDS
    yield "private area", files.check_private_area, CHECK_SECONDS
    yield "umask", files.check_umask, CHECK_SECONDS
    if context.on_slurm and with_test_jobs:
        yield "nodes", slurm.check_nodes, TEST_JOBS_SECONDS
    elif context.on_slurm:
        yield "shared file system", files.check_file_system, CHECK_SECONDS


def parse(args_list: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    about = "Say what is missing before a study is started."
    parser = argparse.ArgumentParser(prog="radonc-sft doctor", description=about)
    parser.add_argument("--configfile", type=Path, action="append", metavar="FILE", help="the study's config")
    profile = os.environ.get("SNAKEMAKE_PROFILE")
    parser.add_argument("--profile", default=profile, help="the cluster's profile, such as slurm")
    more = "also submit one short job per partition, and read all model files"
    parser.add_argument("--test-jobs", action="store_true", help=more)
    args = parser.parse_args(args_list)
    args.configfile = args.configfile or [Path("config/config.yaml")]
    try:
        require_one(args.configfile)
    except StudyError as error:
        sys.exit(str(error))
    return args


if __name__ == "__main__":
    sys.exit(main())
