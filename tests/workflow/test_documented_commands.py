"""Every command of the README, the manual and the guides, run as it stands and in the order in which they stand.

A tiny study without a model stands in for each config that is named. What is new in the pages is run by itself; what
cannot be run here is listed below with the reason, and only its syntax is checked.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml
from checkouts import ROOT, Checkout, check_out, tiny_config

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "config/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
OTHER_NAMES_OF_SH = {"bash", "shell", "console", "zsh"}

NOT_RUN = {
    r"\./radonc-sft test\b": "all tests: this is one of them",
    r"\.venv/bin/python -m pytest ": "tests: they run by themselves",
    r"\.venv/bin/(ruff|mypy|lint-imports)\b": "tests/test_project.py runs them",
    r"\./radonc-sft lock\b": "it asks a package index",
    r"git clone ": "another machine has the repository",
    r"(srun|sbatch|squeue|scancel) ": "there is no Slurm; tests/slurm has one",
    r"python3\.11 -m pip wheel ": "it fetches gigabytes",
    r"\./radonc-sft setup --wheels ": "that folder is not there; tests/unit/test_command.py has one",
    r"tmux ": "there is no terminal",
}
"""What a command begins with -> why it is not run."""

PLANNED = re.compile(r"^((?:\S+/)?(?:snakemake|radonc-sft run) .*?--profile slurm)(?!.* (?:-n|--unlock)\b)")
"""What would be submitted to a cluster. It is planned."""

FAILS = {r"\./radonc-sft doctor .*--profile slurm": 1}
"""What a command begins with -> its exit status here: the doctor finds no Slurm."""

STAND_INS = {"FOLDER": "results/report"}
"""What a reader replaces -> by what."""


@dataclass(frozen=True)
class Block:
    """A block of commands: its page, the line where it begins, the commands."""

    page: str
    line: int
    commands: tuple[str, ...]


def blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for fence in FENCE.finditer(text):
            if fence[1] == "sh":
                line = text.count("\n", 0, fence.start()) + 1
                yield Block(str(page.relative_to(ROOT)), line, tuple(commands_of(fence[2])))


def commands_of(block: str) -> Iterator[str]:
    """Yield the commands of a block, each with all its lines."""
    command = ""
    for line in block.splitlines():
        command += f"{line}\n"
        if not line.endswith("\\") and not fault_of(command):
            if command.strip() and not command.lstrip().startswith("#"):
                yield command.strip()
            command = ""
    if command:
        raise ValueError(f"bash cannot read this command: {command}\n{fault_of(command)}")


def fault_of(command: str) -> str:
    """Return what is wrong with a command's syntax, as bash says it."""
    done = subprocess.run(["bash", "-n"], input=command, capture_output=True, text=True, check=False)
    return done.stderr


def reason_not_to_run(command: str) -> str | None:
    return next((reason for start, reason in NOT_RUN.items() if re.match(start, command)), None)


def as_run_here(command: str) -> str:
    for name, value in STAND_INS.items():
        command = re.sub(rf"\b{name}\b", value, command)
    command = PLANNED.sub(r"\1 -n", command)
    status = next((status for start, status in FAILS.items() if re.match(start, command)), 0)
    return f"{{ {command}\n}} || [ $? = {status} ]" if status else command


BLOCKS = list(blocks())


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout that is set up, in which the configs that the pages name are tiny studies."""
    checkout = check_out(tmp_path_factory.mktemp("documented") / "checkout")
    checkout.set_up()
    config = tiny_config()
    config["extract"]["synthetic"] = {"n_patients": 120, "n_eligible": 70, "seed": 7}
    config["models"] = {"demo-llama": {"demo": "llama", "recipe": "config/recipes/demo-llama.yaml"}}
    config["predict"] = {"backend": "dummy"}
    config["tasks"] = {"modality": {}}
    named = re.findall(r"--configfile[ =](\S+\.yaml)", "\n".join(command for b in BLOCKS for command in b.commands))
    for name in {"config/config.yaml", *named}:
        (checkout.folder / name).write_text(yaml.safe_dump(config), encoding="utf-8")
    return checkout


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.page}:{block.line}")
def test_the_commands_do_what_they_are_said_to_do(checkout: Checkout, block: Block) -> None:
    commands = [as_run_here(command) for command in block.commands if reason_not_to_run(command) is None]
    environment = {
        **os.environ,
        # As `source .venv/bin/activate` leaves it; the library is this checkout's.
        "PATH": f"{checkout.folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(checkout.folder / "workflow" / "lib"),
    }
    done = subprocess.run(
        ["bash", "-euvo", "pipefail", "-c", "\n".join(commands)],
        cwd=checkout.folder,
        env=environment,
        input="what a reader types\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def test_no_command_hides_behind_another_name_of_the_shell() -> None:
    kinds = {(page.name, fence[1]) for page in PAGES for fence in FENCE.finditer(page.read_text(encoding="utf-8"))}
    assert not [kind for kind in kinds if kind[1] in OTHER_NAMES_OF_SH]
    assert len(BLOCKS) > 15


@pytest.mark.parametrize("start", [*NOT_RUN, *FAILS, *STAND_INS])
def test_every_exception_is_needed(start: str) -> None:
    assert [command for block in BLOCKS for command in block.commands if re.search(start, command)]


@pytest.mark.parametrize(
    ("block", "commands"),
    [
        ("one\ntwo  # words\n", ["one", "two  # words"]),
        ("one |\n    two\nthree\n", ["one |\n    two", "three"]),
        ("one \\\n  two\n", ["one \\\n  two"]),
        ("python -c 'a\nb'\n\n# words\n", ["python -c 'a\nb'"]),
        ("cat <<END\ntext\nEND\n", ["cat <<END\ntext\nEND"]),
    ],
)
def test_commands_are_told_apart(block: str, commands: list[str]) -> None:
    assert list(commands_of(block)) == commands


def test_a_command_that_bash_cannot_read_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot read"):
        list(commands_of("echo 'no end\n"))


def test_what_would_be_submitted_is_planned() -> None:
    assert as_run_here("snakemake --profile slurm all  # go") == "snakemake --profile slurm -n all  # go"
    assert as_run_here("./radonc-sft run --profile slurm -n") == "./radonc-sft run --profile slurm -n"
    assert as_run_here("./radonc-sft run all_data") == "./radonc-sft run all_data"
