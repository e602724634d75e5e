"""Named targets: what to ask for, without knowing file names."""


rule all_data:
    input:
        rules.annotate.output,
        rules.worksheet.output,
        rules.privacy.output,
        SHIFTED_DATES,
    localrule: True


rule all_pairs:
    input:
        expand("<results>/pairs/{task}/{split}.parquet", task=TASKS, split=SPLITS),
        [f"<results>/pairs/{task}/lengths-{model}.json" for model, task in TRAINED],
        of_model(expand("<results>/models/{model}/prompts.json", model=MODELS)),
    localrule: True


rule all_models:
    input:
        of_model(expand("<results>/models/{model}/model.json", model=MODELS)),
    localrule: True


rule all_adapters:
    input:
        [
            f"<results>/adapters/{model}/{task}/{run}/adapter_model.safetensors"
            for model, task, run in ADAPTERS
        ],
    localrule: True


rule all_predictions:
    input:
        predictions(),
    localrule: True


rule all_statistics:
    input:
        rules.compare.output,
    localrule: True


rule all_review:
    input:
        rules.review.output if "regimen" in TASKS else [],
    localrule: True


rule all_report:
    input:
        rules.report.output,
        rules.privacy.output,
    localrule: True


# Asked for by name in `all`: what is lost behind the certificate is made again.
PRODUCTS = [
    rules.all_data.input,
    rules.all_pairs.input,
    rules.all_models.input,
    rules.all_adapters.input,
    rules.all_predictions.input,
    rules.all_statistics.input,
    rules.all_review.input,
    rules.all_report.input,
]
