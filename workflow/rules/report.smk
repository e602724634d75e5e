"""The study's report, and its figures in files of their own."""


rule report:
    input:
        flow="<results>/cohort/flow.json",
        cases="<results>/cohort/cases.parquet",
        worksheet="<results>/annotation/worksheet.csv",
        audit="<results>/deid/audit.json",
        pairs=expand("<results>/pairs/{task}/test.parquet", task=TASKS),
        lengths=[
            f"<results>/pairs/{task}/lengths-{model}.json" for model, task in TRAINED
        ],
        curves=[
            f"<results>/adapters/{model}/{task}/{run}/curve.parquet"
            for model, task, run in ADAPTERS
        ],
        manifests=MANIFESTS,
        scores=rules.score.output.scores,
        statistics=rules.compare.output.tables,
        ratings="<results>/review/ratings.json" if "regimen" in TASKS else [],
    output:
        report=report(
            "<results>/report/report.html",
            caption="../report/report.rst",
            category="Report",
            labels={"what": "the study's report"},
        ),
        figures="<results>/report/summary.json",
        flow=report(
            "<results>/report/flow.svg",
            caption="../report/flow.rst",
            category="Cohort",
            labels={"what": "flow of patients"},
        ),
        curves=[
            report(
                f"<results>/report/curves/{model}-{task}-{run}.svg",
                caption="../report/curve.rst",
                category="Training",
                labels={"model": model, "task": task, "run": run},
            )
            for model, task, run in ADAPTERS
        ],
    log:
        "<logs>/report.log",
    benchmark:
        "<benchmarks>/report.tsv"
    localrule: True
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=4000,
        runtime=20,
        local_jobs=1,
    params:
        tasks=TASKS,
        adapters=ADAPTERS,
        trained=TRAINED,
        primary=PRIMARY,
        about={
            **ABOUT,
            "confidence": config["statistics"]["confidence"],
            "seed": config["statistics"]["seed"],
            "alpha_beta_gy": config["statistics"]["alpha_beta_gy"],
            "plausibility": Path(config["statistics"]["plausibility"]).name,
            "near_duplicate": config["statistics"]["near_duplicate_similarity"],
        },
        settings={
            **INTERVALS,
            **PRIMARY,
            "primary": {
                task: config["statistics"]["primary_metric"][task] for task in TASKS
            },
        },
        provenance=PROVENANCE,
        code=code("report"),
    script:
        "../scripts/report.py"
