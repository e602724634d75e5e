"""Snakemake's command line as people type it: ``./radonc-sft run --configfile config/mine.yaml all_data``.

Many of Snakemake's options take any number of words, the target behind them too: ``all_data`` would be a second config
file. Here a word that cannot be a value of the option before it is a target.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from radonc.runtime import gpus, private
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.files import read_yaml
from radonc.runtime.settings.load import require_one, results_folder

CONFIGFILE = ("--configfile", "--configfiles")
DEFAULT_CONFIG = "config/config.yaml"
DECIDING = ("--profile", "--executor", "-e", "--resources", "--res")
"""Options by which a site says itself how many GPUs there are."""

_PAIR = "[^=]+=.*"
_TAKEN = {
    CONFIGFILE: r".+\.(yaml|yml|json)",
    ("--config", "-C"): _PAIR,
    ("--resources", "--res"): _PAIR,
    ("--default-resources", "--default-res"): _PAIR,
    ("--set-resources",): _PAIR,
    ("--set-resource-scopes",): _PAIR,
    ("--set-scatter",): _PAIR,
    ("--set-threads",): _PAIR,
    ("--groups",): _PAIR,
    ("--group-components",): _PAIR,
    ("--consider-ancient",): _PAIR,
    ("--quiet", "-q"): "all|host|progress|reason|rules",
    ("--rerun-triggers",): "code|input|mtime|params|software-env",
    ("--software-deployment-method", "--deployment-method", "--deployment", "--sdm"): "apptainer|conda|env-modules",
}
VALUES = {option: re.compile(pattern, re.DOTALL) for options, pattern in _TAKEN.items() for option in options}
"""Option -> what its values look like. Not here: options that take names of rules or files, as targets are."""


@dataclass
class Call:
    """The call of Snakemake.

    Attributes
    ----------
    options
        Options with their values, and targets that no option could take.
    targets
        Targets that an option would have taken, and those behind ``--``.
    configfiles
        The values of ``--configfile``.
    """

    options: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    configfiles: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """Return the command line, on which no option can take a target."""
        return [*self.options, "--", *self.targets] if self.targets else self.options


def read(words: Sequence[str]) -> Call:
    """Read the words that were typed.

    Raises
    ------
    StudyError
        When they name no config file behind ``--configfile``, several, or one that does not exist.
    """
    end = words.index("--") if "--" in words else len(words)
    call = Call()
    option = ""
    for word in _spread(words[:end]):
        if word.startswith("-"):
            option = word
        elif option in VALUES and not VALUES[option].fullmatch(word):
            call.targets.append(word)
            continue
        elif option in CONFIGFILE:
            call.configfiles.append(word)
        call.options.append(word)
    call.targets += words[end + 1 :]
    if not call.configfiles and not set(CONFIGFILE).isdisjoint(call.options):
        raise StudyError("--configfile names no file that ends in .yaml; write: --configfile config/mine.yaml")
    require_one(call.configfiles)
    for file in call.configfiles:
        if not Path(file).is_file():
            raise StudyError(f"--configfile: there is no file '{file}' in {Path.cwd()}; correct the path")
    return call


def _spread(words: Iterable[str]) -> Iterator[str]:
    """Yield ``--configfile=X`` as two words."""
    for word in words:
        option, equals, value = word.partition("=")
        yield from (option, value) if equals and option in VALUES else (word,)


def snakemake_options(command: str, words: Sequence[str]) -> list[str]:
    """Return the options and targets for Snakemake: to run the study (``run``), or for its ``report`` or ``graph``."""
    call = read(words)
    if command == "report":
        return [f"--report={_page(call)}", *call.words]
    if command == "graph":
        # All that is made leads to the certificate; the default target would be one more box around it.
        named = call.targets or not all(word.startswith("-") for word in call.options[:1])
        return ["--rulegraph=mermaid-js", *(call if named else replace(call, targets=["certify"])).words]
    if os.environ.get("SNAKEMAKE_PROFILE") or any(word.partition("=")[0] in DECIDING for word in call.options):
        return call.words
    # A run on this machine may use all of its GPUs at once. Where there is none, nothing is said of them: a limit of
    # none would make jobs that want a GPU want none.
    n_gpus = len(gpus.visible(os.environ))
    return [f"--resources=gpu={n_gpus}", *call.words] if n_gpus else call.words


def _page(call: Call) -> Path:
    """Return where Snakemake's report goes: it holds rows of patients, so it stays in the private area."""
    config = read_yaml(Path(*call.configfiles or [DEFAULT_CONFIG]))
    page = Path(results_folder(config or {}), private.AREA, "workflow-report.html")
    private.make_private([page])
    return page


def main(args_list: Sequence[str]) -> None:
    """Become Snakemake: its program, ``run``, ``report`` or ``graph``, and the words that were typed."""
    program, command, *words = args_list
    try:
        rest = snakemake_options(command, words)
    except StudyError as error:
        sys.exit(str(error))
    os.execv(program, [program, *rest])


if __name__ == "__main__":
    main(sys.argv[1:])
