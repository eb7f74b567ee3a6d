"""Uploads become pages, in processes that a hostile file cannot get out of.

Each reader is one such process; a thread borrows it for one request at a time. The last pages stay, so that a second
question about a page does not draw it again.
"""

import asyncio
import secrets
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TypeAlias, TypeVar

from octavo.documents import Document, DocumentError, Page, Reader, Word
from octavo.serving.errors import ApiError
from octavo.serving.settings import Settings
from octavo.serving.uploads import Upload

T = TypeVar("T")
WORD_BYTES, RULE_BYTES = 400, 200  # of a word with its box, beside its text; of a ruling line
Key: TypeAlias = tuple[str, str, int]  # SHA-256 of the file, its kind, the page's number


class Readers:
    """A pool of `settings.readers` reading processes, and the pages they gave, up to `settings.page_bytes`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = tempfile.TemporaryDirectory(prefix="octavo-serve-")
        self.threads = ThreadPoolExecutor(settings.readers, "octavo-reader")
        self.idle: SimpleQueue[Reader] = SimpleQueue()
        for _ in range(settings.readers):
            # Raw pixels, as `octavo ask` has them: the same answers here and there.
            self.idle.put(Reader(settings.document, image_format="RGB"))
        self.kept: OrderedDict[Key, Page] = OrderedDict()
        self.kept_bytes = self.read = 0

    def close(self) -> None:
        """Wait for what is being read, then end the processes and remove all files."""
        self.threads.shutdown(cancel_futures=True)
        while not self.idle.empty():
            self.idle.get().close()
        self.folder.cleanup()

    @asynccontextmanager
    async def opened(self, uploads: Sequence[Upload]) -> AsyncIterator[list[Document]]:
        """The uploads as documents, whose files exist inside the block. Raises `ApiError` for one that is none."""
        files: list[tuple[Path, Future[Document]]] = []
        try:
            documents = []
            for upload in uploads:
                if not upload.suffix:
                    reason = "neither a PDF nor a PNG, JPEG, TIFF or WebP image"
                    raise ApiError(400, f"{upload.name}: {reason}", upload.param, "invalid_file")
                # A name of ours: the client's may hold anything.
                path = Path(self.folder.name) / (secrets.token_hex(16) + upload.suffix)
                opening = self._borrow(_opening(path, upload.data))
                files.append((path, opening))
                documents.append(await _done(upload, opening))
            yield documents
        finally:
            for path, opening in files:  # a client may have left while the thread still writes the file
                opening.add_done_callback(partial(_remove, path))

    async def page(self, upload: Upload, document: Document, number: int) -> Page:
        """A page with its words and pixels. Raises `ApiError` where it cannot be read."""
        key = document.sha256, document.kind, number
        if key not in self.kept:
            page = await _done(upload, self._borrow(lambda reader: next(reader.pages(document, [number]))))
            self.read += 1
            page = replace(page, fields=())
            self._keep(key, page)
            return page
        self.kept.move_to_end(key)
        return self.kept[key]

    async def words(self, upload: Upload, document: Document, number: int) -> tuple[Word, ...]:
        """A page's words alone, which are not kept. Raises `ApiError` where it cannot be read."""
        page = await _done(upload, self._borrow(lambda reader: next(reader.pages(document, [number], image=False))))
        return page.words

    def _keep(self, key: Key, page: Page) -> None:
        if key in self.kept:  # two requests read it at the same time
            return
        self.kept[key] = page
        self.kept_bytes += _bytes(page)
        while self.kept_bytes > self.settings.page_bytes:
            _, oldest = self.kept.popitem(last=False)
            self.kept_bytes -= _bytes(oldest)

    def _borrow(self, use: Callable[[Reader], T]) -> Future[T]:
        def borrowed() -> T:
            reader = self.idle.get()
            try:
                return use(reader)
            finally:
                self.idle.put(reader)

        return self.threads.submit(borrowed)


async def _done(upload: Upload, work: Future[T]) -> T:
    """Wait for work on an upload; what has not begun yet is left undone where the client leaves."""
    try:
        return await asyncio.wrap_future(work)
    except DocumentError as error:
        raise ApiError(400, f"{upload.name}: {error.reason}", upload.param, "invalid_file") from error


def _remove(path: Path, _: Future[Document]) -> None:
    path.unlink(missing_ok=True)


def _bytes(page: Page) -> int:
    """What a page holds; a hostile one has few pixels and 200,000 words."""
    words = sum(WORD_BYTES + len(word.text) for word in page.words)
    return len(page.image.data) + words + RULE_BYTES * len(page.rules)


def _opening(path: Path, data: bytes) -> Callable[[Reader], Document]:
    def use(reader: Reader) -> Document:
        path.write_bytes(data)
        return reader.open(path)

    return use
