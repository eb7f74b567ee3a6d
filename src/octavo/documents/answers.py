"""What the reading child answers, checked: a hostile file may have taken it over, so nothing is believed.

Every function raises `Nonsense` (or one of `ODD`) for an answer that the child would never give by itself.
"""

import io
import json
import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from octavo.documents.frames import (
    FIELDS_BYTES,
    LINE_CHARS,
    MOST_FIELDS,
    MOST_OUTLINE,
    MOST_RULES,
    MOST_WORDS,
    TEXT_BYTES,
    VALUE_CHARS,
    Head,
    Settings,
    plain,
)
from octavo.documents.types import LAYER, NO_IMAGE, NO_TEXT, Box, Field, OutlineItem, Page, PageImage, Word

ROW = np.dtype((np.float64, 6))  # a word's x0, y0, x1, y1, size, and 1 where it is bold
RULE = np.dtype((np.float64, 4))
HEADERS_BYTES = 1 << 16  # what a JPEG may have more than the raw rows of its pixels
FIELD_KINDS = ("text", "choice", "checkbox", "radio", "button", "signature")
METADATA_KEYS = ("title", "author", "subject", "keywords", "creator", "producer")
ODD = (ValueError, TypeError, KeyError, OSError, RecursionError, Image.DecompressionBombError)


def most_bytes(settings: Settings, image: bool) -> tuple[int, ...]:
    """How many bytes each part of a page may have."""
    pixels = 3 * settings.longest**2 + HEADERS_BYTES if image else 0
    return TEXT_BYTES, MOST_WORDS * ROW.itemsize, MOST_RULES * RULE.itemsize, FIELDS_BYTES, pixels


def page_of(number: int, head: Head, blobs: list[bytes], settings: Settings, words: bool, image: bool) -> Page:
    """The page in an answer to a request for its `words`, its `image` or both."""
    text, numbers, rules, fields, pixels = blobs
    label, width, height, source = head["label"], head["width"], head["height"], head["text"]
    if type(label) is not str or not all(type(s) is float and 0 < s < math.inf for s in (width, height)):
        raise ValueError("a page's label or size")
    if (
        source not in (LAYER, NO_TEXT)
        or (source == LAYER) != bool(text)
        or not (words or not (text or rules or fields))
    ):
        raise ValueError("a page's text")
    return Page(
        number,
        plain(label, LINE_CHARS),
        width,
        height,
        _words(text.decode().split("\n") if text else [], np.frombuffer(numbers, ROW)),
        _image(pixels, head["size"], settings) if image else NO_IMAGE,
        tuple(Box(*row) for row in _boxes(np.frombuffer(rules, RULE)).tolist()),
        _fields(json.loads(fields)) if fields else (),
        source,
    )


def about_of(blob: bytes, page_count: int) -> tuple[tuple[OutlineItem, ...], dict[str, str]]:
    """A document's outline and metadata."""
    outline, metadata = json.loads(blob)
    items = []
    for title, page, level in outline:
        if type(title) is not str or not title or type(page) is not int or type(level) is not int or level < 0:
            raise ValueError("an outline's entry")
        items.append(OutlineItem(plain(title, LINE_CHARS), page if 0 < page <= page_count else 0, level))
    texts = {key: metadata[key] for key in METADATA_KEYS if key in metadata}
    if (
        len(items) > MOST_OUTLINE
        or len(texts) != len(metadata)
        or any(type(text) is not str for text in texts.values())
    ):
        raise ValueError("what a file says of itself")
    return tuple(items), {key: plain(text, LINE_CHARS) for key, text in texts.items()}


def _boxes(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rows whose first four columns are boxes of the page, and the others no less than 0."""
    x0, y0, x1, y1 = rows[:, :4].T
    bounds = (x0, y0, 1 - x1, 1 - y1, x1 - x0, y1 - y0, *rows[:, 4:].T)
    if not np.isfinite(rows).all() or any((part < 0).any() for part in bounds):
        raise ValueError("a box")
    return rows


def _words(texts: list[str], rows: npt.NDArray[np.float64]) -> tuple[Word, ...]:
    """Words of their texts and rows."""
    if not all(texts):
        raise ValueError("a word's text")
    return tuple(
        Word(text, Box(*row[:4]), row[4], row[5] > 0) for text, row in zip(texts, _boxes(rows).tolist(), strict=True)
    )


def _fields(rows: Any) -> tuple[Field, ...]:
    if type(rows) is not list or len(rows) > MOST_FIELDS:
        raise ValueError("a page's fields")
    fields = []
    for name, kind, label, value, checked, *box in rows:
        if (
            kind not in FIELD_KINDS
            or type(checked) is not bool
            or any(type(t) is not str for t in (name, label, value))
        ):
            raise ValueError("a field")
        if len(box) != 4 or any(type(side) is not float for side in box):
            raise ValueError("a field's box")
        where = Box(*_boxes(np.array([box]))[0].tolist())
        fields.append(
            Field(plain(name, LINE_CHARS), kind, plain(label, LINE_CHARS), plain(value, VALUE_CHARS), checked, where)
        )
    return tuple(fields)


def _image(data: bytes, size: Any, settings: Settings) -> PageImage:
    width, height = size
    if any(type(side) is not int or not 0 < side <= settings.longest for side in size):
        raise ValueError("an image's size")
    if settings.image_format == "RGB":
        if len(data) not in (width * height, 3 * width * height):
            raise ValueError("an image's bytes")
        return PageImage(data, "L" if len(data) == width * height else "RGB", width, height)
    if Image.open(io.BytesIO(data), formats=("JPEG",)).size != (width, height):  # reads the header only
        raise ValueError("an image's header")
    return PageImage(data, "JPEG", width, height)
