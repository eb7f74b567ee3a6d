"""Reader: from a file to its pages, read in a child process that the file cannot get out of."""

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from PIL import Image

from octavo.documents.frames import MOST_WORDS, TEXT_BYTES, Head, Settings
from octavo.documents.process import Child, ChildLostError
from octavo.documents.sources import KINDS, SUFFIXES
from octavo.documents.types import Box, Document, Page, PageImage, Word
from octavo.errors import OctavoError
from octavo.files import sha256_of

ROW = np.dtype((np.float64, 5))  # a word's x0, y0, x1, y1 and size
HEADERS_BYTES = 1 << 16  # what a JPEG may have more than the raw rows of its pixels
REASON_CHARS = 300


class DocumentError(OctavoError):
    """A file or page that cannot be read: `path`, and `reason` in plain words."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost the reading process.

    `seconds` of wall clock for opening and for each page; `memory_bytes` of address space in all;
    `pixels` that a picture may have, and that a rendered page gets at most.
    """

    seconds: float = 30.0
    memory_bytes: int = 3 << 30
    pixels: int = 120_000_000


DEFAULT_LIMITS = Limits()


class Reader:
    """Reads documents in one child process, which is started when needed and again after it died.

    Pages are rendered at `dpi` dots an inch, the longest side at most `longest` pixels (2940 = 6 times 490,
    above every published tiling); `image_format` is "JPEG" (quality 90) or "RGB" (raw, 8 times the bytes).
    A file that crashes, hangs or overfills the child costs only itself. A reader belongs to one thread of one
    process; use one in each.
    """

    def __init__(
        self, limits: Limits = DEFAULT_LIMITS, dpi: int = 150, longest: int = 2940, image_format: str = "JPEG"
    ) -> None:
        if image_format not in ("JPEG", "RGB"):
            raise ValueError(f"image_format is {image_format!r}; it can be 'JPEG' or 'RGB'")
        self.settings = Settings(
            dpi=dpi,
            longest=longest,
            image_format=image_format,
            seconds=limits.seconds,
            memory_bytes=limits.memory_bytes,
            pixels=limits.pixels,
        )
        self._child: Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child process. The reader may be used again, which starts another."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def open(self, path: Path, passwords: Sequence[str] = ()) -> Document:
        """Find out what a file is. Encrypted PDFs are tried with no password, then with each of `passwords`.

        Raises `DocumentError` for a file that is no document, is damaged or stays locked.
        """
        path = Path(path)
        try:
            kind = _kind(path)
            if path.stat().st_size == 0:
                raise DocumentError(path, "the file is empty")
            sha256 = sha256_of(path)
        except OSError as error:
            raise DocumentError(path, f"cannot be read: {error.strerror}") from error
        head, _ = self._ask(path, {"kind": kind, "passwords": list(passwords)})
        count, password = head.get("page_count"), head.get("password")
        if type(count) is not int or count < 1 or password not in ("", *passwords):
            raise self._nonsense(path)
        return Document(path, kind, count, sha256, password)

    def pages(self, document: Document, numbers: Iterable[int] | None = None) -> Iterator[Page]:
        """Read the pages of these numbers (from 1; all where none are given), one at a time, in that order.

        Raises `DocumentError`, with the page's number in its reason, at a page that cannot be read; the pages
        before it have been yielded, and those after it can be asked for.
        """
        request = {"kind": document.kind, "passwords": [document.password] if document.password else []}
        s = self.settings
        most_bytes = TEXT_BYTES, MOST_WORDS * ROW.itemsize, 3 * s.longest**2 + HEADERS_BYTES
        for number in range(1, document.page_count + 1) if numbers is None else numbers:
            if not 1 <= number <= document.page_count:
                raise ValueError(f"page {number} of a document of {document.page_count}")
            where = f"page {number}: "
            head, blobs = self._ask(document.path, request | {"number": number}, most_bytes, where)
            try:
                page = self._page(number, head, blobs)
            except (ValueError, TypeError, KeyError, OSError, Image.DecompressionBombError) as error:
                raise self._nonsense(document.path, where) from error
            yield page

    def _ask(
        self, path: Path, request: Head, most_bytes: Sequence[int] = (), where: str = ""
    ) -> tuple[Head, list[bytes]]:
        if self._child is None or not self._child.alive:
            self.close()
            self._child = Child(self.settings)
        try:
            head, blobs = self._child.ask(request | {"path": str(path.absolute())}, self.settings.seconds, most_bytes)
        except ChildLostError as lost:
            self._child = None
            raise DocumentError(path, f"{where}{lost}") from lost
        if "error" in head:
            raise DocumentError(path, where + _plain(str(head["error"]), REASON_CHARS))
        return head, blobs

    def _nonsense(self, path: Path, where: str = "") -> DocumentError:
        """The fault of a child that answers what it never would by itself: it is not to be trusted again."""
        self.close()
        return DocumentError(path, f"{where}the reading process answered nonsense; the file may be an attack")

    def _page(self, number: int, head: Head, blobs: list[bytes]) -> Page:
        """The page in a child's answer, checked. Raises, among others, `ValueError` where it is none."""
        text, numbers, pixels = blobs
        words = _words(text.decode().split("\n") if text else [], np.frombuffer(numbers, ROW))
        label, width, height = head["label"], head["width"], head["height"]
        if type(label) is not str or not all(type(s) is float and 0 < s < math.inf for s in (width, height)):
            raise ValueError("a page's label or size")
        image = self._image(pixels, head["size"])
        return Page(number, _plain(label, REASON_CHARS), width, height, words, image)

    def _image(self, data: bytes, size: Any) -> PageImage:
        width, height = size
        if any(type(side) is not int or not 0 < side <= self.settings.longest for side in size):
            raise ValueError("an image's size")
        if self.settings.image_format == "RGB":
            if len(data) != 3 * width * height:
                raise ValueError("an image's bytes")
        elif Image.open(io.BytesIO(data), formats=("JPEG",)).size != (width, height):  # reads the header only
            raise ValueError("an image's header")
        return PageImage(data, self.settings.image_format, width, height)


def _kind(path: Path) -> str:
    if path.is_dir():
        raise DocumentError(path, "a folder, not a file")
    if not path.is_file():  # a pipe or device would be waited for without end
        raise DocumentError(path, "not a file" if path.exists() else "there is no such file")
    if path.suffix.lower() not in SUFFIXES:
        raise DocumentError(path, f"not a kind of file that can be read ({KINDS})")
    return "pdf" if path.suffix.lower() == ".pdf" else "image"


def _words(texts: list[str], rows: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[Word, ...]:
    """Words of their texts and rows of x0, y0, x1, y1, size. Raises `ValueError` where they cannot be."""
    x0, y0, x1, y1, size = rows.T
    bounds = (x0, y0, 1 - x1, 1 - y1, x1 - x0, y1 - y0, size)
    if not all(texts) or not np.isfinite(rows).all() or any((part < 0).any() for part in bounds):
        raise ValueError("a word's text or box")
    return tuple(Word(text, Box(*row[:4]), row[4]) for text, row in zip(texts, rows.tolist(), strict=True))


def _plain(text: str, most: int) -> str:
    """One printable line of it: what a file's bytes come to say is not for a terminal to obey."""
    return "".join(character if character.isprintable() else " " for character in text)[:most]
