"""Picture files: modes, frames, orientation, size, and files that are made to hurt."""

import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from octavo.documents import DocumentError, Limits, Reader

RED, GREEN, WHITE = (255, 0, 0), (0, 255, 0), (255, 255, 255)


@pytest.fixture
def halves():
    """A picture 40 wide and 20 high, red on the left and green on the right, in any mode."""

    def make(mode: str = "RGB") -> Image.Image:
        picture = Image.new("RGB", (40, 20), RED)
        picture.paste(GREEN, (20, 0, 40, 20))
        return picture.convert(mode)

    return make


def colours(page) -> tuple:
    """The colours at the page's left and right."""
    picture = page.image.pil().convert("RGB")
    middle = picture.height // 2
    return picture.getpixel((5, middle)), picture.getpixel((picture.width - 6, middle))


def close(found, wanted, by=12) -> bool:
    return np.abs(np.subtract(found, wanted)).max() <= by


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("a.png", "RGB"),
        ("a.PNG", "P"),
        ("a.jpg", "RGB"),
        ("a.jpeg", "CMYK"),
        ("a.tif", "CMYK"),
        ("a.tiff", "P"),
        ("a.webp", "RGB"),
        ("a.tif", "YCbCr"),
    ],
)
def test_colours_survive(tmp_path, only_page, halves, name, mode):
    path = tmp_path / name
    halves(mode).save(path, **({"quality": 95} if ".j" in name else {"lossless": True} if ".w" in name else {}))
    page = only_page(path)
    assert (page.number, page.label, page.words) == (1, "", ())
    assert (page.image.width, page.image.height) == (40, 20)
    assert close(colours(page), (RED, GREEN))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16"])
def test_greys_survive(tmp_path, only_page, mode):
    grey = np.zeros((20, 40), np.uint16)
    grey[:, 20:] = 65535 if mode == "1" else 40000
    picture = Image.fromarray(grey) if mode == "I;16" else Image.fromarray((grey >> 8).astype(np.uint8)).convert(mode)
    path = tmp_path / "grey.png"
    picture.save(path)
    right = 255 if mode == "1" else 40000 >> 8
    assert colours(only_page(path)) == ((0, 0, 0), (right, right, right))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(tmp_path, only_page, mode):
    picture = Image.new("RGBA", (40, 20), (0, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (20, 0, 40, 20))
    path = tmp_path / "clear.png"
    picture.convert(mode).save(path)
    assert colours(only_page(path)) == ((0, 0, 0), WHITE)


def test_every_frame_of_a_tiff_is_a_page(tmp_path, rgb_reader):
    frames = [Image.new("RGB", (30 + 10 * i, 20), colour) for i, colour in enumerate((RED, GREEN, WHITE))]
    path = tmp_path / "fax.tif"
    frames[0].save(path, save_all=True, append_images=frames[1:], dpi=(200, 100))
    document = rgb_reader.open(path)
    assert (document.kind, document.page_count) == ("image", 3)
    pages = list(rgb_reader.pages(document, [3, 1, 2]))
    assert [page.number for page in pages] == [3, 1, 2]
    assert [page.image.width for page in pages] == [50, 30, 40]
    assert [colours(page)[0] for page in pages] == [WHITE, RED, GREEN]
    assert (pages[1].width, pages[1].height) == (30 * 72 / 200, 20 * 72 / 100)


@pytest.mark.parametrize("name", ["a.webp", "a.png"])
def test_of_an_animation_the_first_frame_counts(tmp_path, rgb_reader, only_page, name):
    path = tmp_path / name
    frames = [Image.new("RGB", (40, 20), colour) for colour in (RED, GREEN)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, lossless=True)
    assert rgb_reader.open(path).page_count == 1
    assert close(colours(only_page(path)), (RED, RED))


@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.png", "a.webp"])
def test_cameras_are_turned_upright(tmp_path, only_page, halves, name):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise: what is left comes to stand above
    path = tmp_path / name
    halves().save(path, exif=exif, **({"quality": 95} if name == "a.jpg" else {}))
    page = only_page(path)
    assert (page.image.width, page.image.height) == (20, 40)
    picture = page.image.pil().convert("RGB")
    assert close(picture.getpixel((10, 5)), RED, 20)
    assert close(picture.getpixel((10, 35)), GREEN, 20)


@pytest.mark.parametrize(
    ("dpi", "used"),
    [((300, 300), 300), ((200, 200), 200), ((72, 72), 150), ((1, 1), 150), ((20000, 20000), 150), (None, 150)],
)
def test_size_in_points_follows_sane_resolutions(tmp_path, only_page, dpi, used):
    path = tmp_path / "scan.jpg"
    Image.new("L", (850, 1100), 255).save(path, **({"dpi": dpi} if dpi else {}))
    page = only_page(path)
    assert (page.width, page.height) == pytest.approx((850 * 72 / used, 1100 * 72 / used))


def test_the_longest_side_is_capped(tmp_path):
    Image.linear_gradient("L").resize((3000, 1000)).save(tmp_path / "wide.png")
    Image.new("L", (1, 5000)).save(tmp_path / "line.png")
    with Reader(longest=600, image_format="RGB") as reader:
        sizes = {}
        for name in ("wide.png", "line.png"):
            (page,) = reader.pages(reader.open(tmp_path / name))
            sizes[name] = page.image.pil().size
    assert sizes == {"wide.png": (600, 200), "line.png": (1, 600)}
    assert page.height == 5000 * 72 / 150  # the page is as large as ever


def test_a_picture_may_have_another_kinds_suffix(tmp_path, only_page, halves):
    path = tmp_path / "really-a-png.jpg"
    halves().save(path, "PNG")
    assert colours(only_page(path)) == (RED, GREEN)


def png_header(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and holds next to nothing."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0" * 99)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path, reader):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(50_000, 50_000))
    start = time.monotonic()
    with pytest.raises(DocumentError, match="50000×50000 pixels, more than the limit of 120000000"):
        reader.open(path)
    assert time.monotonic() - start < 5


def test_a_bomb_behind_a_harmless_frame_is_refused(tmp_path):
    path = tmp_path / "bomb.tif"
    Image.new("1", (10, 10)).save(path, save_all=True, append_images=[Image.new("1", (400, 400))])
    with Reader(Limits(pixels=100_000)) as reader:
        pages = reader.pages(reader.open(path))
        assert next(pages).image.width == 10
        with pytest.raises(DocumentError, match="page 2: 400×400 pixels, more than the limit of 100000"):
            next(pages)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp"])
def test_cut_and_false_files_have_a_reason(tmp_path, reader, name):
    noise = np.random.default_rng(0).integers(0, 255, (100, 100, 3), np.uint8)
    path = tmp_path / name
    Image.fromarray(noise).save(path)
    whole = path.read_bytes()
    for data in (whole[: len(whole) // 2], whole[:20], b"GIF89a" + whole, b"no picture at all"):
        path.write_bytes(data)
        with pytest.raises(DocumentError, match="damaged beyond repair") as raised:
            list(reader.pages(reader.open(path)))
        assert "\n" not in str(raised.value)
        assert "0x" not in str(raised.value)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_a_picture_has_its_size_upright_and_without_its_pixels(tmp_path, reader, halves, name, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / name
    halves().save(path, exif=exif, dpi=(200, 400))  # 40 by 20 pixels
    document = reader.open(path)
    (whole,), (bare,) = reader.pages(document), reader.pages(document, image=False)
    assert (bare.width, bare.height) == (whole.width, whole.height)
    sides = (14.4, 3.6) if orientation < 5 else (3.6, 14.4)
    assert (whole.width, whole.height) == pytest.approx(sides, rel=1e-3)
    assert (bare.words, bare.text, bare.image.data) == ((), "no text", b"")
    assert (whole.text, document.metadata, document.outline) == ("no text", {}, ())
