"""Reader: from a file to its pages, read in a child process that the file cannot get out of."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from octavo.documents.answers import ODD, about_of, most_bytes, page_of
from octavo.documents.frames import ABOUT_BYTES, LINE_CHARS, Head, Settings, plain
from octavo.documents.process import Child, ChildLostError
from octavo.documents.sources import KINDS, SUFFIXES
from octavo.documents.types import Document, Page, PageFault
from octavo.errors import OctavoError
from octavo.files import sha256_of

MOST_LOST = 3  # pages of a document that may crash or hang before the others are left out
MOST_WAITS = 10  # times the limit of seconds that a document may take, and a second more for each page


class DocumentError(OctavoError):
    """A file or page that cannot be read: `path`, and `reason` in plain words.

    `is_lost` says whether it took the reading process along, or time up to the limit.
    """

    def __init__(self, path: Path, reason: str, is_lost: bool = False) -> None:
        super().__init__(path, reason)
        self.path, self.reason, self.is_lost = path, reason, is_lost

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost the reading process.

    `seconds` of wall clock for opening and for each page; `memory_bytes` of address space in all;
    `pixels` that a picture may have, and that a rendered page gets at most; `pages` that are read of a document.
    """

    seconds: float = 30.0
    memory_bytes: int = 3 << 30
    pixels: int = 120_000_000
    pages: int = 2_000


DEFAULT_LIMITS = Limits()
Fit: TypeAlias = Callable[[float, float], tuple[int, int]]  # points of a page to pixels of its picture


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
        self.limits = limits
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
        head, blobs = self._ask(path, {"kind": kind, "passwords": list(passwords)}, [ABOUT_BYTES])
        count, password = head.get("page_count"), head.get("password")
        if type(count) is not int or count < 1 or password not in ("", *passwords):
            raise self._nonsense(path)
        try:
            (blob,) = blobs
            outline, metadata = about_of(blob, count)
        except ODD as error:
            raise self._nonsense(path) from error
        return Document(path, kind, count, sha256, password, outline, metadata)

    def numbers(self, document: Document) -> range:
        """The numbers of the pages that are read where none are asked for: all, or the first `Limits.pages`."""
        return range(1, min(document.page_count, self.limits.pages) + 1)

    def pages(
        self,
        document: Document,
        numbers: Iterable[int] | None = None,
        *,
        words: bool = True,
        image: bool = True,
        fit: Fit | None = None,
    ) -> Iterator[Page]:
        """Read the pages of these numbers (from 1; `Reader.numbers` where none are given), one at a time, in order.

        Without `words` a page has no words, rules and fields; without `image` it is not rendered, which is three
        times as fast. `fit` gives a picture's width and height in pixels (at most `longest`) for a page's in points,
        in place of dots an inch: the page is drawn to just that size. Raises `DocumentError`, with the page's number
        in its reason, at a page that cannot be read; the pages before it have been yielded, and those after it can be
        asked for.
        """
        request = {
            "kind": document.kind,
            "passwords": [document.password] if document.password else [],
            "words": words,
            "image": image,
            "size": None,
        }
        for number in self.numbers(document) if numbers is None else numbers:
            if not 1 <= number <= document.page_count:
                raise ValueError(f"page {number} of a document of {document.page_count}")
            where = f"page {number}: "
            most = most_bytes(self.settings, image)
            if fit is not None:
                request["size"] = self._fitted(document, request | {"number": number}, fit, where)
            head, blobs = self._ask(document.path, request | {"number": number}, most, where)
            try:
                page = page_of(number, head, blobs, self.settings, words, image)
            except ODD as error:
                raise self._nonsense(document.path, where) from error
            yield page

    def each(
        self, document: Document, numbers: Iterable[int] | None = None, *, words: bool = True, image: bool = True
    ) -> Iterator[Page | PageFault]:
        """Like `pages`, but a page that cannot be read costs itself alone: its fault comes in its place.

        Where `MOST_LOST` pages took the reading process along, or the pages `MOST_WAITS` times the limit's seconds
        and a second each, the rest of the document is faults unread, so that a hostile file ends in bounded time.
        """
        asked = list(self.numbers(document) if numbers is None else numbers)
        lost, spent, patience = 0, 0.0, MOST_WAITS * self.limits.seconds + len(asked)
        for number in asked:
            if lost == MOST_LOST:
                yield PageFault(number, f"left out, because {lost} other pages of the document crashed or hung")
                continue
            if spent > patience:
                yield PageFault(number, f"left out, because the document took longer than {patience:g} s")
                continue
            start = time.monotonic()
            try:
                found: Page | PageFault = next(self.pages(document, [number], words=words, image=image))
            except DocumentError as error:
                lost += error.is_lost
                found = PageFault(number, error.reason.removeprefix(f"page {number}: "))
            spent += time.monotonic() - start
            yield found

    def _fitted(self, document: Document, request: Head, fit: Fit, where: str) -> tuple[int, int]:
        """The size in pixels for the page of a request, whose points are asked for first."""
        plain_request = request | {"words": False, "image": False, "size": None}
        head, blobs = self._ask(document.path, plain_request, most_bytes(self.settings, False), where)
        try:
            page = page_of(request["number"], head, blobs, self.settings, False, False)
        except ODD as error:
            raise self._nonsense(document.path, where) from error
        size = fit(page.width, page.height)
        if not all(0 < side <= self.settings.longest for side in size):
            raise ValueError(f"a page of {size} pixels; the longest side of this reader's is {self.settings.longest}")
        return size

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
            raise DocumentError(path, f"{where}{lost}", is_lost=True) from lost
        if "error" in head:
            raise DocumentError(path, where + plain(str(head["error"]), LINE_CHARS))
        return head, blobs

    def _nonsense(self, path: Path, where: str = "") -> DocumentError:
        """The fault of a child that answers what it never would by itself: it is not to be trusted again."""
        self.close()
        reason = f"{where}the reading process answered nonsense; the file may be an attack"
        return DocumentError(path, reason, is_lost=True)


def _kind(path: Path) -> str:
    if path.is_dir():
        raise DocumentError(path, "a folder, not a file")
    if not path.is_file():  # a pipe or device would be waited for without end
        raise DocumentError(path, "not a file" if path.exists() else "there is no such file")
    if path.suffix.lower() not in SUFFIXES:
        raise DocumentError(path, f"not a kind of file that can be read ({KINDS})")
    return "pdf" if path.suffix.lower() == ".pdf" else "image"
