"""The shape of a CLIP encoder, as IDEFICS1 has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from octavo.models.config.values import check_fixed, number, numbers, require
from octavo.models.config.vision import VisionConfig

# What the code computes. A config.json that says otherwise asks for other mathematics.
FIXED = {"num_channels": 3, "attention_dropout": 0.0}
ACTIVATIONS = ("gelu", "quick_gelu")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipVisionConfig(VisionConfig):
    """The CLIP encoder: one vector for the image (the class token) before those of its patches.

    `hidden_act` is "gelu" or "quick_gelu".
    """

    hidden_size: int = 768
    intermediate_size: int = 5120
    num_hidden_layers: int = 32
    patch_size: int = 14
    layer_norm_eps: float = 1e-5
    hidden_act: str = "gelu"

    def __post_init__(self) -> None:
        VisionConfig.__post_init__(self)  # slots make a new class, which super() without arguments does not know
        require(
            self.hidden_act in ACTIVATIONS,
            f"vision hidden_act is {self.hidden_act!r}; it must be one of {', '.join(ACTIVATIONS)}",
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str = "vision_config.") -> Self:
        """Read an encoder's part of config.json, where the width is `embed_dim`."""
        check_fixed(values, FIXED, where)
        given = numbers(cls, values, where)
        if values.get("embed_dim") is not None:
            given["hidden_size"] = number(int, values["embed_dim"], where + "embed_dim")
        if values.get("hidden_act") is not None:
            given["hidden_act"] = values["hidden_act"]
        return cls(**given)

    def to_dict(self) -> dict[str, Any]:
        """An encoder's part of config.json, without its `model_type`. The inverse of `from_dict`."""
        written = VisionConfig.to_dict(self) | FIXED | {"hidden_act": self.hidden_act}
        return {"embed_dim": written.pop("hidden_size"), **written}
