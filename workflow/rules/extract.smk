"""The source tables, made or a clinic's own, and the canonical tables read from them. All of it is private."""

if "synthetic" in config["extract"]:
    SOURCE = "<results>/private/source"
else:
    SOURCE = config["extract"]["folder"]


rule synthesize:
    output:
        expand("<results>/private/source/{table}.csv", table=["Patient", "Diagnosis", "Plan", "Annotation"]),
        fates="<results>/private/truth/fates.parquet",
        identifiers="<results>/private/truth/identifiers.parquet",
    log:
        "<logs>/synthesize.log",
    benchmark:
        "<benchmarks>/synthesize.tsv"
    message:
        "Making a synthetic extract"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    conda:
        "../../envs/data.yaml"
    params:
        study=lookup(dpath="extract/synthetic", within=config, default=None),
        code=code("synthesize"),
    script:
        "../scripts/synthesize.py"


rule extract:
    input:
        [f"{SOURCE}/{table['file']}" for table in config["extract"]["tables"].values()],
    output:
        **{table: f"<results>/private/extract/{table}.parquet" for table in TABLES},
    log:
        "<logs>/extract.log",
    benchmark:
        "<benchmarks>/extract.tsv"
    message:
        "Reading the source tables"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        "../../envs/data.yaml"
    params:
        folder=SOURCE.replace("<results>", RESULTS),
        tables=lookup(dpath="extract/tables", within=config),
        code=code("extract"),
    script:
        "../scripts/extract.py"
