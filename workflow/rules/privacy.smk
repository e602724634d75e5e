"""What the privacy officer signs: a sample of texts for human readers, how alike the cases are, the privacy page."""


rule privacy:
    input:
        **{table: f"<results>/deid/{table}.parquet" for table in TABLES},
        audit="<results>/deid/audit.json",
        cases="<results>/cohort/cases.parquet",
        readings=sorted(
            Path(config["deidentify"]["privacy_reading"]["folder"]).glob("*.*")
        ),
    output:
        sheet=report(
            "<results>/deid/reading/sheet.csv",
            caption="../report/reading.rst",
            category="Work for people",
            labels={"what": "reader's sheet"},
        ),
        figures="<results>/deid/privacy.json",
        page=report(
            "<results>/report/privacy.html",
            caption="../report/privacy.rst",
            category="Report",
            labels={"what": "the privacy page, to be signed"},
        ),
    log:
        "<logs>/privacy.log",
    benchmark:
        "<benchmarks>/privacy.tsv"
    localrule: True
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=2000,
        runtime=20,
        local_jobs=1,
    params:
        reading=lookup(dpath="deidentify/privacy_reading", within=config),
        quasi_identifiers=lookup(dpath="deidentify/quasi_identifiers", within=config),
        confidence=lookup(dpath="statistics/confidence", within=config),
        about=ABOUT,
        # Of the config only what de-identification reads: another learning rate asks for no new signature.
        provenance={
            **PROVENANCE,
            "config": {
                **PROVENANCE["config"],
                "digest": hash_value(
                    {key: config[key] for key in ("extract", "deidentify")}
                ),
            },
        },
        code=code("privacy"),
    script:
        "../scripts/privacy.py"
