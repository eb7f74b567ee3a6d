"""Chains of lines cut into blocks: where a paragraph ends, and where an item of a list begins."""

from collections.abc import Iterator, Sequence
from statistics import median

from octavo.documents.structure.chains import Chain
from octavo.documents.structure.marks import (
    TEXT,
    has_letters,
    is_bullet,
    is_enumerator,
    is_label,
    kind_of,
    section_depth,
)
from octavo.documents.structure.rows import Line
from octavo.documents.structure.tabular import is_bold

MARKED_LETTERS = 2  # that an item has after its mark
INDENT = 1.2  # characters
SHORT = 0.15  # of a column's width: a line that ends so far before its right edge ends a paragraph
WIDER = 0.25  # line heights that a gap exceeds those before it by
MARK_GAP = 7.0  # characters between a bullet or number and its text at most
ENDS = (".", "!", "?", ":", ";", "。", "؟")


def with_marks(row: Sequence[Line], character: float, body: float) -> list[Line]:
    """A row's lines with bullets, enumerators and numbers of sections joined to the text they stand before."""
    joined: list[Line] = []
    for line in row:
        before = joined[-1] if joined else None
        if (
            before is not None
            and len(before.words) <= 3
            and line.box.x0 - before.box.x1 <= MARK_GAP * character
            and (
                _is_mark(before.text)
                or is_label(before.text)
                or (section_depth(before.text) and (line.size > 1.1 * body or is_bold([line])))
            )
            and has_letters(line.text, 1)
        ):
            joined[-1] = Line.of((*before.words, *line.words))
        else:
            joined.append(line)
    return joined


def _is_mark(word: str) -> bool:
    return is_bullet(word) or is_enumerator(word)


def is_item(line: Line) -> bool:
    """Whether a line begins with a bullet or an enumerator and says something after it."""
    if len(line.words) < 2 or not _is_mark(line.words[0].text):
        return False
    rest = line.text[len(line.words[0].text) :]
    return has_letters(rest, MARKED_LETTERS) and (is_bullet(line.words[0].text) or kind_of(line.text) == TEXT)


def paragraphs(chain: Chain) -> Iterator[list[Line]]:
    """The blocks of a chain, from top to bottom."""
    if len(chain) == 1:
        yield chain
        return
    character = median((line.box.x1 - line.box.x0) / len(line.text) for line in chain)
    right = max(line.box.x1 for line in chain)
    left = min(line.box.x0 for line in chain)
    block: list[Line] = []
    for n, line in enumerate(chain):
        below = chain[n + 1] if n + 1 < len(chain) else None
        if block and _ends(block, line, below, character, right, right - left):
            yield block
            block = []
        block.append(line)
    yield block


def _ends(block: Sequence[Line], line: Line, below: Line | None, character: float, right: float, width: float) -> bool:
    """Whether a block ends before `line`."""
    above, first = block[-1], block[0]
    is_short = above.box.x1 < right - SHORT * width
    if is_item(line):
        word = line.words[0].text
        return is_bullet(word) or is_item(first) or is_short or above.text.endswith(ENDS)
    height = line.box.y1 - line.box.y0
    gap = line.box.y0 - above.box.y1
    if len(block) == 1 and below is not None and gap > below.box.y0 - line.box.y1 + WIDER * height:
        return True
    if len(block) > 1 and gap > max(block[k + 1].box.y0 - block[k].box.y1 for k in range(len(block) - 1)) + (
        WIDER * height
    ):
        return True
    if abs(line.box.center[0] - above.box.center[0]) < character and abs(line.box.x0 - above.box.x0) > character:
        return False  # centred
    step = (line.box.x0 - above.box.x0) / character
    if is_item(first):
        is_left = line.box.x0 < first.box.x0 - INDENT * character
        return is_left and (len(block) > 1 or is_short or above.text.endswith(ENDS)) and block[-1].box.x0 > line.box.x0
    if step > INDENT:
        returns = below is not None and below.box.x0 < line.box.x0 - INDENT * character
        return returns or (len(block) > 1 and above.text.endswith(ENDS))
    if step < -INDENT:
        return len(block) > 1
    return is_short and above.text.endswith(ENDS) and not line.text[0].islower()
