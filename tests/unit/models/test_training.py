"""The loss on rows without padding: the same as one pair at a time, in training and in validation."""

from itertools import pairwise

import pytest


@pytest.fixture(scope="module", autouse=True)
def imports() -> None:
    global IGNORE_INDEX, arguments, cross_entropy, torch
    import torch
    from torch.nn.functional import cross_entropy

    from radonc.models.training import IGNORE_INDEX, arguments


@pytest.fixture
def trainer(tmp_path, make_trainer):
    return make_trainer(tmp_path, lora_dropout=0)


@pytest.fixture
def batch(trainer):
    return trainer._prepare_inputs(next(iter(trainer.get_train_dataloader())))


def pair_by_pair(trainer, batch):
    """Return the losses of each pair's learnt tokens, each pair computed alone and with all logits."""
    trainer.model.set_attn_implementation("sdpa")
    losses = []
    for start, end in pairwise(batch["cu_seq_lens_q"].tolist()):
        labels = batch["labels"][0, start + 1 : end]
        logits = trainer.model(input_ids=batch["input_ids"][:, start:end]).logits[0, :-1]
        losses.append(
            cross_entropy(logits, labels, ignore_index=IGNORE_INDEX, reduction="none")[labels != IGNORE_INDEX]
        )
    return losses


def test_the_loss_and_its_gradients_are_those_of_single_pairs(trainer, batch) -> None:
    trainer.model.train()
    trainer.compute_loss(trainer.model, dict(batch)).backward()
    together = {name: layer.grad.clone() for name, layer in trainer.model.named_parameters() if layer.requires_grad}
    loss = trainer.compute_loss(trainer.model, dict(batch)).detach()
    trainer.model.zero_grad()
    alone = torch.cat(pair_by_pair(trainer, batch)).mean()
    alone.backward()
    torch.testing.assert_close(loss, alone.detach())
    assert together
    for name, layer in trainer.model.named_parameters():
        if layer.requires_grad:
            torch.testing.assert_close(layer.grad, together[name], rtol=1e-4, atol=1e-6)


def test_another_sample_in_the_row_changes_nothing(trainer, batch) -> None:
    trainer.model.train()
    borders = batch["cu_seq_lens_q"].tolist()
    only_first = dict(batch)
    only_first["labels"] = batch["labels"].clone()
    only_first["labels"][:, borders[1] :] = IGNORE_INDEX
    changed = {**only_first, "input_ids": batch["input_ids"].clone()}
    changed["input_ids"][:, borders[1] :] = 7
    assert trainer.compute_loss(trainer.model, only_first) == trainer.compute_loss(trainer.model, changed)


def test_validation_does_not_depend_on_the_batches(trainer) -> None:
    losses = []
    for size in (1, 3, 8):
        trainer.args.per_device_eval_batch_size = size
        losses.append(trainer.evaluate()["eval_loss"])
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)


def test_each_epoch_has_its_own_order_of_all_pairs_and_shares_none_with_another_seed(trainer) -> None:
    """The order of an epoch is what a resumed run repeats."""
    orders = []
    for seed in (1, 2):
        trainer.args.data_seed = arguments("x", seed=seed).data_seed
        trainer.create_accelerator_and_postprocess()
        for epoch in range(3):
            batches = trainer.get_train_dataloader()
            batches.set_epoch(epoch)
            orders.append([index for batch in batches.batch_sampler for index in batch])
    assert all(sorted(order) == list(range(64)) != order for order in orders)
    assert len(set(map(tuple, orders))) == 6
    generator = torch.Generator().manual_seed(100_003 + 2)
    assert orders[2] == torch.randperm(64, generator=generator).tolist()
