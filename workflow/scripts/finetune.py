r"""Fine-tune one model on one task.

Example
-------
python workflow/scripts/finetune.py --model results/models/demo-llama/model.json --task icd10 \\
    --train results/pairs/icd10/train.parquet --validation results/pairs/icd10/validation.parquet \\
    --recipe '{"learning_rate": 0.002, …}' --checkpoints results/checkpoints --threads 1 --code … \\
    --adapter results/adapters/demo-llama/icd10/adapter_model.safetensors --curve …/curve.parquet \\
    --manifest …/manifest.json --log …

Writes <results>/adapters/<model>/<task>/: adapter_model.safetensors, adapter_config.json, curve.parquet, manifest.json
"""

import argparse
import json
from pathlib import Path

from radonc.data.schemas import CURVE, PAIRS
from radonc.run import digests, logs, tables
from radonc.run.offline import go_offline


def main(args_list: list[str] | None = None) -> None:
    """Train the adapter and write it with its curve and manifest."""
    args = parse(args_list)
    logs.start(args.log)
    go_offline()
    from radonc.models.finetune import finetune
    from radonc.models.loading import use_threads
    from radonc.models.register import versions
    from radonc.study.prompts import template_digest

    use_threads(args.threads)
    model = tables.read_json(args.model)
    identity = {
        "model": model["digest"],
        "recipe": args.recipe,
        "data": digests.of_files({"train": args.train, "validation": args.validation}),
        "template": template_digest(),
        "code": args.code,
    }
    run = finetune(
        model["folder"],
        tables.read(args.train, PAIRS),
        tables.read(args.validation, PAIRS),
        args.recipe,
        checkpoints=args.checkpoints / digests.of_value(identity)[:16],
        adapter=args.adapter.parent,
        label=f"finetune {args.model.parent.name} {args.task}",
    )
    tables.write(run.curve, args.curve, CURVE)
    tables.write_json({**identity, **run.facts, "threads": args.threads, "versions": versions()}, args.manifest)


def parse(args_list: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("model", "train", "validation", "checkpoints", "adapter", "curve", "manifest", "log"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--task", required=True)
    parser.add_argument("--recipe", type=json.loads, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--code", required=True, help="digest of the code, by which checkpoints are told apart")
    return parser.parse_args(args_list)


if __name__ == "__main__":
    main()
