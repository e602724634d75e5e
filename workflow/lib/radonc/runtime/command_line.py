"""Snakemake's command line as people type it: ``./radonc-sft run --configfile config/mine.yaml all_data``.

Many of Snakemake's options take any number of words, the target behind them too: ``all_data`` would be a second config
file. Here a word that cannot be a value of the option before it is a target.
"""

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from radonc.runtime import gpus, private
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.files import read_yaml
from radonc.runtime.settings.study import require_one, results_folder

CONFIGFILE = ("--configfile", "--configfiles")
GPU_OPTIONS = ("--profile", "--executor", "-e", "--resources", "--res")
"""Options by which a site says itself how many GPUs there are."""

_PAIR = "[^=]+=.*"
_PATTERNS = {
    CONFIGFILE: r".+\.(yaml|yml|json)",
    ("--config", "-C"): _PAIR,
    ("--resources", "--res"): _PAIR,
    ("--default-resources", "--default-res"): _PAIR,
    ("--set-resources", "--set-resource-scopes", "--set-scatter", "--set-threads"): _PAIR,
    ("--groups", "--group-components", "--consider-ancient"): _PAIR,
    ("--quiet", "-q"): "all|host|progress|reason|rules",
    ("--rerun-triggers",): "code|input|mtime|params|software-env",
    ("--software-deployment-method", "--deployment-method", "--deployment", "--sdm"): "apptainer|conda|env-modules",
}
VALUES = {option: re.compile(pattern, re.DOTALL) for options, pattern in _PATTERNS.items() for option in options}
"""Option → what its values look like. Not here: options that take names of rules or files, as targets are."""


@dataclass
class Call:
    """The call of Snakemake."""

    options: list[str] = field(default_factory=list)  # with their values, and targets that no option could take
    targets: list[str] = field(default_factory=list)  # those that an option would have taken, and those behind ``--``
    configfiles: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """The command line, on which no option can take a target."""
        return [*self.options, "--", *self.targets] if self.targets else self.options


def read(words: Sequence[str]) -> Call:
    """Read the words that were typed; StudyError unless ``--configfile`` names one file that exists."""
    end = words.index("--") if "--" in words else len(words)
    call = Call()
    option = ""
    for word in words[:end]:
        name, equals, value = word.partition("=")
        for part in (name, value) if equals and name in VALUES else (word,):
            if part.startswith("-"):
                option = part
            elif option in VALUES and not VALUES[option].fullmatch(part):
                call.targets.append(part)
                continue
            elif option in CONFIGFILE:
                call.configfiles.append(part)
            call.options.append(part)
    call.targets += words[end + 1 :]
    if not call.configfiles and not set(CONFIGFILE).isdisjoint(call.options):
        raise StudyError("--configfile names no file that ends in .yaml; write: --configfile config/mine.yaml")
    require_one(call.configfiles)
    for file in call.configfiles:
        if not Path(file).is_file():
            raise StudyError(f"--configfile: there is no file '{file}' in {Path.cwd()}; correct the path")
    return call


def snakemake_options(command: str, words: Sequence[str]) -> list[str]:
    """Return the options and targets for Snakemake: to run the study (``run``), or for its ``report`` or ``graph``."""
    call = read(words)
    if command == "report":
        # It holds rows of patients, so it stays in the private area.
        config = read_yaml(Path(*call.configfiles or ["config/config.yaml"]))
        page = Path(results_folder(config or {}), private.AREA, "workflow-report.html")
        private.make_private([page])
        return [f"--report={page}", *call.words]
    if command == "graph":
        # All that is made leads to the certificate; the default target would be one more box around it.
        named = call.targets or not all(word.startswith("-") for word in call.options[:1])
        return ["--rulegraph=mermaid-js", *(call if named else replace(call, targets=["certify"])).words]
    if os.environ.get("SNAKEMAKE_PROFILE") or any(word.partition("=")[0] in GPU_OPTIONS for word in call.options):
        return call.words
    # A run on this machine may use all of its GPUs at once. If it has none, no limit is set: a limit of none would make
    # jobs that want a GPU want none.
    n_gpus = len(gpus.visible(os.environ))
    return [f"--resources=gpu={n_gpus}", *call.words] if n_gpus else call.words


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
