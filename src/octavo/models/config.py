"""The shape of an Idefics3 model, and its config.json.

Field names are the published ones, and the defaults are those of the configuration classes of `transformers`
5.23: published files leave out what equals them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from octavo.errors import OctavoError

# So that a hostile config.json neither overflows a size nor builds layers without end.
LARGEST, LARGEST_FLOAT = 2**20, 1e12
MOST_LAYERS, MOST_PIXELS, MOST_SCALE = 1024, 2**14, 64

# What the code computes. A config.json that says otherwise asks for other mathematics.
TEXT_FIXED = {
    "model_type": "llama",
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "attention_dropout": 0.0,
}
VISION_FIXED = {"hidden_act": "gelu_pytorch_tanh", "num_channels": 3, "attention_dropout": 0.0}
ROPE_FIXED = {"partial_rotary_factor": 1.0}
FIXED = {"quantization_config": None}
ARCHITECTURES = {"idefics3": "Idefics3ForConditionalGeneration", "smolvlm": "SmolVLMForConditionalGeneration"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VisionConfig:
    """The SigLIP encoder. `image_size` and `patch_size` are pixels on the side of a tile and of a patch."""

    hidden_size: int = 1152
    intermediate_size: int = 3072
    num_hidden_layers: int = 12
    num_attention_heads: int = 16
    image_size: int = 224
    patch_size: int = 32
    layer_norm_eps: float = 1e-6

    def __post_init__(self) -> None:
        _require(self.num_hidden_layers <= MOST_LAYERS, f"vision num_hidden_layers is above {MOST_LAYERS}")
        _require(self.image_size <= MOST_PIXELS, f"vision image_size is above {MOST_PIXELS}")
        _require(
            self.hidden_size % self.num_attention_heads == 0,
            f"vision hidden_size {self.hidden_size} is no multiple of num_attention_heads {self.num_attention_heads}",
        )
        _require(self.patch_size <= self.image_size, "vision patch_size is above image_size")

    @property
    def patches_per_side(self) -> int:
        """Patches on a tile's side; pixels beyond the last whole patch are not read (384 = 27·14 + 6)."""
        return self.image_size // self.patch_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Llama3Scaling:
    """Llama 3.1's stretch of the slow rotary frequencies; `original_max_position_embeddings` is in tokens."""

    factor: float
    low_freq_factor: float
    high_freq_factor: float
    original_max_position_embeddings: int

    def __post_init__(self) -> None:
        _require(
            self.low_freq_factor < self.high_freq_factor,
            "rope_scaling's low_freq_factor is not below its high_freq_factor",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TextConfig:
    """The Llama-family decoder.

    `num_key_value_heads` 0 stands for as many as `num_attention_heads`, `head_dim` 0 for
    `hidden_size / num_attention_heads`. `tie_word_embeddings` makes the head the embeddings' transpose.
    `eos_token_ids` end generation.
    """

    vocab_size: int = 32000
    hidden_size: int = 4096
    intermediate_size: int = 11008
    num_hidden_layers: int = 32
    num_attention_heads: int = 32
    num_key_value_heads: int = 0
    head_dim: int = 0
    max_position_embeddings: int = 2048
    rms_norm_eps: float = 1e-6
    rope_theta: float = 10000.0
    rope_scaling: Llama3Scaling | None = None
    tie_word_embeddings: bool = False
    bos_token_id: int | None = None
    eos_token_ids: tuple[int, ...] = ()
    pad_token_id: int | None = None

    def __post_init__(self) -> None:
        _require(self.num_hidden_layers <= MOST_LAYERS, f"text num_hidden_layers is above {MOST_LAYERS}")
        heads = self.num_attention_heads
        if self.num_key_value_heads == 0:
            object.__setattr__(self, "num_key_value_heads", heads)
        if self.head_dim == 0:
            _require(
                self.hidden_size % heads == 0,
                f"text hidden_size {self.hidden_size} is no multiple of num_attention_heads {heads}",
            )
            object.__setattr__(self, "head_dim", self.hidden_size // heads)
        _require(
            heads % self.num_key_value_heads == 0,
            f"text num_attention_heads {heads} is no multiple of num_key_value_heads {self.num_key_value_heads}",
        )
        _require(self.head_dim % 2 == 0, f"text head_dim {self.head_dim} is odd; rotary positions turn pairs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Idefics3Config:
    """A whole model. `model_type` is "idefics3" or "smolvlm": two names for one architecture."""

    vision: VisionConfig
    text: TextConfig
    scale_factor: int = 2
    image_token_id: int = 128257
    model_type: str = "idefics3"

    def __post_init__(self) -> None:
        side = self.vision.patches_per_side
        _require(self.scale_factor <= MOST_SCALE, f"scale_factor is above {MOST_SCALE}")
        _require(
            side % self.scale_factor == 0,
            f"scale_factor {self.scale_factor} does not divide the {side} patches on a tile's side",
        )
        _require(
            self.image_token_id < self.text.vocab_size,
            f"image_token_id {self.image_token_id} is outside the vocabulary of {self.text.vocab_size}",
        )

    @property
    def tokens_per_tile(self) -> int:
        """Image tokens of one tile of `vision.image_size`."""
        return (self.vision.patches_per_side // self.scale_factor) ** 2

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what config.json holds, in the form of any `transformers` since 4.46.

        Keys that do not change the mathematics are ignored. Raises `OctavoError` for those that do and are
        not supported, and for values that make no model.
        """
        model_type = str(values.get("model_type"))
        _require(model_type in ARCHITECTURES, f"model_type is {model_type}; only idefics3 and smolvlm are known")
        _check_fixed(values, FIXED, "")
        vision, text = _section(values, "vision_config"), _section(values, "text_config")
        _check_fixed(vision, VISION_FIXED, "vision_config.")
        _check_fixed(text, TEXT_FIXED, "text_config.")
        tied = values.get("tie_word_embeddings")
        _require(tied in (None, False, True), f"tie_word_embeddings is {tied!r}; it must be true or false")
        image_token = _token(values, "image_token_id", 128257)
        _require(image_token is not None, "image_token_id is null")
        return cls(
            vision=VisionConfig(**_numbers(VisionConfig, vision, "vision_config.")),
            text=TextConfig(
                **_numbers(TextConfig, text, "text_config.") | _rope(text),
                tie_word_embeddings=bool(tied),
                bos_token_id=_token(text, "bos_token_id", 1),
                eos_token_ids=_tokens(text, "eos_token_id", 2),
                pad_token_id=_token(text, "pad_token_id", None),
            ),
            scale_factor=_number(int, values.get("scale_factor", 2), "scale_factor"),
            image_token_id=image_token,
            model_type=model_type,
        )

    def to_dict(self) -> dict[str, Any]:
        """What config.json holds. The inverse of `from_dict`.

        Rotary parameters are written as the published models have them (`rope_theta`, `rope_scaling`), which
        every version of `transformers` reads; `rope_parameters` is unknown to those before 5. Whether the
        head is tied stands in both places: version 5 reads the outer one, some of version 4 the inner one.
        """
        text, vision = asdict(self.text), asdict(self.vision)
        scaling, eos = text.pop("rope_scaling"), list(text.pop("eos_token_ids"))
        return {
            "architectures": [ARCHITECTURES[self.model_type]],
            "model_type": self.model_type,
            "image_token_id": self.image_token_id,
            "scale_factor": self.scale_factor,
            "tie_word_embeddings": self.text.tie_word_embeddings,
            "text_config": {
                **TEXT_FIXED,
                **text,
                "rope_scaling": {"rope_type": "llama3", **scaling} if scaling else None,
                "eos_token_id": eos[0] if len(eos) == 1 else eos or None,
            },
            "vision_config": {"model_type": f"{self.model_type}_vision", **VISION_FIXED, **vision},
        }


def _require(holds: bool, fault: str) -> None:
    if not holds:
        raise OctavoError(f"the model's configuration does not fit: {fault}")


def _section(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    section: Any = values.get(key) or {}
    _require(isinstance(section, dict), f"{key} is {section!r}; it must be an object")
    return dict(section)


def _check_fixed(values: Mapping[str, Any], fixed: Mapping[str, Any], where: str) -> None:
    for key, supported in fixed.items():
        given = values.get(key)
        _require(given in (None, supported), f"{where}{key} is {given!r}; only {supported!r} is supported")


def _numbers(kind: type, values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The fields of type int and float that `values` gives, each above 0."""
    return {
        field.name: _number(field.type, values[field.name], where + field.name)
        for field in fields(kind)
        if field.type in (int, float) and values.get(field.name) is not None
    }


def _number(kind: Any, value: Any, where: str) -> Any:
    types, largest = ((int, float), LARGEST_FLOAT) if kind is float else (int, LARGEST)
    right = isinstance(value, types) and not isinstance(value, bool) and 0 < value <= largest
    _require(right, f"{where} is {value!r}; it must be {kind.__name__}, above 0 and at most {largest}")
    return kind(value)


def _token(values: Mapping[str, Any], key: str, default: int | None) -> Any:
    value = values.get(key, default)
    right = value is None or (isinstance(value, int) and 0 <= value <= LARGEST)
    _require(right, f"{key} is {value!r}; it must be a token id")
    return value


def _tokens(values: Mapping[str, Any], key: str, default: int) -> tuple[int, ...]:
    value = values.get(key, default)
    ids = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(_token({key: one}, key, None) for one in ids)


def _rope(text: Mapping[str, Any]) -> dict[str, Any]:
    """`rope_theta` and `rope_scaling`, from `rope_parameters` (transformers 5) or the keys of those names."""
    rope = _section(text, "rope_scaling") or _section(text, "rope_parameters")
    _check_fixed({**text, **rope}, ROPE_FIXED, "text_config.")
    theta = rope.get("rope_theta", text.get("rope_theta", 10000.0))
    kind = rope.get("rope_type", rope.get("type", "default"))
    _require(kind in ("default", "llama3"), f"rope_type {kind!r}; only default and llama3 are supported")
    read = {"rope_theta": _number(float, theta, "rope_theta")}
    if kind == "llama3":
        values = {"original_max_position_embeddings": text.get("max_position_embeddings", 2048), **rope}
        numbers = _numbers(Llama3Scaling, values, "rope_parameters.")
        missing = [one.name for one in fields(Llama3Scaling) if one.name not in numbers]
        _require(not missing, f"rope_parameters of type llama3 lack {', '.join(missing)}")
        read["rope_scaling"] = Llama3Scaling(**numbers)
    return read
