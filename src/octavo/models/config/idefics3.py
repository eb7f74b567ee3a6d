"""The shape of an Idefics3 model, and its config.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from octavo.models.config.composition import COMPOSED, CONNECTORS, read_composition, write_composition
from octavo.models.config.cross_attention import CrossAttentionConfig
from octavo.models.config.perceiver import PerceiverConfig
from octavo.models.config.text import TextConfig
from octavo.models.config.values import MOST_SCALE, boolean, check_fixed, number, require, section, token
from octavo.models.config.vision import VisionConfig

FIXED = {"quantization_config": None}
ARCHITECTURES = {
    "idefics3": "Idefics3ForConditionalGeneration",
    "smolvlm": "SmolVLMForConditionalGeneration",
    COMPOSED: "OctavoForConditionalGeneration",  # opens nowhere else
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Idefics3Config:
    """A whole model. `model_type` is "idefics3" or "smolvlm": two names for one architecture.

    It is "octavo" where connector or fusion are others: `connector` "mlp" or "perceiver" (with `perceiver`, and a
    `scale_factor` of 1), or `cross`, by which a gated layer before every `cross_layer_interval`-th decoder layer,
    beginning with the first, looks at the tiles, and a tile is a single `<image>` token among the others.
    """

    vision: VisionConfig
    text: TextConfig
    scale_factor: int = 2
    image_token_id: int = 128257
    model_type: str = "idefics3"
    connector: str = "linear"
    perceiver: PerceiverConfig | None = None
    cross: CrossAttentionConfig | None = None
    cross_layer_interval: int = 4

    def __post_init__(self) -> None:
        self._check_composition()
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

    def _check_composition(self) -> None:
        composed = self.connector != "linear" or self.cross is not None
        require(
            (self.model_type == COMPOSED) == composed,
            f"model_type is {self.model_type}, which does not go with connector {self.connector} and this fusion",
        )
        known = ", ".join(CONNECTORS)
        require(self.connector in CONNECTORS, f"connector is {self.connector!r}; only {known} are known")
        require(
            (self.perceiver is not None) == (self.connector == "perceiver"),
            f"connector {self.connector} has no perceiver, or lacks it",
        )
        width = self.text.hidden_size
        if self.perceiver is not None:
            require(self.scale_factor == 1, f"scale_factor is {self.scale_factor}; a perceiver shuffles no pixels: 1")
            require(self.perceiver.hidden_size == width, f"the perceiver's hidden_size is not the text's {width}")
        if self.cross is not None:
            require(self.cross.feature_size == width, f"the fusion's feature_size is not the text's {width}")

    @property
    def tokens_per_tile(self) -> int:
        """Vectors that the decoder gets of one tile of `vision.image_size`."""
        if self.perceiver is not None:
            return self.perceiver.resampler_n_latents
        return (self.vision.patches_per_side // self.scale_factor) ** 2

    @property
    def image_seq_len(self) -> int:
        """`<image>` tokens of one tile: one for each vector, or one alone where cross-attention looks at them."""
        return 1 if self.cross is not None else self.tokens_per_tile

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what config.json holds, in the form of any `transformers` since 4.46.

        Keys that do not change the mathematics are ignored. Raises `OctavoError` for those that do and are
        not supported, and for values that make no model.
        """
        model_type = str(values.get("model_type"))
        require(model_type in ARCHITECTURES, f"model_type is {model_type}; only {', '.join(ARCHITECTURES)} are known")
        check_fixed(values, FIXED, "")
        image_token = token(values, "image_token_id", 128257)
        require(image_token is not None, "image_token_id is null")
        text = TextConfig.from_dict(section(values, "text_config"), tied=boolean(values, "tie_word_embeddings"))
        return cls(
            vision=VisionConfig.from_dict(section(values, "vision_config")),
            text=text,
            **(read_composition(values, text) if model_type == COMPOSED else {}),
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
            **write_composition(self.connector, self.perceiver, self.cross, self.cross_layer_interval),
            "text_config": self.text.to_dict(),
            "vision_config": {"model_type": f"{self.model_type}_vision", **self.vision.to_dict()},
        }
