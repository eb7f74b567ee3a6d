"""Every connector with every fusion: isolation in packs, the cache, gates, files."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from octavo.errors import OctavoError
from octavo.models import Idefics3, Idefics3Config, load_model, save_model
from octavo.models.config import PerceiverConfig
from octavo.models.config.composition import CONNECTORS, cross_for
from octavo.models.fusion import visible

SMALL = {"resampler_n_latents": 5, "resampler_depth": 2, "resampler_n_heads": 4, "resampler_head_dim": 8}
COMPOSITIONS = list(product(CONNECTORS, (None, 1, 2)))[1:]  # the first is Idefics3 itself


def composed(config: Idefics3Config, connector: str, interval: int | None) -> Idefics3Config:
    text = replace(config.text, num_hidden_layers=3)
    perceiver = PerceiverConfig(hidden_size=text.hidden_size, num_key_value_heads=2, **SMALL)
    return Idefics3Config(
        vision=config.vision,
        text=text,
        image_token_id=config.image_token_id,
        model_type="octavo",
        connector=connector,
        perceiver=perceiver if connector == "perceiver" else None,
        scale_factor=1 if connector == "perceiver" else 2,
        cross=None if interval is None else cross_for(text),
        cross_layer_interval=interval or 4,
    )


@pytest.fixture(params=COMPOSITIONS, ids=lambda pair: f"{pair[0]}-{(pair[1] and f'every {pair[1]}') or 'self'}")
def composition(request: pytest.FixtureRequest, config: Idefics3Config) -> Idefics3:
    """Large random weights, and gates that are open."""
    model = Idefics3(composed(config, *request.param)).eval()
    model.init_weights(torch.Generator().manual_seed(0))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.mul_(10 if parameter.ndim > 1 else 1)
            if "alpha" in name:
                parameter.fill_(0.7)
    return model


def sample(model: Idefics3, tiles: int, seed: int) -> tuple[Tensor, Tensor]:
    """Token ids with some tiles, text between them, and the tiles."""
    generator = torch.Generator().manual_seed(seed)
    image = torch.full((model.config.image_seq_len,), model.config.image_token_id)
    parts = [torch.randint(10, 64, (3,), generator=generator)]
    for _ in range(tiles):
        parts += [image, torch.randint(10, 64, (2,), generator=generator)]
    return torch.cat([*parts, torch.randint(10, 64, (4,), generator=generator)]), torch.randn(
        tiles, 3, 32, 32, generator=generator
    )


def logits(model: Idefics3, samples: list[tuple[Tensor, Tensor]]) -> list[Tensor]:
    pixels, lengths = torch.cat([tiles for _, tiles in samples]), [len(ids) for ids, _ in samples]
    features = model.encode_tiles(pixels).flatten(0, 1) if len(pixels) else None
    out: Tensor = model(torch.cat([ids for ids, _ in samples]), lengths, features_ID=features)
    return list(out.split(lengths))


def test_a_pack_s_losses_and_gradients_are_those_of_its_samples(composition: Idefics3) -> None:
    samples = [sample(composition, tiles, seed) for seed, tiles in enumerate((2, 0, 1, 3))]

    def loss(parts: list[Tensor], chosen: list[tuple[Tensor, Tensor]]) -> Tensor:
        pairs = zip(parts, chosen, strict=True)
        return torch.stack([F.cross_entropy(part[:-1], ids[1:]) for part, (ids, _) in pairs]).sum()

    packed = loss(logits(composition, samples), samples)
    packed.backward()
    gradients = {name: p.grad.clone() for name, p in composition.named_parameters() if p.grad is not None}
    composition.zero_grad()
    alone = torch.stack([loss(logits(composition, [one]), [one]) for one in samples]).sum()
    alone.backward()
    assert packed.item() == pytest.approx(alone.item(), rel=1e-5)
    for name, parameter in composition.named_parameters():
        floor = 1e-4 if name.endswith("k_proj.bias") else 1e-6  # softmax does not feel that bias
        assert (gradients[name] - parameter.grad).abs().max() <= 1e-4 * parameter.grad.abs().max() + floor, name


@torch.no_grad()
def test_another_sample_s_tiles_change_nothing_and_a_sample_s_own_do(composition: Idefics3) -> None:
    samples = [sample(composition, 2, 0), sample(composition, 1, 1)]
    before = logits(composition, samples)
    samples[0] = (samples[0][0], samples[0][1].flip(0))
    after = logits(composition, samples)
    assert torch.equal(before[1], after[1])
    first = int((samples[0][0] == composition.config.image_token_id).nonzero()[0])
    assert torch.equal(before[0][:first], after[0][:first])
    assert not torch.allclose(before[0][-1], after[0][-1], rtol=1e-3, atol=1e-3)


@torch.no_grad()
def test_chunks_through_a_cache_are_the_whole(composition: Idefics3) -> None:
    ids, tiles = sample(composition, 2, 0)
    whole = logits(composition, [(ids, tiles)])[0]
    prefix = int((ids == composition.config.image_token_id).nonzero()[-1]) + 1
    features = composition.encode_tiles(tiles).flatten(0, 1)
    cache = composition.new_cache(len(ids))
    for _ in range(2):  # again, after the cache was cut back to the pages
        parts = [composition(ids[:prefix], [prefix], features_ID=features, cache=cache)] if not cache.length else []
        parts += [composition(token, [1], cache=cache) for token in ids[prefix:].split(1)]
        torch.testing.assert_close(torch.cat(parts), whole[-sum(map(len, parts)) :], rtol=1e-4, atol=1e-4)
        cache.truncate(prefix)


@torch.no_grad()
def test_files_bring_it_back(composition: Idefics3, tmp_path: Path) -> None:
    save_model(composition, tmp_path)
    again = load_model(tmp_path)
    assert again.config == composition.config
    chosen = [sample(composition, 1, 0)]
    assert torch.equal(logits(again, chosen)[0], logits(composition, chosen)[0])


@torch.no_grad()
def test_closed_gates_are_the_decoder_alone(config: Idefics3Config) -> None:
    model = Idefics3(composed(config, "linear", 2)).eval()
    model.init_weights(torch.Generator().manual_seed(0))
    chosen = [sample(model, 2, 0)]
    before = logits(model, chosen)[0]
    assert torch.equal(before, logits(model, [(chosen[0][0], chosen[0][1].flip(0))])[0])
    hidden = model.model.text_model(model.model.text_model.embed_tokens(chosen[0][0]), [len(before)])
    assert torch.equal(before, model.head(hidden))


def test_tokens_see_the_tiles_behind_whose_markers_they_stand() -> None:
    seen = visible(torch.tensor([1, 4]), [4, 3], held=1)
    assert seen.int().tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1], [1, 0, 1]]


@torch.no_grad()
def test_counts_that_disagree_are_named(config: Idefics3Config) -> None:
    model = Idefics3(composed(config, "linear", 2)).eval()
    ids, _ = sample(model, 2, 0)
    with pytest.raises(ValueError, match="4 image features for 2 tiles of 4"):
        model(ids, [len(ids)], features_ID=torch.zeros(4, 48))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"connector": {"type": "abstractor"}}, "connector.type is 'abstractor'"),
        ({"fusion": {"type": "sum"}}, "fusion.type is 'sum'"),
        ({"fusion": {"type": "cross_attention", "interval": 0}}, "fusion.interval is 0"),
        ({"fusion": {"type": "cross_attention", "head_dim": "x"}}, "fusion.head_dim"),
        ({"connector": {"type": "perceiver"}}, "scale_factor is 2"),
        ({"connector": {"type": "perceiver", "hidden_size": 7}, "scale_factor": 1}, "hidden_size"),
        ({"connector": {"type": "linear"}}, "model_type is octavo"),
    ],
)
def test_compositions_that_are_none_are_named(config: Idefics3Config, values: dict[str, Any], message: str) -> None:
    given = json.loads(json.dumps(composed(config, "mlp", None).to_dict())) | values
    with pytest.raises(OctavoError, match=message) as caught:
        Idefics3Config.from_dict(given)
    assert "\n" not in str(caught.value)
