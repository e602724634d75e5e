"""Answers read and scored, case by case. No GPU from here on."""


rule score:
    input:
        **{task: predictions([task]) for task in TASKS},
        plausibility=config["statistics"]["plausibility"],
    output:
        scores=expand("<results>/scores/{task}.parquet", task=TASKS),
        components=expand(
            "<results>/scores/components/{task}.parquet", task=WITH_COMPONENTS
        ),
        probabilities="<results>/scores/label_probabilities.parquet",
    log:
        "<logs>/score.log",
    benchmark:
        "<benchmarks>/score.tsv"
    localrule: True
    conda:
        "../../envs/evaluation.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
        local_jobs=1,
    params:
        tasks=TASKS,
        with_components=WITH_COMPONENTS,
        labels=lookup(dpath="tasks/modality/labels", within=config, default=None),
        alpha_beta_gy=lookup(dpath="statistics/alpha_beta_gy", within=config),
        code=code("score"),
    script:
        "../scripts/score.py"
