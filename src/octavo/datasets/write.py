"""WRITE, the second pass over a shard: questions about its pages, pictures of the pages that have some, Parquet.

By now the corpus is known: its labels and keys, which documents are near-duplicates, and so every split.
"""

import functools
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from octavo.datasets.finders import GENERATOR
from octavo.datasets.mining import Corpus
from octavo.datasets.questions import ask
from octavo.datasets.read import notes_of, our_fault, stored
from octavo.datasets.report import FAILED, LEFT_OUT, READ, Entry, length_of
from octavo.datasets.review import Decision
from octavo.datasets.review import apply as judged
from octavo.datasets.schema import DATA, PAGES, PDF, SCHEMAS, RowFile, batch_of, page_batch_of, pdf_batch_of
from octavo.datasets.selection.filters import KEEP, MASK, sift
from octavo.datasets.selection.languages import UNKNOWN, language_of
from octavo.datasets.selection.personal import Found, find_personal, mask, mask_words
from octavo.datasets.selection.splits import LEFT_OUT as BETWEEN
from octavo.datasets.selection.splits import SPLITS
from octavo.datasets.tasks import ASIDE, WRITTEN, Item, Report, Task
from octavo.datasets.types import Question, Row
from octavo.datasets.view import View, Whole
from octavo.datasets.visible import HIDDEN, visible
from octavo.documents import Document, DocumentError, Page, PageFault, Reader
from octavo.documents.structure.furniture import repeated
from octavo.documents.structure.layout import layout
from octavo.documents.types import NO_TEXT, Box, OutlineItem
from octavo.files import remove, write_json, written_whole

CORPUS, REVIEW = "corpus.json", "review.json"  # in the folder aside, for all shards
LARGEST_PDF = 256 * 2**20  # bytes; a Parquet row group must fit into its reader's memory
PDF_TOO_LARGE = "its PDF is too large for the pdf configuration"


class _Files:
    """The files of a shard while they are written: one for each table and split, made when it is first needed."""

    def __init__(self, task: Task, stack: ExitStack) -> None:
        self.task, self.stack = task, stack
        self.files: dict[tuple[str, str], RowFile] = {}

    def add(self, table: str, split: str, batch: pa.RecordBatch) -> None:
        """Append a row to the file of `table` and `split`."""
        if (table, split) not in self.files:
            aside = self.stack.enter_context(written_whole(self.task.file(table, split)))
            self.files[table, split] = self.stack.enter_context(RowFile(aside, SCHEMAS[table]))
        self.files[table, split].add(batch)


def write_shard(task: Task, reader: Reader, report: Report) -> None:
    """Write the rows of a shard's documents, then the manifest that completes it."""
    for table in SCHEMAS:
        for split in SPLITS:
            remove(task.file(table, split))  # of an earlier, killed attempt
    notes = {note["sha256"]: note for note in notes_of(task)}
    entries = []
    with ExitStack() as stack:
        files = _Files(task, stack)
        for item in task.documents:
            entry = _Writing(task, item, notes[item.sha256], files).write(reader)
            entries.append(entry)
            report(item.name, entry.pages)
    write_json(task.manifest, {"documents": [entry.to_json() for entry in entries]})


class _Writing:
    """One document on its way into the shard's files."""

    def __init__(self, task: Task, item: Item, note: Mapping[str, Any], files: _Files) -> None:
        self.task, self.item, self.note, self.files = task, item, note, files
        self.filters = task.settings.filters
        self.stored = stored(task, note) if note["outcome"] == READ else ()
        self.questions: list[Question] = []
        self.dropped: Counter[str] = Counter()
        self.personal: Counter[str] = Counter()
        self.faults = {str(number): reason for number, reason in note.get("faults", ())}
        self.language = note.get("language", UNKNOWN)
        self.rows = 0

    def write(self, reader: Reader) -> Entry:
        """Write all pages, and rows for those with questions; what became of the document."""
        note, item = self.note, self.item
        entry = Entry(
            item.name,
            item.sha256,
            note["outcome"],
            note["reason"],
            page_count=note.get("page_count", 0),
            pages=note["pages"],
            words=note.get("words", 0),
            texts=note.get("texts", {}),
            faults=self.faults,
            language=self.language,
        )
        if note["outcome"] != READ:
            return entry
        entry = replace(entry, cluster=item.cluster)
        if item.split == BETWEEN:
            return replace(
                entry, outcome=LEFT_OUT, reason="it resembles documents of two splits, and would leak in either"
            )
        try:
            document = reader.open(Path(item.path), self.task.passwords)
        except DocumentError as error:  # READ could open it: the file was touched since
            return replace(entry, outcome=FAILED, reason=f"at the second reading: {error.reason}")
        self._pages(document, reader)
        if self.task.settings.pdf and document.kind == "pdf" and self.questions:
            self._pdf()
        return replace(
            entry,
            split=item.split if self.rows else "",
            rows=self.rows,
            questions=_counted(question.kind for question in self.questions),
            forms=_counted(question.form for question in self.questions),
            keys=_counted(question.key for question in self.questions if question.key),
            answer_words=_counted(length_of(question.answer) for question in self.questions),
            personal=dict(sorted(self.personal.items())),
            dropped=dict(sorted((+self.dropped).items())),
        )

    def _pages(self, document: Document, reader: Reader) -> None:
        settings, out = self.task.settings, self.task.out
        repeats, whole, corpus = repeated(self.stored), self._whole(), _corpus(out)
        by_model, dropped = _written(self.task, self.item.sha256) if settings.written else ({}, {})
        self.dropped.update(dropped)
        for page in self.stored:
            found = find_personal(page.words) if self.filters.personal != KEEP else []
            self.personal.update(find.kind for find in found)
            self.files.add(PAGES, self.item.split, page_batch_of(self._masked(page, found), self._row(page)))
            try:
                view = View(layout(page, repeats), whole, corpus)
                asked = ask(view, settings.mix, settings.most_of_key, by_model.get(page.number, ()))
            except Exception as error:  # what our rules stumble over costs its page, never the build
                self.faults[str(page.number)] = our_fault(error)
                continue
            kept, rejected = judged(asked.questions, self.item.sha256, _decisions(out))
            sifted = sift(kept, self.filters, language=self._language(page), words=page.words, personal=found)
            self.dropped.update(asked.dropped + rejected + sifted.dropped)
            if sifted.questions:
                self._write_row(page, sifted.questions, found, document, reader)

    def _write_row(
        self, page: Page, kept: Sequence[Question], found: Sequence[Found], document: Document, reader: Reader
    ) -> None:
        """Render the page and write it with its questions, as far as there is something to be seen."""
        (pictured,) = reader.each(document, [page.number], words=False)
        if isinstance(pictured, PageFault):
            self.faults[str(page.number)] = f"at the second reading: {pictured.reason}"
            return
        seen = visible(kept, pictured.image)
        self.dropped[HIDDEN] += len(kept) - len(seen)
        if not seen:
            return
        image = pictured.image
        if self.filters.personal == MASK:
            image = mask(image, [box for find in found for box in find.boxes])
        row = replace(self._row(page), images=(image,), questions=seen)
        self.files.add(DATA, self.item.split, batch_of(row, GENERATOR))
        self.questions += seen
        self.rows += 1

    def _language(self, page: Page) -> str:
        """The page's language, or that of its document where the page says too little."""
        if not self.filters.languages:
            return UNKNOWN
        return language_of(word.text for word in page.words) or self.language

    def _row(self, page: Page) -> Row:
        """The page's row, still without its image and questions."""
        item = self.item
        return Row(item.name, item.sha256, (page.number,), (), (), item.split, item.cluster, page.text)

    def _masked(self, page: Page, found: Sequence[Found]) -> Page:
        return replace(page, words=mask_words(page.words, found)) if self.filters.personal == MASK else page

    def _pdf(self) -> None:
        data = Path(self.item.path).read_bytes()
        if len(data) > LARGEST_PDF:
            self.dropped[PDF_TOO_LARGE] += 1
            return
        item = self.item
        row = Row(item.name, item.sha256, (), (), tuple(self.questions), item.split, item.cluster)
        self.files.add(PDF, item.split, pdf_batch_of(data, row, GENERATOR))

    def _whole(self) -> Whole:
        note = self.note
        text = " ".join(word.text for page in self.stored for word in page.words).casefold()
        unread = note["pages"] < note["page_count"] or NO_TEXT in note["texts"]
        outline = tuple(OutlineItem(*entry) for entry in note["outline"])
        return Whole(self.item.sha256, note["page_count"], text, unread, outline, note["metadata"])


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


@functools.cache
def _corpus(out: str) -> Corpus:
    return Corpus.of_json(json.loads(Path(out, ASIDE, CORPUS).read_text(encoding="utf-8")))


@functools.cache
def _decisions(out: str) -> Mapping[str, Decision]:
    """The decisions of the review, by `question_id`."""
    decisions = json.loads(Path(out, ASIDE, REVIEW).read_text(encoding="utf-8"))
    return {
        name: Decision(**{**decision, "boxes": tuple(Box(*box) for box in decision["boxes"])})
        for name, decision in decisions.items()
    }


def _written(task: Task, sha256: str) -> tuple[dict[int, list[Question]], dict[str, int]]:
    """A model's questions about a document, by page, and what was dropped."""
    document = json.loads(task.aside(WRITTEN).read_text(encoding="utf-8"))[sha256]
    by_page: dict[int, list[Question]] = {}
    for question in map(Question.of_json, document["questions"]):
        by_page.setdefault(question.page, []).append(question)
    return by_page, document["dropped"]
