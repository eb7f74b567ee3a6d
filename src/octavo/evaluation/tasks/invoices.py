"""`invoices`: PDFs with their true issuer, date, number and amount, as invoice2data writes them beside each file.

The folder has `pdfs/invoice2data/NAME.pdf` and `NAME.json`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from octavo.documents import Page, Reader
from octavo.documents.types import Box, PageImage, Word
from octavo.errors import OctavoError
from octavo.evaluation.tasks.written import written_amounts, written_dates
from octavo.evaluation.types import Item
from octavo.inference.locate import locate

QUESTIONS = {
    "issuer": "Who issued the invoice?",
    "date": "What is the invoice date?",
    "invoice_number": "What is the invoice number?",
    "amount": "What is the total?",
}


class InvoiceTask:
    """Questions about each invoice of which the truth is known. Raises `OctavoError` where the folder holds none."""

    name = prompts = "invoices"
    metrics = ("anls", "anls_idefics", "exact_match", "token_f1", "character_error_rate", "page_accuracy", "box_iou",
               "anls_in_boxes")  # fmt: skip

    def __init__(self, folder: Path) -> None:
        paths = sorted((folder / "pdfs" / "invoice2data").glob("*.pdf"))
        self.pages: dict[str, tuple[Page, ...]] = {}
        self.items: list[Item] = []
        with Reader() as reader:
            for path in paths:
                if not path.with_suffix(".json").is_file():
                    continue
                self.pages[path.stem] = tuple(reader.pages(reader.open(path)))
                truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))[0]
                self.items += _items(path.stem, truth, self.pages[path.stem])
        if not self.items:
            raise OctavoError(f"{folder} holds no pdfs/invoice2data/*.pdf with a JSON beside it; give another --data")

    def images(self, item: Item) -> tuple[PageImage, ...]:
        """The invoice's pages as JPEG, 150 dpi."""
        return tuple(page.image for page in self.pages[item.document])

    def words(self, item: Item) -> tuple[tuple[Word, ...], ...]:
        """The words of each page's text layer."""
        return tuple(page.words for page in self.pages[item.document])


def _items(name: str, truth: Mapping[str, Any], pages: tuple[Page, ...]) -> list[Item]:
    words = [word for page in pages for word in page.words]
    found = []
    for key, question in QUESTIONS.items():
        if truth.get(key) in (None, ""):
            continue
        references = _references(key, truth[key], words)
        page, boxes = 0, tuple[Box, ...]()
        for reference in references:
            hits = [(at.number, located) for at in pages if (located := locate(reference, at.words))]
            if len(hits) == 1:
                page, boxes = hits[0]
                break
        numbers = tuple(at.number for at in pages)
        found.append(
            Item(f"{name}-{key}", question, references, name, name, key, numbers, page=page, boxes=boxes,
                 text=pages[0].text)
        )  # fmt: skip
    return found


def _references(key: str, value: Any, words: list[Word]) -> tuple[str, ...]:
    if key == "amount":
        value = f"{value:.2f}"
        return tuple(dict.fromkeys((value, *written_amounts(value, words))))
    if key == "date":
        return (str(value), *written_dates(str(value), words))
    return (str(value),)
