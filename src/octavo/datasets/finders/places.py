"""Questions about places of a page: what stands in its corners, and the page's number as it is printed."""

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from octavo.datasets.fields.values import is_clean, is_wordy, letters
from octavo.datasets.finders import GENERATOR
from octavo.datasets.finders.evidence import evidence, words_at
from octavo.datasets.templates import phrase
from octavo.datasets.types import Question
from octavo.datasets.verify import AROUND
from octavo.datasets.view import View
from octavo.documents.structure.rows import Line

MARGIN = 0.12  # of the page's height: what stands nearer to its top or bottom can be "at the top"
ALONE = 1.0  # times its height that a line in a corner keeps from the next row
BESIDE_MIDDLE = 0.48  # of the page's width: what ends before it stands at the left
NEAR_MIDDLE, FAR_FROM_EDGE = 0.05, 0.25  # of it: how centered and how short a line in the middle is
NEAR = 0.02  # of it: what stands so close beside a number is of one text with it
MOST_ROWS = 8  # at the top and at the bottom that are looked at
FEWEST_ROWS = 5  # of a page that has a top and a bottom at all
MOST_WORDS, LONGEST = 12, 90  # of a line in a corner: words, characters
CROWDED = "its corner holds more than one line"

CORNER = (
    "What is printed at the {place} of the page?",
    "What stands at the {place} of this page?",
    "Which text is at the {place} of the page?",
    "What can be read at the {place} of this page?",
)
NUMBER = (
    "What is the page number printed on this page?",
    "Which page number does this page bear?",
    "Which number is printed as the page number?",
    "What is the number of this page as printed on it?",
)
COUNT = (
    "How many pages does the document have according to its page numbers?",
    "Out of how many pages is this page, as printed on it?",
    "According to the page number line, how many pages are there in all?",
    "What total number of pages is printed beside the page number?",
)

_PAGE = r"(?:page|p\.|pg\.?|seite|página|pagina|pág\.?|blatt|sida|strona)"
_OF_COUNT = r"(?P<number>\d{1,4}) ?(?:of|von|de|sur|van|di|av|af|z|/|aus) ?(?P<count>\d{1,4})"
_OF = re.compile(rf"(?:{_PAGE}[ :]*)?{_OF_COUNT}", re.IGNORECASE)
_NAMED_OF = re.compile(rf"(?:(?<=[ |])|^){_PAGE}[ :]*{_OF_COUNT}(?=[ |.]|$)", re.IGNORECASE)
_NAMED = re.compile(rf"{_PAGE}[ :]*(?:no\.? )?(?P<number>\d{{1,4}}|[ivxlc]{{1,6}})", re.IGNORECASE)
_BARE = re.compile(r"[-–—|\[( ]*(?P<number>\d{1,4}|[ivxlc]{1,6})[-–—|\]) ]*")
_LATEST = 1500  # a bare number beyond it may be a year


@dataclass(frozen=True, slots=True)
class _Number:
    """A page number as printed: its line, where in the line's text it stands, and where the count of pages."""

    line: Line
    number: tuple[int, int]
    count: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        """The number."""
        return self.line.text[slice(*self.number)]


def find(view: View, dropped: Counter[str]) -> Iterator[Question]:
    """The page's number, the count of pages beside it, and the lines that have a corner for themselves."""
    rows = view.layout.rows
    if len(rows) < FEWEST_ROWS:
        return
    inside = {
        id(line.words[-1])
        for lines in (
            *(block.lines for block in view.layout.blocks if len(block.lines) > 1),
            *(cell.lines for table in view.layout.tables for cell in table.cells),
        )
        for line in lines
    }
    top = [line for row in rows[:MOST_ROWS] for line in row if line.box.center[1] < MARGIN]
    bottom = [line for row in rows[-MOST_ROWS:] for line in row if line.box.center[1] > 1 - MARGIN]
    yield from _numbers(view, [line for line in (*top, *bottom) if id(line.words[-1]) not in inside])
    for edge, lines, row in (("top", top, rows[0]), ("bottom", bottom, rows[-1])):
        for side in ("left", "center", "right"):
            yield from _corner(view, lines, row, edge, side, inside, dropped)


def _corner(
    view: View,
    lines: Sequence[Line],
    row: Sequence[Line],
    edge: str,
    side: str,
    inside: Container[int],
    dropped: Counter[str],
) -> Iterator[Question]:
    """What stands in one of the six places at the page's edges, where that is one line, in the outermost row.

    `inside` are the identities of the last words of lines that go on in another, or are in tables.
    """
    there = [line for line in lines if _side(line) == side]
    if not there or there[0] not in row or not all(map(_side, lines)):
        return
    [line, *more] = there
    height = line.box.y1 - line.box.y0
    near = any(
        other is not line
        and other.box.x0 < line.box.x1
        and line.box.x0 < other.box.x1
        and other.box.y0 < line.box.y1 + ALONE * height
        and line.box.y0 < other.box.y1 + ALONE * height
        for other in view.layout.lines
    )
    if more or near:
        dropped[CROWDED] += 1
    elif _is_answer(line.text) and id(line.words[-1]) not in inside:
        text = phrase(CORNER, view.draw(edge, side), place=f"{edge} {side}")
        yield Question(text, line.text, view.page.number, (evidence(line.words),), "position", GENERATOR)


def _side(line: Line) -> str:
    """Where a line at an edge stands: "left", "right", "center", or "" where it is no place's alone."""
    box = line.box
    if box.x1 < BESIDE_MIDDLE:
        return "left"
    if box.x0 > 1 - BESIDE_MIDDLE:
        return "right"
    return "center" if abs(box.center[0] - 0.5) < NEAR_MIDDLE and box.x0 > FAR_FROM_EDGE else ""


def _is_answer(text: str) -> bool:
    return (
        len(text.split()) <= MOST_WORDS
        and len(text) <= LONGEST
        and letters(text) >= 4
        and is_wordy(text)
        and is_clean(text)
        and text[0].isalnum()
        and not text.endswith((":", "-", ","))
        and not (_OF.fullmatch(text) or _NAMED.match(text))
    )


def _numbers(view: View, lines: Sequence[Line]) -> Iterator[Question]:
    """The page number, where the top and bottom of the page have one alone or all say the same."""
    found = [number for line in lines if (number := _number(view, line))]
    if not found or len({number.text.casefold() for number in found}) > 1:
        return
    spans = [(found[0].line, found[0].number, NUMBER)]
    counted = [(number.line, number.count) for number in found if number.count]
    if counted and len({line.text[slice(*span)] for line, span in counted}) == 1:
        spans.append((*counted[0], COUNT))
    for line, span, choices in spans:
        answer, words = line.text[slice(*span)], words_at(line, *span)
        if " ".join(word.text for word in words).strip(AROUND) == answer:
            text = phrase(choices, view.draw(choices[0]))
            yield Question(text, answer, view.page.number, (evidence(words),), "page_number", GENERATOR)


def _number(view: View, line: Line) -> _Number | None:
    """The page number that a line is, or ends or begins with, or None.

    A bare number is one only where it is what the file counts, or stands outermost on the page.
    """
    text = line.text
    if match := _OF.fullmatch(text) or _NAMED_OF.search(text):
        number, count = int(match["number"]), int(match["count"])
        said = letters(text) > 4 or number == view.page.number or count == view.document.page_count
        if said and number <= count:
            return _Number(line, match.span("number"), match.span("count"))
    elif match := _NAMED.fullmatch(text):
        return _Number(line, match.span("number"))
    elif match := _BARE.fullmatch(text):
        bare = match["number"]
        counted = bare in (str(view.page.number), view.page.label)
        is_number = bare.isdigit() and int(bare) < _LATEST and not bare.startswith("0")
        if (counted or is_number) and _is_outermost(view, line):
            return _Number(line, match.span("number"))
    return None


def _is_outermost(view: View, line: Line) -> bool:
    """Whether a line stands in the first or last row, in a corner or the middle, alone and with no other number."""
    x0, y0, x1, y1 = line.box
    height = y1 - y0
    for other in view.layout.lines:  # the upper half of a fraction stands in a row of its own, close to its text
        box = other.box
        close = box.y0 < y1 + height / 2 and y0 < box.y1 + height / 2 and box.x0 < x1 + NEAR and x0 < box.x1 + NEAR
        if close and other is not line:
            return False
    rows = view.layout.rows
    row = next((row for row in (rows[0], rows[-1]) if line in row), None)
    numbers = [other for other in row or () if letters(other.text) == 0]
    return row is not None and len(numbers) == 1 and line in (row[0], row[-1]) and bool(_side(line))
