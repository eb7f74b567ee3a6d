"""Activation checkpointing gives the same gradients and keeps less; text alone trains."""

import pytest
import torch
from torch import Tensor

from octavo.models import Idefics3
from octavo.models.adapters import AdapterSettings, add_adapters


def gradients(model: Idefics3) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(1)
    pixels = torch.randn((2, 3, 32, 32), generator=generator)
    token_ids = torch.tensor([9] * 8 + [3, 4, 5, 6, 7])
    model.zero_grad()
    features = model.encode_tiles(pixels).flatten(0, 1)
    model(token_ids, [10, 3], features_ID=features).square().mean().backward()
    return {name: parameter.grad for name, parameter in model.named_parameters()}


@pytest.mark.parametrize(("vision", "text"), [(True, False), (False, True), (True, True)])
def test_gradients_are_the_same_to_the_bit(model, vision, text):
    expected = gradients(model)
    model.checkpoint_layers(vision, text)
    found = gradients(model)
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        assert torch.equal(gradient, expected[name]), name
        assert gradient.any(), name


def test_the_second_run_of_a_layer_draws_the_same_dropout(model):
    add_adapters(model, AdapterSettings(rank=4, dropout=0.5), seed=0)
    found = []
    for checkpointing in (False, True):
        model.checkpoint_layers(checkpointing, checkpointing)
        torch.manual_seed(0)
        found.append(gradients(model.train()))
    for name, gradient in found[0].items():
        assert gradient is None or torch.equal(gradient, found[1][name]), name


def kept(model: Idefics3) -> int:
    """Numbers that the graph keeps for the backward pass, parameters apart."""
    count = 0
    parameters = {parameter.data_ptr() for parameter in model.parameters()}

    def keep(x: Tensor) -> Tensor:
        nonlocal count
        count += x.numel() * (x.data_ptr() not in parameters)
        return x

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        model.encode_tiles(torch.zeros((2, 3, 32, 32)))
    return count


def test_less_is_kept(model):
    everything = kept(model)
    model.checkpoint_layers()
    assert kept(model) < everything / 3


def test_nothing_is_recomputed_where_no_gradient_is_taken(model):
    model.checkpoint_layers()
    with torch.no_grad():
        assert not model(torch.tensor([3, 4]), [2]).requires_grad


def test_text_alone_has_no_gradient_in_the_encoder(model):
    model(torch.tensor([3, 4, 5]), [3]).square().mean().backward()
    for name, parameter in model.named_parameters():
        inside = name.startswith(("model.vision_model.", "model.connector."))
        assert (parameter.grad is None) == inside, name
