"""Evidence: the boxes that a question's answer is read again from."""

from collections.abc import Iterable, Sequence

from octavo.documents.structure.rows import Line
from octavo.documents.types import Box, Word


def evidence(words: Iterable[Word]) -> Box:
    """The box around words of one line, rounded to what a float32, which a data set stores, holds exactly enough."""
    return Box(*(round(edge, 5) for edge in Box.around(word.box for word in words)))


def words_at(line: Line, start: int, end: int) -> tuple[Word, ...]:
    """The words of `line` that the characters `start`…`end` of its text touch."""
    touched, at = [], 0
    for word in line.words:
        if at < end and at + len(word.text) > start:
            touched.append(word)
        at += len(word.text) + 1
    return tuple(touched)


def boxes_of(lines: Sequence[Line]) -> tuple[Box, ...]:
    """The evidence of an answer of several whole lines."""
    return tuple(evidence(line.words) for line in lines)
