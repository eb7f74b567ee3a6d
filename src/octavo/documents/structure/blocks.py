"""A page's blocks: titles, headings, paragraphs, items of lists and captions, in the order they are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from octavo.documents.structure.chains import SAME_SIZE, Chain
from octavo.documents.structure.marks import (
    TEXT,
    has_leaders,
    has_letters,
    is_bullet,
    is_caption,
    is_doubtful_mark,
    kind_of,
    ordinals,
    section_depth,
)
from octavo.documents.structure.order import Part, regions
from octavo.documents.structure.paragraphs import is_item, paragraphs
from octavo.documents.structure.parts import CAPTION, HEADING, LIST_ITEM, PARAGRAPH, TITLE, Block, Table
from octavo.documents.structure.rows import Line
from octavo.documents.structure.tabular import is_bold, is_value
from octavo.documents.types import Box, Page

_ENDS = frozenset(".!?…\"'”’»)*%＊」』）？！†‡®™")  # that a heading or title may end with besides letters and digits
LARGE = 1.12  # times the body's type size: a heading's
TITLE_SIZE = 1.25  # and a title's
SAME = 1.03  # sizes within this ratio are one
LONGEST = 120  # characters of a heading
LONGEST_TITLE = 200
MOST_LINES = 3  # of a heading; a title may have one more
LABEL_GAP = 25.0  # characters between a label and its value
SHORT_LINE = 25  # characters; lines that are all shorter are an address, say
TEXT_WORDS = 8  # what follows a heading has at least so many words, where its size alone does not tell
FEW_SIZES, MOST_OF = 3, 0.8  # so many sizes set that share of a page, unless its sizes are guesses
PROSE_CHARS = 28  # in a line of running text on average
NEAR = 3.0  # line heights between a heading and what it stands over
RUNNING_LINES = 4  # a block of so many lines is no heading: its size is not that of headings
TEXT_LINES, TEXT_CHARS = 3, 16  # a block of so many lines, so long on average, makes a column of text
INDENT = 1.5  # characters between the levels of a list
MOST_NESTED = 8  # times that, or it is the next column's list
LIST_NEAR = 4  # blocks between two items of one numbered list at most
LONGEST_ITEM = 12  # lines
NESTED = 3.0  # line heights between two items of one list at most


@dataclass(frozen=True, slots=True)
class _Body:
    """What a page's running text is set in: the usual size, whether bold, and every size that it has somewhere.

    `size` is 0 where no size prevails, as in the text layer of a scan.
    """

    size: float
    is_bold: bool
    running: frozenset[float]


def blocks(chains: Sequence[Chain], tables: Sequence[Table], page: Page, body_size: float) -> list[Block]:
    """The blocks that chains of lines make, in reading order; `tables` stand among them and are passed over."""
    made = [tuple(lines) for chain in chains for lines in paragraphs(chain)]
    boxes = [Box.around(line.box for line in lines) for lines in made]
    parts = [Part(n, box, _is_text(made[n])) for n, box in enumerate(boxes)]
    parts += [Part(len(made) + n, table.box, False) for n, table in enumerate(tables)]
    small = [box for box, lines in zip(boxes, made, strict=True) if len(lines) < TEXT_LINES]
    body = _body(page, body_size, made)
    found: list[Block] = []
    for region in regions(parts):
        numbers = [part.number for part in region]
        for at, number in enumerate(numbers):
            if number < len(made):
                following = [made[n] if n < len(made) else None for n in numbers[at + 1 : at + 3]]
                block = _block(made[number], following, _is_alone(region, at), body)
                if block.kind == HEADING and not _is_large(block.lines, body) and _is_in_row(block.lines[0], small):
                    block = Block(PARAGRAPH, block.lines)
                found.append(block)
    return _nested(_leveled(_titled(_listed(found), body)))


def _body(page: Page, size: float, made: Sequence[tuple[Line, ...]]) -> _Body:
    exact: dict[float, int] = {}
    heavy = 0
    for word in page.words:
        count = len(word.text)
        exact[word.size] = exact.get(word.size, 0) + count
        heavy += count if word.bold else 0
    characters: dict[float, int] = {}
    for other, count in exact.items():
        characters[round(other, 1)] = characters.get(round(other, 1), 0) + count
    total = sum(characters.values())
    few = sum(sorted(characters.values())[-FEW_SIZES:])
    near = sum(count for other, count in characters.items() if size / 1.06 <= other <= size * 1.06)
    prevails = 2 * near >= total or few >= MOST_OF * total
    running = frozenset(round(lines[1].size, 1) for lines in made if len(lines) >= RUNNING_LINES and _is_text(lines))
    return _Body(size if prevails else 0.0, 2 * heavy > total, running)


def _is_text(lines: Sequence[Line]) -> bool:
    return len(lines) >= TEXT_LINES and sum(len(line.text) for line in lines) >= TEXT_CHARS * len(lines)


def _is_alone(region: Sequence[Part], at: int) -> bool:
    """Whether no other part of the region stands beside this one."""
    box = region[at].box
    middle = box.center[1]
    near = (*region[max(0, at - 3) : at], *region[at + 1 : at + 4])
    return not any(part.box.y0 < middle < part.box.y1 for part in near)


def _block(lines: tuple[Line, ...], following: Sequence[tuple[Line, ...] | None], is_alone: bool, body: _Body) -> Block:
    text = " ".join(line.text for line in lines)
    if is_caption(text):
        return Block(CAPTION, lines)
    if is_alone and _is_heading(lines, text, following, body):
        return Block(HEADING, lines)
    if is_item(lines[0]) and len(lines) <= LONGEST_ITEM and not has_leaders(text):
        return Block(LIST_ITEM, lines, 1)
    return Block(PARAGRAPH, lines)


def _is_heading(lines: Sequence[Line], text: str, following: Sequence[tuple[Line, ...] | None], body: _Body) -> bool:
    """Whether a block that stands alone is a heading, by its size, weight, number and by what stands under it."""
    if len(lines) > MOST_LINES or not speaks(text, LONGEST) or not following or is_bullet(lines[0].words[0].text):
        return False
    is_large = _is_large(lines, body)
    is_heavy = is_bold(lines) and not body.is_bold
    depth = section_depth(lines[0].words[0].text)
    is_marked = is_heavy or _is_capitals(text) or depth >= 2
    if text.endswith(".") or _is_short_lined(lines) or _is_listed(lines, following):
        return False
    if not is_large and (not is_marked or (is_item(lines[0]) and not is_heavy and depth < 2)):
        return False
    return _stands_over(lines, following, 0 if is_large else PROSE_CHARS)


def _is_large(lines: Sequence[Line], body: _Body) -> bool:
    """Whether lines are set larger than the body, and in no size that running text has on the page."""
    size = min(line.size for line in lines)
    return 0 < body.size * LARGE <= size and all(abs(size - other) > (SAME - 1) * size for other in body.running)


def _is_in_row(line: Line, small: Sequence[Box]) -> bool:
    """Whether short texts stand beside a line somewhere on the page, as beside the first name of a table's columns."""
    middle = line.box.center[1]
    return sum(box.y0 < middle < box.y1 for box in small) > 1


def _is_capitals(text: str) -> bool:
    upper = sum(map(str.isupper, text))
    return upper >= 4 and 2 * upper >= sum(map(str.isalpha, text)) and not any(map(str.islower, text))


def _is_short_lined(lines: Sequence[Line]) -> bool:
    """Whether lines end without need, as an address's do: a heading's go on where the column ends."""
    return len(lines) > 1 and max(len(line.text) for line in lines) < SHORT_LINE and not _is_capitals(lines[0].text)


def _is_listed(lines: Sequence[Line], following: Sequence[tuple[Line, ...] | None]) -> bool:
    """Whether a block and the next are items of one list."""
    under = following[0]
    if under is None or not is_item(lines[0]) or not is_item(under[0]):
        return False
    below = ordinals(under[0].words[0].text)
    return any((shape, value + 1) in below for shape, value in ordinals(lines[0].words[0].text))


def _stands_over(lines: Sequence[Line], following: Sequence[tuple[Line, ...] | None], least: int) -> bool:
    """Whether text, a list or a table follows below, after at most one more heading.

    `least` is how many characters a line of the text has on average: an address under its label has fewer.
    """
    for under in following:
        if under is None:
            return True
        height = lines[-1].box.y1 - lines[-1].box.y0
        if under[0].box.y0 - lines[-1].box.y1 > NEAR * height or under[0].size > SAME * lines[-1].size:
            return False
        if is_item(under[0]) or is_caption(under[0].text):
            return True
        if sum(len(line.words) for line in under) >= TEXT_WORDS:
            return sum(len(line.text) for line in under) >= least * len(under)
        if not is_bold(under) and under[0].size < LARGE * lines[0].size / SAME_SIZE:
            return False
        lines = under
    return False


def speaks(text: str, longest: int) -> bool:
    """Whether a text reads as a heading: words, and neither a value, a label nor part of a sentence."""
    if len(text) > longest or text[0].islower() or text[0] in "([{,.;:)]}&*":
        return False
    letters = sum(map(str.isalpha, text))
    wide = sum(character > "\u2e80" for character in text)  # Chinese, Japanese, Korean: a character says more
    return (
        letters >= (2 if wide else 4)
        and 2 * letters >= len(text.replace(" ", ""))
        and len(text) + wide <= longest
        and (wide > 0 or any(sum(map(str.isalpha, word)) >= 3 for word in text.split()))
        and "\ufffd" not in text
        and (text[-1].isalnum() or text[-1] in _ENDS)
        and kind_of(text) == TEXT
        and not has_leaders(text)
        and "@" not in text
        and "://" not in text
    )


def _listed(found: list[Block]) -> list[Block]:
    """The blocks without items that may be none: numbered or dashed, and none before or after goes on with them."""
    words = [block.lines[0].words[0].text for block in found]
    places = [n for n, block in enumerate(found) if block.kind == LIST_ITEM and is_doubtful_mark(words[n])]
    values = [ordinals(words[n]) for n in places]
    for k, n in enumerate(places):
        window = range(max(0, k - LIST_NEAR), min(len(places), k + LIST_NEAR + 1))
        near = [values[i] for i in window if 0 < abs(places[i] - n) <= LIST_NEAR]
        after = {(shape, value + step) for shape, value in values[k] for step in (-1, 1)}
        if not any(after & other for other in near):
            found[n] = Block(PARAGRAPH, found[n].lines)
    return found


def _titled(found: list[Block], body: _Body) -> list[Block]:
    """The blocks with the page's title named: the one of the largest type, in the upper half."""
    if body.size == 0:
        return found
    large = [b for b in found if b.kind in (HEADING, PARAGRAPH) and has_letters(b.text, 3)]
    largest = max((block.lines[0].size for block in large), default=0.0)
    titles = [block for block in large if block.lines[0].size * SAME >= largest]
    if len(titles) != 1 or largest < TITLE_SIZE * body.size:
        return found
    title = titles[0]
    box = title.box
    if box.y1 > 0.5 or len(title.lines) > MOST_LINES + 1 or not speaks(title.text, LONGEST_TITLE):
        return found
    for block in found:  # the label of a number or date beside it
        line = block.lines[0]
        gap, character = line.box.x0 - box.x1, (box.x1 - box.x0) / len(title.lines[0].text)
        if 0 <= gap <= LABEL_GAP * character and line.box.y0 < box.center[1] < line.box.y1 and is_value(line.text):
            return found
    return [Block(TITLE, block.lines) if block is title else block for block in found]


def _leveled(found: list[Block]) -> list[Block]:
    """The blocks with the headings' levels: by their numbers, else by size and weight."""
    headings = [block for block in found if block.kind == HEADING]
    looks = sorted({_look(block) for block in headings}, reverse=True)
    ranks: dict[tuple[float, bool], int] = {}
    rank = 0
    for n, look in enumerate(looks):
        if n == 0 or look[0] * SAME < looks[n - 1][0] or look[1] != looks[n - 1][1]:
            rank += 1
        ranks[look] = rank
    depths: dict[int, int] = {}
    for block in headings:
        depth = section_depth(block.lines[0].words[0].text)
        if depth:
            rank = ranks[_look(block)]
            depths[rank] = min(depth, depths.get(rank, depth))
    leveled = []
    for block in found:
        if block.kind == HEADING:
            rank = ranks[_look(block)]
            depth = section_depth(block.lines[0].words[0].text)
            block = Block(HEADING, block.lines, depth or depths.get(rank, rank))
        leveled.append(block)
    return leveled


def _look(block: Block) -> tuple[float, bool]:
    return round(median(line.size for line in block.lines), 1), is_bold(block.lines)


def _nested(found: list[Block]) -> list[Block]:
    """The blocks with the levels of lists: an item that begins further right than the one before is under it."""
    nested: list[Block] = []
    edges: list[float] = []  # where the items of each level begin
    for block in found:
        if block.kind != LIST_ITEM:
            nested.append(block)
            if block.kind != PARAGRAPH:
                edges = []
            continue
        line = block.lines[0]
        step = INDENT * (line.box.x1 - line.box.x0) / len(line.text)
        before = nested[-1].lines[-1].box if nested else line.box
        if line.box.x0 > before.x1 or abs(line.box.y0 - before.y1) > NESTED * (line.box.y1 - line.box.y0):
            edges = []
        elif edges and line.box.x0 > edges[-1] + MOST_NESTED * step:
            edges = []  # the next column
        while edges and line.box.x0 < edges[-1] - step:
            edges.pop()
        if not edges or line.box.x0 > edges[-1] + step:
            edges.append(line.box.x0)
        nested.append(Block(LIST_ITEM, block.lines, len(edges)))
    return nested
