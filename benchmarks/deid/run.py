"""Run the benchmark: our scrubber, and its peers where asked, over corpora; write results.md and results.json.

    python benchmarks/deid/run.py [--peers] [--memory] [--corpus FILE ...] [--out FOLDER]

Without ``--corpus`` it makes two: ``apart``, written by another author than the rules, and ``synthetic``, the
workflow's own extract. ``--peers`` needs the environments that ``peers/setup.sh`` makes. Each program runs as one
process on one core, twice: over one record, for its start, and over all.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import stream
import table
from score import Rate, read, score
from table import Took

HERE = Path(__file__).resolve().parent
MADE = HERE / ".made"
ENVS = HERE / ".envs"

OURS = "radonc-sft"
PRESIDIO = "Presidio"
PEERS = {
    PRESIDIO: ("presidio", "presidio.py"),
    "Presidio, deny-list": ("presidio", "presidio.py", "--deny-list"),
    "scrubadub": ("scrubadub", "scrubadub_.py"),
    "DataFog": ("datafog", "datafog_.py"),
    "CRATE": ("crate", "crate.py"),
}
"""Name -> environment, program and its options."""

MAKERS = {"apart": HERE / "corpus" / "make.py", "synthetic": HERE / "synthetic_corpus.py"}

SHORTEST = 0.1
"""Seconds beyond the start that tell a speed."""

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE.parents[1] / "workflow" / "lib")}


def commands(with_peers: bool) -> dict[str, list[str]]:
    """Return what to run: ours first, then the peers."""
    found = {OURS: [sys.executable, "-m", "radonc.deid"]}
    if with_peers:
        for name, (environment, *program) in PEERS.items():
            python = ENVS / environment / "bin" / "python"
            if not python.exists():
                sys.exit(
                    f"there is no environment of {environment}; make it: benchmarks/deid/peers/setup.sh {environment}"
                )
            found[name] = [str(python), str(HERE / "peers" / program[0]), *program[1:]]
    return found


def take(corpora: list[Path]) -> list[Path]:
    """Copy corpora of one's own, so that all programs answer and are scored by the same."""
    made = [MADE / corpus.name for corpus in corpora]
    for corpus, copy in zip(corpora, made, strict=True):
        if corpus.resolve() != copy:
            shutil.copy(corpus, copy)
    return made


def make_corpora() -> list[Path]:
    """Make both corpora anew."""
    made = []
    for name, maker in MAKERS.items():
        made.append(MADE / f"{name}.jsonl")
        subprocess.run([sys.executable, maker, "--out", made[-1]], env=ENVIRONMENT, check=True, stdout=sys.stderr)
    return made


def hide_gold(corpus: Path) -> tuple[Path, Path, int]:
    """Write what the programs are given, all of it and its first record, and return how many records there are."""
    whole, first = MADE / f"{corpus.stem}.in.jsonl", MADE / f"{corpus.stem}.first.jsonl"
    n_records = 0
    with whole.open("w", encoding="utf-8") as lines:
        for record in read(corpus):
            given = {name: record[name] for name in ("id", "text", "known")}
            lines.write(json.dumps(given, ensure_ascii=False) + "\n")
            n_records += 1
    with whole.open(encoding="utf-8") as lines:
        first.write_text("".join(islice(lines, 1)), encoding="utf-8")
    return whole, first, n_records


def measured(command: list[str], given: Path, answers: Path) -> dict[str, Any]:
    """Run a program over a file; return what it took."""
    report = answers.with_suffix(".took.json")
    runner = [sys.executable, "-S", str(HERE / "measure.py"), str(report), *command]
    with given.open("rb") as lines, answers.open("wb") as out:
        done = subprocess.run(runner, stdin=lines, stdout=out, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False)
    if done.returncode != 0:
        # The last line names the error; what stands above may quote the text.
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        sys.exit(f"{' '.join(command)} failed over {given.name}: {' '.join(last)[:200]}")
    took: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return took


def run(name: str, command: list[str], corpus: Path) -> tuple[dict[str, Rate], Took]:
    """Run a program over a corpus; return its scores and what it took."""
    whole, first, n_records = hide_gold(corpus)
    answers = MADE / f"{corpus.stem}.{name.replace(', ', '-')}.out.jsonl"
    start, full = measured(command, first, answers), measured(command, whole, answers)
    took = {
        "n_records": n_records,
        "records_per_second": speed(n_records - 1, full["seconds"] - start["seconds"]),
        "records_per_cpu_second": speed(n_records - 1, full["cpu_seconds"] - start["cpu_seconds"]),
        "start_seconds": start["seconds"],
        "peak_mb": full["peak_mb"],
    }
    return score(corpus, answers).rates(), took


def speed(n_records: int, seconds: float) -> float | None:
    """Return records per second beyond the start, or None where that was too short to tell."""
    return n_records / seconds if seconds >= SHORTEST else None


def compare(took: dict[str, Took]) -> None:
    """Note how many times as fast as Presidio with patterns only ours is, by CPU seconds, where both are known."""
    own, theirs = (took.get(name, {}).get("records_per_cpu_second") for name in (OURS, PRESIDIO))
    if own and theirs:
        took[OURS]["times_presidio"] = own / theirs


def machine() -> dict[str, Any]:
    """Say what the figures were measured on."""
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def main(args_list: list[str] | None = None) -> None:
    """Run, score and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, nargs="+", help="corpora of one's own in place of the two")
    parser.add_argument("--peers", action="store_true", help="run the peers too")
    parser.add_argument("--memory", action="store_true", help="stream up to a million records through ours")
    parser.add_argument("--out", type=Path, default=HERE, help="where results.md and results.json go")
    args = parser.parse_args(args_list)
    programs = commands(args.peers)
    MADE.mkdir(exist_ok=True)
    args.out.mkdir(parents=True, exist_ok=True)
    corpora = take(args.corpus) if args.corpus else make_corpora()
    scores: dict[str, dict[str, dict[str, Rate]]] = {}
    took: dict[str, dict[str, Took]] = {}
    for corpus in corpora:
        scores[corpus.stem], took[corpus.stem] = {}, {}
        for name, command in programs.items():
            print(f"{name} over {corpus.stem}", file=sys.stderr)
            scores[corpus.stem][name], took[corpus.stem][name] = run(name, command, corpus)
        compare(took[corpus.stem])
    streams = stream.measure(programs[OURS], hide_gold(corpora[0])[0], ENVIRONMENT) if args.memory else []
    on = machine()
    results = {
        "machine": on,
        "corpora": {corpus.stem: hashlib.sha256(corpus.read_bytes()).hexdigest() for corpus in corpora},
        "took": took,
        "streams": streams,
        "scores": {
            corpus: {name: {measure: asdict(rate) for measure, rate in rates.items()} for name, rates in tools.items()}
            for corpus, tools in scores.items()
        },
    }
    (args.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (args.out / "results.md").write_text(page(on, scores, took, streams), encoding="utf-8")


def page(
    on: dict[str, Any],
    scores: dict[str, dict[str, dict[str, Rate]]],
    took: dict[str, dict[str, Took]],
    streams: list[dict[str, Any]],
) -> str:
    """Return the page of results in Markdown."""
    own = table.ours({c: tools[OURS] for c, tools in scores.items()}, {c: tools[OURS] for c, tools in took.items()})
    lines = [
        "# De-identification: results",
        "",
        "Written by `benchmarks/deid/run.py`; README.md says what is measured.",
        f"{on['processor']}, {on['cores']} cores, Python {on['python']}; each program on one core.",
        "",
        "## Ours",
        "",
        f"{table.MET} met, {table.UNMET} not met, {table.TOO_FEW} met by fewer spans than the target asks for.",
        "Intervals are at 95 %; of known identifiers, the upper end of the share missed.",
        "",
        *own,
    ]
    for corpus, of_corpus in scores.items():
        if len(of_corpus) > 1:
            lines += ["", f"## Side by side: {corpus}", "", *table.side_by_side(of_corpus, took[corpus])]
    if streams:
        lines += ["", "## Long streams", "", *table.at_scale(streams)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
