"""Pages with a chart: slides, figures cut out of a page, pages of a report."""

from collections.abc import Sequence
from random import Random

from octavo.synthetic.chart import STYLES, ChartLook, Data, draw_chart
from octavo.synthetic.faces import Family
from octavo.synthetic.lexicon import Lexicon, lexicon
from octavo.synthetic.look import A4, A5, LETTER, Look, look, sheet
from octavo.synthetic.marks import Color
from octavo.synthetic.running import heading, paragraph, prose
from octavo.synthetic.sheet import STANDARD, Sheet

SLIDE, FIGURE = (480.0, 270.0), (340.0, 250.0)
PALETTES: tuple[tuple[Color, ...], ...] = (
    ((0.12, 0.37, 0.62), (0.90, 0.45, 0.12), (0.30, 0.58, 0.30), (0.72, 0.20, 0.25), (0.50, 0.40, 0.65), (0.6,) * 3),
    ((0.2,) * 3, (0.45,) * 3, (0.65,) * 3, (0.8,) * 3, (0.33,) * 3, (0.55,) * 3),
    ((0.00, 0.45, 0.45), (0.85, 0.65, 0.13), (0.55, 0.15, 0.35), (0.35, 0.60, 0.80), (0.60, 0.70, 0.30), (0.3,) * 3),
    ((0.25, 0.42, 0.78), (0.60, 0.72, 0.92), (0.10, 0.20, 0.45), (0.80, 0.86, 0.96), (0.42, 0.56, 0.70), (0.5,) * 3),
)


def charting(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """A chart of one to three series with a title, among text or alone."""
    page, sizes = random.choice(((SLIDE, (10, 11, 12)), (FIGURE, (9, 10)), (A5, (9, 10, 11)),
                                 (A5[::-1], (9, 10, 11)), (A4, (11, 12)), (LETTER, (11, 12))))  # fmt: skip
    paper = sheet(random, page, (14, 20, 26) if page == FIGURE else (24, 32), sizes, (1.25, 1.4), families)
    tongue, style = lexicon(random), look(random, fields=("colon",), headers=("left", "center"))
    y, room = paper.margin, paper.height - 2 * paper.margin
    if page == SLIDE:
        y = _slide_title(paper, style, heading(random, tongue, 2, 4))
    elif page != FIGURE and random.random() < 0.7:
        y = paragraph(paper, prose(random, tongue, 2, 4), paper.margin, y, paper.inside) + paper.line
    high = paper.bottom - y if page in (SLIDE, FIGURE) else min(paper.bottom - y, random.uniform(0.4, 0.55) * room)
    y = _figure(random, paper, style, tongue, y, min(high, 0.9 * paper.inside)) + paper.line
    while y + 6 * paper.line < paper.bottom and random.random() < 0.85:
        y = paragraph(paper, prose(random, tongue, 2, 4), paper.margin, y, paper.inside) + 0.5 * paper.line
    return paper


def _slide_title(paper: Sheet, style: Look, title: str) -> float:
    size = 1.5 * paper.size
    paper.text(paper.margin, 0.7 * paper.margin, title, size=size, bold=True, color=style.accent, name="title")
    y = 0.7 * paper.margin + 1.3 * size
    paper.rule(paper.margin, y, paper.right, y, width=1.5, color=style.accent)
    return y + 0.6 * paper.line


def _figure(random: Random, paper: Sheet, style: Look, tongue: Lexicon, y: float, high: float) -> float:
    """The chart with its title above or below; the y below both is returned."""
    shape = random.choice(STYLES)
    data, size = _data(random, tongue, shape), random.choice((0.85, 0.9, 1.0)) * paper.size
    colors = list(random.choice(PALETTES))
    if random.random() < 0.3:
        colors[0] = style.accent
    elif shape != "pie":
        colors = random.sample(colors, 3)
    chart = ChartLook(colors, random.random() < 0.75, random.random() < 0.6, random.random() < 0.2, max(size, 8))
    label = f"{tongue.figure} {random.randint(1, 20)}{random.choice((':', '.'))} " if random.random() < 0.5 else ""
    title = f"{data.titles[0] if len(data.series) == 1 else heading(random, tongue, 2, 3)} {random.randint(1990, 2029)}"
    below = y + high
    if above := random.random() < 0.6:
        y = _title(paper, style, label, title, y)
    else:
        below -= 1.4 * paper.line
    draw_chart(paper, shape, data, chart, paper.margin, y, paper.right, below)
    others = [name for name in (*tongue.countries, *tongue.departments) if name not in data.labels]
    if chart.values and len(data.series) == 1:
        paper.absent += [f"chart_value:{name}" for name in random.sample(others, 2)]
    return below if above else _title(paper, style, label, title, below + 0.4 * paper.line)


def _title(paper: Sheet, style: Look, label: str, title: str, y: float) -> float:
    """The figure's number, where it has one, and the title."""
    whole = paper.measure(label) + paper.measure(title, bold=not label)
    x = (paper.width - whole) / 2 if style.header == "center" else paper.margin
    x += paper.text(x, y, label) if label else 0.0
    paper.text(x, y, title, bold=not label, name="chart_title")
    return y + 1.5 * paper.line


def _data(random: Random, tongue: Lexicon, shape: str) -> Data:
    """Measures over years, months or days, or of countries and departments; shares of a whole."""
    measures = random.sample(tongue.measures, 3)
    if shape == "pie":
        labels = random.sample(random.choice((tongue.countries, tongue.departments)), random.randint(3, 6))
        return Data(labels, [_shares(random, len(labels))], measures, "", "", "%")
    first = random.randint(1990, 2020)
    years = [str(first + n) for n in range(random.randint(4, 8))]
    short = [month[:3] for month in tongue.months]
    if shape == "rows":
        labels = random.sample(random.choice((tongue.countries, tongue.departments)), random.randint(4, 7))
    elif shape == "lines":
        labels = random.choice((years, short, short[:6]))
    else:
        labels = random.choice((years, short, list(tongue.days), random.sample(tongue.countries, 5)))
    count = random.choice((1, 1, 1, 2, 3)) if len(labels) <= 8 else 1
    scale = random.choice((1, 1, 5, 10, 100))
    series = [[value * scale for value in random.sample(range(8, 100), len(labels))] for _ in range(count)]
    across = heading(random, tongue, 1, 1) if random.random() < 0.4 and shape != "rows" else ""
    return Data(labels, series, measures[:count], across, measures[0] if random.random() < 0.6 else "")


def _shares(random: Random, count: int) -> list[int]:
    """Different percentages, none below 6, that add up to 100."""
    while True:
        cuts = sorted(random.sample(range(6, 95), count - 1))
        shares = [high - low for low, high in zip((0, *cuts), (*cuts, 100), strict=True)]
        if min(shares) >= 6 and len(set(shares)) == count:
            return shares
