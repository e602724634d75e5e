"""A model of a known shape with random weights, and texts as long as a study's: nothing is downloaded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from radonc.models import attention, demo_model

SHAPES = {
    "llama2-7b": (LlamaConfig, LlamaForCausalLM, {
        "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
        "num_key_value_heads": 32, "vocab_size": 32000,
    }),
    "mistral-7b": (MistralConfig, MistralForCausalLM, {
        "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
        "num_key_value_heads": 8, "vocab_size": 32000, "sliding_window": 4096,
    }),
    "tiny": (LlamaConfig, LlamaForCausalLM, {
        "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "vocab_size": 3072,
        # So few dimensions that with the usual 0.02 a prompt hardly changed what follows.
        "initializer_range": 0.1,
    }),
}  # fmt: skip

ANSWERS = {"regimen": 30, "modality": 2, "icd10": 6}
"""Task -> the length of an answer (words)."""

PROMPT_WORDS = (185, 75)
"""Mean and standard deviation of a prompt's length (words): with its answer 200 tokens, 330 at the 95th percentile."""

N_WORDS = 400


def words() -> list[str]:
    """Return words that are there nowhere else."""
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list("bcdfglmnprstaeiou"), size=6)) for _ in range(N_WORDS)]


def pairs(n: int, task: str, seed: int) -> pd.DataFrame:
    """Return pairs of random words, as long as a study's."""
    rng = np.random.default_rng(seed)
    vocabulary = words()
    mean, deviation = PROMPT_WORDS
    scale = np.log(1 + (deviation / mean) ** 2)
    lengths = rng.lognormal(np.log(mean) - scale / 2, np.sqrt(scale), n).clip(30, 800).astype(int)
    return pd.DataFrame(
        {
            "case_id": [f"C{seed}-{number}" for number in range(n)],
            "prompt": [" ".join(rng.choice(vocabulary, size=length)) for length in lengths],
            "completion": [" " + " ".join(rng.choice(vocabulary, size=ANSWERS[task])) for _ in range(n)],
        }
    )


def tokenizer() -> Any:
    """Return a tokenizer that has a token for each word, or little more."""
    made = demo_model.train_tokenizer([" ".join(words())] * 3)
    made.padding_side = "left"
    return made


def model(shape: str, device: str, dtype: torch.dtype, *, for_training: bool) -> Any:
    """Return a model of a shape with random weights, made where it will be used."""
    config_class, model_class, sizes = SHAPES[shape]
    config = config_class(**sizes, max_position_embeddings=4096, bos_token_id=0, eos_token_id=1, pad_token_id=3)
    torch.manual_seed(0)
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            made = model_class(config)
    finally:
        torch.set_default_dtype(torch.float32)
    made.set_attn_implementation(attention.NAME if for_training else "sdpa")
    return made
