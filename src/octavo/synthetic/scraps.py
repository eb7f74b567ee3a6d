"""Scraps: pieces of pages as a tile sees them, full of text in all ways in which text is set, cut anywhere.

A scrap is larger than what is shown of it, so lines begin and end beyond the edges. Its texts stand in reading
order: column after column, and within a column line after line, cells from left to right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from octavo.synthetic import faces, texts
from octavo.synthetic.faces import Family
from octavo.synthetic.marks import BLACK, WHITE, Color, Line, Mark, Panel, Text

# Pixels, of body text; small pages such as receipts are drawn large.
SIZES = (8, 9, 9.5, 10, 10.5, 11, 11.5, 12, 12.5, 13, 14, 15, 16, 17, 18, 20)
LARGE = (22, 24, 28, 32)
INKS: tuple[Color, ...] = ((0.2,) * 3, (0.35,) * 3, (0.45,) * 3, (0.1, 0.2, 0.5), (0.6, 0.1, 0.1), (0.0, 0.35, 0.2))
PAPERS: tuple[Color, ...] = ((0.96,) * 3, (0.9,) * 3, (0.82,) * 3, (0.98, 0.96, 0.88), (0.88, 0.93, 0.98))


@dataclass(frozen=True, slots=True)
class Scrap:
    """Marks in pixels on a paper of one colour."""

    marks: tuple[Mark, ...]
    paper: Color

    @property
    def texts(self) -> list[Text]:
        """The texts, in reading order."""
        return [mark for mark in self.marks if isinstance(mark, Text)]


@dataclass(slots=True)
class Column:
    """A column of a scrap being filled: `y` is the top of what comes next."""

    random: Random
    family: Family
    size: float
    leading: float
    ink: Color
    language: str
    x: float
    y: float
    width: float
    marks: list[Mark]

    @property
    def line(self) -> float:
        """The step from line to line."""
        return self.size * self.leading

    def text(self, x: float, text: str, font: str = "", align: str = "left", size: float = 0.0) -> float:
        """Write on the line at `y`; the width is returned."""
        font, size = font or self.family.regular, size or self.size
        text = "".join(char for char in text if faces.has_glyph(font, char))
        wide = faces.width(font, text, size)
        left = x - wide * {"left": 0.0, "center": 0.5, "right": 1.0}[align]
        if text:
            self.marks.append(Text(left, self.y + 0.8 * size, text, font, size, self.ink))
        return wide


def scrap(random: Random, families: Sequence[Family], width: int, height: int, large: float = 0.1) -> Scrap:
    """A scrap of which `width` by `height` pixels are shown; the share `large` of them has large text."""
    family = random.choice(families)
    size = random.choice(LARGE if random.random() < large else SIZES)
    ink = random.choice(INKS) if random.random() < 0.3 else BLACK
    paper = random.choice(PAPERS) if random.random() < 0.25 else WHITE
    if random.random() < 0.06:
        ink, paper = WHITE, random.choice(((0.1, 0.1, 0.1), (0.1, 0.2, 0.4), (0.35, 0.05, 0.1), (0.3, 0.3, 0.3)))
    narrowest = 14 * size
    columns = random.choice((1, 1, 1, 2, 3)) if width >= 2 * narrowest else 1
    left = random.uniform(-width, 0) if random.random() < 0.35 else random.uniform(0, 0.1 * width)
    right = random.uniform(width, 2 * width) if random.random() < 0.35 else width
    column = Column(
        random, family, size, random.uniform(1.05, 1.7), ink, texts.language(random), left, 0.0, right - left, []
    )
    gap = random.uniform(1.2, 3) * size
    wide = (column.width - gap * (columns - 1)) / columns
    top = -random.uniform(0, 3) * size
    for number in range(columns):
        one = replace(column, x=left + number * (wide + gap), width=wide, y=top)
        if random.random() < 0.3:
            one.language = texts.language(random)
        while one.y < height:
            random.choice(BLOCKS)(one)
            one.y += random.choice((0, 0.3, 0.6, 1, 2)) * one.line
    return Scrap(tuple(mark for mark in column.marks), paper)


def lines(random: Random, families: Sequence[Family], width: int, height: int, most: int) -> Scrap:
    """One to `most` short lines anywhere on an empty paper: what reading begins with."""
    family, size = random.choice(families), random.choice(SIZES)
    column = Column(random, family, size, random.uniform(1.2, 2.5), BLACK, texts.language(random), 0, 0, width, [])
    count = random.randint(1, most)
    column.y = random.uniform(0, max(1, height - count * column.line))
    for _ in range(count):
        words = _short(column, width)
        wide = faces.width(family.regular, words, size)
        column.text(random.uniform(2, max(2.1, width - wide - 2)), words)
        column.y += column.line
    return Scrap(tuple(column.marks), WHITE)


def _short(column: Column, width: int) -> str:
    """One to four words or a figure that fit on a line."""
    random, text = column.random, ""
    for _ in range(random.randint(1, 4)):
        part = texts.value(random, column.language) if random.random() < 0.4 else texts.word(random, column.language)
        longer = f"{text} {part}" if text else part
        if faces.width(column.family.regular, longer, column.size) > width - 6:
            break
        text = longer
    return text or texts.code(random)


def paragraph(column: Column) -> None:
    """A paragraph, ragged or justified, at times in bold or italics."""
    random, family = column.random, column.family
    font = random.choice((family.regular,) * 5 + (family.bold, family.italic))
    indent = random.choice((0, 0, 1.5)) * column.size
    justified = random.random() < 0.35
    words = [w for _ in range(random.randint(1, 5)) for w in texts.sentence(random, column.language).split()]
    space = faces.advance(font, " ") * column.size
    line: list[str] = []
    taken, x = 0.0, column.x + indent
    for word in words:
        wide = faces.width(font, word, column.size)
        if line and x + taken + wide > column.x + column.width:
            _set(column, font, x, line, column.x + column.width - x - taken + space if justified else 0.0)
            line, taken, x = [], 0.0, column.x
        line.append(word)
        taken += wide + space
    _set(column, font, x, line, 0.0)


def _set(column: Column, font: str, x: float, line: Sequence[str], spare: float) -> None:
    """One line of a paragraph; `spare` is spread over its spaces."""
    if spare <= 0 or len(line) < 3:
        column.text(x, " ".join(line), font)
    else:
        space = faces.advance(font, " ") * column.size + spare / (len(line) - 1)
        for word in line:
            x += column.text(x, word, font) + space
    column.y += column.line


def _heading(column: Column) -> None:
    random, size = column.random, column.size * column.random.choice((1.0, 1.15, 1.3, 1.6, 2.0))
    text = texts.phrase(random, column.language, 1, 5)
    text = text.upper() if random.random() < 0.25 else text
    align = random.choice(("left", "left", "center"))
    column.text(column.x + (column.width / 2 if align == "center" else 0), text, column.family.bold, align, size)
    column.y += 1.3 * size
    if random.random() < 0.3:
        column.marks.append(_rule(column, column.y))
        column.y += 0.4 * column.line


def _fields(column: Column) -> None:
    """Labels and values: beside each other, flush, with leaders, or over a rule."""
    random, family = column.random, column.family
    bold = family.bold if random.random() < 0.4 else family.regular
    style, after = random.choice(("beside", "tab", "flush", "leader")), random.uniform(0.3, 0.6) * column.width
    for _ in range(random.randint(1, 7)):
        wide = column.text(column.x, texts.label(random, column.language), bold)
        value = texts.value(random, column.language)
        if style == "beside" or wide > after:
            column.text(column.x + wide + 0.4 * column.size, value)
        elif style == "tab":
            column.text(column.x + after, value)
        else:
            right = column.x + column.width
            if style == "leader":
                y, end = column.y + 0.8 * column.size, right - faces.width(family.regular, value, column.size) - 4
                column.marks.append(Line(column.x + wide + 3, y, end, y, 0.8, dotted=True, color=column.ink))
            column.text(right, value, align="right")
        column.y += column.line


def _table(column: Column) -> None:
    """Rows of cells: aligned, ruled or boxed, with a head or without."""
    random, family = column.random, column.family
    count = max(2, min(random.randint(2, 5), int(column.width / (6 * column.size))))
    shares = [0.0, *(i + random.uniform(-0.15, 0.15) for i in range(1, count)), float(count)]
    edges = [column.x + column.width * share / count for share in shares]
    aligns = [random.choice(("left", "right", "right", "center")) for _ in range(count)]
    rules, height = random.choice(("none", "none", "rows", "grid")), column.line * random.choice((1.0, 1.2, 1.5))
    for row in range(random.randint(2, 8)):
        font = family.bold if row == 0 else family.regular
        for left, right, align in zip(edges, edges[1:], aligns, strict=False):
            if rules == "grid":
                column.marks.append(Panel(left, column.y - 1, right, column.y - 1 + height, stroke=0.7))
            cell = _fitting(column, font, right - left - 8, head=row == 0)
            column.text({"left": left + 4, "right": right - 4, "center": (left + right) / 2}[align], cell, font, align)
        column.y += height
        if rules == "rows" or (row == 0 and random.random() < 0.5):
            column.marks.append(_rule(column, column.y - 2))


def _fitting(column: Column, font: str, width: float, head: bool) -> str:
    """A cell's text that is no wider than the cell."""
    random = column.random
    for _ in range(3):
        draw = texts.phrase(random, column.language, 1, 2) if head else texts.value(random, column.language)
        if faces.width(font, draw, column.size) <= width:
            return draw
    return str(random.randint(0, 99))


def _list(column: Column) -> None:
    random = column.random
    bullets = random.choice((("•",) * 9, ("-",) * 9, ("–",) * 9, "123456789", "abcdefghi"))
    after = random.choice((".", ")", "")) if len(set(bullets)) > 1 else ""
    for bullet in bullets[: random.randint(2, 6)]:
        x = column.x + column.text(column.x, bullet + after) + 0.6 * column.size
        column.text(x, texts.phrase(random, column.language, 2, 7))
        column.y += column.line


def _figures(column: Column) -> None:
    """A line or two of nothing but figures."""
    for _ in range(column.random.randint(1, 3)):
        x = column.x
        while x < column.x + 0.8 * column.width:
            x += column.text(x, texts.figure(column.random)) + column.random.uniform(0.4, 2.5) * column.size
        column.y += column.line


def _rule(column: Column, y: float) -> Line:
    return Line(column.x, y, column.x + column.width, y, column.random.choice((0.5, 0.8, 1.2)), color=column.ink)


BLOCKS: tuple[Callable[[Column], None], ...] = (
    *(paragraph,) * 6,
    *(_fields,) * 2,
    *(_table,) * 2,
    _heading,
    _list,
    _figures,
)
