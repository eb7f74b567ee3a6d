"""The shape of a SigLIP encoder."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from octavo.models.config.values import MOST_LAYERS, MOST_PIXELS, check_fixed, numbers, require

# What the code computes. A config.json that says otherwise asks for other mathematics.
VISION_FIXED = {"hidden_act": "gelu_pytorch_tanh", "num_channels": 3, "attention_dropout": 0.0}


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
        require(self.num_hidden_layers <= MOST_LAYERS, f"vision num_hidden_layers is above {MOST_LAYERS}")
        require(self.image_size <= MOST_PIXELS, f"vision image_size is above {MOST_PIXELS}")
        require(
            self.hidden_size % self.num_attention_heads == 0,
            f"vision hidden_size {self.hidden_size} is no multiple of num_attention_heads {self.num_attention_heads}",
        )
        require(self.patch_size <= self.image_size, "vision patch_size is above image_size")

    @property
    def patches_per_side(self) -> int:
        """Patches on a tile's side; pixels beyond the last whole patch are not read (384 = 27·14 + 6)."""
        return self.image_size // self.patch_size

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str = "vision_config.") -> Self:
        """Read an encoder's part of config.json; `where` stands before its keys in errors."""
        check_fixed(values, VISION_FIXED, where)
        return cls(**numbers(cls, values, where))

    def to_dict(self) -> dict[str, Any]:
        """An encoder's part of config.json, without its `model_type`."""
        return {**VISION_FIXED, **asdict(self)}
