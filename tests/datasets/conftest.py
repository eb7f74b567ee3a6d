"""Pages typed by hand and PDFs that show the same lines."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from reportlab.lib import pdfencrypt
from reportlab.pdfgen.canvas import Canvas

from octavo.datasets.splits import split_of
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
