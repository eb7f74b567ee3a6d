"""Grids that ruling lines make: which of a page's rules belong together, and the cells between them."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from octavo.documents.types import Box

TOUCH = 2.5  # points: rules so near to each other are one, and rules that end so near to one another meet
SHORTEST = 5.0  # points; shorter rules are ticks and parts of drawings
OVERHANG = 10.0  # points that rules reach beyond the outermost crossing one where the outer border is not drawn
MOST_RULES = 3000  # of either direction, after merging; a page with more of them is a drawing
MOST_CROSSINGS = 20_000
MOST_CELLS = 4000


class Span(NamedTuple):
    """A cell of a grid: its upper left place, over how many rows and columns it reaches."""

    row: int
    column: int
    row_span: int
    column_span: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells between rules: `xs` and `ys` are the borders of columns and rows in page fractions, ascending."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    spans: tuple[Span, ...]

    @property
    def box(self) -> Box:
        """The box around the grid."""
        return Box(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])

    def box_of(self, span: Span) -> Box:
        """The box of one of its cells."""
        row, column, row_span, column_span = span
        return Box(self.xs[column], self.ys[row], self.xs[column + column_span], self.ys[row + row_span])


class Rule(NamedTuple):
    """A rule in points: where it stands across its direction, and from where to where it runs."""

    at: float
    start: float
    end: float


def level(rules: Iterable[Box], width: float, height: float) -> list[Rule]:
    """The level ones of a page's rules, merged, from top to bottom. `width` and `height` are the page's in points."""
    return _merged(
        Rule((box.y0 + box.y1) / 2 * height, box.x0 * width, box.x1 * width)
        for box in rules
        if (box.x1 - box.x0) * width >= (box.y1 - box.y0) * height
    )


def upright(rules: Iterable[Box], width: float, height: float) -> list[Rule]:
    """The upright ones, merged, from left to right."""
    return _merged(
        Rule((box.x0 + box.x1) / 2 * width, box.y0 * height, box.y1 * height)
        for box in rules
        if (box.x1 - box.x0) * width < (box.y1 - box.y0) * height
    )


def grids(across: Sequence[Rule], down: Sequence[Rule], width: float, height: float) -> list[Grid]:
    """The grids that level and upright rules make, in the order of their upper edges."""
    if not 2 <= len(across) <= MOST_RULES or not 1 <= len(down) <= MOST_RULES:
        return []
    found = []
    for rows, columns in _crossing(across, down):
        xs, ys = _borders(columns, rows), _borders(rows, columns)
        if len(xs) >= 2 and len(ys) >= 2 and (len(xs) - 1) * (len(ys) - 1) <= MOST_CELLS:
            spans = tuple(_spans(xs, ys, rows, columns))
            found.append(Grid(tuple(x / width for x in xs), tuple(y / height for y in ys), spans))
    return sorted(found, key=lambda grid: (grid.ys[0], grid.xs[0]))


def _merged(rules: Iterable[Rule]) -> list[Rule]:
    """Rules that continue or cover each other as one; those within `TOUCH` of each other get one place."""
    groups: list[list[Rule]] = []
    for rule in sorted(rules):
        if groups and rule.at - groups[-1][0].at <= TOUCH:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    merged = []
    for group in groups:
        at = sum(rule.at for rule in group) / len(group)
        start, end = group[0].start, group[0].start
        for rule in sorted(group, key=lambda rule: rule.start):
            if rule.start > end + TOUCH:
                merged.append(Rule(at, start, end))
                start = rule.start
            end = max(end, rule.end)
        merged.append(Rule(at, start, end))
    return [rule for rule in merged if rule.end - rule.start >= SHORTEST]


def _crossing(across: Sequence[Rule], down: Sequence[Rule]) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """The rules that hang together: level ones, upright ones."""
    y, x0, x1 = np.array(across).T[:, :, None]
    x, y0, y1 = np.array(down).T[:, None, :]
    meet = (x >= x0 - TOUCH) & (x <= x1 + TOUCH) & (y >= y0 - TOUCH) & (y <= y1 + TOUCH)
    pairs = np.argwhere(meet)
    if len(pairs) > MOST_CROSSINGS:
        return
    parent = list(range(len(across) + len(down)))
    for row, column in pairs.tolist():
        parent[_root(parent, row)] = _root(parent, len(across) + column)
    together: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for n in range(len(parent)):
        group = together.setdefault(_root(parent, n), ([], []))
        if n < len(across):
            group[0].append(across[n])
        else:
            group[1].append(down[n - len(across)])
    yield from (group for group in together.values() if len(group[0]) >= 2 and group[1])


def _root(parent: list[int], n: int) -> int:
    while parent[n] != n:
        parent[n] = parent[parent[n]]
        n = parent[n]
    return n


def _borders(rules: Sequence[Rule], others: Sequence[Rule]) -> list[float]:
    """Where the rules stand, and where at least two of the `others` end beyond the first or last of them."""
    places = sorted({rule.at for rule in rules})
    starts, ends = sorted(other.start for other in others), sorted(other.end for other in others)
    if len(others) >= 2 and starts[1] < places[0] - OVERHANG:
        places.insert(0, starts[0])
    if len(others) >= 2 and ends[-2] > places[-1] + OVERHANG:
        places.append(ends[-1])
    return places


def _spans(xs: Sequence[float], ys: Sequence[float], across: Sequence[Rule], down: Sequence[Rule]) -> Iterator[Span]:
    """The cells, row by row: places that no rule divides are one cell, and no cell where they make no rectangle."""
    rows, columns = len(ys) - 1, len(xs) - 1
    is_divided_right, is_divided_below = np.zeros((rows, columns), bool), np.zeros((rows, columns), bool)
    for rule in down:
        column = bisect_left(xs, rule.at) - 1
        if column >= 0:
            is_divided_right[bisect_left(ys, rule.start - TOUCH) : _last(ys, rule.end), column] = True
    for rule in across:
        row = bisect_left(ys, rule.at) - 1
        if row >= 0:
            is_divided_below[row, bisect_left(xs, rule.start - TOUCH) : _last(xs, rule.end)] = True
    parent = list(range(rows * columns))
    for row, column in np.argwhere(~is_divided_right[:, :-1]).tolist():
        parent[_root(parent, row * columns + column)] = _root(parent, row * columns + column + 1)
    for row, column in np.argwhere(~is_divided_below[:-1]).tolist():
        parent[_root(parent, row * columns + column)] = _root(parent, (row + 1) * columns + column)
    places: dict[int, list[int]] = {}
    for n in range(len(parent)):
        places.setdefault(_root(parent, n), []).append(n)
    for found in places.values():
        top, bottom = found[0] // columns, found[-1] // columns
        left, right = min(n % columns for n in found), max(n % columns for n in found)
        if (bottom - top + 1) * (right - left + 1) == len(found):
            yield Span(top, left, bottom - top + 1, right - left + 1)


def _last(places: Sequence[float], end: float) -> int:
    """How many whole steps between places end at or before `end`."""
    return max(0, bisect_left(places, end + TOUCH) - 1)
