"""A page taken apart: its rows, its blocks of text in reading order, its tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from octavo.documents.structure.blocks import blocks
from octavo.documents.structure.chains import Chain, chains
from octavo.documents.structure.furniture import NOTHING_REPEATED, Repeated, furniture
from octavo.documents.structure.paragraphs import with_marks
from octavo.documents.structure.parts import (
    FOOTER,
    HEADER,
    Block,
    Table,
)
from octavo.documents.structure.rows import SMALLEST, Line, body_size, rows
from octavo.documents.structure.tables import captioned, is_row, level_rules, ruled_tables, tables, text_lines, words_in
from octavo.documents.types import Page

LARGEST = 1.4  # times the page's usual size of type: a page number's


@dataclass(frozen=True)
class Layout:
    """A page taken apart: every upright word is in one line, lines of text are in blocks, tables in `tables`."""

    page: Page
    rows: tuple[tuple[Line, ...], ...]
    blocks: tuple[Block, ...]
    tables: tuple[Table, ...]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All lines, row by row."""
        return tuple(line for row in self.rows for line in row)


def layout(page: Page, repeated: Repeated = NOTHING_REPEATED) -> Layout:
    """The page's rows, blocks and tables.

    Heads and feet come first and last among the blocks. Where a table stands in ruled cells of more than a few
    lines, as text in frames does, those lines are in blocks, too.
    """
    found = rows(page.words, page.rules)
    if not found:
        return Layout(page, (), (), ())
    across = level_rules(page)
    ruled = ruled_tables(found, page, across)
    whole = [table for table in ruled if not is_row(table)]
    inside = {id(line) for table in whole for cell in table.cells for line in cell.lines}
    inside -= {id(line) for table in ruled for line in text_lines(table)}
    heads, feet = _furniture(found, inside, repeated)
    outside = inside | {id(line) for line in (*heads, *feet)}
    free = [[line for line in row if id(line) not in outside] for row in found]
    character, body = _measures(found), body_size([word for row in free for line in row for word in line.words])
    free = [with_marks(row, character, body) for row in free]
    linked = chains(free)
    every = tables(free, linked, ruled, across, page)
    in_tables = set().union(*(words_in(table) for table in every if not table.ruled or is_row(table)))
    rest = [part for chain in linked for part in _without(chain, in_tables)]
    made = blocks(rest, every, page, body)
    named = tuple(captioned(table, made) for table in every)
    head, foot = ([Block(kind, (line,)) for line in lines] for kind, lines in ((HEADER, heads), (FOOTER, feet)))
    return Layout(page, tuple(map(tuple, found)), (*head, *made, *foot), named)


def _furniture(found: Sequence[Sequence[Line]], inside: set[int], repeated: Repeated) -> tuple[list[Line], list[Line]]:
    """The lines of running heads and of feet, from top to bottom."""
    kinds: dict[str, list[Line]] = {HEADER: [], FOOTER: []}
    largest = LARGEST * median(line.size for row in found for line in row)
    for n, row in enumerate(found):
        is_outermost = (n <= 1 or n >= len(found) - 2) and len(row) <= 2
        if is_outermost and 0 < n < len(found) - 1:  # the parts of fractions are in rows that overlap
            height = row[0].box.center[1]
            is_outermost = not any(line.box.y0 < height < line.box.y1 for k in (n - 1, n + 1) for line in found[k])
        for line in row:
            kind = furniture(line, is_outermost and line.size <= largest, repeated)
            if kind and id(line) not in inside:
                kinds[kind].append(line)
    return kinds[HEADER], kinds[FOOTER]


def _measures(found: Sequence[Sequence[Line]]) -> float:
    """A character's usual width in page fractions."""
    widths = [(line.box.x1 - line.box.x0) / len(line.text) for row in found for line in row]
    return max(median(widths), SMALLEST)


def _without(chain: Chain, taken: set[int]) -> Iterator[Chain]:
    """The parts of a chain between lines whose words are taken."""
    part: Chain = []
    for line in chain:
        if id(line.words[0]) not in taken:
            part.append(line)
        elif part:
            yield part
            part = []
    if part:
        yield part
