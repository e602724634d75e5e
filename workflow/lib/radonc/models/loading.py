"""Load models, tokenizers and adapters from local folders: safetensors only, no remote code, no network."""

import os
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from radonc.runtime.errors import StudyError
from radonc.runtime.gpus import BF16_CAPABILITY


def use_threads(threads: int) -> None:
    """Compute reproducibly, with this number of CPU threads."""
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Filling fresh memory costs a tenth of the time, and results do not depend on it.
    torch.utils.deterministic.fill_uninitialized_memory = False


def require_gpus(n_gpus: int, *, bf16: bool) -> None:
    """Require the recipe's GPUs: Snakemake silently lowers a request to its limit, and old GPUs have no bfloat16.

    Raise StudyError when there are fewer, or one without bfloat16. Where there is none, the CPU computes.
    """
    seen = torch.cuda.device_count()
    if 0 < seen < n_gpus:
        raise StudyError(
            f"recipe: n_gpus: {n_gpus}, but the job sees {seen}; allow it more (snakemake --resources gpu={n_gpus}), "
            "or lower n_gpus"
        )
    for index in range(seen if bf16 else 0):
        if (capability := torch.cuda.get_device_capability(index)) < BF16_CAPABILITY:
            raise StudyError(
                f"recipe: bf16: true needs a GPU of compute capability {'.'.join(map(str, BF16_CAPABILITY))} or more, "
                f"and {torch.cuda.get_device_name(index)} has {'.'.join(map(str, capability))}; ask for another GPU "
                "(on a cluster gpu_model in the profile), or set bf16: false"
            )


def load_tokenizer(folder: str | Path) -> Any:
    """Load a tokenizer whose padding token is not its end of sequence; raise StudyError when it has none.

    Base models such as LLaMA2 and Mistral have no padding token. Their unknown token serves, which byte fallback
    never produces; padding with the end of sequence would teach a model not to stop.
    """
    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    if tokenizer.pad_token in (None, tokenizer.eos_token):
        tokenizer.pad_token = tokenizer.unk_token
    if tokenizer.pad_token in (None, tokenizer.eos_token):
        raise StudyError(f"{folder}: the tokenizer has neither a padding nor an unknown token; give it a pad_token")
    return tokenizer


def load_model(
    folder: str | Path, *, bf16: bool, in_4bit: bool = False, adapter: Path | None = None, attention: str | None = None
) -> Any:
    """Load a causal language model, in bfloat16 or float32, on the GPU where there is one.

    Four bits are NF4 with double quantisation (Dettmers et al. 2023, arXiv:2305.14314). A LoRA adapter is applied, and
    an attention function of transformers is called by its name. Raise StudyError when a weight is not finite, or when
    the job was given a GPU that PyTorch cannot use: a large model on a CPU would take days.
    """
    if os.environ.get("CUDA_VISIBLE_DEVICES") and not torch.cuda.is_available():
        raise StudyError(
            "this job was given a GPU, but this PyTorch cannot use one: remove .venv and run './radonc-sft setup' on a "
            "machine with a GPU, or install a build of torch with CUDA"
        )
    require_finite_weights(folder, adapter)
    dtype = torch.bfloat16 if bf16 else torch.float32
    quantization = None
    if in_4bit:
        quantization = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
            # FSDP can only shard weights of a floating-point type.
            bnb_4bit_quant_storage=dtype,
        )
    model: Any = AutoModelForCausalLM.from_pretrained(
        str(folder),
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=dtype,
        attn_implementation=attention,
        quantization_config=quantization,
        device_map=_device_map(in_4bit),
    )
    if adapter is not None:
        # The environment of vLLM, which checks weights by this module, has no PEFT.
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, str(adapter))
    return model


def _device_map(in_4bit: bool) -> Any:
    """Return where the weights go: to the GPU, layer by layer to several, or to the CPU's memory."""
    if not torch.cuda.is_available():
        return {"": "cpu"} if in_4bit else None
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        # With FSDP, accelerate distributes the weights; four-bit ones must be created on their GPU.
        return {"": f"cuda:{os.environ['LOCAL_RANK']}"} if in_4bit else None
    return "auto" if torch.cuda.device_count() > 1 else {"": "cuda"}


def is_finite(tensor: torch.Tensor) -> bool:
    """Tell whether a floating-point tensor holds neither a NaN nor an infinity; an empty one holds neither."""
    if not tensor.numel():
        return True
    # The minimum and the maximum suffice: a NaN anywhere makes both NaN. Unlike `isfinite` of every number, they take
    # no memory and a tenth of the time. PyTorch has no minimum of eight-bit floats.
    ends = (tensor if tensor.itemsize > 1 else tensor.float()).detach().aminmax()
    return bool(torch.isfinite(torch.stack(ends)).all())


def require_finite_weights(*folders: str | Path | None) -> None:
    """Raise StudyError when a weight of models, adapters or checkpoints on disk is not finite; None is skipped.

    In memory weights may be quantised, where a NaN passes for a number. One thread takes a second for 6 GB.
    """
    for path in (path for folder in folders if folder for path in sorted(Path(folder).glob("*.safetensors"))):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 (it is no mapping)
                weights = file.get_tensor(name)
                if weights.is_floating_point() and not is_finite(weights):
                    raise StudyError(
                        f"{path}: the weights '{name}' hold a NaN or an infinity, and only finite numbers are allowed; "
                        "remove the file, and fetch the model or train the adapter again"
                    )
