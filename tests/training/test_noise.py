"""NEFTune: noise of the stated size, in training alone, the same when a step is taken again."""

import pytest
import torch

from octavo.models import Branched
from octavo.training.noise import noisy_embeddings, step_generator

IDS = torch.arange(300, 320)
SEGMENTS = (5, Branched(9, (2, 4)))


@torch.no_grad()
def noise(model, alpha, generator):
    """What the decoder's first layer reads, less the embeddings."""
    text, seen = model.model.text_model, []
    handle = text.layers[0].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with noisy_embeddings(text, alpha, generator):
        model(IDS, SEGMENTS)
    handle.remove()
    return seen[0] - text.embed_tokens(IDS)


def test_noise_is_uniform_and_scaled_by_each_segment_s_length(tiny_model):
    model, alpha = tiny_model[0], 5.0
    drawn = torch.cat([noise(model, alpha, step_generator(0, 0, step)) for step in range(40)], dim=1)
    size = model.config.text.hidden_size
    for part, tokens in ((drawn[:5], 5), (drawn[5:], 15)):
        bound = alpha / (tokens * size) ** 0.5
        assert 0.98 * bound < part.abs().max() <= bound * (1 + 1e-5)
        assert part.std() == pytest.approx(bound / 3**0.5, rel=0.05)


def test_noise_is_that_of_its_step_and_ends_with_it(tiny_model):
    model = tiny_model[0]
    first = noise(model, 5.0, step_generator(0, 0, 1))
    assert torch.equal(first, noise(model, 5.0, step_generator(0, 0, 1)))
    for other in (step_generator(1, 0, 1), step_generator(0, 1, 1), step_generator(0, 0, 2)):
        assert not torch.equal(first, noise(model, 5.0, other))
    assert not noise(model, 0.0, step_generator(0, 0, 1)).any()
