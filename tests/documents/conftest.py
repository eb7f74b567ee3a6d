"""Readers and small hand-made PDFs for the tests of this room."""

from pathlib import Path

import pytest

from octavo.documents import Reader

HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


@pytest.fixture(scope="session")
def reader():
    """A reader with the default limits, shared because each costs a process start."""
    with Reader() as reader:
        yield reader


@pytest.fixture(scope="session")
def rgb_reader():
    """A reader whose images are exact pixels, 72 dots an inch: a pixel is a point."""
    with Reader(dpi=72, image_format="RGB") as reader:
        yield reader


def assembled(objects: list[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalog."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


@pytest.fixture
def pdf_of(tmp_path):
    """Writes a PDF of these objects, numbered from 1; the first is the catalog: `pdf_of(objects)`."""

    def write(*objects: bytes) -> Path:
        path = tmp_path / "objects.pdf"
        path.write_bytes(assembled(list(objects)))
        return path

    return write


@pytest.fixture
def pdf_file(tmp_path):
    """Writes a PDF with one page for each content stream: `pdf_file(contents, page=..., catalog=..., font=...)`."""

    def write(
        *contents: bytes,
        page: bytes = b"/MediaBox [0 0 600 800]",
        catalog: bytes = b"",
        font: bytes = HELVETICA,
        extra: tuple[bytes, ...] = (),
        name: str = "made.pdf",
    ) -> Path:
        # 1 catalog, 2 page tree, 3 font, then a page and its content each, then `extra`
        pages = [4 + 2 * i for i in range(len(contents))]
        kids = b" ".join(b"%d 0 R" % number for number in pages)
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
            font,
        ]
        for number, content in zip(pages, contents, strict=True):
            objects += [
                b"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F 3 0 R >> >> "
                b"/Contents %d 0 R %s >>" % (number + 1, page),
                stream(content),
            ]
        path = tmp_path / name
        path.write_bytes(assembled([*objects, *extra]))
        return path

    return write


@pytest.fixture
def only_page(rgb_reader):
    """The single page of a file, or page `number`."""

    def read(path: Path, number: int = 1, reader: Reader = rgb_reader):
        (page,) = reader.pages(reader.open(path), [number])
        return page

    return read


@pytest.fixture
def text_of(only_page):
    """The words of a file's first page."""
    return lambda path: [word.text for word in only_page(path).words]
