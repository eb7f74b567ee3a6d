"""What ruled and aligned tables share: which lines of text make one row, and which rows name the columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from octavo.documents.structure.marks import BLANK, DATE, NUMBER, TEXT, is_year, kind_of
from octavo.documents.structure.rows import Line

CLOSE = 0.9  # line heights between the lines of one cell at most
NEARER = 0.25  # line heights: a line so much nearer to the row above than to the one below belongs to it
FULL = 0.85  # of a column's width: a line that fills it may well go on below
MOST_HEADERS = 3
SAME_KIND = 0.7  # of a column's values are of one kind
BOLD_BODY = 0.4  # of the cells below bold names at most may be bold


@dataclass(slots=True)
class Row:
    """The lines of one row of a table, by column, each cell's from top to bottom."""

    cells: dict[int, list[Line]] = field(default_factory=dict)

    def text(self, column: int) -> str:
        """A cell's text, "" where it is empty."""
        return " ".join(line.text for line in self.cells.get(column, ()))

    @property
    def top(self) -> float:
        """Where it begins on the page."""
        return min(line.box.y0 for lines in self.cells.values() for line in lines)

    @property
    def bottom(self) -> float:
        """Where it ends on the page."""
        return max(line.box.y1 for lines in self.cells.values() for line in lines)

    def add(self, other: "Row") -> None:
        """Take the lines of a row below."""
        for column, lines in other.cells.items():
            self.cells.setdefault(column, []).extend(lines)


def is_bold(lines: Sequence[Line]) -> bool:
    """Whether every word with a letter or digit is set bold, and there is one."""
    is_any = False
    for line in lines:
        for word in line.words:
            if not word.bold and any(map(str.isalnum, word.text)):
                return False
            is_any = is_any or (word.bold and any(map(str.isalnum, word.text)))
    return is_any


def is_value(text: str) -> bool:
    """Whether it is a number or a date."""
    return kind_of(text) in (NUMBER, DATE)


def value_columns(rows: Sequence[Row], columns: int) -> dict[int, str]:
    """The columns whose cells are mostly numbers or mostly dates, at least two of them: column → that kind."""
    found = {}
    for column in range(columns):
        kinds = [kind_of(row.text(column)) for row in rows if column in row.cells]
        kinds = [kind for kind in kinds if kind != BLANK]
        for kind in (NUMBER, DATE):
            if kinds.count(kind) >= max(2, SAME_KIND * len(kinds)):
                found[column] = kind
    return found


def joined(rows: Sequence[Row], widths: Sequence[float]) -> list[Row]:
    """Rows of text as rows of a table: the lines that only go on with a cell above join it.

    `widths` are the columns' widths on the page.
    """
    valued = value_columns(rows, len(widths))
    found: list[Row] = []
    for n, row in enumerate(rows):
        below = rows[n + 1] if n + 1 < len(rows) else None
        if found and _continues(found[-1], row, below, valued, widths):
            found[-1].add(row)
        else:
            found.append(Row({column: list(lines) for column, lines in row.cells.items()}))
    return _wrapped_before(found, valued)


def _continues(over: Row, row: Row, below: Row | None, valued: dict[int, str], widths: Sequence[float]) -> bool:
    if any(is_value(row.text(column)) for column in row.cells if column in valued):
        return False
    if not row.cells.keys() <= over.cells.keys() or len(row.cells) >= max(2, len(over.cells)):
        return False
    height = row.bottom - row.top
    gap, gap_below = row.top - over.bottom, below.top - row.bottom if below else float("inf")
    if gap > CLOSE * height or gap - gap_below > NEARER * height:
        return False
    if gap_below - gap > NEARER * height and below is not None:
        return True
    before = [over.cells[column][-1] for column in row.cells]
    if any(line.text.endswith((",", "-", "/", "&", "(")) for line in before):
        return True
    if any(row.text(column)[0].islower() or row.text(column)[0] == "(" for column in row.cells):
        return True
    if 0 not in row.cells:
        return True
    line = over.cells[0][-1]
    return line.box.x1 - line.box.x0 >= FULL * widths[0]


def _wrapped_before(rows: list[Row], valued: dict[int, str]) -> list[Row]:
    """Rows whose name began on lines above, its values standing beside its last line, as one."""
    found: list[Row] = []
    for row in rows:
        over = found[-1] if found else None
        if (
            over is not None
            and len(over.cells) == 1
            and over.cells.keys() <= row.cells.keys()
            and not over.cells.keys() & valued.keys()
            and row.text(next(iter(over.cells)))[0].islower()
            and row.top - over.bottom <= CLOSE * (over.bottom - over.top)
        ):
            over.add(row)
        else:
            found.append(row)
    return found


@dataclass(frozen=True, slots=True)
class Look:
    """A place of a table as its header is told: its text, whether it is bold, over how many columns it reaches."""

    text: str
    is_bold: bool
    column_span: int = 1


def header_rows(rows: Sequence[Sequence[Look | None]], is_underlined: bool) -> int:
    """How many of the first rows name columns; 0 where that is in doubt.

    A place is None where a cell from above or from the left reaches over it. `is_underlined` says that a rule
    stands under the first row as it does not under the others.
    """
    columns = len(rows[0])
    prefix = 0
    while prefix < min(MOST_HEADERS, len(rows) - 1) and _may_name(rows[prefix]):
        prefix += 1
    if columns < 2 or prefix == 0:
        return 0
    count = 1
    while count < prefix and _goes_on(rows, count):
        count += 1
    if not _all_named(rows[:count], columns) or sum(bool(p and p.text) for p in rows[count - 1]) < 2:
        return 0
    names = [place for row in rows[:count] for place in row if place and place.text]
    body = [place for row in rows[count:] for place in row if place and place.text]
    if sum(name.text.endswith(":") for name in names) * 2 >= len(names):
        return 0
    if not any(sum(bool(place and place.text) for place in row) >= 2 for row in rows[count:]):
        return 0
    is_set_off = all(name.is_bold for name in names) and sum(p.is_bold for p in body) <= BOLD_BODY * len(body)
    valued = sum(_one_kind(rows[count:], column) for column in range(columns))
    if _looks_like_form(rows[count:], columns):
        return 0
    if columns == 2:
        return count if is_set_off or (is_underlined and valued) else 0
    long = len(rows) - count >= 3
    return count if is_set_off or valued >= 2 or (valued and (is_underlined or long)) else 0


def named_again(rows: Sequence[Sequence[Look | None]], headers: int) -> int:
    """The first row below the `headers` that names the columns anew, so that another table begins; 0 for none.

    It has texts where the rows around have numbers, in two columns at least, or is bold as a whole.
    """
    columns = len(rows[0])
    valued = {column for column in range(columns) if _one_kind(rows[headers:], column)}
    for n in range(headers + 1, len(rows) - 1):
        places = [(column, place) for column, place in enumerate(rows[n]) if place and place.text]
        if len(places) < max(2, columns - 1) or any(kind_of(p.text) != TEXT and not is_year(p.text) for _, p in places):
            continue
        named = sum(column in valued for column, _ in places)
        if named >= 2 or (named and all(place.is_bold for _, place in places)):
            return n
    return 0


def _may_name(row: Sequence[Look | None]) -> bool:
    """Whether a row has at least two texts, or one over several columns, and no values, years excepted."""
    texts = [place.text for place in row if place and place.text]
    is_wide = any(place and place.text and place.column_span > 1 for place in row)
    return (len(texts) >= 2 or is_wide) and all(not is_value(text) or is_year(text) for text in texts)


def _goes_on(rows: Sequence[Sequence[Look | None]], count: int) -> bool:
    """Whether the row after the first `count` names columns, too: names above span several, or it is bold as they."""
    over, row = [p for p in rows[count - 1] if p], [p for p in rows[count] if p and p.text]
    if any(place.text and place.column_span > 1 for place in over):
        return True
    after = [p for line in rows[count + 1 :] for p in line if p and p.text]
    return (
        all(place.is_bold for place in (*row, *(p for p in over if p.text)))
        and bool(after)
        and sum(p.is_bold for p in after) <= BOLD_BODY * len(after)
        and len(row) >= 2
    )


def _all_named(rows: Sequence[Sequence[Look | None]], columns: int) -> bool:
    """Whether every column but the first has a name in these rows, one that reaches over it included."""
    named: set[int] = set()
    for row in rows:
        for column, place in enumerate(row):
            if place and place.text:
                named.update(range(column, column + place.column_span))
    return all(column in named for column in range(1, columns))


def _one_kind(rows: Sequence[Sequence[Look | None]], column: int) -> bool:
    kinds = [kind_of(place.text) for row in rows if (place := row[column]) and place.text]
    kinds = [kind for kind in kinds if kind != BLANK]
    return any(kinds.count(kind) >= max(2, SAME_KIND * len(kinds)) for kind in (NUMBER, DATE))


def _looks_like_form(rows: Sequence[Sequence[Look | None]], columns: int) -> bool:
    """Whether labels stand in a column between values: they end in colons, or are bold where all else is not.

    Rows without a name do not count: the totals under a table have labels in its middle.
    """
    rows = [row for row in rows if (first := row[0]) and first.text]
    for column in range(columns):
        places = [place for row in rows if (place := row[column]) and place.text and kind_of(place.text) == TEXT]
        if len(places) >= 2 and sum(place.text.endswith(":") for place in places) * 2 >= len(places):
            return True
        if 0 < column < columns - 1 and len(places) >= 2 and all(place.is_bold for place in places):
            others = [p for row in rows if (p := row[column + 1]) and p.text]
            if others and not any(p.is_bold for p in others):
                return True
    return False
