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


# A second's work on open tables: on a cluster they run on the login node, because a job would cost more than the work.
localrules:
    draw_curve,
    draw_flow,
    measure_groups,
    privacy_page,
    sample_texts,
    summarise_readings,
    write_worksheet,


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
            "<results>/adapters/{model}/{task}/{file}",
            model=MODELS,
            task=TASKS,
            file=["adapter_model.safetensors", "curve.svg"],
        ),


rule all_predictions:
    input:
        expand(
            "<results>/predictions/{model}/{arm}/{task}.parquet",
            model=MODELS,
            arm=ARMS,
            task=TASKS,
        ),


rule all_statistics:
    input:
        expand(
            "<results>/statistics/{table}.parquet",
            table=["summary", "per_class", "comparisons"],
        ),


rule all_review:
    input:
        "<results>/review/ratings.json" if "regimen" in TASKS else [],


rule all_report:
    input:
        "<results>/report/report.html",
        "<results>/report/privacy.html",
