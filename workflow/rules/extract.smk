"""The source tables, synthetic or a clinic's own, and the canonical tables read from them. All of it is private."""

if "synthetic" in config["extract"]:
    SOURCE = "<results>/private/source"
else:
    SOURCE = config["extract"]["folder"]
# No output: pseudonyms must survive a rerun.
CROSSWALK = f"{RESULTS}/private/crosswalk.parquet"


rule synthesize:
    output:
        expand(
            "<results>/private/source/{table}.csv",
            table=["Patient", "Diagnosis", "Plan", "Annotation"],
        ),
        fates="<results>/private/truth/fates.parquet",
        identifiers="<results>/private/truth/identifiers.parquet",
    log:
        "<logs>/synthesize.log",
    benchmark:
        "<benchmarks>/synthesize.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=2000,
        runtime=20,
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
        pseudonyms="<results>/private/pseudonyms.json",
    log:
        "<logs>/extract.log",
    benchmark:
        "<benchmarks>/extract.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        folder=lambda wildcards: SOURCE.replace("<results>", RESULTS),
        tables=lookup(dpath="extract/tables", within=config),
        max_rejected=lookup(dpath="extract/max_rejected", within=config),
        crosswalk=CROSSWALK,
        seed=lookup(dpath="deidentify/pseudonym_seed", within=config, default=None),
        code=code("extract"),
    script:
        "../scripts/extract.py"
