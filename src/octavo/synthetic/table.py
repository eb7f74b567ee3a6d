"""Tables of goods: columns in any order, with rules, cells or neither, over page breaks."""

from collections.abc import Sequence
from dataclasses import dataclass

from octavo.synthetic.look import Look
from octavo.synthetic.marks import BLACK, WHITE
from octavo.synthetic.sheet import Sheet

STYLES = ("plain", "ruled", "grid", "zebra", "band")
PAD = 4.0  # points between a column's edge and its text


@dataclass(frozen=True, slots=True)
class Cell:
    """A text; with a `name` it is an answer."""

    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A title and the cells below it; `align` is "left" or "right", a `wide` one takes what width is left."""

    title: str
    cells: Sequence[Cell]
    align: str = "right"
    wide: bool = False


def table_width(sheet: Sheet, columns: Sequence[Column]) -> float:
    """The points that the columns need."""
    return sum(_column_width(sheet, column) for column in columns)


def draw_table(sheet: Sheet, look: Look, columns: Sequence[Column], y: float, after: float) -> float:
    """Draw the columns from margin to margin; the y below the last row is returned.

    A row that does not fit goes to a new page, under the titles again. So do the last two rows where what
    follows the table, `after` points high, does not fit below them: sums do not stand alone on a page.
    """
    spare = sheet.inside - table_width(sheet, columns)
    widths = [_column_width(sheet, column) + (spare if column.wide else 0) for column in columns]
    height = sheet.line + (PAD if look.table in ("grid", "zebra", "band") else 1)
    y = _titles(sheet, look, columns, widths, sheet.room(y, 2 * height), height)
    count = len(columns[0].cells)
    for row in range(count):
        if sheet.room(y, 2 * height + after if row == count - 2 else height) != y:
            y = _titles(sheet, look, columns, widths, sheet.margin, height)
        if look.table == "zebra" and row % 2:
            sheet.panel(sheet.margin, y, sheet.right, y + height, fill=look.tint)
        _row(sheet, look, columns, widths, [column.cells[row] for column in columns], y, height)
        if look.table == "ruled":
            sheet.rule(sheet.margin, y + height, sheet.right, y + height, width=0.4)
        y += height
    if look.table in ("plain", "zebra", "band"):
        sheet.rule(sheet.margin, y, sheet.right, y, width=0.8)
    return y


def _titles(
    sheet: Sheet, look: Look, columns: Sequence[Column], widths: Sequence[float], y: float, height: float
) -> float:
    filled = look.table == "band"
    if filled or look.table == "grid":
        sheet.panel(sheet.margin, y, sheet.right, y + height, fill=look.accent if filled else look.tint)
    titles = [Cell(column.title.upper() if look.capitals else column.title) for column in columns]
    _row(sheet, look, columns, widths, titles, y, height, title=True)
    if not filled:
        sheet.rule(sheet.margin, y + height, sheet.right, y + height, width=0.8)
    return y + height


def _row(
    sheet: Sheet,
    look: Look,
    columns: Sequence[Column],
    widths: Sequence[float],
    cells: Sequence[Cell],
    y: float,
    height: float,
    title: bool = False,
) -> None:
    left = sheet.margin
    color = WHITE if title and look.table == "band" else BLACK
    for column, width, cell in zip(columns, widths, cells, strict=True):
        if look.table == "grid":
            sheet.panel(left, y, left + width, y + height, stroke=0.5)
        x = left + PAD if column.align == "left" else left + width - PAD
        top = y + (height - sheet.size) / 2
        sheet.text(x, top, cell.text, bold=title, align=column.align, color=color, name=cell.name)
        left += width


def _column_width(sheet: Sheet, column: Column) -> float:
    title = max(sheet.measure(column.title, bold=True), sheet.measure(column.title.upper(), bold=True))
    return 2 * PAD + max(title, *(sheet.measure(cell.text) for cell in column.cells))
