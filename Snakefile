"""radonc-sft: from the extract of an oncology information system to fine-tuned models and a report on them."""

import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")
LIBRARY = Path(workflow.basedir, "workflow", "lib")
sys.path.insert(0, str(LIBRARY))

from radonc.data import preflight
from radonc.runtime import environment, errors, private


pathvars:
    results="results",
    logs="results/logs",
    benchmarks="results/benchmarks",


environment.prepare(LIBRARY)
if not workflow.configfiles:  # each config stands for itself: nothing is mixed in

    configfile: "config/config.yaml"


try:
    preflight.prepare(config, workflow.configfiles, workflow.config_settings.config)
    private.require_own(workflow.pathvars.get("results"))
except errors.StudyError as error:
    sys.exit(f"{error}\n")


include: "workflow/rules/common.smk"
include: "workflow/rules/extract.smk"
include: "workflow/rules/deidentify.smk"
include: "workflow/rules/cohort.smk"
include: "workflow/rules/privacy.smk"
include: "workflow/rules/pairs.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/finetune.smk"
include: "workflow/rules/predict.smk"
include: "workflow/rules/baselines.smk"
include: "workflow/rules/score.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/review.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/certify.smk"
include: "workflow/rules/collect.smk"


rule all:
    default_target: True
    input:
        PRODUCTS,
        rules.certify.output,
