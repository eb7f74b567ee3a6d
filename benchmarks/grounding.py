"""Answers read again from the PDF by code that shares nothing with octavo's: pypdfium2's characters and widgets.

For each extractive answer, the characters whose middle lies in its evidence boxes must be the answer, give or take
spaces, hyphens and the punctuation around it. The middle is that of the ink, or, where this gives something else (an
accent of the line below stands higher than its letter), that of the character's share of its line. What a form's
field holds is not among a page's characters; there the value of the field under the box must hold the answer.
"""

import ctypes
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from octavo.datasets import DataSet

Character = tuple[str, float, float]  # with its middle, in fractions of the page as shown
AROUND = "\"'“”‘’«»()[]*.,;:"
SLACK, MOST_SLACK = 0.16, 0.002  # of the height of the box, of the page: quotes and commas can lie outside of a line


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An answer that its boxes do not hold: where, what was asked and answered, and what stands there."""

    document: str
    page: int
    question: str
    answer: str
    read: str


@dataclass(slots=True)
class Reread:
    """How many extractive answers were read again, and which differ."""

    checked: int
    wrong: list[Mismatch]


def reread(dataset: Path, files: Mapping[str, Path], passwords: Mapping[str, str]) -> Reread:
    """Read every extractive answer of a data set again. `files` and `passwords` go by the document's name."""
    checked, wrong = 0, []
    for name, page_number, questions in _pages(dataset):
        with pdfium.PdfDocument(files[name], password=passwords.get(name)) as document:
            document.init_forms()
            page = document[page_number - 1]
            inks, shares = _characters(page)
            widgets = list(_widgets(page))
            for question in questions:
                checked += 1
                read, by_line = ("".join(_inside(box, found) for box in question.boxes) for found in (inks, shares))
                is_there = _equal(question.answer, read) or _equal(question.answer, by_line)
                if not is_there and not _in_widget(question, widgets):
                    wrong.append(Mismatch(name, page_number, question.text, question.answer, read))
    return Reread(checked, wrong)


def _pages(dataset: Path) -> Iterator[tuple[str, int, list[Any]]]:
    """Document, page and extractive questions of every row whose words are the PDF's own."""
    data = DataSet(dataset)
    for split in data.splits:
        rows = data.rows(split)
        for index in range(len(rows)):
            row = rows.row(index)
            if row.text == "layer":
                yield row.document, row.pages[0], [q for q in row.questions if q.form == "extractive"]


def _characters(page: Any) -> tuple[list[Character], list[Character]]:
    """Each character of the text layer with the middle of its ink, and with that of its share of the line."""
    text = page.get_textpage()
    inks, shares = [], []
    for index in range(text.count_chars()):
        char = chr(raw.FPDFText_GetUnicode(text, index))
        for found, loose in ((inks, False), (shares, True)):
            left, bottom, right, top = text.get_charbox(index, loose=loose)
            found.append((char, *_shown(page, (left + right) / 2, (bottom + top) / 2)))
    return inks, shares


def _shown(page: Any, x: float, y: float) -> tuple[float, float]:
    at_x, at_y = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, 10**6, 10**6, 0, x, y, at_x, at_y)
    return at_x.value / 1e6, at_y.value / 1e6


def _widgets(page: Any) -> Iterator[tuple[tuple[float, float, float, float], str]]:
    """The fields of a form on a page: their boxes, and their values."""
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_WIDGET:
            rect = raw.FS_RECTF()
            raw.FPDFAnnot_GetRect(annotation, rect)
            one, other = _shown(page, rect.left, rect.bottom), _shown(page, rect.right, rect.top)
            length = raw.FPDFAnnot_GetFormFieldValue(page.formenv, annotation, None, 0)
            buffer = ctypes.create_string_buffer(length)
            raw.FPDFAnnot_GetFormFieldValue(
                page.formenv, annotation, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length
            )
            value = buffer.raw.decode("utf-16-le", "ignore").rstrip("\0")
            box = min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])
            yield box, value
        raw.FPDFPage_CloseAnnot(annotation)


def _inside(box: Any, found: list[Character]) -> str:
    slack = min(SLACK * (box.y1 - box.y0), MOST_SLACK)
    top, bottom = box.y0 - slack, box.y1 + slack
    return "".join(char for char, x, y in found if box.x0 <= x <= box.x1 and top <= y <= bottom)


def _equal(answer: str, read: str) -> bool:
    answer, read = _squeezed(answer), _squeezed(read)
    return bool(answer) and answer in read and not read.replace(answer, "", 1).strip(AROUND)


def _in_widget(question: Any, widgets: list[tuple[tuple[float, float, float, float], str]]) -> bool:
    """Whether each box lies on a field, and the fields' values hold the answer."""
    values = []
    for box in question.boxes:
        x, y = box.center
        under = [value for (x0, y0, x1, y1), value in widgets if x0 <= x <= x1 and y0 <= y <= y1]
        if not under:
            return False
        values += under
    return _squeezed(question.answer) in _squeezed(" ".join(dict.fromkeys(values)))


def _squeezed(text: str) -> str:
    """Letters, digits and signs alone: spaces and what a hyphen is called differ between readers."""
    return re.sub(r"[\s\u00ad\u0002\u0000\ufffe\u200b-]+", "", unicodedata.normalize("NFKC", text))
