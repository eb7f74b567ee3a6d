"""From the characters of pdfium's text layer to words with boxes. Runs in the reading child.

A page of text has some 2,500 characters and each question about one is a call into pdfium, so calls decide
the speed: two for each character (its code, its box) and a few more for each word.

Arrays hold one row a character or a word, in the order of the text layer. Boxes are x0, y0, x1, y1 in points
of the page as shown (origin top left).
"""

import ctypes
import re
from collections.abc import Callable
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Gaps, in font sizes, that end a word although pdfium set no space: along the line, and across it (a new
# line, after a hyphen). Headings space letters by up to 0.6, and pdfium rightly keeps those together.
GAP_ALONG, GAP_ACROSS = 1.0, 0.5
# A word's reach above and below its baseline, in font sizes, so that the words of a line are equally high.
# The fonts' own figures will not do: pdfium's "loose" box is the font's bounding box, often three lines high.
ASCENT, DESCENT = 0.72, 0.22
# Type 3 fonts may give any number as their size. Ink higher than this many sizes tells; it is the size then.
HIGHEST_INK = 1.5
NO_INK = 0.01  # pdfium makes the box of an empty glyph this many times as wide as high, or less
UNKNOWN = "\ufffd"  # a code that the font does not map to Unicode: the text layer is not to be trusted here
# Controls, marks of direction, and joiners of words; not U+200C and U+200D, which Persian and Hindi spell with.
INVISIBLE = frozenset(
    [*range(0x20), 0x7F, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF]
)
# What fonts say of their weight: in their name (TeX's "bx" and Times' "Medi", too), by a flag, or in figures, which
# pdfium takes from the width of stems: 600 is one of 120, above every regular font of the usual office programs.
BOLD_NAME = re.compile(r"bold|black|heavy|demi|-bd\b|\bcm\w*bx|\bsfb?x|medi$", re.IGNORECASE)
FORCE_BOLD = 1 << 18
BOLD_WEIGHT = 600
FONT_NAME_BYTES = 256
WIDE_COLON = "\uff1a"
COLONS = frozenset((":", WIDE_COLON))
BEFORE_NUMBERS = "€$£¥₹+-(#"
LAM, ALEFS = "\u0644", frozenset("\u0622\u0623\u0625\u0627\u0671")


class _Cleaned(dict[int, str]):
    """Code point → what it adds to a word: itself, "" for nothing, " " for a word's end."""

    def __missing__(self, code: int) -> str:
        self[code] = cleaned = _cleaned(code)
        return cleaned


def _cleaned(code: int) -> str:
    if code > 0x10FFFF or code & 0xFFFE == 0xFFFE:
        return UNKNOWN
    if 0x80 <= code < 0xA0:  # Windows' quotation marks and dashes, taken for Latin-1 by the file's writer
        return bytes([code]).decode("cp1252", "ignore")
    if code == 0xAD:  # drawn, or it would not be in the page: many fonts call their hyphen so
        return "-"
    if chr(code).isspace() or code == 0x200B:
        return " "
    return "" if code in INVISIBLE else chr(code)


_CLEANED = _Cleaned()


def _in_place(function: Any, restype: Any, *argtypes: Any) -> Callable[..., Any]:
    """A pdfium function that takes addresses as plain integers, so that it fills an array in place.

    `PYFUNCTYPE` keeps the interpreter's lock. Together that halves the time of the binding's own prototype.
    """
    prototype = ctypes.PYFUNCTYPE(restype, ctypes.c_void_p, ctypes.c_int, *argtypes)
    return ctypes.cast(function, prototype)


_AT = ctypes.c_void_p
_get_unicode = _in_place(pdfium.FPDFText_GetUnicode, ctypes.c_uint)
_get_box = _in_place(pdfium.FPDFText_GetCharBox, ctypes.c_int, _AT, _AT, _AT, _AT)
_get_size = _in_place(pdfium.FPDFText_GetFontSize, ctypes.c_double)
_get_matrix = _in_place(pdfium.FPDFText_GetMatrix, ctypes.c_int, _AT)
_get_origin = _in_place(pdfium.FPDFText_GetCharOrigin, ctypes.c_int, _AT, _AT)
_is_hyphen = _in_place(pdfium.FPDFText_IsHyphen, ctypes.c_int)
_get_object = _in_place(pdfium.FPDFText_GetTextObject, ctypes.c_void_p)
_get_font = ctypes.cast(pdfium.FPDFTextObj_GetFont, ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p))


def words_of(
    textpage: Any, shown: Floats, width: float, height: float, only: frozenset[int] | None = None
) -> tuple[list[str], Floats]:
    """The words of a text page: their texts, and [n, 6] of box, font size and boldness.

    `shown` is the affine map [3, 2] from the page's own coordinates to points of the page as shown, which is
    `width` by `height` points; boxes and sizes are in points, a bold word has 1 in the last column. Characters
    whose middle is off the page are left out, boxes end at its edge. Where `only` is given, so are characters of
    other text objects than those with these handles.
    """
    page = ctypes.cast(textpage, ctypes.c_void_p).value
    count = pdfium.FPDFText_CountChars(textpage)
    boxes = _character_boxes(page, count, shown)
    texts = _characters(page, boxes)
    _turn_lam_alef(texts, boxes)
    if only is not None:
        texts = [text if _get_object(page, i) in only else " " for i, text in enumerate(texts)]
    is_space = np.fromiter((text == " " for text in texts), bool, count)
    is_drawn = np.fromiter(map(bool, texts), bool, count) & ~is_space & _on_page(boxes, width, height)
    kept = np.flatnonzero(is_drawn)
    if not kept.size:
        return [], np.empty((0, 6))

    boxes = boxes[kept]
    apart = np.diff(np.cumsum(is_space)[kept]) > 0  # a space stands between
    starts = _starts(apart)
    sizes, ups = _sizes(page, kept[starts], boxes, starts, shown)
    run = np.concatenate(([0], np.cumsum(apart)))
    drawn = [texts[i] for i in kept.tolist()]
    final = _starts(apart | _far(boxes, sizes[run], ups[run]) | _after_colons(drawn))
    sizes, ups = sizes[run[final]], ups[run[final]]

    firsts = kept[final]
    ink = np.hstack((np.minimum.reduceat(boxes[:, :2], final), np.maximum.reduceat(boxes[:, 2:], final)))
    word_boxes = _line_high(ink, _origins(page, firsts, shown), sizes, ups)
    np.clip(word_boxes, 0, (width, height, width, height), out=word_boxes)
    ends = [*final[1:].tolist(), kept.size]
    words = "\n".join("".join(drawn[start:end]) for start, end in zip(final.tolist(), ends, strict=True))
    # The way through UTF-16 joins the two halves of a character, which pdfium may give one by one.
    words = words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return words.split("\n"), np.column_stack((word_boxes, sizes, _bold(page, firsts)))


def _characters(page: int | None, boxes: Floats) -> list[str]:
    """Each character's cleaned text."""
    codes = list(map(_get_unicode, repeat(page), range(len(boxes))))
    texts = [_CLEANED[code] for code in codes]
    for i in [i for i, code in enumerate(codes) if code < 0x20]:
        width, height = boxes[i, 2] - boxes[i, 0], boxes[i, 3] - boxes[i, 1]
        if _is_hyphen(page, i) == 1:  # pdfium's U+0002 at a line's end, after which it sets no line feed
            texts[i] = "-"
        elif min(width, height) > NO_INK * max(width, height):  # a letter by its look: the font has no Unicode
            texts[i] = UNKNOWN
    return texts


def _character_boxes(page: int | None, count: int, shown: Floats) -> Floats:
    """The boxes of the ink [count, 4], in points of the page as shown."""
    boxes = np.empty((count, 4))  # left, right, bottom, top
    at, end = boxes.ctypes.data, boxes.ctypes.data + boxes.nbytes
    columns = [range(at + 8 * k, end, 32) for k in range(4)]
    for _ in map(_get_box, repeat(page), range(count), *columns):
        pass
    return moved_boxes(boxes[:, [0, 2, 1, 3]], shown)


def moved_boxes(corners: Floats, shown: Floats) -> Floats:
    """Boxes x0, y0, x1, y1 [n, 4] in points as shown, of two opposite corners each in page coordinates [n, 4]."""
    ends = np.stack((_moved(corners[:, 0], corners[:, 1], shown), _moved(corners[:, 2], corners[:, 3], shown)))
    return np.hstack((ends.min(axis=0), ends.max(axis=0)))


def _turn_lam_alef(texts: list[str], boxes: Floats) -> None:
    """Put lam before alef again, in place, where one glyph stands for both.

    pdfium reverses right-to-left lines character by character, so Arabic's obligatory ligature comes out as
    alef and lam, which is the article: every tenth word would be misspelt.
    """
    if LAM not in texts:
        return
    for i in np.flatnonzero((boxes[1:] == boxes[:-1]).all(axis=1)).tolist():
        if texts[i] in ALEFS and texts[i + 1] == LAM:
            texts[i], texts[i + 1] = LAM, texts[i]


def _moved(x: Floats, y: Floats, shown: Floats) -> Floats:
    return np.column_stack((x, y, np.ones_like(x))) @ shown


def _on_page(boxes: Floats, width: float, height: float) -> npt.NDArray[np.bool_]:
    """Whether a box's middle is on the page; false where a coordinate is no number."""
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    inside: npt.NDArray[np.bool_] = (x >= 0) & (x <= width) & (y >= 0) & (y <= height)
    return inside & np.isfinite(boxes).all(axis=1)


def _starts(apart: npt.NDArray[np.bool_]) -> Ints:
    """Where runs start, given whether each character but the first is apart from the one before."""
    return np.concatenate(([0], np.flatnonzero(apart) + 1))


def _sizes(page: int | None, firsts: Ints, boxes: Floats, starts: Ints, shown: Floats) -> tuple[Floats, Floats]:
    """The font size of each run in points [n], and its unit vector "up" on the page as shown [n, 2].

    `firsts` are the runs' first characters in the text page, `starts` their rows in `boxes`.
    """
    matrices = np.zeros((len(firsts), 6), np.float32)  # a b c d e f; (c, d) is where the font's "up" points
    at = range(matrices.ctypes.data, matrices.ctypes.data + matrices.nbytes, 24)
    for _ in map(_get_matrix, repeat(page), firsts.tolist(), at):
        pass
    font_sizes = np.fromiter(map(_get_size, repeat(page), firsts.tolist()), np.float64, len(firsts))
    ups = matrices[:, 2:4].astype(np.float64) * font_sizes[:, None] @ shown[:2]
    sizes = np.hypot(ups[:, 0], ups[:, 1])
    ups /= np.maximum(sizes, 1e-9)[:, None]
    sides = np.maximum.reduceat(boxes[:, 2:] - boxes[:, :2], starts)
    ink = np.where(_level(ups), sides[:, 1], sides[:, 0])
    return np.where((sizes > 0) & (ink <= HIGHEST_INK * sizes), sizes, ink), ups


def _level(ups: Floats) -> npt.NDArray[np.bool_]:
    """Whether text with this "up" runs along the page's x axis."""
    level: npt.NDArray[np.bool_] = np.abs(ups[:, 1]) >= np.abs(ups[:, 0])
    return level


def _far(boxes: Floats, sizes: Floats, ups: Floats) -> npt.NDArray[np.bool_]:
    """Whether each character but the first stands too far from the one before to be of its word."""
    gaps = np.maximum(boxes[1:, :2] - boxes[:-1, 2:], boxes[:-1, :2] - boxes[1:, 2:])
    level = _level(ups[:-1])
    along, across = np.where(level, gaps.T, gaps.T[::-1])
    far: npt.NDArray[np.bool_] = (along > GAP_ALONG * sizes[:-1]) | (across > GAP_ACROSS * sizes[:-1])
    return far


def _after_colons(texts: list[str]) -> npt.NDArray[np.bool_]:
    """Whether each character but the first follows a colon that ends a key: "Date:2024-05-01" is two words.

    A time, a ratio, an address (http://) and C++ (std::) are one; a wide colon ends a key of whatever kind.
    """
    after = np.zeros(len(texts) - 1, bool)
    for i, text in enumerate(texts[:-1]):
        if text in COLONS:
            value = texts[i + 1][0]
            starts_value = value.isdigit() or value.isupper() or value in BEFORE_NUMBERS
            after[i] = text == WIDE_COLON or (i >= 3 and "".join(texts[i - 3 : i]).isalpha() and starts_value)
    return after


def _origins(page: int | None, firsts: Ints, shown: Floats) -> Floats:
    """The points on the baseline [n, 2] where these characters begin."""
    origins = np.zeros((len(firsts), 2))
    at, end = origins.ctypes.data, origins.ctypes.data + origins.nbytes
    for _ in map(_get_origin, repeat(page), firsts.tolist(), range(at, end, 16), range(at + 8, end, 16)):
        pass
    return _moved(origins[:, 0], origins[:, 1], shown)


def _bold(page: int | None, firsts: Ints) -> Floats:
    """1 for each of these characters that is set in a bold font, else 0."""
    fonts: dict[int | None, bool] = {}
    bold = np.zeros(len(firsts))
    for i, first in enumerate(firsts.tolist()):
        text = _get_object(page, first)
        font = _get_font(text) if text else None
        if font not in fonts:
            fonts[font] = font is not None and _is_bold(font)
        bold[i] = fonts[font]
    return bold


def _is_bold(font: int) -> bool:
    handle = ctypes.cast(font, pdfium.FPDF_FONT)
    name = ctypes.create_string_buffer(FONT_NAME_BYTES)
    pdfium.FPDFFont_GetBaseFontName(handle, name, FONT_NAME_BYTES)
    return bool(
        BOLD_NAME.search(name.value.decode("latin-1"))
        or pdfium.FPDFFont_GetFlags(handle) & FORCE_BOLD
        or pdfium.FPDFFont_GetWeight(handle) >= BOLD_WEIGHT
    )


def _line_high(boxes: Floats, origins: Floats, sizes: Floats, ups: Floats) -> Floats:
    """Boxes of ink, made as high as their line: from DESCENT below the baseline to ASCENT above it."""
    reach = sizes[:, None] * ups
    ends = np.stack((origins + ASCENT * reach, origins - DESCENT * reach))
    low, high = ends.min(axis=0), ends.max(axis=0)
    level = _level(ups)[:, None]
    across = np.hstack((~level, level))  # extend y of level text, x of upright text
    return np.hstack(
        (
            np.where(across, np.minimum(boxes[:, :2], low), boxes[:, :2]),
            np.where(across, np.maximum(boxes[:, 2:], high), boxes[:, 2:]),
        )
    )
