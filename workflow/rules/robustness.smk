"""Whether the tests' answer holds in all groups of cases, without near duplicates, and without labels in doubt."""


# All tasks share their split, so the pairs of the first tell who is on which side.
rule find_near_duplicates:
    input:
        cases="<results>/cohort/cases.parquet",
        train=f"<results>/pairs/{TASKS[0]}/train.parquet",
        test=f"<results>/pairs/{TASKS[0]}/test.parquet",
    output:
        nearest="<results>/pairs/nearest.parquet",
    log:
        "<logs>/find_near_duplicates.log",
    benchmark:
        "<benchmarks>/find_near_duplicates.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        local_jobs=1,
    params:
        fields=lookup(dpath="prompt/fields", within=config),
        code=code("find_near_duplicates"),
    message:
        "Looking for near duplicates of test cases among the training cases"
    script:
        "../scripts/find_near_duplicates.py"


rule compare_groups:
    input:
        scores=expand("<results>/scores/{task}.parquet", task=TASKS),
        nearest="<results>/pairs/nearest.parquet",
        train=f"<results>/pairs/{TASKS[0]}/train.parquet",
        cases="<results>/cohort/cases.parquet",
        candidates=rules.merge_annotations.input.candidates,
        choices=rules.merge_annotations.input.choices,
        annotations=rules.merge_annotations.input.annotations,
        sheets=rules.merge_annotations.input.sheets,
    output:
        subgroups="<results>/statistics/subgroups.parquet",
        subsets="<results>/statistics/subsets.parquet",
        label_noise="<results>/statistics/label_noise.parquet",
        doubts="<results>/annotation/doubts.parquet",
    log:
        "<logs>/compare_groups.log",
    benchmark:
        "<benchmarks>/compare_groups.tsv"
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        local_jobs=1,
    params:
        tasks=lookup(dpath="tasks", within=config),
        primary=PRIMARY,
        statistics=BOOTSTRAP,
        near_duplicate=lookup(dpath="statistics/near_duplicate", within=config),
        code=code("compare_groups"),
    message:
        "Comparing tuned with base in groups of cases"
    script:
        "../scripts/compare_groups.py"
