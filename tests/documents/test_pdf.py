"""PDFs: where words stand, what is drawn, passwords, labels, odd pages."""

import io

import numpy as np
import psutil
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from octavo.documents import Box, DocumentError, Limits, Reader

# Three words of Helvetica, by text: (x, baseline, size), on a sheet of 600 by 800 points.
PLACED = {"Alpha": (60, 720, 24), "gypsy": (400, 430, 18), "4711.08": (90, 100, 12)}
CONTENT = b"".join(
    b"BT /F %d Tf %d %d Td (%s) Tj ET\n" % (size, x, y, text.encode()) for text, (x, y, size) in PLACED.items()
)
# A point of the sheet (origin bottom left), as fractions of the crop (l, b, r, t) turned clockwise.
TURNED = {
    0: lambda x, y, left, b, r, t: ((x - left) / (r - left), (t - y) / (t - b)),
    90: lambda x, y, left, b, r, t: ((y - b) / (t - b), (x - left) / (r - left)),
    180: lambda x, y, left, b, r, t: ((r - x) / (r - left), (y - b) / (t - b)),
    270: lambda x, y, left, b, r, t: ((t - y) / (t - b), (r - x) / (r - left)),
}


def expected(text: str, rotation: int, crop: tuple[int, int, int, int]) -> Box:
    """A placed word's box: its advance width, and its line from descent to ascent."""
    x, y, size = PLACED[text]
    ends = [(x, y - 0.22 * size), (x + stringWidth(text, "Helvetica", size), y + 0.72 * size)]
    (xa, ya), (xb, yb) = (TURNED[rotation](*end, *crop) for end in ends)
    return Box(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb))


def assert_ink_is_in_boxes(page) -> None:
    """Every dark pixel lies in a word's box (or within 1.5 pixels of it), and every box has dark pixels."""
    dark = np.asarray(page.image.pil().convert("L")) < 128
    height, width = dark.shape
    assert dark.any()
    for word in page.words:
        x0, x1 = int(word.box.x0 * width - 1.5), int(word.box.x1 * width + 2.5)
        y0, y1 = int(word.box.y0 * height - 1.5), int(word.box.y1 * height + 2.5)
        box = dark[max(y0, 0) : y1, max(x0, 0) : x1]
        assert box.any(), word
        box[:] = False
    assert not dark.any()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (30, 50, 570, 780)])
def test_words_stand_where_they_were_put(pdf_file, only_page, rotation, crop):
    entries = b"/MediaBox [0 0 600 800] /Rotate %d" % rotation
    if crop:
        entries += b" /CropBox [%d %d %d %d]" % crop
    page = only_page(pdf_file(CONTENT, page=entries))
    left, bottom, right, top = crop or (0, 0, 600, 800)
    sides = (right - left, top - bottom)
    assert (page.width, page.height) == (sides if rotation % 180 == 0 else sides[::-1])
    assert (page.image.width, page.image.height) == (page.width, page.height)
    assert [word.text for word in page.words] == list(PLACED)
    for word in page.words:
        assert word.box == pytest.approx(expected(word.text, rotation, (left, bottom, right, top)), abs=0.01)
        assert word.size == pytest.approx(PLACED[word.text][2], rel=1e-3)
    assert_ink_is_in_boxes(page)


def test_an_inherited_and_crooked_crop_counts(pdf_file, only_page):
    # A crop that reaches over the sheet is cut to it, and a sheet need not begin at 0, 0.
    content = b"BT /F 20 Tf 1 0 0 1 -40 -60 Tm (origin) Tj ET"
    page = only_page(pdf_file(content, page=b"/MediaBox [-100 -100 200 300] /CropBox [-50 -900 900 100]"))
    assert (page.width, page.height) == (250, 200)
    (word,) = page.words
    assert word.box.x0 == pytest.approx(10 / 250, abs=0.01)
    assert word.box.y1 == pytest.approx((100 + 60 + 0.22 * 20) / 200, abs=0.01)
    assert_ink_is_in_boxes(page)


def test_user_units_leave_the_fractions(pdf_file, only_page):
    plain = only_page(pdf_file(CONTENT))
    scaled = only_page(pdf_file(CONTENT, page=b"/MediaBox [0 0 600 800] /UserUnit 2", name="unit.pdf"))
    assert [word.box for word in scaled.words] == [word.box for word in plain.words]


def test_words_off_the_page_are_left_out_and_boxes_end_at_its_edge(pdf_file, only_page):
    content = (
        b"BT /F 20 Tf 1 0 0 1 -300 400 Tm (left) Tj ET BT /F 20 Tf 1 0 0 1 100 900 Tm (above) Tj ET "
        b"BT /F 20 Tf 1 0 0 1 570 400 Tm (border) Tj ET BT /F 20 Tf 1 0 0 1 100 400 Tm (seen) Tj ET"
    )
    words = only_page(pdf_file(content)).words
    assert [word.text for word in words if word.box.x1 < 0.9] == ["seen"]
    (cut,) = [word for word in words if word.box.x1 >= 0.9]
    assert "border".startswith(cut.text)
    assert cut.text != "border"
    (edge,) = only_page(pdf_file(b"BT /F 20 Tf 1 0 0 1 -4 788 Tm (WE) Tj ET", name="edge.pdf")).words
    assert (edge.text, edge.box.x0, edge.box.y0) == ("WE", 0, 0)


@pytest.mark.parametrize(
    ("matrix", "size"),
    [
        (b"0 10 -10 0 300 300", 10),
        (b"0 -10 10 0 300 300", 10),
        (b"-10 0 0 -10 300 300", 10),
        (b"7 7 -7 7 300 300", 7 * 2**0.5),
        (b"10 0 4 10 300 300", 10.77),
    ],
)
def test_turned_and_slanted_text(pdf_file, only_page, matrix, size):
    page = only_page(pdf_file(b"BT /F 1 Tf %s Tm (Total amount) Tj ET" % matrix))
    assert [word.text for word in page.words] == ["Total", "amount"]
    assert [word.size for word in page.words] == pytest.approx([size, size], rel=0.01)
    assert_ink_is_in_boxes(page)


def test_coordinates_that_are_no_numbers_do_no_harm(pdf_file, only_page):
    huge = b"9" * 60
    content = (
        b"BT /F 1 Tf %s 0 0 %s 50 50 Tm (huge) Tj ET BT /F 12 Tf 1 0 0 1 %s 50 Tm (far) Tj ET "
        b"BT /F 0 Tf 1 0 0 1 50 300 Tm (zero) Tj ET BT /F -12 Tf 1 0 0 1 200 300 Tm (neg) Tj ET "
        b"BT /F 12 Tf 1 0 0 1 50 500 Tm (good) Tj ET"
    ) % (huge, huge, huge)
    words = only_page(pdf_file(content)).words
    assert "good" in [word.text for word in words]
    assert np.isfinite([[*word.box, word.size] for word in words]).all()


def test_filled_form_fields_are_drawn(tmp_path, only_page):
    path = tmp_path / "form.pdf"
    canvas = Canvas(str(path), pagesize=(600, 800))
    canvas.acroForm.textfield(name="empty", x=50, y=600, width=200, height=30, borderWidth=0, fillColor=None)
    canvas.acroForm.textfield(
        name="full", x=50, y=300, width=200, height=30, borderWidth=0, fillColor=None, value="Margarethe"
    )
    canvas.showPage()
    canvas.save()
    grey = np.asarray(only_page(path).image.pil().convert("L"))
    assert (grey[172:198, 52:248] < 128).sum() == 0
    assert (grey[472:498, 52:248] < 128).sum() > 100


def test_labels_come_from_the_document(pdf_file, only_page):
    catalog = b"/PageLabels << /Nums [0 << /S /r /St 4 >> 1 << /P (A-) /S /D >> 2 << /P (a\\007b) >>] >>"
    path = pdf_file(b"", b"", b"", catalog=catalog)
    assert [only_page(path, number).label for number in (1, 2, 3)] == ["iv", "A-1", "ab"]
    assert only_page(pdf_file(b"", name="plain.pdf")).label == ""


def encrypted(path, password: str, strength: int = 128):
    encryption = StandardEncryption(password, ownerPassword="owner", strength=strength)
    canvas = Canvas(str(path), encrypt=encryption)
    canvas.drawString(100, 700, "Confidential")
    canvas.save()
    return path


@pytest.mark.parametrize("strength", [40, 128])
def test_passwords_are_tried_in_turn(tmp_path, reader, strength):
    path = encrypted(tmp_path / "locked.pdf", "sesame", strength)
    document = reader.open(path, ["wrong", "sesame", "later"])
    assert document.password == "sesame"
    assert "sesame" not in repr(document)
    (page,) = reader.pages(document)
    assert [word.text for word in page.words] == ["Confidential"]


def test_locked_files_say_what_is_needed(tmp_path, reader):
    path = encrypted(tmp_path / "locked.pdf", "sesame")
    with pytest.raises(DocumentError, match=r"encrypted; give its password with --password$"):
        reader.open(path)
    with pytest.raises(DocumentError, match=r"encrypted; none of the given passwords opens it$"):
        reader.open(path, ["wrong", "Sesame"])
    # Anyone may open what only forbids printing or copying.
    assert reader.open(encrypted(tmp_path / "restricted.pdf", "")).password == ""


def test_broken_files_have_a_reason(tmp_path, reader, pdf_file):
    cases = {
        "text": (b"hello", "not a PDF or damaged beyond repair"),
        "empty": (b"", "the file is empty"),
        "magic": (b"%PDF-1.7\n", "not a PDF or damaged beyond repair"),
        "none": (pdf_file().read_bytes(), "it has no pages"),
    }
    for name, (data, reason) in cases.items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(data)
        with pytest.raises(DocumentError) as raised:
            reader.open(path)
        assert raised.value.reason == reason
        assert str(raised.value) == f"{path}: {reason}"


def test_a_broken_page_costs_only_itself(tmp_path, reader, pdf_file):
    path = tmp_path / "damaged.pdf"
    path.write_bytes(pdf_file(CONTENT, CONTENT, CONTENT).read_bytes().replace(b"4 0 R 6 0 R", b"4 0 R 3 0 R"))
    document = reader.open(path)
    read = []
    with pytest.raises(DocumentError) as raised:
        read.extend(page.number for page in reader.pages(document))
    assert raised.value.reason == "page 2: damaged beyond repair"
    read.extend(page.number for page in reader.pages(document, [3, 1]))
    assert read == [1, 3, 1]


@pytest.mark.parametrize(
    ("sides", "pixels"), [((14400, 14400), (800, 800)), ((100, 14400), (6, 800)), ((14400, 3), (800, 1))]
)
def test_a_huge_page_gets_fewer_dots(pdf_file, sides, pixels):
    content = b"BT /F 2000 Tf 1 0 0 1 1000 1000 Tm (Wall) Tj ET"
    with Reader(longest=800, image_format="RGB") as small:
        (page,) = small.pages(small.open(pdf_file(content, page=b"/MediaBox [0 0 %d %d]" % sides)))
    assert (page.width, page.height) == sides
    assert (page.image.width, page.image.height) == pixels


def test_the_pixel_limit_lowers_the_resolution_of_a_page(pdf_file):
    with Reader(Limits(pixels=30_000)) as small:
        (page,) = small.pages(small.open(pdf_file(CONTENT)))
    assert (page.image.width, page.image.height) == (150, 200)
    assert [word.text for word in page.words] == list(PLACED)


def test_both_formats_show_the_same_page(pdf_file):
    path = pdf_file(b"1 0 0 rg 0 0 300 800 re f 0 0 1 rg 300 0 300 800 re f")
    images = {}
    for image_format in ("RGB", "JPEG"):
        with Reader(dpi=36, image_format=image_format) as reader:
            (page,) = reader.pages(reader.open(path))
        assert page.image.format == image_format
        images[image_format] = np.asarray(page.image.pil()).astype(int)
    assert images["RGB"].shape == images["JPEG"].shape == (400, 300, 3)
    assert images["RGB"][200, 50].tolist() == [255, 0, 0]  # and not blue: the channels are in order
    assert np.abs(images["RGB"] - images["JPEG"]).mean() < 3


def test_a_page_without_colour_is_raw_in_one_channel(pdf_file):
    path = pdf_file(b"0.25 g 0 0 300 800 re f", b"0 0.25 0.5 rg 0 0 1 1 re f")
    with Reader(dpi=72, image_format="RGB") as reader:
        gray, coloured = reader.pages(reader.open(path))
    assert (gray.image.format, coloured.image.format) == ("L", "RGB")  # one coloured point is enough
    assert gray.image.pil().getpixel((10, 10)) == 64
    assert coloured.image.pil().getpixel((0, 799)) == (0, 64, 128)


def test_a_crop_and_its_ink_survive_the_file_being_written_by_others(tmp_path, only_page):
    # reportlab compresses its streams and writes its own cross-reference table.
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(500, 700), cropBox=(20, 20, 480, 680))
    canvas.setFont("Times-Roman", 30)
    canvas.drawString(100, 350, "Invoice 2024-17")
    canvas.setPageRotation(90)
    canvas.showPage()
    canvas.save()
    path = tmp_path / "written.pdf"
    path.write_bytes(buffer.getvalue())
    page = only_page(path)
    assert [word.text for word in page.words] == ["Invoice", "2024-17"]
    assert_ink_is_in_boxes(page)


def test_large_pages_leave_nothing_behind(pdf_file):
    """Neither their ink, on a canvas that pages share, nor their 17 MB each in the reading process."""
    page, ink = b"/MediaBox [0 0 %d %d]", b"0 0 2000 2000 re f"
    sheet, poster = page % (595, 842), page % (2000, 1000)
    held = []
    with Reader() as reader:
        for entries, content in ((sheet, ink), (poster, ink), (poster, ink), (sheet, b"")):
            document = reader.open(pdf_file(content, page=entries))
            (seen,) = reader.pages(document)
            held.append(psutil.Process(reader._child.process.pid).memory_info().rss)
    assert np.asarray(seen.image.pil()).min() == 255
    assert held[-1] - held[0] < 4 * 2**20
