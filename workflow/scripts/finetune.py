r"""Fine-tune one model on one task.

Example
-------
python workflow/scripts/finetune.py --model results/models/demo-llama/model.json --task icd10 \\
    --train results/pairs/icd10/train.parquet --validation results/pairs/icd10/validation.parquet \\
    --recipe '{"learning_rate": 0.002, …}' --run seed1 --checkpoints results/private/checkpoints --threads 1 --code … \\
    --adapter results/adapters/demo-llama/icd10/seed1/adapter_model.safetensors --curve …/curve.parquet \\
    --manifest …/manifest.json --log …

``accelerate launch`` in place of ``python`` trains with several processes, of which the first writes.

Writes <results>/adapters/<model>/<task>/<run>/: adapter_model.safetensors, adapter_config.json, curve.parquet,
manifest.json
"""

import argparse
import json
from contextlib import nullcontext
from pathlib import Path

from radonc.data.schemas import CURVE, PAIRS
from radonc.runtime import hashing, launch, logs, private, tables
from radonc.runtime.environment import go_offline, leave_out
from radonc.runtime.settings.recipe import Recipe


def main(args_list: list[str] | None = None) -> None:
    """Train the adapter and write it with its curve and manifest."""
    args = parse(args_list)
    # Of several processes each keeps a log.
    logs.configure_logging(args.log if launch.rank() == 0 else args.log.with_suffix(f".{launch.rank()}.log"))
    go_offline()
    if not args.recipe["load_in_4bit"]:
        leave_out("bitsandbytes")
    from radonc.models.finetune import finetune
    from radonc.models.loading import use_threads
    from radonc.study.prompts import template_digest
    from radonc.study.training_runs import TrainingRun, take

    use_threads(args.threads)
    model = tables.read_json(args.model)
    run = TrainingRun.named(args.run)
    identity = {
        "model": model["digest"],
        "recipe": args.recipe,
        "run": args.run,
        "data": hashing.hash_files({"train": args.train, "validation": args.validation}),
        "template": template_digest(),
        "code": args.code,
    }
    checkpoints = args.checkpoints / hashing.hash_value(identity)[:16]
    private.make_private([checkpoints])
    name = f"{args.model.parent.name} {args.task} {args.run}"
    # Of several processes the first holds the lock for all.
    is_first = launch.rank() == 0
    with launch.exclusive_lock(checkpoints.with_suffix(".lock"), f"training {name}") if is_first else nullcontext():
        curve, facts = finetune(
            model["folder"],
            take(tables.read(args.train, PAIRS), run.share),
            tables.read(args.validation, PAIRS),
            Recipe.model_validate(args.recipe),
            seed=run.seed,
            checkpoints=checkpoints,
            adapter=args.adapter.parent,
            label=f"finetune {name}",
        )
    if is_first:
        tables.write(curve, args.curve, CURVE)
        # By its digest the gate knows the adapter as what was trained.
        files = {args.adapter.name: hashing.hash_file(args.adapter)}
        tables.write_json({**identity, **facts, "threads": args.threads, "files": files}, args.manifest)


def parse(args_list: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("model", "train", "validation", "checkpoints", "adapter", "curve", "manifest", "log"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--task", required=True)
    parser.add_argument("--run", required=True, help="the run's name, such as seed1 or seed1-share25")
    parser.add_argument("--recipe", type=json.loads, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--code", required=True, help="digest of the code, which is part of the checkpoints' key")
    return parser.parse_args(args_list)


if __name__ == "__main__":
    main()
