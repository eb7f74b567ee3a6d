"""Compiled layers compute what they are written to compute, whatever the pack."""

import copy
from functools import partial

import pytest
import torch

from octavo.errors import OctavoError
from octavo.models import Branched, Idefics3
from octavo.models.segments import total
from octavo.training import load_recipe, train

PACKS = [(3, (20, 7)), (2, (Branched(12, (3, 4)), 9)), (0, (31,)), (4, (17, 5, 6, Branched(4, (2, 2))))]


def step(model, tiles, segments):
    """Logits, and the gradient of every parameter."""
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(10, 60, (total(segments),), generator=generator)
    ids[: tiles * 4] = 9
    features = model.features_of(torch.randn(tiles, 3, 32, 32, generator=generator)) if tiles else None
    model.zero_grad()
    logits = model(ids, segments, features)
    logits.square().mean().backward()
    return {"logits": logits.detach()} | {name: parameter.grad for name, parameter in model.named_parameters()}


def test_logits_and_gradients_are_those_of_the_layers_as_written(model, monkeypatch, caplog):
    """The graphs are captured and run as they are: to have their kernels written takes a minute."""
    caplog.set_level("ERROR", "torch.__trace")  # pytest would keep and format all that torch notes of its compiling
    graphs = []

    def counting(graph, inputs):
        graphs.append(graph)
        return graph.forward

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=counting))
    compiled = copy.deepcopy(model)
    compiled.compile_layers()
    assert compiled.state_dict().keys() == model.state_dict().keys()
    captured = []
    for tiles, segments in PACKS:
        wanted, found = step(model, tiles, segments), step(compiled, tiles, segments)
        for name, value in wanted.items():
            if value is not None:  # without tiles the encoder has no gradient
                torch.testing.assert_close(found[name], value, rtol=0, atol=1e-5 * float(value.abs().max()), msg=name)
        captured.append(len(graphs))
    cache = compiled.new_cache(40)
    with torch.inference_mode():
        for _ in range(3):
            compiled(torch.tensor([10, 11]), (2,), cache=cache)
    assert captured == [len(graphs)] * len(PACKS)  # neither another pack nor a cache needs graphs of its own


class CompiledError(Exception):
    """The recipe's switch was heeded."""


def test_a_recipe_asks_for_it(tiny_recipe, tmp_path, monkeypatch):
    def compile_layers(self):
        raise CompiledError

    monkeypatch.setattr(Idefics3, "compile_layers", compile_layers)
    with pytest.raises(CompiledError):
        train(tiny_recipe.model_copy(update={"compile": True}), tmp_path / "run")


def test_adapters_are_not_compiled():
    with pytest.raises(OctavoError, match="leave out 'compile' or 'adapter'"):
        load_recipe("finetune-smolvlm-256m", ("compile=true",))
