"""The statistics of the study: tuned against base, over the same cases, and what stands beside the tests."""


rule compare:
    input:
        scores=rules.score.output.scores,
        components=rules.score.output.components,
        probabilities=rules.score.output.probabilities,
        cases="<results>/cohort/cases.parquet",
        doubts="<results>/annotation/label_doubts.parquet",
        # All tasks share their split: the pairs of the first name the training and the test cases.
        train=f"<results>/pairs/{TASKS[0]}/train.parquet",
        test=f"<results>/pairs/{TASKS[0]}/test.parquet",
        manifests=MANIFESTS,
    output:
        tables=expand("<results>/statistics/{table}.parquet", table=STATISTICS),
        summary=report(
            "<results>/statistics/summary.csv",
            caption="../report/results.rst",
            category="Results",
            labels={"what": "scores per task, model and arm"},
        ),
        comparisons=report(
            "<results>/statistics/comparisons.csv",
            caption="../report/comparisons.rst",
            category="Results",
            labels={"what": "tuned against base"},
        ),
    log:
        "<logs>/compare.log",
    benchmark:
        "<benchmarks>/compare.tsv"
    localrule: True
    conda:
        "../../envs/evaluation.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
        local_jobs=1,
    params:
        adapters=ADAPTERS,
        with_components=WITH_COMPONENTS,
        fields=lookup(dpath="prompt/fields", within=config),
        design={
            **PRIMARY,
            **INTERVALS,
            "metrics": config["statistics"]["primary_metric"],
            "near_duplicate_similarity": config["statistics"][
                "near_duplicate_similarity"
            ],
        },
        smallest=lookup(dpath="report/min_cell_size", within=config),
        code=code("compare"),
    script:
        "../scripts/compare.py"
