"""Judge the components of every answered regimen: site, side, dose, fractions, modality, technique, plausibility.

Writes <results>/scores/components/regimen.parquet
"""

from pathlib import Path
from typing import Any

from radonc.data.outcomes import REGIMEN_COMPONENTS, SCORES
from radonc.data.plausibility import read_ranges
from radonc.evaluation.regimen_components import score
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Judge every run and mode."""
    logs.start(job.log[0])
    scores = tables.read(job.input.scores, SCORES)
    ranges = read_ranges(Path(job.input.plausibility))
    judged = score(scores, ranges=ranges, alpha_beta_gy=job.params.alpha_beta_gy)
    tables.write(judged, job.output.components, REGIMEN_COMPONENTS)


if __name__ == "__main__":
    main(snakemake)
