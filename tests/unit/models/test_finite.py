"""Numbers that go wrong stop: a loss, a gradient, a weight or a score that is not finite is never a result."""

import shutil
from dataclasses import replace
from functools import partial

import pytest

from radonc.models.predict import Answer, Arm, Questions, Settings, predict
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.tasks import ModalityTask, Tasks

SETTINGS = Settings(batch_size=8, max_new_tokens=4, tasks=Tasks(modality=ModalityTask(labels=["photon", "proton"])))
LABELS = ["C61", "C50.912", "C34.11", "C20"]
# A run whose first step changes nothing, and whose second one ruins the adapter.
EXPLODING = {"lr_scheduler_type": "constant_with_warmup", "warmup_steps": 4, "learning_rate": 1e30, "save_steps": 1}


@pytest.fixture(scope="module", autouse=True)
def imports() -> None:
    global advice, finetune, is_finite, load_file, load_model, require_finite_weights, save_file, torch, Trainer
    import torch
    from safetensors.torch import load_file, save_file

    from radonc.models import finetune
    from radonc.models.loading import is_finite, load_model, require_finite_weights
    from radonc.models.training import Trainer, advice


def last_checkpoint(folder):
    return finetune.last_checkpoint(folder / "checkpoints")


def damaged(folder, copy, name, value=float("nan")):
    """Copy weights with one number of one tensor replaced."""
    shutil.copytree(folder, copy)
    [path] = copy.glob("*.safetensors")
    weights = load_file(path)
    key = next(key for key in weights if name in key)
    weights[key].view(-1)[-1] = value
    save_file(weights, path, metadata={"format": "pt"})
    return copy


@pytest.fixture(scope="module")
def loud(tmp_path_factory, base):
    """The folder of a model whose weights are finite and whose logits are not."""
    copy = tmp_path_factory.mktemp("loud") / "base"
    shutil.copytree(base, copy)
    weights = load_file(copy / "model.safetensors")
    weights["model.norm.weight"] *= 3e38 / weights["model.norm.weight"].max()
    weights["lm_head.weight"] *= 1e6
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    return copy


@pytest.mark.parametrize("name", ["float32", "bfloat16", "float16", "float8_e4m3fn"])
@pytest.mark.parametrize("shape", [(1,), (300, 41)])
def test_one_number_among_many_is_seen(name, shape) -> None:
    dtype = getattr(torch, name)
    numbers = torch.linspace(-2, 2, torch.Size(shape).numel()).reshape(shape).to(dtype)
    assert is_finite(numbers)
    # Eight bits of this kind have no infinity.
    for value in (torch.nan,) if dtype.itemsize == 1 else (torch.nan, torch.inf, -torch.inf):
        for place in {0, numbers.numel() // 2, numbers.numel() - 1}:
            ruined = numbers.clone()
            ruined.view(-1)[place] = value
            assert not is_finite(ruined)


def test_of_no_numbers_none_is_wrong() -> None:
    assert is_finite(torch.zeros(0, 4))


# Training


def test_a_learning_rate_that_explodes_stops_and_says_what_to_lower(tmp_path, tune) -> None:
    errors = []
    for _ in range(2):
        with pytest.raises(StudyError) as error:
            tune(tmp_path, validated=False, **EXPLODING)
        errors.append(str(error.value))
    # The second try goes on from a checkpoint that was finite, and says the same.
    assert errors[0] == errors[1]
    assert "finetune m icd10 seed1: the loss is not finite in step 3, at the learning rate 5e+29;" in errors[0]
    assert "lower the recipe's learning_rate (1e+30)" in errors[0]
    assert "\n" not in errors[0]
    assert last_checkpoint(tmp_path).name == "checkpoint-2"
    require_finite_weights(last_checkpoint(tmp_path))
    assert not (tmp_path / "adapter").exists()


def test_a_validation_that_explodes_stops_before_the_checkpoint(tmp_path, tune) -> None:
    with pytest.raises(StudyError, match=r"the validation loss is not finite after step 2; lower the recipe's"):
        tune(tmp_path, **EXPLODING)
    assert last_checkpoint(tmp_path).name == "checkpoint-1"


@pytest.mark.parametrize("max_steps", [2, -1])
def test_weights_that_are_no_numbers_are_not_saved(tmp_path, tune, max_steps) -> None:
    with pytest.raises(StudyError, match=r"trained weights are not finite after step 2; lower"):
        tune(tmp_path, validated=False, **{**EXPLODING, "learning_rate": 1e39, "max_steps": max_steps})
    assert last_checkpoint(tmp_path).name == "checkpoint-1"
    assert not (tmp_path / "adapter").exists()


@pytest.mark.parametrize("n_logged", [1, 10])
def test_an_infinite_loss_of_one_of_the_batches_of_a_step_is_not_hidden(tmp_path, tune, monkeypatch, n_logged) -> None:
    """The gradients of such a loss may be finite, and transformers logs the mean of other steps in its place."""
    n_batches = []

    def compute_loss(self, *args, **kwargs):
        loss = usual(self, *args, **kwargs)
        n_batches.append(1)
        return loss + torch.inf if len(n_batches) == 7 else loss

    usual = Trainer.compute_loss
    monkeypatch.setattr(Trainer, "compute_loss", compute_loss)
    sizes = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 4, "logging_steps": n_logged}
    with pytest.raises(StudyError, match=r"the loss is not finite in step 2, at the learning rate 0\.005"):
        tune(tmp_path, validated=False, **sizes)
    assert len(n_batches) == 8


def test_an_infinite_gradient_stops_before_the_step_is_taken(tmp_path, make_trainer) -> None:
    trainer = make_trainer(tmp_path, validated=False)
    weights = next(layer for layer in trainer.model.parameters() if layer.requires_grad)
    before = weights.detach().clone()
    weights.register_hook(lambda gradient: gradient * torch.inf)
    with pytest.raises(StudyError, match=r"^m: the gradient norm is not finite in step 1,.*the model itself"):
        trainer.train()
    assert torch.equal(weights, before)


def test_what_another_process_sees_ends_all(tmp_path, make_trainer, monkeypatch) -> None:
    trainer = make_trainer(tmp_path, validated=False)

    def gather(found):
        return torch.cat([found, torch.tensor([[1.0, torch.nan]])]) if found.shape == (1, 2) else found

    monkeypatch.setattr(trainer.accelerator, "gather", gather)
    with pytest.raises(StudyError, match="the gradient norm is not finite in step 1"):
        trainer.train()


def test_a_checkpoint_that_was_damaged_is_not_gone_on_from(tmp_path, tune, monkeypatch) -> None:
    def die(*_, **__):
        raise KeyboardInterrupt

    short = {"max_steps": 2, "save_steps": 2, "validated": False}
    with monkeypatch.context() as patched:
        patched.setattr(finetune.ThroughputCallback, "facts", die)
        with pytest.raises(KeyboardInterrupt):
            tune(tmp_path, **short)
    last = last_checkpoint(tmp_path)
    damaged(last, tmp_path / "copy", "lora_A")
    shutil.copy(tmp_path / "copy" / "adapter_model.safetensors", last)
    with pytest.raises(StudyError, match=r"checkpoint-2/adapter_model\.safetensors: the weights '.*lora_A.*'"):
        tune(tmp_path, **short)
    # Nor is its adapter written, should it come in another way.
    monkeypatch.setattr(finetune, "require_finite_weights", lambda *_: None)
    with pytest.raises(StudyError, match="trained weights are not finite after step 2"):
        tune(tmp_path, **short)
    assert not (tmp_path / "adapter").exists()


def test_a_model_that_computes_no_numbers_is_at_fault_itself(tmp_path, tune, loud) -> None:
    with pytest.raises(StudyError, match=r"the loss is not finite in step 1.*the model itself is at fault: use"):
        tune(tmp_path, model=loud)


@pytest.mark.parametrize(
    ("updated", "bf16", "in_4bit", "said"),
    [
        (True, False, False, "learning_rate (0.5), say to a tenth, or raise its warmup_steps"),
        (True, True, False, "warmup_steps; if that does not help, set bf16: false"),
        (True, True, True, "warmup_steps; if that does not help, set load_in_4bit: false or bf16: false"),
        (False, False, False, "the model itself is at fault: use another one"),
        (False, False, True, "at fault: set load_in_4bit: false in the recipe, or use another one"),
    ],
)
def test_what_is_to_be_lowered(updated, bf16, in_4bit, said) -> None:
    assert advice(0.5, updated, bf16=bf16, in_4bit=in_4bit).endswith(said)


# Loading


@pytest.mark.parametrize("in_4bit", [False, True])
@pytest.mark.parametrize(("name", "value"), [("embed_tokens", float("nan")), ("down_proj", -float("inf"))])
def test_a_base_model_of_no_numbers_is_not_loaded(tmp_path, base, in_4bit, name, value) -> None:
    folder = damaged(base, tmp_path / "base", name, value)
    with pytest.raises(StudyError, match=rf"base/model\.safetensors: the weights '.*{name}.*' hold a NaN or an inf"):
        load_model(folder, bf16=False, in_4bit=in_4bit)


def test_an_adapter_of_no_numbers_does_not_answer(tmp_path, base, tune, load) -> None:
    tune(tmp_path, validated=False, max_steps=1)
    load(base, tmp_path / "adapter")
    folder = damaged(tmp_path / "adapter", tmp_path / "damaged", "lora_B")
    with pytest.raises(StudyError, match=r"damaged/adapter_model\.safetensors: the weights '.*lora_B.*'.*train the"):
        load(base, folder)


# Prediction


@pytest.fixture(scope="module")
def speechless(loud, load):
    return load(loud)


@pytest.fixture
def questions(train) -> Questions:
    return Questions(task="icd10", prompts=train["prompt"].to_list()[:3], max_new_tokens=4, bar="predict m icd10 base")


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("asked", [{}, {"labels": LABELS}, {"codes": LABELS}, {"shared": "Age:"}])
def test_logits_that_are_no_numbers_give_no_answer(speechless, questions, batch_size, asked) -> None:
    with pytest.raises(FloatingPointError, match="logits are not finite"):
        speechless.answer(replace(questions, **asked), batch_size)


def test_nor_do_they_in_continuous_batching(speechless, questions, monkeypatch) -> None:
    from radonc.models.backends import transformers

    little = partial(transformers.ContinuousBatchingConfig, num_blocks=64, max_batch_tokens=512)
    monkeypatch.setattr(transformers, "ContinuousBatchingConfig", little)
    with pytest.raises(FloatingPointError, match="logits are not finite"):
        speechless.answer_continuously(questions)


def test_logits_that_go_wrong_later_give_no_answer_either(base, load, questions, monkeypatch) -> None:
    backend = load(base)
    usual, n_calls = backend.model.forward, []

    def forward(*args, **kwargs):
        output = usual(*args, **kwargs)
        n_calls.append(1)
        if len(n_calls) == 3:
            output.logits[0, -1, 17] = torch.nan
        return output

    monkeypatch.setattr(backend.model, "forward", forward)
    with pytest.raises(FloatingPointError, match="logits are not finite"):
        backend.answer(questions, 3)


def test_a_prediction_without_numbers_stops_and_says_whose_it_is(speechless, train, validation) -> None:
    with pytest.raises(StudyError, match=r"predict m modality tuned seed1: the model's logits are not finite.*lower"):
        predict(speechless, validation, train, Arm("modality", "m", "tuned", "seed1"), SETTINGS)


@pytest.mark.parametrize("log_p", [float("nan"), float("inf"), float("-inf")])
def test_a_labels_score_that_is_no_number_stops_whatever_back_end_gave_it(train, validation, log_p) -> None:
    class Backend:
        libraries = ()

        def answer(self, questions, _batch_size):
            return [Answer("photon", 1, True, (-0.5, log_p)) for _ in questions.prompts]

    with pytest.raises(StudyError, match="predict m modality base: the log-probabilities of labels are not finite"):
        predict(Backend(), validation, train, Arm("modality", "m", "base"), SETTINGS)
