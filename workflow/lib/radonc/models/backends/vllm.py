"""The back end ``vllm``, in a separate environment (envs/vllm).

Not yet run on a GPU: its calls are checked against vLLM's signatures, and its logic with a stand-in for the engine.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

from radonc.models.backends import MAX_CODE_TOKENS, Trie, build_trie, completion_tokens, decode_answer
from radonc.models.predict import Answer, Questions, batched
from radonc.runtime import tables
from radonc.runtime.logs import Progress

RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The LoRA ranks that vLLM has kernels for."""
N_PER_CALL = 4096
"""Prompts per call, so that the progress bar moves; vLLM makes its own batches."""


class Vllm:
    """A model in vLLM's engine, with or without an adapter.

    Raise StudyError when a weight of the model or the adapter is not finite.
    """

    libraries: Sequence[str] = ("vllm", "torch", "transformers")

    def __init__(self, folder: str | Path, *, bf16: bool, adapter: Path | None) -> None:
        # One process: every run works in the same order, and the constraint need not be pickled.
        os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
        # The second model runner takes logits processors of another class.
        os.environ["VLLM_USE_V2_MODEL_RUNNER"] = "0"
        import vllm
        from vllm.lora.request import LoRARequest

        from radonc.models.loading import require_finite_weights

        require_finite_weights(folder, adapter)
        lora: dict[str, Any] = {}
        self.lora_request = None
        if adapter is not None:
            rank = tables.read_json(adapter / "adapter_config.json")["r"]
            lora = {"enable_lora": True, "max_lora_rank": min(known for known in RANKS if known >= rank)}
            self.lora_request = LoRARequest(lora_name=adapter.name, lora_int_id=1, lora_path=str(adapter))
        self._vllm = vllm
        self._constraint = constraint_class()
        self.engine = vllm.LLM(
            model=str(folder),
            dtype="bfloat16" if bf16 else "float32",
            seed=0,
            # With it the log-probabilities of a prompt depend on earlier prompts.
            enable_prefix_caching=False,
            logits_processors=[self._constraint],
            **lora,
        )
        self.tokenizer = self.engine.get_tokenizer()

    def answer(self, questions: Questions, batch_size: int) -> list[Answer]:
        """Answer all prompts in the given order. The engine makes its own batches; 1 means one by one."""
        prompts = [self.tokenizer(prompt)["input_ids"] for prompt in questions.prompts]
        n_per_call = 1 if batch_size == 1 else N_PER_CALL
        bar = Progress(questions.bar, len(prompts))
        free = self._generate(prompts, n_per_call, self._greedy(questions.max_new_tokens))
        log_p = self._log_p(prompts, questions.labels) if questions.labels else [()] * len(prompts)
        constrained: list[str | None] = [None] * len(prompts)
        if questions.codes:
            self._constraint.trie = build_trie(completion_tokens(self.tokenizer, questions.codes))
            settings = self._greedy(MAX_CODE_TOKENS, extra_args={"constrained": True})
            constrained = [answer.text for answer in self._generate(prompts, n_per_call, settings)]
        bar.step(len(prompts))
        rows = zip(free, log_p, constrained, strict=True)
        return [replace(answer, log_p=scores, code=code) for answer, scores, code in rows]

    def _greedy(self, limit: int, **more: Any) -> Any:
        ends = [self.tokenizer.eos_token_id]
        # Log-probabilities of the generated tokens, and of no alternatives.
        return self._vllm.SamplingParams(temperature=0.0, max_tokens=limit, stop_token_ids=ends, logprobs=0, **more)

    def _generate(self, prompts: Sequence[list[int]], n_per_call: int, settings: Any) -> list[Answer]:
        outputs = [output.outputs[0] for some in batched(prompts, n_per_call) for output in self._run(some, settings)]
        tokens = [log_p for output in outputs for place in output.logprobs for log_p in place.values()]
        # A single logit that is not finite makes the log-probabilities of all tokens so.
        if not all(isfinite(token.logprob) for token in tokens):
            raise FloatingPointError("the model's logits are not finite")
        answers = [decode_answer(self.tokenizer, output.token_ids) for output in outputs]
        # vLLM may leave the end of sequence out.
        pairs = zip(answers, outputs, strict=True)
        return [replace(answer, finished=output.finish_reason == "stop") for answer, output in pairs]

    def _log_p(self, prompts: Sequence[list[int]], labels: Sequence[str]) -> list[tuple[float, ...]]:
        """Score every label after every prompt, each pair as a separate prompt."""
        completions = completion_tokens(self.tokenizer, labels)
        settings = self._vllm.SamplingParams(temperature=0.0, max_tokens=1, prompt_logprobs=0)
        scores = []
        for prompt in prompts:
            outputs = self._run([prompt + tokens for tokens in completions], settings)
            scores.append(tuple(_sum(output, len(tokens)) for output, tokens in zip(outputs, completions, strict=True)))
        return scores

    def _run(self, prompts: Sequence[list[int]], settings: Any) -> list[Any]:
        inputs = [{"prompt_token_ids": tokens} for tokens in prompts]
        return list(self.engine.generate(inputs, settings, use_tqdm=False, lora_request=self.lora_request))


def _sum(output: Any, n_tokens: int) -> float:
    """Add the log-probabilities of the last tokens of a prompt."""
    tokens, log_p = output.prompt_token_ids[-n_tokens:], output.prompt_logprobs[-n_tokens:]
    return float(sum(place[token].logprob for token, place in zip(tokens, log_p, strict=True)))


def constraint_class() -> Any:
    """Return a logits processor that allows requests marked ``constrained`` only the texts of its trie.

    Each engine gets a new class: vLLM creates the object itself, so that the trie is an attribute of the class.
    """
    import torch
    from vllm.v1.sample.logits_processor import AdapterLogitsProcessor

    class Constraint(AdapterLogitsProcessor):
        trie: Trie

        def is_argmax_invariant(self) -> bool:
            return False

        def new_req_logits_processor(self, params: Any) -> Callable[[list[int], torch.Tensor], torch.Tensor] | None:
            return self.mask if (params.extra_args or {}).get("constrained") else None

        def mask(self, output: list[int], logits: torch.Tensor) -> torch.Tensor:
            node = self.trie
            for token in output:
                node = node.get(token, {})
            masked = torch.full_like(logits, -torch.inf)
            following = sorted(node)
            masked[following] = logits[following]
            return masked

    return Constraint
