"""Ruling lines: where they are drawn, what is none, and what a drawing of many costs."""

import time

import pytest
from reportlab.lib import colors
from reportlab.platypus import SimpleDocTemplate, Table, TableStyle

from octavo.documents import Box

SHEET = 600, 800


def box(x0: float, y0: float, x1: float, y1: float, sheet: tuple[int, int] = SHEET) -> Box:
    """A box of points from the lower left corner, as page fractions from the upper left."""
    return Box(x0 / sheet[0], 1 - y1 / sheet[1], x1 / sheet[0], 1 - y0 / sheet[1])


@pytest.fixture
def rules_of(pdf_file, reader):
    """The rules of a page with this content."""

    def read(content: bytes, **options) -> list[Box]:
        (page,) = reader.pages(reader.open(pdf_file(content, **options)), image=False)
        return list(page.rules)

    return read


def assert_boxes(found: list[Box], expected: list[Box], within: float = 0.001) -> None:
    assert len(found) == len(expected), found
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, abs=within)


def test_strokes_and_thin_areas_are_lines(rules_of):
    content = b"2 w 50 700 m 550 700 l S 100 100 m 100 600 l S 50 500 500 1.5 re f 300 200 2 300 re f"
    assert_boxes(
        rules_of(content),
        [box(50, 699, 550, 701), box(50, 500, 550, 501.5), box(99, 100, 101, 600), box(300, 200, 302, 500)],
    )


def test_the_edges_of_rectangles_are_lines(rules_of):
    assert_boxes(
        rules_of(b"0 w 100 100 200 300 re S 0.8 g 400 600 100 50 re f"),
        [
            *(box(400, y, 500, y) for y in (650, 600)),
            *(box(100, y, 300, y) for y in (400, 100)),
            *(box(x, 100, x, 400) for x in (100, 300)),
            *(box(x, 600, x, 650) for x in (400, 500)),
        ],
    )


def test_a_table_in_one_path_has_each_of_its_lines(rules_of):
    grid = b" ".join(b"100 %d m 400 %d l" % (y, y) for y in range(100, 501, 100))
    grid += b" " + b" ".join(b"%d 100 m %d 500 l" % (x, x) for x in (100, 250, 400))
    assert_boxes(
        rules_of(b"0 w " + grid + b" S"),
        [*(box(100, y, 400, y) for y in range(500, 99, -100)), *(box(x, 100, x, 500) for x in (100, 250, 400))],
    )


def test_pieces_and_dashes_are_one_line_and_neighbours_are_not(rules_of):
    pieces = b"0 w 50 700 m 150 700 l S 149 700.3 m 300 700.3 l S 301 700 m 400 700 l S "
    dashes = b" ".join(b"%d 500 m %d 500 l S" % (x, x + 3) for x in range(100, 200, 4))
    apart = b" 50 300 m 150 300 l S 160 300 m 300 300 l S 50 297 m 150 297 l S"
    assert_boxes(
        rules_of(pieces + dashes + apart),
        [
            box(50, 700, 400, 700.3),
            box(100, 500, 199, 500),
            box(50, 300, 150, 300),
            box(160, 300, 300, 300),
            box(50, 297, 150, 297),
        ],
    )


@pytest.mark.parametrize(
    "content",
    [
        b"100 100 m 300 500 l S",  # diagonal
        b"100 100 m 200 300 400 300 500 100 c S",  # a curve
        b"100 100 m 300 100 l n",  # neither stroked nor filled
        b"/Clear gs 100 100 m 300 100 l S",  # transparent
        b"1 G 100 100 m 300 100 l S 1 g 200 300 100 100 re f",  # white on white
        b"100 100 m 103 100 l S",  # a glyph's stroke
        b"100 100 m 130 100 l 130 140 l 110 160 l f",  # an area that is no rectangle
        b"-50 100 m -20 100 l S 50 900 m 500 900 l S -5 -5 m -5 900 l S",  # off the page
        b"BT /F 12 Tf 50 50 Td (words) Tj ET",
        b"0.5 0 0 0.5 1e30 0 cm 1e30 1e30 m 1e38 1e30 l S",
    ],
)
def test_what_is_no_line(rules_of, content):
    states = b"/MediaBox [0 0 600 800] /Resources << /Font << /F 3 0 R >> /ExtGState << /Clear << /CA 0 >> >> >>"
    assert rules_of(content, page=states) == []


def test_white_lines_divide_what_is_shaded(rules_of):
    found = rules_of(b"0.3 g 100 100 400 200 re f 1 G 0 w 100 200 m 500 200 l S 100 600 m 500 600 l S")
    assert_boxes([rule for rule in found if rule.y0 == rule.y1], [box(100, y, 500, y) for y in (300, 200, 100)])
    assert len(found) == 5


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        (0, Box(0.1, 0.25, 0.9, 0.25)),
        (90, Box(0.75, 0.1, 0.75, 0.9)),
        (180, Box(0.1, 0.75, 0.9, 0.75)),
        (270, Box(0.25, 0.1, 0.25, 0.9)),
    ],
)
def test_lines_turn_with_the_page_and_its_crop(rules_of, rotation, expected):
    page = b"/MediaBox [0 0 600 800] /CropBox [100 200 500 600] /Rotate %d" % rotation
    assert_boxes(rules_of(b"0 w 140 500 m 460 500 l S", page=page), [expected])


def test_a_line_ends_at_the_pages_edge(rules_of):
    assert_boxes(rules_of(b"0 w -90 400 m 900 400 l S"), [Box(0, 0.5, 1, 0.5)])


def test_lines_in_forms_stand_where_they_are_drawn(rules_of):
    # The form's matrix halves, the page's moves by 100, 200; the form in the form turns by a quarter.
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 900 900] "
    inner = b"<< /Length 22 %s /Matrix [0 1 -1 0 400 0] >>\nstream\n0 w 40 80 m 200 80 l S\nendstream" % form
    outer = (
        b"<< /Length 30 %s /Matrix [.5 0 0 .5 0 0] /Resources << /XObject << /I 6 0 R >> >> >>"
        b"\nstream\n0 w 0 60 m 400 60 l S /I Do   \nendstream" % form
    )
    page = b"/MediaBox [0 0 600 800] /Resources << /XObject << /O 7 0 R >> >>"
    found = rules_of(b"q 1 0 0 1 100 200 cm /O Do Q", page=page, extra=(inner, outer))
    assert_boxes(found, [box(100, 230, 300, 230), box(260, 220, 260, 300)])


def test_a_table_of_a_report_has_its_grid(tmp_path, reader):
    path = tmp_path / "table.pdf"
    table = Table([["Item", "Price"], ["Desk", "120.00"], ["Chair", "45.00"]], colWidths=100, rowHeights=20)
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)]))
    SimpleDocTemplate(str(path), pagesize=SHEET).build([table])
    (page,) = reader.pages(reader.open(path), image=False)
    level = [rule for rule in page.rules if rule.x1 - rule.x0 > rule.y1 - rule.y0]
    assert (len(level), len(page.rules) - len(level)) == (4, 3)
    top, *_, bottom = level
    assert (bottom.y0 - top.y0) * 800 == pytest.approx(60, abs=0.1)
    assert (top.x1 - top.x0) * 600 == pytest.approx(200, abs=1)


def test_a_drawing_of_many_lines_costs_little_and_keeps_the_longest(rules_of):
    hatching = b"\n".join(b"%d %d m %d %d l S" % (x, y, x + 6, y) for x in range(0, 600, 8) for y in range(0, 800, 4))
    start = time.monotonic()
    found = rules_of(b"0 w 10 3 m 590 3 l S " + hatching)  # 15,000 of them
    assert len(found) == 5000
    assert max(rule.x1 - rule.x0 for rule in found) == pytest.approx(580 / 600, abs=1e-4)
    many = b"0 w " + b" ".join(b"%d %d l" % (i % 599, i % 797) for i in range(300_000))
    assert rules_of(b"0 0 m " + many + b" S") == []
    assert time.monotonic() - start < 5


def test_forms_in_forms_without_end_do_no_harm(rules_of):
    # Each of 12 forms draws the next one twice: 4,096 lines, of which those too deep are not looked for.
    forms = []
    for i in range(12):
        draw = b"0 w 10 %d m 500 %d l S " % (20 * i + 5, 20 * i + 5) + (b"/N Do /N Do" if i < 11 else b"")
        forms.append(
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 900 900] /Resources << /XObject << /N %d 0 R >> >> "
            b"/Length %d >>\nstream\n%s\nendstream" % (7 + i, len(draw), draw)
        )
    page = b"/MediaBox [0 0 600 800] /Resources << /XObject << /N 6 0 R >> >>"
    assert len(rules_of(b"/N Do", page=page, extra=tuple(forms))) in range(8, 13)
