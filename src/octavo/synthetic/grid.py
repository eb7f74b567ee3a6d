"""Grids: tables whose cells may span columns and rows, whose head is repeated on each page that they reach."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from octavo.synthetic.marks import BLACK, Color
from octavo.synthetic.sheet import Sheet

PAD = 4.0  # points between a cell's edge and its text
# Lines between all cells, around columns, below rows, below the head and the last row, or nowhere.
RULES = ("grid", "columns", "rows", "head", "none")


@dataclass(frozen=True, slots=True)
class Slot:
    """A cell: its text, the answer it is, and over how many columns and rows it stands."""

    text: str
    name: str = ""
    align: str = "right"
    bold: bool = False
    across: int = 1
    down: int = 1


Row = Sequence[Slot | None]  # None: covered by a slot at the left or above


@dataclass(frozen=True, slots=True)
class GridLook:
    """One of `RULES`; what is behind the head and every other row; points above and below a text."""

    rules: str
    head: Color | None
    ink: Color  # of the head
    zebra: Color | None
    pad: float


def natural_widths(paper: Sheet, head: Sequence[Row], body: Sequence[Row]) -> list[float]:
    """The points that each column needs; titles may break between words, and other texts stay whole."""
    widths = [2 * PAD] * len(head[0])
    slots = [(column, slot, rows is head) for rows in (head, body) for row in rows for column, slot in enumerate(row)]
    needs = [(column, slot.across, _needed(paper, slot.text, is_head)) for column, slot, is_head in slots if slot]
    for column, across, needed in sorted(needs, key=lambda need: need[1]):  # spans share what their columns lack
        lacking = max(0.0, needed - sum(widths[column : column + across])) / across
        for n in range(column, column + across):
            widths[n] += lacking
    return widths


def _needed(paper: Sheet, text: str, is_head: bool) -> float:
    pieces = text.split() if is_head else [text]
    return max((paper.measure(piece, bold=True) for piece in pieces), default=0.0) + 2 * PAD


def draw_grid(
    paper: Sheet,
    look: GridLook,
    head: Sequence[Row],
    bands: Sequence[Sequence[Row]],
    x: float,
    y: float,
    widths: Sequence[float],
    again: str = "",
) -> float:
    """Draw the head and below it the rows of all bands; the y below the last one is returned.

    A band that does not fit goes to a new page whole, under `again` and the head.
    """
    heights = [_head_height(paper, look, row, widths) for row in head]
    height = paper.line + 2 * look.pad
    right = x + sum(widths)
    y = _head(paper, look, head, heights, x, paper.room(y, sum(heights) + height * len(bands[0])), widths)
    count = 0
    for band in bands:
        if y + height * len(band) > paper.bottom:
            paper.rule(x, y, right, y, width=0.8)
            y = paper.new_page()
            if again:
                paper.text(x, y, again)
                y += 1.5 * paper.line
            y = _head(paper, look, head, heights, x, y, widths)
        for row in band:
            if look.zebra and count % 2 and len(band) == 1:
                paper.panel(x, y, right, y + height, fill=look.zebra)
            _row(paper, look, row, x, y, widths, [height] * max(_downs(row)))
            y += height
            count += 1
    if look.rules != "none":
        paper.rule(x, y, right, y, width=0.8)
    return y


def _head(
    paper: Sheet,
    look: GridLook,
    head: Sequence[Row],
    heights: Sequence[float],
    x: float,
    y: float,
    widths: Sequence[float],
) -> float:
    right, bottom = x + sum(widths), y + sum(heights)
    if look.head:
        paper.panel(x, y, right, bottom, fill=look.head)
    elif look.rules == "head":
        paper.rule(x, y, right, y, width=1.0)
    for number, row in enumerate(head):
        titles = [slot and replace(slot, bold=True) for slot in row]
        _row(paper, look, titles, x, y, widths, heights[number:], look.ink)
        y += heights[number]
    if look.rules != "none":
        paper.rule(x, bottom, right, bottom, width=0.8)
    return bottom


def _row(
    paper: Sheet,
    look: GridLook,
    row: Row,
    x: float,
    y: float,
    widths: Sequence[float],
    heights: Sequence[float],
    ink: Color = BLACK,
) -> None:
    """One row; `heights` are of it and of those below, which a slot may reach into."""
    for column, slot in enumerate(row):
        if slot is not None:
            left, width = x + sum(widths[:column]), sum(widths[column : column + slot.across])
            bottom = y + sum(heights[: slot.down])
            _slot(paper, slot, left, y, left + width, bottom, ink)
            _edges(paper, look.rules, slot, left, y, left + width, bottom)


def _slot(paper: Sheet, slot: Slot, left: float, top: float, right: float, bottom: float, ink: Color) -> None:
    lines = paper.wrap(slot.text, right - left - 2 * PAD + 0.01, bold=slot.bold)
    x = {"left": left + PAD, "center": (left + right) / 2, "right": right - PAD}[slot.align]
    y = (top + bottom - len(lines) * paper.line + paper.line - paper.size) / 2
    for line in lines:
        paper.text(x, y, line, bold=slot.bold, align=slot.align, color=ink, name=slot.name)
        y += paper.line


def _edges(paper: Sheet, rules: str, slot: Slot, left: float, top: float, right: float, bottom: float) -> None:
    if rules == "grid":
        paper.panel(left, top, right, bottom, stroke=0.5)
    elif rules == "columns":
        paper.rule(left, top, left, bottom)
        paper.rule(right, top, right, bottom)
    if rules == "rows" or (slot.across > 1 and rules in ("head", "columns")):
        inset = PAD / 2 if slot.across > 1 else 0.0  # the groups of a head stand apart
        paper.rule(left + inset, bottom, right - inset, bottom, width=0.4)


def _head_height(paper: Sheet, look: GridLook, row: Row, widths: Sequence[float]) -> float:
    lines = [
        len(paper.wrap(slot.text, sum(widths[column : column + slot.across]) - 2 * PAD + 0.01, bold=True))
        for column, slot in enumerate(row)
        if slot is not None and slot.down == 1
    ]
    return max(lines) * paper.line + 2 * look.pad


def _downs(row: Row) -> Iterator[int]:
    return (slot.down for slot in row if slot is not None)
