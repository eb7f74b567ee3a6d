"""The shape of an Idefics2 model, and its config.json."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from octavo.models.config.perceiver import PerceiverConfig
from octavo.models.config.text import TextConfig
from octavo.models.config.values import boolean, check_fixed, require, section, token
from octavo.models.config.vision import VisionConfig

FIXED = {"quantization_config": None}
# Where transformers' Idefics2 fills in otherwise than its SigLIP of Idefics3, and its decoder if none is given.
VISION_DEFAULTS = {"hidden_size": 768, "num_attention_heads": 12}
NO_TEXT = {"max_position_embeddings": 32768, "rms_norm_eps": 1e-5, "pad_token_id": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Idefics2Config:
    """A whole model. `vision.image_size` is the largest side, in pixels, that positions were trained for."""

    vision: VisionConfig
    perceiver: PerceiverConfig
    text: TextConfig
    image_token_id: int = 32001

    def __post_init__(self) -> None:
        require(
            self.perceiver.hidden_size == self.text.hidden_size,
            f"the perceiver's hidden_size {self.perceiver.hidden_size} is not the decoder's {self.text.hidden_size}",
        )
        require(
            self.image_token_id < self.text.vocab_size,
            f"image_token_id {self.image_token_id} is outside the vocabulary of {self.text.vocab_size}",
        )

    @property
    def model_type(self) -> str:
        """What config.json calls the architecture."""
        return "idefics2"

    @property
    def tokens_per_image(self) -> int:
        """Image tokens of one image, whatever its size."""
        return self.perceiver.resampler_n_latents

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what config.json holds, in the form of any `transformers` since 4.40.

        A perceiver that does not say the decoder's `hidden_size` takes it, and its `rms_norm_eps`, as in
        `transformers`. Keys that do not change the mathematics are ignored. Raises `OctavoError` for those that
        do and are not supported, and for values that make no model.
        """
        require(values.get("model_type") == "idefics2", f"model_type is {values.get('model_type')}, not idefics2")
        check_fixed(values, FIXED, "")
        image_token = token(values, "image_token_id", 32001)
        require(image_token is not None, "image_token_id is null")
        given = section(values, "text_config") if values.get("text_config") is not None else NO_TEXT
        text = TextConfig.from_dict({"model_type": "mistral", **given}, tied=boolean(values, "tie_word_embeddings"))
        perceiver = PerceiverConfig.from_dict(section(values, "perceiver_config"))
        if perceiver.hidden_size != text.hidden_size:
            perceiver = replace(perceiver, hidden_size=text.hidden_size, rms_norm_eps=text.rms_norm_eps)
        return cls(
            vision=VisionConfig.from_dict({**VISION_DEFAULTS, **section(values, "vision_config")}),
            perceiver=perceiver,
            text=text,
            image_token_id=image_token,
        )

    def to_dict(self) -> dict[str, Any]:
        """What config.json holds. The inverse of `from_dict`.

        Whether the head is tied stands in both places, as in Idefics3's.
        """
        return {
            "architectures": ["Idefics2ForConditionalGeneration"],
            "model_type": self.model_type,
            "image_token_id": self.image_token_id,
            "tie_word_embeddings": self.text.tie_word_embeddings,
            "text_config": self.text.to_dict(),
            "vision_config": {"model_type": "idefics2_vision", **self.vision.to_dict()},
            "perceiver_config": {"model_type": "idefics2_perceiver", **self.perceiver.to_dict()},
        }
