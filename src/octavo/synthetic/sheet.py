"""Pages being drawn, in points from the top left corner, and where the answers stand on them.

Marks are kept until the end because a till roll's length is known only then. One point is 1/72 inch.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from octavo.documents.types import Box
from octavo.synthetic.faces import Family, font_files
from octavo.synthetic.marks import BLACK, Color, Line, Mark, Panel, Shape, Text

# Every reader of PDFs has these fonts; others are embedded.
STANDARD = (
    Family("Helvetica", "", "", "Helvetica", "Helvetica-Bold", "Helvetica-Oblique"),
    Family("Times", "", "", "Times-Roman", "Times-Bold", "Times-Italic"),
    Family("Courier", "", "", "Courier", "Courier-Bold", "Courier-Oblique"),
)
# Readers bring the standard fonts along. In pdfium's the euro sign is wider than in the standard metrics by
# these shares of the font's size; uncorrected, amounts in euros stick out of their columns and boxes.
EURO_EXCESS = {"Helvetica": 0.111, "Helvetica-Bold": 0.166, "Times-Roman": 0.222, "Times-Bold": 0.222}
ASCENT = 0.8  # from the top of a line to its baseline, as a share of the font's size; fits all three families

Edges = tuple[float, float, float, float]  # left, top, right, bottom in points


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer as it was drawn: one box a line, all on page `page` (from 1)."""

    text: str
    page: int
    boxes: tuple[Box, ...]


@dataclass(slots=True)
class Sheet:
    """A document in the making.

    `family` and `size` are of the body text; `leading` is the step from line to line in sizes.
    """

    width: float
    height: float
    margin: float
    family: Family
    size: float
    leading: float
    _pages: list[list[Mark]] = field(default_factory=lambda: [[]], init=False)
    _drawn: dict[str, tuple[int, list[str], list[Edges]]] = field(default_factory=dict, init=False)
    _taken: list[Edges] = field(default_factory=list, init=False)  # by what the last page shows
    absent: list[str] = field(default_factory=list, init=False)  # names of facts that the document does not have

    @property
    def line(self) -> float:
        """The step from one body line to the next, in points."""
        return self.size * self.leading

    @property
    def right(self) -> float:
        """The right edge of what may be printed on."""
        return self.width - self.margin

    @property
    def bottom(self) -> float:
        """The lower edge of what may be printed on."""
        return self.height - self.margin

    @property
    def inside(self) -> float:
        """The width between the margins."""
        return self.width - 2 * self.margin

    @property
    def page_count(self) -> int:
        """Pages begun so far."""
        return len(self._pages)

    @property
    def pages(self) -> Sequence[Sequence[Mark]]:
        """The marks of each page, in the order in which they were drawn."""
        return self._pages

    def font(self, bold: bool, italic: bool = False) -> str:
        """The name of the body's font."""
        return self.family.bold if bold else self.family.italic if italic else self.family.regular

    def new_page(self) -> float:
        """Begin a page; its top, where the next line goes, is returned."""
        self._pages.append([])
        self._taken = []
        return self.margin

    def footers(self, write: Callable[[int], str]) -> None:
        """Print below the lower margin of each page what `write` says for its number, in small letters."""
        size = 0.85 * self.size
        for number, marks in enumerate(self._pages, start=1):
            text = write(number)
            left = (self.width - self.measure(text, size)) / 2
            marks.append(Text(left, self.height - 0.5 * self.margin, text, self.font(bold=False), size))

    def room(self, y: float, height: float) -> float:
        """`y` where `height` points still fit below it, else the top of a new page."""
        return y if y + height <= self.bottom else self.new_page()

    def is_free(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        """Whether no text and no filled rectangle of the last page reaches into a rectangle."""
        return all(right <= x0 or x1 <= left or below <= y0 or y1 <= top for left, top, right, below in self._taken)

    def measure(self, text: str, size: float = 0.0, bold: bool = False, italic: bool = False) -> float:
        """The width of `text` in points."""
        return _width(text, self.font(bold, italic), size or self.size)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 0.0,
        bold: bool = False,
        italic: bool = False,
        align: str = "left",
        color: Color = BLACK,
        name: str = "",
    ) -> float:
        """Draw one line with its top at `y` and return its width.

        `x` is its left edge, its middle ("center") or its right edge ("right"). A `name` makes it (the next
        line of) the answer of that name.
        """
        size = size or self.size
        width = self.measure(text, size, bold, italic)
        left = x - width * {"left": 0.0, "center": 0.5, "right": 1.0}[align]
        self._pages[-1].append(Text(left, y + ASCENT * size, text, self.font(bold, italic), size, color))
        self._record(name, text, [(left, y, left + width, y + size)])
        return width

    def turned(
        self, x: float, y: float, text: str, angle: float, *, size: float, bold: bool, color: Color, name: str = ""
    ) -> None:
        """Draw one line around the point (x, y), turned by `angle` degrees, counterclockwise.

        As an answer it has a box a word: the box of a whole slanting line would hold what stands beside it.
        """
        sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
        half, down = self.measure(text, size, bold) / 2, 0.35 * size
        left, base = x - half * cosine + down * sine, y + half * sine + down * cosine
        self._pages[-1].append(Text(left, base, text, self.font(bold), size, color, angle))
        boxes, pen = [], 0.0
        for word in text.split():
            end = pen + self.measure(word, size, bold)
            corners = [(along, off) for along in (pen, end) for off in (-0.78 * size, 0.2 * size)]
            across = [left + along * cosine + off * sine for along, off in corners]
            below = [base - along * sine + off * cosine for along, off in corners]
            boxes.append((min(across), min(below), max(across), max(below)))
            pen = end + self.measure(" ", size, bold)
        self._record(name, text, boxes)

    def _record(self, name: str, text: str, boxes: Sequence[Edges]) -> None:
        self._taken += boxes
        if name:
            _, texts, known = self._drawn.setdefault(name, (len(self._pages), [], []))
            texts.append(text)
            known += boxes

    def rule(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        *,
        width: float = 0.5,
        dotted: bool = False,
        color: Color = BLACK,
    ) -> None:
        """Draw a straight line, `width` points thick."""
        self._pages[-1].append(Line(x0, y0, x1, y1, width, dotted, color))

    def shape(self, points: Sequence[tuple[float, float]], *, color: Color = BLACK, width: float = 0.0) -> None:
        """Draw a closed line through `points`: filled or, with a `width`, that many points thick."""
        self._pages[-1].append(Shape(tuple(points), color, width))

    def panel(
        self, x0: float, y0: float, x1: float, y1: float, *, fill: Color | None = None, stroke: float = 0.0
    ) -> None:
        """Draw a rectangle: filled, with an outline `stroke` points thick, or both."""
        self._pages[-1].append(Panel(x0, y0, x1, y1, fill, stroke))
        if fill is not None:
            self._taken.append((x0, y0, x1, y1))

    def wrap(self, text: str, width: float, size: float = 0.0, bold: bool = False) -> list[str]:
        """Break `text` at spaces into lines at most `width` points wide; a longer word stays whole."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.measure(longer, size, bold) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def findings(self) -> dict[str, Finding]:
        """The named answers in the order in which they were drawn, their boxes as fractions of the page."""
        return {
            name: Finding(" ".join(texts), page, tuple(self._fraction(edges) for edges in boxes))
            for name, (page, texts, boxes) in self._drawn.items()
        }

    def _fraction(self, edges: Edges) -> Box:
        x0, y0, x1, y1 = edges
        width, height = self.width, self.height
        return Box(*(round(share, 5) for share in (x0 / width, y0 / height, x1 / width, y1 / height)))

    def save(self, path: Path) -> None:
        """Write the pages as a PDF; the same marks give the same bytes."""
        canvas = Canvas(str(path), pagesize=(self.width, self.height), invariant=1, pageCompression=1)
        canvas.setCreator("octavo.synthetic")
        for marks in self._pages:
            for mark in marks:
                self._draw(canvas, mark)
            canvas.showPage()
        canvas.save()

    def _draw(self, canvas: Canvas, mark: Mark) -> None:
        match mark:
            case Text():
                _embed(mark.font)
                canvas.setFillColorRGB(*mark.color)
                canvas.setFont(mark.font, mark.size)
                if mark.angle:
                    canvas.saveState()
                    canvas.translate(mark.x, self.height - mark.y)
                    canvas.rotate(mark.angle)
                    canvas.drawString(0, 0, mark.text)
                    canvas.restoreState()
                else:
                    canvas.drawString(mark.x, self.height - mark.y, mark.text)
            case Line():
                canvas.setStrokeColorRGB(*mark.color)
                canvas.setLineWidth(mark.width)
                canvas.setDash([1, 2] if mark.dotted else [])
                canvas.line(mark.x0, self.height - mark.y0, mark.x1, self.height - mark.y1)
            case Shape():
                self._draw_shape(canvas, mark)
            case Panel():
                canvas.setStrokeColorRGB(*BLACK)
                canvas.setLineWidth(mark.stroke)
                canvas.setDash([])
                canvas.setFillColorRGB(*(mark.fill or BLACK))
                canvas.rect(
                    mark.x0,
                    self.height - mark.y1,
                    mark.x1 - mark.x0,
                    mark.y1 - mark.y0,
                    stroke=int(mark.stroke > 0),
                    fill=int(mark.fill is not None),
                )

    def _draw_shape(self, canvas: Canvas, shape: Shape) -> None:
        path = canvas.beginPath()
        for n, (x, y) in enumerate(shape.points):
            (path.lineTo if n else path.moveTo)(x, self.height - y)
        path.close()
        canvas.setLineWidth(shape.width)
        canvas.setDash([])
        canvas.setStrokeColorRGB(*shape.color)
        canvas.setFillColorRGB(*shape.color)
        canvas.drawPath(path, stroke=int(shape.width > 0), fill=int(shape.width == 0))


@lru_cache(maxsize=20_000)  # labels and goods recur: half of the time of a page went into their widths
def _width(text: str, font: str, size: float) -> float:
    _embed(font)
    return float(stringWidth(text, font, size)) + text.count("€") * EURO_EXCESS.get(font, 0.0) * size


@cache
def _embed(font: str) -> None:
    """Make a font known to reportlab, which knows the standard ones."""
    if font in font_files():
        registerFont(TTFont(font, font_files()[font]))
