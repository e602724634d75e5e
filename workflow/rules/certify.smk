"""The last rule: everything that may be released, searched for the identifiers of the extract."""


rule certify:
    input:
        # All else that the study makes comes before these; what else lies in its folders is searched too.
        report=rules.report.output,
        privacy=rules.privacy.output,
        dates=SHIFTED_DATES,
        canonical=expand("<results>/private/extract/{table}.parquet", table=TABLES),
    output:
        record="<results>/deid/certificate.json",
    log:
        "<logs>/certify.log",
    benchmark:
        "<benchmarks>/certify.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
        local_jobs=1,
    params:
        folders=[
            workflow.pathvars.get(name) for name in ("results", "logs", "benchmarks")
        ],
        benchmark=f"{workflow.pathvars.get('benchmarks')}/certify.tsv",
        code=code("certify"),
    script:
        "../scripts/certify.py"
