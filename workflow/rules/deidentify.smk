"""From the private area to the open one: scrubbed by one rule, released by another that checks independently.

Patients are shared out over shards, which run side by side; the released tables do not depend on their number.
"""

EXTRACT = {table: f"<results>/private/extract/{table}.parquet" for table in TABLES}
SHARD = "<results>/private/deidentified/{scatteritem}"
# No output: pseudonyms must survive a rerun.
CROSSWALK = f"{RESULTS}/private/crosswalk.parquet"


rule pseudonymise:
    input:
        **EXTRACT,
    output:
        summary="<results>/private/pseudonyms.json",
    log:
        "<logs>/pseudonymise.log",
    benchmark:
        "<benchmarks>/pseudonymise.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        crosswalk=CROSSWALK,
        seed=lookup(dpath="deidentify/pseudonym_seed", within=config),
        code=code("pseudonymise"),
    message:
        "Drawing pseudonyms"
    script:
        "../scripts/pseudonymise.py"


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
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        crosswalk=CROSSWALK,
        code=code("deidentify"),
    message:
        "Taking the identifiers out of shard {wildcards.scatteritem}"
    script:
        "../scripts/deidentify.py"


rule check_shard:
    input:
        **EXTRACT,
        shard=[f"{SHARD}/{table}.parquet" for table in TABLES],
    output:
        hunted=f"{SHARD}/hunted.json",
    log:
        "<logs>/check_shard/{scatteritem}.log",
    benchmark:
        "<benchmarks>/check_shard/{scatteritem}.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        crosswalk=CROSSWALK,
        code=code("check_shard"),
    message:
        "Checking that no identifier is left in shard {wildcards.scatteritem}"
    script:
        "../scripts/check_shard.py"


rule release:
    input:
        **{table: gather.data(f"{SHARD}/{table}.parquet") for table in TABLES},
        counts=gather.data(f"{SHARD}/counts.json"),
        hunted=gather.data(f"{SHARD}/hunted.json"),
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
        code=code("release"),
    message:
        "Releasing the tables"
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
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        crosswalk=CROSSWALK,
        # No output: dates must move alike in every run.
        key=f"{RESULTS}/private/shift.key",
        n_days=lookup(dpath="deidentify/shift_days", within=config),
        code=code("shift_dates"),
    message:
        "Moving the dates, which stay in the private area"
    script:
        "../scripts/shift_dates.py"
