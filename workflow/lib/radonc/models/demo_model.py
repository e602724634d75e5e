"""Small base models, built from scratch, with which the whole workflow runs on a laptop.

They are real Llama and Mistral models of about a million parameters, pretrained on the training prompts, each with
another patient's answer: so a base model knows the vocabulary of radiotherapy and the *form* of an answer, but not
which patient gets which. Otherwise the base would score zero and any fine-tuning would look like a triumph.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import transformers
from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, set_seed

from radonc.models.training import Trainer, arguments

BOS, EOS, UNK, PAD = "<s>", "</s>", "<unk>", "<pad>"
VOCABULARY = 3072
BLOCK = 128
BATCH = 16
SEED = 1

LLAMA = {"hidden_size": 128, "intermediate_size": 384, "num_key_value_heads": 4}
MISTRAL = {"hidden_size": 160, "intermediate_size": 448, "num_key_value_heads": 1}
ARCHITECTURES = {
    "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM, LLAMA),
    "mistral": (transformers.MistralConfig, transformers.MistralForCausalLM, MISTRAL),
}


def corpus(training_pairs: Iterable[pd.DataFrame]) -> list[str]:
    """Return the texts to pretrain on: the training prompts of all tasks, each with another patient's answer."""
    texts = []
    rng = np.random.default_rng(SEED)
    for pairs in training_pairs:
        # A cyclic shift after a shuffle gives every prompt the answer of another case.
        order = rng.permutation(len(pairs))
        answers = pairs["completion"].to_numpy()[np.roll(order, 1)]
        texts += [prompt + answer for prompt, answer in zip(pairs["prompt"].to_numpy()[order], answers, strict=True)]
    return [texts[i] for i in rng.permutation(len(texts))]


def train_tokenizer(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE tokenizer with single digits, as Llama's, so that doses and codes can be composed."""
    tokenizer = Tokenizer(models.BPE(unk_token=UNK))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[BOS, EOS, UNK, PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    start = (BOS, tokenizer.token_to_id(BOS))
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BOS} $A", special_tokens=[start])
    special = {"bos_token": BOS, "eos_token": EOS, "unk_token": UNK, "pad_token": PAD}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)


def build(architecture: str, training_pairs: Iterable[pd.DataFrame], n_steps: int, folder: str | Path) -> None:
    """Build a demo model (``llama`` or ``mistral``) and save it with its tokenizer.

    It is trained on the training split of every task (schema ``PAIRS``), whose texts are concatenated and cut into
    blocks of 128 tokens, 16 in a step.
    """
    texts = corpus(training_pairs)
    tokenizer = train_tokenizer(texts)
    set_seed(SEED)
    model = initial_model(architecture, tokenizer)
    settings = arguments(
        folder,
        seed=SEED,
        packing=True,
        packing_strategy="wrapped",
        max_length=BLOCK,
        per_device_train_batch_size=BATCH,
        max_steps=n_steps,
        learning_rate=3e-3,
        lr_scheduler_type="cosine",
        warmup_steps=0.05,
        bf16=False,
        gradient_checkpointing=False,
        logging_steps=10,
        save_strategy="no",
    )
    # A block holds about one text; texts that no step reaches need not be tokenised.
    data = Dataset.from_dict({"text": texts[: 2 * BATCH * n_steps]})
    label = f"build_demo_model {architecture}"
    trainer = Trainer(model=model, args=settings, train_dataset=data, processing_class=tokenizer, label=label)
    trainer.train()
    trainer.require_finite_weights()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def initial_model(architecture: str, tokenizer: PreTrainedTokenizerFast) -> Any:
    """Return an untrained model of an architecture, with the tokenizer's special tokens in its config."""
    config_class, model_class, sizes = ARCHITECTURES[architecture]
    config = config_class(
        vocab_size=len(tokenizer),
        num_hidden_layers=4,
        num_attention_heads=4,
        max_position_embeddings=1024,
        tie_word_embeddings=False,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **sizes,
    )
    return model_class(config)
