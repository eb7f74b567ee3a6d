"""Tables without borders: rows whose cells stand in the same columns, under names of the columns.

A table in doubt is not reported: without names over its columns, or values of one kind in them, rows of cells
may as well be a form, a list of addresses or a table of contents.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from octavo.documents.structure.grids import Rule
from octavo.documents.structure.marks import breaks, has_leaders, is_year
from octavo.documents.structure.parts import Cell, Table
from octavo.documents.structure.rows import Line
from octavo.documents.structure.tabular import (
    CLOSE,
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

GAP = 1.8  # line heights between two rows at most, or
GAP_RULED = 4.0  # where a rule stands between them
SOLID = 0.4  # of the rows fill a column, or rows with a cell there belong to something else
DENSE = 0.6  # of the places below the names are filled
NAMED = 0.7  # of the rows have a cell in the first column
FLUSH = 0.7  # of a column's cells stand flush
AWAY = 1.0  # characters between edges that stand flush
LONG = 60  # characters of a usual cell in any column at most
MOST_STEPS = 30_000  # cells that are tried in all on a page
TRIED = 6  # rows from the top in which the names of columns are sought
MOST_VALUES = 12  # that may stand in one line
WIDER = 1.2  # times the other gaps: the gap between two names of columns that are set as one line
UNDERLINED = 0.6  # of the table's width is under a rule

Columns = list[tuple[float, float]]  # from where to where each reaches, from left to right


def aligned_tables(rows: Sequence[Sequence[Line]], across: Sequence[Rule], page: Page) -> list[Table]:
    """The tables among these rows of lines. `across` are the page's level rules in points."""
    levels = [
        Box(rule.start / page.width, rule.at / page.height, rule.end / page.width, rule.at / page.height)
        for rule in across
    ]
    rows = [[part for line in row for part in _values(line)] for row in rows if row]
    found: list[Table] = []
    steps, start = 0, 0
    while start < len(rows) and steps < MOST_STEPS:
        if len(rows[start]) < 2:
            start += 1
            continue
        end, columns = _run(rows, start, levels)
        steps += sum(map(len, rows[start:end]))
        run = list(rows[start:end])
        if start > 0 and len(run) >= 2 and (over := _divided(rows[start - 1], columns)):
            run.insert(0, over)
            columns = _widened(columns, over) or columns
        table = _table(run, columns, levels) if len(run) >= 3 else None
        if table is None:  # the names of columns are sought in a run's first rows, so a long run is not tried often
            start += max(1, (end - start) // 3)
        else:
            found.append(table)
            start = end
    return found


def _values(line: Line) -> list[Line]:
    """A line of numbers cut into its values, which may stand nearer to each other than words of a text."""
    cuts = (
        breaks([word.text for word in line.words])
        if 2 <= len(line.words) <= MOST_VALUES and not line.text[0].isalpha()
        else []
    )
    ends = [*cuts, len(line.words)]
    return [Line.of(line.words[a:b]) for a, b in zip([0, *cuts], ends, strict=True)] if cuts else [line]


def _run(rows: Sequence[Sequence[Line]], start: int, levels: Sequence[Box]) -> tuple[int, Columns]:
    """Where the run of rows ends that share columns with the row `start`, and the columns."""
    columns: Columns = [(line.box.x0, line.box.x1) for line in rows[start]]
    bottom, height = _extent(rows[start])
    end = start + 1
    while end < len(rows):
        top = min(line.box.y0 for line in rows[end])
        gap = top - bottom
        if gap > GAP * height and not (gap <= GAP_RULED * height and _is_enclosed(bottom, top, levels)):
            break
        wider = _widened(columns, rows[end])
        if wider is None:
            break
        columns = wider
        bottom, height = _extent(rows[end])
        end += 1
    return end, columns


def _is_enclosed(bottom: float, top: float, levels: Sequence[Box]) -> bool:
    """Whether a rule stands between two heights, or one above and one as long below both."""
    if any(bottom <= rule.y0 <= top for rule in levels):
        return True
    over = {(round(rule.x0, 2), round(rule.x1, 2)) for rule in levels if rule.y0 < bottom}
    return any((round(rule.x0, 2), round(rule.x1, 2)) in over for rule in levels if rule.y0 > top)


def _divided(row: Sequence[Line], columns: Columns) -> list[Line] | None:
    """A row whose lines stand over several columns, cut where these divide: names set close to each other.

    None where nothing is to be cut, or not every part stands over one column.
    """
    parts: list[Line] = []
    for line in row:
        first = bisect_left(columns, line.box.x0, key=lambda column: column[1])
        over = [column for column in columns[first:] if column[0] < line.box.x1]
        gaps = [right.box.x0 - left.box.x1 for left, right in pairwise(line.words)]
        cuts = sorted(range(len(gaps)), key=lambda n: -gaps[n])[: len(over) - 1] if len(over) > 1 else []
        if len(cuts) < len(over) - 1:
            return None
        if cuts and min(gaps[n] for n in cuts) < WIDER * max(
            (g for n, g in enumerate(gaps) if n not in cuts), default=0
        ):
            return None
        ends = [*sorted(n + 1 for n in cuts), len(line.words)]
        parts += [Line.of(line.words[a:b]) for a, b in zip([0, *ends], ends, strict=False)]
    return parts if len(parts) > len(row) and _widened(columns, parts) is not None else None


def _extent(row: Sequence[Line]) -> tuple[float, float]:
    """Where a row ends, and how high its lines are."""
    return max(line.box.y1 for line in row), median(line.box.y1 - line.box.y0 for line in row)


def _widened(columns: Columns, row: Sequence[Line]) -> Columns | None:
    """The columns with a row's cells in them; None where a cell reaches over two or two stand in one."""
    wider = list(columns)
    used: set[int] = set()
    new = []
    for line in row:
        x0, _, x1, _ = line.box
        first = bisect_left(columns, x0, key=lambda column: column[1])
        if first == len(columns) or columns[first][0] >= x1:
            new.append((x0, x1))
            continue
        if (first + 1 < len(columns) and columns[first + 1][0] < x1) or first in used:
            return None
        used.add(first)
        wider[first] = min(columns[first][0], x0), max(columns[first][1], x1)
    return sorted(wider + new)


def _table(rows: Sequence[Sequence[Line]], columns: Columns, levels: Sequence[Box]) -> Table | None:
    """The table that a run of rows is, or None."""
    placed = _solid([_placed(row, columns) for row in rows], len(columns))
    if len(placed) < 3:
        return None
    placed = _from_names(placed, len({column for row in placed for column in row.cells}))
    kept = sorted({column for row in placed for column in row.cells})
    if len(placed) < 3 or len(kept) < 2:
        return None
    number = {column: n for n, column in enumerate(kept)}
    placed = [Row({number[column]: lines for column, lines in row.cells.items()}) for row in placed]
    reaches = [
        (min(line.box.x0 for line in cells), max(line.box.x1 for line in cells))
        for cells in ([line for row in placed for line in row.cells.get(n, ())] for n in range(len(kept)))
    ]
    logical = joined(placed, [x1 - x0 for x0, x1 in reaches])
    if len(logical) < 3:
        return None
    looks = [[Look(row.text(n), is_bold(row.cells.get(n, ()))) for n in range(len(kept))] for row in logical]
    headers = header_rows(looks, _is_underlined(logical, reaches, levels))
    if headers and (again := named_again(looks, headers)):
        logical = logical[:again]
    if headers == 0 or len(logical) < 3 or not _is_sound(logical[headers:], reaches):
        return None
    return _built(logical, reaches, headers)


def _placed(row: Sequence[Line], columns: Columns) -> Row:
    """A row's lines by the number of their column."""
    return Row({bisect_left(columns, line.box.x0, key=lambda column: column[1]): [line] for line in row})


def _solid(rows: Sequence[Row], columns: int) -> list[Row]:
    """The longest run of rows that have no cell in a column which most rows leave empty; it ends in full rows."""
    several = [row for row in rows if len(row.cells) >= 2]
    filled = [sum(column in row.cells for row in several) for column in range(columns)]
    solid = {column for column in range(columns) if filled[column] >= max(2, SOLID * len(several))}
    best: list[Row] = []
    run: list[Row] = []
    for row in rows:
        if run and solid:  # lines of another column of text beside the table
            inside = range(min(solid), max(solid) + 1)
            row = Row({column: lines for column, lines in row.cells.items() if column in inside})
        if not row.cells:
            continue
        run = [*run, row] if row.cells.keys() <= solid else []
        if len(run) > len(best):
            best = run
    while best and len(best[-1].cells) < 2:
        best = best[:-1]
    return best


def _from_names(rows: list[Row], columns: int) -> list[Row]:
    """The rows from the first that may name the columns, the lines over its names joined to it."""
    for n, row in enumerate(rows[:TRIED]):
        texts = [row.text(column) for column in row.cells]
        if len(texts) >= max(2, columns - 1) and all(not is_value(text) or is_year(text) for text in texts):
            head = Row({column: list(lines) for column, lines in row.cells.items()})
            while n > 0 and _is_over(rows[n - 1], head):
                n -= 1
                top = Row({column: list(lines) for column, lines in rows[n].cells.items()})
                top.add(head)
                head = top
            return [head, *rows[rows.index(row) + 1 :]]
    return []


def _is_over(over: Row, head: Row) -> bool:
    """Whether the lines of `over` are the first lines of names below."""
    height = min(line.box.y1 - line.box.y0 for lines in head.cells.values() for line in lines)
    return (
        over.cells.keys() <= head.cells.keys()
        and over.cells.keys() != {0}
        and head.top - over.bottom <= CLOSE / 2 * height
        and not any(is_value(over.text(column)) or over.text(column).endswith(":") for column in over.cells)
    )


def _is_underlined(rows: Sequence[Row], reaches: Columns, levels: Sequence[Box]) -> bool:
    """Whether a rule stands under the first row, and under the others not as a rule."""
    left, right = reaches[0][0], reaches[-1][1]

    def ruled(over: Row, under: Row) -> bool:
        slack = (under.bottom - under.top) / 3
        drawn = sum(
            max(0.0, min(rule.x1, right) - max(rule.x0, left))
            for rule in levels
            if over.bottom - slack <= rule.y0 <= under.top + slack
        )
        return drawn >= UNDERLINED * (right - left)

    under = [ruled(over, row) for over, row in pairwise(rows[:12])]
    return under[0] and 2 * sum(under[1:]) <= len(under)


def _is_sound(body: Sequence[Row], reaches: Columns) -> bool:
    """Whether the rows below the names are a table's beyond doubt."""
    columns = len(reaches)
    filled = sum(len(row.cells) for row in body)
    if filled < DENSE * columns * len(body) or sum(0 in row.cells for row in body) < NAMED * len(body):
        return False
    if any(has_leaders(row.text(column)) for row in body for column in row.cells):
        return False
    if not value_columns(body, columns) and columns < 3:
        return False
    for column in range(columns):
        lines = [line for row in body for line in row.cells.get(column, ())]
        if median(len(row.text(column)) for row in body if column in row.cells) > LONG or not _is_flush(lines):
            return False
    return True


def _is_flush(lines: Sequence[Line]) -> bool:
    """Whether most lines begin, end or are centred at one place."""
    character = median((line.box.x1 - line.box.x0) / len(line.text) for line in lines)
    for places in (
        [line.box.x0 for line in lines],
        [line.box.x1 for line in lines],
        [line.box.center[0] for line in lines],
    ):
        middle = median(places)
        if sum(abs(place - middle) <= AWAY * character for place in places) >= FLUSH * len(places):
            return True
    return False


def _built(rows: Sequence[Row], reaches: Columns, headers: int) -> Table:
    cells = []
    for n, row in enumerate(rows):
        for column, (x0, x1) in enumerate(reaches):
            lines = tuple(row.cells.get(column, ()))
            box = Box.around(line.box for line in lines) if lines else Box(x0, row.top, x1, row.bottom)
            cells.append(Cell(n, column, 1, 1, lines, box))
    box = Box(reaches[0][0], rows[0].top, reaches[-1][1], rows[-1].bottom)
    return Table(tuple(cells), len(rows), len(reaches), headers, ruled=False, box=box)
