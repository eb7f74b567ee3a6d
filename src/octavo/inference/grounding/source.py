"""The pages' words as one run of bytes, in which a span is an interval.

Shape: P bytes, and one for the start that precedes them all.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from octavo.documents.structure.layout import layout
from octavo.documents.types import NOT_HERE, Page, Word
from octavo.inference.grounding.cuts import cuts


class Span(NamedTuple):
    """Words that follow each other on a page, whose place in the caller's list is `page`."""

    page: int
    words: tuple[Word, ...]


class Source:
    """Chains of words, each with single spaces between its words, and `NOT_HERE` as a chain of its own.

    `data` holds the chains' bytes, `chains` the interval of each. A span begins at one of `starts` and ends where
    `ends_P` is true, in the same chain.
    """

    def __init__(self, chains: Sequence[Span]) -> None:
        self.chains: list[tuple[int, int]] = []
        self.starts: list[int] = []
        self._ends: list[int] = []
        self._begins: list[int] = []  # of every word, and its page and itself
        self._words: list[tuple[int, Word]] = []
        data = bytearray()
        for page, words in chains:
            begin = len(data)
            for word in words:
                self._begins.append(len(data))
                self._words.append((page, word))
                starts, ends = (_in_bytes(word.text, places) for places in cuts(word.text))
                self.starts += [len(data) + place for place in starts]
                self._ends += [len(data) + place for place in ends]
                data += word.text.encode() + b" "
            self.chains.append((begin, len(data) - 1))
        self.not_here = len(data)
        data += NOT_HERE.encode()
        self.starts.append(self.not_here)
        self._ends.append(len(data))
        self.chains.append((self.not_here, len(data)))
        self.data = bytes(data)

    @property
    def ends_P(self) -> npt.NDArray[np.bool_]:
        """Whether a span may end before each byte [P + 2]; the last two are the data's end and the start."""
        ends_P = np.zeros(len(self.data) + 2, dtype=bool)
        ends_P[self._ends] = True
        return ends_P

    def span(self, start: int, end: int) -> Span | None:
        """The words that reach into an interval of a chain; None for `NOT_HERE`."""
        if start >= self.not_here:
            return None
        found = self._words[bisect_right(self._begins, start) - 1 : bisect_left(self._begins, end)]
        return Span(found[0][0], tuple(word for _, word in found))


def chains(page: Page) -> list[tuple[Word, ...]]:
    """The words of a page in the orders in which they can be read.

    The order of the text layer, and that of every block and table cell whose words do not follow each other there.
    """
    if not page.words:
        return []
    places = {word: i for i, word in enumerate(page.words)}
    parts = layout(page)
    pieces = [block.lines for block in parts.blocks]
    pieces += [cell.lines for table in parts.tables for cell in table.cells]
    found = [page.words]
    for lines in pieces:
        words = tuple(word for line in lines for word in line.words)
        first = places.get(words[0], 0) if words else 0
        if words != page.words[first : first + len(words)]:
            found.append(words)
    return found


def _in_bytes(text: str, places: Sequence[int]) -> list[int]:
    if text.isascii():
        return list(places)
    return [len(text[:place].encode()) for place in places]
