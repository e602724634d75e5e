"""Fine-tuning: one job per model, task and run."""

# The executor starts a job on one node, unless it knows that the job itself starts a process on each ("mpi").
on_several_nodes = {}
if any(
    of_task["n_nodes"] > 1
    for tasks in config["recipes"].values()
    for of_task in tasks.values()
):
    on_several_nodes = {
        "mpi": lambda wildcards: "srun" if recipe(wildcards)["n_nodes"] > 1 else "",
        "tasks": lambda wildcards: recipe(wildcards)["n_nodes"],
        "tasks_per_gpu": 0,
    }


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
        **on_several_nodes,
        gpu=training_gpus,
        nodes=lambda wildcards: recipe(wildcards)["n_nodes"],
        mem_mb=for_size(3000, 64000),
        runtime=for_size(60, 480),
    params:
        launch=lambda wildcards: launch.command(
            recipe(wildcards)["n_gpus"], recipe(wildcards)["n_nodes"]
        ),
        script=path_of("finetune"),
        gpus=requested_gpus,
        recipe=lambda wildcards: json.dumps(recipe(wildcards), sort_keys=True),
        # No output: Snakemake deletes the outputs of a job that fails, and a checkpoint must outlive it. Private: the
        # state of a training run is pickled, so that nobody can search it, and must not leave.
        checkpoints=f"{RESULTS}/private/checkpoints",
        code=code("finetune", run_by="finetune"),
    shell:
        "python -m radonc.runtime.gpus {params.gpus} {params.launch} {params.script}"
        " --model {input.model} --task {wildcards.task} --run {wildcards.run} --train {input.train}"
        " --validation {input.validation} --recipe {params.recipe:q} --checkpoints {params.checkpoints}"
        " --threads {threads} --code {params.code} --adapter {output.adapter} --curve {output.curve}"
        " --manifest {output.manifest} --log {log}"
