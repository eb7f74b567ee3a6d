"""Questions about tables: a value by its row and column, a row by a value, the ends and extremes of a column.

Rows are named by what stands in their naming column, columns by their header. Both are quoted as printed and
must be the only ones of their table; where a page has several tables, a question also says which one it means.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from octavo.datasets.fields.values import letters
from octavo.datasets.finders import GENERATOR
from octavo.datasets.finders.evidence import boxes_of
from octavo.datasets.finders.grids import Grid, grid_of, is_answer, label_of, numbers_in, variants_of
from octavo.datasets.finders.passages import is_quotable, picked
from octavo.datasets.templates import phrase
from octavo.datasets.types import Question
from octavo.datasets.view import View
from octavo.documents.structure.parts import HEADING, TITLE, Block, Cell, Table

MOST_TABLES = 20  # of a page that are looked at
MOST_HEADINGS = 100  # that may stand over them
MOST_VALUES, MOST_ROWS, MOST_OTHERS = 8, 4, 3  # questions of each sort about one page
FEWEST_TO_COMPARE = 3  # rows
FEWEST_LETTERS = 2  # of a row's name that stands for itself
GRACE = 0.005  # of the page's height that the box of a heading may reach into that of its table
NO_NAMES = "its table has no rows and columns that can be named"
UNCLEAR = "nothing says which of the page's tables is meant"

VALUE = (
    "What is the “{column}” of “{row}”{where}?",
    "What does the table list under “{column}” for “{row}”{where}?",
    "In the row “{row}”, what stands in the column “{column}”{where}?",
    "What is given as “{column}” for “{row}”{where}?",
    "For “{row}”, what is the entry in the column “{column}”{where}?",
    "Which entry is in the row “{row}” under “{column}”{where}?",
)
NUMBERED = (  # for rows that only a number names
    "What is the “{column}” where the “{name}” is “{row}”{where}?",
    "What does the table list under “{column}” in the row with “{name}” “{row}”{where}?",
    "In the row whose “{name}” is “{row}”, what stands in the column “{column}”{where}?",
    "Which entry under “{column}” belongs to “{name}” “{row}”{where}?",
)
ROW = (
    "Which “{name}” has “{value}” in the column “{column}”{where}?",
    "For which “{name}” does the table list “{value}” under “{column}”{where}?",
    "Which “{name}” is listed with “{value}” under “{column}”{where}?",
    "What is the “{name}” of the row that has “{value}” in the column “{column}”{where}?",
)
ROW_UNNAMED = (
    "Which row of the table has “{value}” in the column “{column}”{where}?",
    "For which row does the table list “{value}” under “{column}”{where}?",
    "What is the row called that has “{value}” under “{column}”{where}?",
    "What is the name of the row with “{value}” in the column “{column}”{where}?",
)
EXTREMES = {
    "highest": (
        "What is the highest value in the column “{column}”{where}?",
        "Which is the largest number listed under “{column}”{where}?",
        "What is the maximum in the column “{column}”{where}?",
        "Of the values listed under “{column}”, which is the highest{where}?",
    ),
    "lowest": (
        "What is the lowest value in the column “{column}”{where}?",
        "Which is the smallest number listed under “{column}”{where}?",
        "What is the minimum in the column “{column}”{where}?",
        "Of the values listed under “{column}”, which is the lowest{where}?",
    ),
}
END = (
    "What is the {end} entry in the column “{column}”{where}?",
    "Which entry comes {end} in the column “{column}”{where}?",
    "What does the {end} row of the table list under “{column}”{where}?",
    "Which is the {end} of the entries under “{column}”{where}?",
)

_SUMS = re.compile(r"\b(?:sub)?(?:total|sum|average|mean|median|overall|all|balance|gesamt|summe|moyenne|totaal)", re.I)
_NOT_MEASURED = re.compile(  # columns of numbers whose highest is nothing
    r"(?:\b(?:no|nr|num|number|id|code|year|date|page|zip|phone|tel|fax|ref|reference|pos|item|line|art|seq|step|day|month"
    r"|week|rank|jahr|datum|seite|index)\b|#|№)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A cell that can be asked for: the wordings, what fills their blanks, and the answer."""

    choices: Sequence[str]
    blanks: dict[str, str]
    cell: Cell

    @property
    def name(self) -> str:
        """What the place is drawn by, among others and for its wording."""
        return " ".join((self.choices[0], *self.blanks.values()))


def find(view: View, dropped: Counter[str]) -> Iterator[Question]:
    """Cells, rows, ends and extremes of the page's tables that have headers."""
    values: list[_Place] = []
    rows: list[_Place] = []
    others: list[_Place] = []
    for grid, by_column, where in _named(view, dropped):
        values += _values(grid, where)
        rows += _rows(by_column, where)
        others += (*_extremes(by_column, where), *_ends(by_column, where))
    for places, most, kind in (
        (values, MOST_VALUES, "table_cell"),
        (rows, MOST_ROWS, "table_row"),
        (others, MOST_OTHERS, "table_cell"),
    ):
        for place in picked(places, most, view, lambda place: place.name):
            text, cell = phrase(place.choices, view.draw(place.name), **place.blanks), place.cell
            variants = variants_of(cell.text)
            yield Question(text, cell.text, view.page.number, boxes_of(cell.lines), kind, GENERATOR, variants=variants)


def _named(view: View, dropped: Counter[str]) -> Iterator[tuple[Grid, Grid, str]]:
    """The tables whose places can be named, each with the words that tell it from the page's other tables.

    Each comes twice, for questions that name a row and for those that name a column only: where there are no
    such words, the one lacks the rows and the other the columns that another table has, too.
    """
    tables = view.layout.tables[:MOST_TABLES]
    headings = [block for block in view.layout.blocks if block.kind in (TITLE, HEADING)][:MOST_HEADINGS]
    for table in tables:
        grid = grid_of(table)
        if grid is None:
            dropped[NO_NAMES] += 1
            continue
        where = _where(table, tables, headings) if len(tables) > 1 else ""
        if where is not None:
            yield grid, grid, where
            continue
        taken = {cell.text.casefold() for other in tables if other is not table for cell in other.cells}
        by_row, by_column = grid.without_rows(taken), grid.without_columns(taken)
        dropped[UNCLEAR] += not by_row.rows and not by_column.columns
        yield by_row, by_column, ""


def _where(table: Table, tables: Sequence[Table], headings: Sequence[Block]) -> str | None:
    """The words that say which table is meant: its caption's number, or the heading that it alone stands under."""
    label = label_of(table.caption.text)[0] if table.caption else ""
    if label:
        return f" in {label}"
    over = _heading_over(table, headings)
    is_only = not any(_heading_over(other, headings) == over for other in tables if other is not table)
    if over and is_only and is_quotable(over) and [heading.text for heading in headings].count(over) == 1:
        return f" in the table under “{over}”"
    return None


def _heading_over(table: Table, headings: Sequence[Block]) -> str:
    """The nearest heading above a table that stands over it, or ""."""
    boxes = [(heading.box, heading.text) for heading in headings]
    over = [
        (box.y1, text)
        for box, text in boxes
        if box.y1 <= table.box.y0 + GRACE and box.x0 < table.box.x1 and table.box.x0 < box.x1
    ]
    return max(over)[1] if over else ""


def _values(grid: Grid, where: str) -> Iterator[_Place]:
    for row, column, cell in grid.answers():
        blanks = {"row": row.name, "column": column.name, "where": where}
        if letters(row.name) >= FEWEST_LETTERS:
            yield _Place(VALUE, blanks, cell)
        elif grid.naming_name:
            yield _Place(NUMBERED, blanks | {"name": grid.naming_name}, cell)


def _rows(grid: Grid, where: str) -> Iterator[_Place]:
    """The rows that one value of theirs tells from all others."""
    texts = Counter((column, cell.text.casefold()) for (_, column), cell in grid.cells.items())
    for row, column, cell in grid.answers():
        name = grid.cells[row.index, grid.naming]
        if texts[column.index, cell.text.casefold()] == 1 and is_quotable(cell.text) and is_answer(name):
            blanks = {"value": cell.text, "column": column.name, "where": where}
            if grid.naming_name:
                yield _Place(ROW, {"name": grid.naming_name} | blanks, name)
            else:
                yield _Place(ROW_UNNAMED, blanks, name)


def _extremes(grid: Grid, where: str) -> Iterator[_Place]:
    """The highest and the lowest of the columns of numbers, where no row sums up others."""
    body = grid.table.row_count - grid.table.header_rows
    if body < FEWEST_TO_COMPARE or any(
        _SUMS.search(cell.text) for (_, column), cell in grid.cells.items() if column <= grid.naming
    ):
        return
    for column in grid.columns:
        cells = [cell for _, cell in grid.column(column.index)]
        numbers = numbers_in([cell.text for cell in cells]) if len(cells) == body else None
        if column.index == grid.naming or numbers is None or _NOT_MEASURED.search(column.name):
            continue
        is_counted = all(after - before == 1 for before, after in pairwise(numbers))
        if is_counted or len({number.as_tuple().exponent for number in numbers}) > 1:  # counts among shares
            continue
        for end, best in (("highest", max(numbers)), ("lowest", min(numbers))):
            if numbers.count(best) == 1:
                blanks = {"column": column.name, "where": where}
                yield _Place(EXTREMES[end], blanks, cells[numbers.index(best)])


def _ends(grid: Grid, where: str) -> Iterator[_Place]:
    """What the naming column holds first and last."""
    cells = grid.column(grid.naming)
    if not grid.naming_name or len(cells) < FEWEST_TO_COMPARE:
        return
    for end, (row, cell), expected in (
        ("first", cells[0], grid.table.header_rows),
        ("last", cells[-1], grid.table.row_count - 1),
    ):
        if row == expected and is_answer(cell) and not _SUMS.search(cell.text):
            yield _Place(END, {"end": end, "column": grid.naming_name, "where": where}, cell)
