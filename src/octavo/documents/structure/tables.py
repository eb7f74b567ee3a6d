"""A page's tables: those that rules draw, and those whose columns only stand aligned."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from octavo.documents.structure.aligned import aligned_tables
from octavo.documents.structure.chains import Chain, is_prose
from octavo.documents.structure.grids import Grid, Rule, Span, grids, level, upright
from octavo.documents.structure.parts import CAPTION, Block, Cell, Table
from octavo.documents.structure.rows import Line
from octavo.documents.structure.tabular import (
    Look,
    Row,
    header_rows,
    is_bold,
    is_value,
    joined,
    named_again,
    value_columns,
)
from octavo.documents.types import Box, Page

PROSE_WORDS = 50  # a cell with more words is a text in a frame: its lines are the page's, too
NARROW = 15.0  # points: a column or row that is no wider and has no text is the gap of a double rule
FILLED = 0.15  # of a grid's cells have text, or it is a drawing or squared paper
FEW_BANDS = 4  # rows between rules at most where a row of text may be a table's row
CAPTION_NEAR = 3.0  # line heights between a table and its caption at most
CROWDED = 5  # rows at least for each cell in which lines stand side by side
LISTED = 3  # values one under the other in a cell
BAND_ROWS = 3  # rows of text that such a band must have


def ruled_tables(rows: Sequence[Sequence[Line]], page: Page, across: Sequence[Rule]) -> list[Table]:
    """The tables drawn by rules, forms among them. `across` are the page's level rules in points."""
    found = []
    taken: set[int] = set()
    drawn = grids(across, upright(page.rules, page.width, page.height), page.width, page.height)
    # Inner grids first: their text is not that of the cell around them.
    for grid in sorted(drawn, key=lambda grid: (grid.ys[-1] - grid.ys[0]) * (grid.xs[-1] - grid.xs[0])):
        grid, cells = _without_gaps(grid, _filled(grid, rows, taken), page)
        texts = [lines for lines in cells.values() if lines]
        if len(texts) < 2 or len(texts) < FILLED * len(cells):
            continue
        if len(grid.ys) == 2 and not any(_has_digit(line) for lines in texts for _, line in lines):
            continue  # names of columns, say, whose table is not ruled
        if 2 * sum(sum(len(line.words) for _, line in lines) > PROSE_WORDS for lines in texts) >= len(texts):
            continue  # frames around texts
        taken.update(id(line) for lines in texts for _, line in lines)
        found += _parted(_table(grid, cells))
    return sorted(found, key=lambda table: (table.box.y0, table.box.x0))


def _filled(grid: Grid, rows: Sequence[Sequence[Line]], taken: set[int]) -> dict[Span, list[tuple[int, Line]]]:
    """A grid's cells, each with its lines and the numbers of their rows."""
    at = {
        (span.row + i, span.column + j): span
        for span in grid.spans
        for i in range(span.row_span)
        for j in range(span.column_span)
    }
    cells: dict[Span, list[tuple[int, Line]]] = {span: [] for span in grid.spans}
    for n, row in enumerate(rows):
        if row[0].box.y1 < grid.ys[0] or row[0].box.y0 > grid.ys[-1]:
            continue
        for line in row:
            x, y = line.box.center
            span = at.get((bisect_right(grid.ys, y) - 1, bisect_right(grid.xs, x) - 1))
            if span is not None and id(line) not in taken:
                cells[span].append((n, line))
    return cells


def _has_digit(line: Line) -> bool:
    return any(map(str.isdigit, line.text))


def _without_gaps(
    grid: Grid, cells: dict[Span, list[tuple[int, Line]]], page: Page
) -> tuple[Grid, dict[Span, list[tuple[int, Line]]]]:
    """The grid without the narrow empty columns and rows that double rules leave between cells."""
    columns, rows = set[int](), set[int]()
    for span, lines in cells.items():
        if lines:
            columns.update(range(span.column, span.column + span.column_span) if span.column_span == 1 else ())
            rows.update(range(span.row, span.row + span.row_span) if span.row_span == 1 else ())
    xs, x_at = _kept(grid.xs, columns, NARROW / page.width)
    ys, y_at = _kept(grid.ys, rows, NARROW / page.height)
    if len(xs) == len(grid.xs) and len(ys) == len(grid.ys):
        return grid, cells
    kept = {}
    for span, lines in cells.items():
        row, column = y_at[span.row], x_at[span.column]
        row_span, column_span = y_at[span.row + span.row_span] - row, x_at[span.column + span.column_span] - column
        if row_span and column_span:
            kept[Span(row, column, row_span, column_span)] = lines
    return Grid(xs, ys, tuple(kept)), kept


def _kept(borders: Sequence[float], used: set[int], narrow: float) -> tuple[tuple[float, ...], list[int]]:
    """The borders but those at the end of narrow unused steps, and for each border its number among them."""
    kept, at = [borders[0]], [0]
    for n, border in enumerate(borders[1:]):
        if n in used or border - borders[n] > narrow or len(borders) == 2:
            kept.append(border)
        else:
            kept[-1] = (kept[-1] + border) / 2 if len(kept) > 1 else kept[-1]
        at.append(len(kept) - 1)
    return tuple(kept), at


def _table(grid: Grid, cells: dict[Span, list[tuple[int, Line]]]) -> Table:
    columns = len(grid.xs) - 1
    cells = _divided(grid, cells)
    found: list[Cell] = []
    shift = 0
    reaching: list[list[Span]] = [[] for _ in grid.ys[1:]]  # into each row
    for span in cells:
        for row in range(span.row, span.row + span.row_span):
            reaching[row].append(span)
    for row, spans in enumerate(reaching):
        band = _band_rows(grid, spans, cells)
        spans = [span for span in spans if span.row == row]
        if len(band) < 2:
            for span in spans:
                lines = tuple(line for _, line in cells[span])
                found.append(Cell(row + shift, *span[1:], lines=lines, box=grid.box_of(span)))
            continue
        borders = [grid.ys[row], *((a.bottom + b.top) / 2 for a, b in pairwise(band))]
        borders.append(grid.ys[row + 1])
        for n, part in enumerate(band):
            for span in spans:
                x0, _, x1, _ = grid.box_of(span)
                lines = tuple(part.cells.get(span.column, ()))
                box = Box(x0, borders[n], x1, borders[n + 1])
                found.append(Cell(row + shift + n, span.column, 1, span.column_span, lines, box))
        shift += len(band) - 1
    found.sort(key=lambda cell: (cell.row, cell.column))
    count = len(grid.ys) - 1 + shift
    return Table(tuple(found), count, columns, _headers(found, count, columns), ruled=True, box=grid.box)


def _divided(grid: Grid, cells: dict[Span, list[tuple[int, Line]]]) -> dict[Span, list[tuple[int, Line]]]:
    """The cells with a frame of several rows of text cut at the borders of the columns named above it.

    It is left whole where a line stands over a border.
    """
    divided: dict[Span, list[tuple[int, Line]]] = {}
    borders = grid.xs[1:-1]
    for span, lines in cells.items():
        is_frame = span.row > 0 and span.column == 0 and span.column_span == len(grid.xs) - 1 >= 3
        if (
            not is_frame
            or len({n for n, _ in lines}) < BAND_ROWS
            or any(line.box.x0 < x < line.box.x1 for _, line in lines for x in borders)
        ):
            divided[span] = lines
            continue
        for column in range(span.column_span):
            left, right = grid.xs[column], grid.xs[column + 1]
            inside = [(n, line) for n, line in lines if left <= line.box.center[0] < right]
            divided[Span(span.row, column, span.row_span, 1)] = inside
    return divided


def _band_rows(grid: Grid, spans: Sequence[Span], cells: dict[Span, list[tuple[int, Line]]]) -> list[Row]:
    """The rows of text between two rules as rows of a table; empty where they are one row's lines.

    `spans` are those of `cells` that reach between the rules.
    """
    if any(span.row_span > 1 for span in spans) or len(spans) < 2:
        return []
    by_number: dict[int, Row] = {}
    for span in spans:
        for n, line in cells[span]:
            by_number.setdefault(n, Row()).cells.setdefault(span.column, []).append(line)
    if len(by_number) < 2:
        return []
    rows = [by_number[n] for n in sorted(by_number)]
    listed = [column for column in range(len(grid.xs) - 1) if all(is_value(row.text(column)) for row in rows)]
    if len(listed) >= 2:
        return rows  # numbers under numbers in two columns are of as many rows
    if len(grid.ys) - 1 > FEW_BANDS:
        return []
    if len(rows) < BAND_ROWS or len(value_columns(rows, len(grid.xs) - 1)) < 1:
        return []
    if sum(len(row.cells) >= 2 for row in rows) * 2 < len(rows):
        return []
    return joined(rows, [right - left for left, right in pairwise(grid.xs)])


def _parted(table: Table) -> list[Table]:
    """A ruled table as those it consists of, each with its own names of columns."""
    if not table.header_rows:
        return [table]
    again = named_again(_looks(table.cells, table.row_count, table.column_count), table.header_rows)
    if not again:
        return [table]
    if any(cell.row < again < cell.row + cell.row_span for cell in table.cells):
        return [replace(table, header_rows=0)]
    over = [cell for cell in table.cells if cell.row < again]
    under = [replace(cell, row=cell.row - again) for cell in table.cells if cell.row >= again]
    rows = table.row_count - again
    middle = min(cell.box.y0 for cell in under)
    x0, y0, x1, y1 = table.box
    upper = replace(table, cells=tuple(over), row_count=again, box=Box(x0, y0, x1, middle))
    headers = _headers(under, rows, table.column_count)
    lower = replace(table, cells=tuple(under), row_count=rows, header_rows=headers, box=Box(x0, middle, x1, y1))
    return [upper, *_parted(lower)]


def _headers(cells: Sequence[Cell], rows: int, columns: int) -> int:
    """How many rows of a ruled table name its columns."""
    listed = [cell for cell in cells if len(cell.lines) >= 2 and all(is_value(line.text) for line in cell.lines)]
    if len(listed) >= 2 or any(len(cell.lines) >= LISTED for cell in listed):
        return 0  # rows of the table stand in one cell
    count = header_rows(_looks(cells, rows, columns), is_underlined=False) if rows >= 2 else 0
    if any(cell.row <= count - 1 < cell.row + cell.row_span and cell.column_span > 1 and cell.text for cell in cells):
        return 0  # a name over several columns does not tell which of them is meant
    body = [cell for cell in cells if cell.row >= count]
    if any(map(_is_crowded, (cell for cell in cells if cell.row < count))):
        return 0
    return count if sum(map(_is_crowded, body)) * CROWDED <= rows else 0


def _is_crowded(cell: Cell) -> bool:
    """Whether lines stand side by side in a cell, so that a border between columns may not be drawn."""
    return any(line.box.y0 < other.box.center[1] < line.box.y1 for line, other in pairwise(cell.lines))


def _looks(cells: Sequence[Cell], rows: int, columns: int) -> list[list[Look | None]]:
    looks: list[list[Look | None]] = [[None] * columns for _ in range(rows)]
    for cell in cells:
        looks[cell.row][cell.column] = Look(cell.text, is_bold(cell.lines), cell.column_span)
    return looks


def tables(
    rows: Sequence[Sequence[Line]], linked: Sequence[Chain], ruled: Sequence[Table], across: Sequence[Rule], page: Page
) -> list[Table]:
    """All tables of a page from top to bottom, given the `ruled` ones and the chains of the lines outside them.

    The lines of ruled tables of one row are among `rows`, too.
    """
    prose = [chain for chain in linked if is_prose(chain)]
    running = {id(line) for chain in prose for line in chain}
    free = [[line for line in row if id(line) not in running] for row in rows]
    aligned = [table for table in aligned_tables(free, across, page) if not _swallows(table, prose)]
    taken = set().union(*map(words_in, aligned))
    kept = [table for table in ruled if not is_row(table) or taken.isdisjoint(words_in(table))]
    return sorted((*kept, *aligned), key=lambda table: (table.box.y0, table.box.x0))


def is_row(table: Table) -> bool:
    """Whether it is one ruled row, which may be a shaded one of a table that is not ruled otherwise."""
    return table.ruled and table.row_count == 1


def words_in(table: Table) -> set[int]:
    """The ids of the first words of all lines of a table."""
    return {id(line.words[0]) for cell in table.cells for line in cell.lines}


def _swallows(table: Table, prose: Sequence[Chain]) -> bool:
    """Whether running text stands among a table's columns, or beside it and no higher or lower than it."""
    x0, y0, x1, y1 = table.box
    for chain in prose:
        box = Box.around(line.box for line in chain)
        if box.y1 <= y0 or box.y0 >= y1:
            continue
        inside = x0 < box.center[0] < x1
        slack = chain[0].box.y1 - chain[0].box.y0
        if inside or (box.y0 >= y0 - slack and box.y1 <= y1 + slack):
            return True
    return False


def text_lines(table: Table) -> list[Line]:
    """The lines of a table's cells that are texts in frames and belong to the page's blocks, too."""
    return [
        line for cell in table.cells if sum(len(line.words) for line in cell.lines) > PROSE_WORDS for line in cell.lines
    ]


def level_rules(page: Page) -> list[Rule]:
    """The page's level rules in points, merged."""
    return level(page.rules, page.width, page.height)


def captioned(table: Table, blocks: Sequence[Block]) -> Table:
    """The table with the caption that stands nearest above or below it, if one does."""
    x0, y0, x1, y1 = table.box
    best, least = None, CAPTION_NEAR
    for block in blocks:
        if block.kind == CAPTION:
            box = block.box
            height = block.lines[0].box.y1 - block.lines[0].box.y0
            away = max(y0 - box.y1, box.y0 - y1) / height
            if away < least and box.x0 < x1 and box.x1 > x0:
                best, least = block, away
    return table if best is None else replace(table, caption=best)
