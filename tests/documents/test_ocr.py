"""OCR: words, boxes and sizes of pictures drawn here, rows of tilted ones, and what must not be read."""

import importlib.util
import socket
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from octavo.documents import ocr
from octavo.documents.ocr import Ocr, available, with_ocr
from octavo.documents.structure.rows import rows
from octavo.documents.types import LAYER, NO_TEXT, OCR, Page, PageImage, Word
from octavo.errors import OctavoError

DPI = 150
SIZE = 900, 700  # pixels
POINTS = SIZE[0] * 72 / DPI, SIZE[1] * 72 / DPI
Drawn = list[tuple[int, int, str]]
RECEIPT: Drawn = [
    (60, 60, "Corner Bakery Ltd"),
    (60, 130, "Invoice number"),
    (560, 130, "INV-20417"),
    (60, 200, "Date"),
    (560, 200, "25/12/2018"),
    (60, 270, "Coffee beans 250 g"),
    (560, 270, "12.40"),
    (60, 340, "TOTAL"),
    (560, 340, "80.90"),
    (60, 410, "PHONE:0113-4960000"),
]


def drawn(texts: Drawn, points: float = 12, turned: float = 0.0) -> PageImage:
    """A white page with texts at places in pixels, turned by degrees against the clock."""
    picture = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=points * DPI / 72)
    for x, y, text in texts:
        pen.text((x, y), text, font=font, fill="black")
    picture = picture.rotate(turned, Image.Resampling.BICUBIC, fillcolor="white")
    return PageImage(picture.tobytes(), "RGB", *SIZE)


def texts_of(words: tuple[Word, ...]) -> list[list[str]]:
    """The page's rows as lists of the texts of their lines."""
    return [[line.text for line in row] for row in rows(words)]


@pytest.fixture(scope="module")
def reader() -> Ocr:
    """One reader for all tests: loading takes a second."""
    return Ocr(threads=2)


@pytest.fixture(scope="module")
def words(reader: Ocr) -> tuple[Word, ...]:
    """What is read on the receipt."""
    return reader.read(drawn(RECEIPT), *POINTS)


def test_words_stand_in_rows_as_they_were_drawn(words: tuple[Word, ...]) -> None:
    assert texts_of(words) == [
        ["Corner Bakery Ltd"],
        ["Invoice number", "INV-20417"],
        ["Date", "25/12/2018"],
        ["Coffee beans 250 g", "12.40"],
        ["TOTAL", "80.90"],
        ["PHONE: 0113-4960000"],  # in two words, so that the number alone can be an answer
    ]


def test_boxes_hold_their_words_and_are_as_high_as_the_type(words: tuple[Word, ...]) -> None:
    font = ImageFont.load_default(size=12 * DPI / 72)
    total = next(word for word in words if word.text == "80.90")
    x0, y0, x1, y1 = font.getbbox("80.90")
    assert total.box.x0 * SIZE[0] == pytest.approx(560 + x0, abs=6)
    assert total.box.x1 * SIZE[0] == pytest.approx(560 + x1, abs=6)
    assert total.box.y0 * SIZE[1] <= 340 + y0 + 1
    assert total.box.y1 * SIZE[1] >= 340 + y1 - 1
    assert all(word.size == pytest.approx(12, rel=0.15) for word in words)
    assert all(0.9 < word.confidence <= 1 for word in words)
    beans = [word for word in words if word.text in ("Coffee", "beans", "250", "g")]
    assert all(left.box.x1 < right.box.x0 for left, right in pairwise(beans))
    assert [word.box.y0 for word in beans] == pytest.approx([beans[0].box.y0] * 4, abs=0.004)


def test_rows_of_a_tilted_page_stay_rows(reader: Ocr) -> None:
    for degrees in (1.5, -1.5):
        assert texts_of(reader.read(drawn(RECEIPT[3:9], turned=degrees), *POINTS)) == [
            ["Date", "25/12/2018"],
            ["Coffee beans 250 g", "12.40"],
            ["TOTAL", "80.90"],
        ]


def test_a_page_too_tilted_for_its_rows_is_left_unread(reader: Ocr) -> None:
    assert reader.read(drawn(RECEIPT, turned=6), *POINTS) == ()


def test_sizes_tell_a_title_from_its_text(reader: Ocr) -> None:
    picture = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(picture)
    for y, points, text in (
        (40, 28, "Annual report"),
        (200, 10, "This is the text below it"),
        (260, 10, "second line"),
    ):
        pen.text((60, y), text, font=ImageFont.load_default(size=points * DPI / 72), fill="black")
    sizes = {word.text: word.size for word in reader.read(PageImage(picture.tobytes(), "RGB", *SIZE), *POINTS)}
    assert sizes["Annual"] == pytest.approx(28, rel=0.2)
    assert sizes["text"] == sizes["second"] == pytest.approx(10, rel=0.15)


def test_only_pages_without_text_are_read(reader: Ocr) -> None:
    page = Page(1, "", *POINTS, (), drawn(RECEIPT[:2]), text=NO_TEXT)
    read = with_ocr(page, reader)
    assert read.text == OCR
    assert [word.text for word in read.words] == ["Corner", "Bakery", "Ltd", "Invoice", "number"]
    layered = replace(page, text=LAYER)
    assert with_ocr(layered, reader) is layered


@pytest.mark.parametrize("size", [(1, 1), (700, 3), (3, 700), (64, 64), (5000, 40)])
def test_a_picture_without_text_gives_no_words(reader: Ocr, size: tuple[int, int]) -> None:
    blank = PageImage(Image.new("RGB", size, "white").tobytes(), "RGB", *size)
    page = Page(1, "", 100.0, 100.0, (), blank, text=NO_TEXT)
    assert with_ocr(page, reader) is page


def test_the_same_picture_is_read_the_same_with_any_number_of_threads(words: tuple[Word, ...]) -> None:
    again = Ocr(threads=1).read(drawn(RECEIPT), *POINTS)
    assert [(word.text, word.box) for word in again] == [(word.text, word.box) for word in words]


def test_nothing_is_asked_of_the_network_or_printed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: Any) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refused)
    assert Ocr().read(drawn(RECEIPT[:1]), *POINTS)
    assert capfd.readouterr() == ("", "")


def test_a_page_of_endless_text_is_left_unread(reader: Ocr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "MOST_WIDTH", 500)
    assert reader.read(drawn(RECEIPT), *POINTS) == ()


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not available()
    with pytest.raises(OctavoError, match=r"octavo\[ocr\]"):
        Ocr()
