"""The resize of pages against Pillow's own, on pixels whose rows, columns and channels repeat and do not."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from octavo.processing.config import RESAMPLE
from octavo.processing.resize import planes, resize


def page(seed: int, width: int, height: int) -> Image.Image:
    """Noise with blank rows, gray rows, repeated rows, and colour in some columns only."""
    generator = np.random.default_rng(seed)
    pixels_HW3 = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
    pixels_HW3[:, width // 3 :, 1:] = pixels_HW3[:, width // 3 :, :1]
    kind_H = generator.integers(0, 5, height)
    pixels_HW3[kind_H == 0] = generator.integers(0, 256, 3)
    pixels_HW3[kind_H == 1] = pixels_HW3[kind_H == 1][:, :, :1]
    pixels_HW3[kind_H == 2, :, 2] = pixels_HW3[kind_H == 2, :, 1]
    for row in np.flatnonzero(kind_H >= 3)[1:]:
        pixels_HW3[row] = pixels_HW3[row - 1]
    return Image.fromarray(pixels_HW3)


def assert_equal(image: Image.Image, width: int, height: int) -> None:
    found_HKW = resize(planes(image), width, height)
    pillow_HW3 = np.asarray(image.resize((width, height), RESAMPLE).convert("RGB"))
    np.testing.assert_array_equal(np.broadcast_to(found_HKW, (height, 3, width)), pillow_HW3.transpose(0, 2, 1))


side = st.integers(1, 64) | st.integers(60, 300)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), side, side, side, side)
def test_it_is_pillows(seed, width, height, new_width, new_height):
    assert_equal(page(seed, width, height), new_width, new_height)


@pytest.mark.parametrize("threads", [1, 2])
def test_blocks_and_threads_change_nothing(threads):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        assert_equal(page(3, 700, 1301), 1023, 1111)
    finally:
        torch.set_num_threads(before)


def test_equal_channels_are_one_plane():
    gray = page(5, 30, 20).getchannel("G")
    assert planes(gray).shape == planes(Image.merge("RGB", [gray] * 3)).shape == (20, 1, 30)
    assert planes(page(5, 30, 20)).shape == (20, 3, 30)
    assert_equal(Image.merge("RGB", [gray] * 3), 50, 60)
