"""The report."""


rule report:
    input:
        flow="<results>/cohort/flow.json",
        cases="<results>/cohort/cases.parquet",
        worksheet="<results>/annotation/worksheet.csv",
        audit="<results>/deid/audit.json",
        pairs=expand("<results>/pairs/{task}/test.parquet", task=TASKS),
        curves=[
            f"<results>/adapters/{model}/{task}/{run}/curve.parquet"
            for model, task, run in ADAPTERS
        ],
        manifests=rules.explore.input.manifests,
        lengths=[
            f"<results>/pairs/{task}/lengths-{model}.json" for model, task in AUDITED
        ],
        scores=expand("<results>/scores/{task}.parquet", task=TASKS),
        statistics=expand("<results>/statistics/{table}.parquet", table=STATISTICS),
        ratings="<results>/review/ratings.json" if "regimen" in TASKS else [],
    output:
        report=report(
            "<results>/report/report.html",
            caption="../report/report.rst",
            category="Report",
            labels={"what": "the study's report"},
        ),
    log:
        "<logs>/report.log",
    benchmark:
        "<benchmarks>/report.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
        local_jobs=1,
    params:
        tasks=TASKS,
        adapters=ADAPTERS,
        audited=AUDITED,
        primary=PRIMARY,
        about={
            "title": TITLE,
            "synthetic": "synthetic" in config["extract"],
            "confidence": config["statistics"]["confidence"],
            "seed": config["statistics"]["seed"],
            "smallest": config["report"]["smallest_cell"],
            "examples": config["report"]["examples"],
            "alpha_beta_gy": config["statistics"]["alpha_beta_gy"],
            "plausibility": Path(config["statistics"]["plausibility"]).name,
            "near_duplicate": config["statistics"]["near_duplicate"],
        },
        provenance=PROVENANCE,
        code=code("report"),
    message:
        "Writing the report"
    script:
        "../scripts/report.py"
