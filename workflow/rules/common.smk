"""What the rules share: the study's lists, and the digest of the code that a rule uses."""

import json
import os

from radonc.data import outcomes
from radonc.data.schemas import SPLITS
from radonc.run.code import digest

RESULTS = workflow.pathvars.get("results")
TABLES = ["patients", "diagnoses", "plans", "annotations", "rejected_rows"]
TASKS = list(config["tasks"])
MODELS = list(config["models"])
DEMO_MODELS = [name for name, model in config["models"].items() if "demo" in model]
ARMS = ["base", "tuned"]
UNTUNED = ["base"]
# Of every adapter; the first one is the primary run, on which tables and tests rest.
RUNS = ["seed1"]
ADAPTERS = [(model, task, run) for task in TASKS for model in MODELS for run in RUNS]
CLOSED = [task for task in TASKS if task in ("modality", "icd10")]
STATISTICS = list(outcomes.TABLES)
PRIMARY = {"run": RUNS[0], "answers": config["predict"]["answers"]}


# The data stages share the patients out over shards; --set-scatter data=10 makes ten.
scattergather:
    data=1,


wildcard_constraints:
    task="|".join(TASKS),
    model="|".join(MODELS),
    arm="|".join(ARMS),
    split="|".join(SPLITS),
    run="|".join(RUNS),


def path_of(name):
    """Return the path of a script that a shell command runs, relative, so that a moved checkout reruns nothing."""
    return os.path.relpath(Path(workflow.basedir, "workflow", "scripts", f"{name}.py"))


def code(name):
    """Return the digest of a script and of all library modules that it uses: an edit to one reruns the rule."""
    return digest(path_of(name))


def recipe(wildcards):
    """Return the training recipe of one model and task as JSON."""
    return json.dumps(
        config["recipes"][wildcards.model][wildcards.task], sort_keys=True
    )


def precision(wildcards):
    """Return the option that lets a model predict in the precision that it was trained in."""
    task = wildcards.get("task", TASKS[0])
    return "--bf16" if config["recipes"][wildcards.model][task]["bf16"] else ""


def needs_gpu(wildcards):
    """Return the number of GPUs for a job of a model: demo models run on the CPU."""
    return 0 if wildcards.model in DEMO_MODELS else 1


def for_size(demo, full):
    """Return a resource that is small for a demo model and grows with the attempt for a full one."""
    return lambda wildcards, attempt=1: (
        demo if wildcards.model in DEMO_MODELS else full * attempt
    )


def answered(task):
    """Return the files of all answers to a task: of every model, arm and run."""
    untuned = expand(
        f"<results>/predictions/{{model}}/{{arm}}/{task}.parquet",
        model=MODELS,
        arm=UNTUNED,
    )
    tuned = expand(
        f"<results>/predictions/{{model}}/tuned/{task}-{{run}}.parquet",
        model=MODELS,
        run=RUNS,
    )
    return untuned + tuned


def prediction_settings():
    """Return what a prediction depends on, as JSON: which of its answers the tables use is none of it."""
    settings = {
        key: value for key, value in config["predict"].items() if key != "answers"
    }
    return json.dumps(settings, sort_keys=True)
