"""What Snakemake makes of the words that people type, once they have been read."""

import re
from pathlib import Path

import pytest

from radonc.runtime.command_line import VALUES, read
from radonc.runtime.errors import StudyError

NAMES = {  # What these take are names of rules or files, as targets are: targets go before them, or behind `--`.
    "--cache", "--preemptible-rules", "--envvars", "--forcerun", "-R", "--prioritize", "-P", "--until", "-U",
    "--omit-from", "-O", "--cleanup-metadata", "--cm", "--wait-for-files", "--unneeded-temp-files", "--allowed-rules",
}  # fmt: skip
FOR_DEVELOPERS_OF_SNAKEMAKE = {
    "--strict-dag-evaluation", "--omit-flags", "--shared-fs-usage", "--logger", "--target-jobs",
}  # fmt: skip


@pytest.fixture(autouse=True)
def configs(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("mine.yaml", "other.yml", "flow.json"):
        Path(name).write_text("title: A study\n")


def parser():
    # Not at the top: workers that run other tests collect this one as well.
    from snakemake.cli import get_argument_parser

    return get_argument_parser()


def taken(line: str):
    """Return how Snakemake understands a line."""
    return parser().parse_args(read(line.split()).words)


@pytest.mark.parametrize(
    "line",
    [
        "--configfile mine.yaml all_data",
        "--configfile=mine.yaml all_data",
        "--configfiles mine.yaml all_data -n",
        "all_data --configfile mine.yaml",
        "-n --configfile mine.yaml -- all_data",
        "--cores 2 --configfile mine.yaml all_data --set-scatter data=2",
    ],
)
def test_a_config_and_a_target_may_stand_in_any_order(line) -> None:
    understood = taken(line)
    assert understood.configfile == [Path("mine.yaml")]
    assert understood.targets == ["all_data"]


@pytest.mark.parametrize(
    "options",
    [
        "--config title=x key=y",
        "-C title=x",
        "--resources gpu=1 mem_mb=4000",
        "--set-resources finetune:runtime=5",
        "--set-threads finetune=1",
        "--set-scatter data=2",
        "--default-resources slurm_account=a",
        "--groups score=data",
        "--group-components data=2",
        "--quiet",
        "--quiet rules",
        "-q rules reason",
        "--rerun-triggers mtime params",
        "--sdm conda",
    ],
)
def test_an_option_takes_its_values_and_no_target(options) -> None:
    understood = taken(f"{options} all_data out/score.parquet -n")
    assert understood.targets == ["all_data", "out/score.parquet"]
    name = options.split()[0]
    [action] = [action for action in parser()._actions if name in action.option_strings]
    assert sorted(map(str, getattr(understood, action.dest))) == sorted(map(str, getattr(taken(options), action.dest)))
    assert understood.dryrun


def test_all_targets_are_kept_in_their_order() -> None:
    assert taken("--configfile mine.yaml all_data all_pairs --cores 2 -- all_models").targets == [
        "all_data",
        "all_pairs",
        "all_models",
    ]
    assert read(["--forcerun", "finetune", "--", "all_adapters"]).words == [
        "--forcerun",
        "finetune",
        "--",
        "all_adapters",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--configfile mine.yaml other.yml", r"2 files: mine\.yaml, other\.yml; .*name one"),
        ("--configfile mine.yaml --configfile other.yml", r"2 files"),
        ("--configfile=mine.yaml all_data --configfile=mine.yaml", r"2 files"),
        ("--configfile mine.yaml flow.json", r"2 files: .*target.*behind --"),
        ("--configfile nope.yaml", r"there is no file 'nope\.yaml' in .*correct the path"),
        ("--configfile all_data", r"no file that ends in \.yaml"),
        ("-n --configfile", r"no file that ends in \.yaml"),
    ],
)
def test_what_is_wrong_with_the_config_file_is_said_in_one_line(line, message) -> None:
    with pytest.raises(StudyError, match=message) as raised:
        read(line.split())
    assert "\n" not in str(raised.value)


def test_every_option_of_snakemake_that_takes_any_number_of_words_is_known() -> None:
    greedy = {option for action in parser()._actions if action.nargs in ("*", "+") for option in action.option_strings}
    assert greedy == VALUES.keys() | NAMES | FOR_DEVELOPERS_OF_SNAKEMAKE


def test_snakemake_knows_the_values_that_are_known_here() -> None:
    for action in parser()._actions:
        for option in VALUES.keys() & set(action.option_strings):
            words = re.split(r"\|", VALUES[option].pattern)
            assert action.choices is None or sorted(words) == sorted(action.choices), option
