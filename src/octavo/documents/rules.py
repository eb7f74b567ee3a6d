"""The ruling lines drawn on a page, and how much of it pictures cover. Runs in the reading child.

A page has some hundred page objects and a drawing has 100,000, each question about one a call into pdfium; so
calls decide the speed here as in words.py, and only the first `MOST_OBJECTS` are looked at.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from octavo.documents.frames import MOST_RULES
from octavo.documents.words import Floats, Ints, moved_boxes

Bools = npt.NDArray[np.bool_]

MOST_OBJECTS = 20_000  # on a page, those inside forms included
MOST_SEGMENTS = 2_000  # of one path: a table's grid has hundreds, a coastline tens of thousands
ALL_SEGMENTS = 40_000  # of a page's paths
MOST_PICTURES = 1_000  # whose place on the page is looked up
DEEPEST = 8  # forms inside forms
THICKEST = 4.0  # points; what is thicker is an area, and its edges are lines
ONE_LINE = 5  # segments that a rectangle has; a thin path of more may be several lines in a row
LEAST_OF_LETTER = 8  # segments of a letter that is drawn as a filled path; a dot has 5
LARGEST_LETTER = 40.0  # points
SHORTEST = 5.0  # points, after merging: dashes shorter than that make a line, a glyph's strokes do not
SAME_LINE = 0.8  # points across, within which pieces are one line
SAME_PIECE = 1.5  # points along, from the end of one piece to the begin of the next
STRAIGHT = 0.1  # points across at most, for a segment to be level or upright
WHITE = 250  # of 255 in all three colours
GRID = 50  # cells along each side of the page, to measure what pictures cover


def _raw(function: Any, restype: Any, *argtypes: Any) -> Callable[..., Any]:
    """A pdfium function that takes and gives handles and addresses as plain integers; see words.py."""
    return ctypes.cast(function, ctypes.PYFUNCTYPE(restype, *argtypes))


_AT, _INT = ctypes.c_void_p, ctypes.c_int
_count_objects = _raw(pdfium.FPDFPage_CountObjects, _INT, _AT)
_get_object = _raw(pdfium.FPDFPage_GetObject, _AT, _AT, _INT)
_count_inside = _raw(pdfium.FPDFFormObj_CountObjects, _INT, _AT)
_get_inside = _raw(pdfium.FPDFFormObj_GetObject, _AT, _AT, ctypes.c_ulong)
_get_type = _raw(pdfium.FPDFPageObj_GetType, _INT, _AT)
_get_matrix = _raw(pdfium.FPDFPageObj_GetMatrix, _INT, _AT, _AT)
_get_bounds = _raw(pdfium.FPDFPageObj_GetBounds, _INT, _AT, _AT, _AT, _AT, _AT)
_get_mode = _raw(pdfium.FPDFPath_GetDrawMode, _INT, _AT, _AT, _AT)
_get_fill = _raw(pdfium.FPDFPageObj_GetFillColor, _INT, _AT, _AT, _AT, _AT, _AT)
_get_stroke = _raw(pdfium.FPDFPageObj_GetStrokeColor, _INT, _AT, _AT, _AT, _AT, _AT)
_get_width = _raw(pdfium.FPDFPageObj_GetStrokeWidth, _INT, _AT, _AT)
_count_segments = _raw(pdfium.FPDFPath_CountSegments, _INT, _AT)
_get_segment = _raw(pdfium.FPDFPath_GetPathSegment, _AT, _AT, _INT)
_get_kind = _raw(pdfium.FPDFPathSegment_GetType, _INT, _AT)
_get_point = _raw(pdfium.FPDFPathSegment_GetPoint, _INT, _AT, _AT, _AT)
_get_close = _raw(pdfium.FPDFPathSegment_GetClose, _INT, _AT)


class Drawn(NamedTuple):
    """A page's rules [n, 4] in points as shown; the share of the page that pictures cover; shapes like letters."""

    rules: Floats
    covered: float
    shapes: int


@dataclass(slots=True)
class _Found:
    """What has been found so far, in points of the page as shown: lines, white lines, and shaded areas."""

    lines: list[Floats]
    white: list[Floats]
    shaded: list[Floats]
    pictures: list[Floats]
    objects: int = MOST_OBJECTS  # left to be looked at
    segments: int = ALL_SEGMENTS
    shapes: int = 0


def drawn(page: Any, shown: Floats, width: float, height: float) -> Drawn:
    """What is drawn on a page that is `width` by `height` points as shown; `shown` is as for `words_of`.

    A rule is a stroke or thin filled area that runs along the page's sides, or an edge of a rectangle. Pieces of
    one line are joined; of more than `MOST_RULES` the longest are given. Level ones come first, from the top,
    then upright ones, from the left.
    """
    handle = ctypes.cast(page, ctypes.c_void_p).value
    found = _Found([], [], [], [])
    count = min(_count_objects(handle), found.objects)
    _look([_get_object(handle, i) for i in range(count)], shown, found, 0)
    lines, white = _stacked(found.lines), _stacked(found.white)
    if len(white):
        lines = np.vstack((lines, white[_inside(white, _stacked(found.shaded))]))
    on_page = (lines[:, 2:] >= 0).all(axis=1) & (lines[:, :2] <= (width, height)).all(axis=1)
    lines = lines[on_page & np.isfinite(lines).all(axis=1)]
    np.clip(lines, 0, (width, height, width, height), out=lines)
    return Drawn(_longest(_merged(lines)), _covered(_stacked(found.pictures), width, height), found.shapes)


def _stacked(parts: list[Floats]) -> Floats:
    return np.vstack([np.empty((0, 4)), *parts])


def _look(objects: list[int], to_page: Floats, found: _Found, depth: int) -> None:
    """Find what these page objects draw; `to_page` is the map [3, 2] from their coordinates to the shown page."""
    found.objects -= len(objects)
    types = list(map(_get_type, objects))
    paths = [at for at, kind in zip(objects, types, strict=True) if kind == pdfium.FPDF_PAGEOBJ_PATH]
    pictures = [at for at, kind in zip(objects, types, strict=True) if kind == pdfium.FPDF_PAGEOBJ_IMAGE]
    if paths:
        _look_at_paths(paths, to_page, found)
    if pictures:
        found.pictures.append(_bounds(pictures[:MOST_PICTURES], to_page))
    for form in [at for at, kind in zip(objects, types, strict=True) if kind == pdfium.FPDF_PAGEOBJ_FORM]:
        count = min(_count_inside(form), found.objects)
        if depth < DEEPEST and count > 0:
            inside = [_get_inside(form, i) for i in range(count)]
            _look(inside, _affine([form])[0] @ np.column_stack((to_page, (0, 0, 1)))[:, :2], found, depth + 1)


def _affine(objects: list[int]) -> Floats:
    """The objects' own maps [n, 3, 3]: rows are what x, y and 1 add."""
    values = np.zeros((len(objects), 6), np.float32)
    values[:, [0, 3]] = 1
    for _ in map(_get_matrix, objects, range(values.ctypes.data, values.ctypes.data + values.nbytes, 24)):
        pass
    maps = np.zeros((len(objects), 3, 3))
    maps[:, :, :2], maps[:, 2, 2] = values.reshape(-1, 3, 2), 1
    return maps


def _bounds(objects: list[int], to_page: Floats) -> Floats:
    """The boxes [n, 4] of page objects, on the page as shown."""
    values = np.zeros((len(objects), 4), np.float32)  # left, bottom, right, top
    at, end = values.ctypes.data, values.ctypes.data + values.nbytes
    for _ in map(_get_bounds, objects, *(range(at + 4 * k, end, 16) for k in range(4))):
        pass
    return moved_boxes(values.astype(np.float64), to_page)


def _look_at_paths(paths: list[int], to_page: Floats, found: _Found) -> None:
    modes = np.zeros((len(paths), 2), np.int32)  # fill, stroke
    at, end = modes.ctypes.data, modes.ctypes.data + modes.nbytes
    for _ in map(_get_mode, paths, range(at, end, 8), range(at + 4, end, 8)):
        pass
    boxes = _bounds(paths, to_page)
    counts = np.fromiter(map(_count_segments, paths), np.int64, len(paths))
    stroke, stroke_white = _inked(paths, modes[:, 1] != 0, _get_stroke)
    fill, fill_white = _inked(paths, modes[:, 0] != 0, _get_fill)
    visible, white = stroke | fill, ~(stroke & ~stroke_white) & ~(fill & ~fill_white)
    sides = boxes[:, 2:] - boxes[:, :2]
    # pdfium's box of a stroke is too large by half a point on all sides, and so good for what is filled alone.
    slim = (sides.min(axis=1) <= THICKEST) & (sides.max(axis=1) >= 2 * sides.min(axis=1))
    thin = fill & ~stroke & slim & (counts <= ONE_LINE)
    found.lines.append(boxes[thin & ~white])
    found.white.append(boxes[thin & white])
    found.shapes += int((fill & (counts >= LEAST_OF_LETTER) & (sides.max(axis=1) <= LARGEST_LETTER)).sum())
    others = visible & ~thin & (stroke | (sides.max(axis=1) >= SHORTEST)) & (counts > 1) & (counts <= MOST_SEGMENTS)
    within = np.cumsum(np.where(others, counts, 0)) <= found.segments
    chosen = np.flatnonzero(others & within)
    if chosen.size:
        found.segments -= int(counts[chosen].sum())
        places = [paths[i] for i in chosen.tolist()]
        path = _Paths.of(places, counts[chosen], stroke[chosen], to_page)
        lines, of_line, areas, of_area = path.edges()
        is_white = white[chosen]
        found.lines.append(lines[~is_white[of_line]])
        found.white.append(lines[is_white[of_line]])
        found.shaded.append(areas[(fill & ~fill_white)[chosen][of_area]])


def _inked(paths: list[int], used: Bools, get_colour: Callable[..., Any]) -> tuple[Bools, Bools]:
    """Whether each path is drawn with this colour so that it is seen, and whether it is white.

    `used` says which are drawn at all. A colour that pdfium cannot tell, a pattern's, is no white.
    """
    colours = np.zeros((len(paths), 4), np.uint32)
    colours[:, 3] = 255
    for i in np.flatnonzero(used).tolist():
        at = colours.ctypes.data + 16 * i
        get_colour(paths[i], at, at + 4, at + 8, at + 12)
    white: Bools = np.all(colours[:, :3] >= WHITE, axis=1)
    return used & (colours[:, 3] > 0), white


@dataclass(frozen=True, slots=True)
class _Paths:
    """The segments of several paths, one after the other, on the page as shown.

    `points` [n, 2] are where segments end, `is_line` whether they are straight, `starts` the rows where a part of
    a path begins, `closed` whether such a part ends where it began. `path` is each part's path, `half` the half
    line width of each path, `stroked` whether it is drawn along its segments.
    """

    points: Floats
    is_line: Bools
    starts: Ints
    closed: Bools
    path: Ints
    half: Floats
    stroked: Bools

    @staticmethod
    def of(paths: list[int], counts: Ints, stroked: Bools, to_page: Floats) -> "_Paths":
        """Read the segments of these paths, each of `counts`."""
        segments = [
            _get_segment(path, i) for path, count in zip(paths, counts.tolist(), strict=True) for i in range(count)
        ]
        raw = np.zeros((len(segments), 2), np.float32)
        at, end = raw.ctypes.data, raw.ctypes.data + raw.nbytes
        for _ in map(_get_point, segments, range(at, end, 8), range(at + 4, end, 8)):
            pass
        kinds = np.fromiter(map(_get_kind, segments), np.int64, len(segments))
        path = np.repeat(np.arange(len(paths)), counts)
        maps = _affine(paths) @ np.column_stack((to_page, (0, 0, 1)))[:, :2]
        points = np.einsum("ni,nij->nj", np.column_stack((raw, np.ones(len(raw)))), maps[path])
        starts = np.flatnonzero((kinds == pdfium.FPDF_SEGMENT_MOVETO) | np.diff(path, prepend=-1).astype(bool))
        lasts = [*(starts[1:] - 1).tolist(), len(segments) - 1]
        closed = np.fromiter((_get_close(segments[i]) for i in lasts), bool, len(starts)) | ~stroked[path[starts]]
        widths = np.zeros(len(paths), np.float32)
        for _ in map(_get_width, paths, range(widths.ctypes.data, widths.ctypes.data + widths.nbytes, 4)):
            pass
        scale = np.sqrt(np.abs(maps[:, 0, 0] * maps[:, 1, 1] - maps[:, 0, 1] * maps[:, 1, 0]))
        half = np.where(stroked, np.minimum(widths * scale, THICKEST) / 2, 0.0)
        return _Paths(points, kinds == pdfium.FPDF_SEGMENT_LINETO, starts, closed, path[starts], half, stroked)

    def edges(self) -> tuple[Floats, Ints, Floats, Ints]:
        """The level and upright lines as boxes, each one's path; the rectangles that are no lines, each one's path.

        Of what is filled only rectangles have edges that count: a letter drawn as a path is no table.
        """
        count, ends = len(self.points), np.append(self.starts[1:], len(self.points)) - 1
        part = np.repeat(np.arange(len(self.starts)), np.diff(np.append(self.starts, count)))
        inner = np.setdiff1d(np.arange(count), self.starts, assume_unique=True)
        closing = np.flatnonzero(self.closed)
        a = np.vstack((self.points[inner - 1], self.points[ends[closing]]))
        b = np.vstack((self.points[inner], self.points[self.starts[closing]]))
        part_of = np.concatenate((part[inner], closing))
        along = np.abs(b - a)
        is_edge = along.max(axis=1) > STRAIGHT
        level = np.append(self.is_line[inner], np.ones(len(closing), bool)) & is_edge & (along.min(axis=1) <= STRAIGHT)

        # Four sides, all along the page: a rectangle.
        parts = len(self.starts)
        is_area = (np.bincount(part_of[level], minlength=parts) == 4) & (
            np.bincount(part_of[is_edge], minlength=parts) == 4
        )
        frames = np.hstack(
            (np.minimum.reduceat(self.points, self.starts), np.maximum.reduceat(self.points, self.starts))
        )
        is_thin = is_area & ((frames[:, 2:] - frames[:, :2]).min(axis=1) <= THICKEST)
        kept = level & (self.stroked[self.path] | is_area)[part_of] & ~is_thin[part_of]
        half = (along[kept] <= STRAIGHT) * self.half[self.path[part_of[kept]]][:, None]
        lines = np.hstack((np.minimum(a[kept], b[kept]) - half, np.maximum(a[kept], b[kept]) + half))
        return (
            np.vstack((frames[is_thin], lines)),
            np.concatenate((self.path[is_thin], self.path[part_of[kept]])),
            frames[is_area & ~is_thin],
            self.path[is_area & ~is_thin],
        )


def _inside(lines: Floats, areas: Floats) -> Bools:
    """Whether each line's middle lies in one of the areas: white lines divide what is shaded."""
    x, y = (lines[:, :2] + lines[:, 2:]).T / 2
    seen = np.zeros(len(lines), bool)
    for x0, y0, x1, y1 in areas[:200].tolist():
        seen |= (x >= x0 - 1) & (x <= x1 + 1) & (y >= y0 - 1) & (y <= y1 + 1)
    return seen


def _merged(lines: Floats) -> Floats:
    """The lines with their pieces joined; level ones first. Those too short are left out."""
    sides = lines[:, 2:] - lines[:, :2]
    level = sides[:, 0] >= sides[:, 1]
    parts = [_joined(lines[level], 0), _joined(lines[~level], 1)]
    return np.vstack(parts)


def _joined(lines: Floats, axis: int) -> Floats:
    """Lines along `axis` (0 for x) with overlapping or touching pieces made one."""
    if not len(lines):
        return lines
    middles = (lines[:, 1 - axis] + lines[:, 3 - axis]) / 2
    order = np.argsort(middles, kind="stable")
    line = np.zeros(len(lines), np.int64)
    first, number = middles[order[0]], 0
    for i, middle in zip(order.tolist(), middles[order].tolist(), strict=True):
        if middle - first > SAME_LINE:
            first, number = middle, number + 1
        line[i] = number
    order = np.lexsort((lines[:, axis], line))
    lines, line = lines[order], line[order]
    apart = float(lines.max() - lines.min()) + SAME_PIECE + 1  # moves each line's pieces out of the others' reach
    ends = np.maximum.accumulate(lines[:, axis + 2] + line * apart)
    starts = np.flatnonzero(np.append(True, lines[1:, axis] + line[1:] * apart > ends[:-1] + SAME_PIECE))
    joined = np.hstack((np.minimum.reduceat(lines[:, :2], starts), np.maximum.reduceat(lines[:, 2:], starts)))
    kept: Floats = joined[joined[:, axis + 2] - joined[:, axis] >= SHORTEST]
    return kept


def _longest(rules: Floats) -> Floats:
    """At most `MOST_RULES` of them, in their order."""
    if len(rules) <= MOST_RULES:
        return rules
    lengths = (rules[:, 2:] - rules[:, :2]).max(axis=1)
    return rules[np.sort(np.argsort(-lengths, kind="stable")[:MOST_RULES])]


def _covered(pictures: Floats, width: float, height: float) -> float:
    """The share of the page under pictures, measured on a grid of points."""
    points = (np.arange(GRID) + 0.5) / GRID
    seen = np.zeros((GRID, GRID), bool)
    for x0, y0, x1, y1 in (pictures[:MOST_PICTURES] / (width, height, width, height)).tolist():
        seen |= ((points >= y0) & (points <= y1))[:, None] & ((points >= x0) & (points <= x1))
    return float(seen.mean())
