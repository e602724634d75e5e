"""Write the study's figures in one file for programs.

Writes <results>/statistics/summary.json
"""

from typing import Any

from radonc.data.outcomes import COMPARISONS, MODEL_COMPARISONS, SUMMARY
from radonc.evaluation.key_figures import key_figures
from radonc.runtime import logs, tables


def main(job: Any) -> None:
    """Gather the figures, check them against their schema, and write them."""
    logs.start(job.log[0])
    figures = key_figures(
        tables.read(job.input.summary, SUMMARY),
        tables.read(job.input.comparisons, COMPARISONS),
        tables.read(job.input.model_comparisons, MODEL_COMPARISONS),
        tables.read_json(job.input.ratings)["claim"] if job.input.get("ratings") else None,
        job.params.study,
        tables.read_json(job.input.schema),
    )
    tables.write_json(figures, job.output.figures)


if __name__ == "__main__":
    main(snakemake)
