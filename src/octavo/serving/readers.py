"""Uploads become pages, in processes that a hostile file cannot get out of.

Each reader is one such process; a thread borrows it for one request at a time. The last pages stay, so that a second
question about a page does not draw it again.
"""

import asyncio
import secrets
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TypeAlias, TypeVar

from octavo.documents import Document, DocumentError, Page, Reader
from octavo.serving.errors import ApiError
from octavo.serving.settings import Settings
from octavo.serving.uploads import Upload

T = TypeVar("T")
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
        paths: list[Path] = []
        try:
            documents = []
            for upload in uploads:
                if not upload.suffix:
                    reason = "neither a PDF nor a PNG, JPEG, TIFF or WebP image"
                    raise ApiError(400, f"{upload.name}: {reason}", upload.param, "invalid_file")
                # A name of ours: the client's may hold anything.
                path = Path(self.folder.name) / (secrets.token_hex(16) + upload.suffix)
                paths.append(path)
                documents.append(await self._borrow(upload, _opening(path, upload.data)))
            yield documents
        finally:
            for path in paths:
                path.unlink(missing_ok=True)

    async def page(self, upload: Upload, document: Document, number: int) -> Page:
        """A page with its words and pixels. Raises `ApiError` where it cannot be read."""
        key = document.sha256, document.kind, number
        if key not in self.kept:
            page = await self._borrow(upload, lambda reader: next(reader.pages(document, [number])))
            self.read += 1
            self._keep(key, page)
            return page
        self.kept.move_to_end(key)
        return self.kept[key]

    def _keep(self, key: Key, page: Page) -> None:
        if key in self.kept:  # two requests read it at the same time
            return
        self.kept[key] = page
        self.kept_bytes += len(page.image.data)
        while self.kept_bytes > self.settings.page_bytes:
            _, oldest = self.kept.popitem(last=False)
            self.kept_bytes -= len(oldest.image.data)

    async def _borrow(self, upload: Upload, use: Callable[[Reader], T]) -> T:
        def borrowed() -> T:
            reader = self.idle.get()
            try:
                return use(reader)
            finally:
                self.idle.put(reader)

        try:
            return await asyncio.get_running_loop().run_in_executor(self.threads, borrowed)
        except DocumentError as error:
            raise ApiError(400, f"{upload.name}: {error.reason}", upload.param, "invalid_file") from error


def _opening(path: Path, data: bytes) -> Callable[[Reader], Document]:
    def use(reader: Reader) -> Document:
        path.write_bytes(data)
        return reader.open(path)

    return use
