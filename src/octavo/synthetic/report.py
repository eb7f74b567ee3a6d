"""Reports on A4: numbered sections in one column or two, lists, a bar chart with its labels, an equation, a footer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from octavo.synthetic import facts, header, words
from octavo.synthetic.faces import Family
from octavo.synthetic.look import A4, LETTER, Look, look, sheet
from octavo.synthetic.marks import BLACK
from octavo.synthetic.sheet import STANDARD, Sheet

GAP = 20.0  # points between columns
TOPICS = ("Sales", "Staff", "Energy", "Transport", "Safety", "Training", "Suppliers", "Storage", "Quality", "Repairs")
SENTENCES = (
    "The figures were checked twice and agree with the books.",
    "Compared with the year before there is little change.",
    "Work on the new store began in spring and is nearly done.",
    "Most of the rise is owed to longer opening hours.",
    "The board has asked for a second opinion before it decides.",
    "Costs fell because fewer vans were hired.",
    "Nothing points to a lasting trend so far.",
    "A survey among customers is under way.",
)
ITEMS = ("renew the lease", "train two apprentices", "replace the boiler", "sort the archive", "paint the hall",
         "order spare parts", "count the stock", "review all contracts")  # fmt: skip
EQUATIONS = ("m = a + b · t", "E = ½ · k · x²", "p = 100 · n / N", "r = (q – 1) / q", "s² = Σ (x – µ)² / n")


@dataclass(slots=True)
class _Flow:
    """Where the next line goes: in which column, how far down."""

    paper: Sheet
    columns: int
    top: float
    column: int = 0
    y: float = 0.0

    @property
    def width(self) -> float:
        return (self.paper.inside - GAP * (self.columns - 1)) / self.columns

    @property
    def x(self) -> float:
        return self.paper.margin + self.column * (self.width + GAP)

    def room(self, height: float) -> None:
        """Go on at the top of the next column or page where `height` points do not fit."""
        if self.y + height <= self.paper.bottom - 2 * self.paper.line:
            return
        self.column += 1
        if self.column == self.columns:
            self.column, self.top = 0, self.paper.new_page()
        self.y = self.top


def report(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """A report of three to six sections, one page or two; each topic has a section of its own."""
    pick = random.choice
    sizes = (9.5, 10, 10.5, 11)
    paper = sheet(random, pick((A4, LETTER)), (46, 56, 66), sizes, (1.2, 1.3, 1.4), families)
    style = look(random, fields=("colon",), headers=header.STYLES)
    y = _title(random, paper, style, facts.company(random, facts.trade(random)).name)
    flow = _Flow(paper, pick((1, 1, 2)), y, y=y)
    topics = random.sample(TOPICS, random.randint(3, 6))
    blocks: list[Callable[[Random, _Flow, Look], None]] = [_prose, _list, _chart, _equation]
    random.shuffle(blocks)
    for number, topic in enumerate(topics, start=1):
        _heading(flow, style, f"{number}. {topic}", name="first_section" if number == 1 else "")
        _prose(random, flow, style)
        blocks[number % len(blocks)](random, flow, style)
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


def _heading(flow: _Flow, style: Look, text: str, name: str) -> None:
    flow.room(5 * flow.paper.line)
    flow.y += 0.5 * flow.paper.line
    flow.paper.text(flow.x, flow.y, text, size=1.2 * flow.paper.size, bold=True, color=style.accent, name=name)
    flow.y += 1.3 * flow.paper.line


def _prose(random: Random, flow: _Flow, style: Look) -> None:
    for line in flow.paper.wrap(" ".join(random.sample(SENTENCES, random.randint(2, 5))), flow.width):
        flow.room(flow.paper.line)
        flow.paper.text(flow.x, flow.y, line)
        flow.y += flow.paper.line
    flow.y += 0.4 * flow.paper.line


def _list(random: Random, flow: _Flow, style: Look) -> None:
    bullet = random.choice(("•", "–", "-"))
    for item in random.sample(ITEMS, random.randint(3, 5)):
        flow.room(flow.paper.line)
        flow.paper.text(flow.x + 6, flow.y, bullet)
        flow.paper.text(flow.x + 6 + 1.2 * flow.paper.size, flow.y, item)
        flow.y += flow.paper.line
    flow.y += 0.4 * flow.paper.line


def _chart(random: Random, flow: _Flow, style: Look) -> None:
    """Bars with their values above and their years below; one bar is asked about."""
    paper, height = flow.paper, 90.0
    flow.room(height + 3 * paper.line)
    years = range(first := random.randint(2010, 2024), first + random.randint(3, 5))
    values = random.sample(range(12, 100), len(years))
    paper.text(flow.x, flow.y, random.choice(("Orders in thousands", "Visitors a day", "Tons a month")), bold=True)
    base = flow.y + paper.line + height
    step = flow.width / len(years)
    asked = random.choice(years)
    for n, (year, value) in enumerate(zip(years, values, strict=True)):
        left, top = flow.x + n * step, base - 0.8 * height * value / max(values)
        paper.panel(left + 0.2 * step, top, left + 0.8 * step, base, fill=style.tint, stroke=0.6)
        name = f"chart_value:{year}" if year == asked and "chart_value" not in _drawn(paper) else ""
        paper.text(left + step / 2, top - 1.15 * paper.size, str(value), align="center", name=name)
        paper.text(left + step / 2, base + 3, str(year), align="center", color=BLACK)
    paper.rule(flow.x, base, flow.x + flow.width, base, width=0.8)
    flow.y = base + 2 * paper.line


def _drawn(paper: Sheet) -> set[str]:
    return {name.partition(":")[0] for name in paper.findings()}


def _equation(random: Random, flow: _Flow, style: Look) -> None:
    flow.room(2 * flow.paper.line)
    flow.y += 0.3 * flow.paper.line
    flow.paper.text(flow.x + flow.width / 2, flow.y, random.choice(EQUATIONS), align="center")
    flow.paper.text(flow.x + flow.width, flow.y, f"({random.randint(1, 9)})", align="right")
    flow.y += 1.5 * flow.paper.line
