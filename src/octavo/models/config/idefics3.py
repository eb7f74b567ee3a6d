"""The shape of an Idefics3 model, and its config.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from octavo.models.config.text import TextConfig
from octavo.models.config.values import MOST_SCALE, boolean, check_fixed, number, require, section, token
from octavo.models.config.vision import VisionConfig

FIXED = {"quantization_config": None}
ARCHITECTURES = {"idefics3": "Idefics3ForConditionalGeneration", "smolvlm": "SmolVLMForConditionalGeneration"}


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
        require(self.scale_factor <= MOST_SCALE, f"scale_factor is above {MOST_SCALE}")
        require(
            side % self.scale_factor == 0,
            f"scale_factor {self.scale_factor} does not divide the {side} patches on a tile's side",
        )
        require(
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
        require(model_type in ARCHITECTURES, f"model_type is {model_type}; only idefics3 and smolvlm are known")
        check_fixed(values, FIXED, "")
        image_token = token(values, "image_token_id", 128257)
        require(image_token is not None, "image_token_id is null")
        return cls(
            vision=VisionConfig.from_dict(section(values, "vision_config")),
            text=TextConfig.from_dict(section(values, "text_config"), tied=boolean(values, "tie_word_embeddings")),
            scale_factor=number(int, values.get("scale_factor", 2), "scale_factor"),
            image_token_id=image_token,
            model_type=model_type,
        )

    def to_dict(self) -> dict[str, Any]:
        """What config.json holds. The inverse of `from_dict`.

        Whether the head is tied stands in both places: version 5 of `transformers` reads the outer one, some
        of version 4 the inner one.
        """
        return {
            "architectures": [ARCHITECTURES[self.model_type]],
            "model_type": self.model_type,
            "image_token_id": self.image_token_id,
            "scale_factor": self.scale_factor,
            "tie_word_embeddings": self.text.tie_word_embeddings,
            "text_config": self.text.to_dict(),
            "vision_config": {"model_type": f"{self.model_type}_vision", **self.vision.to_dict()},
        }
