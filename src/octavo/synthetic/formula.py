"""Formulas set in two dimensions: fractions, powers, roots and sums, made of parts that know their size."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from octavo.synthetic.sheet import ASCENT, Sheet

SMALL = 0.7  # the size of an exponent
AXIS = 0.28  # of a font's size: from the baseline up to the line of a fraction


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a formula: its width, how far it reaches above and below the baseline, in points.

    `draw` sets it with its left end and its baseline at the point it is given.
    """

    width: float
    above: float
    below: float
    draw: Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class Pen:
    """Makes parts on a sheet at a size of letters."""

    paper: Sheet
    size: float

    @property
    def small(self) -> "Pen":
        """For exponents and limits."""
        return Pen(self.paper, SMALL * self.size)

    def letters(self, text: str, italic: bool = False, name: str = "") -> Part:
        """A text; variables are italic. With a `name` it is an answer."""

        def draw(x: float, y: float) -> None:
            self.paper.text(x, y - ASCENT * self.size, text, size=self.size, italic=italic, name=name)

        width = self.paper.measure(text, self.size, italic=italic)
        return Part(width, ASCENT * self.size, 0.22 * self.size, draw)

    def row(self, *parts: Part) -> Part:
        """Parts one after the other."""

        def draw(x: float, y: float) -> None:
            for part in parts:
                part.draw(x, y)
                x += part.width

        above, below = max(part.above for part in parts), max(part.below for part in parts)
        return Part(sum(part.width for part in parts), above, below, draw)

    def fraction(self, upper: Part, lower: Part) -> Part:
        """One part over another, with a line between."""
        width, gap, axis = max(upper.width, lower.width) + 0.4 * self.size, 0.12 * self.size, AXIS * self.size

        def draw(x: float, y: float) -> None:
            middle = x + width / 2
            upper.draw(middle - upper.width / 2, y - axis - gap - upper.below)
            self.paper.rule(x + 0.1 * self.size, y - axis, x + width - 0.1 * self.size, y - axis, width=0.7)
            lower.draw(middle - lower.width / 2, y - axis + gap + lower.above)

        return Part(width, axis + gap + upper.above + upper.below, lower.above + lower.below + gap - axis, draw)

    def power(self, base: Part, exponent: Part) -> Part:
        """A part and what stands at its upper right."""
        raised = base.above - 0.35 * self.size

        def draw(x: float, y: float) -> None:
            base.draw(x, y)
            exponent.draw(x + base.width, y - raised)

        return Part(base.width + exponent.width, raised + exponent.above, base.below, draw)

    def index(self, base: Part, below: Part) -> Part:
        """A part and what stands at its lower right."""
        lowered = 0.2 * self.size

        def draw(x: float, y: float) -> None:
            base.draw(x, y)
            below.draw(x + base.width, y + lowered)

        return Part(base.width + below.width, base.above, lowered + below.below, draw)

    def root(self, inner: Part) -> Part:
        """A part below the sign of the root."""
        sign, over = 0.7 * self.size, 0.15 * self.size

        def draw(x: float, y: float) -> None:
            top, bottom = y - inner.above - over, y + inner.below
            corners = [(x, y - 0.3 * self.size), (x + 0.35 * sign, bottom), (x + 0.9 * sign, top)]
            corners.append((x + sign + inner.width, top))
            for (x0, y0), (x1, y1) in pairwise(corners):
                self.paper.rule(x0, y0, x1, y1, width=0.8)
            inner.draw(x + sign, y)

        return Part(sign + inner.width + 0.1 * self.size, inner.above + over, inner.below, draw)

    def total(self, lower: Part, upper: Part, inner: Part) -> Part:
        """The sign of a sum with its limits below and above, and what is added up."""
        wide, high = max(0.9 * self.size, lower.width, upper.width), 1.2 * self.size
        top, bottom = AXIS * self.size + high / 2, high / 2 - AXIS * self.size

        def draw(x: float, y: float) -> None:
            middle, half = x + wide / 2, 0.4 * self.size
            points = [(1, 0.75), (1, 1), (-1, 1), (0.2, 0), (-1, -1), (1, -1), (1, -0.75)]
            drawn = [(middle + half * across, y - AXIS * self.size - up * high / 2) for across, up in points]
            for (x0, y0), (x1, y1) in pairwise(drawn):
                self.paper.rule(x0, y0, x1, y1, width=0.9)
            lower.draw(middle - lower.width / 2, y + bottom + lower.above + 1)
            upper.draw(middle - upper.width / 2, y - top - upper.below - 1)
            inner.draw(x + wide + 0.2 * self.size, y)

        above = max(top + upper.above + upper.below + 1, inner.above)
        below = max(bottom + lower.above + lower.below + 1, inner.below)
        return Part(wide + 0.2 * self.size + inner.width, above, below, draw)
