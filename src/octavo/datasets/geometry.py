"""How lines of a page stand to each other."""

from collections.abc import Sequence

from octavo.documents.layout import Line
from octavo.documents.types import Word

CLOSE = 1.4  # line heights between lines of one block, double spacing included


def text_of(words: Sequence[Word]) -> str:
    """The words with a space between them."""
    return " ".join(word.text for word in words)


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


def close(line: Line, under: Line) -> bool:
    """Whether `under` follows `line` in one block."""
    return under.box.y0 - line.box.y1 < CLOSE * (line.box.y1 - line.box.y0)


def same_row(line: Line, other: Line) -> bool:
    """Whether the middle of `other` is level with `line`."""
    return abs(line.box.center[1] - other.box.center[1]) < (line.box.y1 - line.box.y0) / 2
