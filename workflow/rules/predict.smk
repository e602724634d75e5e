"""Answers to the test cases: the base arm of all tasks in one job per model, the tuned arm per model and task."""


rule predict_base:
    input:
        pairs=expand("<results>/pairs/{task}/test.parquet", task=TASKS),
        model="<results>/models/{model}/model.json",
        lengths=expand("<results>/pairs/{task}/lengths-{{model}}.json", task=TASKS),
    output:
        predictions=expand(
            "<results>/predictions/{{model}}/base/{task}.parquet", task=TASKS
        ),
    log:
        "<logs>/predict/{model}-base.log",
    benchmark:
        "<benchmarks>/predict/{model}-base.tsv"
    conda:
        "../../envs/models.yaml"
    threads: for_size(1, 8)
    resources:
        gpu=needs_gpu,
        mem_mb=for_size(3000, 64000),
        runtime=for_size(60, 240),
    params:
        script=path_of("predict"),
        tasks=TASKS,
        settings=prediction_settings(),
        bf16=precision,
        code=code("predict"),
    message:
        "Predicting with {wildcards.model} as it is (GPUs: {resources.gpu})"
    shell:
        "python {params.script} --model {input.model} --tasks {params.tasks} --pairs {input.pairs}"
        " --predictions {output.predictions} --settings {params.settings:q} {params.bf16}"
        " --threads {threads} --log {log}"


rule predict_tuned:
    input:
        pairs="<results>/pairs/{task}/test.parquet",
        model="<results>/models/{model}/model.json",
        lengths="<results>/pairs/{task}/lengths-{model}.json",
        adapter="<results>/adapters/{model}/{task}/{run}/adapter_model.safetensors",
        config="<results>/adapters/{model}/{task}/{run}/adapter_config.json",
    output:
        predictions="<results>/predictions/{model}/tuned/{task}-{run}.parquet",
    log:
        "<logs>/predict/{model}-tuned-{task}-{run}.log",
    benchmark:
        "<benchmarks>/predict/{model}-tuned-{task}-{run}.tsv"
    conda:
        "../../envs/models.yaml"
    threads: for_size(1, 8)
    resources:
        gpu=needs_gpu,
        mem_mb=for_size(3000, 64000),
        runtime=for_size(60, 240),
    params:
        script=path_of("predict"),
        settings=prediction_settings(),
        bf16=precision,
        code=code("predict"),
    message:
        "Predicting {wildcards.task} with the tuned {wildcards.model} (GPUs: {resources.gpu})"
    shell:
        "python {params.script} --model {input.model} --tasks {wildcards.task} --pairs {input.pairs}"
        " --adapter {input.adapter} --predictions {output.predictions} --settings {params.settings:q}"
        " {params.bf16} --threads {threads} --log {log}"
