"""How an image becomes tiles: the settings of Idefics3's and SmolVLM's image processors.

What other image processors of the family share with them is here, too: `Normalisation` and the readers of settings.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from octavo.errors import OctavoError

# No image grows beyond this many pixels a side, whatever `longest_edge` asks for
# (MAX_IMAGE_SIZE in transformers' image_processing_idefics3.py and image_processing_smolvlm.py).
MAX_EDGE = 4096
# The models were trained on LANCZOS; another filter changes answers without an error (transformers #39147).
RESAMPLE = Image.Resampling.LANCZOS
SMALLEST_TILE = 16  # one SigLIP patch; keeps a hostile file from asking for millions of tiles

# Settings of preprocessor_config.json that have one supported value.
_FIXED: Mapping[str, Any] = {
    "do_resize": True,
    "do_rescale": True,
    "do_normalize": True,
    "do_convert_rgb": True,
    "resample": int(RESAMPLE),
}
# Settings that say nothing about a single image's tiles: names of classes, padding of batches, video.
_WITHOUT_EFFECT = frozenset(
    {
        "processor_class", "image_processor_type", "feature_extractor_type", "data_format", "do_pad",
        "default_to_square", "return_row_col_info", "video_sampling",
    }
)  # fmt: skip


Reader = Callable[[str, Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalisation:
    """A pixel p of 0..255 becomes (p · rescale_factor - mean) / std; `mean` and `std` are of red, green, blue."""

    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    rescale_factor: float = 1 / 255

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in (*self.mean, *self.std, self.rescale_factor)):
            raise OctavoError("image_mean, image_std and rescale_factor must be finite numbers")
        if 0 in self.std:
            raise OctavoError("image_std has a zero; pixels are divided by it")

    def to_dict(self) -> dict[str, Any]:
        """Its keys of `preprocessor_config.json`."""
        return {"image_mean": list(self.mean), "image_std": list(self.std), "rescale_factor": self.rescale_factor}


@dataclass(frozen=True, slots=True)
class ImageConfig(Normalisation):
    """Settings of the image processor; the defaults are those of Idefics3-8B-Llama3.

    `longest_edge` (pixels): the longest side is brought to it, up or down. `tile_size` (pixels): side of a
    square tile, what the vision encoder takes. `splitting`: cut the image into tiles, or give it as one.
    """

    longest_edge: int = 4 * 364
    tile_size: int = 364
    splitting: bool = True

    def __post_init__(self) -> None:
        Normalisation.__post_init__(self)  # super() does not work in a class with slots
        if self.longest_edge < 1:
            raise OctavoError(f"size.longest_edge is {self.longest_edge}; it must be at least 1 pixel")
        if not SMALLEST_TILE <= self.tile_size <= MAX_EDGE:
            bounds = f"{SMALLEST_TILE} to {MAX_EDGE} pixels"
            raise OctavoError(f"the tile (max_image_size) is {self.tile_size}; it must be {bounds}")

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> "ImageConfig":
        """Read the content of `preprocessor_config.json`; what is absent or null keeps its default.

        Raises `OctavoError` naming the setting where one is unknown or not supported.
        """
        return cls(**read_settings(settings, _FIXED, _READERS))

    def to_dict(self) -> dict[str, Any]:
        """The content of `preprocessor_config.json`, as the published models have it."""
        return {
            "image_processor_type": "Idefics3ImageProcessor",
            "processor_class": "Idefics3Processor",
            **_FIXED,
            "do_pad": True,
            "do_image_splitting": self.splitting,
            "size": {"longest_edge": self.longest_edge},
            "max_image_size": {"longest_edge": self.tile_size},
            **Normalisation.to_dict(self),
        }


def read_settings(
    settings: Mapping[str, Any], fixed: Mapping[str, Any], readers: Mapping[str, tuple[str, Reader]]
) -> dict[str, Any]:
    """The fields that an image processor's settings give; `readers` has field and reader of each key.

    Raises `OctavoError` naming the setting where one is unknown, or is not the one supported value in `fixed`.
    """
    values: dict[str, Any] = {}
    for key, value in settings.items():
        if value is None or key in _WITHOUT_EFFECT:
            continue
        if key in fixed:
            if value != fixed[key]:
                raise OctavoError(f"image setting {key} is {value!r}; only {fixed[key]!r} is supported")
        elif key in readers:
            name, read = readers[key]
            values[name] = read(key, value)
        else:
            raise OctavoError(f"image setting {key} = {value!r} is unknown; remove it if unneeded")
    return values


def _edge(key: str, value: Any) -> int:
    given = value if isinstance(value, dict) else {}
    edge = given.get("longest_edge")
    others = [name for name in given if name != "longest_edge" and given[name] is not None]
    if others or isinstance(edge, bool) or not isinstance(edge, int):
        raise OctavoError(f'image setting {key} is {value!r}; it must be {{"longest_edge": pixels}}')
    return edge


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise OctavoError(f"image setting {key} is {value!r}; it must be true or false")
    return value


def _number(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OctavoError(f"image setting {key} is {value!r}; it must be a number")
    return float(value)


def _rgb(key: str, value: Any) -> tuple[float, float, float]:
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise OctavoError(f"image setting {key} is {value!r}; it must be three numbers: red, green, blue")
    red, green, blue = (_number(key, part) for part in value)
    return red, green, blue


COMMON_READERS: Mapping[str, tuple[str, Reader]] = {
    "do_image_splitting": ("splitting", _flag),
    "image_mean": ("mean", _rgb),
    "image_std": ("std", _rgb),
    "rescale_factor": ("rescale_factor", _number),
}
_READERS = {**COMMON_READERS, "size": ("longest_edge", _edge), "max_image_size": ("tile_size", _edge)}
