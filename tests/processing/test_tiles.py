"""Tiles of an image: their order, their number, and images that are broken. Equality with transformers is in
tests/conformance/test_processing.py."""

import io
import time

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from octavo.errors import OctavoError
from octavo.processing import ImageConfig
from octavo.processing.tiles import canvas, cut, grid, normalise, tiles

SMALL = ImageConfig(longest_edge=64, tile_size=16)
UNSPLIT = ImageConfig(longest_edge=16, tile_size=16)


def test_tiles_stand_row_by_row_and_the_overview_last():
    checks = np.arange(12, dtype=np.uint8).reshape(3, 4).repeat(16, 0).repeat(16, 1) * 20
    found, rows, cols = tiles(Image.fromarray(checks), SMALL)
    assert (rows, cols) == (3, 4)
    assert found.shape == (13, 3, 16, 16)
    for number in range(12):
        assert (found[number] == number * 20).all()
    assert found[12, :, 0, 0].tolist() == [0, 0, 0]
    assert found[12, :, -1, -1].tolist() == [220, 220, 220]


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_canvas_that_the_published_way_leaves_alone_is_cut_alike(mode):
    noise = np.random.default_rng(0).integers(0, 256, (64, 48, 3), dtype=np.uint8)
    page = Image.fromarray(noise).convert(mode)
    assert canvas(595.3, 841.9, SMALL) == page.size == (48, 64)
    (found, *found_grid), (published, *published_grid) = cut(page, SMALL), tiles(page, SMALL)
    assert found_grid == published_grid == [4, 3]
    assert torch.equal(found[:-1], published[:-1])


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_drawn_pages_overview_is_the_mean_of_its_pixels(mode):
    noise = np.random.default_rng(0).integers(0, 256, (64, 48, 3), dtype=np.uint8)
    page = Image.fromarray(noise).convert(mode)
    pixels = np.asarray(page.convert("RGB"), np.float64)
    means = pixels.reshape(16, 4, 16, 3, 3).mean((1, 3)).transpose(2, 0, 1)
    assert np.abs(cut(page, SMALL)[0][-1].numpy() - means).max() <= 0.51  # Pillow rounds


def test_a_canvas_of_one_tile_is_that_tile():
    found, rows, cols = cut(Image.new("RGB", canvas(5, 9, UNSPLIT), (1, 2, 3)), UNSPLIT)
    assert (found.shape, rows, cols) == ((1, 3, 16, 16), 0, 0)
    assert (found == torch.tensor([1, 2, 3], dtype=torch.uint8).view(3, 1, 1)).all()


def test_a_page_that_is_no_canvas_is_refused():
    with pytest.raises(OctavoError, match="17x16 pixels is no canvas of tiles of 16"):
        cut(Image.new("RGB", (17, 16)), SMALL)


def test_colours_keep_their_channels():
    found, _, _ = tiles(Image.new("RGB", (30, 20), (10, 20, 30)), SMALL)
    assert (found == torch.tensor([10, 20, 30], dtype=torch.uint8).view(3, 1, 1)).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([SMALL, UNSPLIT, ImageConfig(40, 32)]))
def test_grid_says_what_tiles_does(width, height, config):
    found, rows, cols = tiles(Image.new("L", (width, height)), config)
    assert (rows, cols) == grid(width, height, config)
    assert len(found) == (rows * cols + 1 if rows else 1)


def test_a_side_that_rounds_down_to_nothing_is_one_tile():
    config = ImageConfig(107, 107)
    assert grid(1, 107, config) == (0, 0)
    found, rows, cols = tiles(Image.new("RGB", (1, 107)), config)
    assert (tuple(found.shape), rows, cols) == ((1, 3, 107, 107), 0, 0)


@settings(max_examples=300, deadline=None)
@example(1, 107, 107, 107)
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**5), st.integers(16, 4096))
def test_grid_is_bounded_by_the_settings(width, height, longest_edge, tile_size):
    rows, cols = grid(width, height, ImageConfig(longest_edge, tile_size))
    most = -(-(min(longest_edge, 4096) + 1) // tile_size)  # + 1: the shorter side is made even
    assert (rows, cols) == (0, 0) or (1 <= rows <= most and 1 <= cols <= most and rows * cols > 1)


def test_an_image_is_not_split_when_told_so():
    found, rows, cols = tiles(Image.new("RGB", (100, 50)), ImageConfig(64, 16, splitting=False))
    assert (rows, cols) == (0, 0)
    assert found.shape == (1, 3, 16, 16)


def test_the_given_image_is_left_as_it_was():
    image = Image.new("RGBA", (9, 9), (1, 2, 3, 4))
    tiles(image, SMALL)
    assert image.mode == "RGBA"
    assert image.getpixel((0, 0)) == (1, 2, 3, 4)


def test_pixels_of_each_channel_have_their_mean_and_deviation():
    config = ImageConfig(mean=(0.0, 0.5, 1.0), std=(1.0, 0.5, 2.0))
    pixels = normalise(torch.full((2, 3, 4, 4), 255, dtype=torch.uint8), config)
    assert pixels.dtype == torch.float32
    assert pixels[1, :, 3, 3].tolist() == [1.0, 1.0, 0.0]


def test_normalise_leaves_the_tiles_alone():
    given_tiles = torch.zeros((1, 3, 2, 2), dtype=torch.uint8)
    normalise(given_tiles, SMALL)
    assert (given_tiles == 0).all()


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (0, 0)])
def test_an_image_without_pixels_is_refused(size):
    with pytest.raises(OctavoError, match=f"{size[0]}x{size[1]} pixels"):
        tiles(Image.new("RGB", size), SMALL)


def encoded(format_: str) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, format_)
    return file.getvalue()


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"])
def test_a_truncated_image_is_refused_in_one_line(format_):
    data = encoded(format_)
    with pytest.raises(OctavoError, match="cannot be decoded") as error:
        tiles(cut_open(data), SMALL)
    assert "\n" not in str(error.value)


def cut_open(data: bytes) -> Image.Image:
    """An image of the first half of a file; where Pillow notices at once, that is its own fault to tell."""
    try:
        return Image.open(io.BytesIO(data[: len(data) // 2]))
    except OSError as error:
        raise OctavoError(f"the image cannot be decoded ({error})") from error


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about the damage
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "GIF", "TIFF"]), st.data())
def test_a_damaged_image_gives_tiles_or_an_octavo_error(format_, data):
    content = bytearray(encoded(format_))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(30, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        image = Image.open(io.BytesIO(bytes(content)))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return  # not an image at all: whoever opens files tells that
    if image.width * image.height > 10**6:
        return  # the damage hit the size; the reader of documents bounds pixels
    try:
        found, rows, cols = tiles(image, SMALL)
    except OctavoError:
        return
    assert len(found) == max(rows * cols + 1, 1)


def test_a_mode_without_conversion_is_refused():
    with pytest.raises(OctavoError, match="cannot be decoded"):
        tiles(Image.new("La", (4, 4)), SMALL)


def test_a_gray_page_costs_less_than_a_coloured_one():
    config = ImageConfig(1024, 256)
    noise = np.random.default_rng(0).integers(0, 256, (800, 600, 3), dtype=np.uint8)
    coloured = Image.fromarray(noise)
    gray = Image.merge("RGB", [coloured.getchannel("R")] * 3)

    def best(image: Image.Image) -> float:
        times = []
        for _ in range(5):
            started = time.process_time()
            tiles(image, config)
            times.append(time.process_time() - started)
        return min(times)

    assert best(gray) < 0.8 * best(coloured)
