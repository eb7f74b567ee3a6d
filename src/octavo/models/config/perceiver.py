"""The shape of a perceiver resampler."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from octavo.models.config.values import MOST_LAYERS, check_fixed, numbers, require

# What the code computes. A config.json that says otherwise asks for other mathematics.
PERCEIVER_FIXED = {"hidden_act": "silu", "attention_dropout": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class PerceiverConfig:
    """`resampler_depth` blocks, in which `resampler_n_latents` latents of `hidden_size` look at an image."""

    hidden_size: int = 4096
    rms_norm_eps: float = 1e-6
    resampler_n_latents: int = 64
    resampler_depth: int = 3
    resampler_n_heads: int = 16
    resampler_head_dim: int = 96
    num_key_value_heads: int = 4

    def __post_init__(self) -> None:
        heads, groups = self.resampler_n_heads, self.num_key_value_heads
        require(self.resampler_depth <= MOST_LAYERS, f"resampler_depth is above {MOST_LAYERS}")
        require(heads % groups == 0, f"resampler_n_heads {heads} is no multiple of num_key_value_heads {groups}")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str = "perceiver_config.") -> Self:
        """Read a resampler's part of config.json; `where` stands before its keys in errors."""
        check_fixed(values, PERCEIVER_FIXED, where)
        return cls(**numbers(cls, values, where))

    def to_dict(self) -> dict[str, Any]:
        """A resampler's part of config.json, without its `model_type`."""
        return {**PERCEIVER_FIXED, **asdict(self)}
