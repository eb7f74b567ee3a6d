"""The nouns of an answer."""

from dataclasses import asdict, dataclass
from typing import Any

from octavo.documents.types import Box


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

    `page` counts from 1. `boxes` are page fractions, one a line, and empty where the answer does not stand
    exactly once among the page's words: a wrong mark is worse than none. `timings` are seconds: "page"
    (rendering, tiles and encoder) and "answer" (question and decoding).
    """

    question: str
    text: str
    page: int
    boxes: tuple[Box, ...]
    confidence: float
    timings: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON values; a box is [x0, y0, x1, y1]."""
        return asdict(self) | {"boxes": [list(box) for box in self.boxes]}
