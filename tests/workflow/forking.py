"""Snakemake without its start: a process that has imported it forks for each command.

A dry run computes three seconds, and two of them are imports of Snakemake, pandas and pandera. What is forked has
imported nothing of ours: it reads the library of the checkout in which it runs, as Snakemake does when it is typed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory


def snakemake(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m snakemake`` with these options in a folder, in the environment of this process."""
    with TemporaryDirectory() as place:
        output, errors = Path(place, "stdout"), Path(place, "stderr")
        order = {
            "options": options,
            "folder": str(folder),
            "environment": dict(os.environ),
            "output": str(output),
            "errors": str(errors),
        }
        server = _server()
        assert server.stdin
        assert server.stdout
        server.stdin.write(json.dumps(order) + "\n")
        server.stdin.flush()
        code = server.stdout.readline()
        assert code, "the process that forks Snakemake has ended: what it said stands above"
        return subprocess.CompletedProcess(options, int(code), output.read_text(), errors.read_text())


@cache
def _server() -> subprocess.Popen[str]:
    """Return this process's server, which ends when its input does."""
    return subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _serve() -> None:
    # What the rules and the library import while a plan is made, but for the library.
    import jsonschema  # noqa: F401
    import pandera.pandas  # noqa: F401
    import yaml  # noqa: F401
    from snakemake.cli import main

    for line in sys.stdin:
        child = os.fork()
        if not child:
            _become(json.loads(line))
            sys.exit(main())
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(order: dict[str, str]) -> None:
    """Make this process what it would be if it had been started for the order."""
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    flags = os.O_WRONLY | os.O_CREAT
    for stream, opened in enumerate(
        (os.open(os.devnull, os.O_RDONLY), os.open(order["output"], flags), os.open(order["errors"], flags))
    ):
        os.dup2(opened, stream)
        os.close(opened)
    sys.path[0] = order["folder"]
    sys.argv[1:] = order["options"]


if __name__ == "__main__":
    _serve()
