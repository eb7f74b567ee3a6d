"""A table as a person names its places: columns by their header, rows by what stands in their naming column."""

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from octavo.datasets.fields.values import amount_variants, date_variants, is_date, letters
from octavo.datasets.finders.passages import closes, is_cut_off, is_plain, is_quotable
from octavo.documents.structure.parts import Cell, Table

MOST_PLACES = 5_000  # of a table, its rows times its columns; a larger one is a listing nobody asks a person about
MOST_NAMING = 4  # the column that names the rows is one of the first
LONGEST_NAME = 60  # characters of a row's or column's name
FEWEST_ROWS = 3  # below the header of a table that has no columns of figures
FIGURES = 2  # columns of figures at least, in a table of fewer rows: the one line of a bill
LONG_LINE = 10  # characters of a text that may go on in the row below
WRAPPED = 6  # a table of which more than a sixth of the rows go on in the next was not read by its rows
MOST_WORDS, MOST_LINES = 12, 3  # of a cell that is an answer

_CAPTION_LABEL = re.compile(
    r"(?P<label>(?:Fig(?:ure|\.)?|Table|Tab\.|Tabelle|Tableau|Tabla|Abb(?:ildung|\.)?|Chart|Exhibit|Box|Scheme|Map|Plate)"
    r" (?:\d{1,3}|[A-Z])(?:[.-]\d{1,3})?[a-z]?|(?:Figure|Table) [IVX]{1,5})(?P<mark>[.:)]? ?[.:–—-]?)(?= |$)",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"[$€£¥%]|\b(?:USD|EUR|GBP|CHF)\b|^\+")
_LETTERS, _DIGITS = re.compile(r"[^\W\d_]+"), re.compile(r"\d+")
_VALUE = re.compile(r"\W*[^\W\d_]?\d+(?:[.,]\d+)? ?%|[$€£] ?\d[\d.,]*|\d+[.,]\d\d")  # not a year or a range of ages
_BULLETS = re.compile(r"[•▪◦●■–-] ")
_SPACED = re.compile(r"[-+]?\d{1,3}(?: \d{3})+(?:[.,]\d+)?")  # one number, its thousands set apart
_POINTS = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_COMMAS = re.compile(r"-?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?")


@dataclass(frozen=True, slots=True)
class Named:
    """A row or column that has a name of its own in its table: its index, and the name as it is quoted."""

    index: int
    name: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table whose rows and columns can be named.

    `cells` are those below the header that stand in one row and one column, by both; `naming` is the column
    that names the rows, and `naming_name` its own header, "" where it has none.
    """

    table: Table
    cells: dict[tuple[int, int], Cell]
    rows: tuple[Named, ...]
    columns: tuple[Named, ...]
    naming: int
    naming_name: str

    def answers(self) -> Iterator[tuple[Named, Named, Cell]]:
        """The places that can be asked for, row by row: the row, the column and the cell."""
        for row in self.rows:
            for column in self.columns:
                cell = self.cells.get((row.index, column.index))
                if column.index != self.naming and cell and is_answer(cell):
                    yield row, column, cell

    def without_rows(self, names: Container[str]) -> "Grid":
        """The grid without the rows of these names, which are in small letters."""
        return replace(self, rows=tuple(row for row in self.rows if row.name.casefold() not in names))

    def without_columns(self, names: Container[str]) -> "Grid":
        """The grid without the columns of these names, which are in small letters."""
        columns = tuple(column for column in self.columns if column.name.casefold() not in names)
        own = "" if self.naming_name.casefold() in names else self.naming_name
        return replace(self, columns=columns, naming_name=own)

    def column(self, index: int) -> list[tuple[int, Cell]]:
        """The cells of a column that hold something, each with its row."""
        rows = range(self.table.header_rows, self.table.row_count)
        return [(row, cell) for row in rows if (cell := self.cells.get((row, index))) and cell.lines]


def grid_of(table: Table) -> Grid | None:
    """The grid of a table that has a header and whose rows can be told apart, or None."""
    if not table.header_rows or table.column_count < 2 or table.row_count * table.column_count > MOST_PLACES:
        return None
    body = {
        (cell.row, cell.column): cell
        for cell in table.cells
        if cell.row >= table.header_rows and cell.row_span == 1 and cell.column_span == 1
    }
    columns = tuple(column for column in _columns(table) if not _repeats(column, body))
    if any(_is_of_body(column, body) for column in columns):
        return None
    merged = {row for (row, _), cell in body.items() if _holds_rows(cell)}
    goes_on = _rows_that_go_on(table, body)
    if table.row_count < table.header_rows + FEWEST_ROWS and not _has_figures(table, body):
        return None
    if WRAPPED * len(goes_on) > table.row_count:
        return None
    merged |= {row + less for row in goes_on for less in (-1, 0)}
    naming = _naming(table, body)
    if naming is None or not columns:
        return None
    texts = Counter(cell.text.casefold() for (_, column), cell in body.items() if column == naming)
    rows = tuple(
        Named(row, cell.text)
        for (row, column), cell in sorted(body.items(), key=lambda item: item[0])
        if column == naming and row not in merged and texts[cell.text.casefold()] == 1 and is_name(cell)
    )
    own = next((column.name for column in columns if column.index == naming), "")
    return Grid(table, body, rows, columns, naming, own) if rows else None


def is_answer(cell: Cell) -> bool:
    """Whether a cell's text is short, readable and one thing: not the figures of two columns taken for one."""
    text = cell.text
    words = text.split()
    figures = sum(word[-1:].isdigit() and letters(word) == 0 for word in words)
    is_one = figures < 2 or figures < len(words) or is_date(text) or _SPACED.fullmatch(text) is not None
    return (
        0 < len(words) <= MOST_WORDS
        and len(cell.lines) <= MOST_LINES
        and any(char.isalnum() for char in text)
        and is_plain(text)
        and closes(text)
        and not _BULLETS.match(text)
        and not text.endswith(("-", ":"))
        and not _is_split(cell)
        and not is_cut_off(text)
        and is_one
    )


def label_of(caption: str) -> tuple[str, str]:
    """A caption's label and the text after it: "Table 2" and "Ships by year"; "" for what is not there."""
    match = _CAPTION_LABEL.match(caption)
    return (match["label"], caption[match.end() :].strip()) if match else ("", caption)


def variants_of(text: str) -> tuple[str, ...]:
    """Other writings of an answer, for scoring, where it is a date or an amount."""
    return date_variants(text) or amount_variants(text)


def numbers_in(texts: Sequence[str]) -> list[Decimal] | None:
    """The values of a column of numbers; None where one is no number or their points and commas are unclear."""
    plain = [_SIGNS.sub("", text).strip().replace("−", "-").replace("–", "-") for text in texts]
    plain = [text.replace(" ", "") if _SPACED.fullmatch(text) else text for text in plain]
    if any(len(text) > 20 for text in plain):
        return None
    english = all(map(_POINTS.fullmatch, plain))
    if english and all(map(_COMMAS.fullmatch, plain)) and not all(text.lstrip("-").isdigit() for text in plain):
        return None
    if english:
        return [Decimal(text.replace(",", "")) for text in plain]
    if all(map(_COMMAS.fullmatch, plain)):
        return [Decimal(text.replace(".", "").replace(",", ".")) for text in plain]
    return None


def _has_figures(table: Table, body: dict[tuple[int, int], Cell]) -> bool:
    """Whether columns of a table hold figures in all of their rows, as those of bills do."""
    rows = range(table.header_rows, table.row_count)
    columns = [
        [cell.text if (cell := body.get((row, column))) else "" for row in rows] for column in range(table.column_count)
    ]
    figures = [all(any(c.isdigit() for c in text) and letters(text) <= 3 for text in texts) for texts in columns]
    return bool(rows) and sum(figures) >= FIGURES


def _repeats(column: Named, body: dict[tuple[int, int], Cell]) -> bool:
    """Whether a column holds its own name: then that is one of its values."""
    return any(at == column.index and cell.text == column.name for (_, at), cell in body.items())


def _rows_that_go_on(table: Table, body: dict[tuple[int, int], Cell]) -> set[int]:
    """The rows that seem to be second lines of the row above: a cell goes on with its text, another is empty."""
    filled = Counter(row for (row, _), cell in body.items() if cell.lines)
    found = set()
    for (row, column), cell in body.items():
        over = body.get((row - 1, column))
        if cell.lines and over and over.lines and filled[row] < table.column_count:
            begun = len(over.text) >= LONG_LINE and over.text[-1].isalnum()
            if begun and cell.text[0].islower():
                found.add(row)
    return found


def _is_of_body(column: Named, body: dict[tuple[int, int], Cell]) -> bool:
    """Whether a column's name is a value itself: a figure, or alike to most of its cells, such as "S18" over "S20"."""
    if _VALUE.fullmatch(column.name):
        return True
    shape = _shape_of(column.name)
    cells = [cell.text for (_, at), cell in body.items() if at == column.index and cell.lines]
    return "a" in shape and "0" in shape and 2 * sum(_shape_of(text) == shape for text in cells) > len(cells)


def _shape_of(text: str) -> str:
    return _DIGITS.sub("0", _LETTERS.sub("a", text))


def _columns(table: Table) -> Iterator[Named]:
    """The columns with a name of their own: their lowest header, with the one above it where it recurs."""
    headers: dict[int, list[Cell]] = {column: [] for column in range(table.column_count)}
    for cell in sorted(table.cells, key=lambda cell: (cell.row, cell.column)):
        if cell.row < table.header_rows and cell.lines:
            for column in range(cell.column, min(cell.column + cell.column_span, table.column_count)):
                headers[column].append(cell)
    lowest = {column: cells[-1] for column, cells in headers.items() if cells and cells[-1].column_span == 1}
    texts = Counter(cell.text.casefold() for cell in lowest.values())
    pairs = Counter((cell.text.casefold(), _over(headers[column]).casefold()) for column, cell in lowest.items())
    for column, cell in lowest.items():
        name, over = cell.text, _over(headers[column])
        if not is_name(cell) or cell.row + cell.row_span > table.header_rows:
            continue
        if texts[name.casefold()] == 1:
            yield Named(column, name)
        elif over and is_name(headers[column][-2]) and pairs[name.casefold(), over.casefold()] == 1:
            yield Named(column, f"{name}” under “{over}")


def _over(headers: Sequence[Cell]) -> str:
    return headers[-2].text if len(headers) > 1 else ""


def _naming(table: Table, body: dict[tuple[int, int], Cell]) -> int | None:
    """The column that names the rows: the first of words that mostly differ, else the very first where they do."""
    first = None
    for column in range(min(MOST_NAMING, table.column_count)):
        texts = [cell.text for (_, at), cell in body.items() if at == column and cell.lines]
        if not texts or 10 * len(texts) < 6 * (table.row_count - table.header_rows):
            continue
        if 2 * len({text.casefold() for text in texts}) < len(texts):
            continue
        if 10 * sum(letters(text) >= 3 for text in texts) >= 7 * len(texts):
            return column
        first = column if column == 0 else first
    return first


def is_name(cell: Cell) -> bool:
    """Whether a cell's text can be quoted to name its row or column: short, as printed, and of one column.

    Raised and lowered signs stand in a line's text in another order than a person reads them.
    """
    sizes = [[word.size for word in line.words] for line in cell.lines]
    return (
        0 < len(cell.text) <= LONGEST_NAME
        and (cell.text[0].isalnum() or cell.text[0] in "([#%$€£")
        and is_quotable(cell.text)
        and ": " not in cell.text
        and not is_cut_off(cell.text)
        and all(min(line) >= 0.8 * max(line) for line in sizes)
        and not _is_split(cell)
    )


def _is_split(cell: Cell) -> bool:
    """Whether lines of a cell stand beside each other, as where two columns were taken for one."""
    return any(under.box.y0 < over.box.center[1] for over, under in pairwise(cell.lines))


def _holds_rows(cell: Cell) -> bool:
    """Whether a cell has a figure in each of its lines, as where two rows were taken for one."""
    return len(cell.lines) > 1 and all(line.text[-1:].isdigit() and letters(line.text) == 0 for line in cell.lines)
