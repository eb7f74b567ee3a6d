"""config.json: published forms are read, and what would change the mathematics is refused by name."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.errors import OctavoError
from octavo.models import Idefics3Config, Llama3Scaling, TextConfig

# The keys of a published SmolVLM file that matter, and some of those that do not.
PUBLISHED: dict[str, Any] = {
    "architectures": ["Idefics3ForConditionalGeneration"],
    "image_token_id": 49190,
    "model_type": "idefics3",
    "pad_token_id": 128002,
    "scale_factor": 4,
    "text_config": {
        "_flash_attn_2_enabled": True,
        "attention_bias": False,
        "head_dim": 64,
        "hidden_act": "silu",
        "hidden_size": 576,
        "intermediate_size": 1536,
        "is_llama_config": True,
        "max_position_embeddings": 8192,
        "mlp_bias": False,
        "model_type": "llama",
        "neftune_noise_alpha": 0.0,
        "num_attention_heads": 9,
        "num_hidden_layers": 30,
        "num_key_value_heads": 3,
        "pad_token_id": 2,
        "perceiver_config": {"hidden_act": "relu", "model_type": "vllama3", "tie_word_embeddings": True},
        "pixel_shuffle_factor": 4,
        "rms_norm_eps": 1e-05,
        "rope_interleaved": False,
        "rope_scaling": None,
        "rope_theta": 100000,
        "tie_word_embeddings": True,
        "use_resampler": False,
        "vocab_size": 49280,
    },
    "tie_word_embeddings": False,
    "use_reentrant_checkpointing": False,
    "vision_config": {
        "hidden_size": 768,
        "image_size": 512,
        "max_image_size": {"longest_edge": 512},
        "model_type": "idefics3",
        "num_attention_heads": 12,
        "patch_size": 16,
        "size": {"longest_edge": 2048},
        "use_base_siglip": False,
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    values = deepcopy(PUBLISHED)
    *sections, key = path.split(".")
    target = values
    for section in sections:
        target = target[section]
    target[key] = value
    return values


def test_a_published_file_is_read_with_the_defaults_it_leaves_out() -> None:
    config = Idefics3Config.from_dict(PUBLISHED)
    assert (config.vision.num_hidden_layers, config.vision.intermediate_size) == (12, 3072)
    assert config.tokens_per_tile == 64
    assert config.text.rope_theta == 100000.0
    assert config.text.rope_scaling is None
    assert not config.text.tie_word_embeddings  # transformers looks at the outer key alone
    assert (config.text.bos_token_id, config.text.eos_token_ids, config.text.pad_token_id) == (1, (2,), 2)


def test_heads_left_out_follow_from_the_others() -> None:
    values = deepcopy(PUBLISHED)
    del values["text_config"]["num_key_value_heads"], values["text_config"]["head_dim"]
    config = Idefics3Config.from_dict(values)
    assert (config.text.num_key_value_heads, config.text.head_dim) == (9, 64)


@pytest.mark.parametrize("key", ["rope_scaling", "rope_parameters"])
@pytest.mark.parametrize("type_key", ["rope_type", "type"])
def test_llama3_scaling_is_read_from_both_keys(key: str, type_key: str) -> None:
    scaling = {type_key: "llama3", "factor": 8, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    values = changed(f"text_config.{key}", scaling | {"original_max_position_embeddings": 4096})
    assert Idefics3Config.from_dict(values).text.rope_scaling == Llama3Scaling(
        factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=4096
    )
    without = Idefics3Config.from_dict(changed(f"text_config.{key}", scaling)).text.rope_scaling
    assert without is not None
    assert without.original_max_position_embeddings == 8192


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model_type", "idefics2"),
        ("model_type", None),
        ("model_type", ["idefics3"]),
        ("quantization_config", {"quant_method": "bitsandbytes"}),
        ("text_config.model_type", "granite"),
        ("text_config.hidden_act", "gelu"),
        ("text_config.attention_bias", True),
        ("text_config.mlp_bias", True),
        ("text_config.attention_dropout", 0.1),
        ("text_config.partial_rotary_factor", 0.5),
        ("text_config.num_key_value_heads", 2),
        ("text_config.head_dim", 63),
        ("vision_config.hidden_act", "quick_gelu"),
        ("vision_config.num_channels", 1),
        ("vision_config.attention_dropout", 0.1),
        ("vision_config.num_attention_heads", 11),
        ("vision_config.patch_size", 513),
        ("vision_config.image_size", [512, 512]),
        ("scale_factor", 3),
        ("scale_factor", 0),
        ("image_token_id", 49280),
        ("image_token_id", -1),
        ("image_token_id", None),
        ("text_config.hidden_size", "576"),
        ("text_config.hidden_size", 576.0),
        ("text_config.hidden_size", True),
        ("text_config.num_hidden_layers", 10**9),
        ("text_config.rms_norm_eps", float("nan")),
        ("text_config.rope_theta", float("inf")),
        ("text_config", 3),
        ("vision_config", [1]),
        ("tie_word_embeddings", "yes"),
        ("text_config.eos_token_id", "</s>"),
    ],
)
def test_what_is_not_supported_is_named(path: str, value: Any) -> None:
    with pytest.raises(OctavoError) as caught:
        Idefics3Config.from_dict(changed(path, value))
    assert path.split(".")[-1] in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "values", "sliding"),
    [
        ("llama", {"sliding_window": 8}, ()),
        ("mistral", {"sliding_window": 8}, (0, 1, 2)),
        ("mistral", {"sliding_window": None}, ()),
        ("mistral", {}, (0, 1, 2)),
        ("qwen2", {"sliding_window": 8, "max_window_layers": 1}, ()),
        ("qwen2", {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 1}, (1, 2)),
        ("qwen2", {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 3}, ()),
        ("qwen3", {"use_sliding_window": True, "layer_types": ["sliding_attention", *["full_attention"] * 2]}, (0,)),
    ],
)
def test_windows_are_in_the_layers_that_have_them(kind: str, values: dict[str, Any], sliding: tuple[int, ...]) -> None:
    config = TextConfig.from_dict({"model_type": kind, "num_hidden_layers": 3, **values}, tied=False)
    assert config.sliding_layers == sliding
    assert [layer for layer in range(3) if config.window(layer)] == list(sliding)
    assert TextConfig.from_dict(config.to_dict(), tied=False) == config


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model_type": "gemma"}, "only llama, mistral, qwen2, qwen3, smollm3"),
        ({"model_type": "mistral", "sliding_window": 0}, "sliding_window is 0"),
        ({"model_type": "qwen2", "use_sliding_window": True, "layer_types": ["full_attention"]}, "layer_types"),
        ({"model_type": "qwen2", "use_sliding_window": True, "max_window_layers": "all"}, "max_window_layers"),
        ({"model_type": "qwen3", "attention_bias": True}, "attention_bias"),
        ({"model_type": "smollm3", "no_rope_layers": [0, 1]}, "no_rope_layers must be 36 times"),
        ({"model_type": "smollm3", "no_rope_layer_interval": 0}, "no_rope_layer_interval is 0"),
    ],
)
def test_decoders_that_are_not_supported_are_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(OctavoError, match=message):
        TextConfig.from_dict(values, tied=False)


@pytest.mark.parametrize(
    ("scaling", "message"),
    [
        ({"rope_type": "yarn", "factor": 2.0}, "rope_type 'yarn'"),
        ({"rope_type": "llama3", "factor": 8.0}, "low_freq_factor, high_freq_factor"),
        ({"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 4.0, "high_freq_factor": 4.0}, "not below"),
        ({"rope_type": "default", "partial_rotary_factor": 0.5}, "partial_rotary_factor"),
    ],
)
def test_rotary_positions_that_are_not_supported_are_named(scaling: dict[str, Any], message: str) -> None:
    with pytest.raises(OctavoError, match=message):
        Idefics3Config.from_dict(changed("text_config.rope_scaling", scaling))


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("eos", [None, 2, [2, 5]])
def test_what_is_written_is_read_as_the_same(tied: bool, eos: int | list[int] | None) -> None:
    values = changed("text_config.eos_token_id", eos) | {"tie_word_embeddings": tied, "model_type": "smolvlm"}
    values["text_config"]["rope_scaling"] = {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
    }
    config = Idefics3Config.from_dict(values)
    written = config.to_dict()
    assert Idefics3Config.from_dict(written) == config
    assert written["architectures"] == ["SmolVLMForConditionalGeneration"]
    assert written["text_config"]["eos_token_id"] == eos


KEYS = st.text(max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)
PATHS = [f"{section}.{key}" for section in ("text_config", "vision_config") for key in PUBLISHED[section]]


@given(path=st.sampled_from([*PATHS, *PUBLISHED]), value=JSON)
def test_any_value_makes_a_model_or_a_message(path: str, value: Any) -> None:
    try:
        config = Idefics3Config.from_dict(changed(path, value))
    except OctavoError:
        return
    assert Idefics3Config.from_dict(config.to_dict()) == config
