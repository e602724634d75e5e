r"""Answer the test pairs of one or more tasks with one model, as it is (base, fewshot) or with an adapter (tuned).

Example
-------
python workflow/scripts/predict.py --name demo-llama --model results/models/demo-llama/model.json \\
    --arms base fewshot --tasks icd10 \\
    --train results/pairs/icd10/train.parquet --test results/pairs/icd10/test.parquet \\
    --predictions results/predictions/demo-llama/base/icd10.parquet …/fewshot/icd10.parquet \\
    --settings '{"backend": "transformers", "batch_size": 32, "max_new_tokens": {"icd10": 16}, "tasks": …}' \\
    --threads 1 --log …

Writes <results>/predictions/<model>/<arm>/<task>.parquet (of an adapter <task>-<run>.parquet), beside each a manifest
"""

import argparse
import json
from itertools import product
from pathlib import Path

from radonc.data.schemas import NO_RUN, PAIRS, PREDICTIONS
from radonc.models.backends import load_backend
from radonc.models.predict import Arm, Settings, describe_backend, predict, require_same_template
from radonc.runtime import logs, tables
from radonc.runtime.environment import go_offline, leave_out
from radonc.runtime.settings.tasks import Tasks
from radonc.runtime.shards import WHOLE, Shard
from radonc.study.prompts import answer_of


def main(args_list: list[str] | None = None) -> None:
    """Load the model once and answer every task in every arm."""
    args = parse(args_list)
    logs.configure_logging(args.log)
    go_offline()
    if not args.in_4bit:
        leave_out("bitsandbytes")
    if args.adapter:
        require_same_template(args.adapter.parent / "manifest.json")
    training = {task: tables.read(path, PAIRS) for task, path in zip(args.tasks, args.train, strict=True)}
    test = {task: tables.read(path, PAIRS) for task, path in zip(args.tasks, args.test, strict=True)}
    model = tables.read_json(args.model) if args.model else {}
    backend = load_backend(
        args.settings["backend"],
        model.get("folder"),
        args.adapter.parent if args.adapter else None,
        bf16=args.bf16,
        in_4bit=args.in_4bit,
        n_gpus=args.n_gpus,
        threads=args.threads,
        alias=f"{args.name} {args.run}",
        known={task: [answer_of(text) for text in pairs["completion"]] for task, pairs in training.items()},
    )
    for (arm, task), path in zip(product(args.arms, args.tasks), args.predictions, strict=True):
        settings = Settings(
            batch_size=args.settings["batch_size"],
            max_new_tokens=args.settings["max_new_tokens"][task],
            tasks=Tasks.model_validate(args.settings["tasks"]),
            n_examples=args.settings.get("n_examples", 0),
            key=args.settings.get("key", ""),
        )
        who = Arm(task, args.name, arm, args.run)
        predictions, facts = predict(backend, test[task], training[task], who, settings, args.shard)
        tables.write(predictions, path, PREDICTIONS, sort_by=["case_id"])
        description = describe_backend(backend, args.settings["backend"], model)
        tables.write_json({**facts, **description, "threads": args.threads}, path.with_suffix(".json"))


def parse(args_list: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", required=True, help="the model's name")
    parser.add_argument("--model", type=Path, help="the model's manifest; the back end dummy has none")
    parser.add_argument("--adapter", type=Path, help="the adapter's weights; without it the base model answers")
    parser.add_argument("--arms", nargs="+", required=True)
    parser.add_argument("--tasks", nargs="+", required=True)
    parser.add_argument("--run", default=NO_RUN, help="the adapter's run, such as seed1")
    parser.add_argument("--train", type=Path, nargs="+", required=True, help="one file per task")
    parser.add_argument("--test", type=Path, nargs="+", required=True, help="one file per task")
    parser.add_argument("--predictions", type=Path, nargs="+", required=True, help="one file per arm and task")
    parser.add_argument("--settings", type=json.loads, required=True)
    parser.add_argument("--shard", type=Shard.parse, default=WHOLE, help="such as 3-of-10")
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16")
    parser.add_argument("--in-4bit", action="store_true", help="hold the weights in four bits")
    parser.add_argument("--n-gpus", type=int, default=0, help="GPUs that the model needs; 0 where it runs on the CPU")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    return parser.parse_args(args_list)


if __name__ == "__main__":
    main()
