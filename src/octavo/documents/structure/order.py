"""The order in which a page's parts are read: down one column of text, then down the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from octavo.documents.types import Box

MOST_PARTS = 150  # more of them, as on a drawing, are read from top to bottom
BESIDE = 0.3  # of the lower column's height stands beside the other
SAME_ROW = 0.5  # of the lower part's height: parts that share it stand side by side


@dataclass(frozen=True, slots=True)
class Part:
    """Something on the page with a place: `number` is its place in the caller's list.

    `is_text` says that it is several lines of running text, which a column has at least once.
    """

    number: int
    box: Box
    is_text: bool


def regions(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts in reading order, in regions: those of one region stand in one column."""
    return list(_regions(list(parts))) if len(parts) <= MOST_PARTS else [_down(parts)]


def _regions(parts: list[Part]) -> Iterator[list[Part]]:
    border = _border(parts)
    if border is None:
        if parts:
            yield _down(parts)
        return
    crossing = sorted(
        (part for part in parts if part.box.x0 < border < part.box.x1), key=lambda part: part.box.center[1]
    )
    if not crossing:
        yield from _regions([part for part in parts if part.box.x1 <= border])
        yield from _regions([part for part in parts if part.box.x0 >= border])
        return
    rest = [part for part in parts if not part.box.x0 < border < part.box.x1]
    for part in crossing:
        height = part.box.center[1]
        yield from _regions([other for other in rest if other.box.center[1] < height])
        rest = [other for other in rest if other.box.center[1] >= height]
        yield [part]
    yield from _regions(rest)


def _border(parts: Sequence[Part]) -> float | None:
    """Where a border of columns stands that the least height of parts reaches over, or None."""
    texts = [part for part in parts if part.is_text]
    best, least = None, float("inf")
    for end in sorted({part.box.x1 for part in texts}):
        right = [part.box for part in texts if part.box.x0 >= end]
        left = [part.box for part in texts if part.box.x1 <= end]
        if not right or not _beside(Box.around(left), Box.around(right)):
            continue
        border = (end + min(box.x0 for box in right)) / 2
        over = sum(part.box.y1 - part.box.y0 for part in parts if part.box.x0 < border < part.box.x1)
        if over < least:
            best, least = border, over
    beside = sum(part.box.y1 - part.box.y0 for part in texts)
    return best if least < beside else None


def _beside(left: Box, right: Box) -> bool:
    shared = min(left.y1, right.y1) - max(left.y0, right.y0)
    return shared >= BESIDE * min(left.y1 - left.y0, right.y1 - right.y0)


def _down(parts: Sequence[Part]) -> list[Part]:
    """Parts from top to bottom, those side by side from left to right."""
    found: list[Part] = []
    row: list[Part] = []
    for part in sorted(parts, key=lambda part: (part.box.y0, part.box.x0)):
        if row:
            first = row[0].box
            shared = min(first.y1, part.box.y1) - part.box.y0
            if shared < SAME_ROW * min(first.y1 - first.y0, part.box.y1 - part.box.y0):
                found += sorted(row, key=lambda part: part.box.x0)
                row = []
        row.append(part)
    return found + sorted(row, key=lambda part: part.box.x0)
