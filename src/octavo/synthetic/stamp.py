"""Rubber stamps where a page is empty: a word in a frame or in a ring, with a date or without, turned a little."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from octavo.synthetic import facts
from octavo.synthetic.chart import circle
from octavo.synthetic.marks import Color
from octavo.synthetic.sheet import Sheet

WORDS = ("RECEIVED", "COPY", "APPROVED", "ENTERED", "CHECKED", "FILED", "URGENT", "REÇU", "EINGANG", "COPIA", "VISTO")
INKS: tuple[Color, ...] = ((0.72, 0.10, 0.12), (0.12, 0.20, 0.60), (0.10, 0.42, 0.25), (0.25, 0.25, 0.30))
SHARES = {"invoice": 0.3, "letter": 0.2, "form": 0.2, "report": 0.15, "table": 0.1}  # of pages
PLACES = 30  # that are tried


@dataclass(frozen=True, slots=True)
class _Stamp:
    """A stamp around the point (x, y); lengths in points, `angle` in degrees, counterclockwise."""

    paper: Sheet
    x: float
    y: float
    angle: float
    size: float
    ink: Color

    def at(self, along: float, down: float) -> tuple[float, float]:
        """A point of the stamp on the page."""
        sine, cosine = math.sin(math.radians(self.angle)), math.cos(math.radians(self.angle))
        return (self.x + along * cosine + down * sine, self.y - along * sine + down * cosine)

    def line(self, text: str, down: float, name: str) -> None:
        """A line in the middle of the stamp, `down` points below its centre."""
        x, y = self.at(0, down)
        self.paper.turned(x, y, text, self.angle, size=self.size, bold=True, color=self.ink, name=name)


def stamp(random: Random, paper: Sheet) -> None:
    """Put a stamp on the last page, if it has a free place; what was paid may be stamped so."""
    lines = [(random.choice(WORDS), "stamp")]
    status = paper.findings().get("status")
    if status is not None and status.text == "Paid" and random.random() < 0.7:
        lines = [("PAID", "stamp")]
    if random.random() < 0.6:
        date = facts.write_date(facts.day(random), random.choice(facts.DATE_FORMATS))
        lines.append((date.upper(), "stamp_date"))
    ring, angle = random.random() < 0.35, random.choice((0.0, random.uniform(-15, 15)))
    size = random.choice((1.2, 1.5) if ring else (1.0, 1.2, 1.5)) * paper.size
    slope = math.sin(math.radians(abs(angle)))
    widest = max(paper.measure(text, size, bold=True) for text, _ in lines)
    step = 1.35 * size + slope * widest / 2  # the words' boxes lie apart
    wide, high = widest / 2 + 0.8 * size, len(lines) * step / 2 + 0.5 * size
    radius = math.hypot(wide, high) if ring else 0.0
    reach_x, reach_y = (radius + 2 * size,) * 2 if ring else (wide + slope * high + 3, high + slope * wide + 3)
    place = _free(random, paper, reach_x, reach_y)
    if place is None:
        return
    mark = _Stamp(paper, *place, angle, size, random.choice(INKS))
    for n, (text, name) in enumerate(lines):
        mark.line(text, (n - (len(lines) - 1) / 2) * step, name)
    if ring:
        _ring(mark, radius, facts.company(random, "services").name.upper())
    elif random.random() < 0.85:
        corners = [mark.at(*corner) for corner in ((-wide, -high), (wide, -high), (wide, high), (-wide, high))]
        paper.shape(corners, color=mark.ink, width=random.choice((0.8, 1.5, 2.2)))


def _free(random: Random, paper: Sheet, reach_x: float, reach_y: float) -> tuple[float, float] | None:
    """A point around which no text stands, as far as the stamp reaches."""
    left, top = paper.margin + reach_x, paper.margin + reach_y
    right, bottom = paper.right - reach_x, paper.height - paper.margin - reach_y
    if left > right or top > bottom:
        return None
    points = ((random.uniform(left, right), random.uniform(top, bottom)) for _ in range(PLACES))
    fits = (p for p in points if paper.is_free(p[0] - reach_x, p[1] - reach_y, p[0] + reach_x, p[1] + reach_y))
    return next(fits, None)


def _ring(mark: _Stamp, radius: float, text: str) -> None:
    """Two circles around the stamp and a name between them, as much of it as goes around."""
    size = 0.85 * mark.size
    for edge in (radius, radius + 1.9 * mark.size):
        mark.paper.shape(circle(mark.x, mark.y, edge, 40), color=mark.ink, width=1.0)
    middle = radius + 0.95 * mark.size
    for turn, char in _around(mark.paper, text, size, middle):
        degrees = math.degrees(turn) + mark.angle
        x, y = mark.x - middle * math.sin(math.radians(degrees)), mark.y - middle * math.cos(math.radians(degrees))
        mark.paper.turned(x, y, char, degrees, size=size, bold=True, color=mark.ink)


def _around(paper: Sheet, text: str, size: float, radius: float) -> Sequence[tuple[float, str]]:
    """Each character with its angle in radians, counterclockwise from the top; the text's middle is at the top."""
    widths = [1.15 * paper.measure(char, size, bold=True) for char in text]
    start = min(sum(widths), 2 * math.pi * radius) / radius / 2
    turns = [start - (sum(widths[:n]) + widths[n] / 2) / radius for n in range(len(text))]
    return [(turn, char) for turn, char in zip(turns, text, strict=True) if char != " " and turn > -math.pi + 0.1]
