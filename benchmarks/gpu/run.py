"""Check, on a CUDA GPU, that we are right; then time training and prediction beside the plain way.

    python benchmarks/gpu/run.py [--only correct,train,predict] [--shape llama2-7b] [--steps 40] [--batch-size 32]
        [--cases 1581]

Random weights of a model's shape, random words as long as a study's texts: nothing is downloaded, and no study need be
there. First the kernels and the methods of generation are checked, then a ceiling is measured on the spot; training and
prediction follow, each beside the plain way of TRL and transformers in the same run. Writes results.md and results.json
into --out, anew after each measurement, and leaves there what other stages measured of the same shape on the same
device. Without a CUDA GPU it says so and does nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "workflow" / "lib"))

from radonc.runtime.environment import go_offline  # noqa: E402 - the library stands beside this folder

go_offline()

import made_up  # noqa: E402 - offline first
import prediction  # noqa: E402
import torch  # noqa: E402
import training  # noqa: E402
from correct import check  # noqa: E402
from page import page  # noqa: E402

LIBRARIES = ("torch", "transformers", "peft", "trl", "accelerate", "datasets", "tokenizers")


def correct(
    _options: argparse.Namespace, device: str, dtype: torch.dtype, record: dict[str, Any], keep: Callable[[], None]
) -> None:
    """Stop where something is wrong."""
    record["correct"] = [*check(device, dtype), *prediction.exact(device)]
    print(*record["correct"], sep="\n", flush=True)
    keep()


STAGES = {"correct": correct, "train": training.both, "predict": prediction.all_ways}


def main(args_list: list[str] | None = None) -> None:
    """Check, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=stages, default=list(STAGES), help=f"some of {','.join(STAGES)}")
    parser.add_argument("--shape", choices=list(made_up.SHAPES), default="llama2-7b")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--batch-size", type=int, default=32, help="pairs per training step")
    parser.add_argument("--cases", type=int, default=1581, help="test cases")
    parser.add_argument("--plain-cases", type=int, default=192, help="test cases of the plain way, a sample")
    parser.add_argument("--on-cpu", action="store_true", help="without a GPU, to try this program (with --shape tiny)")
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args(args_list)
    if not (torch.cuda.is_available() or options.on_cpu):
        print("there is no CUDA GPU here: nothing was measured")
        return
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    record = begun(options.out / "results.json", {"shape": options.shape, **machine()})
    for name in options.only:
        STAGES[name](options, device, dtype, record, lambda: write(record, options.out))
    print(page(record))


def stages(text: str) -> list[str]:
    """Return the stages that are named, in the order in which they are run."""
    named = text.split(",")
    if unknown := set(named) - set(STAGES):
        raise argparse.ArgumentTypeError(f"no stage: {', '.join(sorted(unknown))}; there are {', '.join(STAGES)}")
    return [name for name in STAGES if name in named]


def machine() -> dict[str, Any]:
    """Say what the figures were measured on."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return {"device": device, "versions": {name: _version(name) for name in LIBRARIES}}


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        # It may lie on the path without saying which it is.
        return "unknown"


def begun(results: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Return the results of other stages, where they are of the same shape, device and versions; else new ones."""
    if results.is_file():
        record: dict[str, Any] = json.loads(results.read_text(encoding="utf-8"))
        if about.items() <= record.items():
            return record
        print(f"{results}: of another shape, device or versions; it will be replaced", flush=True)
    return about


def write(record: dict[str, Any], folder: Path) -> None:
    """Write what is known so far."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (folder / "results.md").write_text(page(record), encoding="utf-8")


if __name__ == "__main__":
    main()
