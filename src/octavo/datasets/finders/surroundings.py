"""What stands around the fields and check boxes of a form: the words before, after and above each of them."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from octavo.datasets.finders.marks import GLYPHS, Mark
from octavo.documents.structure.rows import Line
from octavo.documents.types import Box, Field, Page, Word

# Distances across are in characters, those along in line heights, both the page's median.
BEFORE = 25.0  # from a label to its field: labels stand flush left with their fields in a column
BESIDE = 4.0  # from a check box to its label
OPTIONS = 30.0  # from what a row of options is for to the first of them
ABOVE = 1.8  # from a field to the middle of the label over it
BELOW = 2.2  # from one option to the next under it
SAME_ROW = 0.7
TALL = 2.2  # a field as high as that has its label at its first line
FLUSH = 2.0


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one line that stand together, without a field or check box between them."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words, joined with spaces, without the glyph of a check box that is glued to the first."""
        return " ".join(word.text for word in self.words).lstrip("".join(GLYPHS))

    @property
    def x0(self) -> float:
        """The left edge."""
        return self.words[0].box.x0

    @property
    def x1(self) -> float:
        """The right edge."""
        return self.words[-1].box.x1

    @property
    def asks(self) -> bool:
        """Whether the words call for an answer: a colon or question mark ends them."""
        return self.text.endswith((":", "?", "："))


@dataclass(slots=True)
class _Row:
    """A row of the page: its middle, its words, its runs from left to right, the fields and check boxes in it."""

    y: float
    words: list[Word] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Option:
    """A check box, its label, and what it is an option for, as far as they are certain."""

    mark: Mark
    label: Run | None
    group: Run | None


class Surroundings:
    """The rows of a page as a form: labels apart from values, check boxes apart from both."""

    def __init__(self, rows: list[_Row], marks: Sequence[Mark], character: float, height: float) -> None:
        self.rows = rows
        self.marks = marks
        self.character, self.height = character, height
        self._middles = [row.y for row in rows]

    @staticmethod
    def of(
        lines: Sequence[Sequence[Line]], fields: Sequence[Field], marks: Sequence[Mark], page: Page
    ) -> "Surroundings":
        """The surroundings of text `fields` and check boxes on a page with these rows of lines."""
        wordy = [word for word in page.words if len(word.text) >= 3] or list(page.words)
        if not wordy:
            return Surroundings([], marks, 1.0, 1.0)
        character = median((word.box.x1 - word.box.x0) / len(word.text) for word in wordy)
        height = median(word.box.y1 - word.box.y0 for word in wordy)
        rows = [_Row(median(word.box.center[1] for line in row for word in line.words)) for row in lines]
        around = Surroundings(rows, marks, character, height)
        boxes = [*(field.box for field in fields), *(mark.box for mark in marks)]
        for box in boxes:
            for i in around._between(box.y0 - 0.2 * height, box.y1 + 0.2 * height):
                rows[i].boxes.append(box)
        taken = {id(word) for mark in marks for word in mark.words}
        filled = [field.box for field in fields if field.value]
        for row, its_lines in zip(rows, lines, strict=True):
            row.boxes.sort()
            values = [box for box in filled if box.y0 - height <= row.y <= box.y1 + height]
            for line in its_lines:
                row.words += line.words
                row.runs += _runs(line, row.boxes, values, taken)
        return around

    def before(self, box: Box) -> Run | None:
        """The label to the left of a field, in its first row."""
        row = self._row(box)
        return self._left(row, box, BEFORE) if row else None

    def above(self, box: Box) -> Run | None:
        """The label over a field: it begins about where the field does and ends before the field does."""
        for i in reversed(self._between(box.y0 - ABOVE * self.height, box.y0 + 0.1 * self.height)):
            row = self.rows[i]
            for run in row.runs:
                begins = box.x0 - FLUSH * self.character <= run.x0 <= (box.x0 + box.x1) / 2
                if begins and run.x1 <= box.x1 + FLUSH * self.character:
                    follows = [other for other in row.boxes if 0 <= other.x0 - run.x1 < BEFORE * self.character / 2]
                    return None if follows else run
        return None

    def inside(self, box: Box) -> list[Word]:
        """All words in a box, of labels and values, row by row."""
        near = self._between(box.y0 - self.height, box.y1 + self.height)
        return [word for i in near for word in self.rows[i].words if _holds(box, word)]

    def options(self) -> Iterator[Option]:
        """Each check box with its label, row by row. Labels stand all behind the boxes or all before them."""
        placed = [(self._row(mark.box), mark) for mark in self.marks]
        behind = self._labels_stand_behind([(row, mark.box) for row, mark in placed if row])
        found: list[Option] = []
        for row in self.rows:
            of_row = [mark for its_row, mark in placed if its_row is row]
            if of_row and behind is not None:
                found += self._of_row(row, of_row, behind)
        yield from self._under_one(found)
        yield from (Option(mark, None, None) for row, mark in placed if row is None or behind is None)

    def _of_row(self, row: _Row, marks: Sequence[Mark], behind: bool) -> list[Option]:
        """The options of one row. What stands before the first, or between two, says what they are for.

        Before a single box only a question does: other words there may be of another column.
        """
        found: list[Option] = []
        group: Run | None = None
        labels = [(self._right if behind else self._left)(row, mark.box, BESIDE) for mark in marks]
        labels = [_after_colon(label) if label and not behind else label for label in labels]
        used = {id(word) for label in labels if label for word in label.words}
        for mark, label in zip(marks, labels, strict=True):
            start = mark.box.x0 if behind or not label else label.x0
            free = [
                run for run in (_without(run, used) for run in row.runs) if run and run.x1 <= start + self.character
            ]
            before = [run for run in free if start - run.x1 <= OPTIONS * self.character]
            if before and not any(
                run.x1 <= box.x0 < start - self.character for run in before[-1:] for box in row.boxes
            ):
                group = before[-1]
            if label and behind and self._goes_on(row, label):
                label = None
            found.append(Option(mark, label, group))
        groups = [option.group for option in found]
        return [
            option
            if option.group is None or option.group.asks or groups.count(option.group) > 1
            else replace(option, group=None)
            for option in found
        ]

    def _under_one(self, found: Sequence[Option]) -> list[Option]:
        """The options, those that stand under one another in a column with what the line above them asks."""
        done: list[Option] = []
        for option in found:
            group = option.group
            if group is None:
                above = self._question_over(option.mark.box)
                last = next((one for one in reversed(done) if self._is_over(one.mark.box, option.mark.box)), None)
                group = above or (last.group if last else None)
            done.append(Option(option.mark, option.label, group))
        return done

    def _question_over(self, box: Box) -> Run | None:
        """The run over a check box that asks, in a row without check boxes, not to the right of it."""
        for i in reversed(self._between(box.y0 - ABOVE * self.height, box.y0)):
            row = self.rows[i]
            runs = [run for run in row.runs if run.x0 <= box.x1 and run.x1 > box.x0 - BESIDE * self.character]
            if runs:
                return runs[-1] if runs[-1].asks and not row.boxes else None
        return None

    def _is_over(self, upper: Box, lower: Box) -> bool:
        """Whether a check box is the next over another in its column."""
        return abs(upper.x0 - lower.x0) < self.character and 0 < lower.y0 - upper.y0 < BELOW * self.height

    def _labels_stand_behind(self, placed: Sequence[tuple[_Row, Box]]) -> bool | None:
        """Whether labels stand to the right of the boxes; None where that is not certain."""
        behind = before = 0
        for row, box in placed:
            right, left = self._right(row, box, BESIDE), self._left(row, box, BESIDE)
            left = None if left and left.asks else left
            gap = right.x0 - box.x1 if right else 1.0
            other = box.x0 - left.x1 if left else 1.0
            behind += gap < other - 0.2 * self.character
            before += other < gap - 0.2 * self.character
        return True if behind > 2 * before else False if before > 2 * behind else None

    def _goes_on(self, row: _Row, label: Run) -> bool:
        """Whether a label is continued in the next row, which begins under it in small letters."""
        for i in self._between(row.y + 0.5 * self.height, row.y + ABOVE * self.height):
            for run in self.rows[i].runs:
                is_flush = abs(run.x0 - label.x0) < FLUSH * self.character or run.x0 < label.x0 < run.x1
                if is_flush and run.text[:1].islower():
                    return True
        return False

    def _left(self, row: _Row, box: Box, reach: float) -> Run | None:
        """The nearest run to the left of a box, if no other box stands between."""
        middle = box.center[0]
        runs = [run for run in row.runs if run.x1 <= middle]
        if not runs or box.x0 - runs[-1].x1 > reach * self.character:
            return None
        return None if any(runs[-1].x1 <= other.center[0] < middle for other in row.boxes if other != box) else runs[-1]

    def _right(self, row: _Row, box: Box, reach: float) -> Run | None:
        """The nearest run to the right of a box, if no other box stands between."""
        runs = [run for run in row.runs if run.x1 > box.x1 and run.x0 >= box.x0 - self.character / 2]
        if not runs or runs[0].x0 - box.x1 > reach * self.character:
            return None
        x0 = max(runs[0].x0, box.x1)
        return None if any(box.center[0] < other.center[0] <= x0 for other in row.boxes if other != box) else runs[0]

    def _row(self, box: Box) -> _Row | None:
        """The row that a box stands in; of a tall box that of its first line."""
        y = box.y0 + 0.6 * self.height if box.y1 - box.y0 > TALL * self.height else box.center[1]
        near = self._between(y - SAME_ROW * self.height, y + SAME_ROW * self.height)
        return self.rows[min(near, key=lambda i: abs(self.rows[i].y - y))] if near else None

    def _between(self, low: float, high: float) -> range:
        """The numbers of the rows whose middles lie between."""
        return range(bisect_left(self._middles, low), bisect_left(self._middles, high))


def _runs(line: Line, boxes: Sequence[Box], values: Sequence[Box], taken: set[int]) -> Iterator[Run]:
    """A line's words, without those of values and check boxes, cut where a box stands between two."""
    run: list[Word] = []
    for word in line.words:
        if id(word) in taken or any(_holds(box, word) for box in values):
            continue
        if run and any(run[-1].box.center[0] < box.center[0] < word.box.center[0] for box in boxes):
            yield Run(tuple(run))
            run = []
        run.append(word)
    if run:
        yield Run(tuple(run))


def _after_colon(run: Run) -> Run:
    """What stands behind the last colon or question mark of a run; all of it where nothing does."""
    cuts = [i for i, word in enumerate(run.words[:-1]) if word.text.endswith((":", "?"))]
    return Run(run.words[cuts[-1] + 1 :]) if cuts else run


def _without(run: Run, used: set[int]) -> Run | None:
    words = tuple(word for word in run.words if id(word) not in used)
    return Run(words) if words else None


def _holds(box: Box, word: Word) -> bool:
    x, y = word.box.center
    return box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1
