"""Answers without a language model, fitted to the training split: what any tuned model should beat."""


rule predict_baselines:
    input:
        train="<results>/pairs/{task}/train.parquet",
        test="<results>/pairs/{task}/test.parquet",
    output:
        predictions="<results>/predictions/baselines/{task}.parquet",
        manifest="<results>/predictions/baselines/{task}.json",
    log:
        "<logs>/predict_baselines/{task}.log",
    benchmark:
        "<benchmarks>/predict_baselines/{task}.tsv"
    conda:
        "../../envs/evaluation.yaml"
    resources:
        mem_mb=lambda wildcards, attempt=1: 4000 * attempt,
        runtime=60,
    params:
        arms=config["baselines"],
        task=lookup(dpath="tasks/{task}", within=config),
        code=code("predict_baselines"),
    script:
        "../scripts/predict_baselines.py"
