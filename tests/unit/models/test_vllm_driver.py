"""vLLM needs a GPU, so its driver runs here against a stand-in that takes no argument that vLLM does not take.

The signatures are vLLM's own, recorded from its wheel by vllm_signatures.py; RADONC_VLLM names an unpacked wheel to
record them from anew.
"""

import json
import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from vllm_signatures import record

from radonc.models.backends import vllm as driver
from radonc.models.predict import Questions
from radonc.runtime.errors import StudyError

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SIGNATURES = json.loads((HERE / "vllm_signatures.json").read_text())
CODES = ["C15.3", "C15.4", "C61", "C50.911", "D05.11", "Z51.0"]


@pytest.fixture(scope="module", autouse=True)
def imports() -> None:
    global load_model, load_tokenizer, save_file, torch
    import torch
    from safetensors.torch import save_file

    from radonc.models.loading import load_model, load_tokenizer


def require(name: str, n_given: int, keywords: set[str]) -> None:
    """Raise where a call does not fit a recorded signature."""
    call = SIGNATURES["calls"][name]
    assert n_given + 1 <= len(call["names"])
    allowed = set(call["keywords"]) | set(call["names"][n_given + 1 :])
    assert keywords <= allowed | (set(SIGNATURES["fields"]["EngineArgs"]) if call["more"] else set()), name


def record_of(kind: str, **values):
    """Return an object with the fields of one of vLLM's; none may be asked for that it has not."""
    assert values.keys() <= set(SIGNATURES["fields"][kind]), kind
    return SimpleNamespace(**values)


class StandIn:
    """The engine's part, played by transformers, a prompt at a time."""

    def __init__(self, *given, **settings) -> None:
        require("LLM.__init__", len(given), set(settings))
        self.settings = settings
        runner = "V1" if os.environ.get("VLLM_USE_V2_MODEL_RUNNER") == "0" else "V2"
        package = SIGNATURES["constraints"][runner].removesuffix(".interface")
        for kind in settings["logits_processors"]:
            assert issubclass(kind, getattr(sys.modules.get(package), "AdapterLogitsProcessor", ())), package
        self.model = load_model(settings["model"], bf16=settings["dtype"] == "bfloat16")
        self.processors = [kind(None, "cpu", False) for kind in settings["logits_processors"]]
        self.calls = []

    def get_tokenizer(self):
        return load_tokenizer(self.settings["model"])

    def generate(self, prompts, params, **options):
        require("LLM.generate", 2, set(options))
        self.calls.append((len(prompts), params, options))
        return [self._one(prompt, params) for prompt in prompts]

    def _one(self, prompt, params):
        assert prompt.keys() <= set(SIGNATURES["fields"]["TokensPrompt"])
        tokens, output, behind = list(prompt["prompt_token_ids"]), [], []
        with torch.inference_mode():
            log_p = self.model(input_ids=torch.tensor([tokens])).logits[0].log_softmax(-1)
            while len(output) < params.max_tokens:
                logits = self.model(input_ids=torch.tensor([tokens + output])).logits[0, -1]
                raw = logits.log_softmax(-1)
                for processor in self.processors:
                    if change := processor.new_req_logits_processor(params):
                        logits = change(output, logits)
                output.append(int(logits.argmax()))
                behind.append({output[-1]: record_of("Logprob", logprob=float(raw[output[-1]]))})
                if output[-1] in (getattr(params, "stop_token_ids", None) or []):
                    break
        scores = [None] + [
            {token: record_of("Logprob", logprob=float(log_p[i, token]))} for i, token in enumerate(tokens[1:])
        ]
        stopped = output[-1] in (getattr(params, "stop_token_ids", None) or [])
        done = record_of(
            "CompletionOutput", token_ids=output, finish_reason="stop" if stopped else "length",
            logprobs=None if getattr(params, "logprobs", None) is None else behind,
        )  # fmt: skip
        return record_of("RequestOutput", prompt_token_ids=tokens, prompt_logprobs=scores, outputs=[done])


def sampling_params(**settings):
    return record_of("SamplingParams", **{"extra_args": None, "stop_token_ids": None, **settings})


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the stand-in where vLLM would be."""
    modules = {name: ModuleType(name) for name in (
        "vllm", "vllm.lora", "vllm.lora.request", "vllm.v1", "vllm.v1.sample", "vllm.v1.sample.logits_processor"
    )}  # fmt: skip
    modules["vllm"].LLM = StandIn
    modules["vllm"].SamplingParams = sampling_params
    modules["vllm.lora.request"].LoRARequest = lambda **fields: record_of("LoRARequest", **fields)

    class Adapter:
        def __init__(self, *given) -> None:
            require("AdapterLogitsProcessor.__init__", len(given), set())

    modules["vllm.v1.sample.logits_processor"].AdapterLogitsProcessor = Adapter
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", "1")
    monkeypatch.setenv("VLLM_USE_V2_MODEL_RUNNER", "1")


@pytest.fixture
def questions(train) -> Questions:
    return Questions(
        task="icd10", prompts=train["prompt"].to_list()[:5], max_new_tokens=12, labels=CODES, codes=CODES, bar="test"
    )


@pytest.mark.usefixtures("engine")
def test_the_driver_answers_what_transformers_answers(base, load, questions) -> None:
    ours = load(base).answer(questions, 4)
    theirs = driver.Vllm(base, bf16=False, adapter=None).answer(questions, 4)
    for one, other in zip(theirs, ours, strict=True):
        assert (one.text, one.n_tokens, one.finished, one.code) == (
            other.text, other.n_tokens, other.finished, other.code
        )  # fmt: skip
        assert one.log_p == pytest.approx(other.log_p, abs=1e-4)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("constrained", [False, True])
def test_logits_that_are_no_numbers_give_no_answer(base, questions, constrained) -> None:
    backend = driver.Vllm(base, bf16=False, adapter=None)
    broken = backend.engine.model.lm_head.weight
    with torch.no_grad():
        broken[17] = torch.nan
    with pytest.raises(FloatingPointError, match="logits are not finite"):
        backend.answer(replace(questions, labels=(), codes=CODES if constrained else ()), 4)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("of_adapter", [False, True])
def test_weights_that_are_no_numbers_are_not_loaded(base, tmp_path, of_adapter) -> None:
    (tmp_path / "adapter_config.json").write_text('{"r": 4}')
    save_file({"lora_A": torch.tensor([1.0, torch.inf])}, tmp_path / "adapter_model.safetensors")
    model, adapter = (base, tmp_path) if of_adapter else (tmp_path, None)
    with pytest.raises(StudyError, match=r"adapter_model\.safetensors: the weights 'lora_A' hold a NaN or an infinity"):
        driver.Vllm(model, bf16=False, adapter=adapter)


@pytest.mark.usefixtures("engine")
def test_it_asks_for_greedy_answers_and_never_reuses_what_was_asked_before(base, questions) -> None:
    backend = driver.Vllm(base, bf16=False, adapter=None)
    backend.answer(questions, 4)
    assert backend.engine.settings["enable_prefix_caching"] is False
    assert {params.temperature for _, params, _ in backend.engine.calls} == {0.0}
    assert os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] == "0"
    assert "enable_lora" not in backend.engine.settings
    n_before = len(backend.engine.calls)
    backend.answer(replace(questions, labels=(), codes=()), 1)
    assert [n for n, _, _ in backend.engine.calls[n_before:]] == [1] * 5


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(("rank", "slots"), [(4, 8), (16, 16), (48, 64)])
def test_an_adapter_goes_with_every_request(base, questions, tmp_path, rank, slots) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"r": rank}))
    backend = driver.Vllm(base, bf16=True, adapter=tmp_path)
    backend.answer(replace(questions, prompts=questions.prompts[:1]), 4)
    assert (backend.engine.settings["enable_lora"], backend.engine.settings["max_lora_rank"]) == (True, slots)
    assert {options["lora_request"].lora_path for _, _, options in backend.engine.calls} == {str(tmp_path)}


def test_vllm_reads_the_environment_variables_that_the_driver_sets() -> None:
    """A name that vLLM does not know would be passed over, and the other model runner would refuse the constraint."""
    assert set(re.findall(r'environ\["(\w+)"\]', Path(driver.__file__).read_text())) == set(SIGNATURES["variables"])


def test_the_ranks_are_those_of_vllm() -> None:
    assert list(driver.RANKS) == SIGNATURES["ranks"]


@pytest.mark.usefixtures("engine")
def test_the_constraint_has_the_methods_that_vllm_calls() -> None:
    kind = driver.constraint_class()
    for name in ("AdapterLogitsProcessor.new_req_logits_processor", "LogitsProcessor.is_argmax_invariant"):
        method = getattr(kind, name.split(".")[1])
        assert list(method.__code__.co_varnames[: method.__code__.co_argcount]) == SIGNATURES["calls"][name]["names"]


def test_the_environment_has_the_version_whose_signatures_are_recorded() -> None:
    lock = (ROOT / "envs" / "vllm" / "requirements.txt").read_text()
    assert re.search(r"^vllm==(.+)$", lock, flags=re.MULTILINE)[1] == SIGNATURES["version"]


def test_the_record_is_what_the_wheel_says() -> None:
    folder = os.environ.get("RADONC_VLLM")
    if not folder:
        pytest.skip("RADONC_VLLM names no unpacked wheel of vLLM")
    assert record(Path(folder)) == SIGNATURES
