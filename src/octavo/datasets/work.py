"""The work on one document: its pages read and asked about, its rows put aside until its shard is written."""

import queue
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from octavo.datasets.questions import GENERATOR, ask
from octavo.datasets.report import FAILED, READ, Entry
from octavo.datasets.schema import SCHEMA, batch_of
from octavo.datasets.types import Row
from octavo.datasets.visible import HIDDEN, visible
from octavo.documents import DocumentError, Reader, Source
from octavo.files import remove


@dataclass(frozen=True, slots=True)
class Done:
    """A document's entry and the Arrow stream file of its rows, which the shard takes and deletes."""

    entry: Entry
    rows: Path


class StoppedError(Exception):
    """The build ends before this document does."""


class Workers:
    """`count` threads with a `Reader` each, whose processes do the heavy work while the threads wait.

    Rows are put aside on disk, one file a document in `aside`, so that a document of any length takes the
    memory of a page, and one that fails at its last page leaves nothing.
    """

    def __init__(self, count: int, aside: Path, passwords: Sequence[str], dpi: int) -> None:
        self.aside, self.passwords = aside, passwords
        self.readers: queue.SimpleQueue[Reader] = queue.SimpleQueue()
        for _ in range(count):
            self.readers.put(Reader(dpi=dpi, image_format="JPEG"))
        self.threads = ThreadPoolExecutor(count, thread_name_prefix="octavo-build")
        self.stopping = threading.Event()

    def submit(self, sha256: str, source: Source, split: str) -> "Future[Done]":
        """Have a document read; its rows will name `split`."""
        return self.threads.submit(self._document, sha256, source, split)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()  # an interrupt then waits for a page, not for a document
        self.threads.shutdown(cancel_futures=True)
        while not self.readers.empty():
            self.readers.get().close()

    def _document(self, sha256: str, source: Source, split: str) -> Done:
        path = self.aside / f"{sha256}.arrow"
        reader = self.readers.get()
        try:
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, SCHEMA) as rows:
                return Done(self._read(reader, sha256, source, split, rows), path)
        except DocumentError as error:
            remove(path)
            return Done(Entry(source.name, sha256, FAILED, error.reason), path)
        finally:
            self.readers.put(reader)

    def _read(
        self, reader: Reader, sha256: str, source: Source, split: str, rows: pa.ipc.RecordBatchStreamWriter
    ) -> Entry:
        document = reader.open(source.path, self.passwords)
        if document.sha256 != sha256:
            raise DocumentError(source.path, "the file changed during the build")
        pages = words = without_words = written = 0
        questions: Counter[str] = Counter()
        dropped: Counter[str] = Counter()
        for page in reader.pages(document):
            if self.stopping.is_set():
                raise StoppedError
            asked = ask(page, sha256)
            seen = visible(asked.questions, page.image)
            pages += 1
            words += len(page.words)
            without_words += not page.words
            questions.update(question.kind for question in seen)
            dropped.update(asked.dropped + Counter({HIDDEN: len(asked.questions) - len(seen)}))
            if seen:
                row = Row(source.name, sha256, (page.number,), (page.image,), seen, split)
                rows.write_batch(batch_of(row, GENERATOR))
                written += 1
        return Entry(
            source.name,
            sha256,
            READ,
            split=split if written else "",
            pages=pages,
            pages_without_words=without_words,
            rows=written,
            words=words,
            questions=dict(sorted(questions.items())),
            dropped=dict(sorted(dropped.items())),
        )
