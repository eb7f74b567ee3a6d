"""Real documents: every answer is read again from the PDF by code that shares nothing with the project's."""

import ctypes
import json
import re
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest

from octavo.datasets import DataSet, build
from octavo.documents.types import Box

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "pdfs"
AROUND = "\"'“”‘’«»()[]*.,;: "


def characters(page: pdfium.PdfPage) -> list[tuple[str, float, float]]:
    """Each character of the text layer that is drawn, with the middle of its ink as fractions of the page."""
    text, found = page.get_textpage(), []
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, index)
        left, bottom, right, top = text.get_charbox(index)
        x, y = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, 10**6, 10**6, 0, (left + right) / 2, (bottom + top) / 2, x, y)
        found.append((chr(code), x.value / 1e6, y.value / 1e6))
    return found


def squeezed(text: str) -> str:
    """Letters, digits and signs alone: spaces and what a hyphen is called differ between readers."""
    return re.sub(r"[\s\u00ad\u0002\u0000\ufffe\u200b-]+", "", text)


def inside(box: Box, found: list[tuple[str, float, float]]) -> str:
    """What stands in the box: the ink of a character can lie a little outside of its line (quotes, commas)."""
    return "".join(char for char, x, y in found if box.x0 <= x <= box.x1 and box.y0 - 0.002 <= y <= box.y1 + 0.002)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared documents are not here")
def test_every_answer_stands_in_its_boxes(tmp_path: Path) -> None:
    index = [
        entry
        for entry in json.loads((SHARED / "index.json").read_text())
        if entry.get("core") and entry["class"] in ("digital", "form", "encrypted") and entry.get("pages", 1) <= 3
    ]
    chosen = [entry for entry in index if entry["file"].startswith("invoice2data")] + index[::6]
    passwords = [entry["password"] for entry in index if "password" in entry]
    report = build(
        [SHARED / name for name in sorted({entry["file"] for entry in chosen})],
        tmp_path / "out",
        passwords=passwords,
        dpi=40,
    )
    assert report.documents_read >= 20
    assert not report.failures
    data, checked = DataSet(tmp_path / "out"), 0
    files = {Path(entry["file"]).name: entry for entry in chosen}
    for split in data.splits:
        rows = data.rows(split)
        for row in map(rows.row, range(len(rows))):
            entry = files[Path(row.document).name]
            document = pdfium.PdfDocument(SHARED / entry["file"], password=entry.get("password"))
            found = characters(document[row.pages[0] - 1])
            for question in row.questions:
                read = squeezed("".join(inside(box, found) for box in question.boxes))
                answer = squeezed(question.answer)
                assert answer in read
                assert not squeezed(read.replace(answer, "", 1)).strip(AROUND), (row.document, question, read)
                checked += 1
    assert checked >= 80
