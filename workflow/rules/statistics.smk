"""Scores per case, then summaries and tests. No rule here needs a GPU."""

from radonc.data import outcomes

STATISTICS = list(outcomes.TABLES)
JUDGED = [task for task in TASKS if task in outcomes.COMPONENTS]


rule score:
    input:
        predictions=lambda wildcards: predictions([wildcards.task]),
    output:
        scores="<results>/scores/{task}.parquet",
    log:
        "<logs>/score/{task}.log",
    benchmark:
        "<benchmarks>/score/{task}.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        local_jobs=1,
    params:
        labels=lookup(dpath="tasks/{task}/labels", within=config, default=None),
        code=code("score"),
    message:
        "Scoring the answers to {wildcards.task}"
    script:
        "../scripts/score.py"


rule summarise:
    input:
        scores=expand("<results>/scores/{task}.parquet", task=TASKS),
        components=expand("<results>/scores/components/{task}.parquet", task=JUDGED),
    output:
        summary="<results>/statistics/summary.parquet",
        per_class="<results>/statistics/per_class.parquet",
        for_people=report(
            "<results>/statistics/summary.csv",
            caption="../report/results.rst",
            category="Results",
            labels={"what": "scores per task, model and arm"},
        ),
    log:
        "<logs>/summarise.log",
    benchmark:
        "<benchmarks>/summarise.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        local_jobs=1,
    params:
        judged=JUDGED,
        primary=PRIMARY,
        statistics=BOOTSTRAP,
        smallest=lookup(dpath="report/smallest_cell", within=config),
        code=code("summarise"),
    message:
        "Summarising the scores"
    script:
        "../scripts/summarise.py"


rule compare:
    input:
        scores=expand("<results>/scores/{task}.parquet", task=TASKS),
    output:
        comparisons="<results>/statistics/comparisons.parquet",
        model_comparisons="<results>/statistics/model_comparisons.parquet",
        for_people=report(
            "<results>/statistics/comparisons.csv",
            caption="../report/comparisons.rst",
            category="Results",
            labels={"what": "tuned against base"},
        ),
    log:
        "<logs>/compare.log",
    benchmark:
        "<benchmarks>/compare.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        local_jobs=1,
    params:
        primary=PRIMARY,
        metrics=lookup(dpath="statistics/primary", within=config),
        statistics=BOOTSTRAP,
        smallest=lookup(dpath="report/smallest_cell", within=config),
        code=code("compare"),
    message:
        "Testing tuned against base"
    script:
        "../scripts/compare.py"


rule write_summary:
    input:
        summary="<results>/statistics/summary.parquet",
        comparisons="<results>/statistics/comparisons.parquet",
        model_comparisons="<results>/statistics/model_comparisons.parquet",
        ratings="<results>/review/ratings.json" if "regimen" in TASKS else [],
        schema=os.path.relpath(
            Path(workflow.basedir, "workflow", "schemas", "summary.schema.json")
        ),
    output:
        figures="<results>/statistics/summary.json",
    log:
        "<logs>/write_summary.log",
    benchmark:
        "<benchmarks>/write_summary.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        local_jobs=1,
    params:
        study={
            "title": TITLE,
            "provenance": PROVENANCE,
            "settings": {
                **BOOTSTRAP,
                **PRIMARY,
                "primary": {
                    task: config["statistics"]["primary"][task] for task in TASKS
                },
            },
        },
        code=code("write_summary"),
    message:
        "Gathering the study's figures"
    script:
        "../scripts/write_summary.py"
