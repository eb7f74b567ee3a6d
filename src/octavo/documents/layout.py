"""Words laid out again as a reader sees them: rows of the page, cut into cells and columns at the wide gaps.

The order of a text layer says little (a table may stand in it by columns, a form's values after its labels),
so this looks at the boxes alone. Two measures of a page carry it, both medians over its words: how tall and
how wide a character is per point of type, in page fractions. They make every threshold below independent of
the paper's size and of whether the boxes are tight around the ink or of the font's full height.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from octavo.documents.types import Box, Word

SAME_ROW = 0.4  # of the type's height between two words' middles: superscripts stay, the next row does not
SAME_SIZE = 1.7  # beyond this ratio of sizes small print beside a large title is not of its row
WIDE_GAP = 1.3  # characters; a space is about 0.55, the gaps of narrow tables begin at 1.4
JUSTIFIED = 1.8  # a justified row's gaps are all wide, so one must also exceed the row's median this often
WIDEST_GAP = 3.0  # characters; wider is a new cell in a justified row, too
SMALLEST = 1e-7  # of the page, a point of type at least: words that a crop cut to nothing still divide by it
SENTENCE_GAP = 2.0  # characters; after a full stop old typing sets two spaces


@dataclass(frozen=True, slots=True)
class Line:
    """Words of one row without a wide gap between them: a line of a column, or a cell of a table.

    `words` stand from left to right, `text` has them with single spaces, `size` is the median type size in
    points, `box` holds all of them.
    """

    words: tuple[Word, ...]
    box: Box
    text: str
    size: float

    @staticmethod
    def of(words: Sequence[Word]) -> "Line":
        """The line that these words make (at least one, from left to right)."""
        return Line(
            tuple(words),
            Box.around(word.box for word in words),
            " ".join(word.text for word in words),
            median(word.size for word in words),
        )


@dataclass(slots=True)
class _Band:
    """A row while it is being collected: `middle` is the mean of its words' middles."""

    middle: float
    size: float
    words: list[Word] = field(default_factory=list)

    def add(self, word: Word) -> None:
        self.words.append(word)
        self.middle += (word.box.center[1] - self.middle) / len(self.words)


@dataclass(frozen=True, slots=True)
class Type:
    """How large a page's type is: a character's height and width in page fractions per point of its size."""

    height: float
    width: float

    @staticmethod
    def of(words: Sequence[Word]) -> "Type":
        """Measured over the words of three characters and more, or over all where there are none."""
        wordy = [word for word in words if len(word.text) >= 3] or list(words)
        height = median((word.box.y1 - word.box.y0) / word.size for word in wordy)
        width = median((word.box.x1 - word.box.x0) / len(word.text) / word.size for word in wordy)
        return Type(max(height, SMALLEST), max(width, SMALLEST))


def rows(words: Iterable[Word]) -> list[list[Line]]:
    """The page's rows from top to bottom, each its lines from left to right.

    Columns of text whose baselines agree share rows and never lines. Words set sideways are left out.
    """
    upright = [word for word in words if word.size > 0 and not _sideways(word)]
    if not upright:
        return []
    type_ = Type.of(upright)
    bands = sorted(_bands(upright, type_), key=lambda band: band.middle)
    return [_cells(band.words, type_) for band in bands]


def lines(words: Iterable[Word]) -> list[Line]:
    """The page's lines, row by row; `rows` says how they are found."""
    return [line for row in rows(words) for line in row]


def body_size(words: Sequence[Word]) -> float:
    """The type size in points that most characters of the page are set in: the median over characters."""
    by_size = sorted(words, key=lambda word: word.size)
    left = sum(len(word.text) for word in by_size) / 2
    for word in by_size:
        left -= len(word.text)
        if left <= 0:
            return word.size
    return 0.0


def above(line: Line, others: Iterable[Line], reach: float) -> Line | None:
    """The nearest line over `line` that shares some width with it and ends within `reach` line heights."""
    return _nearest(line, others, reach, upwards=True)


def below(line: Line, others: Iterable[Line], reach: float) -> Line | None:
    """The nearest line under `line` that shares some width with it and begins within `reach` line heights."""
    return _nearest(line, others, reach, upwards=False)


def _nearest(line: Line, others: Iterable[Line], reach: float, upwards: bool) -> Line | None:
    box, height = line.box, line.box.y1 - line.box.y0
    best, best_gap = None, reach * height
    for other in others:
        gap = box.y0 - other.box.y1 if upwards else other.box.y0 - box.y1
        shared = min(box.x1, other.box.x1) - max(box.x0, other.box.x0)
        # Boxes of the font's full height overlap between tightly set lines, hence the half line of grace.
        if other is not line and shared > 0 and -height / 2 < gap < best_gap:
            best, best_gap = other, gap
    return best


def _sideways(word: Word) -> bool:
    """Whether a word runs up or down the page: three letters are wider than tall on any paper."""
    box = word.box
    return len(word.text) >= 3 and box.y1 - box.y0 > 1.3 * (box.x1 - box.x0)


def _bands(words: Sequence[Word], type_: Type) -> list[_Band]:
    """The words collected by row: each joins the nearest of the last few rows that is at its height."""
    bands: list[_Band] = []
    for word in sorted(words, key=lambda word: (word.box.center[1], word.box.x0)):
        middle, size = word.box.center[1], word.size
        near = [
            band
            for band in bands[-6:]
            if abs(middle - band.middle) <= SAME_ROW * type_.height * min(size, band.size)
            and max(size, band.size) <= SAME_SIZE * min(size, band.size)
        ]
        if near:
            min(near, key=lambda band: abs(middle - band.middle)).add(word)
        else:
            bands.append(_Band(middle, size, [word]))
    return bands


def _cells(words: Sequence[Word], type_: Type) -> list[Line]:
    """One row's words cut at its wide gaps."""
    ordered = sorted(words, key=lambda word: (word.box.x0, word.box.x1))
    gaps = [
        (right.box.x0 - left.box.x1) / (type_.width * (left.size + right.size) / 2) for left, right in pairwise(ordered)
    ]
    usual = median(gaps) if len(gaps) >= 4 else 0.0
    wide = max(WIDE_GAP, min(JUSTIFIED * usual, WIDEST_GAP))
    cells = [[ordered[0]]]
    for gap, left, right in zip(gaps, ordered, ordered[1:], strict=False):
        if gap > (max(wide, SENTENCE_GAP) if left.text.endswith((".", "!", "?")) else wide):
            cells.append([])
        cells[-1].append(right)
    return [Line.of(cell) for cell in cells]
