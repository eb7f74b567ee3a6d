"""The title and the headings of a page, told from the body by the size of their type alone."""

import re
from collections.abc import Sequence

from octavo.datasets.values import is_clean, letters
from octavo.documents.layout import Line, body_size
from octavo.documents.types import Box, Word

TITLE = 1.25  # times the body's type size
HEADING = 1.12
SAME = 1.03  # sizes within this ratio are one size
LONGEST = 100  # characters of a heading
LONGEST_TITLE = 150
LEFT_EDGE = 0.03  # of the page's width: headings that begin so near to each other are of one column
HEAD_MARGIN = 0.07  # of the page's height: a line that ends above it is a running head

_NUMBER = re.compile(r"[\dA-Z]{1,3}(?:\.\d{1,2})*[.)]?")  # of a section, often set apart from its heading
_CAPTION = re.compile(r"(?:fig(?:ure)?|table|abb(?:ildung)?|tab(?:elle|leau)?)\b", re.IGNORECASE)

Block = tuple[Line, ...]  # the lines of one heading, from top to bottom


def text_of(block: Block) -> str:
    """A heading's lines as one text."""
    return " ".join(line.text for line in block)


def blocks(rows: Sequence[Sequence[Line]], words: Sequence[Word]) -> list[Block]:
    """The runs of lines set clearly larger than the body, from top to bottom.

    Empty where there is no body to be larger than: less than half of the characters near the usual size, as
    in the text layer of a scan, whose sizes are guesses.
    """
    body = body_size(words)
    near = sum(len(word.text) for word in words if body / 1.06 <= word.size <= body * 1.06)
    if 2 * near < sum(len(word.text) for word in words):
        return []
    grouped: list[list[Line]] = []
    for line in (line for row in rows for line in _with_number(row)):
        if min(word.size for word in line.words) < HEADING * body:
            continue
        for block in grouped:
            if _continues(block[-1], line):
                block.append(line)
                break
        else:
            grouped.append([line])
    return [tuple(block) for block in grouped]


def title(found: Sequence[Block], body: float) -> Block | None:
    """The page's title: the one block of the largest type, in the upper half, much larger than the body."""
    largest = max((block[0].size for block in found), default=0.0)
    candidates = [block for block in found if block[0].size * SAME >= largest]
    if len(candidates) != 1 or largest < TITLE * body:
        return None
    block = candidates[0]
    in_upper_half = Box.around(line.box for line in block).y1 < 0.5
    return block if in_upper_half and len(block) <= 4 and _speaks(block, LONGEST_TITLE) else None


def headings(found: Sequence[Block], rows: Sequence[Sequence[Line]]) -> list[Block]:
    """All blocks, where each is a heading and all begin at one left edge; else none.

    Then their order down the page is the reader's, and no larger line stands between that is not one. A
    heading stands alone in its rows, so that the large type of a form's values is none, and over some text.
    """
    shared = {line.words[0] for row in rows if len(_with_number(row)) > 1 for line in row}
    marks = [block for block in found if letters(text_of(block)) < 2 or block[-1].box.y1 < HEAD_MARGIN]
    level = [block for block in found if block not in marks]
    bottom = max((line.box.y1 for row in rows for line in row), default=0.0)
    are_headings = all(
        len(block) <= 3
        and _speaks(block, LONGEST)
        and not text_of(block)[0].islower()
        and not text_of(block).endswith(".")
        and not _CAPTION.match(block[0].text)
        and abs(block[0].box.x0 - level[0][0].box.x0) < LEFT_EDGE
        and block[-1].box.y1 < bottom
        and all(line.words[0] not in shared for line in block)
        for block in level
    )
    return level if are_headings else []


def _with_number(row: Sequence[Line]) -> list[Line]:
    """The row with a section's number joined to the heading that it stands before."""
    if len(row) > 1 and _NUMBER.fullmatch(row[0].text):
        return [Line.of((*row[0].words, *row[1].words)), *row[2:]]
    return list(row)


def _continues(line: Line, under: Line) -> bool:
    """Whether `under` is the next line of the heading that `line` belongs to."""
    height = line.box.y1 - line.box.y0
    beside = abs(line.box.x0 - under.box.x0) < 0.02 or abs(line.box.center[0] - under.box.center[0]) < 0.02
    return (
        beside
        and max(line.size, under.size) <= SAME * min(line.size, under.size)
        and -height / 2 < under.box.y0 - line.box.y1 < 0.9 * height
    )


def _speaks(block: Block, longest: int) -> bool:
    """Whether a block reads as a heading: words, and neither a number, a label nor broken characters."""
    text = text_of(block)
    return (
        letters(text) >= 4
        and 2 * letters(text) >= len(text)
        and len(text) <= longest
        and is_clean(text)
        and text[0].isalnum()
        and not text.endswith((":", ",", ";"))
    )
