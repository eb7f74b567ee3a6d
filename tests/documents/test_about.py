"""Outline and metadata: what they say, and that a hostile file cannot make them long."""

import pytest
from reportlab.pdfgen.canvas import Canvas


@pytest.fixture
def outlined(pdf_of, reader):
    """A document of two pages with these outline objects, numbered from 6; 5 is the root, `first` its first child."""

    def read(*items: bytes, first: int = 6, info: bytes = b""):
        return reader.open(
            pdf_of(
                b"<< /Type /Catalog /Pages 2 0 R /Outlines 5 0 R %s >>" % info,
                b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>",
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>",
                b"<< /Type /Outlines /First %d 0 R >>" % first,
                *items,
            )
        )

    return read


def test_an_outline_has_titles_pages_and_levels(tmp_path, reader):
    path = tmp_path / "book.pdf"
    canvas = Canvas(str(path))
    for title, level in [("One", 0), ("One and a half", 1), ("Two", 0), ("Zwei – drei", 1)]:
        canvas.bookmarkPage(title)
        canvas.addOutlineEntry(title, title, level)
        canvas.drawString(100, 700, title)
        canvas.showPage()
    canvas.setTitle("A  book\nof two")
    canvas.setAuthor("Ada")
    canvas.save()
    document = reader.open(path)
    assert document.outline == (("One", 1, 0), ("One and a half", 2, 1), ("Two", 3, 0), ("Zwei – drei", 4, 1))
    assert (document.metadata["title"], document.metadata["author"]) == ("A book of two", "Ada")
    assert set(document.metadata) <= {"title", "author", "subject", "keywords", "creator", "producer"}


def test_a_document_need_not_say_anything(pdf_file, reader):
    document = reader.open(pdf_file(b""))
    assert (document.outline, document.metadata) == ((), {})


def test_entries_lead_to_pages_or_nowhere(outlined):
    document = outlined(
        b"<< /Title (direct) /Next 7 0 R /Dest [4 0 R /Fit] >>",
        b"<< /Title (action) /Next 8 0 R /A << /S /GoTo /D [3 0 R /Fit] >> >>",
        b"<< /Title (web) /Next 9 0 R /A << /S /URI /URI (http://a.b) >> >>",
        b"<< /Title (beyond) /Next 10 0 R /Dest [77 /Fit] >>",
        b"<< /Title (gone) /Next 11 0 R /Dest [99 0 R /Fit] >>",
        b"<< /Title () /Next 12 0 R >>",
        b"<< /Title <FEFF00610007000A0062> >>",
    )
    assert document.outline == (
        ("direct", 2, 0),
        ("action", 1, 0),
        ("web", 0, 0),
        ("beyond", 0, 0),
        ("gone", 0, 0),
        ("a b", 0, 0),
    )


def test_cycles_end(outlined):
    own = outlined(b"<< /Title (me) /First 6 0 R /Next 6 0 R >>")
    assert own.outline == (("me", 0, 0),)
    ring = outlined(b"<< /Title (a) /First 7 0 R /Next 7 0 R >>", b"<< /Title (b) /First 6 0 R /Next 6 0 R >>")
    assert [item.title for item in ring.outline] == ["a", "b"]
    assert outlined(b"<< /Title (root) /First 5 0 R >>", first=5).page_count == 2


def test_number_depth_and_length_are_bounded(outlined):
    wide = outlined(*(b"<< /Title (t) /Next %d 0 R >>" % (7 + i) for i in range(6000)))
    assert len(wide.outline) == 5000
    deep = outlined(*(b"<< /Title (t) /First %d 0 R >>" % (7 + i) for i in range(100)))
    assert [item.level for item in deep.outline] == list(range(20))
    (long,) = outlined(b"<< /Title (%s) >>" % (b"x" * 10_000)).outline
    assert len(long.title) == 300
