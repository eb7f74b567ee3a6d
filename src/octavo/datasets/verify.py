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
        word.text for box in boxes for word in sorted(_words_in(box, words), key=lambda word: word.box.center)
    )


def crowded(boxes: Iterable[Box], words: Sequence[Word]) -> bool:
    """Whether a word that is not read in the boxes stands in one of them all the same, by half a character or more.

    Lines printed over each other, and text layers of skewed scans: what a person sees there is not one answer.
    """
    for box in boxes:
        x0, y0, x1, y1 = box
        for word in words:
            left, top, right, bottom = word.box
            if bottom <= y0 or top >= y1 or right <= x0 or left >= x1:
                continue
            width, height = min(right, x1) - max(left, x0), min(bottom, y1) - max(top, y0)
            if (
                width > HALF * (right - left) / len(word.text)
                and height > OVERLAP * min(bottom - top, y1 - y0)
                and not _inside(word.box.center, box)
            ):
                return True
    return False


def is_absent(key: str, text: str) -> bool:
    """Whether what is asked for does not stand in a document whose words, in lower case, are `text`."""
    return bool(key) and key.casefold() not in text


def _words_in(box: Box, words: Sequence[Word]) -> list[Word]:
    """The words whose centre is inside; a glance at the edges spares most of them the arithmetic."""
    x0, y0, x1, y1 = box
    found = []
    for word in words:
        left, top, right, bottom = word.box
        if bottom >= y0 and top <= y1 and right >= x0 and left <= x1 and _inside(word.box.center, box):
            found.append(word)
    return found


def _inside(point: tuple[float, float], box: Box) -> bool:
    return box.x0 <= point[0] <= box.x1 and box.y0 <= point[1] <= box.y1
