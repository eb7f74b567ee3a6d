"""What the forward pass promises beyond the numbers: isolation, the cache, counts that must agree."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from octavo.models import Branched, Idefics3, Idefics3Config, KVCache, TextConfig, VisionConfig
from octavo.models.segments import branch_mask, positions, size, total

REAL = {
    "idefics3-8b": (
        8.46e9,
        169,
        Idefics3Config(
            vision=VisionConfig(
                hidden_size=1152,
                intermediate_size=4304,
                num_hidden_layers=27,
                num_attention_heads=16,
                image_size=364,
                patch_size=14,
            ),
            text=TextConfig(
                vocab_size=128259,
                hidden_size=4096,
                intermediate_size=14336,
                num_hidden_layers=32,
                num_attention_heads=32,
                num_key_value_heads=8,
            ),
            scale_factor=2,
            image_token_id=128257,
        ),
    ),
    "smolvlm-2.2b": (
        2.246e9,
        81,
        Idefics3Config(
            vision=VisionConfig(
                hidden_size=1152,
                intermediate_size=4304,
                num_hidden_layers=27,
                num_attention_heads=16,
                image_size=384,
                patch_size=14,
            ),
            text=TextConfig(
                vocab_size=49155, hidden_size=2048, intermediate_size=8192, num_hidden_layers=24, num_attention_heads=32
            ),
            scale_factor=3,
            image_token_id=49153,
        ),
    ),
    "smolvlm-500m": (
        507.5e6,
        64,
        Idefics3Config(
            vision=VisionConfig(hidden_size=768, num_attention_heads=12, image_size=512, patch_size=16),
            text=TextConfig(
                vocab_size=49280,
                hidden_size=960,
                intermediate_size=2560,
                num_hidden_layers=32,
                num_attention_heads=15,
                num_key_value_heads=5,
            ),
            scale_factor=4,
            image_token_id=49190,
        ),
    ),
    "smolvlm-256m": (
        256.5e6,
        64,
        Idefics3Config(
            vision=VisionConfig(hidden_size=768, num_attention_heads=12, image_size=512, patch_size=16),
            text=TextConfig(
                vocab_size=49280,
                hidden_size=576,
                intermediate_size=1536,
                num_hidden_layers=30,
                num_attention_heads=9,
                num_key_value_heads=3,
            ),
            scale_factor=4,
            image_token_id=49190,
        ),
    ),
}


@pytest.mark.parametrize("name", REAL)
def test_published_models_have_their_published_size(name: str) -> None:
    parameters, tokens, config = REAL[name]
    with torch.device("meta"):
        model = Idefics3(config)
    # The figures are rounded to their last digit.
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(parameters, rel=5e-4)
    assert config.tokens_per_tile == tokens


def text(*lengths: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(10, 64, (sum(lengths),), generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
@pytest.mark.parametrize("changed", [0, 1, 2])
def test_a_segment_reaches_no_other(model: Idefics3, changed: int) -> None:
    lengths = [7, 11, 5]
    ids = text(*lengths)
    other = list(ids.split(lengths))
    other[changed] = (other[changed] - 10 + 3) % 54 + 10
    before, after = (model(x, lengths).split(lengths) for x in (ids, torch.cat(other)))
    for segment in range(3):
        assert torch.equal(before[segment], after[segment]) == (segment != changed)


def test_an_image_reaches_its_own_segment_only(model: Idefics3) -> None:
    ids = torch.cat([text(3), torch.full((4,), 9), text(2), torch.full((4,), 9), text(5)])
    pixels = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0), requires_grad=True)
    features = model.encode_tiles(pixels).flatten(0, 1)
    logits = model(ids, [9, 9], features_ID=features)
    logits[:9].sum().backward(retain_graph=True)
    assert pixels.grad is not None
    assert pixels.grad[0].abs().max() > 0
    assert pixels.grad[1].abs().max() == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(lengths=st.lists(st.integers(1, 12), min_size=1, max_size=5))
@torch.no_grad()
def test_packed_is_what_each_segment_is_alone(model: Idefics3, lengths: list[int]) -> None:
    ids = text(*lengths)
    packed = model(ids, lengths)
    alone = torch.cat([model(part, [len(part)]) for part in ids.split(lengths)])
    torch.testing.assert_close(packed, alone, rtol=1e-5, atol=1e-5)


def test_positions_begin_anew_in_each_segment() -> None:
    # Attention feels only distances, so the logits would not show it but by the precision of far positions.
    assert positions((3, 1, 2), 0, torch.device("cpu")).tolist() == [0, 1, 2, 0, 0, 1]
    assert positions((2,), 7, torch.device("cpu")).tolist() == [7, 8]


@torch.no_grad()
def test_logits_at_are_rows_of_all_logits(model: Idefics3) -> None:
    ids, at = text(4, 6), torch.tensor([8, 0, 3])
    torch.testing.assert_close(model(ids, [4, 6], logits_at=at), model(ids, [4, 6])[at])


@torch.no_grad()
def test_chunks_through_a_cache_are_the_whole(model: Idefics3) -> None:
    pixels = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    features = model.encode_tiles(pixels)[0]
    ids = torch.cat([text(3), torch.full((4,), 9), text(14)])
    whole = model(ids, [21], features_ID=features)
    for chunks in ([8, 13], [8, 1, 12], [7, 5, 1, 1, 7], [21]):
        cache = KVCache(model.config.text, capacity=21)
        parts = [
            model(part, [len(part)], features_ID=features if i == 0 else None, cache=cache)
            for i, part in enumerate(ids.split(chunks))
        ]
        torch.testing.assert_close(torch.cat(parts), whole, rtol=1e-5, atol=1e-5)
        assert cache.length == 21


@torch.no_grad()
def test_a_cache_cut_back_has_forgotten(model: Idefics3) -> None:
    ids, cache = text(12), KVCache(model.config.text, capacity=12)
    first = model(ids, [12], cache=cache)
    cache.truncate(5)
    model(text(6, seed=1), [6], cache=cache)
    cache.truncate(5)
    torch.testing.assert_close(model(ids[5:], [7], cache=cache), first[5:], rtol=1e-5, atol=1e-5)
    with pytest.raises(ValueError, match="12 tokens to 13"):
        cache.truncate(13)


@torch.no_grad()
def test_a_cache_says_when_it_is_full_and_keeps_what_it_holds(model: Idefics3) -> None:
    cache = KVCache(model.config.text, capacity=8)
    model(text(6), [6], cache=cache)
    with pytest.raises(ValueError, match="3 tokens do not fit behind 6 into a cache of 8"):
        model(text(3), [3], cache=cache)
    with pytest.raises(ValueError, match="one segment"):
        model(text(1, 1), [1, 1], cache=cache)
    assert cache.length == 6


@torch.no_grad()
def test_counts_that_disagree_are_named(model: Idefics3) -> None:
    ids = torch.cat([text(3), torch.full((4,), 9), text(2)])
    with pytest.raises(ValueError, match="3 image features for 4 image tokens"):
        model(ids, [9], features_ID=torch.zeros(3, 48))
    with pytest.raises(ValueError, match="0 image features for 4 image tokens"):
        model(ids, [9])
    with pytest.raises(ValueError, match="segments of 8 tokens in all, but 9 token ids"):
        model(ids, [4, 4], features_ID=torch.zeros(4, 48))


@torch.no_grad()
def test_an_image_token_that_decoding_drew_is_text(model: Idefics3) -> None:
    cache = KVCache(model.config.text, capacity=4)
    model(text(3), [3], cache=cache)
    assert model(torch.tensor([9]), [1], cache=cache).isfinite().all()


@pytest.mark.parametrize("size", [(32, 48), (24, 24), (7, 7)])
def test_tiles_that_make_no_squares_are_named(model: Idefics3, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=f"tiles of {size[1]}×{size[0]} pixels"):
        model.encode_tiles(torch.zeros(1, 3, *size))


def test_fresh_weights_follow_from_the_seed_and_guess_evenly(config: Idefics3Config) -> None:
    models = [Idefics3(config) for _ in range(3)]
    for model, seed in zip(models, (0, 0, 1), strict=True):
        model.init_weights(torch.Generator().manual_seed(seed))
    first, again, other = (dict(model.named_parameters()) for model in models)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["lm_head.weight"], other["lm_head.weight"])
    assert first["lm_head.weight"].std().item() == pytest.approx(0.02, rel=0.1)
    ids = text(200)
    loss = F.cross_entropy(models[0](ids, [200])[:-1], ids[1:]).item()
    assert loss == pytest.approx(torch.tensor(64.0).log().item(), rel=0.01)  # a random model knows nothing


def test_positions_and_sight_of_branches():
    segment = Branched(2, (2, 1))
    assert (size(segment), total([3, segment])) == (5, 8)
    assert positions([3, segment], 0, torch.device("cpu")).tolist() == [0, 1, 2, 0, 1, 2, 3, 2]
    assert branch_mask(segment, None, torch.device("cpu")).int().tolist() == [
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 0, 0, 1],
    ]
    assert branch_mask(segment, 2, torch.device("cpu")).int().tolist() == [
        [0, 1, 1, 0, 0],
        [0, 0, 1, 1, 0],
        [0, 1, 0, 0, 1],
    ]


@pytest.mark.parametrize("window", [None, 3])
def test_a_branch_computes_what_prefix_and_branch_alone_do(config, window):
    text = config.text
    if window:
        text = replace(text, model_type="mistral", sliding_window=window, sliding_layers=(0, 1))
    model = Idefics3(replace(config, text=text)).eval()
    model.init_weights(torch.Generator().manual_seed(0))
    ids = torch.randint(10, 60, (12,), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        together = model(torch.cat((ids[:3], ids)), [3, Branched(5, (4, 3))])
        first, second = model(ids[:9], [9]), model(torch.cat((ids[:5], ids[9:])), [8])
    assert torch.allclose(together[3:12], first, atol=1e-5)
    assert torch.allclose(together[12:], second[5:], atol=1e-5)


def test_a_cache_takes_no_branches(model):
    with pytest.raises(ValueError, match="in one piece"):
        model(torch.arange(10, 15), [Branched(3, (1, 1))], cache=model.new_cache(8))
