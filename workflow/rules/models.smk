"""The base models: demo models are built, all others are fetched or found."""


rule build_demo_model:
    input:
        pairs=expand("<results>/pairs/{task}/train.parquet", task=TASKS),
    output:
        manifest="<results>/models/{model}/model.json",
        weights="<results>/models/{model}/model.safetensors",
    log:
        "<logs>/build_demo_model/{model}.log",
    benchmark:
        "<benchmarks>/build_demo_model/{model}.tsv"
    wildcard_constraints:
        model="|".join(DEMO_MODELS) or "(?!)",
    conda:
        "../../envs/models.yaml"
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        architecture=lambda wildcards: config["models"][wildcards.model]["demo"],
        n_steps=lambda wildcards: config["models"][wildcards.model]["n_steps"],
        code=code("build_demo_model"),
    script:
        "../scripts/build_demo_model.py"


# The one rule that may use a network. It runs where Snakemake runs: on the login node.
rule fetch_model:
    output:
        manifest="<results>/models/{model}/model.json",
    log:
        "<logs>/fetch_model/{model}.log",
    benchmark:
        "<benchmarks>/fetch_model/{model}.tsv"
    wildcard_constraints:
        model="|".join(name for name in MODELS if name not in DEMO_MODELS) or "(?!)",
    localrule: True
    conda:
        "../../envs/models.yaml"
    resources:
        mem_mb=4000,
        runtime=240,
        local_jobs=1,
    params:
        source=lambda wildcards: config["models"][wildcards.model],
        code=code("fetch_model"),
    script:
        "../scripts/fetch_model.py"
