"""An answer is marked where it stands exactly once, and nowhere else."""

import pytest

from octavo.documents import Box, Word
from octavo.inference import locate
from octavo.inference.locate import line_boxes


def page(*lines):
    """Words of 0.1 by 0.05, one list of texts a line."""
    return [
        Word(text, Box(0.1 * x, 0.1 * y, 0.1 * x + 0.08, 0.1 * y + 0.05), 10.0)
        for y, line in enumerate(lines)
        for x, text in enumerate(line.split())
    ]


WORDS = page("Invoice No. 2017-0042", "Total due: (1,200.50 EUR)", "Ship to New", "York today", "paid paid")


@pytest.mark.parametrize(
    ("answer", "boxes"),
    [
        ("2017-0042", [(0.2, 0.0)]),
        ("1,200.50 eur", [(0.2, 0.1)]),
        ("1,200.50 EUR.", [(0.2, 0.1)]),
        ("New York", [(0.2, 0.2), (0.0, 0.3)]),
        ("paid", []),
        ("200.50", []),
        ("nothing of this", []),
        ("", []),
        ("...", []),
        ("No", []),  # an answer to whether something is so, and not the "No." of the invoice
    ],
)
def test_locate(answer, boxes):
    found = locate(answer, WORDS)
    assert [(pytest.approx(x), pytest.approx(y)) for x, y in boxes] == [(box.x0, box.y0) for box in found]


def test_a_box_holds_the_words_of_its_line():
    (box,) = locate("Total due: 1,200.50", WORDS)
    assert box == pytest.approx((0.0, 0.1, 0.28, 0.15))


def test_no_words_no_boxes():
    assert locate("anything", []) == ()
    assert line_boxes([]) == ()
