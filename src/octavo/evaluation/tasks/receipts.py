"""`sroie`: the receipts of SROIE 2019 with their true company, date, address and total.

The folder has `receipts/img/*.jpg`, `receipts/key/*.json` (the true values) and `receipts/box/*.csv` (the lines as
people transcribed them, with their corners).
"""

import json
from pathlib import Path

from octavo.datasets.fields.values import date_variants
from octavo.documents.types import OCR, Box, PageImage, Word
from octavo.errors import OctavoError
from octavo.evaluation.tasks.parquet import page_image
from octavo.evaluation.tasks.written import written_amounts
from octavo.evaluation.types import Item
from octavo.inference.locate import locate

QUESTIONS = {
    "company": "What is the name of the company that issued the receipt?",
    "date": "What is the date of the receipt?",
    "address": "What is the address of the company?",
    "total": "What is the total?",
}


class ReceiptTask:
    """Four questions about each receipt. Raises `OctavoError` where the folder holds none."""

    name = prompts = "sroie"
    metrics = ("anls", "anls_idefics", "exact_match", "token_f1", "character_error_rate", "box_iou", "anls_in_boxes")

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "receipts"
        names = sorted(path.stem for path in (self.folder / "key").glob("*.json"))
        if not names:
            raise OctavoError(f"{folder} holds no receipts/key/*.json; give the folder of the SROIE receipts as --data")
        self.sizes: dict[str, tuple[int, int]] = {}
        self.items = [item for name in names for item in self._items(name)]

    def images(self, item: Item) -> tuple[PageImage, ...]:
        """The receipt's picture."""
        path = self.folder / "img" / f"{item.document}.jpg"
        return (page_image(path.read_bytes(), str(path)),)

    def words(self, item: Item) -> tuple[tuple[Word, ...], ...]:
        """The words of the transcribed lines; a line's width is shared among its words by their letters."""
        return (self._words(item.document, *self._size(item.document)),)

    def _items(self, name: str) -> list[Item]:
        truth = json.loads((self.folder / "key" / f"{name}.json").read_text(encoding="utf-8"))
        words = self._words(name, *self._size(name))
        found = []
        for key, question in QUESTIONS.items():
            if answer := str(truth.get(key) or "").strip():
                references = tuple(dict.fromkeys((answer, *_variants(key, answer, words))))
                boxes = locate(answer, words)
                found.append(
                    Item(
                        f"{name}-{key}", question, references, name, name, key,
                        page=1 if boxes else 0, boxes=boxes, text=OCR,
                    )
                )  # fmt: skip
        return found

    def _size(self, name: str) -> tuple[int, int]:
        if name not in self.sizes:
            path = self.folder / "img" / f"{name}.jpg"
            image = page_image(path.read_bytes(), str(path))
            self.sizes[name] = image.width, image.height
        return self.sizes[name]

    def _words(self, name: str, width: int, height: int) -> tuple[Word, ...]:
        lines = (self.folder / "box" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        return tuple(word for line in lines if line.strip() for word in _of_line(line, width, height))


def _variants(key: str, answer: str, words: tuple[Word, ...]) -> list[str]:
    if key == "date":
        return list(date_variants(answer, day_first=True))
    return written_amounts(answer, words) if key == "total" else []


def _of_line(line: str, width: int, height: int) -> list[Word]:
    """The words of a line of the CSV: eight corners and a text, which may hold commas."""
    *corners, text = line.split(",", 8)
    xs, ys = [int(x) for x in corners[::2]], [int(y) for y in corners[1::2]]
    left, right = min(xs) / width, max(xs) / width
    top, bottom = min(ys) / height, max(ys) / height
    words, at = [], 0
    for part in text.split():
        at = text.index(part, at)
        start, end = (left + (right - left) * place / len(text) for place in (at, at + len(part)))
        words.append(Word(part, Box(start, top, end, bottom), max(ys) - min(ys)))
        at += len(part)
    return words
