"""What a child that a hostile file has taken over may answer, and that it is believed nothing."""

import itertools
import subprocess
import sys
from types import SimpleNamespace

import pytest
from PIL import Image

from octavo.documents import Document, DocumentError, Reader
from octavo.documents import process as process_module

TEXT = b"BT /F 20 Tf 50 700 Td (Invoice total 47.11) Tj ET"
LIAR = """
import struct, sys, os
from octavo.documents.frames import packed, received
read, write = sys.stdin.buffer.read, sys.stdout.buffer.write
def say(head, *blobs):
    for piece in packed(head, blobs):
        write(piece)
    sys.stdout.buffer.flush()
def packed_rows(row):
    return struct.pack(f"{len(row)}d", *row)
def page(label="", width=100.0, height=100.0, size=(2, 2), text="layer", words=b"a", row=(.1, .1, .2, .2, 9, 0),
         rules=(), fields=b"", image=bytes(12)):
    head = dict(label=label, width=width, height=height, size=size, text=text)
    say(head, words, packed_rows(row), packed_rows(rules), fields, image)
received(read); say({})
received(read); say(dict(page_count=1, password=""), b'[[], {}]')
while True:
    received(read)
    LIE
"""
OPENED = """received(read); say(dict(page_count=1, password=""), b'[[], {}]')
"""
LIES = [
    "page(row=(.1, .1, 1.2, .2, 9, 0))",
    "page(row=(.3, .1, .2, .2, 9, 0))",
    "page(row=(.1, float('nan'), .2, .2, 9, 0))",
    "page(row=(.1, .1, .2, .2, float('inf'), 0))",
    "page(row=(.1, .1, .2, .2, -1, 0))",
    "page(row=(.1, .1, .2, .2, 9))",
    "page(words=b'a\\nb')",
    "page(words=b'')",
    "page(words=b'\\xff')",
    "page(words=b'\\n', row=(.1, .1, .2, .2, 9, 0) * 2)",
    "page(size=(2, 3))",
    "page(size=(0, 0))",
    "page(size=(3000, 3000))",
    "page(size=2)",
    "page(size=(True, 2))",
    "page(width=float('inf'))",
    "page(height=0.0)",
    "page(width='x')",
    "page(width=10**400)",
    "page(label=5)",
    "say({})",
    "say({'label': ''}, b'', b'', b'')",
    "say({'label': ''}, b'', b'', b'', b'', b'', b'')",
    "page(text='ocr')",
    "page(text='no text')",
    "page(text=None)",
    "page(words=b'', row=())",
    "page(rules=(.1, .1, .2))",
    "page(rules=(.1, .1, .2, 7))",
    "page(rules=(.1, .1, .2, float('nan')))",
    "page(rules=(.1, .1, .2, .2) * 5001)",
    "page(fields=b'{}')",
    "page(fields=b'5')",
    "page(fields=b'[' * 50_000)",
    "page(fields=b'[[]]')",
    """page(fields=b'[["a", "text", "", "", false, 0.1, 0.1, 0.2]]')""",
    """page(fields=b'[["a", "text", "", "", false, 0.1, 0.1, 0.2, NaN]]')""",
    """page(fields=b'[["a", "text", "", "", false, 0.3, 0.1, 0.2, 0.2]]')""",
    """page(fields=b'[["a", "other", "", "", false, 0.1, 0.1, 0.2, 0.2]]')""",
    """page(fields=b'[["a", [], "", "", false, 0.1, 0.1, 0.2, 0.2]]')""",
    """page(fields=b'[["a", "text", "", 5, false, 0.1, 0.1, 0.2, 0.2]]')""",
    """page(fields=b'[["a", "text", "", "", 0, 0.1, 0.1, 0.2, 0.2]]')""",
    """page(fields=b'[' + b', '.join([b'["a", "text", "", "", false, 0.1, 0.1, 0.2, 0.2]'] * 2001) + b']')""",
    "os._exit(3)",
    "say({'label': ''}, b'', b'', b'', b'', bytes(30_000_000))",
    "write(b'garbage' * 9); sys.stdout.buffer.flush()",
    "write(struct.pack('>I', 12) + b'{\"blobs\": 12'); sys.stdout.buffer.flush()",
]


def lying(monkeypatch, lie: str, liar: str = LIAR) -> None:
    """From here on a reader's child is one that tells this lie about every page."""
    script, real = liar.replace("LIE", lie), subprocess.Popen
    monkeypatch.setattr(
        process_module.subprocess, "Popen", lambda command, **options: real([sys.executable, "-c", script], **options)
    )


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_child_costs_only_the_file(pdf_file, monkeypatch, lie):
    lying(monkeypatch, lie)
    with Reader(image_format="RGB") as reader:
        document = reader.open(pdf_file(TEXT))
        with pytest.raises(DocumentError, match="page 1: "):
            list(reader.pages(document))
        assert reader._child is None


@pytest.mark.parametrize(
    "answer",
    [
        "page_count=0",
        "page_count='2'",
        "page_count=1.5",
        "page_count=True",
        "page_count=1, password='not given'",
        "page_count=1, password=None",
        "",
    ],
)
def test_a_lie_about_the_file_is_found(pdf_file, monkeypatch, answer):
    if "password" not in answer:
        answer += ", password=''"
    lying(monkeypatch, "page()", LIAR.replace('page_count=1, password=""', answer.removeprefix(", ")))
    with Reader() as reader, pytest.raises(DocumentError, match="answered nonsense"):
        reader.open(pdf_file(TEXT), ["given"])


@pytest.mark.parametrize(
    "about",
    [
        "b''",
        "b'[]'",
        "b'{}'",
        "b'[[], []]'.replace(b'[]]', b'[5]]')",
        "b'[[], 5]'",
        "b'[' * 50_000",
        """b'[[["Title", 1]], {}]'""",
        """b'[[["", 1, 0]], {}]'""",
        """b'[[["Title", 1.5, 0]], {}]'""",
        """b'[[["Title", 1, -1]], {}]'""",
        """b'[[[5, 1, 0]], {}]'""",
        """b'[[' + b', '.join([b'["a", 1, 0]'] * 5001) + b'], {}]'""",
        """b'[[], {"title": 5}]'""",
        """b'[[], {"path": "/etc"}]'""",
        "bytes(9_000_000)",
    ],
)
def test_a_lie_about_what_the_file_says_is_found(pdf_file, monkeypatch, about):
    lying(monkeypatch, "page()", LIAR.replace("b'[[], {}]'", about))
    with Reader() as reader, pytest.raises(DocumentError, match=r"answered nonsense|the reading process sent"):
        reader.open(pdf_file(TEXT))


def test_the_liar_is_believed_where_it_tells_the_truth(pdf_file, monkeypatch):
    lying(monkeypatch, "page()")
    with Reader(image_format="RGB") as reader:
        (page,) = reader.pages(reader.open(pdf_file(TEXT)))
    assert (page.words[0].text, page.image.data) == ("a", bytes(12))


@pytest.mark.parametrize(
    "lie",
    [
        "page(image=b'II*\\0' + bytes(99))",
        "page(image=b'')",
        "page(image=open(sys.argv[1], 'rb').read())".replace("sys.argv[1]", "'large.jpg'"),
    ],
)
def test_a_jpeg_that_is_none_or_of_another_size_is_refused(pdf_file, tmp_path, monkeypatch, lie):
    Image.new("L", (3000, 3000)).save(tmp_path / "large.jpg")
    monkeypatch.chdir(tmp_path)
    lying(monkeypatch, lie)
    with Reader() as reader, pytest.raises(DocumentError, match="answered nonsense"):
        list(reader.pages(reader.open(pdf_file(TEXT))))


def test_what_a_child_says_cannot_steer_a_terminal(pdf_file, monkeypatch):
    lying(monkeypatch, "say({'error': '\\x1b[2Jgone\\n' + 'x' * 5000})")
    with Reader() as reader, pytest.raises(DocumentError) as raised:
        list(reader.pages(reader.open(pdf_file(TEXT))))
    assert raised.value.reason.startswith("page 1: [2Jgone x")
    assert len(raised.value.reason) < 350


def test_a_document_that_kills_the_child_again_and_again_is_given_up(pdf_file, monkeypatch):
    lying(monkeypatch, "os._exit(3)", LIAR.replace(OPENED, ""))
    with Reader() as reader:
        document = Document(pdf_file(TEXT), "pdf", 9, "")
        found = list(reader.each(document, [1, 2, 3, 4, 9]))
    assert [fault.number for fault in found] == [1, 2, 3, 4, 9]
    assert all("crashed" in fault.reason for fault in found)
    assert [fault.reason.startswith("left out, because 3 other pages") for fault in found] == [False] * 3 + [True] * 2


def test_a_document_that_takes_too_long_is_given_up(pdf_file, monkeypatch):
    monkeypatch.setattr("octavo.documents.reader.MOST_WAITS", 0)
    monkeypatch.setattr("octavo.documents.reader.time", SimpleNamespace(monotonic=itertools.count(0, 4).__next__))
    lying(monkeypatch, "say({'error': 'odd'})", LIAR.replace(OPENED, ""))
    with Reader() as reader:
        found = list(reader.each(Document(pdf_file(TEXT), "pdf", 3, ""), image=False))
    assert [fault.reason for fault in found] == ["odd", *["left out, because the document took longer than 3 s"] * 2]
