"""Transcription, the OCR task of the authors' pre-training: the answer is what stands on the page."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from octavo.datasets import DataSet
from octavo.documents.structure.chains import chains, is_prose
from octavo.documents.structure.order import SAME_ROW, Part, regions
from octavo.documents.structure.rows import Line, rows
from octavo.documents.types import Box, Word
from octavo.errors import OctavoError
from octavo.processing import Processor
from octavo.training.samples import Source, decoded, digest, place

PROMPTS = (
    "Write out the text of this page.",
    "What does this page say, word for word?",
    "Transcribe everything that is printed here.",
    "Read the page aloud, from the beginning.",
    "Type out this document.",
)
COLUMNS = ["document_sha256", "page", "height", "words", "boxes"]


class Transcriptions(Source):
    """A sample for each page that a data set shows: one of some prompts, and the page's words in reading order.

    `longest` bounds the answer in characters: it ends with the last whole line within them.
    """

    def __init__(
        self, data: DataSet, split: str, processor: Processor, seed: int, longest: int, resolutions: bool = False
    ) -> None:
        super().__init__(processor, seed, resolutions=resolutions)
        self.rows, self.folder, self.longest = data.rows(split), data.folder, longest
        self.words = _words(data.folder, split)
        places = zip(*(self.words[name].to_pylist() for name in ("document_sha256", "page")), strict=True)
        known = {place: number for number, place in enumerate(places)}
        self.pages = [  # row, image of the row, number among the words
            (row, image, known[document, page])
            for row, (document, pages) in enumerate(map(self.rows.place, range(len(self.rows))))
            for image, page in enumerate(pages)
            if (document, page) in known
        ]

    def __len__(self) -> int:
        return len(self.pages)

    def turns(self, index: int, epoch: int) -> list[tuple[str, str]]:
        """One turn: a prompt, another one in another epoch, and the text."""
        _, _, number = self.pages[index]
        text = cut_at_line(reading_lines(_words_of(self.words.slice(number, 1).to_pylist()[0])), self.longest)
        if not text:
            raise OctavoError("the page has no line to transcribe")
        prompt = PROMPTS[digest(f"{self.seed}/{epoch}/{index}/prompt")[0] % len(PROMPTS)]
        return [(prompt, text)]

    def name(self, index: int) -> str:
        """The document and the row's pages."""
        return place(self.rows, self.pages[index][0], self.folder)

    def sizes(self, index: int) -> Sequence[tuple[int, int]]:
        """Width and height of the page in pixels."""
        row, image, _ = self.pages[index]
        return self.rows.sizes(row)[image : image + 1]

    def images(self, index: int) -> list[Image.Image]:
        """The page."""
        row, image, _ = self.pages[index]
        return [decoded(self.rows.row(row))[image]]


def _words(folder: Path, split: str) -> pa.Table:
    """The words of all pages of a split."""
    paths = sorted((folder / "pages").glob(f"{split}-*.parquet"))
    if not paths:
        raise OctavoError(f"{folder} has no words of pages (pages/{split}-*.parquet); build it with octavo build")
    try:
        return pa.concat_tables([pq.read_table(path, columns=COLUMNS, memory_map=True) for path in paths])
    except (pa.ArrowInvalid, OSError) as error:
        raise OctavoError(f"{folder} has damaged words of pages: build the data set again ({error})") from error


def _words_of(record: dict[str, Any]) -> list[Word]:
    """A page's words; the size of their type is not stored, and taken for their boxes' height."""
    boxes = [Box(*box) for box in record["boxes"]]
    return [
        Word(text, box, (box.y1 - box.y0) * record["height"]) for text, box in zip(record["words"], boxes, strict=True)
    ]


def reading_lines(words: Sequence[Word]) -> list[str]:
    """The lines of a page in reading order; cells that stand side by side are one line."""
    parts: list[list[Line]] = []
    for chain in chains(rows(words)):  # cells under each other are no column that is read down
        parts += [chain] if is_prose(chain) else [[line] for line in chain]
    boxes = [Box.around(line.box for line in part) for part in parts]
    placed = [Part(n, box, len(parts[n]) > 1) for n, box in enumerate(boxes)]
    order = (part.number for region in regions(placed) for part in region)
    return list(_joined([line for number in order for line in parts[number]]))


def _joined(lines: Sequence[Line]) -> Iterator[str]:
    """The texts of lines, one text where a line stands to the right of the one before."""
    text, last = "", None
    for line in lines:
        if last is not None and _is_beside(last.box, line.box):
            text += f" {line.text}"
        else:
            if text:
                yield text
            text = line.text
        last = line
    if text:
        yield text


def _is_beside(left: Box, right: Box) -> bool:
    shared = min(left.y1, right.y1) - max(left.y0, right.y0)
    return right.x0 >= left.x1 and shared >= SAME_ROW * min(left.y1 - left.y0, right.y1 - right.y0)


def cut_at_line(lines: Sequence[str], longest: int) -> str:
    """As many of the first lines as have at most `longest` characters with their breaks."""
    text = ""
    for line in lines:
        longer = f"{text}\n{line}" if text else line
        if len(longer) > longest:
            break
        text = longer
    return text
