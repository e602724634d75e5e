"""Time the data stages on the embedded study's extract, repeated 1, 10 and 100 times with fresh ids.

    python benchmarks/scale/run.py [--times 1 10 100] [--shards N] [--cores N] [--folder FOLDER]

Runs ``snakemake`` on each extract up to the cases and the worksheet, as a user would, and writes results.md beside this
file: CPU seconds and peak memory by stage, and the slope from one size to the next. A repeated patient keeps name,
dates and texts, and gets other ids and another record number; so the texts are as costly as the original's, but there
are no more different names.
"""

from __future__ import annotations

import argparse
import math
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
IDS = ("PatientSer", "PatientId", "DiagnosisSer", "PlanSer")
STAGES = (
    "extract", "deidentify", "check_deidentified", "release", "cohort", "worksheet", "annotate",
)  # fmt: skip


def repeat(source: Path, target: Path, times: int) -> int:
    """Write an extract with each row repeated under fresh ids, and return the number of patients."""
    target.mkdir(parents=True, exist_ok=True)
    n_patients = 0
    for path in sorted(source.glob("*.csv")):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        for copy in range(times):
            fresh = {
                name: rows[name].where(rows[name] == "", rows[name] + f"{copy:02d}") for name in IDS if name in rows
            }
            rows.assign(**fresh).to_csv(target / path.name, mode="a" if copy else "w", header=not copy, index=False)
        if path.stem == "Patient":
            n_patients = len(rows) * times
    return n_patients


def config_of(folder: Path) -> dict[str, Any]:
    """Return the embedded study's config, reading from and writing to a folder."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    results = folder / "results"
    config["pathvars"] = {
        "results": str(results), "logs": str(results / "logs"), "benchmarks": str(results / "benchmarks")
    }  # fmt: skip
    config["extract"] = {"folder": str(folder / "source"), "mapping": config["extract"]["mapping"]}
    return config


def snakemake(config: Path, cores: int, shards: int, *targets: str) -> None:
    """Run the workflow up to targets; its own output is passed on."""
    command = [sys.executable, "-m", "snakemake", "--configfile", str(config), "--cores", str(cores)]
    subprocess.run(
        [*command, "--set-scatter", f"data={shards}", "--quiet", "rules", "--", *targets], cwd=ROOT, check=True
    )


def measured(benchmarks: Path) -> dict[str, dict[str, float]]:
    """Return each stage's jobs, CPU seconds (of all jobs together) and peak memory (MB, of the largest job)."""
    found = {}
    for stage in STAGES:
        files = sorted(benchmarks.glob(f"{stage}.tsv")) + sorted((benchmarks / stage).glob("*.tsv"))
        runs = pd.concat([pd.read_csv(path, sep="\t") for path in files])
        found[stage] = {"jobs": len(runs), "s": runs["cpu_time"].sum(), "mb": runs["max_rss"].max()}
    return found


def table(sizes: Mapping[int, Mapping[str, Mapping[str, float]]]) -> Iterable[str]:
    """Yield the lines of a Markdown table: a row per stage, and the slopes d log(s) / d log(patients)."""
    counts = sorted(sizes)
    heads = [f"{n:,} patients: CPU s" + " | jobs | MB" for n in counts]
    yield f"| stage | {' | '.join(heads)} | slopes |"
    yield f"|---|{'---:|' * (3 * len(counts))}---|"
    totals = {n: {"s": sum(stage["s"] for stage in sizes[n].values()), "mb": 0.0, "jobs": 0} for n in counts}
    for n in counts:
        totals[n]["mb"] = max(stage["mb"] for stage in sizes[n].values())
        totals[n]["jobs"] = sum(stage["jobs"] for stage in sizes[n].values())
    for name, row in [*((stage, {n: sizes[n][stage] for n in counts}) for stage in STAGES), ("all", totals)]:
        cells = [f"{row[n]['s']:,.1f} | {row[n]['jobs']:.0f} | {row[n]['mb']:,.0f}" for n in counts]
        slopes = [f"{math.log(row[b]['s'] / row[a]['s']) / math.log(b / a):.2f}" for a, b in pairwise(counts)]
        yield f"| {name} | {' | '.join(cells)} | {', '.join(slopes)} |"


def main() -> None:
    """Run all sizes and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument(
        "--shards", type=int, default=4, help="of the largest size; smaller ones have as many, at least one"
    )
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=HERE / ".work")
    options = parser.parse_args()
    source = ROOT / "results" / "private" / "source"
    if not (source / "Patient.csv").exists():
        parser.error("make the embedded study's extract first: ./radonc-sft run -- results/private/source/Patient.csv")
    sizes = {}
    for times in options.times:
        folder = options.folder.resolve() / f"x{times}"
        shutil.rmtree(folder, ignore_errors=True)
        n_patients = repeat(source, folder / "source", times)
        config = folder / "config.yaml"
        config.write_text(yaml.safe_dump(config_of(folder)), encoding="utf-8")
        shards = max(1, options.shards * times // max(options.times))
        snakemake(
            config,
            options.cores,
            shards,
            str(folder / "results" / "cohort" / "cases.parquet"),
            str(folder / "results" / "annotation" / "worksheet.csv"),
        )
        sizes[n_patients] = measured(folder / "results" / "benchmarks")
        lines = [
            "# Scale",
            "",
            "Seconds of CPU time, all jobs of a stage together; MB is the peak of its largest job.",
            "",
            *table(sizes),
            "",
        ]
        (HERE / "results.md").write_text("\n".join(lines), encoding="utf-8")
        print(lines[-2])


if __name__ == "__main__":
    main()
