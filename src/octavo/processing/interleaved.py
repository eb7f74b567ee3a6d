"""What IDEFICS1 sees of an image, and which token sees which image, bit for bit as in transformers.

T tokens, N images, S the side of an image in pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image

from octavo.errors import OctavoError
from octavo.processing.config import COMMON_READERS, MAX_EDGE, SMALLEST_TILE, Normalisation, Reader, read_settings
from octavo.processing.tiles import pixels, to_rgb

# The models were trained on BICUBIC; another filter changes answers without an error.
RESAMPLE = Image.Resampling.BICUBIC
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)

_FIXED: Mapping[str, Any] = {
    "do_resize": True,
    "do_rescale": True,
    "do_normalize": True,
    "do_convert_rgb": True,
    "resample": int(RESAMPLE),
    "image_num_channels": 3,
}


@dataclass(frozen=True, slots=True)
class SquareConfig(Normalisation):
    """Settings of the image processor: every image becomes a square of `image_size` pixels a side."""

    mean: tuple[float, float, float] = CLIP_MEAN
    std: tuple[float, float, float] = CLIP_STD
    image_size: int = 224

    def __post_init__(self) -> None:
        Normalisation.__post_init__(self)  # super() does not work in a class with slots
        if not SMALLEST_TILE <= self.image_size <= MAX_EDGE:
            raise OctavoError(f"image_size is {self.image_size}; it must be {SMALLEST_TILE} to {MAX_EDGE} pixels")

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> "SquareConfig":
        """Read the content of `preprocessor_config.json`; what is absent or null keeps its default.

        Raises `OctavoError` naming the setting where one is unknown or not supported.
        """
        if settings.get("image_size") is not None:  # counts before `size`, as in transformers
            settings = {key: value for key, value in settings.items() if key != "size"}
        return cls(**read_settings(settings, _FIXED, _READERS))

    def to_dict(self) -> dict[str, Any]:
        """The content of `preprocessor_config.json`, as the published models have it."""
        return {
            "image_processor_type": "IdeficsImageProcessor",
            "processor_class": "IdeficsProcessor",
            **_FIXED,
            "image_size": self.image_size,
            **Normalisation.to_dict(self),
        }


def _side(key: str, value: Any) -> int:
    if type(value) is not int:
        raise OctavoError(f"image setting {key} is {value!r}; it must be pixels")
    return value


def _square(key: str, value: Any) -> int:
    given = {name: side for name, side in value.items() if side is not None} if isinstance(value, dict) else {}
    if given.keys() != {"height", "width"} or given["height"] != given["width"]:
        raise OctavoError(f'image setting {key} is {value!r}; it must be {{"height": pixels, "width": the same}}')
    return _side(key, given["height"])


_READERS: Mapping[str, tuple[str, Reader]] = {
    **{key: COMMON_READERS[key] for key in ("image_mean", "image_std", "rescale_factor")},
    "image_size": ("image_size", _side),
    "size": ("image_size", _square),
}


def square(image: Image.Image, config: SquareConfig) -> torch.Tensor:
    """The image squeezed to a square: uint8 [3, S, S].

    Any mode of Pillow is taken as in `octavo.processing.tiles.tiles`. Raises `OctavoError` where the image has no
    pixel or its data are broken.
    """
    if min(image.size) < 1:
        raise OctavoError(f"the image is {image.width}x{image.height} pixels; it has nothing to show")
    return pixels(to_rgb(image).convert("RGB").resize((config.image_size, config.image_size), RESAMPLE))


def visible(token_ids_T: torch.Tensor, image_token_id: int, eos_token_id: int) -> torch.Tensor:
    """Which image each token sees: bool [T, N], N the number of `<image>` tokens.

    A token sees the last image that stands at or before it. Where a text has ended (after an EOS token) tokens see
    none until the next image. (`image_attention_mask_for_packed_input_ids` of transformers.)
    """
    places_T = torch.arange(len(token_ids_T))
    image_T = token_ids_T == image_token_id
    last_image_T = torch.where(image_T, places_T, -1).cummax(0).values
    last_end_T = torch.where(token_ids_T == eos_token_id, places_T, -1).cummax(0).values.roll(1)
    last_end_T[:1] = -1  # the end token itself still sees
    number_T = torch.where(last_end_T > last_image_T, -1, image_T.cumsum(0) - 1)
    return number_T[:, None] == torch.arange(int(image_T.sum()))
