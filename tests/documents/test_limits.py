"""Files too large in one way or another, and what they cost."""

import time
import zlib

import pytest

from octavo.documents import Limits, PageFault, Reader

TEXT = b"BT /F 20 Tf 50 700 Td (Invoice total 47.11) Tj ET"


def test_each_page_that_cannot_be_read_is_a_fault(tmp_path, pdf_file, reader):
    path = tmp_path / "damaged.pdf"
    path.write_bytes(pdf_file(TEXT, TEXT, TEXT, TEXT).read_bytes().replace(b"4 0 R 6 0 R 8 0 R", b"4 0 R 3 0 R 3 0 R"))
    found = list(reader.each(reader.open(path), image=False))
    assert found[1:3] == [PageFault(2, "damaged beyond repair"), PageFault(3, "damaged beyond repair")]
    assert [page.number for page in (found[0], found[3])] == [1, 4]


def test_pages_after_the_limit_are_not_read(pdf_file):
    with Reader(Limits(pages=2)) as reader:
        document = reader.open(pdf_file(TEXT, TEXT, TEXT))
        assert document.page_count == 3
        assert list(reader.numbers(document)) == [1, 2]
        assert [page.number for page in reader.pages(document, image=False)] == [1, 2]
        assert [page.number for page in reader.each(document, image=False)] == [1, 2]
        assert [page.number for page in reader.pages(document, [3], image=False)] == [3]


def test_a_file_of_ten_thousand_pages_meets_its_limit(pdf_of, reader):
    kids = b" ".join(b"%d 0 R" % (5 + i) for i in range(10_000))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Resources << /Font << /F 3 0 R >> >> /Contents 4 0 R >>"
    document = reader.open(
        pdf_of(
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count 10000 >>" % kids,
            b"<< >>",
            b"<< /Length 0 >>\nstream\n\nendstream",
            *[page] * 10_000,
        )
    )
    assert (document.page_count, len(reader.numbers(document))) == (10_000, 2_000)
    start = time.monotonic()
    assert [page.number for page in reader.pages(document, [1, 9_999, 10_000], image=False)] == [1, 9_999, 10_000]
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(("side", "bits", "space"), [(30_000, 1, b"DeviceGray"), (12_000, 8, b"DeviceRGB")])
def test_an_image_bomb_meets_the_limits(pdf_of, side, bits, space):
    press = zlib.compressobj(1)
    row = side // 8 if bits == 1 else 3 * side
    rows = b"".join(press.compress(bytes(row * side // 100)) for _ in range(100)) + press.flush()
    entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent %d" % (side, side, bits)
    path = pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        b"/Resources << /XObject << /I 5 0 R >> >> >>",
        b"<< /Length 34 >>\nstream\nq 600 0 0 800 0 0 cm /I Do Q       \nendstream",
        b"<< %s /ColorSpace /%s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream"
        % (entries, space, len(rows), rows),
    )
    with Reader(Limits(seconds=20, memory_bytes=1 << 30), dpi=20) as reader:
        start = time.monotonic()
        (found,) = reader.each(reader.open(path))
        assert time.monotonic() - start < 22
        assert isinstance(found, PageFault) or found.text == "no text"
        (text,) = reader.pages(reader.open(path), image=False)  # which does not unpack it
        assert text.text == "no text"
