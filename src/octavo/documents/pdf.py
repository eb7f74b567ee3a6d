"""A PDF file through pdfium. Runs in the reading child.

Every handle of pdfium is closed as soon as its page is done: memory must not grow with the pages.
"""

import ctypes
import json
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import astuple
from typing import Any, NamedTuple

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from octavo.documents.about import About, about
from octavo.documents.forms import annotations, texts_from, unlike, with_values, within
from octavo.documents.frames import MOST_WORDS, Head, Settings, UnreadableError
from octavo.documents.pictures import as_jpeg, raw_rows
from octavo.documents.quality import is_readable
from octavo.documents.rules import drawn
from octavo.documents.turns import turn
from octavo.documents.types import LAYER, NO_TEXT, Field
from octavo.documents.words import Floats, words_of

LABEL_CHARS = 100
MOST_CHARACTERS = 2_000_000  # of a page, ten for each of `MOST_WORDS`
CANVAS_KEPT = 13 << 20  # bytes; a page of A4 drawn to 4 × 3 tiles of 512 has 12.6 million
DIGITS = 5  # a fraction of 1e-5 is 0.03 pixels of the largest page image


def forget() -> None:
    """Start pdfium anew; no document may be open.

    It keeps substituted fonts between documents, and then a document's boxes depend, in the fourth decimal, on
    what was read before it: data sets built by one worker and by two differed. A start takes 0.3 ms.
    """
    raw.FPDF_DestroyLibrary()
    raw.FPDF_InitLibrary()


class Canvas:
    """The memory that one page after the other is drawn on. New memory for each would cost 2 ms a page to lay out.

    That of a page larger than most goes back with it.
    """

    def __init__(self) -> None:
        self._kept: Any = b""

    @contextmanager
    def take(self, count: int) -> Iterator[Any]:
        """Lend `count` bytes or more."""
        memory, self._kept = self._kept, b""
        if len(memory) < count:
            memory = (ctypes.c_ubyte * count)()
        yield memory
        if count <= CANVAS_KEPT:
            self._kept = memory


CANVAS = Canvas()


class Text(NamedTuple):
    """A page's words with their measures [n, 6], rules [n, 4] and fields, and where the words come from."""

    source: str
    words: list[str]
    measures: Floats
    rules: Floats
    fields: tuple[Field, ...]


NO_WORDS = Text(NO_TEXT, [], np.empty((0, 6)), np.empty((0, 4)), ())


class Pdf:
    """An open PDF: `page_count`, `password` (the one that opened it) and its pages."""

    def __init__(self, path: str, passwords: Sequence[str], settings: Settings) -> None:
        self.path, self.settings = path, settings
        forget()
        handle, self.password = _opened(path, passwords)
        self.document = pdfium.PdfDocument(handle)
        self.document.init_forms()  # before the first page is loaded, or filled fields are not drawn
        self._flat: Any = None  # a second copy, whose pages are flattened
        self.page_count = len(self.document)
        if self.page_count < 1:
            self.close()
            raise UnreadableError("it has no pages")

    def about(self) -> About:
        """What the file says of itself."""
        return about(self.document)

    def page(self, number: int, words: bool, image: bool, size: Sequence[int] | None) -> tuple[Head, list[bytes]]:
        """Page `number` (from 1): its head, and as blobs the words, their measures, the rules, fields and image.

        The image has `size` (width and height in pixels), or what the settings give.
        pdfium passes over /UserUnit: such a page's points are too small, its fractions are right.
        """
        try:
            page = self.document.get_page(number - 1)
        except pdfium.PdfiumError as error:
            raise UnreadableError("damaged beyond repair") from error
        with turn(page) if image else nullcontext(), closing(page):
            width, height = (round(side, 3) for side in page.get_size())
            if not (0 < width < math.inf and 0 < height < math.inf):
                raise UnreadableError("it has no area")
            text = self._text(page, number, width, height) if words else NO_WORDS
            drawn_size = self._size(width, height) if size is None else (size[0], size[1])
            pixels = self._image(page, drawn_size) if image else b""
        head = {"label": self._label(number), "width": width, "height": height, "text": text.source}
        head["size"] = drawn_size if image else (0, 0)
        fields = json.dumps([(*astuple(field)[:-1], *field.box) for field in text.fields]) if text.fields else ""
        words_blob = "\n".join(text.words).encode()
        return head, [words_blob, text.measures.tobytes(), text.rules.tobytes(), fields.encode(), pixels]

    def close(self) -> None:
        """Give the file and pdfium's memory for it back."""
        if self._flat is not None:
            self._flat.close()
        self.document.close()

    def _text(self, page: Any, number: int, width: float, height: float) -> Text:
        """All of a page that is not pixels, in page fractions."""
        shown, sides = _shown(page), (width, height, width, height)
        found = drawn(page.raw, shown, width, height)
        notes = annotations(page.raw, page.formenv, shown, width, height)
        textpage = page.get_textpage()
        try:
            count = raw.FPDFText_CountChars(textpage)
            if count > MOST_CHARACTERS:
                raise UnreadableError(f"it has {count} characters; {MOST_CHARACTERS} is the most")
            texts, measures = words_of(textpage.raw, shown, width, height)
        finally:
            textpage.close()
        measures[:, :4] /= sides
        fields = notes.fields
        if len(notes.with_text):
            added, more = self._in_annotations(number, raw.FPDFPage_CountObjects(page), shown, width, height)
            kept = within(more, notes.with_text)
            more[:, :4] /= sides
            kept &= unlike(added, more, texts, measures)
            fields, added, more = with_values(fields, [added[i] for i in np.flatnonzero(kept)], more[kept])
            texts, measures = texts + added, np.vstack((measures, more))
        if len(texts) > MOST_WORDS:
            raise UnreadableError(f"it has {len(texts)} words; {MOST_WORDS} is the most")
        source = LAYER if is_readable(texts, found.covered, found.shapes) else NO_TEXT
        if source == NO_TEXT:
            texts, measures = [], measures[:0]
        return Text(source, texts, measures.round(DIGITS), (found.rules / sides).round(DIGITS), fields)

    def _in_annotations(
        self, number: int, count: int, shown: Floats, width: float, height: float
    ) -> tuple[list[str], Floats]:
        """The words that flattening adds to page `number`, which has `count` objects of its own."""
        if self._flat is None:
            handle, _ = _opened(self.path, [self.password])
            self._flat = pdfium.PdfDocument(handle)
            self._flat.init_forms()  # draws the values of fields that come without an appearance
        page = self._flat.get_page(number - 1)
        raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)  # does nothing the second time
        page.close()
        page = self._flat.get_page(number - 1)
        try:
            textpage = page.get_textpage()
            try:
                return words_of(textpage.raw, shown, width, height, texts_from(page, count))
            finally:
                textpage.close()
        finally:
            page.close()

    def _size(self, width: float, height: float) -> tuple[int, int]:
        """A page's size in pixels. One too large for the pixel limits gets fewer dots an inch."""
        s = self.settings
        scale = min(s.dpi / 72, s.longest / max(width, height), math.sqrt(s.pixels / width / height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    def _image(self, page: Any, size: tuple[int, int]) -> bytes:
        """The page drawn to that size, whatever its aspect."""
        # Four bytes a pixel: pdfium draws a fifth faster than with three, and Pillow encodes them as they are.
        with CANVAS.take(4 * math.prod(size)) as memory:
            bitmap = pdfium.PdfBitmap.new_native(*size, raw.FPDFBitmap_BGRx, rev_byteorder=True, buffer=memory)
            try:
                bitmap.fill_rect((255, 255, 255, 255), 0, 0, *size)
                where = (bitmap, page, 0, 0, *size, 0, raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER)
                raw.FPDF_RenderPageBitmap(*where)
                if page.formenv:
                    raw.FPDF_FFLDraw(page.formenv, *where)
                if self.settings.image_format == "RGB":
                    return raw_rows(np.frombuffer(bitmap.buffer, np.uint32, math.prod(size)))
                return as_jpeg(Image.frombuffer("RGBX", size, bitmap.buffer, "raw", "RGBX", bitmap.stride, 1))
            finally:
                bitmap.close()

    def _label(self, number: int) -> str:
        length = raw.FPDF_GetPageLabel(self.document, number - 1, None, 0)
        buffer = ctypes.create_string_buffer(length)
        raw.FPDF_GetPageLabel(self.document, number - 1, buffer, length)
        text = buffer.raw.decode("utf-16-le", "ignore")
        return "".join(c for c in text if c.isprintable()).strip()[:LABEL_CHARS]


def _opened(path: str, passwords: Sequence[str]) -> tuple[Any, str]:
    """A handle of the document and the password that opened it, "" where none was needed."""
    for password in ["", *passwords]:
        handle = raw.FPDF_LoadDocument(os.fsencode(path), password.encode())
        if handle:
            return handle, password
        error = raw.FPDF_GetLastError()
        if error != raw.FPDF_ERR_PASSWORD:
            break
    if error == raw.FPDF_ERR_PASSWORD:
        raise UnreadableError(
            "encrypted; none of the given passwords opens it"
            if passwords
            else "encrypted; give its password with --password"
        )
    if error == raw.FPDF_ERR_SECURITY:
        raise UnreadableError("encrypted in a way that is not supported; save it without encryption")
    raise UnreadableError("not a PDF or damaged beyond repair")


def _shown(page: Any) -> Floats:
    """The affine map [3, 2] from page coordinates to points of the page as shown: origin top left, y down.

    pdfium's text is in coordinates before crop and /Rotate, which is clockwise in quarters.
    """
    crop = raw.FS_RECTF()
    raw.FPDF_GetPageBoundingBox(page, crop)
    left, bottom, right, top = crop.left, crop.bottom, crop.right, crop.top
    return np.array(
        {
            0: [[1, 0], [0, -1], [-left, top]],
            1: [[0, 1], [1, 0], [-bottom, -left]],
            2: [[-1, 0], [0, 1], [right, -bottom]],
            3: [[0, -1], [-1, 0], [top, right]],
        }[raw.FPDFPage_GetRotation(page)],
        np.float64,
    )
