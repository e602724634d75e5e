"""Answers to the test cases: the arms without an adapter in one job per model, the tuned arm per adapter.

A retrained adapter answers again by itself, and no other. With shards, each of these jobs becomes several.
"""

from snakemake.settings.types import DeploymentMethod

VLLM = config["predict"]["backend"] == "vllm"
CONDA = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
# vLLM does not go with the other packages: it has an environment of its own, with or without conda.
PYTHON = "envs/vllm/.venv/bin/python" if VLLM and not CONDA else "python"
if VLLM and not CONDA and not Path(PYTHON).exists():
    sys.exit(
        "config: predict.backend: vllm needs an environment of its own: envs/vllm/README.md says how to make it\n"
    )
ENVIRONMENT = "data" if DUMMY else "vllm/environment" if VLLM else "models"
ANSWERS = "<results>/predictions/{model}"
if SHARDS > 1:
    ANSWERS = "<results>/predictions/{model}/shards/{shard}"
OF_SHARD = "-{shard}" * (SHARDS > 1)


rule predict_base:
    input:
        train=expand("<results>/pairs/{task}/train.parquet", task=TASKS),
        test=expand("<results>/pairs/{task}/test.parquet", task=TASKS),
        model=of_model("<results>/models/{model}/model.json"),
        lengths=of_model("<results>/models/{model}/prompts.json"),
    output:
        predictions=[
            f"{ANSWERS}/{arm}/{task}.parquet" for arm in AS_IT_IS for task in TASKS
        ],
        manifests=[f"{ANSWERS}/{arm}/{task}.json" for arm in AS_IT_IS for task in TASKS],
    log:
        f"<logs>/predict/{{model}}-base{OF_SHARD}.log",
    benchmark:
        f"<benchmarks>/predict/{{model}}-base{OF_SHARD}.tsv"
    conda:
        f"../../envs/{ENVIRONMENT}.yaml"
    threads: for_size(1, 8)
    resources:
        gpu=needs_gpu,
        nodes=1,
        mem_mb=for_size(3000, 64000),
        runtime=for_size(60, 240),
    params:
        python=PYTHON,
        script=path_of("predict"),
        gpus=requested_gpus,
        model=lambda wildcards, input: f"--model {input.model}" if input.model else "",
        arms=AS_IT_IS,
        tasks=TASKS,
        settings=how_to_answer(
            TASKS,
            n_examples=config["predict"]["n_examples"],
            key=config["split"]["key"],
        ),
        shard=lambda wildcards: wildcards.get("shard", "1-of-1"),
        weights=weights_as_trained,
        code=code("predict", run_by="predict_base"),
    shell:
        "python -m radonc.runtime.gpus {params.gpus} {params.python} {params.script} --name {wildcards.model} {params.model} --arms {params.arms}"
        " --tasks {params.tasks} --train {input.train} --test {input.test} --predictions {output.predictions}"
        " --settings {params.settings:q} --shard {params.shard} {params.weights} --threads {threads} --log {log}"


rule predict_tuned:
    input:
        train="<results>/pairs/{task}/train.parquet",
        test="<results>/pairs/{task}/test.parquet",
        model=of_model("<results>/models/{model}/model.json"),
        lengths=of_model("<results>/models/{model}/prompts.json"),
        adapter=of_model(
            "<results>/adapters/{model}/{task}/{run}/adapter_model.safetensors"
        ),
        config=of_model("<results>/adapters/{model}/{task}/{run}/adapter_config.json"),
        manifest=of_model("<results>/adapters/{model}/{task}/{run}/manifest.json"),
    output:
        predictions=f"{ANSWERS}/tuned/{{task}}-{{run}}.parquet",
        manifest=f"{ANSWERS}/tuned/{{task}}-{{run}}.json",
    log:
        f"<logs>/predict/{{model}}-tuned-{{task}}-{{run}}{OF_SHARD}.log",
    benchmark:
        f"<benchmarks>/predict/{{model}}-tuned-{{task}}-{{run}}{OF_SHARD}.tsv"
    conda:
        f"../../envs/{ENVIRONMENT}.yaml"
    threads: for_size(1, 8)
    resources:
        gpu=needs_gpu,
        nodes=1,
        mem_mb=for_size(3000, 64000),
        runtime=for_size(60, 240),
    params:
        python=PYTHON,
        script=path_of("predict"),
        gpus=requested_gpus,
        model=lambda wildcards, input: (
            f"--model {input.model} --adapter {input.adapter}" if input.model else ""
        ),
        settings=lambda wildcards: how_to_answer([wildcards.task]),
        shard=lambda wildcards: wildcards.get("shard", "1-of-1"),
        weights=weights_as_trained,
        code=code("predict", run_by="predict_tuned"),
    shell:
        "python -m radonc.runtime.gpus {params.gpus} {params.python} {params.script} --name {wildcards.model} {params.model} --arms tuned"
        " --tasks {wildcards.task} --run {wildcards.run} --train {input.train} --test {input.test}"
        " --predictions {output.predictions} --settings {params.settings:q} --shard {params.shard}"
        " {params.weights} --threads {threads} --log {log}"


rule gather_predictions:
    input:
        predictions=[
            f"<results>/predictions/{{model}}/shards/{number}-of-{SHARDS}/{{arm}}/{{name}}.parquet"
            for number in range(1, SHARDS + 1)
        ],
        manifests=[
            f"<results>/predictions/{{model}}/shards/{number}-of-{SHARDS}/{{arm}}/{{name}}.json"
            for number in range(1, SHARDS + 1)
        ],
    output:
        predictions="<results>/predictions/{model}/{arm}/{name}.parquet",
        manifest="<results>/predictions/{model}/{arm}/{name}.json",
    log:
        "<logs>/gather_predictions/{model}-{arm}-{name}.log",
    benchmark:
        "<benchmarks>/gather_predictions/{model}-{arm}-{name}.tsv"
    wildcard_constraints:
        # One shard needs no gathering: the job that predicts writes the tables themselves.
        model="|".join(MODELS) if SHARDS > 1 else "(?!)",
        name="[a-z0-9-]+",
    localrule: True
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
        local_jobs=1,
    params:
        code=code("gather_predictions"),
    script:
        "../scripts/gather_predictions.py"
