"""The words of a data set's pages, and an edited answer compared with them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from octavo.datasets.finders.evidence import evidence
from octavo.datasets.review import IN_BOXES, NO_WORDS, NOT_IN_BOXES
from octavo.datasets.types import EXTRACTIVE, Question
from octavo.datasets.verify import AROUND, grounded
from octavo.documents.types import Box, Word
from octavo.errors import OctavoError

MOST_RUNS = 20_000  # of words that an answer is looked for in; a paragraph has 200 words and as many starts


class PageWords:
    """The words that `pages/*.parquet` of a data set holds, by document and page; none where it has no such files.

    Which pages there are is held in memory (100 bytes each); words are read when asked for, a row group at once.
    Not for use from several threads at once.
    """

    def __init__(self, folder: Path) -> None:
        self.files: list[tuple[Path, pq.ParquetFile]] = []
        self.places: dict[tuple[str, int], tuple[int, int, int]] = {}
        for path in sorted((folder / "pages").glob("*.parquet")):
            try:
                self._open(path)
            except (pa.ArrowException, OSError, KeyError) as error:
                raise OctavoError(f"{path} is damaged: build the data set again ({error})") from error

    def __getitem__(self, page: tuple[str, int]) -> tuple[Word, ...] | None:
        """The words of a page, (document's SHA-256, number), or None where the data set does not hold them."""
        if page not in self.places:
            return None
        number, group, at = self.places[page]
        path, file = self.files[number]
        try:
            table = file.read_row_group(group, columns=["words", "boxes"], use_threads=False).slice(at, 1)
            record = table.to_pylist()[0]
            return tuple(
                Word(text, Box(*box), 0.0)  # of what a word is, only text and place are compared
                for text, box in zip(record["words"], record["boxes"], strict=True)
            )
        except (pa.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
            raise OctavoError(f"{path} is damaged: build the data set again ({error})") from error

    def _open(self, path: Path) -> None:
        file = pq.ParquetFile(path, memory_map=True)
        for group in range(file.metadata.num_row_groups):
            table = file.read_row_group(group, columns=["document_sha256", "page"], use_threads=False)
            documents, pages = (table.column(name).to_pylist() for name in ("document_sha256", "page"))
            for at, key in enumerate(zip(documents, pages, strict=True)):
                self.places[key] = (len(self.files), group, at)
        self.files.append((path, file))


def checked(question: Question, answer: str, words: Sequence[Word] | None) -> tuple[str, tuple[Box, ...]]:
    """Whether an edited answer stands in the question's boxes, and the boxes of what stands there.

    The boxes shrink to the answer's words where it is a part of what they held. "" where the question's form
    does not promise that the boxes hold the answer.
    """
    if question.form != EXTRACTIVE:
        return "", question.boxes
    if words is None:
        return NO_WORDS, question.boxes
    edited = replace(question, answer=answer)
    if grounded(edited, words):
        return IN_BOXES, question.boxes
    for boxes in _runs(answer, question.boxes, words):
        if grounded(replace(edited, boxes=boxes), words):
            return IN_BOXES, boxes
    return NOT_IN_BOXES, question.boxes


def _runs(answer: str, boxes: Sequence[Box], words: Sequence[Word]) -> list[tuple[Box, ...]]:
    """Boxes around each run of words in `boxes` that reads as the answer."""
    inside = [(number, word) for number, box in enumerate(boxes) for word in _within(box, words)]
    length = len(answer.split())
    found = []
    for start in range(min(len(inside) - length + 1, MOST_RUNS // max(length, 1))):
        run = inside[start : start + length]
        if answer.strip(AROUND) == " ".join(word.text for _, word in run).strip(AROUND):
            lines = sorted({number for number, _ in run})
            found.append(tuple(evidence(word for number, word in run if number == line) for line in lines))
    return found


def _within(box: Box, words: Sequence[Word]) -> list[Word]:
    """The words whose centre lies in the box, from left to right."""
    inside = [
        word for word in words if box.x0 <= word.box.center[0] <= box.x1 and box.y0 <= word.box.center[1] <= box.y1
    ]
    return sorted(inside, key=lambda word: word.box.center)
