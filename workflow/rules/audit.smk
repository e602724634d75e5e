"""Evidence of de-identification: a sample for human readers, how alike the cases are, and the page to be signed."""

READINGS = sorted(Path(config["deidentify"]["reading"]["folder"]).glob("*.*"))


rule sample_texts:
    input:
        **{table: f"<results>/deid/{table}.parquet" for table in TABLES},
    output:
        sheet=report(
            "<results>/deid/reading/sheet.csv",
            caption="../report/reading.rst",
            category="Work for people",
            labels={"what": "reader's sheet"},
        ),
        strata="<results>/deid/reading/strata.json",
    log:
        "<logs>/sample_texts.log",
    benchmark:
        "<benchmarks>/sample_texts.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
        local_jobs=1,
    params:
        n_texts=lookup(dpath="deidentify/reading/n_texts", within=config),
        seed=lookup(dpath="deidentify/reading/seed", within=config),
        code=code("sample_texts"),
    message:
        "Drawing texts for a human reader"
    script:
        "../scripts/sample_texts.py"


rule summarise_readings:
    input:
        sheet="<results>/deid/reading/sheet.csv",
        strata="<results>/deid/reading/strata.json",
        readings=READINGS,
    output:
        reading="<results>/deid/reading.json",
    log:
        "<logs>/summarise_readings.log",
    benchmark:
        "<benchmarks>/summarise_readings.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        local_jobs=1,
    params:
        folder=lookup(dpath="deidentify/reading/folder", within=config),
        confidence=lookup(dpath="statistics/confidence", within=config),
        code=code("summarise_readings"),
    message:
        "Reading what the human readers found"
    script:
        "../scripts/summarise_readings.py"


rule measure_groups:
    input:
        cases="<results>/cohort/cases.parquet",
    output:
        groups="<results>/deid/groups.json",
    log:
        "<logs>/measure_groups.log",
    benchmark:
        "<benchmarks>/measure_groups.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
        local_jobs=1,
    params:
        quasi_identifiers=lookup(dpath="deidentify/quasi_identifiers", within=config),
        code=code("measure_groups"),
    message:
        "Measuring how alike the cases are"
    script:
        "../scripts/measure_groups.py"


rule privacy_page:
    input:
        audit="<results>/deid/audit.json",
        groups="<results>/deid/groups.json",
        reading="<results>/deid/reading.json",
    output:
        page=report(
            "<results>/report/privacy.html",
            caption="../report/privacy.rst",
            category="Report",
            labels={"what": "the privacy page, to be signed"},
        ),
    log:
        "<logs>/privacy_page.log",
    benchmark:
        "<benchmarks>/privacy_page.tsv"
    conda:
        "../../envs/report.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        local_jobs=1,
    params:
        about={
            "title": config["title"],
            "synthetic": "synthetic" in config["extract"],
            "smallest": config["report"]["smallest_cell"],
            "examples": config["report"]["examples"],
        },
        # Of the config only what de-identification reads: another learning rate asks for no new signature.
        provenance={
            **PROVENANCE,
            "config": {
                **PROVENANCE["config"],
                "digest": of_value(
                    {key: config[key] for key in ("extract", "deidentify")}
                ),
            },
        },
        code=code("privacy_page"),
    message:
        "Writing the privacy page"
    script:
        "../scripts/privacy_page.py"
