"""Form fields: what they are called, what they hold, and that what is drawn in them is among the words."""

import numpy as np
import pytest
from reportlab.pdfgen.canvas import Canvas

from octavo.documents import Box

DRAWN = b"BT /F 12 Tf 50 750 Td (Application form) Tj ET "
HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F 3 0 R >> >> /Contents 5 0 R %s >>"
)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


@pytest.fixture
def form_page(pdf_of, reader):
    """The page of a form: widgets as (entries, rectangle), and page content; words and fields without an image."""

    def read(
        *widgets: tuple[bytes, tuple[int, ...]], content: bytes = DRAWN, page: bytes = b"", flags: int = 4, extra=()
    ):
        numbers = range(6, 6 + len(widgets))
        refs = b" ".join(b"%d 0 R" % number for number in numbers)
        fields = [
            b"<< /Type /Annot /Subtype /Widget /Rect [%d %d %d %d] /F %d /DA (/F 12 Tf 0 g) %s >>"
            % (*rect, flags, entries)
            for entries, rect in widgets
        ]
        form = b"/AcroForm << /Fields [%s] /DR << /Font << /F 3 0 R >> >> >>" % refs
        path = pdf_of(
            b"<< /Type /Catalog /Pages 2 0 R %s >>" % form,
            b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            HELVETICA,
            PAGE % (b"/Annots [%s] %s" % (refs, page)),
            stream(content),
            *fields,
            *extra,
        )
        (found,) = reader.pages(reader.open(path), image=False)
        return found

    return read


def in_box(page, box: Box) -> list[str]:
    """The words whose middle lies in a box."""
    return [
        word.text
        for word in page.words
        if box.x0 <= word.box.center[0] <= box.x1 and box.y0 <= word.box.center[1] <= box.y1
    ]


def test_a_text_field_has_name_label_value_and_box(form_page):
    page = form_page((b"/FT /Tx /T (name) /TU (Your name) /V (Ada Lovelace)", (50, 700, 250, 720)))
    (field,) = page.fields
    assert (field.name, field.kind, field.label, field.value) == ("name", "text", "Your name", "Ada Lovelace")
    assert field.box == pytest.approx(Box(50 / 600, 0.1, 250 / 600, 0.125), abs=1e-4)
    assert [word.text for word in page.words] == ["Application", "form", "Ada", "Lovelace"]
    assert in_box(page, field.box) == ["Ada", "Lovelace"]
    assert page.text == "layer"


def test_a_field_of_a_turned_page_turns(form_page):
    page = form_page((b"/FT /Tx /T (a) /V (Ada)", (50, 700, 250, 720)), page=b"/Rotate 90")
    (field,) = page.fields
    assert field.box == pytest.approx(Box(700 / 800, 50 / 600, 720 / 800, 250 / 600), abs=1e-4)
    assert in_box(page, field.box) == ["Ada"]


def test_cells_for_single_characters_make_words(form_page):
    comb = b"/FT /Tx /T (iban) /Ff 16777216 /MaxLen 10 /V (DE 1234567)"
    page = form_page((comb, (50, 700, 300, 720)))
    assert [word.text for word in page.words[2:]] == ["DE", "1234567"]
    assert page.fields[0].value == "DE 1234567"
    first, second = page.words[2:]
    assert first.box.x1 < second.box.x0 < second.box.x1 < page.fields[0].box.x1


def test_several_lines_are_rows_of_words(form_page):
    value = b"/FT /Tx /T (address) /Ff 4096 /V (12 Long Street that does not fit\\nTown)"
    page = form_page((value, (50, 600, 150, 700)))
    assert page.fields[0].value == "12 Long Street that does not fit Town"
    assert in_box(page, page.fields[0].box) == page.fields[0].value.split()
    assert len({round(word.box.y0, 3) for word in page.words[2:]}) == 4


def test_a_choice_shows_its_text_and_not_its_code(form_page):
    options = b"/Opt [[(de) (Germany)] [(fr) (France)]]"
    page = form_page(
        (b"/FT /Ch /T (combo) /Ff 131072 %s /V (fr)" % options, (50, 700, 250, 720)),
        (b"/FT /Ch /T (list) %s /V (de)" % options, (50, 600, 250, 640)),
        (b"/FT /Ch /T (typed) /Ff 393216 %s /V (Peru)" % options, (50, 500, 250, 520)),
    )
    assert [(field.kind, field.value) for field in page.fields] == [
        ("choice", "France"),
        ("choice", "Germany"),
        ("choice", "Peru"),
    ]
    assert in_box(page, page.fields[0].box) == ["France"]
    assert in_box(page, page.fields[1].box) == ["Germany", "France"]  # a list shows all


def test_boxes_are_checked_or_not_and_say_for_what(tmp_path, reader):
    path = tmp_path / "boxes.pdf"
    canvas = Canvas(str(path), pagesize=(600, 800))
    canvas.drawString(50, 750, "Please choose")
    canvas.acroForm.checkbox(name="terms", tooltip="I agree", x=50, y=700, size=20, checked=True)
    canvas.acroForm.checkbox(name="news", x=50, y=650, size=20)
    canvas.acroForm.radio(name="sex", value="female", x=50, y=600, size=20, selected=False)
    canvas.acroForm.radio(name="sex", value="male", x=90, y=600, size=20, selected=True)
    canvas.save()
    (page,) = reader.pages(reader.open(path), image=False)
    assert [(field.kind, field.name, field.checked) for field in page.fields] == [
        ("checkbox", "terms", True),
        ("checkbox", "news", False),
        ("radio", "sex", False),
        ("radio", "sex", True),
    ]
    assert page.fields[0].label == "I agree"
    assert [field.value for field in page.fields[2:]] == ["female", "male"]
    assert [word.text for word in page.words] == ["Please", "choose"]  # the marks are no words


@pytest.mark.parametrize("flags", [2, 32, 34])
def test_what_is_hidden_is_left_out(form_page, flags):
    page = form_page((b"/FT /Tx /T (a) /V (secret)", (50, 700, 250, 720)), flags=flags)
    assert page.fields == ()
    assert [word.text for word in page.words] == ["Application", "form"]


def test_passwords_are_never_read(form_page):
    page = form_page((b"/FT /Tx /T (pin) /Ff 8192 /V (secret)", (50, 700, 250, 720)))
    assert page.fields == ()
    assert "secret" not in repr(page)
    assert len(page.words) == 2


def test_a_value_that_the_page_draws_too_is_one(form_page):
    twice = b"BT /F 12 Tf 52 706 Td (Ada Lovelace) Tj ET"
    page = form_page((b"/FT /Tx /T (name) /V (Ada Lovelace)", (50, 700, 250, 720)), content=DRAWN + twice)
    assert [word.text for word in page.words] == ["Application", "form", "Ada", "Lovelace"]


def test_the_value_is_what_is_shown(form_page):
    # An appearance that a program wrote to be seen: the amount with its thousands and sign.
    shown = b"/FT /Tx /T (sum) /V (1234.5) /AP << /N 7 0 R >>"
    box = b"/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F 3 0 R >> >>"
    look = stream(b"BT /F 12 Tf 5 5 Td (EUR 1,234.50) Tj ET", box)
    page = form_page((shown, (50, 700, 250, 720)), extra=(look,))
    assert page.fields[0].value == "EUR 1,234.50"
    assert in_box(page, page.fields[0].box) == ["EUR", "1,234.50"]


def test_what_does_not_fit_is_not_there(form_page):
    page = form_page((b"/FT /Tx /T (a) /V (one two three four five six seven)", (50, 700, 100, 720)))
    words = in_box(page, page.fields[0].box)
    assert [word.text for word in page.words[2:]] == words
    assert words == ["one", "two"]
    assert page.fields[0].value == "one two"


def test_notes_in_free_text_are_words(pdf_of, reader):
    box = b"/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F 3 0 R >> >>"
    path = pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        HELVETICA,
        PAGE % b"/Annots [6 0 R]",
        stream(DRAWN),
        b"<< /Type /Annot /Subtype /FreeText /Rect [50 700 250 720] /F 4 /AP << /N 7 0 R >> /Contents (x) >>",
        stream(b"BT /F 12 Tf 5 5 Td (Paid on Friday) Tj ET", box),
    )
    (page,) = reader.pages(reader.open(path), image=False)
    assert [word.text for word in page.words] == ["Application", "form", "Paid", "on", "Friday"]
    assert page.words[2].box.x0 == pytest.approx(55 / 600, abs=0.003)


def test_drawn_values_have_ink(tmp_path, rgb_reader):
    path = tmp_path / "form.pdf"
    canvas = Canvas(str(path), pagesize=(600, 800))
    canvas.acroForm.textfield(name="a", x=50, y=300, width=200, height=30, borderWidth=0, fillColor=None, value="HEX")
    canvas.showPage()
    canvas.save()
    (page,) = rgb_reader.pages(rgb_reader.open(path))
    (word,) = page.words
    assert word.text == "HEX"
    dark = np.asarray(page.image.pil().convert("L")) < 128
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    box = word.box
    assert box.x0 * 600 - 1.5 <= columns.min() <= columns.max() <= box.x1 * 600 + 1.5
    assert box.y0 * 800 - 1.5 <= rows.min() <= rows.max() <= box.y1 * 800 + 1.5


def test_reading_twice_gives_the_same(form_page, reader, tmp_path):
    page = form_page((b"/FT /Tx /T (name) /V (Ada Lovelace)", (50, 700, 250, 720)))
    document = reader.open(tmp_path / "objects.pdf")
    assert list(reader.pages(document, [1, 1], image=False)) == [page, page]


def test_many_fields_are_bounded(form_page):
    widgets = [(b"/FT /Tx /T (f%d) /V (v)" % i, (i % 500, 10, i % 500 + 20, 30)) for i in range(2100)]
    assert len(form_page(*widgets).fields) == 2000


def test_labels_and_values_are_printable_and_bounded(form_page):
    entries = b"/FT /Tx /T <FEFF00610007005B0062> /TU (%s) /V (%s)" % (b"x" * 1000, b"y" * 9000)
    (field,) = form_page((entries, (50, 700, 250, 720))).fields
    assert field.name == "a [b"
    assert len(field.label) == 300
    assert len(field.value) <= 4000
