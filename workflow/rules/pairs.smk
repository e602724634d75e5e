"""Prompt/completion pairs, split. A checkpoint: what follows is decided anew by the content of its files.

One job makes the pairs of all tasks. After each checkpoint job Snakemake looks again at what follows that job, and only
there; with a job per task, models that need several of them would be built without need.
"""


checkpoint pairs:
    input:
        cases="<results>/cohort/cases.parquet",
    output:
        expand("<results>/pairs/{task}/{split}.parquet", task=TASKS, split=SPLITS),
    log:
        "<logs>/pairs.log",
    benchmark:
        "<benchmarks>/pairs.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        tasks=lookup(dpath="tasks", within=config),
        fields=lookup(dpath="prompt/fields", within=config),
        split=lookup(dpath="split", within=config),
        code=code("pairs"),
    script:
        "../scripts/pairs.py"


rule audit_lengths:
    input:
        **{split: f"<results>/pairs/{{task}}/{split}.parquet" for split in SPLITS},
        model="<results>/models/{model}/model.json",
    output:
        lengths="<results>/pairs/{task}/lengths-{model}.json",
    log:
        "<logs>/audit_lengths/{model}-{task}.log",
    benchmark:
        "<benchmarks>/audit_lengths/{model}-{task}.tsv"
    # Jobs on GPUs wait for it.
    priority: 1
    localrule: True
    conda:
        "../../envs/models.yaml"
    resources:
        mem_mb=4000,
        runtime=20,
        local_jobs=1,
    params:
        # A lookup would walk through all recipes, for every job of the plan.
        max_length=lambda wildcards: recipe(wildcards)["max_length"],
        code=code("audit_lengths"),
    script:
        "../scripts/audit_lengths.py"


# Apart from the audit above, which training waits for: a changed setting of predictions must not train anything anew.
rule audit_prompts:
    input:
        train=expand("<results>/pairs/{task}/train.parquet", task=TASKS),
        test=expand("<results>/pairs/{task}/test.parquet", task=TASKS),
        model="<results>/models/{model}/model.json",
    output:
        lengths="<results>/models/{model}/prompts.json",
    log:
        "<logs>/audit_prompts/{model}.log",
    benchmark:
        "<benchmarks>/audit_prompts/{model}.tsv"
    # Jobs on GPUs wait for it.
    priority: 1
    localrule: True
    conda:
        "../../envs/models.yaml"
    resources:
        mem_mb=4000,
        runtime=20,
        local_jobs=1,
    params:
        tasks=TASKS,
        n_examples=lookup(dpath="predict/n_examples", within=config),
        max_new_tokens=lookup(dpath="predict/max_new_tokens", within=config),
        key=lookup(dpath="split/key", within=config),
        code=code("audit_prompts"),
    script:
        "../scripts/audit_prompts.py"
