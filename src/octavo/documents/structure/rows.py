"""Words laid out again as a reader sees them: rows of the page, cut into cells and columns at the wide gaps.

The order of a text layer says little (a table may stand in it by columns, a form's values after its labels),
so this looks at the boxes alone. Two measures of a page carry it, both medians over its words: how tall and
how wide a character is per point of type, in page fractions. They make every threshold below independent of
the paper's size and of whether the boxes are tight around the ink or of the font's full height.
"""

import re
from bisect import bisect_left
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
# A strip that is empty down many rows is a border of columns, also where it is narrower than a wide gap.
GUTTER = 0.9  # characters
GUTTER_USUAL = 1.3  # and this often the usual gap: in typewriting spaces stand over spaces by chance
GUTTER_SHARED = 6  # rows that leave the strip empty and have words on both sides; none between crosses it
GUTTER_REACH = 20  # rows up and down that are looked at
FLUSH = 0.6  # characters between the beginnings of words that stand flush; half of the shared rows' must
BIN = 0.25  # characters; the strips are sought in steps of it, three wide
MOST_BARS = 500  # upright rules; a page with more of them is a drawing
BAR = 0.15  # characters that a word may reach over a rule beside it
_MARK = re.compile(r"[^\w\s]{1,3}|[(\[]?\w{1,3}[.)\]]|\d+(?:\.\d+)+")  # a bullet or enumerator keeps its item


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
        if len(words) == 1:
            (word,) = words
            return Line((word,), word.box, word.text, word.size)
        x0s, y0s, x1s, y1s = zip(*[word.box for word in words], strict=True)
        sizes = [word.size for word in words]
        size = sizes[0] if sizes.count(sizes[0]) == len(sizes) else median(sizes)
        text = " ".join([word.text for word in words])
        return Line(tuple(words), Box(min(x0s), min(y0s), max(x1s), max(y1s)), text, size)


@dataclass(slots=True)
class _Band:
    """A row while it is being collected: `middle` is the mean of its words' middles."""

    middle: float
    size: float
    words: list[Word] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Type:
    """How large a page's type is: a character's height and width in page fractions per point of its size."""

    height: float
    width: float

    @staticmethod
    def of(words: Sequence[Word]) -> "Type":
        """Measured over the words of three characters and more, or over all where there are none."""
        wordy = [word for word in words if len(word.text) >= 3] or list(words)
        height = median([(word.box[3] - word.box[1]) / word.size for word in wordy])
        width = median([(word.box[2] - word.box[0]) / len(word.text) / word.size for word in wordy])
        return Type(max(height, SMALLEST), max(width, SMALLEST))


def rows(words: Iterable[Word], rules: Iterable[Box] = ()) -> list[list[Line]]:
    """The page's rows from top to bottom, each its lines from left to right.

    Columns of text whose baselines agree share rows and never lines, and no line crosses an upright one of
    `rules`. Words set sideways are left out.
    """
    upright = [word for word in words if word.size > 0 and not _sideways(word)]
    if not upright:
        return []
    type_ = Type.of(upright)
    bands = sorted(_bands(upright, type_), key=lambda band: band.middle)
    for band in bands:
        band.words.sort(key=lambda word: (word.box.x0, word.box.x1))
    gaps = [_gaps(band.words, type_) for band in bands]
    usual = median([gap for row in gaps for gap in row if gap <= WIDE_GAP] or [0.0])
    limits = [_limits(row, usual) for row in gaps]
    cuts = _bars([band.words for band in bands], rules, type_)
    for n, (band, row, (_, wide)) in enumerate(zip(bands, gaps, limits, strict=True)):
        for k, gap in enumerate(row):
            if gap > wide and (gap > SENTENCE_GAP or not band.words[k].text.endswith((".", "!", "?"))):
                cuts[n].add(k)
    doubtful = [
        (n, k)
        for n, (row, (narrow, _)) in enumerate(zip(gaps, limits, strict=True))
        for k, gap in enumerate(row)
        if narrow <= gap and k not in cuts[n]
    ]
    if doubtful and len(bands) >= GUTTER_SHARED:
        _cut_gutters(cuts, doubtful, [band.words for band in bands], type_.width * median([b.size for b in bands]))
    return [_cells(band.words, cut) for band, cut in zip(bands, cuts, strict=True)]


def lines(words: Iterable[Word]) -> list[Line]:
    """The page's lines, row by row; `rows` says how they are found."""
    return [line for row in rows(words) for line in row]


def body_size(words: Sequence[Word]) -> float:
    """The type size in points that most characters of the page are set in: the median over characters."""
    characters: dict[float, int] = {}
    for word in words:
        characters[word.size] = characters.get(word.size, 0) + len(word.text)
    left = sum(characters.values()) / 2
    for size in sorted(characters):
        left -= characters[size]
        if left <= 0:
            return size
    return 0.0


def above(line: Line, others: Iterable[Line], reach: float) -> Line | None:
    """The nearest line over `line` that shares some width with it and ends within `reach` line heights."""
    return _nearest(line, others, reach, upwards=True)


def below(line: Line, others: Iterable[Line], reach: float) -> Line | None:
    """The nearest line under `line` that shares some width with it and begins within `reach` line heights."""
    return _nearest(line, others, reach, upwards=False)


def _nearest(line: Line, others: Iterable[Line], reach: float, upwards: bool) -> Line | None:
    x0, y0, x1, y1 = line.box
    # Boxes of the font's full height overlap between tightly set lines, hence the half line of grace.
    best, best_gap, least = None, reach * (y1 - y0), (y0 - y1) / 2
    for other in others:  # a page asks this thousands of times: few lines are at the height, half of them in the column
        box = other.box
        gap = y0 - box[3] if upwards else box[1] - y1
        if least < gap < best_gap and box[0] < x1 and box[2] > x0 and other is not line:
            best, best_gap = other, gap
    return best


def _sideways(word: Word) -> bool:
    """Whether a word runs up or down the page: three letters are wider than tall on any paper."""
    x0, y0, x1, y1 = word.box
    return len(word.text) >= 3 and y1 - y0 > 1.3 * (x1 - x0)


def _bands(words: Sequence[Word], type_: Type) -> list[_Band]:
    """The words collected by row: each joins the nearest of the last few rows that is at its height."""
    bands: list[_Band] = []
    near: list[_Band] = []  # those of the last few that a word further down may still join
    reach = SAME_ROW * type_.height
    farthest = reach * max(word.size for word in words)
    ordered = [((word.box[1] + word.box[3]) / 2, word.box[0], n) for n, word in enumerate(words)]
    ordered.sort()
    for middle, _, n in ordered:
        word = words[n]
        size, nearest = word.size, None
        least = reach * size
        for band in near:
            away = middle - band.middle
            if away > least or away < -least:
                continue
            small, large = (size, band.size) if size < band.size else (band.size, size)
            away = abs(away)
            if away <= reach * small and large <= SAME_SIZE * small and (nearest is None or away < least):
                nearest, least = band, away
        if nearest is None:
            band = _Band(middle, size, [word])
            bands.append(band)
            near = [*(other for other in near[-5:] if middle - other.middle <= farthest), band]
        else:
            nearest.words.append(word)
            nearest.middle += (middle - nearest.middle) / len(nearest.words)
    return bands


def _gaps(ordered: Sequence[Word], type_: Type) -> list[float]:
    """The gaps between a row's words, in characters."""
    half = type_.width / 2
    return [(right.box[0] - left.box[2]) / (half * (left.size + right.size)) for left, right in pairwise(ordered)]


def _limits(gaps: Sequence[float], usual: float) -> tuple[float, float]:
    """How wide a row's gap must be to cut it where a gutter runs through, and anywhere."""
    own = median(gaps) if len(gaps) >= 4 else 0.0
    return max(GUTTER, GUTTER_USUAL * max(own, usual)), max(WIDE_GAP, min(JUSTIFIED * own, WIDEST_GAP))


def _bars(words: Sequence[Sequence[Word]], rules: Iterable[Box], type_: Type) -> list[set[int]]:
    """For each row its gaps, by number from the left, that an upright rule stands in."""
    cuts: list[set[int]] = [set() for _ in words]
    bars = sorted((rule.y0, rule.y1, rule.center[0]) for rule in rules if rule.y1 - rule.y0 > rule.x1 - rule.x0)
    if len(bars) > MOST_BARS:
        return cuts
    for cut, row in zip(cuts, words if bars else (), strict=False):
        middle, grace = row[0].box.center[1], BAR * type_.width * row[0].size
        lefts = [word.box[0] for word in row]
        for y0, y1, x in bars:
            if y0 <= middle <= y1:
                k = bisect_left(lefts, x - grace)
                if 0 < k < len(row) and row[k - 1].box[2] <= x + grace:
                    cut.add(k - 1)
    return cuts


def _cut_gutters(
    cuts: Sequence[set[int]], doubtful: Iterable[tuple[int, int]], words: Sequence[Sequence[Word]], character: float
) -> None:
    """Add to `cuts` those of the `doubtful` gaps (row, number) that a gutter runs through."""
    step = BIN * character
    masks = [_covered(row, step) for row in words]
    for n, k in doubtful:
        start, end = words[n][k].box[2], words[n][k + 1].box[0]
        if _MARK.fullmatch(words[n][k].text) and (k == 0 or k - 1 in cuts[n]):
            continue
        low, high = int(start / step) + 1, int(end / step)  # the steps from low to before high lie in the gap
        free = (1 << high) - (1 << low) if high > low else 0
        shared = flush = 1
        up = range(n - 1, max(-1, n - 1 - GUTTER_REACH), -1)
        for side in (up, range(n + 1, min(len(words), n + 1 + GUTTER_REACH))):
            for i in side:
                left = free & ~masks[i]
                if not left & (left >> 1) & (left >> 2):
                    break
                free = left
                if masks[i] & ((1 << low) - 1) and masks[i] >> high:
                    shared += 1
                    begin = next(word.box[0] for word in words[i] if word.box[0] > start)
                    flush += abs(begin - end) <= FLUSH * character
        if shared >= GUTTER_SHARED and 2 * flush >= shared:
            cuts[n].add(k)


def _covered(words: Sequence[Word], step: float) -> int:
    """The steps of the page's width under a row's words, a bit each."""
    covered = 0
    for word in words:
        first, last = int(word.box[0] / step), int(word.box[2] / step)
        covered |= (1 << (last + 1)) - (1 << first)
    return covered


def _cells(ordered: Sequence[Word], cut: set[int]) -> list[Line]:
    """One row's words, from left to right, as lines that end at the gaps of these numbers."""
    ends = [*sorted(k + 1 for k in cut), len(ordered)]
    return [Line.of(ordered[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
