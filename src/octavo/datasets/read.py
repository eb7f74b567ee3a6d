"""READ, the first pass over a shard: what stands on every page of its documents, put aside for the second.

Nothing is rendered but pages with hardly a word, for OCR and to know scans again. What one document tells about
the corpus (its labels, what it is recognised by) is noted on the way, so that no later step opens a file for it.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from octavo.datasets.mining import observe
from octavo.datasets.pages import SCHEMA, Stored, batch_of
from octavo.datasets.report import FAILED, READ
from octavo.datasets.selection.languages import language_of
from octavo.datasets.selection.signatures import Signer, wants_picture
from octavo.datasets.tasks import Item, Report, Task
from octavo.documents import Document, DocumentError, Page, PageFault, Reader
from octavo.documents.ocr import Ocr, with_ocr
from octavo.documents.structure.furniture import repeated
from octavo.documents.structure.layout import layout
from octavo.documents.types import NO_TEXT
from octavo.files import write_json, written_whole


def read_shard(task: Task, reader: Reader, ocr: Ocr | None, report: Report) -> None:
    """Read the documents of a shard; leave `NUMBER.arrow` (pages) and then `NUMBER.json` (documents)."""
    notes: list[dict[str, Any]] = []
    with written_whole(task.aside("arrow")) as aside:
        with pa.OSFile(str(aside), "wb") as file, pa.ipc.new_file(file, SCHEMA) as pages:
            for item in task.documents:
                start = notes[-1]["end"] if notes else 0
                note = _read(item, task, reader, ocr, pages) | {"start": start}
                notes.append(note | {"end": start + note["pages"]})
                report(item.name, note["pages"])
        for note in notes:  # a second look, at what was written: labels need to know what recurs on every page
            _observe(note, Stored(aside, note["start"], note["end"]))
    write_json(task.aside("json"), {"documents": notes})


def notes_of(task: Task) -> list[dict[str, Any]]:
    """What `read_shard` noted of each document."""
    documents: list[dict[str, Any]] = json.loads(task.aside("json").read_text(encoding="utf-8"))["documents"]
    return documents


def stored(task: Task, note: Mapping[str, Any]) -> Stored:
    """The pages of a document as they were read."""
    return Stored(task.aside("arrow"), note["start"], note["end"])


def _read(
    item: Item, task: Task, reader: Reader, ocr: Ocr | None, pages: pa.ipc.RecordBatchFileWriter
) -> dict[str, Any]:
    """Write the pages of one document; what there is to know of it besides."""
    try:
        document = reader.open(Path(item.path), task.passwords)
        if document.sha256 != item.sha256:
            raise DocumentError(document.path, "the file changed during the build")
    except DocumentError as error:
        return {"sha256": item.sha256, "name": item.name, "outcome": FAILED, "reason": error.reason, "pages": 0}
    texts: Counter[str] = Counter()
    faults: list[list[Any]] = []
    signer, words, language = Signer(), 0, Counter[str]()
    for page in _pages(document, reader, ocr):
        if isinstance(page, PageFault):
            faults.append([page.number, page.reason])
            continue
        pages.write_batch(batch_of(page, item.name, item.sha256))
        texts[page.text] += 1
        words += len(page.words)
        signer.add(page)
        if task.settings.filters.languages:
            language[language_of(word.text for word in page.words)] += len(page.words)
    return {
        "sha256": item.sha256,
        "name": item.name,
        "outcome": READ if texts else FAILED,
        "reason": "" if texts else f"none of its pages can be read; page {faults[0][0]}: {faults[0][1]}",
        "page_count": document.page_count,
        "pages": sum(texts.values()),
        "faults": faults,
        "words": words,
        "texts": dict(sorted(texts.items())),
        "language": str(language.most_common(1)[0][0]) if language else "",
        "signature": signer.done().to_json(),
        "outline": [list(entry) for entry in document.outline],
        "metadata": dict(document.metadata),
    }


def _pages(document: Document, reader: Reader, ocr: Ocr | None) -> Iterator[Page | PageFault]:
    """The pages with their words, with their pictures where they are needed, and with OCR where there is none."""
    for page in reader.each(document, image=False):
        if isinstance(page, PageFault) or not (wants_picture(page) or (ocr and page.text == NO_TEXT)):
            yield page
            continue
        for pictured in reader.each(document, [page.number], words=False):
            if isinstance(pictured, PageFault):
                yield pictured
                continue
            seen = replace(page, image=pictured.image)
            yield with_ocr(seen, ocr) if ocr else seen


def _observe(note: dict[str, Any], pages: Stored) -> None:
    """Note what a document tells about labels."""
    try:
        repeats = repeated(pages)
        note["observation"] = observe(layout(page, repeats) for page in pages)
    except Exception as error:  # a page that our rules stumble over costs its document, never the build
        note |= {"outcome": FAILED, "reason": our_fault(error)}


def our_fault(error: Exception) -> str:
    """The reason that is told where octavo's own code failed at a document."""
    return f"a fault of octavo itself ({type(error).__name__}: {error}); please report it"
