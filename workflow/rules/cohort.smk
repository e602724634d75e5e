"""From records to cases: rules first, then what people annotated."""

from radonc.data import rules as cohort_rules

ANNOTATION_SHEETS = sorted(Path(config["annotation"]["folder"]).glob("*.csv"))
# A clinic's own rules are an input: an edit to them selects anew.
OWN_RULES = config["cohort"]["own_rules"]
# How many cases are enough selects nobody.
SELECTION = {
    key: value for key, value in config["cohort"].items() if key != "min_cases"
}
SELECTED = "<results>/cohort/selected/{scatteritem}"

try:
    cohort_rules.chosen(config["cohort"]["rules"], OWN_RULES)
except errors.StudyError as error:
    sys.exit(f"{error}\n")


rule select_cohort:
    input:
        **{table: f"<results>/deid/{table}.parquet" for table in TABLES},
        own_rules=OWN_RULES,
    output:
        candidates=f"{SELECTED}/candidates.parquet",
        choices=f"{SELECTED}/choices.parquet",
        rejects=f"{SELECTED}/rejects.parquet",
    log:
        "<logs>/select_cohort/{scatteritem}.log",
    benchmark:
        "<benchmarks>/select_cohort/{scatteritem}.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        tasks=lookup(dpath="tasks", within=config),
        cohort=SELECTION,
        code=code("select_cohort"),
    message:
        "Selecting patients with one diagnosis and a clear primary plan, shard {wildcards.scatteritem}"
    script:
        "../scripts/select_cohort.py"


# Before merge_annotations where cores are few: if that stops, people find here what to answer.
rule write_worksheet:
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
        "<logs>/write_worksheet.log",
    benchmark:
        "<benchmarks>/write_worksheet.tsv"
    priority: 1
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        local_jobs=1,
    params:
        tasks=lookup(dpath="tasks", within=config),
        code=code("write_worksheet"),
    message:
        "Writing the worksheet of questions that are open"
    script:
        "../scripts/write_worksheet.py"


rule merge_annotations:
    input:
        candidates=gather.data(f"{SELECTED}/candidates.parquet"),
        choices=gather.data(f"{SELECTED}/choices.parquet"),
        rejects=gather.data(f"{SELECTED}/rejects.parquet"),
        annotations="<results>/deid/annotations.parquet",
        sheets=ANNOTATION_SHEETS,
        own_rules=OWN_RULES,
    output:
        cases="<results>/cohort/cases.parquet",
        rejects="<results>/cohort/rejects.parquet",
        flow="<results>/cohort/flow.json",
    log:
        "<logs>/merge_annotations.log",
    benchmark:
        "<benchmarks>/merge_annotations.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        tasks=lookup(dpath="tasks", within=config),
        rules=lookup(dpath="cohort/rules", within=config),
        own_rules=OWN_RULES,
        max_tagged=lookup(dpath="deidentify/max_tagged", within=config),
        min_cases=lookup(dpath="cohort/min_cases", within=config),
        code=code("merge_annotations"),
    message:
        "Merging the annotations into the cases"
    script:
        "../scripts/merge_annotations.py"


rule draw_flow:
    input:
        flow="<results>/cohort/flow.json",
    output:
        picture=report(
            "<results>/cohort/flow.svg",
            caption="../report/flow.rst",
            category="Cohort",
            labels={"what": "flow of patients"},
        ),
    log:
        "<logs>/draw_flow.log",
    benchmark:
        "<benchmarks>/draw_flow.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        local_jobs=1,
    params:
        smallest=lookup(dpath="report/smallest_cell", within=config),
        code=code("draw_flow"),
    message:
        "Drawing the flow of patients"
    script:
        "../scripts/draw_flow.py"
