"""Reports on A4 and Letter: numbered sections in one column or two, lists, tables, a chart, formulas, footers."""

from collections.abc import Callable, Sequence
from random import Random

from octavo.synthetic import facts, header, words
from octavo.synthetic.chart import ChartLook, Data, draw_chart
from octavo.synthetic.faces import Family
from octavo.synthetic.grid import GridLook, Row, Slot, draw_grid, natural_widths
from octavo.synthetic.lexicon import ENGLISH
from octavo.synthetic.look import A4, LETTER, Look, look, sheet
from octavo.synthetic.marks import BLACK
from octavo.synthetic.running import Flow, prose
from octavo.synthetic.sheet import STANDARD, Sheet

TOPICS = ("Sales", "Staff", "Energy", "Transport", "Safety", "Training", "Suppliers", "Storage", "Quality", "Repairs")
ITEMS = ("renew the lease", "train two apprentices", "replace the boiler", "sort the archive", "paint the hall",
         "order spare parts", "count the stock", "review all contracts")  # fmt: skip
EQUATIONS = ("m = a + b · t", "E = ½ · k · x²", "p = 100 · n / N", "r = (q – 1) / q", "s = v · t + d")


def report(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """A report of four to nine sections, one page to three; each topic has a section of its own."""
    pick = random.choice
    sizes = (9.5, 10, 10.5, 11)
    paper = sheet(random, pick((A4, LETTER)), (46, 56, 66), sizes, (1.2, 1.3, 1.4), families)
    style = look(random, fields=("colon",), headers=header.STYLES)
    company = facts.company(random, facts.trade(random)).name
    y = _title(random, paper, style, company)
    flow = Flow(paper, pick((1, 1, 2)), y, y=y)
    topics = random.sample(TOPICS, random.randint(4, 9))
    blocks: list[Callable[[Random, Flow, Look], None]] = [_prose, _prose, _list, _equation, _table]
    random.shuffle(blocks)
    for number, topic in enumerate(topics, start=1):
        _heading(flow, style, f"{number}. {topic}", name="first_section" if number == 1 else "")
        _prose(random, flow, style)
        (_chart if number == 2 else blocks[number % len(blocks)])(random, flow, style)
    if random.random() < 0.7:
        before = pick(("", f"{company} · ", "Page "))
        paper.footers(lambda number: f"{before}{number}" if before else f"{number} / {paper.page_count}")
    return paper


def _title(random: Random, paper: Sheet, style: Look, company: str) -> float:
    """Title, author and date on top of the first page."""
    pick, y = random.choice, paper.margin
    align, x = ("center", paper.width / 2) if style.header == "center" else ("left", paper.margin)
    title = f"{pick(('Annual', 'Quarterly', 'Interim'))} report {random.randint(2012, 2029)}"
    paper.text(x, y, title, size=1.8 * paper.size, bold=True, align=align, color=style.accent, name="title")
    y += 2.3 * paper.size
    for line in paper.wrap(company, paper.inside):
        paper.text(x, y, line, align=align)
        y += paper.line
    label = "Author: "
    author = f"{pick(words.FIRST_NAMES)} {pick(words.LAST_NAMES)}"
    left = x - paper.measure(label + author) / 2 if align == "center" else x
    paper.text(left, y, label)
    paper.text(left + paper.measure(label), y, author, name="author")
    y += paper.line
    paper.rule(paper.margin, y + 3, paper.right, y + 3, width=pick((0.5, 1.0, 2.0)))
    return y + paper.line


def _heading(flow: Flow, style: Look, text: str, name: str) -> None:
    flow.room(5 * flow.paper.line)
    flow.y += 0.5 * flow.paper.line
    flow.paper.text(flow.x, flow.y, text, size=1.2 * flow.paper.size, bold=True, color=style.accent, name=name)
    flow.y += 1.3 * flow.paper.line


def _prose(random: Random, flow: Flow, style: Look) -> None:
    flow.lines(prose(random, ENGLISH, 3, 6))
    flow.y += 0.4 * flow.paper.line


def _list(random: Random, flow: Flow, style: Look) -> None:
    bullet = random.choice(("•", "–", "-"))
    for item in random.sample(ITEMS, random.randint(3, 5)):
        flow.room(flow.paper.line)
        flow.paper.text(flow.x + 6, flow.y, bullet)
        flow.paper.text(flow.x + 6 + 1.2 * flow.paper.size, flow.y, item)
        flow.y += flow.paper.line
    flow.y += 0.4 * flow.paper.line


def _table(random: Random, flow: Flow, style: Look) -> None:
    """A few places with two figures each; nothing in it is asked for."""
    paper, years = flow.paper, random.randint(2010, 2026)
    head: list[Row] = [[Slot("", align="left"), Slot(str(years)), Slot(str(years + 1))]]
    rows: list[Row] = [
        [Slot(town, align="left"), *(Slot(f"{random.randint(100, 9999):,}") for _ in range(2))]
        for town in random.sample(words.TOWNS, random.randint(3, 6))
    ]
    flow.room((len(rows) + 2) * (paper.line + 3))
    grid = GridLook(random.choice(("grid", "rows", "head")), random.choice((None, style.tint)), BLACK, None, 1.0)
    widths = natural_widths(paper, head, rows)
    spare = (flow.width - sum(widths)) / len(widths)
    flow.y = draw_grid(paper, grid, head, [rows], flow.x, flow.y, [width + spare for width in widths]) + paper.line


def _chart(random: Random, flow: Flow, style: Look) -> None:
    """Bars or a line over some years: the only chart of a report, so that it can be asked about."""
    paper, height = flow.paper, random.choice((90.0, 120.0))
    flow.room(height + 3 * paper.line)
    first = random.randint(2010, 2024)
    years = [str(first + n) for n in range(random.randint(3, 5))]
    title = random.choice(("Orders in thousands", "Visitors a day", "Tons a month"))
    paper.text(flow.x, flow.y, title, bold=True, name="chart_title")
    top = flow.y + 1.7 * paper.line
    color = style.accent if random.random() < 0.5 else (0.55, 0.6, 0.65)
    chart = ChartLook([color], True, random.random() < 0.5, False, 0.9 * paper.size)
    data = Data(years, [random.sample(range(12, 100), len(years))], ("",), "", "")
    draw_chart(paper, random.choice(("bars", "lines")), data, chart, flow.x, top, flow.right, top + height)
    flow.y = top + height + paper.line


def _equation(random: Random, flow: Flow, style: Look) -> None:
    flow.room(2 * flow.paper.line)
    flow.y += 0.3 * flow.paper.line
    flow.paper.text(flow.x + 0.45 * flow.width, flow.y, random.choice(EQUATIONS), align="center")
    flow.paper.text(flow.x + flow.width, flow.y, f"({random.randint(1, 9)})", align="right")
    flow.y += 1.5 * flow.paper.line
