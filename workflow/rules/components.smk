"""What is right of an answer, part by part, and whether an arm's answers to several questions agree. Exploratory."""


rule judge_regimens:
    input:
        scores="<results>/scores/regimen.parquet",
        plausibility=config["statistics"]["plausibility"],
    output:
        components="<results>/scores/components/regimen.parquet",
    log:
        "<logs>/judge_regimens.log",
    benchmark:
        "<benchmarks>/judge_regimens.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        local_jobs=1,
    params:
        alpha_beta_gy=lookup(dpath="statistics/alpha_beta_gy", within=config),
        code=code("judge_regimens"),
    message:
        "Judging the components of the answered regimens"
    script:
        "../scripts/judge_regimens.py"


rule judge_codes:
    input:
        scores="<results>/scores/icd10.parquet",
    output:
        components="<results>/scores/components/icd10.parquet",
    log:
        "<logs>/judge_codes.log",
    benchmark:
        "<benchmarks>/judge_codes.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        local_jobs=1,
    params:
        code=code("judge_codes"),
    message:
        "Judging how near the answered codes are"
    script:
        "../scripts/judge_codes.py"


rule measure_coherence:
    input:
        scores=expand("<results>/scores/{task}.parquet", task=TASKS),
    output:
        coherence="<results>/statistics/coherence.parquet",
    log:
        "<logs>/measure_coherence.log",
    benchmark:
        "<benchmarks>/measure_coherence.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        local_jobs=1,
    params:
        primary=PRIMARY,
        confidence=lookup(dpath="statistics/confidence", within=config),
        code=code("measure_coherence"),
    message:
        "Comparing each arm's answers to several questions"
    script:
        "../scripts/measure_coherence.py"
