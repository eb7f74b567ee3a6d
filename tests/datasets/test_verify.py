"""The check of answers: what it lets pass and what not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.datasets.types import Question
from octavo.datasets.verify import grounded, read_boxes
from octavo.documents.types import Box, Word

LINES = ((0.1, "Total due on receipt"), (0.2, "(EUR 12.50),"))
WORDS = tuple(
    Word(text, Box(0.1 * n, top, 0.1 * n + 0.08, top + 0.02), 10.0)
    for top, line in LINES
    for n, text in enumerate(line.split())
)
FIRST, SECOND = Box(0.0, 0.1, 0.18, 0.12), Box(0.0, 0.2, 0.18, 0.22)


def question(answer: str, *boxes: Box) -> Question:
    return Question("What?", answer, 1, boxes, "key_value", "test")


def test_the_words_in_the_boxes_are_the_answer() -> None:
    assert grounded(question("Total due", FIRST), WORDS)
    assert not grounded(question("Total", FIRST), WORDS)
    assert not grounded(question("total due", FIRST), WORDS)
    assert not grounded(question("Totaldue", FIRST), WORDS)


def test_boxes_are_read_in_their_order() -> None:
    assert grounded(question("(EUR 12.50), Total due", SECOND, FIRST), WORDS)
    assert not grounded(question("Total due (EUR 12.50),", SECOND, FIRST), WORDS)


@pytest.mark.parametrize("answer", ["(EUR 12.50),", "EUR 12.50", "(EUR 12.50)", "EUR 12.50)"])
def test_outer_punctuation_may_be_missing(answer: str) -> None:
    assert grounded(question(answer, SECOND), WORDS)


@pytest.mark.parametrize("answer", ["EUR 12", "EUR 1250", "UR 12.50", "", "-EUR 12.50"])
def test_nothing_else_may(answer: str) -> None:
    assert not grounded(question(answer, SECOND), WORDS)


def test_an_empty_box_grounds_nothing() -> None:
    assert read_boxes([Box(0.5, 0.5, 0.6, 0.6)], WORDS) == ""
    assert not grounded(question("", Box(0.5, 0.5, 0.6, 0.6)), WORDS)
    assert not grounded(question("Total due"), WORDS)


@given(st.sampled_from(["x", "y"]), st.sampled_from([-1, 1]), st.floats(0.05, 0.5))
def test_shifted_boxes_are_rejected(axis: str, sign: int, shift: float) -> None:
    """Half a word to the side or a line up or down is noticed."""
    dx, dy = (sign * shift, 0.0) if axis == "x" else (0.0, sign * shift)
    box = Box(FIRST.x0 + dx, FIRST.y0 + dy, FIRST.x1 + dx, FIRST.y1 + dy)
    assert not grounded(question("Total due", box), WORDS)
