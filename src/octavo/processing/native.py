"""An image at its own aspect ratio, bit for bit as transformers' Pillow-based processor of Idefics2 gives it.

H and W are the pixels of one image; images of a sample differ in them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image, ImageOps

from octavo.errors import OctavoError
from octavo.processing.config import COMMON_READERS, MAX_EDGE, SMALLEST_TILE, Normalisation, read_settings
from octavo.processing.tiles import BROKEN, pixels, to_rgb

# The models were trained on BILINEAR; another filter changes answers without an error.
RESAMPLE = Image.Resampling.BILINEAR
QUARTERS_AND_WHOLE = 5

_FIXED: Mapping[str, Any] = {
    "do_resize": True,
    "do_rescale": True,
    "do_normalize": True,
    "do_convert_rgb": True,
    "resample": int(RESAMPLE),
}


@dataclass(frozen=True, slots=True)
class NativeConfig(Normalisation):
    """Settings of the image processor; the defaults are those of Idefics2-8B, but that it splits.

    An image is made smaller until no side is above `longest_edge`, then a side below `shortest_edge` is
    stretched to it (pixels). `splitting`: give four quarters of the image and then the whole, not it alone.
    """

    longest_edge: int = 980
    shortest_edge: int = 378
    splitting: bool = False

    def __post_init__(self) -> None:
        Normalisation.__post_init__(self)  # super() does not work in a class with slots
        for name, edge in (("longest_edge", self.longest_edge), ("shortest_edge", self.shortest_edge)):
            if not SMALLEST_TILE <= edge <= MAX_EDGE:
                raise OctavoError(f"size.{name} is {edge}; it must be {SMALLEST_TILE} to {MAX_EDGE} pixels")

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> "NativeConfig":
        """Read the content of `preprocessor_config.json`; what is absent or null keeps its default.

        Raises `OctavoError` naming the setting where one is unknown or not supported.
        """
        values = read_settings(settings, _FIXED, {**COMMON_READERS, "size": ("size", _edges)})
        edges = values.pop("size", {})
        return cls(**values, **edges)

    def to_dict(self) -> dict[str, Any]:
        """The content of `preprocessor_config.json`, as the published models have it."""
        return {
            "image_processor_type": "Idefics2ImageProcessor",
            "processor_class": "Idefics2Processor",
            **_FIXED,
            "do_pad": True,
            "do_image_splitting": self.splitting,
            "size": {"longest_edge": self.longest_edge, "shortest_edge": self.shortest_edge},
            **Normalisation.to_dict(self),
        }


def _edges(key: str, value: Any) -> dict[str, int]:
    given = {name: edge for name, edge in value.items() if edge is not None} if isinstance(value, dict) else {}
    if given.keys() != {"longest_edge", "shortest_edge"} or not all(type(edge) is int for edge in given.values()):
        raise OctavoError(
            f'image setting {key} is {value!r}; it must be {{"longest_edge": pixels, "shortest_edge": pixels}}'
        )
    return given


def native_size(width: int, height: int, config: NativeConfig) -> tuple[int, int]:
    """Width and height that an image of that size is brought to.

    The floating-point steps are those of transformers' `get_resize_output_image_size`, in their order, since
    another order rounds to another pixel.
    """
    aspect, longest = width / height, config.longest_edge
    if width >= height and width > longest:
        width, height = longest, int(longest / aspect)
    elif height > width and height > longest:
        width, height = int(longest * aspect), longest
    return max(width, config.shortest_edge), max(height, config.shortest_edge)


def native_images(image: Image.Image, config: NativeConfig) -> list[torch.Tensor]:
    """What the model sees of an image: uint8 [3, H, W] each; with splitting four quarters, then the whole.

    Any mode of Pillow is taken as transformers takes it: turned as its orientation tag (EXIF) says, transparency
    dropped but for a single colour that stands for it (that is laid on white), 16-bit and float pixels clipped to
    0..255; quarters of an image that is one pixel wide are black where they have none. Raises `OctavoError` where
    the image has no pixel, is one pixel high and to be split, or its data are broken.
    """
    try:
        image = to_rgb(ImageOps.exif_transpose(image).convert("RGB"))
    except BROKEN as error:
        raise OctavoError(f"the image cannot be decoded ({error}); save it again as PNG or JPEG") from error
    if not min(image.size):
        raise OctavoError(f"the image is {image.width}x{image.height} pixels; it has nothing to show")
    if config.splitting and image.height == 1:
        raise OctavoError(f"the image is {image.width}x1 pixels and cannot be split; give a higher one")
    parts = [*_quarters(image), image] if config.splitting else [image]
    return [pixels(part.resize(native_size(*part.size, config), RESAMPLE)) for part in parts]


def _quarters(image: Image.Image) -> list[Image.Image]:
    """Row by row; of an odd side the second half has the pixel more."""
    width, height = image.size
    xs, ys = (0, width // 2, width), (0, height // 2, height)
    return [image.crop((xs[x], ys[y], xs[x + 1], ys[y + 1])) for y in range(2) for x in range(2)]
