"""The clinicians' blinded review of regimens: sheets out, ratings in."""

REVIEWERS = config["review"]["reviewers"]


rule make_review_sheets:
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
        "<logs>/make_review_sheets.log",
    benchmark:
        "<benchmarks>/make_review_sheets.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        local_jobs=1,
    params:
        review=lookup(dpath="review", within=config),
        primary=PRIMARY,
        fields=lookup(dpath="prompt/fields", within=config),
        code=code("make_review_sheets"),
    message:
        "Making the blinded review sheets"
    script:
        "../scripts/make_review_sheets.py"


rule summarise_ratings:
    input:
        key="<results>/private/review/key.parquet",
        ratings=sorted(Path(config["review"]["folder"]).glob("*.*")),
    output:
        ratings="<results>/review/ratings.json",
    log:
        "<logs>/summarise_ratings.log",
    benchmark:
        "<benchmarks>/summarise_ratings.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        local_jobs=1,
    params:
        review=lookup(dpath="review", within=config),
        claim=lookup(dpath="statistics/claim", within=config),
        confidence=lookup(dpath="statistics/confidence", within=config),
        code=code("summarise_ratings"),
    message:
        "Reading the clinicians' ratings"
    script:
        "../scripts/summarise_ratings.py"
