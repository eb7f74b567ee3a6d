"""The shape of an IDEFICS1 model, and its config.json."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from octavo.models.config.clip import ClipVisionConfig
from octavo.models.config.cross_attention import CrossAttentionConfig
from octavo.models.config.text import TextConfig
from octavo.models.config.values import (
    MOST_LAYERS,
    boolean,
    check_fixed,
    number,
    numbers,
    require,
    section,
)

FIXED = {"quantization_config": None, "dropout": 0.0}
# A decoder's keys that this family has; it knows no grouped queries and no head size of its own.
TEXT_KEYS = (
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "hidden_act",
    "max_position_embeddings", "rms_norm_eps", "rope_theta", "rope_scaling", "rope_parameters",
    "bos_token_id", "eos_token_id", "pad_token_id",
)  # fmt: skip
FREEZABLE = ("LayerNorm", "Linear", "Embedding")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResamplerConfig:
    """The resampler: `resampler_n_latents` vectors an image, whatever the number of its patches."""

    resampler_n_latents: int = 64
    resampler_depth: int = 6
    resampler_n_heads: int = 16
    resampler_head_dim: int = 96
    qk_layer_norms_perceiver: bool = False

    def __post_init__(self) -> None:
        require(self.resampler_depth <= MOST_LAYERS, f"resampler_depth is above {MOST_LAYERS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Freezing:
    """What `transformers` freezes when it trains the model; `octavo` keeps it for that and leaves it alone.

    The exceptions name kinds of modules: LayerNorm, Linear, Embedding.
    """

    freeze_text_layers: bool = True
    freeze_text_module_exceptions: tuple[str, ...] = ()
    freeze_lm_head: bool = False
    freeze_vision_layers: bool = True
    freeze_vision_module_exceptions: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read the keys of config.json."""
        return cls(
            freeze_text_layers=boolean(values, "freeze_text_layers", True),
            freeze_text_module_exceptions=_kinds(values, "freeze_text_module_exceptions"),
            freeze_lm_head=boolean(values, "freeze_lm_head"),
            freeze_vision_layers=boolean(values, "freeze_vision_layers", True),
            freeze_vision_module_exceptions=_kinds(values, "freeze_vision_module_exceptions"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IdeficsConfig:
    """A whole model: a Llama decoder that looks at CLIP's features through gated cross-attention.

    A gated layer stands before every `cross_layer_interval`-th decoder layer, beginning with the first. Without a
    `perceiver` it looks at the encoder's own vectors. `additional_vocab_size` tokens follow the decoder's
    `text.vocab_size`, with embeddings and head of their own.
    """

    model_type: ClassVar[str] = "idefics"

    vision: ClipVisionConfig
    text: TextConfig
    cross: CrossAttentionConfig
    perceiver: ResamplerConfig | None = None
    cross_layer_interval: int = 1
    additional_vocab_size: int = 0
    freezing: Freezing = Freezing()

    def __post_init__(self) -> None:
        layers, interval = self.text.num_hidden_layers, self.cross_layer_interval
        require(layers % interval == 0, f"cross_layer_interval {interval} does not divide the {layers} layers")
        cross, text, width = self.cross, self.text, self.vision.hidden_size
        require(
            (cross.num_attention_heads, cross.num_key_value_heads, cross.head_dim, cross.feature_size)
            == (text.num_attention_heads, text.num_key_value_heads, text.head_dim, width),
            "the cross-attention's heads are not the decoder's, or its features not the encoder's",
        )
        require(text.num_key_value_heads == text.num_attention_heads, "IDEFICS1 knows no grouped queries")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what config.json holds; the decoder's keys stand outermost in it.

        Keys that do not change the mathematics are ignored. Raises `OctavoError` for those that do and are not
        supported, and for values that make no model.
        """
        require(values.get("model_type") == "idefics", f"model_type is {values.get('model_type')}; it must be idefics")
        check_fixed(values, FIXED, "")
        given = {"pad_token_id": 0} | {key: values[key] for key in TEXT_KEYS if key in values}
        text = TextConfig.from_dict(given, tied=boolean(values, "tie_word_embeddings"), where="")
        vision = ClipVisionConfig.from_dict(section(values, "vision_config"))
        interval = values.get("cross_layer_interval")
        return cls(
            vision=vision,
            text=text,
            cross=_cross(values, text, vision.hidden_size),
            perceiver=_perceiver(section(values, "perceiver_config")) if boolean(values, "use_resampler") else None,
            cross_layer_interval=1 if interval is None else number(int, interval, "cross_layer_interval"),
            additional_vocab_size=_from_zero(int, values, "additional_vocab_size"),
            freezing=Freezing.from_dict(values),
        )

    def to_dict(self) -> dict[str, Any]:
        """What config.json holds. The inverse of `from_dict`."""
        text, cross = self.text.to_dict(), self.cross
        perceiver = asdict(self.perceiver) if self.perceiver else {}
        return {
            "architectures": ["IdeficsForVisionText2Text"],
            "model_type": self.model_type,
            **{key: text[key] for key in TEXT_KEYS if key in text},
            "tie_word_embeddings": self.text.tie_word_embeddings,
            "additional_vocab_size": self.additional_vocab_size,
            "cross_layer_interval": self.cross_layer_interval,
            "qk_layer_norms": cross.qk_layer_norms,
            "alpha_type": cross.alpha_type,
            "alpha_initializer": cross.alpha_initializer,
            "alphas_initializer_range": cross.alphas_initializer_range,
            "dropout": 0.0,
            **asdict(self.freezing),
            "use_resampler": self.perceiver is not None,
            "perceiver_config": {"use_resampler": self.perceiver is not None, **perceiver},
            "vision_config": {"model_type": "idefics_vision", **self.vision.to_dict()},
        }


def _cross(values: Mapping[str, Any], text: TextConfig, feature_size: int) -> CrossAttentionConfig:
    given = {key: values[key] for key in ("alpha_type", "alpha_initializer") if values.get(key) is not None}
    return CrossAttentionConfig(
        feature_size=feature_size,
        num_attention_heads=text.num_attention_heads,
        num_key_value_heads=text.num_key_value_heads,
        head_dim=text.head_dim,
        qk_layer_norms=boolean(values, "qk_layer_norms"),
        alphas_initializer_range=_from_zero(float, values, "alphas_initializer_range"),
        **given,
    )


def _perceiver(values: Mapping[str, Any]) -> ResamplerConfig:
    return ResamplerConfig(
        **numbers(ResamplerConfig, values, "perceiver_config."),
        qk_layer_norms_perceiver=boolean(values, "qk_layer_norms_perceiver"),
    )


def _from_zero(kind: type[int] | type[float], values: Mapping[str, Any], key: str) -> Any:
    """The number under `key`, which unlike most may be 0, as it is where there is none."""
    value = values.get(key)
    if value is None or (value == 0 and not isinstance(value, bool)):
        return kind(0)
    return number(kind, value, key)


def _kinds(values: Mapping[str, Any], key: str) -> tuple[str, ...]:
    given = values.get(key) or []
    right = isinstance(given, list | tuple) and all(name in FREEZABLE for name in given)
    require(right, f"{key} is {given!r}; it must be a list of {', '.join(FREEZABLE)}")
    return tuple(given)
