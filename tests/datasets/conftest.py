"""Pages typed by hand and PDFs that show the same lines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from reportlab.lib import pdfencrypt
from reportlab.pdfgen.canvas import Canvas

from octavo.datasets.mining import Corpus
from octavo.datasets.selection.splits import split_of
from octavo.datasets.view import View, Whole
from octavo.documents.structure.layout import Layout
from octavo.documents.structure.parts import Block, Cell, Table
from octavo.documents.structure.rows import Line, rows
from octavo.documents.types import Box, Page, PageImage, Word
from octavo.files import sha256_of

WIDTH, HEIGHT = 600.0, 800.0  # points
CHARACTER = 0.5  # of the type size, the width of each

Typed = tuple[float, float, str] | tuple[float, float, str, float]  # x, y of the line's top, text, type size


@pytest.fixture
def typed() -> Callable[..., Page]:
    """A page of lines, each (x, y, text) or (x, y, text, size) in points from the top left."""

    def make(*lines: Typed, number: int = 1) -> Page:
        words = []
        for x, y, text, *rest in lines:
            size = rest[0] if rest else 10.0
            for word in text.split():
                at = x + text.index(word) * CHARACTER * size
                words.append(
                    Word(
                        word,
                        Box(
                            at / WIDTH,
                            y / HEIGHT,
                            (at + len(word) * CHARACTER * size) / WIDTH,
                            (y + 0.94 * size) / HEIGHT,
                        ),
                        size,
                    )
                )
                text = text.replace(word, " " * len(word), 1)
        return Page(number, "", WIDTH, HEIGHT, tuple(words), PageImage(b"", "JPEG", 0, 0))

    return make


Pdf = Callable[..., Path]


@pytest.fixture
def pdf() -> Pdf:
    """Writes a PDF whose pages show lines of (x, y, text[, size]), with a password if one is given."""

    def write(path: Path, *pages: Sequence[Typed], password: str = "") -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = pdfencrypt.StandardEncryption(password, strength=128) if password else None
        canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), invariant=1, encrypt=lock)
        for lines in pages:
            for x, y, text, *rest in lines:
                size = rest[0] if rest else 10.0
                canvas.setFont("Helvetica", size)
                canvas.drawString(x, HEIGHT - y - 0.72 * size, text)
            canvas.showPage()
        canvas.save()
        return path

    return write


def invoice(number: int) -> list[Typed]:
    """The lines of an invoice, with four questions in them at least."""
    return [
        (60, 60, f"INVOICE {number}", 24),
        (60, 120, f"Invoice number: 2017-{number:04d}"),
        (60, 135, "Invoice date: 28 February 2017"),
        (60, 150, f"Contact: Person{number} Miller"),
        (60, 165, "Department: Sales"),
        (60, 300, "Subtotal"),
        (400, 300, f"$ {number}.50"),
        (60, 315, "Total"),
        (400, 315, f"$ {number + 9}.50"),
        (60, 500, "Thank you for your order and for reading all of these words that are here to be the body."),
    ]


@pytest.fixture
def invoices(pdf: Pdf) -> Callable[[Path, int], Path]:
    """Fills a folder with so many different one-page invoices."""

    def fill(folder: Path, count: int) -> Path:
        for number in range(count):
            pdf(folder / f"invoice-{number:03d}.pdf", invoice(number))
        return folder

    return fill


@pytest.fixture
def invoices_of_all_splits(pdf: Pdf, tmp_path: Path) -> Path:
    """A folder of invoices, as many as it takes until train, validation and test have one by their hashes."""
    splits: set[str] = set()
    number = 0
    while len(splits) < 3:
        splits.add(split_of(sha256_of(pdf(tmp_path / "papers" / f"invoice-{number:03d}.pdf", invoice(number)))))
        number += 1
    return tmp_path / "papers"


@dataclass(frozen=True)
class Typeset:
    """A table to be typed: rows of texts from (x, y) on, 100 points a column and 30 a row.

    A text may have lines, a cell may be a text and the columns that it spans, "" is an empty cell.
    """

    x: float
    y: float
    rows: Sequence[Sequence[str | tuple[str, int]]]
    header_rows: int = 1
    caption: str = ""

    def cells(self) -> Iterator[tuple[int, int, int, list[Typed]]]:
        """Row, column, columns spanned and lines of each cell."""
        for number, row in enumerate(self.rows):
            column = 0
            for cell in row:
                text, span = cell if isinstance(cell, tuple) else (cell, 1)
                x, y = self.x + 100 * column, self.y + 30 * number
                yield number, column, span, [(x, y + 11 * n, part) for n, part in enumerate(text.splitlines())]
                column += span


@pytest.fixture
def viewed(typed: Callable[..., Page]) -> Callable[..., View]:
    """A page as finders see it, of blocks, each a kind and its lines, and of tables, each what a `Typeset` takes."""

    def make(
        *blocks: tuple[str, Sequence[Typed]], tables: Sequence[Sequence[Any]] = (), number: int = 1, pages: int = 1
    ) -> View:
        typeset = [Typeset(*table) for table in tables]
        cells = [(table, *cell) for table in typeset for cell in table.cells()]
        captions = [[(table.x, table.y - 30, table.caption)] for table in typeset if table.caption]
        texts = [
            line for lines in (*[typed_ for _, typed_ in blocks], *captions, *[c[-1] for c in cells]) for line in lines
        ]
        page = typed(*texts, number=number)
        words = iter(page.words)
        lines = iter([Line.of([next(words) for _ in text[2].split()]) for text in texts])
        found = [Block(kind, tuple(next(lines) for _ in typed_)) for kind, typed_ in blocks]
        over = {table.caption: Block("caption", (next(lines),)) for table in typeset if table.caption}
        made: dict[int, list[Cell]] = {id(table): [] for table in typeset}
        for table, row, column, span, typed_ in cells:
            box = Box(
                (table.x + 100 * column) / WIDTH,
                (table.y + 30 * row) / HEIGHT,
                (table.x + 100 * (column + span)) / WIDTH,
                (table.y + 30 * (row + 1)) / HEIGHT,
            )
            made[id(table)].append(Cell(row, column, 1, span, tuple(next(lines) for _ in typed_), box))
        laid_out = [
            Table(
                tuple(made[id(table)]),
                len(table.rows),
                max(cell.column + cell.column_span for cell in made[id(table)]),
                table.header_rows,
                False,
                Box.around(cell.box for cell in made[id(table)]),
                over.get(table.caption),
            )
            for table in typeset
        ]
        layout = Layout(page, tuple(map(tuple, rows(page.words))), (*found, *over.values()), tuple(laid_out))
        return View(layout, Whole("5e" * 32, pages, ""), Corpus())

    return make
