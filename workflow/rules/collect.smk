"""Named targets: what to ask for, without knowing file names."""


localrules:
    all,
    all_data,
    all_pairs,
    all_models,
    all_adapters,
    all_predictions,
    all_statistics,
    all_review,
    all_report,


rule all_data:
    input:
        "<results>/deid/audit.json",
        "<results>/annotation/worksheet.csv",
        "<results>/cohort/cases.parquet",
        "<results>/cohort/flow.svg",
        "<results>/deid/reading/sheet.csv",
        "<results>/report/privacy.html",
        (
            "<results>/private/shifted_dates.parquet"
            if config["deidentify"]["shift_days"]
            else []
        ),


rule all_pairs:
    input:
        expand("<results>/pairs/{task}/{split}.parquet", task=TASKS, split=SPLITS),
        expand("<results>/pairs/{task}/lengths-{model}.json", task=TASKS, model=MODELS),


rule all_models:
    input:
        expand("<results>/models/{model}/model.json", model=MODELS),


rule all_adapters:
    input:
        expand(
            "<results>/adapters/{model}/{task}/{run}/{file}",
            model=MODELS,
            task=TASKS,
            run=RUNS,
            file=["adapter_model.safetensors", "curve.svg"],
        ),


rule all_predictions:
    input:
        expand(
            "<results>/predictions/{model}/{arm}/{task}.parquet",
            model=MODELS,
            arm=UNTUNED,
            task=TASKS,
        ),
        expand(
            "<results>/predictions/{model}/tuned/{task}-{run}.parquet",
            model=MODELS,
            task=TASKS,
            run=RUNS,
        ),


rule all_statistics:
    input:
        expand("<results>/statistics/{table}.parquet", table=STATISTICS),


rule all_review:
    input:
        "<results>/review/ratings.json" if "regimen" in TASKS else [],


rule all_report:
    input:
        "<results>/report/report.html",
        "<results>/report/privacy.html",
