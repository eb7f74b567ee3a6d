"""A vocabulary that grew: its new rows train, the base's cannot."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from octavo.models import Idefics3, Idefics3Config, KVCache, load_model, save_model
from octavo.models.vocabulary import rejoin_vocabulary, split_vocabulary
from octavo.training import load_recipe
from octavo.training.optimizer import make_optimizer

IDS = torch.tensor([10, 63, 20, 62, 61, 33, 60, 11])
NEW = 4


@pytest.fixture(params=[False, True], ids=["own head", "tied head"])
def parted(config: Idefics3Config, request: pytest.FixtureRequest) -> tuple[Idefics3, Idefics3]:
    """One model twice, the second with its vocabulary parted."""
    config = replace(config, text=replace(config.text, tie_word_embeddings=request.param))
    models = Idefics3(config), Idefics3(config)
    for model in models:
        model.init_weights(torch.Generator().manual_seed(0))
    split_vocabulary(models[1], NEW)
    return models


def test_logits_and_gradients_are_those_of_the_whole(parted: tuple[Idefics3, Idefics3]) -> None:
    outs = [model(IDS, [5, 3]) for model in parted]
    torch.testing.assert_close(*outs, rtol=1e-5, atol=1e-6)
    for out in outs:
        F.cross_entropy(out[:-1], IDS[1:]).backward()
    whole, split = parted
    for name in ("model.text_model.embed_tokens", "lm_head"):
        if (name, whole.lm_head) == ("lm_head", None):
            continue
        module = split.get_submodule(name)
        assert module.weight.grad is None
        torch.testing.assert_close(module.added.grad, whole.get_submodule(name).weight.grad[-NEW:])
    assert module.added.grad.abs().min() > 0


def test_training_moves_the_new_rows_alone(parted: tuple[Idefics3, Idefics3], tmp_path: Path) -> None:
    whole, split = parted
    stage = load_recipe("nano").stages[0].model_copy(update={"weight_decay": 0.5})
    split.requires_grad_(False)
    for module in split.modules():
        if hasattr(module, "added"):
            module.added.requires_grad_(True)
    optimizer = make_optimizer(split, stage)
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(split(IDS, [8])[:-1], IDS[1:]).backward()
        optimizer.step()
    save_model(split, tmp_path)
    saved, before = load_file(tmp_path / "model.safetensors"), dict(whole.named_parameters())
    assert list(saved) == sorted(before)
    for name, tensor in saved.items():
        if name in ("model.text_model.embed_tokens.weight", "lm_head.weight"):
            assert torch.equal(tensor[:-NEW], before[name][:-NEW])
            assert (tensor[-NEW:] != before[name][-NEW:]).any(dim=1).all()
        else:
            assert torch.equal(tensor, before[name])
    torch.testing.assert_close(load_model(tmp_path)(IDS, [8]), split(IDS, [8]), rtol=1e-5, atol=1e-6)


def test_rejoined_it_is_what_it_was(parted: tuple[Idefics3, Idefics3]) -> None:
    whole, split = parted
    rejoin_vocabulary(split)
    assert type(split.model.text_model.embed_tokens) is type(whole.model.text_model.embed_tokens)
    now, then = dict(split.named_parameters()), dict(whole.named_parameters())
    assert now.keys() == then.keys()
    assert all(torch.equal(now[name], then[name]) and now[name].requires_grad for name in then)
    assert torch.equal(split(IDS, [8]), whole(IDS, [8]))


@torch.no_grad()
def test_decoding_reads_both_parts(parted: tuple[Idefics3, Idefics3]) -> None:
    caches = [KVCache(model.config.text, capacity=8) for model in parted]
    for token in IDS.split(1):
        outs = [model(token, [1], cache=cache) for model, cache in zip(parted, caches, strict=True)]
        torch.testing.assert_close(*outs, rtol=1e-5, atol=1e-6)
