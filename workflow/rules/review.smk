"""The clinicians' blinded review of regimens: sheets out, ratings in."""

REVIEWERS = config["review"]["reviewers"]


rule review_sheets:
    input:
        cases="<results>/cohort/cases.parquet",
        scores="<results>/scores/regimen.parquet",
    output:
        sheets=report(
            expand("<results>/review/{reviewer}.csv", reviewer=REVIEWERS),
            caption="../report/review.rst",
            category="Work for people",
            labels={"what": "review sheet"},
        ),
        key="<results>/private/review/key.parquet",
    log:
        "<logs>/review_sheets.log",
    benchmark:
        "<benchmarks>/review_sheets.tsv"
    localrule: True
    conda:
        "../../envs/evaluation.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
        local_jobs=1,
    params:
        review=lookup(dpath="review", within=config),
        primary=PRIMARY,
        fields=lookup(dpath="prompt/fields", within=config),
        code=code("review_sheets"),
    script:
        "../scripts/review_sheets.py"


rule review:
    input:
        key="<results>/private/review/key.parquet",
        ratings=sorted(Path(config["review"]["folder"]).glob("*.*")),
    output:
        ratings="<results>/review/ratings.json",
    log:
        "<logs>/review.log",
    benchmark:
        "<benchmarks>/review.tsv"
    localrule: True
    conda:
        "../../envs/evaluation.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
        local_jobs=1,
    params:
        review=lookup(dpath="review", within=config),
        claim=lookup(dpath="statistics/acceptability", within=config),
        confidence=lookup(dpath="statistics/confidence", within=config),
        code=code("review"),
    script:
        "../scripts/review.py"
