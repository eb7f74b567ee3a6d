"""The shape of gated cross-attention."""

from dataclasses import dataclass

from octavo.models.config.values import require

ALPHA_TYPES = ("float", "vector")
ALPHA_INITIALIZERS = ("zeros", "ones", "normal", "gaussian", "random")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossAttentionConfig:
    """How a decoder looks at image features of `feature_size` numbers through gated cross-attention layers.

    The heads are the layer's own: `num_attention_heads` queries of `head_dim`, `num_key_value_heads` keys and
    values. `qk_layer_norms` norms each head's queries and keys. A gate is one number ("float") or one for each
    hidden dimension ("vector"), fresh from `alpha_initializer`: "zeros", "ones", or, by any of three names, a normal
    distribution of `alphas_initializer_range`.
    """

    feature_size: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    qk_layer_norms: bool = False
    alpha_type: str = "float"
    alpha_initializer: str = "zeros"
    alphas_initializer_range: float = 0.0

    def __post_init__(self) -> None:
        require(
            self.num_attention_heads % self.num_key_value_heads == 0,
            f"{self.num_attention_heads} cross-attention heads are no multiple of {self.num_key_value_heads} for keys",
        )
        require(
            self.alpha_type in ALPHA_TYPES,
            f"alpha_type is {self.alpha_type!r}; it must be one of {', '.join(ALPHA_TYPES)}",
        )
        require(
            self.alpha_initializer in ALPHA_INITIALIZERS,
            f"alpha_initializer is {self.alpha_initializer!r}; it must be one of {', '.join(ALPHA_INITIALIZERS)}",
        )
