"""Marks become pixels in a few milliseconds, and each character's place is known.

A glyph is drawn once, at `FINE` times its size, and then laid on the page where it belongs to a fraction of a pixel;
the mean of FINE × FINE such points is the share of a pixel that is covered, as PDF readers have it without hinting.

Shapes: H and W pixels, N characters.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from octavo.synthetic.faces import advance, font_files
from octavo.synthetic.marks import BLACK, WHITE, Color, Line, Mark, Panel, Shape, Text

FINE = 3
MIDDLE = 0.32  # of a font's size: from the baseline up to the middle of a line of small letters
STEP = 0.25  # pixels, to which sizes are rounded: glyphs of a size are drawn once

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters of some texts without their spaces.

    `chars` has N of them, `xy_N2` their middles in pixels, `text_N` the number of the text that each is of.
    """

    chars: str
    xy_N2: Floats
    text_N: NDArray[np.int32]


def glyphs(texts: Sequence[Text]) -> Glyphs:
    """Where the characters of `texts` stand; the unit of the texts is the pixel."""
    chars: list[str] = []
    places: list[tuple[float, float]] = []
    numbers: list[int] = []
    for number, text in enumerate(texts):
        sine, cosine = math.sin(math.radians(text.angle)), math.cos(math.radians(text.angle))
        x, y = text.x - MIDDLE * text.size * sine, text.y - MIDDLE * text.size * cosine
        for char in text.text:
            wide = text.size * advance(text.font, char)
            if char != " ":
                chars.append(char)
                places.append((x + cosine * wide / 2, y - sine * wide / 2))
                numbers.append(number)
            x, y = x + cosine * wide, y - sine * wide
    return Glyphs("".join(chars), np.array(places, np.float32).reshape(-1, 2), np.array(numbers, np.int32))


def draw(marks: Sequence[Mark], width: int, height: int, paper: Color = WHITE) -> Image.Image:
    """A picture of the marks, "L" where all is gray, else "RGB"; the unit of the marks is the pixel.

    What lies beyond the edges is cut there. A mark covers those before it.
    """
    colors = {color for mark in marks for color in _colors(mark)} | {paper}
    channels = 1 if all(red == green == blue for red, green, blue in colors) else 3
    page_HWK = np.empty((height, width, channels), np.float32)
    page_HWK[:] = 255 * np.array(paper[:channels], np.float32)
    inked: list[Mark] = []
    for mark in marks:
        if inked and ((isinstance(mark, Panel) and mark.fill is not None) or _ink(mark) != _ink(inked[-1])):
            _lay(page_HWK, inked)
            inked = []
        if isinstance(mark, Panel) and mark.fill is not None:
            _fill(page_HWK, mark)
            if not mark.stroke:
                continue
        inked.append(mark)
    _lay(page_HWK, inked)
    whole = page_HWK.astype(np.uint8)
    return Image.fromarray(whole[..., 0] if channels == 1 else whole)


def _colors(mark: Mark) -> tuple[Color, ...]:
    if isinstance(mark, Panel):
        return (mark.fill,) if mark.fill is not None else ()
    return (mark.color,)


def _ink(mark: Mark) -> Color:
    return BLACK if isinstance(mark, Panel) else mark.color


def _fill(page_HWK: Floats, panel: Panel) -> None:
    x0, y0, x1, y1 = (max(0, round(edge)) for edge in (panel.x0, panel.y0, panel.x1, panel.y1))
    page_HWK[y0:y1, x0:x1] = 255 * np.array((panel.fill or WHITE)[: page_HWK.shape[2]], np.float32)


def _lay(page_HWK: Floats, marks: Sequence[Mark]) -> None:
    """Lay marks of one ink on the page."""
    if not marks:
        return
    height, width, channels = page_HWK.shape
    reached = [_rows(mark) for mark in marks]  # by these marks: on a page of many inks, a small part of it each
    top = max(0, math.floor(min(first for first, _ in reached)))
    bottom = min(height, math.ceil(max(last for _, last in reached)))
    if top >= bottom:
        return
    fine = np.zeros(((bottom - top) * FINE, width * FINE), np.uint8)
    strokes = [mark for mark in marks if not isinstance(mark, Text)]
    if strokes:
        picture = Image.fromarray(fine)
        pen = ImageDraw.Draw(picture)
        for stroke in strokes:
            _stroke(pen, stroke, top)
        fine = np.array(picture)
    for mark in marks:
        if isinstance(mark, Text):
            (_write_turned if mark.angle else _write)(fine, mark, top)
    ink = 255 * np.array(_ink(marks[0])[:channels], np.float32)
    covered_HW1 = np.asarray(Image.fromarray(fine).reduce(FINE), np.float32)[..., None] / 255
    rows_HWK = page_HWK[top:bottom]
    rows_HWK += covered_HW1 * (ink - rows_HWK)


def _rows(mark: Mark) -> tuple[float, float]:
    """The first and the last row that a mark can reach."""
    match mark:
        case Text():
            beside = len(mark.text) * abs(math.sin(math.radians(mark.angle)))
            return mark.y - (2 + beside) * mark.size, mark.y + (1 + beside) * mark.size
        case Shape():
            heights = [y for _, y in mark.points]
            return min(heights) - mark.width - 1, max(heights) + mark.width + 1
        case _:
            thick = mark.width if isinstance(mark, Line) else mark.stroke
            return min(mark.y0, mark.y1) - thick - 1, max(mark.y0, mark.y1) + thick + 1


def _stroke(pen: ImageDraw.ImageDraw, mark: Line | Panel | Shape, top: int) -> None:
    if isinstance(mark, Shape):
        points = [(x * FINE, (y - top) * FINE) for x, y in mark.points]
        if mark.width:
            pen.line([*points, points[0]], fill=255, width=max(1, round(mark.width * FINE)), joint="curve")
        else:
            pen.polygon(points, fill=255)
        return
    edges = (mark.x0 * FINE, (mark.y0 - top) * FINE, mark.x1 * FINE, (mark.y1 - top) * FINE)
    if isinstance(mark, Panel):
        if mark.stroke:
            pen.rectangle(edges, outline=255, width=max(1, round(mark.stroke * FINE)))
        return
    thick = max(1, round(mark.width * FINE))
    if not mark.dotted:
        pen.line(edges, fill=255, width=thick)
        return
    for x in np.arange(mark.x0, mark.x1, 3 * max(mark.width, 1)):
        pen.line((x * FINE, edges[1], (x + max(mark.width, 1)) * FINE, edges[1]), fill=255, width=thick)


def _write_turned(fine: Bytes, text: Text, top: int) -> None:
    """Write on a square whose middle is where the text begins, turn it, and lay it on the page."""
    reach = math.ceil(text.size * (1.5 + sum(advance(text.font, char) for char in text.text)))
    square = np.zeros((2 * reach * FINE, 2 * reach * FINE), np.uint8)
    _write(square, replace(text, x=reach, y=reach), 0)
    turned = Image.fromarray(square).rotate(text.angle, Image.Resampling.BILINEAR)
    _lay_mask(fine, np.array(turned), round((text.x - reach) * FINE), round((text.y - top - reach) * FINE))


def _write(fine: Bytes, text: Text, top: int) -> None:
    size = max(STEP, round(text.size / STEP) * STEP)
    face, masks = _face(text.font, size), _masks(text.font, size)
    rows, columns = fine.shape
    x, y = text.x * FINE, round((text.y - top) * FINE)
    if not -4 * size * FINE < y < rows + 4 * size * FINE:
        return
    for char in text.text:
        if char != " " and -2 * size * FINE < x < columns:
            if char not in masks:
                masks[char] = _mask(face, char)
            mask, left, top = masks[char]
            _lay_mask(fine, mask, round(x) + left, y + top)
        x += text.size * FINE * advance(text.font, char)


def _lay_mask(fine: Bytes, mask: Bytes, x: int, y: int) -> None:
    if x < 0 or y < 0:  # over the left or upper edge
        mask = mask[max(0, -y) :, max(0, -x) :]
        x, y = max(x, 0), max(y, 0)
    place = fine[y : y + mask.shape[0], x : x + mask.shape[1]]
    if place.shape != mask.shape:  # over the right or lower edge
        mask = mask[: place.shape[0], : place.shape[1]]
    np.maximum(place, mask, out=place)


def _mask(face: ImageFont.FreeTypeFont, char: str) -> tuple[Bytes, int, int]:
    """A glyph's coverage, and where its upper left corner lies from the pen."""
    core, (left, top) = face.getmask2(char, mode="L", anchor="ls")
    return np.array(core, np.uint8).reshape(core.size[::-1]), left, top


@lru_cache(maxsize=1500)
def _face(font: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_file(font), size * FINE, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1500)  # fonts and sizes; some 60 glyphs of a size, of 1 KB each
def _masks(font: str, size: float) -> dict[str, tuple[Bytes, int, int]]:
    return {}


@cache
def _file(font: str) -> str:
    return str(font_files()[font])
