r"""Answer the test pairs of one or more tasks with one model, as it is or with an adapter.

Example
-------
python workflow/scripts/predict.py --model results/models/demo-llama/model.json --tasks regimen icd10 \\
    --pairs results/pairs/regimen/test.parquet results/pairs/icd10/test.parquet \\
    --predictions results/predictions/demo-llama/base/regimen.parquet …/icd10.parquet \\
    --settings '{"batch_size": 32, "max_new_tokens": {"regimen": 96, "icd10": 16}}' --threads 1 --log …

Writes <results>/predictions/<model>/base/<task>.parquet, or <results>/predictions/<model>/tuned/<task>-<run>.parquet
"""

import argparse
import json
from pathlib import Path

from radonc.data.schemas import PAIRS, PREDICTIONS
from radonc.run import logs, tables
from radonc.run.offline import go_offline


def main(args_list: list[str] | None = None) -> None:
    """Load the model once and answer every task."""
    args = parse(args_list)
    logs.start(args.log)
    go_offline()
    from radonc.models.loading import load_model, load_tokenizer, use_threads
    from radonc.models.predict import predict

    use_threads(args.threads)
    folder = tables.read_json(args.model)["folder"]
    model = load_model(folder, bf16=args.bf16, adapter=args.adapter.parent if args.adapter else None)
    tokenizer = load_tokenizer(folder)
    for task, pairs, output in zip(args.tasks, args.pairs, args.predictions, strict=True):
        predictions = predict(
            model,
            tokenizer,
            tables.read(pairs, PAIRS),
            task=task,
            name=args.model.parent.name,
            arm="tuned" if args.adapter else "base",
            run=args.adapter.parent.name if args.adapter else "-",
            batch_size=args.settings["batch_size"],
            max_new_tokens=args.settings["max_new_tokens"][task],
        )
        tables.write(predictions, output, PREDICTIONS, sort_by=["case_id"])


def parse(args_list: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="the model's manifest")
    parser.add_argument("--adapter", type=Path, help="the adapter's weights; without it the base model answers")
    parser.add_argument("--tasks", nargs="+", required=True)
    parser.add_argument("--pairs", type=Path, nargs="+", required=True, help="one file per task")
    parser.add_argument("--predictions", type=Path, nargs="+", required=True, help="one file per task")
    parser.add_argument("--settings", type=json.loads, required=True)
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    return parser.parse_args(args_list)


if __name__ == "__main__":
    main()
