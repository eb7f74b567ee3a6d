"""What Idefics2's forward pass and configuration promise beyond the numbers."""

from copy import deepcopy
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from octavo.errors import OctavoError
from octavo.models import Idefics2, Idefics2Config, KVCache, tiled
from octavo.models.config import PerceiverConfig
from octavo.models.perceiver import Perceiver

VALUES: dict[str, Any] = {
    "model_type": "idefics2",
    "image_token_id": 9,
    "tie_word_embeddings": False,
    "vision_config": {
        "model_type": "idefics2",
        "hidden_size": 24,
        "intermediate_size": 40,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "image_size": 64,
        "patch_size": 8,
    },
    "perceiver_config": {
        "model_type": "idefics2",
        "hidden_act": "silu",
        "hidden_size": 48,
        "rms_norm_eps": 1e-5,
        "resampler_n_latents": 4,
        "resampler_depth": 2,
        "resampler_n_heads": 4,
        "resampler_head_dim": 6,
        "num_key_value_heads": 2,
        "attention_dropout": 0.0,
    },
    "text_config": {
        "model_type": "mistral",
        "vocab_size": 64,
        "hidden_size": 48,
        "intermediate_size": 56,
        "num_hidden_layers": 2,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "sliding_window": 4096,
    },
}


@pytest.fixture
def model() -> Idefics2:
    """Random weights ten times the usual size, so that attention looks at something."""
    model = Idefics2(Idefics2Config.from_dict(VALUES)).eval()
    model.init_weights(torch.Generator().manual_seed(0))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(10 if parameter.ndim > 1 else 1)
    return model


def images(*sizes: tuple[int, int]) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(3, *size, generator=generator) for size in sizes]


def text(count: int) -> torch.Tensor:
    return torch.randint(10, 64, (count,), generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def test_chunks_through_a_cache_are_the_whole(model: Idefics2) -> None:
    features_ID = model.encode_images(images((40, 24))).flatten(0, 1)
    ids = torch.cat([text(3), torch.full((4,), 9), text(14)])
    whole_TV = model(ids, [21], features_ID=features_ID)
    for chunks in ([8, 13], [8, 1, 12], [21]):
        cache = KVCache(model.config.text, capacity=21)
        parts = [
            model(part, [len(part)], features_ID=features_ID if i == 0 else None, cache=cache)
            for i, part in enumerate(ids.split(chunks))
        ]
        torch.testing.assert_close(torch.cat(parts), whole_TV, rtol=1e-5, atol=1e-5)


def test_an_image_reaches_its_own_tokens_only(model: Idefics2) -> None:
    given = [image.requires_grad_() for image in images((40, 24), (16, 64), (33, 57))]
    model.encode_images(given)[1].sum().backward()
    assert [bool(image.grad is not None and image.grad.any()) for image in given] == [False, True, False]


@torch.no_grad()
def test_images_together_are_what_each_is_alone(model: Idefics2) -> None:
    given = images((40, 24), (16, 64), (33, 57), (40, 24))
    together_NLD = model.encode_images(given)
    assert together_NLD.shape == (4, model.config.tokens_per_image, 48)
    for image, tokens_LD in zip(given, together_NLD, strict=True):
        torch.testing.assert_close(model.encode_images([image])[0], tokens_LD, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_pixels_beyond_the_last_whole_patch_are_not_read(model: Idefics2) -> None:
    [image] = images((39, 31))
    assert torch.equal(model.encode_images([image]), model.encode_images([image[:, :32, :24]]))


@torch.no_grad()
def test_counts_and_sizes_that_do_not_fit_are_named(model: Idefics2) -> None:
    ids = torch.cat([text(3), torch.full((8,), 9)])
    with pytest.raises(ValueError, match="4 image features for 8 image tokens"):
        model(ids, [11], features_ID=model.encode_images(images((40, 24))).flatten(0, 1))
    with pytest.raises(ValueError, match="7 pixels on a side holds no patch of 8"):
        model.encode_images(images((40, 24), (7, 90)))
    with pytest.raises(OctavoError, match="idefics2 models do not read tiles"):
        tiled(model)


@torch.no_grad()
def test_a_perceiver_stands_alone() -> None:
    config = PerceiverConfig(hidden_size=12, resampler_n_latents=3, resampler_n_heads=2, resampler_head_dim=4,
                             num_key_value_heads=1)  # fmt: skip
    perceiver, x_TD = Perceiver(config), torch.randn(9, 12)
    out_NLD = perceiver(x_TD, [2, 7])
    assert out_NLD.shape == (2, 3, 12)
    torch.testing.assert_close(perceiver(x_TD[2:], [7])[0], out_NLD[1])


def test_fresh_latents_differ_and_follow_from_the_seed() -> None:
    models = [Idefics2(Idefics2Config.from_dict(VALUES)) for _ in range(2)]
    for model in models:
        model.init_weights(torch.Generator().manual_seed(3))
    states = [dict(model.named_parameters()) for model in models]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    tokens_LD = models[0].encode_images(images((40, 24)))[0]
    assert torch.pdist(tokens_LD).min() > 1  # equal latents would stay equal for ever


def changed(path: str, value: Any) -> dict[str, Any]:
    values = deepcopy(VALUES)
    *sections, key = path.split(".")
    target = values
    for section in sections:
        target = target[section]
    target[key] = value
    return values


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model_type", "idefics3"),
        ("model_type", None),
        ("quantization_config", {"quant_method": "awq"}),
        ("image_token_id", 64),
        ("image_token_id", None),
        ("text_config.model_type", "granite"),
        ("text_config.hidden_act", "gelu"),
        ("text_config.sliding_window", -1),
        ("vision_config.hidden_act", "quick_gelu"),
        ("vision_config.image_size", [64, 64]),
        ("vision_config.num_attention_heads", 5),
        ("perceiver_config.hidden_act", "gelu"),
        ("perceiver_config.attention_dropout", 0.1),
        ("perceiver_config.num_key_value_heads", 3),
        ("perceiver_config.num_key_value_heads", 8),
        ("perceiver_config.resampler_depth", 2000),
        ("perceiver_config.resampler_depth", 0),
        ("perceiver_config.resampler_n_latents", -1),
        ("perceiver_config.resampler_head_dim", "96"),
        ("perceiver_config", [1]),
        ("tie_word_embeddings", "yes"),
    ],
)
def test_what_is_not_supported_is_named(path: str, value: Any) -> None:
    with pytest.raises(OctavoError) as caught:
        Idefics2Config.from_dict(changed(path, value))
    assert path.split(".")[-1] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_perceiver_of_another_width_takes_the_decoders() -> None:
    perceiver = Idefics2Config.from_dict(changed("perceiver_config.hidden_size", 4096)).perceiver
    assert (perceiver.hidden_size, perceiver.rms_norm_eps) == (48, 1e-6)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
SECTIONS = ("vision_config", "perceiver_config", "text_config")


@given(path=st.sampled_from([*VALUES, *(f"{name}.{key}" for name in SECTIONS for key in VALUES[name])]), value=JSON)
def test_any_value_makes_a_model_or_a_message(path: str, value: Any) -> None:
    try:
        config = Idefics2Config.from_dict(changed(path, value))
    except OctavoError:
        return
    assert Idefics2Config.from_dict(config.to_dict()) == config
