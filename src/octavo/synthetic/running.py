"""Running text: what it says, and how it is set."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from octavo.synthetic import texts
from octavo.synthetic.lexicon import Lexicon
from octavo.synthetic.sheet import Sheet

SENTENCES = (
    "The figures were checked twice and agree with the books.",
    "Compared with the year before there is little change.",
    "Work on the new store began in spring and is nearly done.",
    "Most of the rise is owed to longer opening hours.",
    "The board has asked for a second opinion before it decides.",
    "Costs fell because fewer vans were hired.",
    "Nothing points to a lasting trend so far.",
    "A survey among customers is under way.",
    "Details can be found in the annex, which is available on request.",
    "Two of the five offices have moved since the last count.",
    "Numbers are rounded, so that sums may differ by one.",
    "The method is the one that was agreed upon in autumn.",
    "Where no answer was given, the place has been left empty.",
)
ENCODING = "cp1252"  # the characters of the fonts that PDF readers bring along

GUTTER = 20.0  # points between columns


@dataclass(slots=True)
class Flow:
    """Where the next line goes on pages of `columns` columns: in which of them, how far down.

    `top` is the columns' upper edge on this page; `foot` points are kept free below them.
    """

    paper: Sheet
    columns: int
    top: float
    foot: float = 0.0
    column: int = 0
    y: float = 0.0

    @property
    def width(self) -> float:
        """Of a column."""
        return (self.paper.inside - GUTTER * (self.columns - 1)) / self.columns

    @property
    def x(self) -> float:
        """The left edge of the column."""
        return self.paper.margin + self.column * (self.width + GUTTER)

    @property
    def right(self) -> float:
        """The right edge of the column."""
        return self.x + self.width

    @property
    def left_over(self) -> float:
        """The points that are free below in this column."""
        return self.paper.bottom - self.foot - self.y

    def room(self, height: float) -> None:
        """Go on at the top of the next column or page where `height` points do not fit."""
        if height <= self.left_over:
            return
        self.column += 1
        if self.column == self.columns:
            self.column, self.top = 0, self.paper.new_page()
        self.y = self.top

    def lines(self, text: str, indent: float = 0.0, name: str = "", bold: bool = False, end: float = 0.0) -> None:
        """Set `text` in lines that begin `indent` points from the left and stop `end` points before the right."""
        for line in self.paper.wrap(text, self.width - indent - end, bold=bold):
            self.room(self.paper.line)
            self.paper.text(self.x + indent, self.y, line, bold=bold, name=name)
            self.y += self.paper.line


def prose(random: Random, words: Lexicon, fewest: int, most: int) -> str:
    """Some sentences: in English of sense, now and then, else words in a row."""
    count = random.randint(fewest, most)
    if words.code == "en" and random.random() < 0.6:
        return " ".join(random.sample(SENTENCES, count))
    return plain(" ".join(texts.sentence(random, words.code) for _ in range(count)))


def heading(random: Random, words: Lexicon, fewest: int, most: int) -> str:
    """Some words of the language, the first one capital."""
    return plain(texts.phrase(random, words.code, fewest, most))


def plain(text: str) -> str:
    """`text` without the characters that the standard fonts lack."""
    return text.encode(ENCODING, "ignore").decode(ENCODING)


def paragraph(paper: Sheet, text: str, x: float, y: float, width: float, *, size: float = 0.0, name: str = "") -> float:
    """Set `text` in lines of `width` points from (x, y) down, over page breaks; the y below it is returned."""
    step = (size or paper.size) * paper.leading
    for line in paper.wrap(text, width, size):
        y = paper.room(y, step)
        paper.text(x, y, line, size=size, name=name)
        y += step
    return y


def widest(paper: Sheet, texts: Sequence[str], size: float = 0.0, bold: bool = False) -> float:
    """The width in points of the widest text."""
    return max(paper.measure(text, size, bold) for text in texts)
