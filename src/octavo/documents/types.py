"""The nouns of a document: Box, Word, Field, Page, Document."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from PIL import Image


class Box(NamedTuple):
    """A rectangle in fractions of the page as shown: origin top left, x0 <= x1, y0 <= y1, all in 0..1."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def center(self) -> tuple[float, float]:
        """The middle of the box, (x, y)."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @staticmethod
    def around(boxes: "Iterable[Box]") -> "Box":
        """The smallest box that holds all of `boxes` (at least one)."""
        x0, y0, x1, y1 = zip(*boxes, strict=True)
        return Box(min(x0), min(y0), max(x1), max(y1))


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without white space, as the text layer or OCR gives it.

    `size` is the font's size in points after the page's transformations (1 pt = 1/72 inch), `bold` whether
    the font says so of itself, `confidence` 1 for a text layer and OCR's own figure in 0..1 otherwise.
    """

    text: str
    box: Box
    size: float
    bold: bool = False
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a fillable form (AcroForm).

    `kind` is "text", "choice", "checkbox", "radio", "button" or "signature"; `name` the field's full name and
    `label` what the form tells a person about it (/TU), "" where it does not. `value` is the text as shown,
    for boxes the export value; `checked` is of boxes alone.
    """

    name: str
    kind: str
    label: str
    value: str
    checked: bool
    box: Box


class OutlineItem(NamedTuple):
    """An entry of a document's outline: its title, the page it leads to (from 1, 0 for none), its depth from 0."""

    title: str
    page: int
    level: int


LAYER, OCR, NO_TEXT = "layer", "ocr", "no text"  # where a page's words come from
NOT_HERE = "not on this page"  # the answer where what is asked for does not stand there


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page's pixels, as they crossed from the reading process or stand in a data set.

    `format` is "RGB" or "L" (raw rows of 3 bytes a pixel, or of one where a page has no colour) or what Pillow calls
    the encoding: a reader's pages are "JPEG", those of other people's data sets also "PNG" or "WEBP". `width` and
    `height` are in pixels.
    """

    data: bytes
    format: str
    width: int
    height: int

    def pil(self) -> Image.Image:
        """The picture in Pillow's mode "RGB", or "L" where it is raw and has no colour."""
        if self.format in ("RGB", "L"):
            return Image.frombuffer(self.format, (self.width, self.height), self.data, "raw", self.format, 0, 1)
        return Image.open(io.BytesIO(self.data), formats=(self.format,)).convert("RGB")


NO_IMAGE = PageImage(b"", "JPEG", 0, 0)  # of a page that was not rendered


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a reader sees it: rotation and crop are already applied.

    `number` counts from 1 in the file; `label` is what the document prints for it ("iv"), "" where it has
    none. `width` and `height` are in points. `words` stand in the order of the text layer and are empty where
    `text` is "no text": a picture, a scan, or a text layer of garbage. `rules` are the ruling lines drawn on
    the page, each a thin box, and `fields` those of a form, whose values as drawn are among the words. Where only
    text was asked for `image` is `NO_IMAGE`; where only the image, there are no words, rules and fields, and
    `text` is "no text".
    """

    number: int
    label: str
    width: float
    height: float
    words: tuple[Word, ...]
    image: PageImage
    rules: tuple[Box, ...] = ()
    fields: tuple[Field, ...] = ()
    text: str = LAYER


class PageFault(NamedTuple):
    """A page that could not be read: its number (from 1), and the reason in plain words."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file that opened: `kind` is "pdf" or "image"; `sha256` is of its bytes, in hexadecimal.

    `password` is the one that opened it, "" where none was needed. `metadata` has what the file says of itself
    under "title", "author", "subject", "keywords", "creator", "producer", as far as it does.
    """

    path: Path
    kind: str
    page_count: int
    sha256: str
    password: str = field(default="", repr=False)
    outline: tuple[OutlineItem, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
