"""The nouns of an answer."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from octavo.documents.types import NOT_HERE, Box

FREE, GROUNDED, AUTO = MODES = ("free", "grounded", "auto")


@dataclass(frozen=True, slots=True)
class Generated:
    """What the decoder wrote: text without special tokens, and how sure it was.

    `confidence` is the geometric mean of the probabilities of the tokens it chose, in 0..1. `stopped` is
    False where `max_new_tokens` cut the answer. `seconds` is the time from the question to the last token.
    """

    text: str
    confidence: float
    stopped: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its evidence.

    `page` counts from 1, and is None where no page has what is asked for: `text` is `NOT_HERE` then. `boxes` are page
    fractions, one a line; outside mode "grounded" they are empty where the answer does not stand exactly once among
    the page's words: a wrong mark is worse than none. `timings` are seconds: "page" (rendering, tiles and encoder)
    and "answer" (question and decoding). `asked` are the pages that the model was shown, from 1.
    """

    question: str
    text: str
    page: int | None
    boxes: tuple[Box, ...]
    confidence: float
    timings: dict[str, float]
    asked: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON values; a box is [x0, y0, x1, y1]."""
        return asdict(self) | {"boxes": [list(box) for box in self.boxes]}


def is_absent(text: str) -> bool:
    """Whether an answer says that the page does not have what is asked for."""
    return text.casefold().strip(" .") == NOT_HERE


def surest(told: Sequence[tuple[str, float]]) -> int:
    """Which of one question's answers (at least one; text, confidence) counts: the surest that says where.

    Where all say that it is absent, that is as sure as the least sure of them.
    """
    found = [i for i, (text, _) in enumerate(told) if not is_absent(text)]
    if found:
        return max(found, key=lambda i: told[i][1])
    return min(range(len(told)), key=lambda i: told[i][1])


def best_of(answers: Sequence[Answer]) -> Answer:
    """The `surest` of one question's answers from different pages, with all pages that were asked."""
    best = answers[surest([(answer.text, answer.confidence) for answer in answers])]
    asked = tuple(answer.asked[0] for answer in answers)
    if is_absent(best.text):
        return replace(best, text=NOT_HERE, page=None, asked=asked)
    return replace(best, asked=asked)
