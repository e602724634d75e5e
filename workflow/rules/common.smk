"""What the rules share: the study's lists, and the digest of the code that a rule uses."""

import json
import os

import snakemake
from radonc import __version__
from radonc.data.outcomes import COMPONENTS, TABLES as STATISTICS
from radonc.data.schemas import SPLITS
from radonc.runtime import gpus, launch
from radonc.runtime.code import digest
from radonc.runtime.hashing import hash_value
from radonc.study import training_runs
from radonc.vocabulary import icd10

RESULTS = workflow.pathvars.get("results")
TABLES = ["patients", "diagnoses", "plans", "annotations", "rejected_rows"]
TASKS = list(config["tasks"])
MODELS = list(config["models"])
DEMO_MODELS = [name for name, model in config["models"].items() if "demo" in model]
# The first is the primary one, on which tables and tests rest.
RUNS = training_runs.planned(config["train"]["seeds"], config["train"]["train_sizes"])
DUMMY = config["predict"]["backend"] == "dummy"
# What is trained: nothing, where answers are made up.
TRAINED = [] if DUMMY else [(model, task) for task in TASKS for model in MODELS]
ADAPTERS = [(model, task, run) for model, task in TRAINED for run in RUNS]
MANIFESTS = [
    f"<results>/adapters/{model}/{task}/{run}/manifest.json"
    for model, task, run in ADAPTERS
]
# The tasks whose answers are judged part by part as well.
WITH_COMPONENTS = [task for task in TASKS if task in COMPONENTS]
SHARDS = config["predict"]["shards"]
AS_IT_IS = ["base", "fewshot"] if config["predict"]["n_examples"] else ["base"]
ARMS = [*AS_IT_IS, "tuned"]
PRIMARY = {"run": RUNS[0], "answer_modes": config["predict"]["answer_modes"]}
INTERVALS = {
    key: config["statistics"][key] for key in ("confidence", "n_resamples", "seed")
}

TITLE = config["title"] + " (answers by dummy: no model was asked)" * DUMMY
ABOUT = {
    "title": TITLE,
    "synthetic": "synthetic" in config["extract"],
    "smallest": config["report"]["min_cell_size"],
    "examples": config["report"]["examples"],
}
PROVENANCE = {
    "radonc-sft": __version__,
    "snakemake": snakemake.__version__,
    "config": {
        "files": [Path(file).name for file in workflow.configfiles],
        "digest": hash_value(config),
    },
    "code_set": icd10.release(),
}


# The data stages share the patients out over shards; --set-scatter data=10 makes ten.
scattergather:
    data=1,


wildcard_constraints:
    task="|".join(TASKS),
    model="|".join(MODELS),
    run="|".join(RUNS),
    arm="|".join(ARMS),
    shard=r"\d+-of-\d+",
    split="|".join(SPLITS),


def path_of(name):
    """Return the path of a script that a shell command runs, relative, so that a moved checkout reruns nothing."""
    return os.path.relpath(Path(workflow.basedir, "workflow", "scripts", f"{name}.py"))


def code(name, run_by=None):
    """Return the digest of a script, of all library modules that it uses, and of the shell command of a rule.

    An edit to one of them reruns the rule. The digest is found when a job needs it. On a cluster every job reads all
    rules, for the sake of one.
    """
    return lambda wildcards: digest(
        path_of(name), workflow.get_rule(run_by).shellcmd if run_by else ""
    )


def recipe(wildcards):
    """Return the training recipe of one model and task."""
    return config["recipes"][wildcards.model][wildcards.task]


def weights_as_trained(wildcards):
    """Return the options that let a model predict with its weights as they were in training, on as many GPUs."""
    task = wildcards.get("task", TASKS[0])
    trained = config["recipes"][wildcards.model][task]
    options = {"--bf16": trained["bf16"], "--in-4bit": trained["load_in_4bit"]}
    given = [option for option, is_on in options.items() if is_on]
    return " ".join([*given, f"--n-gpus {needs_gpu(wildcards)}"])


def needs_gpu(wildcards):
    """Return the number of GPUs of a job of a model, per node: demo models run on the CPU, and the dummy on nothing."""
    task = wildcards.get("task", TASKS[0])
    n_gpus = config["recipes"][wildcards.model][task]["n_gpus"]
    return 0 if DUMMY or wildcards.model in DEMO_MODELS else n_gpus


def training_gpus(wildcards):
    """Return the number of GPUs for a training job, of all its nodes together."""
    return needs_gpu(wildcards) * recipe(wildcards)["n_nodes"]


def requested_gpus(wildcards, resources):
    """Return the number of GPUs that a job claims: what the site asks for, by gpu or gres. It reruns nothing."""
    return gpus.requested(resources)[0]


def for_size(demo, full):
    """Return a resource that is small for a demo model and grows with the attempt for a full one."""
    return lambda wildcards, attempt=1: (
        demo if DUMMY or wildcards.model in DEMO_MODELS else full * attempt
    )


def of_model(path):
    """Return what a job needs of a model: nothing, where answers are made up."""
    return [] if DUMMY else path


def predictions(tasks=TASKS):
    """Return the tables of predictions of all arms to these tasks: of tuned one per run, of all baselines one."""
    baselines = tasks if config["baselines"] else []
    return [f"<results>/predictions/baselines/{task}.parquet" for task in baselines] + [
        f"<results>/predictions/{model}/{arm}/{name}.parquet"
        for model in MODELS
        for arm in ARMS
        for task in tasks
        for name in ([f"{task}-{run}" for run in RUNS] if arm == "tuned" else [task])
    ]


def how_to_answer(tasks, **more):
    """Return the settings of predictions to these tasks as JSON: another task's, changed, must rerun nothing here."""
    settings = {key: config["predict"][key] for key in ("backend", "batch_size")}
    longest = config["predict"]["max_new_tokens"]
    settings["max_new_tokens"] = {task: longest[task] for task in tasks}
    settings["tasks"] = {task: config["tasks"][task] for task in tasks}
    return json.dumps({**settings, **more}, sort_keys=True)
