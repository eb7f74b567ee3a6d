"""Running text with the way back from its characters to the words, and what finders quote of it."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from octavo.datasets.fields.values import is_clean
from octavo.datasets.finders.evidence import evidence, words_at
from octavo.datasets.verify import AROUND
from octavo.datasets.view import View
from octavo.documents.structure.parts import LIST_ITEM, PARAGRAPH
from octavo.documents.structure.rows import Line
from octavo.documents.types import Box, Word

MOST_CHARS = 60_000  # of running text on one page; a broadsheet has as many
_ADDRESS = re.compile(r"https?:|www\.|\S@\S", re.IGNORECASE)
_BROKEN = re.compile(r"\w[-\u00ad\u2010] \w|\u00ad")  # a word that a line's end divides, read as two
_LEADER = re.compile(r"\.{4}|…{2}|(?:\. ){2}\.|_{3}")
_CUT_OFF = re.compile(
    r" (?:an?|and|as|at|by|for|from|in|of|on|or|that|the|to|with|und|der|die|das|et|de|du|des|la|le|les|en)$",
    re.IGNORECASE,
)
_MARKS = "\"'“”„‘’«»"  # quotation marks, which a quote of ours must not hold
_SIGNS = "+<=>|~±×÷≤≥−"  # of mathematics, that running text and tables have, too
_BRACKETS = (("(", ")"), ("[", "]"))

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines of one column read as one text: `text` joins them with spaces, `starts` says where each begins."""

    lines: tuple[Line, ...]
    text: str
    starts: tuple[int, ...]

    @staticmethod
    def of(lines: Sequence[Line]) -> "Passage":
        """The passage that these lines make."""
        starts, at = [], 0
        for line in lines:
            starts.append(at)
            at += len(line.text) + 1
        return Passage(tuple(lines), " ".join(line.text for line in lines), tuple(starts))

    def words(self, start: int, end: int) -> list[tuple[Word, ...]]:
        """The words that the characters `start`…`end` touch, line by line."""
        touched = (
            words_at(line, start - at, end - at) for line, at in zip(self.lines, self.starts, strict=True) if at < end
        )
        return [words for words in touched if words]

    def answer(self, start: int, end: int) -> tuple[str, tuple[Box, ...]] | None:
        """The text from `start` to `end` without the punctuation around it, and its boxes, one for each line.

        None where the words there hold more than the text, a line's end divides one of them, a bracket opens
        outside or a note's raised number stands among them.
        """
        words = self.words(start, end)
        read = " ".join(word.text for line in words for word in line)
        text = trimmed(self.text[start:end])
        if len(words) > 1 and _ADDRESS.search(text):  # it may be broken at a line's end, where no hyphen tells
            return None
        whole = text and read.strip(AROUND) == text.strip(AROUND) and not _BROKEN.search(read)
        if not whole or not closes(text) or not is_plain(text) or any(map(_has_raised, words)):
            return None
        return text, tuple(evidence(line) for line in words)


def trimmed(text: str) -> str:
    """`text` without the punctuation at its ends, except for what closes or opens something inside it."""
    text = text.strip(" ,;:")
    while text and text[0] in AROUND and not (text[0] in "([" and closes(text)):
        text = text[1:]
    while text and text[-1] in AROUND and not (text[-1] in ")]" and closes(text)):
        text = text[:-1]
    return text


def _has_raised(words: Sequence[Word]) -> bool:
    """Whether one of a line's words is set clearly smaller than its line: the number of a note."""
    largest = max(word.size for word in words)
    return any(word.size < 0.8 * largest and word.text.isdigit() for word in words)


def closes(text: str) -> bool:
    """Whether every bracket that opens in `text` closes."""
    return all(text.count(left) == text.count(right) for left, right in _BRACKETS)


def is_plain(text: str) -> bool:
    """Whether `text` can be read as it stands.

    Not so with a broken font, a script that runs to the left, a formula, the dots of a leader, or with each word
    twice, as where a heading was made bold by printing it again beside itself.
    """
    words = text.split()
    return (
        is_clean(text)
        and (text.isascii() or not any(map(_is_of_formula, text)))
        and ".." not in text.replace("...", "")
        and not _LEADER.search(text)
        and not (len(words) > 1 and words[::2] == words[1::2])
    )


def _is_of_formula(char: str) -> bool:
    """Whether a character is a sign of mathematics or an accent that stands beside its letter."""
    category = unicodedata.category(char)
    return (category == "Sm" and char not in _SIGNS) or (category == "Sk" and not char.isascii())


def is_cut_off(text: str) -> bool:
    """Whether `text` ends with a word that another must follow."""
    return _CUT_OFF.search(text) is not None


def is_quotable(text: str) -> bool:
    """Whether `text` can stand between our quotation marks: readable, whole words, some letters or digits."""
    return (
        is_plain(text)
        and not _BROKEN.search(text)
        and not any(mark in text for mark in _MARKS if mark not in "’'")
        and closes(text)
        and any(char.isalnum() for char in text)
        and text == text.strip()
    )


class Quotes:
    """The texts of a page in which a quote is to be found exactly once."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.text = "\n".join(texts).casefold()

    @staticmethod
    def of(view: View) -> "Quotes":
        """All texts of the page: its blocks, the cells of its tables, or its lines where it has neither."""
        blocks = [block.text for block in view.layout.blocks]
        cells = [cell.text for table in view.layout.tables for cell in table.cells]
        return Quotes(blocks + cells or [line.text for line in view.layout.lines])

    def once(self, quote: str) -> bool:
        """Whether `quote` stands on the page once, whatever its capitals."""
        quote = quote.casefold()
        at = self.text.find(quote)
        return at >= 0 and self.text.find(quote, at + 1) < 0


def picked(items: Sequence[T], most: int, view: View, name: Callable[[T], str]) -> Iterator[T]:
    """At most so many of `items`, drawn by the hash of their names, in their order."""

    def draw(index: int) -> bytes:
        return hashlib.sha256(view.draw(name(items[index]), index).encode()).digest()

    for index in sorted(sorted(range(len(items)), key=draw)[:most]):
        yield items[index]


def passages(view: View) -> Iterator[Passage]:
    """The page's paragraphs and list items, `MOST_CHARS` of them."""
    left = MOST_CHARS
    for block in view.layout.blocks:
        if block.kind in (PARAGRAPH, LIST_ITEM):
            passage = Passage.of(block.lines)
            left -= len(passage.text)
            if left < 0:
                return
            yield passage
