"""Charts: bars upright or lying, lines and pies, with titled axes, values, a legend."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from octavo.synthetic.marks import BLACK, WHITE, Color
from octavo.synthetic.sheet import Sheet

GRID: Color = (0.8, 0.8, 0.8)
STYLES = ("bars", "rows", "lines", "pie")


@dataclass(frozen=True, slots=True)
class Data:
    """Values of each series at each label, none of them below 0; `titles` of the series and of the two axes."""

    labels: Sequence[str]
    series: Sequence[Sequence[int]]
    titles: Sequence[str]
    across: str
    up: str
    unit: str = ""  # printed behind each value

    def write(self, value: float) -> str:
        """A value as the chart prints it."""
        return f"{value:,.0f}{self.unit}"


@dataclass(frozen=True, slots=True)
class ChartLook:
    """Colours of the series or, of a pie, its parts; what is printed beside the data."""

    colors: Sequence[Color]
    values: bool
    grid: bool
    boxed: bool
    size: float  # of the letters


@dataclass(slots=True)
class _Plot:
    """The rectangle in which values are drawn; `top` is the value at its upper (or right) edge."""

    paper: Sheet
    data: Data
    look: ChartLook
    x0: float
    y0: float
    x1: float
    y1: float
    step: float = 1.0
    top: float = 1.0

    def text(self, x: float, y: float, text: str, align: str = "center", name: str = "", color: Color = BLACK) -> float:
        return self.paper.text(x, y, text, size=self.look.size, align=align, name=name, color=color)

    def width(self, text: str) -> float:
        return self.paper.measure(text, self.look.size)

    def up(self, value: float) -> float:
        """The height on the page at which a value stands."""
        return self.y1 - (self.y1 - self.y0) * value / self.top

    def name(self, label: int, series: int = 0) -> str:
        """The answer that a printed value is."""
        if len(self.data.series) == 1:
            return f"chart_value:{self.data.labels[label]}"
        return f"series_value:{self.data.titles[series]}|{self.data.labels[label]}"

    def extreme(self, label: int) -> str:
        """The answer that a label is where one series has its largest or its least value."""
        values = self.data.series[0]
        if len(self.data.series) > 1 or values[label] not in (max(values), min(values)):
            return ""
        return "highest" if values[label] == max(values) else "lowest"


def draw_chart(
    paper: Sheet, style: str, data: Data, look: ChartLook, x0: float, y0: float, x1: float, y1: float
) -> None:
    """Draw `data` into a rectangle in one of `STYLES`; a pie shows the first series alone."""
    plot = _Plot(paper, data, look, x0, y0, x1, y1)
    if style == "pie":
        _pie(plot)
        return
    largest = max(max(values) for values in data.series)
    plot.step = _step(largest)
    plot.top = plot.step * math.ceil(1.05 * largest / plot.step)
    if len(data.series) > 1:
        plot.y1 -= 1.6 * look.size
        _legend(plot, data.titles, x0, plot.y1 + 0.6 * look.size)
    if style == "rows":
        _rows(plot)
    else:
        _upright(plot)
        (_bars if style == "bars" else _lines)(plot)


def _step(largest: float) -> float:
    """The distance between two lines of the grid: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(largest))
    return next(power * share for share in (0.1, 0.2, 0.5, 1.0, 2.0) if largest / (power * share) <= 6)


def _legend(plot: _Plot, titles: Sequence[str], x: float, y: float) -> None:
    size = plot.look.size
    for title, color in zip(titles, plot.look.colors, strict=False):
        plot.paper.panel(x, y + 0.1 * size, x + 0.8 * size, y + 0.9 * size, fill=color)
        x += 2.4 * size + plot.text(x + 1.2 * size, y, title, "left")


def _upright(plot: _Plot) -> None:
    """Axes whose values go up: what they show, lines of the grid, labels below."""
    data, size, paper = plot.data, plot.look.size, plot.paper
    ticks = [n * plot.step for n in range(round(plot.top / plot.step) + 1)]
    plot.y0 += 0.6 * size
    plot.x0 += max(plot.width(data.write(tick)) for tick in ticks) + 6
    if data.up:
        plot.x0 += 1.5 * size
    pitch = (plot.x1 - plot.x0) / len(data.labels)
    turned = max(plot.width(label) for label in data.labels) > 0.95 * pitch
    plot.y1 -= max(plot.width(label) for label in data.labels) + 6 if turned else 1.5 * size
    if data.across:
        plot.y1 -= 1.4 * size
        bottom = plot.y1 + (max(plot.width(label) for label in data.labels) + 8 if turned else 1.7 * size)
        plot.text((plot.x0 + plot.x1) / 2, bottom, data.across, name="horizontal_axis")
    if data.up:
        left = plot.x0 - max(plot.width(data.write(tick)) for tick in ticks) - 6 - 0.8 * size
        middle = (plot.y0 + plot.y1) / 2
        paper.turned(left, middle, data.up, 90, size=size, bold=False, color=BLACK, name="vertical_axis")
    for tick in ticks:
        y = plot.up(tick)
        plot.text(plot.x0 - 4, y - 0.5 * size, data.write(tick), "right")
        if plot.look.grid and tick:
            paper.rule(plot.x0, y, plot.x1, y, color=GRID)
    for n, label in enumerate(data.labels):
        x = plot.x0 + (n + 0.5) * pitch
        if turned:
            below = plot.y1 + 4 + plot.width(label) / 2
            paper.turned(x, below, label, 90, size=size, bold=False, color=BLACK, name=plot.extreme(n))
        else:
            plot.text(x, plot.y1 + 3, label, name=plot.extreme(n))
    paper.rule(plot.x0, plot.y1, plot.x1, plot.y1, width=0.8)
    if plot.look.boxed:
        paper.panel(plot.x0, plot.y0, plot.x1, plot.y1, stroke=0.6)
    else:
        paper.rule(plot.x0, plot.y0, plot.x0, plot.y1, width=0.8)


def _bars(plot: _Plot) -> None:
    count = len(plot.data.series)
    pitch = (plot.x1 - plot.x0) / len(plot.data.labels)
    wide = 0.7 * pitch / count
    widest = max(plot.width(plot.data.write(value)) for values in plot.data.series for value in values)
    printed = plot.look.values and widest < (1.35 if count == 1 else 0.98) * wide
    for s, values in enumerate(plot.data.series):
        for n, value in enumerate(values):
            left = plot.x0 + (n + 0.15) * pitch + s * wide
            plot.paper.panel(left, plot.up(value), left + wide, plot.y1, fill=plot.look.colors[s])
            if printed:
                above = plot.up(value) - 1.1 * plot.look.size
                plot.text(left + wide / 2, above, plot.data.write(value), name=plot.name(n, s))


def _lines(plot: _Plot) -> None:
    pitch, size = (plot.x1 - plot.x0) / len(plot.data.labels), plot.look.size
    widest = max(plot.width(plot.data.write(value)) for value in plot.data.series[0])
    printed = plot.look.values and len(plot.data.series) == 1 and widest < 0.95 * pitch
    for s, values in enumerate(plot.data.series):
        color = plot.look.colors[s]
        points = [(plot.x0 + (n + 0.5) * pitch, plot.up(value)) for n, value in enumerate(values)]
        for (x0, y0), (x1, y1) in pairwise(points):
            plot.paper.rule(x0, y0, x1, y1, width=1.4, color=color)
        for n, (x, y) in enumerate(points):
            plot.paper.shape(circle(x, y, 0.25 * size, 8), color=color)
            if printed:  # on the side from which no line comes
                low = (n == 0 or values[n] < values[n - 1]) and (n + 1 == len(values) or values[n] < values[n + 1])
                above = plot.y1 - y < 1.8 * size or not low
                top = y - 1.5 * size if above else y + 0.5 * size
                plot.text(x, top, plot.data.write(values[n]), name=plot.name(n))


def _rows(plot: _Plot) -> None:
    """Bars that lie, with their labels at the left and their values behind them."""
    data, size, paper = plot.data, plot.look.size, plot.paper
    plot.x0 += max(plot.width(label) for label in data.labels) + 6
    plot.y1 -= 1.4 * size if data.up else 0.0
    plot.x1 -= plot.width(data.write(plot.top)) / 2 + 6
    count = len(data.series)
    printed = plot.look.values and 0.7 * (plot.y1 - plot.y0) > 1.1 * size * count * len(data.labels)
    plot.y1 -= 0.0 if printed else 1.6 * size
    pitch = (plot.y1 - plot.y0) / len(data.labels)
    share = (plot.x1 - plot.x0) / plot.top
    if not printed:
        for n in range(round(plot.top / plot.step) + 1):
            x = plot.x0 + n * plot.step * share
            plot.text(x, plot.y1 + 0.4 * size, data.write(n * plot.step))
            if plot.look.grid and n:
                paper.rule(x, plot.y0, x, plot.y1, color=GRID)
    for n, label in enumerate(data.labels):
        y, high = plot.y0 + (n + 0.15) * pitch, 0.7 * pitch / count
        plot.text(plot.x0 - 4, y + 0.35 * pitch - 0.5 * size, label, "right", plot.extreme(n))
        for s, values in enumerate(data.series):
            end = plot.x0 + values[n] * share
            paper.panel(plot.x0, y + s * high, end, y + (s + 1) * high, fill=plot.look.colors[s])
            if printed:
                plot.text(end + 3, y + (s + 0.5) * high - 0.5 * size, data.write(values[n]), "left", plot.name(n, s))
    paper.rule(plot.x0, plot.y0, plot.x0, plot.y1, width=0.8)
    if data.up:
        bottom = plot.y1 + (0.4 if printed else 2.0) * size
        plot.text((plot.x0 + plot.x1) / 2, bottom, data.up, name="horizontal_axis")


def _pie(plot: _Plot) -> None:
    """Parts of a whole: their labels around them where they are few, else in a legend at the right."""
    data, size, values = plot.data, plot.look.size, plot.data.series[0]
    whole, around = sum(values), len(values) <= 4 and min(values) >= 0.12 * sum(values)
    beside = max(plot.width(f"{label} {data.write(100)}") for label in data.labels) + 8
    radius = (plot.y1 - plot.y0) / 2 - 1.7 * size
    radius = min(radius, (plot.x1 - plot.x0 - (2 * beside if around else beside + 6 * size)) / 2)
    x, y = (plot.x0 + plot.x1) / 2, (plot.y0 + plot.y1) / 2
    if not around:
        x = plot.x0 + radius + 2.5 * size
        top = y - 0.7 * size * len(values)
        for n, label in enumerate(data.labels):
            line, left = top + 1.4 * n * size, x + radius + 4 * size
            plot.paper.panel(left, line + 0.1 * size, left + 0.8 * size, line + 0.9 * size, fill=plot.look.colors[n])
            plot.text(left + 1.3 * size, line, label, "left", plot.extreme(n))
    turn = math.pi / 2
    for n, value in enumerate(values):
        angle = 2 * math.pi * value / whole
        arc = circle(x, y, radius, max(3, round(30 * value / whole)), turn - angle, angle)
        plot.paper.shape([(x, y), *arc], color=plot.look.colors[n])
        plot.paper.shape([(x, y), *arc], color=WHITE, width=0.8)
        middle, turn = turn - angle / 2, turn - angle
        _part(plot, n, x, y, radius, middle, around)


def _part(plot: _Plot, n: int, x: float, y: float, radius: float, middle: float, around: bool) -> None:
    """What stands beside a part of a pie, on the side to which it looks."""
    size, value = plot.look.size, plot.data.write(plot.data.series[0][n])
    x += (radius + 0.4 * size) * math.cos(middle)
    y -= (radius + 0.9 * size) * math.sin(middle) + 0.5 * size
    if not around:
        if plot.look.values:
            align = "center" if abs(math.cos(middle)) < 0.4 else "left" if math.cos(middle) > 0 else "right"
            plot.text(x, y, value, align, plot.name(n))
        return
    label = plot.data.labels[n]
    space = plot.width(" ")
    if math.cos(middle) < 0:
        x -= plot.width(label) + (space + plot.width(value) if plot.look.values else 0.0)
    x += plot.text(x, y, label, "left", plot.extreme(n)) + space
    if plot.look.values:
        plot.text(x, y, value, "left", plot.name(n))


def circle(
    x: float, y: float, radius: float, count: int = 24, start: float = 0.0, angle: float = 2 * math.pi
) -> list[tuple[float, float]]:
    """Points on a circle or, from `start` on, an arc; angles in radians, counterclockwise."""
    turns = [start + angle * n / count for n in range(count + 1)]
    return [(x + radius * math.cos(turn), y - radius * math.sin(turn)) for turn in turns]
