"""A data set of `octavo build`, or one of Docmatix's form, as a task."""

from functools import cached_property, lru_cache

import pyarrow as pa
import pyarrow.parquet as pq

from octavo.datasets import DataSet
from octavo.datasets.types import Question
from octavo.documents.types import Box, PageImage, Word
from octavo.evaluation.types import Item

ANSWERS = ("anls", "anls_idefics", "exact_match", "token_f1", "character_error_rate")
EVIDENCE = ("page_accuracy", "box_iou", "anls_in_boxes")
KEPT_PAGES = 64  # whose words are in memory


class BuiltTask:
    """The questions of one split; the questions of a row share its images."""

    prompts = "built"

    def __init__(self, data: DataSet, split: str) -> None:
        self.name = f"{data.folder.resolve().name}:{split}"
        self.data, self.split = data, split
        self.rows = data.rows(split)
        self.items: list[Item] = []
        self.places: dict[str, int] = {}
        names, texts = self._column("document"), self._column("text")
        for i in range(len(self.rows)):
            _, numbers = self.rows.place(i)
            for j, question in enumerate(self.rows.questions(i)):
                self.items.append(_item(f"{i}.{j}", names[i] or f"row {i}", i, numbers or (1,), texts[i], question))
                self.places[f"{i}.{j}"] = i
        self._words = lru_cache(KEPT_PAGES)(self._read_words)
        self.metrics = ANSWERS + (EVIDENCE if any(item.boxes for item in self.items) else ())

    def images(self, item: Item) -> tuple[PageImage, ...]:
        """The images of the item's row."""
        return self.rows.row(self.places[item.id]).images

    def words(self, item: Item) -> tuple[tuple[Word, ...], ...]:
        """The words of the item's pages, from the data set's table of pages; () where it has none."""
        document, numbers = self.rows.place(self.places[item.id])
        if self._pages is None:
            return ()
        _, places = self._pages
        return tuple(self._words(places[document, number]) for number in numbers)

    def _read_words(self, row: int) -> tuple[Word, ...]:
        """The words of a page; their sizes are not kept, so a box's height stands for them."""
        assert self._pages is not None
        page = self._pages[0].slice(row, 1).to_pylist()[0]
        return tuple(
            Word(text, Box(*box), box[3] - box[1], confidence=confidence)
            for text, box, confidence in zip(page["words"], page["boxes"], page["confidence"], strict=True)
        )

    def _column(self, name: str) -> list[str]:
        """A column of texts; "" in each row where the data set does not have it."""
        table = self.rows.table
        return table.column(name).to_pylist() if name in table.column_names else [""] * len(self.rows)

    @cached_property
    def _pages(self) -> tuple[pa.Table, dict[tuple[str, int], int]] | None:
        """The table of pages, and in which of its rows each page stands."""
        paths = sorted((self.data.folder / "pages").glob(f"{self.split}-*.parquet"))
        if not paths:
            return None
        columns = ["document_sha256", "page", "words", "boxes", "confidence"]
        table = pa.concat_tables([pq.read_table(path, columns=columns) for path in paths])
        keys = zip(table.column("document_sha256").to_pylist(), table.column("page").to_pylist(), strict=True)
        return table, {key: row for row, key in enumerate(keys)}


def _item(id_: str, document: str, row: int, numbers: tuple[int, ...], text: str, question: Question) -> Item:
    return Item(
        id_,
        question.text,
        (question.answer, *question.variants),
        document,
        f"row {row}",
        question.kind,
        numbers,
        page=question.page if question.boxes else 0,
        boxes=question.boxes,
        text=text,
    )
