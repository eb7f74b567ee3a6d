"""The check that an answer stands on its page: words and boxes only, nothing that wrote the question."""

from collections.abc import Iterable, Sequence

from octavo.datasets.types import Question
from octavo.documents.types import Box, Word

AROUND = "\"'“”‘’«»()[]*.,;: "  # punctuation of the sentence around an answer, which a word carries with it


def grounded(question: Question, words: Sequence[Word]) -> bool:
    """Whether the words whose centre lies inside the evidence boxes are the answer.

    `words` are those of the question's page. A box holds words of one line; they are read from left to right,
    the boxes in their order. Equal means letter for letter, except that punctuation which the outer words
    carry may be missing from the answer.
    """
    read = read_boxes(question.boxes, words)
    return bool(read) and question.answer in (read, *_trimmed(read))


def read_boxes(boxes: Iterable[Box], words: Sequence[Word]) -> str:
    """The words whose centre lies inside the boxes, box by box, from left to right, joined with spaces."""
    return " ".join(
        word.text
        for box in boxes
        for word in sorted((word for word in words if _inside(word.box.center, box)), key=lambda word: word.box.center)
    )


def _inside(point: tuple[float, float], box: Box) -> bool:
    return box.x0 <= point[0] <= box.x1 and box.y0 <= point[1] <= box.y1


def _trimmed(text: str) -> set[str]:
    """`text` without some of the punctuation at its ends, a letter or digit being the last thing to go."""
    starts = len(text) - len(text.lstrip(AROUND))
    ends = len(text) - len(text.rstrip(AROUND))
    return {text[start : len(text) - end] for start in range(starts + 1) for end in range(ends + 1)}
