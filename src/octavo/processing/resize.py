"""Pillow's LANCZOS resize, to the bit, in a fraction of its time on pages of documents.

Pillow resizes every row to the new width and every column to the new height, and rounds in between; each byte of a
row or column is a fixed sum over its own row or column. So a row that repeats the one above it, or its own in another
colour channel, is resized once (half of a page's rows are blank or repeat), and bytes that stand side by side may be
taken for any mode with as many.

H and W rows and columns of pixels, K channels (1 where all are equal, else 3), L lines, U different lines, B bytes
side by side, N and M numbers of pixels before and after.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from octavo.processing.config import RESAMPLE

Bytes = npt.NDArray[np.uint8]
BLOCK = 512  # bytes side by side: they stay in the cache
LEAST = 64  # pixels of a side; smaller ones are not worth it, and noise on them may not tell the order of passes


def planes(image: Image.Image) -> Bytes:
    """The pixels [H, K, W] of an image in mode "L" or "RGB"; K is 1 where its three channels are equal."""
    if image.mode == "L":
        return np.asarray(image)[:, None]
    channels = [channel.tobytes() for channel in image.split()]
    if channels[0] == channels[1] == channels[2]:
        del channels[1:]
    side_by_side = [np.frombuffer(channel, np.uint8).reshape(image.height, image.width) for channel in channels]
    return np.stack(side_by_side, axis=1)


def resize(pixels_HKW: Bytes, width: int, height: int) -> Bytes:
    """What `Image.resize((width, height), LANCZOS)` gives, channel by channel: [height, K, width]."""
    old_height, channels, old_width = pixels_HKW.shape
    if min(old_width, old_height, width, height) < LEAST:
        return np.stack([_by_pillow(pixels_HKW[:, channel], width, height) for channel in range(channels)], axis=1)
    if old_width != width and old_height > height and _height_first(old_width, old_height, width, height):
        return _to_width(_to_height(pixels_HKW, height), width)
    if old_width != width:
        pixels_HKW = _to_width(pixels_HKW, width)
    if old_height != height:
        pixels_HKW = _to_height(pixels_HKW, height)
    return pixels_HKW


@lru_cache(maxsize=1024)
def _height_first(old_width: int, old_height: int, width: int, height: int) -> bool:
    """Whether Pillow changes the height before the width. Up to Pillow 12 it never does; since Pillow 13
    it does where the height shrinks the more, by a rule that is its own: so it is asked, once for each size.
    """
    noise_HW = np.random.default_rng(0).integers(0, 256, (old_height, old_width), np.uint8)
    by_height_HW = _by_pillow(_by_pillow(noise_HW, old_width, height), width, height)
    return np.array_equal(by_height_HW, _by_pillow(noise_HW, width, height))


def _by_pillow(pixels_HW: Bytes, width: int, height: int) -> Bytes:
    return np.asarray(Image.fromarray(pixels_HW).resize((width, height), RESAMPLE))


def _to_width(pixels_HKW: Bytes, width: int) -> Bytes:
    first_U, which_HK = _distinct(pixels_HKW)
    lines_UN = pixels_HKW.reshape(-1, pixels_HKW.shape[2])[first_U]
    resized_UM = np.empty((len(lines_UN), width), np.uint8)
    _resample(lines_UN.T, resized_UM.T)
    return resized_UM[which_HK]


def _to_height(pixels_HKW: Bytes, height: int) -> Bytes:
    """Columns whose channels are equal go through once: those between the first and the last coloured one do not."""
    _, channels, width = pixels_HKW.shape
    coloured = np.flatnonzero((pixels_HKW[:, 1:] != pixels_HKW[:, :1]).any((0, 1)))
    start, end = (coloured[0], coloured[-1] + 1) if len(coloured) else (0, 0)
    parts = [pixels_HKW[:, 0]] + [pixels_HKW[:, channel, start:end] for channel in range(1, channels)]
    given_HB = np.hstack(parts)
    resized_MB = np.empty((height, given_HB.shape[1]), np.uint8)
    _resample(given_HB, resized_MB)
    resized_MKW = np.empty((height, channels, width), np.uint8)
    resized_MKW[:] = resized_MB[:, None, :width]
    resized_MKW[:, 1:, start:end] = resized_MB[:, width:].reshape(height, channels - 1, end - start)
    return resized_MKW


def _distinct(pixels_HKW: Bytes) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Which of the H · K lines are to be resized, [U], and for every line which of those it equals, [H, K]."""
    height, channels, _ = pixels_HKW.shape
    rows = np.arange(height)
    above_HK = np.zeros((height, channels), bool)
    above_HK[1:] = (pixels_HKW[1:] == pixels_HKW[:-1]).all(2)
    first_HK = np.empty((height, channels), np.intp)
    for channel in range(channels):
        known_H = np.zeros(height, bool)
        line_H = rows * channels + channel
        if channel:
            known_H = (pixels_HKW[:, channel] == pixels_HKW[:, channel - 1]).all(1)
            line_H = np.where(known_H, first_HK[:, channel - 1], line_H)
        # A line that is told by the one above it is what that one is, however far up that goes.
        source_H = np.maximum.accumulate(np.where(above_HK[:, channel] & ~known_H, 0, rows))
        first_HK[:, channel] = line_H[source_H]
    first_U, which_HK = np.unique(first_HK, return_inverse=True)
    return first_U, which_HK.reshape(height, channels)


def _resample(pixels_NB: Bytes, out_MB: Bytes) -> None:
    """Pillow's second pass: every column of N bytes to one of M, on as many threads as torch may use.

    Mode "CMYK", four bytes a pixel, takes two thirds of the time of mode "L", and blocks that stay in the cache
    take two thirds of that.
    """

    def block(start: int) -> None:
        given_NB = np.ascontiguousarray(pixels_NB[:, start : start + BLOCK])
        width = given_NB.shape[1]
        if width % 4:
            given_NB = np.pad(given_NB, ((0, 0), (0, -width % 4)))
        size = given_NB.shape[1] // 4, len(given_NB)
        image = Image.frombuffer("CMYK", size, given_NB, "raw", "CMYK", 0, 1)
        resized = image.resize((size[0], len(out_MB)), RESAMPLE).tobytes()
        out_MB[:, start : start + BLOCK] = np.frombuffer(resized, np.uint8).reshape(len(out_MB), -1)[:, :width]

    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        list(pool.map(block, range(0, pixels_NB.shape[1], BLOCK)))
