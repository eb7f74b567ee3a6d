"""How lines of a page stand to each other."""

from collections.abc import Sequence
from functools import cached_property

from octavo.documents.structure.rows import Line, below
from octavo.documents.types import Word

CLOSE = 1.4  # line heights between lines of one block, double spacing included
NEAR_ROWS = 10  # rows up and down where a line's neighbours are looked for: three lines of three columns
MOST_NEAR = 400  # lines looked at around one; a page of small print has 200 in as many rows


class Sheet:
    """A page's rows of lines, and each line's neighbours in them."""

    def __init__(self, rows: Sequence[Sequence[Line]]) -> None:
        self.rows = rows
        self._near: dict[int, list[Line]] = {}
        self.heads_items: dict[int, bool] = {}  # of a row, whether it is the head of a table of items; once asked

    @cached_property
    def lines(self) -> list[Line]:
        """All lines, row by row."""
        return [line for row in self.rows for line in row]

    def near(self, number: int) -> list[Line]:
        """The lines of row `number` and of the rows around it."""
        if number not in self._near:
            around = self.rows[max(0, number - NEAR_ROWS) : number + NEAR_ROWS + 1]
            self._near[number] = [line for row in around for line in row][:MOST_NEAR]
        return self._near[number]

    def column(self, line: Line, number: int, most: int, reach: float = CLOSE) -> list[Line]:
        """The lines under `line` (of row `number`), one under the other, at most `most`, each within `reach`."""
        found: list[Line] = []
        last, near = line, self.near(number)
        while len(found) < most:
            under = below(last, near, reach)
            if under is None or under in found:
                break
            found.append(under)
            last = under
        return found


def text_of(words: Sequence[Word]) -> str:
    """The words with a space between them."""
    return " ".join(word.text for word in words)


def height(line: Line) -> float:
    """How tall a line is, as a fraction of the page's height."""
    return line.box.y1 - line.box.y0


def character(line: Line) -> float:
    """The mean width of a line's characters, as a fraction of the page's width."""
    return (line.box.x1 - line.box.x0) / len(line.text)


def gap(left: Line, right: Line) -> float:
    """The width between two lines of a row, as a fraction of the page's; negative where they overlap."""
    return right.box.x0 - left.box.x1


def aligned(line: Line, other: Line) -> bool:
    """Whether two lines begin, end or are centred at the same place, within two characters."""
    slack = 2 * character(line)
    return (
        abs(line.box.x0 - other.box.x0) < slack
        or abs(line.box.x1 - other.box.x1) < slack
        or abs(line.box.center[0] - other.box.center[0]) < slack
    )


def starts_with(line: Line, other: Line) -> bool:
    """Whether two lines begin at the same place, within a character and a half."""
    return abs(line.box.x0 - other.box.x0) < 1.5 * character(line)


def close(line: Line, under: Line) -> bool:
    """Whether `under` follows `line` in one block."""
    return under.box.y0 - line.box.y1 < CLOSE * height(line)


def same_size(line: Line, other: Line) -> bool:
    """Whether two lines are set in about the same type."""
    return 0.8 < line.size / other.size < 1.25


def same_row(line: Line, other: Line) -> bool:
    """Whether the middle of `other` is level with `line`."""
    return abs(line.box.center[1] - other.box.center[1]) < height(line) / 2
