"""IDEFICS1 beyond the numbers: what config.json may say, isolation, the cache, gates, counts that must agree."""

from copy import deepcopy
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from octavo.errors import OctavoError
from octavo.models import CrossCache, Idefics, IdeficsConfig, TextConfig, tiled
from octavo.models.config import ClipVisionConfig, CrossAttentionConfig
from octavo.models.cross_attention import GatedCrossAttentionLayer, Look, looks

# The keys of the published idefics-9b-instruct that matter.
PUBLISHED: dict[str, Any] = {
    "model_type": "idefics",
    "additional_vocab_size": 3,
    "alpha_initializer": "zeros",
    "alpha_type": "float",
    "alphas_initializer_range": 0.0,
    "bos_token_id": 1,
    "cross_layer_interval": 4,
    "dropout": 0.0,
    "eos_token_id": 2,
    "freeze_lm_head": False,
    "freeze_text_layers": False,
    "freeze_text_module_exceptions": [],
    "freeze_vision_layers": False,
    "freeze_vision_module_exceptions": ["LayerNorm"],
    "hidden_act": "silu",
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "max_position_embeddings": 2048,
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "pad_token_id": 0,
    "perceiver_config": {
        "qk_layer_norms_perceiver": True,
        "resampler_depth": 6,
        "resampler_head_dim": 96,
        "resampler_n_heads": 16,
        "resampler_n_latents": 64,
        "use_resampler": True,
    },
    "qk_layer_norms": True,
    "rms_norm_eps": 1e-06,
    "tie_word_embeddings": False,
    "use_resampler": True,
    "vision_config": {
        "embed_dim": 1280,
        "hidden_act": "gelu",
        "image_size": 224,
        "intermediate_size": 5120,
        "layer_norm_eps": 1e-05,
        "num_attention_heads": 16,
        "num_channels": 3,
        "num_hidden_layers": 32,
        "patch_size": 14,
    },
    "vocab_size": 32000,
}


def changed(path: str, value: Any) -> dict[str, Any]:
    values = deepcopy(PUBLISHED)
    *sections, key = path.split(".")
    target = values
    for section in sections:
        target = target[section]
    target[key] = value
    return values


def test_what_is_written_is_read_as_the_same() -> None:
    for values in (PUBLISHED, changed("use_resampler", False), changed("eos_token_id", [2, 5])):
        config = IdeficsConfig.from_dict(values)
        assert IdeficsConfig.from_dict(config.to_dict()) == config
    written = IdeficsConfig.from_dict(PUBLISHED).to_dict()
    for key, value in PUBLISHED.items():
        given = tuple(value) if isinstance(value, list) else value
        assert written[key] == given or key == "vision_config", key
    beside = {"model_type": "idefics_vision", "attention_dropout": 0.0}
    assert written["vision_config"] == PUBLISHED["vision_config"] | beside


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model_type", "idefics3"),
        ("quantization_config", {"quant_method": "bitsandbytes"}),
        ("hidden_act", "gelu"),
        ("dropout", 0.1),
        ("hidden_size", 4097),
        ("num_hidden_layers", 10**9),
        ("cross_layer_interval", 0),
        ("cross_layer_interval", 5),
        ("cross_layer_interval", 64),
        ("additional_vocab_size", -1),
        ("additional_vocab_size", False),
        ("additional_vocab_size", 10**9),
        ("alpha_type", "matrix"),
        ("alpha_type", ["float"]),
        ("alpha_initializer", "uniform"),
        ("alphas_initializer_range", -0.1),
        ("alphas_initializer_range", "0"),
        ("qk_layer_norms", "yes"),
        ("use_resampler", 2),
        ("freeze_text_layers", "no"),
        ("freeze_text_module_exceptions", "LayerNorm"),
        ("freeze_vision_module_exceptions", ["Conv2d"]),
        ("tie_word_embeddings", "yes"),
        ("perceiver_config", [1]),
        ("perceiver_config.resampler_depth", 10**4),
        ("perceiver_config.resampler_n_latents", 0),
        ("perceiver_config.qk_layer_norms_perceiver", 7),
        ("vision_config", 3),
        ("vision_config.embed_dim", "1280"),
        ("vision_config.embed_dim", 1281),
        ("vision_config.hidden_act", "relu"),
        ("vision_config.hidden_act", {}),
        ("vision_config.image_size", [224, 224]),
        ("vision_config.patch_size", 225),
        ("vision_config.num_channels", 1),
        ("vision_config.attention_dropout", 0.1),
    ],
)
def test_what_is_not_supported_is_named(path: str, value: Any) -> None:
    with pytest.raises(OctavoError) as caught:
        IdeficsConfig.from_dict(changed(path, value))
    assert path.split(".")[-1].replace("embed_dim", "") in str(caught.value)
    assert "\n" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PATHS = [f"{section}.{key}" for section in ("perceiver_config", "vision_config") for key in PUBLISHED[section]]


@given(path=st.sampled_from([*PATHS, *PUBLISHED]), value=JSON)
def test_any_value_makes_a_model_or_a_message(path: str, value: Any) -> None:
    try:
        config = IdeficsConfig.from_dict(changed(path, value))
    except OctavoError:
        return
    assert IdeficsConfig.from_dict(config.to_dict()) == config


def test_a_model_of_another_kind_is_not_asked_about_tiles() -> None:
    with torch.device("meta"):
        model = Idefics(small())
    with pytest.raises(OctavoError, match="idefics models do not read tiles"):
        tiled(model)


SIDE, VOCABULARY = 16, 40


def small(**rest: Any) -> IdeficsConfig:
    sizes = {
        "vocab_size": 37, "additional_vocab_size": 3, "hidden_size": 32, "intermediate_size": 40,
        "num_hidden_layers": 4, "num_attention_heads": 4, "cross_layer_interval": 2, "qk_layer_norms": True,
        "use_resampler": True, "alpha_initializer": "normal", "alphas_initializer_range": 1.0,
    }  # fmt: skip
    perceiver = {
        "resampler_n_latents": 3, "resampler_depth": 1, "resampler_n_heads": 2, "resampler_head_dim": 8,
    }  # fmt: skip
    vision = {
        "embed_dim": 24, "intermediate_size": 40, "num_hidden_layers": 1, "num_attention_heads": 3,
        "image_size": SIDE, "patch_size": 8,
    }  # fmt: skip
    values = {"model_type": "idefics", **sizes, "perceiver_config": perceiver, "vision_config": vision, **rest}
    return IdeficsConfig.from_dict(values)


@pytest.fixture
def model() -> Idefics:
    """Random weights ten times the usual size, so that attention looks at something, and open gates."""
    model = Idefics(small()).eval()
    model.init_weights(torch.Generator().manual_seed(0))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(10 if parameter.ndim > 1 else 1)
    return model


def text(length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, VOCABULARY, (length,), generator=torch.Generator().manual_seed(seed))


def pictures(count: int) -> torch.Tensor:
    return torch.randn(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def sees(*rows: str) -> torch.Tensor:
    """One string a token, one character an image."""
    return torch.tensor([[mark == "x" for mark in row] for row in rows])


TWO_SEGMENTS = sees("...", "x..", "x..", ".x.", "xx.", "...", "..x", "..x", "...")


def test_runs_of_tokens_that_see_the_same_images() -> None:
    assert looks(TWO_SEGMENTS) == [
        Look(1, 3, (0,)), Look(3, 4, (1,)), Look(4, 5, (0, 1)), Look(6, 8, (2,))
    ]  # fmt: skip
    assert looks(torch.zeros(4, 2, dtype=torch.bool)) == []
    assert looks(torch.zeros(4, 0, dtype=torch.bool)) == []


@torch.no_grad()
def test_packed_is_what_each_segment_is_alone(model: Idefics) -> None:
    ids, features = text(9), model.encode_tiles(pictures(3))
    packed = model(ids, [5, 4], features_NSF=features, visible_TN=TWO_SEGMENTS)
    first = model(ids[:5], [5], features_NSF=features[:2], visible_TN=TWO_SEGMENTS[:5, :2])
    second = model(ids[5:], [4], features_NSF=features[2:], visible_TN=TWO_SEGMENTS[5:, 2:])
    torch.testing.assert_close(packed, torch.cat([first, second]), rtol=1e-5, atol=1e-5)
    assert packed.shape == (9, VOCABULARY)


def test_an_image_reaches_those_who_see_it_and_those_behind_them(model: Idefics) -> None:
    pixels = pictures(3).requires_grad_()
    features = model.encode_tiles(pixels)
    logits = model(text(9), [5, 4], features_NSF=features, visible_TN=TWO_SEGMENTS)
    for token, reached in enumerate(["...", "x..", "x..", "xx.", "xx.", "...", "..x", "..x", "..x"]):
        (gradient,) = torch.autograd.grad(logits[token].square().sum(), pixels, retain_graph=True)
        assert (gradient.abs().amax((1, 2, 3)) > 0).tolist() == [mark == "x" for mark in reached], token


@torch.no_grad()
def test_chunks_through_a_cache_are_the_whole(model: Idefics) -> None:
    ids, features = text(9), model.encode_tiles(pictures(2))
    visible = sees("..", "x.", "x.", "x.", ".x", ".x", "xx", "xx", "..")
    whole = model(ids, [9], features_NSF=features, visible_TN=visible)
    for chunks in ([4, 5], [6, 1, 1, 1], [1, 8], [9]):
        cache = CrossCache(model.config.text, capacity=9)
        parts, start = [], 0
        for length in chunks:
            part = slice(start, start + length)
            first = {"features_NSF": features} if start == 0 else {}
            parts.append(model(ids[part], [length], visible_TN=visible[part], cache=cache, **first))
            start += length
        torch.testing.assert_close(torch.cat(parts), whole, rtol=1e-5, atol=1e-5)
        assert cache.length == 9


@torch.no_grad()
def test_an_image_that_comes_later_joins_those_in_the_cache(model: Idefics) -> None:
    ids, features = text(9), model.encode_tiles(pictures(2))
    visible = sees("..", "x.", "x.", "x.", ".x", ".x", "xx", "xx", "..")
    whole = model(ids, [9], features_NSF=features, visible_TN=visible)
    cache = CrossCache(model.config.text, capacity=9)
    first = model(ids[:4], [4], features_NSF=features[:1], visible_TN=visible[:4, :1], cache=cache)
    assert cache.image_count == 1
    second = model(ids[4:], [5], features_NSF=features[1:], visible_TN=visible[4:], cache=cache)
    torch.testing.assert_close(torch.cat([first, second]), whole, rtol=1e-5, atol=1e-5)
    cache.truncate(4)
    again = model(ids[4:], [5], visible_TN=visible[4:], cache=cache)
    torch.testing.assert_close(again, second, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_images_in_a_cache_are_not_computed_again(model: Idefics, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = CrossCache(model.config.text, capacity=9)
    model(text(4), [4], features_NSF=model.encode_tiles(pictures(1)), visible_TN=sees(*"xxxx"), cache=cache)
    for layer in model.model.gated_cross_attn_layers:
        monkeypatch.setattr(layer.cross_attn.k_proj, "forward", None)
        monkeypatch.setattr(layer.cross_attn.v_proj, "forward", None)
    assert model(text(1), [1], visible_TN=sees("x"), cache=cache).isfinite().all()


@torch.no_grad()
def test_logits_at_are_rows_of_all_logits(model: Idefics) -> None:
    ids, at = text(10), torch.tensor([8, 0, 3])
    torch.testing.assert_close(model(ids, [4, 6], logits_at=at), model(ids, [4, 6])[at])


@torch.no_grad()
def test_a_token_that_sees_nothing_gets_nothing_through_the_gate(model: Idefics) -> None:
    features = model.encode_tiles(pictures(1))
    nothing = torch.zeros(4, 1, dtype=torch.bool)
    seen = model(text(4), [4], features_NSF=features, visible_TN=nothing)
    torch.testing.assert_close(seen, model(text(4), [4]), rtol=1e-5, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("alpha_type", ["float", "vector"])
def test_closed_gates_are_no_layer_at_all(alpha_type: str) -> None:
    model = Idefics(small(alpha_initializer="zeros", alpha_type=alpha_type)).eval()
    model.init_weights(torch.Generator().manual_seed(0))
    given = {"features_NSF": model.encode_tiles(pictures(1)), "visible_TN": torch.ones(4, 1, dtype=torch.bool)}
    assert torch.equal(model(text(4), [4], **given), model(text(4), [4]))


def test_text_alone_trains_without_a_dead_parameter_in_the_way(model: Idefics) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    ids = text(12)
    loss = F.cross_entropy(model(ids, [12])[:-1], ids[1:])
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, error_if_nonfinite=True)
    optimizer.step()
    moved = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
    still = {name for name in before.keys() - moved if "vision_model" not in name and "perceiver" not in name}
    assert still
    assert all(
        "cross_attn." in name
        or "alpha_cross" in name
        or "cross_attn_layers.0.input" in name
        or "cross_attn_layers.1.input" in name
        for name in still
    )
    assert F.cross_entropy(model(ids, [12])[:-1], ids[1:]) < loss


@torch.no_grad()
def test_counts_that_disagree_are_named(model: Idefics) -> None:
    features, ids = model.encode_tiles(pictures(2)), text(4)
    with pytest.raises(ValueError, match=r"visible_TN of shape \[4, 0\] for 4 tokens and 2 images"):
        model(ids, [4], features_NSF=features)
    with pytest.raises(ValueError, match=r"visible_TN of shape \[3, 2\] for 4 tokens and 2 images"):
        model(ids, [4], features_NSF=features, visible_TN=sees("..", "..", ".."))
    with pytest.raises(ValueError, match=r"visible_TN of shape \[4, 1\] for 4 tokens and 0 images"):
        model(ids, [4], visible_TN=sees(*"...."))
    with pytest.raises(ValueError, match="segments of 3 tokens in all, but 4 token ids"):
        model(ids, [3])
    cache = CrossCache(model.config.text, capacity=5)
    with pytest.raises(ValueError, match="one segment"):
        model(ids, [2, 2], cache=cache)
    model(ids, [4], features_NSF=features, visible_TN=sees("..", "..", "..", ".."), cache=cache)
    with pytest.raises(ValueError, match=r"visible_TN of shape \[1, 0\] for 1 tokens and 2 images"):
        model(ids[:1], [1], cache=cache)
    with pytest.raises(ValueError, match="2 tokens do not fit behind 4 into a cache of 5"):
        model(ids[:2], [2], cache=cache)
    assert cache.length == 4


@pytest.mark.parametrize("size", [(16, 24), (8, 8), (32, 32)])
def test_images_of_another_size_are_named(model: Idefics, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=f"images of {size[1]}×{size[0]} pixels, not 16×16"):
        model.encode_tiles(torch.zeros(1, 3, *size))


@torch.no_grad()
def test_the_layer_stands_in_other_compositions() -> None:
    text = TextConfig(hidden_size=32, intermediate_size=40, num_attention_heads=4, num_key_value_heads=1)
    cross = CrossAttentionConfig(feature_size=20, num_attention_heads=6, num_key_value_heads=2, head_dim=5)
    layer = GatedCrossAttentionLayer(text, cross)
    layer.alpha_cross_attn.fill_(1.0)
    x, features = torch.randn(7, 32), torch.randn(3, 4, 20)
    images = layer.cross_attn.keys_values(features)
    assert images[0].shape == (3, 4, 2, 5)
    out = layer(x, images, [Look(2, 5, (0, 2)), Look(6, 7, (1,))])
    assert [i for i in range(7) if not torch.equal(out[i], x[i])] == [2, 3, 4, 6]
    swapped = layer(x, images, [Look(2, 5, (2, 0)), Look(6, 7, (1,))])
    torch.testing.assert_close(swapped, out)  # features have no order


def test_a_composition_that_is_no_idefics_is_refused() -> None:
    config = small()
    cross = CrossAttentionConfig(feature_size=24, num_attention_heads=2, num_key_value_heads=2, head_dim=8)
    with pytest.raises(OctavoError, match="heads are not the decoder's"):
        IdeficsConfig(vision=config.vision, text=config.text, cross=cross)
    with pytest.raises(OctavoError, match="5 cross-attention heads are no multiple of 2"):
        CrossAttentionConfig(feature_size=24, num_attention_heads=5, num_key_value_heads=2, head_dim=8)
    with pytest.raises(OctavoError, match="hidden_act is 'relu'"):
        ClipVisionConfig(hidden_act="relu")


def test_fresh_weights_follow_from_the_seed_and_guess_evenly() -> None:
    config = small(alpha_initializer="ones")
    models = [Idefics(config) for _ in range(3)]
    for model, seed in zip(models, (0, 0, 1), strict=True):
        model.init_weights(torch.Generator().manual_seed(seed))
    first, again, other = (dict(model.named_parameters()) for model in models)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["lm_head.weight"], other["lm_head.weight"])
    assert first["model.perceiver_resampler.latents"].std().item() == pytest.approx(1, rel=0.2)
    assert all((first[name] == 1).all() for name in first if "alpha" in name)
    ids = text(200)
    loss = F.cross_entropy(models[0](ids, [200])[:-1], ids[1:]).item()
    assert loss == pytest.approx(torch.tensor(float(VOCABULARY)).log().item(), rel=0.01)
