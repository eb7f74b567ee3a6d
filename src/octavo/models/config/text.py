"""The shape of a decoder of the Llama family."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from octavo.models.config.rope import Llama3Scaling, read_rope
from octavo.models.config.values import MOST_LAYERS, check_fixed, numbers, require, token, tokens

# What the code computes. A config.json that says otherwise asks for other mathematics.
TEXT_FIXED = {
    "model_type": "llama",
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "attention_dropout": 0.0,
}


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

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], tied: bool, where: str = "text_config.") -> Self:
        """Read a decoder's part of config.json; `where` stands before its keys in errors.

        `tied` is `tie_word_embeddings`, which the published files give at different places.
        """
        check_fixed(values, TEXT_FIXED, where)
        return cls(
            **numbers(cls, values, where) | read_rope(values),
            tie_word_embeddings=tied,
            bos_token_id=token(values, "bos_token_id", 1),
            eos_token_ids=tokens(values, "eos_token_id", 2),
            pad_token_id=token(values, "pad_token_id", None),
        )

    def to_dict(self) -> dict[str, Any]:
        """A decoder's part of config.json. The inverse of `from_dict`.

        Rotary parameters are written as the published models have them (`rope_theta`, `rope_scaling`), which
        every version of `transformers` reads; `rope_parameters` is unknown to those before 5.
        """
        text = asdict(self)
        scaling, eos = text.pop("rope_scaling"), list(text.pop("eos_token_ids"))
        return {
            **TEXT_FIXED,
            **text,
            "rope_scaling": {"rope_type": "llama3", **scaling} if scaling else None,
            "eos_token_id": eos[0] if len(eos) == 1 else eos or None,
        }
