"""The nouns of a page taken apart: Block, Cell, Table. `structure` finds them."""

from dataclasses import dataclass

from octavo.documents.structure.rows import Line
from octavo.documents.types import Box

TITLE, HEADING, PARAGRAPH, LIST_ITEM, CAPTION, HEADER, FOOTER = (
    "title",
    "heading",
    "paragraph",
    "list_item",
    "caption",
    "header",
    "footer",
)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together, from top to bottom, in one column.

    `kind` is one of "title", "heading", "paragraph", "list_item", "caption", "header", "footer". `level` is the
    depth of a heading from 1, or of a list item from 1; 0 for the others.
    """

    kind: str
    lines: tuple[Line, ...]
    level: int = 0

    @property
    def box(self) -> Box:
        """The box around the lines."""
        return Box.around(line.box for line in self.lines)

    @property
    def text(self) -> str:
        """The lines as one text, joined with spaces."""
        return " ".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: where its upper left corner stands (from 0), over how many rows and columns it spans.

    `lines` are empty in an empty cell; `box` is the cell's own where the table is ruled, that of the lines else.
    """

    row: int
    column: int
    row_span: int
    column_span: int
    lines: tuple[Line, ...]
    box: Box

    @property
    def text(self) -> str:
        """The lines as one text, joined with spaces."""
        return " ".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its cells row by row, and how many rows and columns it has.

    The first `header_rows` rows are names of columns; `caption` is the text above or below it, or None. `ruled`
    says whether lines are drawn around its cells or the columns only stand aligned.
    """

    cells: tuple[Cell, ...]
    row_count: int
    column_count: int
    header_rows: int
    ruled: bool
    box: Box
    caption: Block | None = None

    def at(self, row: int, column: int) -> Cell | None:
        """The cell that covers this place, or None."""
        for cell in self.cells:
            if cell.row <= row < cell.row + cell.row_span and cell.column <= column < cell.column + cell.column_span:
                return cell
        return None
