"""The text of pages as a model gets it, in parts of bounded size."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from octavo.datasets.llm.tokens import count_tokens
from octavo.documents.structure.layout import Layout, layout
from octavo.documents.structure.parts import Block, Table
from octavo.documents.structure.rows import Line, rows
from octavo.documents.types import Page

MOST_TOKENS = 5_000  # of a chunk, and with the preset `docmatix` of a page [Docmatix]
MOST_PAGES = 5  # of a chunk
MOST_DOCUMENT_PAGES = 4  # with the preset `docmatix`
FEWEST_WORDS = 8  # of a page worth asking about
MOST_WORDS = 20_000  # of a page; more is an attack

PROSE_LINES, PROSE_WORDS = 3, 4  # of a paragraph, and words a line

TOO_LONG = "its document has more than 4 pages"
TOO_MUCH = "its document has a page of more than 5000 tokens"
TOO_FEW = "its page has too few words"
TOO_FULL = "its page has too many words"
SIDEWAYS = "most words of its page are set sideways"
LEFTWARD = "its page is written from right to left"  # lines are read, and their boxes, from left to right


@dataclass(frozen=True, slots=True)
class Chunk:
    """Pages, or a part of one, that go into one request: `texts` has the text of each of `pages`."""

    pages: tuple[Page, ...]
    texts: tuple[str, ...]

    @property
    def mark(self) -> str:
        """A code for the lines between pages, which their own text cannot contain."""
        return hashlib.sha256("\0".join(self.texts).encode("utf-8", "replace")).hexdigest()[:8]

    @property
    def marked(self) -> str:
        """The text with a line before each page and one at the end."""
        parts = [f"--- page {page.number} · {self.mark} ---\n{text}" for page, text in self._numbered()]
        return "\n".join([*parts, f"--- end · {self.mark} ---"])

    def _numbered(self) -> Iterator[tuple[Page, str]]:
        return zip(self.pages, self.texts, strict=True)


def page_text(page: Page) -> str:
    """The page's words as a reader would say them, every upright word once.

    A page of running text is read column by column, with its tables row by row in their places. Any other page,
    such as an invoice, is read row by row, for there what stands level belongs together. " | " stands between
    cells, and between lines of one row.
    """
    found = layout(page)
    if not _is_prose(found):
        return "\n".join(" | ".join(line.text for line in row) for row in found.rows)
    said: set[int] = set()  # words; a block's line may be several of the rows'
    tables: dict[int, list[str]] = {}
    for table in found.tables:
        tables.setdefault(_place(table, found.blocks), []).extend(_table_text(table, said))
    parts: list[str] = []
    for number, block in enumerate(found.blocks):
        parts += tables.get(number, [])
        parts += _unsaid(block.lines, said)
    parts += tables.get(len(found.blocks), [])
    return "\n".join([*parts, *_unsaid(found.lines, said)])


def _is_prose(found: Layout) -> bool:
    """Whether most words of a page are in paragraphs of several lines of several words."""
    prose = [
        block
        for block in found.blocks
        if len(block.lines) >= PROSE_LINES
        and sum(len(line.words) for line in block.lines) >= PROSE_WORDS * len(block.lines)
    ]
    words = sum(len(line.words) for block in prose for line in block.lines)
    return 2 * words > sum(len(line.words) for line in found.lines)


def _place(table: Table, blocks: Sequence[Block]) -> int:
    """The number of the block that a table is read before: the first below its middle in its column."""
    middle = table.box.center[1]
    for number, block in enumerate(blocks):
        box = block.box
        if box.center[1] > middle and box.x0 < table.box.x1 and box.x1 > table.box.x0:
            return number
    return len(blocks)


def _table_text(table: Table, said: set[int]) -> list[str]:
    texts = []
    for _, row in groupby(sorted(table.cells, key=lambda cell: (cell.row, cell.column)), key=lambda cell: cell.row):
        cells = [" ".join(_unsaid(cell.lines, said)) for cell in row]
        if any(cells):
            texts.append(" | ".join(cells))
    return texts


def _unsaid(lines: Iterable[Line], said: set[int]) -> list[str]:
    """The lines without words that were said before, which these then are, too."""
    texts = []
    for line in lines:
        words = [word for word in line.words if id(word) not in said]
        said.update(map(id, words))
        if words:
            texts.append(" ".join(word.text for word in words))
    return texts


def readable(page: Page) -> str:
    """Why a page is not asked about, "" where it is."""
    if len(page.words) > MOST_WORDS:
        return TOO_FULL
    lines = [line for row in rows(page.words) for line in row]
    upright = sum(len(line.words) for line in lines)
    if upright < FEWEST_WORDS:
        return TOO_FEW
    if 2 * upright < len(page.words):
        return SIDEWAYS
    leftward = sum(any(map(_runs_left, word.text)) for line in lines for word in line.words)
    return LEFTWARD if 2 * leftward > upright else ""


def _runs_left(char: str) -> bool:
    return unicodedata.bidirectional(char) in ("R", "AL")


def page_chunks(page: Page) -> Iterator[Chunk]:
    """One page in as few parts as `MOST_TOKENS` allow, divided between rows."""
    part: list[str] = []
    tokens = 0
    for row in page_text(page).split("\n"):
        more = count_tokens(row)
        if part and tokens + more > MOST_TOKENS:
            yield Chunk((page,), ("\n".join(part),))
            part, tokens = [], 0
        part.append(row)
        tokens += more
    if part:
        yield Chunk((page,), ("\n".join(part),))


def document_chunks(pages: Sequence[Page]) -> Iterator[Chunk]:
    """Several pages together, as Docmatix has them: `MOST_TOKENS` and `MOST_PAGES` at most, one page of overlap.

    No page may have more than `MOST_TOKENS`. Where the page that overlaps and the next are too much together,
    the next stands alone.
    """
    texts = [page_text(page) for page in pages]
    sizes = [count_tokens(text) for text in texts]
    first = 0
    while first < len(pages):
        end, tokens = first + 1, sizes[first]
        while end < len(pages) and end - first < MOST_PAGES and tokens + sizes[end] <= MOST_TOKENS:
            tokens += sizes[end]
            end += 1
        yield Chunk(tuple(pages[first:end]), tuple(texts[first:end]))
        if end == len(pages):
            return
        overlaps = end - 1 > first and sizes[end - 1] + sizes[end] <= MOST_TOKENS
        first = end - 1 if overlaps else end


def unfit(pages: Sequence[Page]) -> str:
    """Why Docmatix leaves a document out, "" where it does not."""
    if len(pages) > MOST_DOCUMENT_PAGES:
        return TOO_LONG
    return TOO_MUCH if any(count_tokens(page_text(page)) > MOST_TOKENS for page in pages) else ""
