"""Figures over steps as SVG, drawn in colours that its page sets (`report.css`)."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT = 420, 220  # pixels, of the drawing's own
LEFT, RIGHT, TOP, BOTTOM = 50, 10, 16, 24
MOST = 160  # points of a line; more would not be told apart
TICKS_X, TICKS_Y = 7, 5


class Point(NamedTuple):
    """A step and its figure, or the mean of several neighbouring steps with their least and most."""

    step: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Series:
    """A figure by steps, counted from 1 through all stages; `dots` where it is taken now and then."""

    name: str
    points: Sequence[tuple[int, float]]
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawing. `unit` writes a figure; `logarithmic` is for what spans powers of ten and is above 0."""

    title: str
    series: Sequence[Series]
    unit: Callable[[float], str]
    logarithmic: bool = False
    from_zero: bool = True

    def summary(self) -> str:
        """What the drawing shows, in words."""
        return "; ".join(self._words(series) for series in self.series)

    def _words(self, series: Series) -> str:
        first, last = series.points[0][1], series.points[-1][1]
        step, least = min(series.points, key=lambda point: point[1])
        most_step, most = max(series.points, key=lambda point: point[1])
        return (
            f"{series.name}: {self.unit(first)} at first, {self.unit(last)} at last, lowest {self.unit(least)} "
            f"(step {step:,}), highest {self.unit(most)} (step {most_step:,})"
        )


def thinned(points: Sequence[tuple[int, float]], most: int = MOST) -> list[Point]:
    """At most `most` points: runs of neighbours become their mean, and the range that they span."""
    size = math.ceil(len(points) / most)
    runs = [points[start : start + size] for start in range(0, len(points), size)]
    found = []
    for run in runs:
        values = [value for _, value in run]
        found.append(Point(sum(step for step, _ in run) / len(run), sum(values) / len(run), min(values), max(values)))
    return found


@dataclass(frozen=True, slots=True)
class Scale:
    """From figures between `low` and `high` to pixels."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = self.low, self.high, value
        if self.logarithmic:
            low, high, at = math.log(low), math.log(high), math.log(value)
        return self.start + (self.end - self.start) * (at - low) / (high - low)


def round_ticks(low: float, high: float, most: int) -> Iterator[float]:
    """Some `most` multiples of 1, 2 or 5 times a power of ten from `low` or below to `high` or above."""
    rough = (high - low or abs(high) or 1.0) / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    yield from (number * step for number in range(first, max(last, first + 1) + 1))


def power_ticks(low: float, high: float) -> Iterator[float]:
    """Powers of ten around `low` and `high`, every n-th where they are many, with 2 and 5 times them where few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    if last - first > 2:
        stride = math.ceil((last - first) / TICKS_Y)
        yield from (10.0**power for power in range(first, last + stride, stride))
        return
    every = [10.0**power * factor for power in range(first, last + 1) for factor in (1, 2, 5)]
    start = max(tick for tick in every if tick <= low * 1.001)
    end = min(tick for tick in every if tick >= high * 0.999 and tick > start)
    yield from (tick for tick in every if start <= tick <= end)


def draw(chart: Chart, stages: Sequence[tuple[str, int]]) -> str:
    """The drawing; `stages` are names and last steps, whose borders it marks."""
    lines = [thinned(series.points) for series in chart.series]
    low = min(point.low for line in lines for point in line)
    high = max(point.high for line in lines for point in line)
    if chart.from_zero and not chart.logarithmic:
        low = min(low, 0.0)
    ticks = list(power_ticks(low, high) if chart.logarithmic else round_ticks(low, high, TICKS_Y))
    y = Scale(min(low, ticks[0]), max(high, ticks[-1]), HEIGHT - BOTTOM, TOP, chart.logarithmic)
    x = Scale(0, stages[-1][1], LEFT, WIDTH - RIGHT)
    label = f"{chart.title} by step. {chart.summary()}"
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">']
    parts += [_grid_line(y(tick), chart.unit(tick)) for tick in ticks]
    parts += [
        _step(x(tick), tick) for tick in round_ticks(0, x.high, TICKS_X) if tick <= x.high and tick == round(tick)
    ]
    parts += _borders(x, stages)
    for number, (series, line) in enumerate(zip(chart.series, lines, strict=True)):
        parts.append(f'<g class="s{number}">{_dots(x, y, line) if series.dots else _line(x, y, line)}</g>')
    return "".join([*parts, "</svg>"])


def _grid_line(y: float, text: str) -> str:
    line = f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
    return f'{line}<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>'


def _step(x: float, step: float) -> str:
    return f'<text x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{step:,.0f}</text>'


def _borders(x: Scale, stages: Sequence[tuple[str, int]]) -> Iterator[str]:
    """A line where a stage ends and another begins; above several stages their names, or numbers for want of room."""
    begin = 0
    for number, (name, end) in enumerate(stages, 1):
        if begin:
            yield f'<path class="border" d="M{x(begin):.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
        if len(stages) > 1:
            fits = x(end) - x(begin) > 7.5 * len(name)
            middle = (x(end) + x(begin)) / 2
            yield f'<text x="{middle:.1f}" y="11" text-anchor="middle">{escape(name) if fits else number}</text>'
        begin = end


def _line(x: Scale, y: Scale, line: Sequence[Point]) -> str:
    """The means, over the band of what each spans."""
    path = "L".join(f"{x(point.step):.1f} {y(point.value):.1f}" for point in line)
    high = "L".join(f"{x(point.step):.1f} {y(point.high):.1f}" for point in line)
    low = "L".join(f"{x(point.step):.1f} {y(point.low):.1f}" for point in reversed(line))
    band = f'<path class="band" d="M{high}L{low}Z"/>' if any(point.low < point.high for point in line) else ""
    alone = _dots(x, y, line) if len(line) == 1 else ""
    return f'{band}<path class="line" d="M{path}"/>{alone}'


def _dots(x: Scale, y: Scale, line: Sequence[Point]) -> str:
    path = "L".join(f"{x(point.step):.1f} {y(point.value):.1f}" for point in line)
    dots = "".join(f'<circle cx="{x(point.step):.1f}" cy="{y(point.value):.1f}" r="2.6"/>' for point in line)
    return f'<path class="thin" d="M{path}"/>{dots}'
