"""The base models: demo models are built, all others are fetched or found."""


rule build_demo_model:
    input:
        pairs=expand("<results>/pairs/{task}/train.parquet", task=TASKS),
    output:
        manifest="<results>/models/{model}/model.json",
        weights="<results>/models/{model}/model.safetensors",
    wildcard_constraints:
        model="|".join(DEMO_MODELS) or "(?!)",
    log:
        "<logs>/build_demo_model/{model}.log",
    benchmark:
        "<benchmarks>/build_demo_model/{model}.tsv"
    message:
        "Building the demo model {wildcards.model}"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    conda:
        "../../envs/models.yaml"
    params:
        architecture=lookup(dpath="models/{model}/demo", within=config, default=None),
        n_steps=lookup(dpath="models/{model}/n_steps", within=config, default=None),
        code=code("build_demo_model"),
    script:
        "../scripts/build_demo_model.py"


# The one rule that may use a network. It runs where Snakemake runs: on the login node.
localrules:
    fetch_model,


rule fetch_model:
    output:
        manifest="<results>/models/{model}/model.json",
    wildcard_constraints:
        model="|".join(name for name in MODELS if name not in DEMO_MODELS) or "(?!)",
    log:
        "<logs>/fetch_model/{model}.log",
    benchmark:
        "<benchmarks>/fetch_model/{model}.tsv"
    message:
        "Fetching the model {wildcards.model}"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
    conda:
        "../../envs/models.yaml"
    params:
        source=lookup(dpath="models/{model}", within=config),
        code=code("fetch_model"),
    script:
        "../scripts/fetch_model.py"
