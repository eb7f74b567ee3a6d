"""Optimisers and schedules: what decays, what Muon takes, and how the rate goes."""

import math

import pytest
import torch

from octavo.training.muon import LIKE_ADAMW, Muon, orthogonalized
from octavo.training.optimizer import make_optimizer
from octavo.training.schedule import Span


def stage_with(recipe, **changes):
    return recipe.stages[0].model_copy(update=changes)


def rates(stage):
    return [Span(stage, samples=1).learning_rate(step, step) for step in range(stage.steps)]


def test_the_schedule_warms_up_and_ends_near_zero(tiny_recipe):
    stage = stage_with(tiny_recipe, steps=100, warmup_steps=10, learning_rate=1.0)
    cosine, linear, constant = (
        rates(stage.model_copy(update={"schedule": name})) for name in ("cosine", "linear", "constant")
    )
    assert cosine[:10] == linear[:10] == constant[:10] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert cosine[10] == linear[10] == 1.0
    assert cosine[10:] == sorted(cosine[10:], reverse=True)
    assert cosine[55] == linear[55] == pytest.approx(0.5)
    assert 0 < cosine[-1] < 0.001
    assert linear[-1] == pytest.approx(1 / 90)
    assert constant[10:] == [1.0] * 90


def test_epochs_are_measured_in_samples(tiny_recipe):
    span = Span(stage_with(tiny_recipe, steps=None, epochs=1.5, warmup_steps=0, learning_rate=1.0), samples=11)
    assert (span.length, span.unit) == (17, "samples")
    assert Span(span.stage, samples=11, most=15).length == 15
    assert span.done(step=3, taken=8) == 8
    assert span.learning_rate(step=3, taken=8) == pytest.approx(0.5 * (1 + math.cos(math.pi * 8 / 17)))


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_only_matrices_decay(tiny_model, tiny_recipe, optimizer):
    model, _ = tiny_model
    groups = make_optimizer(model, stage_with(tiny_recipe, optimizer=optimizer)).param_groups
    names = {id(p): name for name, p in model.named_parameters()}
    assert sorted(names[id(p)] for group in groups for p in group["params"]) == sorted(names.values())
    for group in groups:
        for parameter in group["params"]:
            matrix = parameter.dim() >= 2 and "embed_tokens" not in names[id(parameter)]
            matrix &= "position_embedding" not in names[id(parameter)]
            assert group["weight_decay"] == (tiny_recipe.stages[0].weight_decay if matrix else 0)
            hidden = matrix and parameter.dim() == 2 and "lm_head" not in names[id(parameter)]
            assert group["orthogonal"] == (hidden and optimizer == "muon")


def test_a_frozen_module_is_no_part_of_a_group_and_factors_are(tiny_model, tiny_recipe):
    model, _ = tiny_model
    model.model.vision_model.requires_grad_(False)
    factors = {"model.text_model": 0.5, "model.text_model.norm": 0.25}
    groups = make_optimizer(model, stage_with(tiny_recipe, learning_rates=factors)).param_groups
    model.requires_grad_(True)
    found = {id(p): group["factor"] for group in groups for p in group["params"]}
    for name, parameter in model.named_parameters():
        expected = None if "vision" in name else 0.5 if "text_model" in name else 1.0
        assert found.get(id(parameter)) == (0.25 if name == "model.text_model.norm.weight" else expected), name


@pytest.mark.parametrize("shape", [(24, 40), (40, 24), (16, 16)])
def test_orthogonalized_has_singular_values_near_one(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    left, values, right = torch.linalg.svd(orthogonalized(matrix).double(), full_matrices=False)
    assert values.min() > 0.6
    assert values.max() < 1.25
    vectors = torch.linalg.svd(matrix, full_matrices=False)
    exact = vectors.U @ vectors.Vh
    assert torch.nn.functional.cosine_similarity((left * values @ right).flatten(), exact.flatten(), dim=0) > 0.97


def test_muon_steps_by_the_matrix_and_the_rest_is_adamw():
    generator = torch.Generator().manual_seed(0)
    matrix, vector, twin = (torch.nn.Parameter(torch.randn(n, generator=generator)) for n in ((8, 12), (12,), (12,)))
    twin.data.copy_(vector.data)
    groups = [
        {"params": [matrix], "weight_decay": 0.1, "orthogonal": True},
        {"params": [vector], "weight_decay": 0.1, "orthogonal": False},
    ]
    ours, theirs = Muon(groups, 0.01, (0.9, 0.999)), torch.optim.AdamW([twin], lr=0.01, weight_decay=0.1)
    for step in range(4):
        before = matrix.detach().clone()
        matrix.grad = torch.randn((8, 12), generator=generator)
        vector.grad = torch.randn(12, generator=generator)
        twin.grad = vector.grad.clone()
        ours.step()
        theirs.step()
        torch.testing.assert_close(vector, twin)
        update = (before * (1 - 0.01 * 0.1) - matrix.detach()) / 0.01
        # As large as AdamW's would be, whatever the gradient's size: root mean square 0.2.
        assert update.square().mean().sqrt() == pytest.approx(LIKE_ADAMW, rel=0.15), step
    assert set(ours.state[matrix]) == {"momentum"}
