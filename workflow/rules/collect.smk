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


# Seconds of work, on tables: on a cluster they run where Snakemake runs, because a job would cost more than the work.
localrules:
    audit_lengths,
    audit_prompts,
    calibrate,
    certify,
    compare,
    compare_groups,
    draw_curve,
    draw_flow,
    explore,
    find_near_duplicates,
    gather_predictions,
    judge_codes,
    judge_regimens,
    make_review_sheets,
    measure_coherence,
    measure_groups,
    privacy_page,
    report,
    sample_texts,
    score,
    summarise,
    summarise_ratings,
    summarise_readings,
    write_summary,
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
        [f"<results>/pairs/{task}/lengths-{model}.json" for model, task in AUDITED],
        of_model(expand("<results>/models/{model}/prompts.json", model=MODELS)),


rule all_models:
    input:
        of_model(expand("<results>/models/{model}/model.json", model=MODELS)),


rule all_adapters:
    input:
        [
            f"<results>/adapters/{model}/{task}/{run}/{file}"
            for model, task, run in ADAPTERS
            for file in ["adapter_model.safetensors", "curve.svg"]
        ],


rule all_predictions:
    input:
        predictions(),


rule all_statistics:
    input:
        expand("<results>/statistics/{table}.parquet", table=STATISTICS),
        "<results>/statistics/summary.json",


rule all_review:
    input:
        "<results>/review/ratings.json" if "regimen" in TASKS else [],


rule all_report:
    input:
        "<results>/report/report.html",
        "<results>/report/privacy.html",
