"""Keys in the cells of ruled tables: a label over its value in one cell, in the cell to the left, or in the head."""

from collections.abc import Iterator, Mapping, Sequence

from octavo.datasets.fields.fits import colon, is_value
from octavo.datasets.fields.keys import is_key, key_of, known, meanings
from octavo.datasets.fields.pair import Pair
from octavo.documents.structure.parts import Cell, Table
from octavo.documents.structure.rows import Line

MOST_CELLS = 400  # of a table that is looked at: larger ones are lists, not forms
MOST_VALUE_LINES = 4


def pairs_in(tables: Sequence[Table], labels: Mapping[str, int]) -> Iterator[Pair]:
    """The pairs in the ruled tables of a page."""
    for table in tables:
        if table.ruled and len(table.cells) <= MOST_CELLS:
            yield from _within(table, labels)
            yield from _side_by_side(table, labels)
            yield from _under_head(table)


def _within(table: Table, labels: Mapping[str, int]) -> Iterator[Pair]:
    """A label and its value in one cell, one under the other: the label common, or in smaller type."""
    for cell in table.cells:
        if not 2 <= len(cell.lines) <= 1 + MOST_VALUE_LINES:
            continue
        head, *lines = cell.lines
        if colon(head) and head.text.rstrip()[-1:] not in ":：":
            continue
        is_small = head.size < 0.87 * lines[0].size and all(line.size == lines[0].size for line in lines)
        is_label = bool(meanings(key_of(head.text))) or head.text in labels
        if is_small or is_label:
            pair = _pair(head, lines)
            if pair and (is_small or pair.known is None or pair.known.type_ not in ("text",) or len(lines) == 1):
                yield pair


def _side_by_side(table: Table, labels: Mapping[str, int]) -> Iterator[Pair]:
    """Labels in the first of two columns (or the first and third of four), values in the other."""
    if table.column_count not in (2, 4) or table.row_count < 2:
        return
    at = {(cell.row, cell.column): cell for cell in table.cells if cell.row_span == 1}
    places = [(row, column) for row in range(table.row_count) for column in range(0, table.column_count, 2)]
    both = [(at[place], at[place[0], place[1] + 1]) for place in places if _has_two(at, place)]
    named = [(label, value) for label, value in both if _one_line(label) and is_key(key_of(label.text))]
    meant = sum(bool(meanings(key_of(label.text))) or label.text in labels for label, _ in named)
    if len(named) < 0.75 * len(both) or meant < 0.4 * len(named) or meant < 1:
        return
    for label, value in named:
        if value.lines and len(value.lines) <= MOST_VALUE_LINES:
            pair = _pair(label.lines[0], value.lines)
            if pair:
                yield pair


def _has_two(at: Mapping[tuple[int, int], Cell], place: tuple[int, int]) -> bool:
    right = (place[0], place[1] + 1)
    return place in at and right in at and at[place].column_span == at[right].column_span == 1 and bool(at[place].lines)


def _under_head(table: Table) -> Iterator[Pair]:
    """A head and one row of values: a strip of boxes, as over the items of an invoice."""
    if table.row_count != 2 or table.column_count < 2:
        return
    heads = [cell for cell in table.cells if cell.row == 0 and cell.row_span == 1 and cell.column_span == 1]
    named = [cell for cell in heads if _one_line(cell) and is_key(key_of(cell.text))]
    meant = sum(bool(meanings(key_of(cell.text))) for cell in named)
    if len(named) != len(heads) or not 2 * meant >= len(named) >= 2:
        return
    for head in named:
        value = table.at(1, head.column)
        if value and value.row_span == 1 and value.column_span == 1 and 0 < len(value.lines) <= MOST_VALUE_LINES:
            pair = _pair(head.lines[0], value.lines)
            if pair:
                yield pair


def _one_line(cell: Cell) -> bool:
    return len(cell.lines) == 1


def _pair(label: Line, lines: Sequence[Line]) -> Pair | None:
    """The pair of a label and the lines of its cell, or None where these are no value of such a key."""
    key = key_of(label.text)
    text = " ".join(line.text for line in lines)
    if not is_key(key) or any(colon(line) for line in lines):
        return None
    common = known(key, text)
    is_long = len(lines) > 1 and not (common and common.type_ in ("address", "name", "text"))
    if is_long or not is_value(text) or meanings(key_of(text)) or (common and not common.takes(text)):
        return None
    return Pair(key, common, label, tuple(line.words for line in lines))
