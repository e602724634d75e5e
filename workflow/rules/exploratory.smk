"""What is shown beside the tests: answer modes, seeds, shares of the training set, label probabilities."""

CLOSED = [task for task in TASKS if task in ("modality", "icd10")]


rule explore:
    input:
        scores=expand("<results>/scores/{task}.parquet", task=TASKS),
        manifests=[
            f"<results>/adapters/{model}/{task}/{run}/manifest.json"
            for model, task, run in ADAPTERS
        ],
    output:
        answer_modes="<results>/statistics/answer_modes.parquet",
        runs="<results>/statistics/runs.parquet",
        spread="<results>/statistics/spread.parquet",
    log:
        "<logs>/explore.log",
    benchmark:
        "<benchmarks>/explore.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        local_jobs=1,
    params:
        adapters=ADAPTERS,
        primary=PRIMARY,
        statistics=BOOTSTRAP,
        code=code("explore"),
    message:
        "Comparing answer modes, seeds and shares of the training set"
    script:
        "../scripts/explore.py"


rule calibrate:
    input:
        predictions=predictions(CLOSED),
    output:
        calibration="<results>/statistics/calibration.parquet",
        reliability="<results>/statistics/reliability.parquet",
    log:
        "<logs>/calibrate.log",
    benchmark:
        "<benchmarks>/calibrate.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        local_jobs=1,
    params:
        labels=lookup(dpath="tasks/modality/labels", within=config, default=None),
        statistics=BOOTSTRAP,
        code=code("calibrate"),
    message:
        "Measuring the label probabilities"
    script:
        "../scripts/calibrate.py"
