"""The shape of a decoder of the Llama family."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from octavo.models.config.rope import Llama3Scaling, read_rope, read_unturned, write_unturned
from octavo.models.config.values import MOST_LAYERS, check_fixed, numbers, require, token, tokens
from octavo.models.config.window import read_window, write_window

# What the code computes. A config.json that says otherwise asks for other mathematics.
FIXED = {"hidden_act": "silu", "attention_dropout": 0.0}
QWEN = {
    "vocab_size": 151936, "intermediate_size": 22016, "num_key_value_heads": 32, "max_position_embeddings": 32768,
}  # fmt: skip
QWEN_WINDOW = {"use_sliding_window": False, "sliding_window": 4096, "max_window_layers": 28}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a `model_type` of the family differs in from Llama.

    `fixed` are further keys with one supported value, `defaults` what its configuration class in `transformers`
    fills in otherwise than Llama's. `qkv_bias` adds a bias to queries, keys and values, `head_norms` an RMSNorm
    to each head of queries and keys.
    """

    fixed: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    qkv_bias: bool = False
    head_norms: bool = False


KINDS: Mapping[str, Kind] = {
    "llama": Kind(fixed={"attention_bias": False, "mlp_bias": False}, defaults={"bos_token_id": 1, "eos_token_id": 2}),
    "mistral": Kind(
        defaults={
            "intermediate_size": 14336, "num_key_value_heads": 8, "max_position_embeddings": 131072,
            "sliding_window": 4096, "bos_token_id": 1, "eos_token_id": 2,
        }
    ),
    "qwen2": Kind(defaults=QWEN | QWEN_WINDOW, qkv_bias=True),
    "qwen3": Kind(fixed={"attention_bias": False}, defaults=QWEN | QWEN_WINDOW | {"head_dim": 128}, head_norms=True),
    "smollm3": Kind(
        fixed={"attention_bias": False, "mlp_bias": False, "use_sliding_window": False},
        defaults={
            "vocab_size": 128256, "hidden_size": 2048, "num_hidden_layers": 36, "num_attention_heads": 16,
            "num_key_value_heads": 4, "max_position_embeddings": 32768, "bos_token_id": 128000, "eos_token_id": 128001,
            "pad_token_id": 128004, "rope_theta": 2_000_000.0,
        },
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TextConfig:
    """The Llama-family decoder; `model_type` is one of `KINDS`.

    `num_key_value_heads` 0 stands for as many as `num_attention_heads`, `head_dim` 0 for
    `hidden_size / num_attention_heads`. In the layers of `sliding_layers` (numbers, ascending) a token sees
    itself and the `sliding_window - 1` tokens before it; those of `unturned_layers` turn nothing by its position
    (NoPE, arXiv 2501.18795). `tie_word_embeddings` makes the head the embeddings' transpose. `eos_token_ids` end
    generation.
    """

    model_type: str = "llama"
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
    sliding_window: int | None = None
    sliding_layers: tuple[int, ...] = ()
    unturned_layers: tuple[int, ...] = ()
    tie_word_embeddings: bool = False
    bos_token_id: int | None = None
    eos_token_ids: tuple[int, ...] = ()
    pad_token_id: int | None = None

    def __post_init__(self) -> None:
        require(self.num_hidden_layers <= MOST_LAYERS, f"text num_hidden_layers is above {MOST_LAYERS}")
        heads = self.num_attention_heads
        if self.num_key_value_heads == 0:
            object.__setattr__(self, "num_key_value_heads", heads)
        if self.head_dim == 0:
            require(
                self.hidden_size % heads == 0,
                f"text hidden_size {self.hidden_size} is no multiple of num_attention_heads {heads}",
            )
            object.__setattr__(self, "head_dim", self.hidden_size // heads)
        require(
            heads % self.num_key_value_heads == 0,
            f"text num_attention_heads {heads} is no multiple of num_key_value_heads {self.num_key_value_heads}",
        )
        require(self.head_dim % 2 == 0, f"text head_dim {self.head_dim} is odd; rotary positions turn pairs")

    @property
    def kind(self) -> Kind:
        """What `model_type` differs in."""
        return KINDS[self.model_type]

    def window(self, layer: int) -> int | None:
        """How many tokens a token of layer `layer` sees, itself included; None where it sees all before it."""
        return self.sliding_window if layer in self.sliding_layers else None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], tied: bool, where: str = "text_config.") -> Self:
        """Read a decoder's part of config.json; `where` stands before its keys in errors.

        `tied` is `tie_word_embeddings`, which the published files give at different places.
        """
        model_type = values.get("model_type", "llama")
        require(
            isinstance(model_type, str) and model_type in KINDS,
            f"{where}model_type is {model_type!r}; only {', '.join(KINDS)} are supported",
        )
        check_fixed(values, {**FIXED, **KINDS[model_type].fixed}, where)
        values = {**KINDS[model_type].defaults, **values}
        config = cls(
            model_type=model_type,
            **numbers(cls, values, where) | read_rope(values),
            tie_word_embeddings=tied,
            bos_token_id=token(values, "bos_token_id", None),
            eos_token_ids=tokens(values, "eos_token_id", None),
            pad_token_id=token(values, "pad_token_id", None),
        )
        layers = config.num_hidden_layers
        return replace(
            config,
            **read_window(values, model_type, layers, where),
            unturned_layers=read_unturned(values, layers, where) if model_type == "smollm3" else (),
        )

    def to_dict(self) -> dict[str, Any]:
        """A decoder's part of config.json. The inverse of `from_dict`.

        Rotary parameters are written as the published models have them (`rope_theta`, `rope_scaling`), which
        every version of `transformers` reads; `rope_parameters` is unknown to those before 5.
        """
        text = asdict(self)
        scaling, eos = text.pop("rope_scaling"), list(text.pop("eos_token_ids"))
        del text["sliding_window"], text["sliding_layers"], text["unturned_layers"]
        return {
            **FIXED,
            **self.kind.fixed,
            **text,
            **write_window(self.model_type, self.sliding_window, self.sliding_layers, self.num_hidden_layers),
            **(write_unturned(self.unturned_layers, self.num_hidden_layers) if self.model_type == "smollm3" else {}),
            "rope_scaling": {"rope_type": "llama3", **scaling} if scaling else None,
            "eos_token_id": eos[0] if len(eos) == 1 else eos or None,
        }
