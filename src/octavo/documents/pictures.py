"""A picture file through Pillow. Runs in the reading child."""

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from octavo.documents.about import NOTHING, About
from octavo.documents.frames import Head, Settings, UnreadableError
from octavo.documents.types import NO_TEXT

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
JPEG_QUALITY = 90
BLOCK = 1 << 16  # pixels that are looked at together: they stay in the cache
ORIENTATION, SIDEWAYS = 0x0112, (5, 6, 7, 8)  # Exif's tag, and its values for a picture that lies on its side
# A scan says its dots an inch; a photograph or screenshot says 72 for want of knowing. Outside this range the
# page is taken for a scan of ASSUMED_DPI.
SANE_DPI = (90, 2400)
ASSUMED_DPI = 150

Image.MAX_IMAGE_PIXELS = None  # the reader's own limit is checked here, which never only warns


class Picture:
    """An open picture file: one page, or one for each frame of a TIFF."""

    def __init__(self, path: str, settings: Settings) -> None:
        self.settings = settings
        self.password = ""
        self.points: dict[int, tuple[float, float]] = {}  # by page; Pillow forgets how a TIFF lay once it is loaded
        try:
            self.image = Image.open(path, formats=FORMATS)
        except OSError as error:
            raise UnreadableError("not a picture or damaged beyond repair") from error
        self._check_pixels()
        # Other formats' frames are an animation or a camera's preview, not pages.
        self.page_count = getattr(self.image, "n_frames", 1) if self.image.format == "TIFF" else 1

    def about(self) -> About:
        """Nothing: what cameras and scanners write is about themselves."""
        return NOTHING

    def page(self, number: int, words: bool, image: bool, size: Sequence[int] | None) -> tuple[Head, list[bytes]]:
        """Page `number` (from 1): its head, and as blobs nothing but the image, of `size` or its own."""
        self.image.seek(number - 1)
        self._check_pixels()
        try:
            if number not in self.points:
                self.points[number] = _points(self.image)
            width, height = self.points[number]
            if not image:
                return _head(width, height, (0, 0)), [b"", b"", b"", b"", b""]
            self.image.load()
        except OSError as error:
            raise UnreadableError(f"damaged beyond repair ({error})") from error
        upright = ImageOps.exif_transpose(self.image)
        longest = self.settings.longest
        picture = on_white(upright)
        if size is None:
            scale = min(1, longest / max(picture.size))
            size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        picture = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)
        return _head(width, height, picture.size), [b"", b"", b"", b"", encoded(picture, self.settings.image_format)]

    def close(self) -> None:
        """Close the file."""
        self.image.close()

    def _check_pixels(self) -> None:
        width, height = self.image.size
        if width * height > self.settings.pixels:
            raise UnreadableError(f"{width}×{height} pixels, more than the limit of {self.settings.pixels}")


def _head(width: float, height: float, size: tuple[int, int]) -> Head:
    return {"label": "", "width": width, "height": height, "size": size, "text": NO_TEXT}


def encoded(picture: Image.Image, image_format: str) -> bytes:
    """A picture of mode "RGB" as raw rows of 3 bytes a pixel, of one where it is gray, or as a JPEG file."""
    if image_format == "RGB":
        return raw_rows(np.asarray(picture.convert("RGBX")).reshape(-1).view("<u4"))
    return as_jpeg(picture)


def as_jpeg(picture: Image.Image) -> bytes:
    """A picture of mode "RGB" or "RGBX" as a JPEG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def raw_rows(pixels: npt.NDArray[np.uint32]) -> bytes:
    """Pixels of which each is red, green, blue and a byte that is nothing: as 3 bytes each, as 1 where all are gray.

    A pixel is one number here, so that two operations compare its colours: channel by channel took 40 ms a page and
    not 2. Blocks stay in the cache, and a coloured page costs as many as come before its first colour.
    """
    blocks = np.split(pixels, range(BLOCK, len(pixels), BLOCK))
    if any(((block ^ block >> 8) & 0xFFFF).any() for block in blocks):
        return pixels.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    return pixels.astype(np.uint8).tobytes()


def on_white(picture: Image.Image) -> Image.Image:
    """The picture in mode RGB, what is transparent shown on white paper, 16 bits a sample brought to 8."""
    if picture.mode.startswith("I"):  # Pillow would clip at 255 and show white
        samples = np.asarray(picture).astype(np.int64) >> 8
        picture = Image.fromarray(samples.clip(0, 255).astype(np.uint8))
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    see_through = picture.convert("RGBA")
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(see_through)
    return paper.convert("RGB")


def _points(picture: Image.Image) -> tuple[float, float]:
    """Width and height upright in points, by the dots an inch that the file gives where they are sane."""
    given: Any = picture.info.get("dpi")
    try:
        dots = [float(dpi) for dpi in given]
    except (TypeError, ValueError, ZeroDivisionError):
        dots = []
    if len(dots) != 2 or not all(math.isfinite(dpi) and SANE_DPI[0] <= dpi <= SANE_DPI[1] for dpi in dots):
        dots = [ASSUMED_DPI, ASSUMED_DPI]
    width, height = picture.size
    if picture.getexif().get(ORIENTATION) in SIDEWAYS:
        dots.reverse()
        if picture.format != "TIFF":  # whose size Pillow turns itself
            width, height = height, width
    return width * 72 / dots[0], height * 72 / dots[1]
