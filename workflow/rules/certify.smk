"""The last rule: everything that may leave the house, searched for the identifiers of the extract."""


rule certify:
    input:
        # All that the study makes; what else lies in its folders is searched too.
        rules.all_data.input,
        rules.all_pairs.input,
        rules.all_models.input,
        rules.all_adapters.input,
        rules.all_predictions.input,
        rules.all_statistics.input,
        rules.all_review.input,
        rules.all_report.input,
        canonical=expand("<results>/private/extract/{table}.parquet", table=TABLES),
    output:
        record="<results>/deid/outgoing.json",
    log:
        "<logs>/certify.log",
    benchmark:
        "<benchmarks>/certify.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 1
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
    message:
        "Searching everything that may leave the house for identifiers"
    script:
        "../scripts/certify.py"
