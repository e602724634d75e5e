"""From records to cases: rules first, then what people annotated."""

ANNOTATION_SHEETS = sorted(Path(config["annotation"]["folder"]).glob("*.csv"))
# A clinic's own rules are an input: an edit to them selects anew.
CUSTOM_RULES = config["cohort"]["custom_rules"]
# How many cases are enough selects nobody.
SELECTION = {
    key: value for key, value in config["cohort"].items() if key != "min_cases"
}
SELECTED = "<results>/cohort/selected/{scatteritem}"


rule cohort:
    input:
        **{table: f"<results>/deid/{table}.parquet" for table in TABLES},
        custom_rules=CUSTOM_RULES,
    output:
        candidates=f"{SELECTED}/candidates.parquet",
        choices=f"{SELECTED}/choices.parquet",
        rejects=f"{SELECTED}/rejects.parquet",
    log:
        "<logs>/cohort/{scatteritem}.log",
    benchmark:
        "<benchmarks>/cohort/{scatteritem}.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        tasks=lookup(dpath="tasks", within=config),
        cohort=SELECTION,
        code=code("cohort"),
    script:
        "../scripts/cohort.py"


# Before annotate where cores are few: if that stops, people find here what to answer.
rule worksheet:
    input:
        candidates=gather.data(f"{SELECTED}/candidates.parquet"),
        choices=gather.data(f"{SELECTED}/choices.parquet"),
        annotations="<results>/deid/annotations.parquet",
        sheets=ANNOTATION_SHEETS,
    output:
        worksheet=report(
            "<results>/annotation/worksheet.csv",
            caption="../report/worksheet.rst",
            category="Work for people",
            labels={"what": "annotation worksheet"},
        ),
    log:
        "<logs>/worksheet.log",
    benchmark:
        "<benchmarks>/worksheet.tsv"
    priority: 1
    localrule: True
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
        local_jobs=1,
    params:
        tasks=lookup(dpath="tasks", within=config),
        code=code("worksheet"),
    script:
        "../scripts/worksheet.py"


rule annotate:
    input:
        candidates=gather.data(f"{SELECTED}/candidates.parquet"),
        choices=gather.data(f"{SELECTED}/choices.parquet"),
        rejects=gather.data(f"{SELECTED}/rejects.parquet"),
        annotations="<results>/deid/annotations.parquet",
        sheets=ANNOTATION_SHEETS,
        custom_rules=CUSTOM_RULES,
    output:
        cases="<results>/cohort/cases.parquet",
        rejects="<results>/cohort/rejects.parquet",
        flow="<results>/cohort/flow.json",
        doubts="<results>/annotation/label_doubts.parquet",
    log:
        "<logs>/annotate.log",
    benchmark:
        "<benchmarks>/annotate.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        tasks=lookup(dpath="tasks", within=config),
        rules=lookup(dpath="cohort/rules", within=config),
        custom_rules=CUSTOM_RULES,
        max_tagged=lookup(dpath="deidentify/max_tagged", within=config),
        min_cases=lookup(dpath="cohort/min_cases", within=config),
        code=code("annotate"),
    script:
        "../scripts/annotate.py"
