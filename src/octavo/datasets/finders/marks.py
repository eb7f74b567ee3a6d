"""The check boxes and radio buttons of a page: those of a form, and those that are only printed.

Printed ones are glyphs (☐ ☑ ☒, also those of Wingdings), "[ ]" and "[x]", and small squares of ruling lines with a
mark typed into them. An empty square alone proves nothing: a cross drawn in it is not among a page's words, so
squares count only where at least one on the page has a typed mark.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from octavo.documents.types import OCR, Box, Field, Page, Word

BALLOT = "☐"  # the one that is nothing else
EMPTY = frozenset("☐□▢⬜\uf06f\uf0a8")  # the last ones are Wingdings' codes
CROSSED = frozenset("☒🗵🗷\uf078\uf0fd")
CHECKED = frozenset("☑🗹\uf0fe")
GLYPHS = EMPTY | CROSSED | CHECKED
TICKS = frozenset("xX×√✓✔✗✘✕✖\uf0fb\uf0fc")  # what is put in a box; alone it may mean anything
SQUARE = (6.0, 18.0)  # points, the sides of a square that may be ticked
CORNER = 1.2  # points that its sides may miss one another by
APART = 2.0  # points between two squares; nearer ones are the cells of a number
MOST_SIDES = 500  # level lines as short as a square's; a page with more is a drawing
MOST_MARKS = 200  # of one sort on a page; a page with more is no form
FEWEST_BRACKETS = 2  # of "[ ]" and "[x]"; one alone may be a reference


@dataclass(frozen=True, slots=True)
class Mark:
    """A box that is checked or not; `words` are those that draw it or stand in it, `name` its form field's."""

    box: Box
    checked: bool
    words: tuple[Word, ...] = ()
    name: str = ""


def marks(page: Page) -> list[Mark]:
    """The boxes of a page whose state is certain, from top to bottom and left to right.

    A page that was read by OCR has none: what OCR makes of a box and a tick is not to be trusted.
    """
    fields = [field for field in page.fields if field.kind in ("checkbox", "radio")]
    if len(fields) > MOST_MARKS:
        return []
    found = [_of_field(field, page.words) for field in fields]
    if page.text != OCR:
        printed = [*_glyphs(page.words), *_brackets(page.words), *_squares(page)]
        found += [mark for mark in printed if not any(_holds(other.box, mark.box) for other in found)]
    return sorted(found, key=lambda mark: (mark.box.y0, mark.box.x0))


def _of_field(field: Field, words: Iterable[Word]) -> Mark:
    inside = tuple(word for word in words if len(word.text) <= 2 and _holds(field.box, word.box))
    return Mark(field.box, field.checked, inside, field.name)


def _glyphs(words: Sequence[Word]) -> list[Mark]:
    """Boxes that are characters, alone or glued to the word after them.

    None where some are ticked and others crossed: a cross may mean "no" there. Squares that are used as bullets,
    too, count where one on the page is checked or two stand in a row.
    """
    glyphs = [word for word in words if word.text[0] in GLYPHS]
    ticks = [word for word in words if word.text in TICKS]
    states = {word.text[0] for word in glyphs}
    if max(len(glyphs), len(ticks)) > MOST_MARKS or (states & CHECKED and states & CROSSED):
        return []
    found = []
    for word in glyphs:
        x0, y0, x1, y1 = word.box
        box = Box(x0, y0, x0 + (x1 - x0) / len(word.text), y1)
        over = tuple(tick for tick in ticks if _holds(box, tick.box))  # typed over the empty box
        is_checked = word.text[0] not in EMPTY or bool(over)
        found.append(Mark(box, is_checked, (word, *over) if len(word.text) == 1 else over))
    rows = Counter(round(mark.box.center[1], 3) for mark in found)
    is_form = any(mark.checked for mark in found) or BALLOT in states or max(rows.values(), default=0) > 1
    return found if is_form else []


def _brackets(words: Sequence[Word]) -> list[Mark]:
    """Boxes of typewriting ("[ ]", "[]", "[x]", "[X]") where they begin a line or options, unlike in code."""
    found: list[Mark] = []
    for i, word in enumerate(words):
        if word.text[0] != "[":
            continue
        box = word.box
        drawn: tuple[Word, ...] = (word,)
        if word.text == "[" and i + 1 < len(words) and words[i + 1].text == "]":
            drawn = (word, words[i + 1])
            box = Box.around(one.box for one in drawn)
        elif word.text not in ("[]", "[x]", "[X]"):
            continue
        wide = 3 * (box.y1 - box.y0)
        before = words[i - 1] if i else word
        in_text = box.y0 <= before.box.center[1] <= box.y1 and 0 < box.x0 - before.box.x1 < wide / 3
        in_row = found and abs(found[-1].box.y0 - box.y0) < wide / 6
        if box.x1 - box.x0 < wide and (in_row or not in_text or before.text.endswith((":", "?"))):
            found.append(Mark(box, len(word.text) == 3, drawn))
    return found if FEWEST_BRACKETS <= len(found) <= MOST_MARKS else []


def _squares(page: Page) -> list[Mark]:
    """Squares of ruling lines, empty or with a typed mark, where one at least has such a mark."""
    if not any(word.text in TICKS for word in page.words):
        return []
    squares = list(islice(_outlines(page), MOST_MARKS + 1))
    if len(squares) > MOST_MARKS:
        return []
    words = sorted(page.words, key=lambda word: word.box.center[1])
    middles = [word.box.center[1] for word in words]
    found = []
    for square in _apart(squares, page):
        near = words[bisect_left(middles, square.y0) : bisect_right(middles, square.y1)]
        inside = tuple(word for word in near if _holds(square, word.box))
        if all(word.text in TICKS for word in inside):
            found.append(Mark(square, bool(inside), inside))
    return found if any(mark.checked for mark in found) else []


def _outlines(page: Page) -> Iterator[Box]:
    """The squares that four short ruling lines make."""
    low, high = SQUARE
    width, height = page.width, page.height
    level: list[tuple[float, float, float]] = []
    uprights: set[tuple[int, int, int]] = set()  # x, upper and lower end, rounded so that a look finds what is near
    for rule in page.rules:
        across, along = (rule.x1 - rule.x0) * width, (rule.y1 - rule.y0) * height
        if low <= across <= high and along < low / 2:
            level.append((rule.x0 * width, rule.x1 * width, rule.center[1] * height))
        elif low <= along <= high and across < low / 2:
            uprights.add(_rounded(rule.center[0] * width, rule.y0 * height, rule.y1 * height))
    if len(level) > MOST_SIDES:
        return
    level.sort(key=lambda side: side[2])
    for i, (x0, x1, top) in enumerate(level):
        for other0, other1, bottom in level[i + 1 :]:
            if bottom - top > high:
                break
            is_square = abs((bottom - top) - (x1 - x0)) <= 0.2 * (x1 - x0)
            if not is_square or abs(other0 - x0) > CORNER or abs(other1 - x1) > CORNER:
                continue
            if all(_is_near(_rounded(x, top, bottom), uprights) for x in (x0, x1)):
                yield Box(x0 / width, top / height, x1 / width, bottom / height)


def _rounded(x: float, top: float, bottom: float) -> tuple[int, int, int]:
    return round(x / CORNER), round(top / CORNER), round(bottom / CORNER)


def _is_near(side: tuple[int, int, int], sides: set[tuple[int, int, int]]) -> bool:
    """Whether one of `sides` is this one or next to it."""
    return any(tuple(map(sum, zip(side, step, strict=True))) in sides for step in product((0, -1, 1), repeat=3))


def _apart(squares: Sequence[Box], page: Page) -> list[Box]:
    """The squares that stand alone: those side by side are the cells of a number."""

    def near(one: Box, other: Box) -> bool:
        across = max(one.x0 - other.x1, other.x0 - one.x1) * page.width
        along = max(one.y0 - other.y1, other.y0 - one.y1) * page.height
        return max(across, along) < APART

    return [one for i, one in enumerate(squares) if not any(near(one, o) for k, o in enumerate(squares) if k != i)]


def _holds(outer: Box, inner: Box) -> bool:
    """Whether the middle of `inner` lies in `outer`."""
    x, y = inner.center
    return outer.x0 <= x <= outer.x1 and outer.y0 <= y <= outer.y1
