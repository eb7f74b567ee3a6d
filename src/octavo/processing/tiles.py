"""An image becomes tiles, bit for bit as transformers' Pillow processors of Idefics3 and SmolVLM cut it.

N tiles of one image, T the side of a tile in pixels, R and C rows and columns of tiles.
"""

import math
import struct
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image

from octavo.errors import OctavoError
from octavo.processing.config import MAX_EDGE, ImageConfig, Normalisation
from octavo.processing.resize import Bytes, planes, resize

# What Pillow's decoders raise on broken data, beside OSError for "image file is truncated"; found by damaging
# files of 19 formats.
BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, RuntimeError, struct.error,
    Image.DecompressionBombError,
)  # fmt: skip


def grid(width: int, height: int, config: ImageConfig) -> tuple[int, int]:
    """Rows and columns of tiles of an image of that size in pixels; (0, 0) where it stays one tile, un-split.

    A split image has rows · columns + 1 tiles. Raises `OctavoError` where the image has no pixel.
    """
    rows, cols = _canvas(width, height, config)
    return (0, 0) if rows == cols == 1 else (rows, cols)


def tiles(image: Image.Image, config: ImageConfig) -> tuple[torch.Tensor, int, int]:
    """Cut an image into tiles: (uint8 tensor [N, 3, T, T], rows, columns).

    The tiles stand row by row, and last the whole image squashed to one tile; an un-split image is that one
    tile, with (0, 0). Any mode of Pillow is taken as transformers takes it: transparency is laid on white,
    16-bit and float pixels are clipped to 0..255, orientation tags (EXIF) are not applied.
    Raises `OctavoError` where the image has no pixel or its data are broken.
    """
    rows, cols = _canvas(*image.size, config)
    side = config.tile_size
    page_HKW = planes(to_rgb(image))
    # Two resizes in sequence, as published: one alone rounds differently.
    page_HKW = resize(page_HKW, *_longest_to_edge(*image.size, config.longest_edge))
    page_HKW = resize(page_HKW, cols * side, rows * side)
    tiles_NCTT = _empty(rows, cols, side)
    _cut(page_HKW.transpose(1, 0, 2), tiles_NCTT[: rows * cols].reshape(rows, cols, 3, side, side))
    if rows * cols == 1:
        return torch.from_numpy(tiles_NCTT), 0, 0
    tiles_NCTT[-1] = resize(page_HKW, side, side).transpose(1, 0, 2)
    return torch.from_numpy(tiles_NCTT), rows, cols


def canvas(width: float, height: float, config: ImageConfig) -> tuple[int, int]:
    """Width and height in pixels of the canvas of rows · columns tiles for a page of that size, in any unit."""
    rows, cols = _canvas(width, height, config)
    return cols * config.tile_size, rows * config.tile_size


def cut(canvas: Image.Image, config: ImageConfig) -> tuple[torch.Tensor, int, int]:
    """Cut a page that was drawn to its `canvas` into tiles and overview, as `tiles` does, without a resize.

    A pixel of the overview is the mean of columns × rows pixels. A page of a PDF is sharper so than rendered at
    some dots an inch and resized twice, and costs a fraction; its tiles are not those of the published processors.
    Raises `OctavoError` for a size that is no canvas.
    """
    side = config.tile_size
    if canvas.width % side or canvas.height % side or not min(canvas.size):
        raise OctavoError(
            f"a page of {canvas.width}x{canvas.height} pixels is no canvas of tiles of {side}; "
            "draw it to the size that Processor.canvas gives"
        )
    page, rows, cols = to_rgb(canvas), canvas.height // side, canvas.width // side
    tiles_NCTT = _empty(rows, cols, side)
    _cut([np.asarray(plane) for plane in page.split()], tiles_NCTT[: rows * cols].reshape(rows, cols, 3, side, side))
    if rows * cols == 1:
        return torch.from_numpy(tiles_NCTT), 0, 0
    tiles_NCTT[-1] = [np.asarray(plane) for plane in page.reduce((cols, rows)).split()]
    return torch.from_numpy(tiles_NCTT), rows, cols


def _empty(rows: int, cols: int, side: int) -> Bytes:
    """Room for the tiles of a canvas, and for its overview where it has more than one."""
    split = rows * cols > 1
    return np.empty((rows * cols + split, 3, side, side), np.uint8)


def normalise(tiles_NCTT: torch.Tensor, config: Normalisation) -> torch.Tensor:
    """The vision encoder's float32 (p · rescale_factor - mean) / std of uint8 tiles, [N, 3, T, T] both.

    Division by 1 / rescale_factor, and not its product, gives transformers' values to the bit where that is 255.
    """
    device, shape = tiles_NCTT.device, tiles_NCTT.shape
    mean_C11 = torch.tensor(config.mean, device=device).view(3, 1, 1)
    std_C11 = torch.tensor(config.std, device=device).view(3, 1, 1)
    # On a CPU the time goes to the first touch of fresh memory, 25 ms for 13 tiles: numpy's comes in huge pages.
    # One tile at a time stays in the cache.
    on_cpu = device.type == "cpu"
    pixels_NCTT = torch.from_numpy(np.empty(shape, np.float32)) if on_cpu else torch.empty(shape, device=device)
    step = 1 if on_cpu else max(1, len(tiles_NCTT))
    for given, pixels in zip(torch.split(tiles_NCTT, step), torch.split(pixels_NCTT, step), strict=True):
        pixels.copy_(given).div_(1 / config.rescale_factor).sub_(mean_C11).div_(std_C11)
    return pixels_NCTT


def _canvas(width: float, height: float, config: ImageConfig) -> tuple[int, int]:
    """Rows and columns of the canvas that an image is drawn to; (1, 1) is an un-split image.

    `resize_for_vision_encoder` of transformers: the longest side goes up to a multiple of the tile, the other
    side follows the aspect and then goes up too. (Its `get_number_of_image_patches` leaves out the middle
    step, and counts wrong where `longest_edge` is no multiple of the tile.)
    """
    if width < 1 or height < 1:
        raise OctavoError(f"the image is {width}x{height} pixels; it has nothing to show")
    if not config.splitting:
        return 1, 1
    width, height = _longest_to_edge(width, height, config.longest_edge)
    side, aspect = config.tile_size, width / height
    if width >= height:
        cols = math.ceil(width / side)
        rows = max(1, math.ceil(int(cols * side / aspect) / side))
    else:
        rows = math.ceil(height / side)
        cols = max(1, math.ceil(int(rows * side * aspect) / side))
    return rows, cols


def _longest_to_edge(width: float, height: float, longest_edge: int) -> tuple[int, int]:
    """Width and height with the longest side at `longest_edge`, the other side even, none above `MAX_EDGE`.

    The floating-point steps are those of transformers' `get_resize_output_image_size`, in their order, since
    another order rounds to another pixel.
    """
    aspect = width / height
    if width >= height:
        width, height = longest_edge, int(longest_edge / aspect)
        height = max(height + height % 2, 1)
    else:
        width, height = int(longest_edge * aspect), longest_edge
        width = max(width + width % 2, 1)
    aspect = width / height
    if width >= height and width > MAX_EDGE:
        width, height = MAX_EDGE, max(int(MAX_EDGE / aspect), 1)
    elif height > width and height > MAX_EDGE:
        width, height = max(int(MAX_EDGE * aspect), 1), MAX_EDGE
    return width, height


def to_rgb(image: Image.Image) -> Image.Image:
    """The image in mode "RGB", or "L" where it is that already. Raises `OctavoError` for broken data."""
    try:
        image.load()
        if "A" in image.getbands() or image.info.get("transparency") is not None:
            image = image.convert("RGBA")
            white = Image.new("RGBA", image.size, (255, 255, 255, 255))
            return Image.alpha_composite(white, image).convert("RGB")
        return image if image.mode in ("RGB", "L") else image.convert("RGB")
    except BROKEN as error:
        raise OctavoError(f"the image cannot be decoded ({error}); save it again as PNG or JPEG") from error


def pixels(image: Image.Image) -> torch.Tensor:
    """An image of mode "RGB" as uint8 [3, H, W]."""
    return torch.from_numpy(np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1)))


def _cut(planes_KHW: Sequence[Bytes] | Bytes, tiles_RCKTT: Bytes) -> None:
    """Write the planes of a page, one or three, of R · T rows by C · T columns into its tiles; K is the channel."""
    rows, cols, _, side, _ = tiles_RCKTT.shape
    for channel in range(3):
        plane_HW = planes_KHW[channel % len(planes_KHW)]
        tiles_RCKTT[:, :, channel] = plane_HW.reshape(rows, side, cols, side).transpose(0, 2, 1, 3)
