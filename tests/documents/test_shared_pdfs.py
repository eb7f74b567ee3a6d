"""Real files: every one reads or says why not."""

import json
from pathlib import Path

import pytest

from octavo.documents import DocumentError, PageFault, Reader, find_documents

PDFS = Path(__file__).parents[2] / "../shared/data/pdfs"

pytestmark = pytest.mark.skipif(not PDFS.is_dir(), reason="the shared folder of real PDFs is not here")


@pytest.fixture(scope="module")
def index():
    return {entry["file"]: entry for entry in json.loads((PDFS / "index.json").read_text())}


def test_every_file_is_found(index):
    assert {source.name for source in find_documents([PDFS])} == set(index)


def test_every_file_reads_or_says_why_not(index):
    passwords = [entry["password"] for entry in index.values() if "password" in entry]
    read, reasons, wordless = {}, {}, []
    with Reader(dpi=50) as reader:
        for name, entry in index.items():
            try:
                document = reader.open(PDFS / name, passwords)
                assert document.sha256 == entry["sha256"]
                pages = list(reader.pages(document, range(1, min(document.page_count, 2) + 1)))
            except DocumentError as error:
                reasons[name] = error.reason
                continue
            read[name] = document.page_count
            if entry.get("chars_p1", 0) > 50 and not pages[0].words:
                wordless.append(name)
    broken = {name for name, entry in index.items() if entry["class"] == "broken"}
    assert set(reasons) == broken | {"pdfjs/Pages-tree-refs.pdf"}
    assert all("\n" not in reason and len(reason) < 200 for reason in reasons.values())
    # Fonts without a map to Unicode, and pictures over the page with a few words on top.
    assert set(wordless) == {
        "olmocr/dolma-page-1.pdf",
        "olmocr/olmo-page-1.pdf",
        "pdfjs/ThuluthFeatures.pdf",
        "olmocr/large_prompt_hint1.pdf",
        "olmocr/most_content_in_image_form.pdf",
        "olmocr/some_ocr1.pdf",
    }
    assert all(index[name].get("pages", count) == count for name, count in read.items())


def test_a_locked_file_without_its_password_says_so(index):
    locked = [name for name, entry in index.items() if entry["class"] == "encrypted"]
    assert locked
    with Reader() as reader:
        for name in locked:
            with pytest.raises(DocumentError, match="encrypted; give its password with --password"):
                reader.open(PDFS / name)


def test_a_file_reads_the_same_whatever_was_read_before_it():
    """pdfium's memory of substituted fonts moved this file's boxes, its own first reading included."""

    def words(reader):
        return next(reader.pages(reader.open(PDFS / "pdfplumber/2023-06-20-PV.pdf"))).words

    with Reader(dpi=36) as reader:
        assert words(reader) == words(reader)


def test_a_damaged_page_costs_itself():
    with Reader(dpi=50) as reader:
        one, two = reader.each(reader.open(PDFS / "pdfjs/Pages-tree-refs.pdf"))
    assert one.words
    assert two == PageFault(2, "damaged beyond repair")
