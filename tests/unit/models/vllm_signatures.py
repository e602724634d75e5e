"""Record the signatures of vLLM that our driver relies on, from the source in its wheel.

    python tests/unit/models/vllm_signatures.py FOLDER > tests/unit/models/vllm_signatures.json

FOLDER is an unpacked wheel (``pip download --no-deps vllm==…; unzip``). Nothing of it is imported.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

CALLS = {
    "LLM.__init__": ("vllm/entrypoints/llm.py", "LLM", "__init__"),
    "LLM.generate": ("vllm/entrypoints/llm.py", "LLM", "generate"),
    "LLM.get_tokenizer": ("vllm/entrypoints/llm.py", "LLM", "get_tokenizer"),
    "AdapterLogitsProcessor.__init__": (
        "vllm/v1/sample/logits_processor/__init__.py", "AdapterLogitsProcessor", "__init__"
    ),
    "AdapterLogitsProcessor.new_req_logits_processor": (
        "vllm/v1/sample/logits_processor/__init__.py", "AdapterLogitsProcessor", "new_req_logits_processor"
    ),
    "LogitsProcessor.is_argmax_invariant": (
        "vllm/v1/sample/logits_processor/interface.py", "LogitsProcessor", "is_argmax_invariant"
    ),
}  # fmt: skip
"""Name -> file, class and function."""
FIELDS = {
    "SamplingParams": ("vllm/sampling_params.py", "SamplingParams"),
    "LoRARequest": ("vllm/lora/request.py", "LoRARequest"),
    "EngineArgs": ("vllm/engine/arg_utils.py", "EngineArgs"),
    "CompletionOutput": ("vllm/outputs.py", "CompletionOutput"),
    "Logprob": ("vllm/logprobs.py", "Logprob"),
    "TokensPrompt": ("vllm/inputs/llm.py", "TokensPrompt"),
}
"""Name -> file and class whose annotated fields are recorded."""
VARIABLES = ("VLLM_ENABLE_V1_MULTIPROCESSING", "VLLM_USE_V2_MODEL_RUNNER")
"""Environment variables that the driver sets; vLLM passes over a name that it does not know."""
RUNNERS = {"V1": "vllm/v1/sample/logits_processor/__init__.py",
           "V2": "vllm/v1/worker/gpu/sample/logits_processor/loader.py"}  # fmt: skip
"""Model runner -> the file that loads constraints; where the class is from that it asks for is recorded."""


def record(folder: Path) -> dict[str, Any]:
    """Return the signatures: of functions their parameters, of classes their fields."""
    [about] = folder.glob("vllm-*.dist-info/METADATA")
    version = next(line for line in about.read_text(encoding="utf-8").splitlines() if line.startswith("Version: "))
    output = _function(_class(folder / "vllm/outputs.py", "RequestOutput"), "__init__")
    return {
        "version": version.removeprefix("Version: "),
        "calls": {name: _parameters(_function(_class(folder / file, kind), function))
                  for name, (file, kind, function) in CALLS.items()},
        "fields": {name: _fields(_class(folder / file, kind)) for name, (file, kind) in FIELDS.items()}
        | {"RequestOutput": _parameters(output)["names"][1:]},
        "ranks": _ranks(folder / "vllm/config/lora.py"),
        "variables": _variables(folder / "vllm/envs.py"),
        "constraints": {runner: _required(folder / file) for runner, file in RUNNERS.items()},
    }  # fmt: skip


def _class(path: Path, name: str) -> ast.ClassDef:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == name)


def _function(kind: ast.ClassDef, name: str) -> ast.FunctionDef:
    return next(node for node in kind.body if isinstance(node, ast.FunctionDef) and node.name == name)


def _parameters(function: ast.FunctionDef) -> dict[str, Any]:
    arguments = function.args
    return {
        "names": [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)],
        "keywords": [argument.arg for argument in arguments.kwonlyargs],
        "more": arguments.kwarg is not None,
    }


def _fields(kind: ast.ClassDef) -> list[str]:
    return [node.target.id for node in kind.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]  # fmt: skip


def _variables(path: Path) -> list[str]:
    """Return those of the driver's environment variables that vLLM reads."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "environment_variables":
            read = {ast.literal_eval(key) for key in node.value.keys if key}  # type: ignore[union-attr]
            return [name for name in VARIABLES if name in read]
    raise LookupError("vLLM lists no environment variables")


def _required(path: Path) -> str:
    """Return the module whose ``LogitsProcessor`` a constraint must be a subclass of."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    asked = {ast.unparse(node.args[1]) for node in ast.walk(tree)
             if isinstance(node, ast.Call) and ast.unparse(node.func) == "issubclass"}  # fmt: skip
    [module] = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                for name in node.names if {name.asname or name.name} == asked}  # fmt: skip
    return str(module)


def _ranks(path: Path) -> list[int]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MaxLoRARanks":
            return [int(value) for value in ast.literal_eval(node.value.slice)]  # type: ignore[attr-defined]
    raise LookupError("vLLM names no LoRA ranks")


if __name__ == "__main__":
    json.dump(record(Path(sys.argv[1])), sys.stdout, indent=1)
    sys.stdout.write("\n")
