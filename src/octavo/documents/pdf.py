"""A PDF file through pdfium. Runs in the reading child.

Every handle of pdfium is closed as soon as its page is done: memory must not grow with the pages.
"""

import ctypes
import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from octavo.documents.frames import MOST_WORDS, Head, Settings, UnreadableError
from octavo.documents.pictures import encoded
from octavo.documents.words import Floats, words_of

LABEL_CHARS = 100
DIGITS = 5  # a fraction of 1e-5 is 0.03 pixels of the largest page image


def forget() -> None:
    """Start pdfium anew; no document may be open.

    It keeps substituted fonts between documents, and then a document's boxes depend, in the fourth decimal, on
    what was read before it: data sets built by one worker and by two differed. A start takes 0.3 ms.
    """
    raw.FPDF_DestroyLibrary()
    raw.FPDF_InitLibrary()


class Pdf:
    """An open PDF: `page_count`, `password` (the one that opened it) and its pages."""

    def __init__(self, path: str, passwords: Sequence[str], settings: Settings) -> None:
        self.settings = settings
        forget()
        handle, self.password = _opened(path, passwords)
        self.document = pdfium.PdfDocument(handle)
        self.document.init_forms()  # before the first page is loaded, or filled fields are not drawn
        self.page_count = len(self.document)
        if self.page_count < 1:
            self.close()
            raise UnreadableError("it has no pages")

    def page(self, number: int) -> tuple[Head, list[bytes]]:
        """Page `number` (from 1): its head, and as blobs the words, their boxes and sizes, and the image.

        pdfium passes over /UserUnit: such a page's points are too small, its fractions are right.
        """
        try:
            page = self.document.get_page(number - 1)
        except pdfium.PdfiumError as error:
            raise UnreadableError("damaged beyond repair") from error
        try:
            width, height = (round(side, 3) for side in page.get_size())
            if not (0 < width < math.inf and 0 < height < math.inf):
                raise UnreadableError("it has no area")
            texts, measures = self._words(page, width, height)
            image, size = self._image(page, width, height)
        finally:
            page.close()
        head = {"label": self._label(number), "width": width, "height": height, "size": size}
        # The way through UTF-16 joins the two halves of a character, which pdfium may give one by one.
        text = "\n".join(texts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return head, [text.encode(), measures.tobytes(), image]

    def close(self) -> None:
        """Give the file and pdfium's memory for it back."""
        self.document.close()

    def _words(self, page: Any, width: float, height: float) -> tuple[list[str], Floats]:
        textpage = page.get_textpage()
        try:
            texts, measures = words_of(textpage.raw, _shown(page), width, height)
        finally:
            textpage.close()
        if len(texts) > MOST_WORDS:
            raise UnreadableError(f"it has {len(texts)} words; {MOST_WORDS} is the most")
        measures[:, :4] /= width, height, width, height
        return texts, measures.round(DIGITS)

    def _image(self, page: Any, width: float, height: float) -> tuple[bytes, tuple[int, int]]:
        """The rendered page. A page too large for the pixel limits gets fewer dots an inch."""
        s = self.settings
        scale = min(s.dpi / 72, s.longest / max(width, height), math.sqrt(s.pixels / width / height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        bitmap = pdfium.PdfBitmap.new_native(*size, raw.FPDFBitmap_BGR, rev_byteorder=True)
        try:
            bitmap.fill_rect((255, 255, 255, 255), 0, 0, *size)
            where = (bitmap, page, 0, 0, *size, 0, raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER)
            raw.FPDF_RenderPageBitmap(*where)
            if page.formenv:
                raw.FPDF_FFLDraw(page.formenv, *where)
            pixels = Image.frombuffer("RGB", size, bitmap.buffer, "raw", "RGB", bitmap.stride, 1)
            return encoded(pixels, s.image_format), size
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
