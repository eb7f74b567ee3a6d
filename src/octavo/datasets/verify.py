"""The check that an answer stands on its page: words and boxes only, nothing that wrote the question."""

from collections.abc import Iterable, Sequence

from octavo.datasets.types import Question
from octavo.documents.types import Box, Word

HALF, OVERLAP = 0.5, 0.35  # of a character's width and of a line's height
AROUND = "\"'“”‘’«»()[]*.,;: "  # punctuation of the sentence around an answer, which a word carries with it


def grounded(question: Question, words: Sequence[Word]) -> bool:
    """Whether the words whose centre lies inside the evidence boxes are the answer.

    `words` are those of the question's page. A box holds words of one line; they are read from left to right,
    the boxes in their order. Equal means letter for letter, except that punctuation which the outer words
    carry may be missing from the answer.
    """
    read, answer = read_boxes(question.boxes, words), question.answer
    at = read.find(answer)
    while answer and at >= 0:  # each place where the answer stands; usually one
        if not (read[:at] + read[at + len(answer) :]).strip(AROUND):
            return True
        at = read.find(answer, at + 1)
    return False


def read_boxes(boxes: Iterable[Box], words: Sequence[Word]) -> str:
    """The words whose centre lies inside the boxes, box by box, from left to right, joined with spaces."""
    return " ".join(
        word.text
        for box in boxes
        for word in sorted((word for word in words if _inside(word.box.center, box)), key=lambda word: word.box.center)
    )


def crowded(boxes: Iterable[Box], words: Sequence[Word]) -> bool:
    """Whether a word that is not read in the boxes stands in one of them all the same, by half a character or more.

    Lines printed over each other, and text layers of skewed scans: what a person sees there is not one answer.
    """
    return any(
        min(word.box.x1, box.x1) - max(word.box.x0, box.x0) > HALF * (word.box.x1 - word.box.x0) / len(word.text)
        and min(word.box.y1, box.y1) - max(word.box.y0, box.y0)
        > OVERLAP * min(word.box.y1 - word.box.y0, box.y1 - box.y0)
        for box in boxes
        for word in words
        if not _inside(word.box.center, box)
    )


def is_absent(key: str, text: str) -> bool:
    """Whether what is asked for does not stand in a document whose words, in lower case, are `text`."""
    return bool(key) and key.casefold() not in text


def _inside(point: tuple[float, float], box: Box) -> bool:
    return box.x0 <= point[0] <= box.x1 and box.y0 <= point[1] <= box.y1
