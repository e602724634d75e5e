"""From the private area to the open one: scrubbed by one rule, released by another that checks independently."""


rule deidentify:
    input:
        **{table: f"<results>/private/extract/{table}.parquet" for table in TABLES},
    output:
        **{table: f"<results>/private/deidentified/{table}.parquet" for table in TABLES},
        audit="<results>/private/deidentified/audit.json",
    log:
        "<logs>/deidentify.log",
    benchmark:
        "<benchmarks>/deidentify.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        # No output: pseudonyms must survive a rerun.
        crosswalk=f"{RESULTS}/private/crosswalk.parquet",
        seed=lookup(dpath="deidentify/pseudonym_seed", within=config),
        code=code("deidentify"),
    message:
        "Taking the identifiers out"
    script:
        "../scripts/deidentify.py"


rule release:
    input:
        **{table: f"<results>/private/deidentified/{table}.parquet" for table in TABLES},
        canonical=expand("<results>/private/extract/{table}.parquet", table=TABLES),
        audit="<results>/private/deidentified/audit.json",
    output:
        **{f"open_{table}": f"<results>/deid/{table}.parquet" for table in TABLES},
        audit="<results>/deid/audit.json",
    log:
        "<logs>/release.log",
    benchmark:
        "<benchmarks>/release.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        crosswalk=f"{RESULTS}/private/crosswalk.parquet",
        code=code("release"),
    message:
        "Checking that no identifier is left, and releasing the tables"
    script:
        "../scripts/release.py"
