"""From the private area to the open one: scrubbed by one rule, released by another that checks independently.

Patients are shared out over shards, which run side by side; the released tables do not depend on their number.
"""

EXTRACT = {table: f"<results>/private/extract/{table}.parquet" for table in TABLES}
SHARD = "<results>/private/deidentified/{scatteritem}"
SHIFTED_DATES = (
    "<results>/private/shifted_dates.parquet"
    if config["deidentify"]["max_shift_days"]
    else []
)


rule deidentify:
    input:
        **EXTRACT,
        pseudonyms="<results>/private/pseudonyms.json",
        words=config["deidentify"]["words"],
    output:
        **{table: f"{SHARD}/{table}.parquet" for table in TABLES},
        counts=f"{SHARD}/counts.json",
    log:
        "<logs>/deidentify/{scatteritem}.log",
    benchmark:
        "<benchmarks>/deidentify/{scatteritem}.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        crosswalk=CROSSWALK,
        code=code("deidentify"),
    script:
        "../scripts/deidentify.py"


rule check_deidentified:
    input:
        **EXTRACT,
        shard=[f"{SHARD}/{table}.parquet" for table in TABLES],
    output:
        searched=f"{SHARD}/searched.json",
    log:
        "<logs>/check_deidentified/{scatteritem}.log",
    benchmark:
        "<benchmarks>/check_deidentified/{scatteritem}.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        crosswalk=CROSSWALK,
        code=code("check_deidentified"),
    script:
        "../scripts/check_deidentified.py"


rule release:
    input:
        **{table: gather.data(f"{SHARD}/{table}.parquet") for table in TABLES},
        counts=gather.data(f"{SHARD}/counts.json"),
        searched=gather.data(f"{SHARD}/searched.json"),
    output:
        **{f"open_{table}": f"<results>/deid/{table}.parquet" for table in TABLES},
        audit="<results>/deid/audit.json",
    log:
        "<logs>/release.log",
    benchmark:
        "<benchmarks>/release.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        code=code("release"),
    script:
        "../scripts/release.py"


rule shift_dates:
    input:
        **EXTRACT,
        pseudonyms="<results>/private/pseudonyms.json",
    output:
        dates="<results>/private/shifted_dates.parquet",
    log:
        "<logs>/shift_dates.log",
    benchmark:
        "<benchmarks>/shift_dates.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        crosswalk=CROSSWALK,
        # No output: dates must move alike in every run.
        key=f"{RESULTS}/private/shift.key",
        n_days=lookup(dpath="deidentify/max_shift_days", within=config),
        code=code("shift_dates"),
    script:
        "../scripts/shift_dates.py"
