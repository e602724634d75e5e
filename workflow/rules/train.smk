"""Fine-tuning: one job per model and task."""


rule finetune:
    input:
        train="<results>/pairs/{task}/train.parquet",
        validation="<results>/pairs/{task}/validation.parquet",
        model="<results>/models/{model}/model.json",
        lengths="<results>/pairs/{task}/lengths-{model}.json",
    output:
        adapter="<results>/adapters/{model}/{task}/{run}/adapter_model.safetensors",
        config="<results>/adapters/{model}/{task}/{run}/adapter_config.json",
        curve="<results>/adapters/{model}/{task}/{run}/curve.parquet",
        manifest="<results>/adapters/{model}/{task}/{run}/manifest.json",
    log:
        "<logs>/finetune/{model}-{task}-{run}.log",
    benchmark:
        "<benchmarks>/finetune/{model}-{task}-{run}.tsv"
    conda:
        "../../envs/models.yaml"
    threads: for_size(1, 8)
    resources:
        gpu=needs_gpu,
        mem_mb=for_size(3000, 64000),
        runtime=for_size(60, 480),
    params:
        script=path_of("finetune"),
        recipe=recipe,
        # No output: Snakemake deletes the outputs of a job that fails, and a checkpoint must outlive it.
        checkpoints=f"{RESULTS}/checkpoints",
        code=code("finetune"),
    message:
        "Fine-tuning {wildcards.model} for {wildcards.task} (GPUs: {resources.gpu})"
    shell:
        "python {params.script} --model {input.model} --task {wildcards.task} --train {input.train}"
        " --validation {input.validation} --recipe {params.recipe:q} --checkpoints {params.checkpoints}"
        " --threads {threads} --code {params.code} --adapter {output.adapter} --curve {output.curve}"
        " --manifest {output.manifest} --log {log}"


rule draw_curve:
    input:
        curve="<results>/adapters/{model}/{task}/{run}/curve.parquet",
    output:
        picture=report(
            "<results>/adapters/{model}/{task}/{run}/curve.svg",
            caption="../report/curve.rst",
            category="Training",
            labels={"model": "{model}", "task": "{task}", "run": "{run}"},
        ),
    log:
        "<logs>/draw_curve/{model}-{task}-{run}.log",
    benchmark:
        "<benchmarks>/draw_curve/{model}-{task}-{run}.tsv"
    conda:
        "../../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_curve"),
    message:
        "Drawing the training curve of {wildcards.model} for {wildcards.task}"
    script:
        "../scripts/draw_curve.py"
