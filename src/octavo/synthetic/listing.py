"""Pages of lists: items, contents, prices, phone numbers, things to tick, words explained, what happens when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from octavo.synthetic import facts, words
from octavo.synthetic.faces import Family
from octavo.synthetic.lexicon import Lexicon, lexicon
from octavo.synthetic.look import A4, A5, A6, LETTER, Look, look, sheet
from octavo.synthetic.running import Flow, heading, paragraph, prose
from octavo.synthetic.sheet import STANDARD, Sheet

CHAPTERS = 6  # of contents at most; no item beyond is asked for that might be one of them
BULLETS = ("•", "•", "–", "-", "*", "»", "+")


@dataclass(slots=True)
class _Page:
    """What the lists of a document share; no two items are alike."""

    random: Random
    flow: Flow
    tongue: Lexicon
    style: Look
    used: set[str] = field(default_factory=set)

    @property
    def paper(self) -> Sheet:
        return self.flow.paper

    def item(self, fewest: int, most: int) -> str:
        """A few words that do not stand in another item."""
        while True:
            text = heading(self.random, self.tongue, fewest, most)
            if text and not any(text in other or other in text for other in self.used):
                self.used.add(text)
                return text

    def of(self, texts: Sequence[str], fewest: int, most: int) -> list[str]:
        """Some of the texts that do not stand anywhere yet."""
        left = [text for text in texts if text not in self.used]
        chosen = self.random.sample(left, min(len(left), self.random.randint(fewest, most)))
        self.used.update(chosen)
        return chosen


def listing(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """One to four lists below their headings, in one column or two."""
    page = random.choice((A6, A5, A5, A5[::-1], A4, LETTER))
    sizes = (9, 10, 11) if max(page) < A4[1] else (10, 11, 12, 13)
    paper = sheet(random, page, (22, 28, 36), sizes, (1.25, 1.35, 1.5, 1.7), families)
    style, tongue = look(random, fields=("colon",), headers=("left", "center")), lexicon(random)
    x, y, size = paper.width / 2 if style.header == "center" else paper.margin, paper.margin, 1.6 * paper.size
    for line in paper.wrap(heading(random, tongue, 2, 4), paper.inside, size, bold=True):
        paper.text(x, y, line, size=size, bold=True, align=style.header, color=style.accent, name="title")
        y += 1.3 * size
    if random.random() < 0.4:
        y = paragraph(paper, prose(random, tongue, 1, 2), paper.margin, y, paper.inside)
    y += 0.6 * paper.line
    columns = random.choice((1, 2)) if paper.inside > 40 * paper.size else 1
    one = _Page(random, Flow(paper, columns, y, y=y), tongue, style)
    for draw in random.sample(LISTS, random.randint(1, 5)):
        if one.flow.column == columns - 1 and one.flow.left_over < 9 * paper.line:
            break
        if random.random() < 0.7:
            one.flow.room(3 * paper.line)
            one.flow.lines(one.item(1, 3), bold=True)
            one.flow.y += 0.2 * paper.line
        draw(one)
        one.flow.y += 0.8 * paper.line
    if paper.page_count == 1 and one.flow.column == 0 and random.random() < 0.7:
        paper.height = one.flow.y + paper.margin
    return paper


def _items(one: _Page) -> None:
    """Items after numbers or bullets, at times each in two levels."""
    random, flow, paper = one.random, one.flow, one.paper
    numbered, after = random.random() < 0.5, random.choice((".", ")", "."))
    if numbered and "item:1" in paper.findings():  # two items 3 on a page are not asked for
        numbered = False
    bullet, indent = random.choice(BULLETS), random.choice((0.0, 6.0, 14.0))
    hang, nested = indent + 1.7 * paper.size, random.random() < 0.3
    texts = [one.item(2, 7) for _ in range(random.randint(3, 9))]
    asked = random.randrange(1, len(texts))
    for n, text in enumerate(texts):
        flow.room(paper.line)
        paper.text(flow.x + indent, flow.y, f"{n + 1}{after}" if numbered else bullet)
        name = f"item:{n + 1}" if numbered and n in (0, asked) else ""
        flow.lines(text, hang, name or (f"after_item:{texts[n - 1]}" if n == asked and not nested else ""))
        for _ in range(random.randint(0, 3) if nested else 0):
            flow.room(paper.line)
            paper.text(flow.x + hang, flow.y, "–")
            flow.lines(one.item(2, 4), hang + 1.2 * paper.size)
    if numbered:
        paper.absent.append(f"item:{max(len(texts), CHAPTERS) + random.randint(1, 4)}")


def _contents(one: _Page) -> None:
    """Chapters and sections with the pages on which they begin, with dots before these or not."""
    random, flow, paper = one.random, one.flow, one.paper
    dotted, nested, page = random.random() < 0.7, random.random() < 0.6, random.randint(1, 9)
    rows: list[tuple[float, str, str, bool]] = []
    for chapter in range(1, random.randint(3, CHAPTERS) + 1):
        rows.append((0.0, f"{chapter} ", one.item(1, 3), True))
        sections = range(1, random.randint(1, 5) if nested else 1)
        rows += [(1.4 * paper.size, f"{chapter}.{section} ", one.item(1, 4), False) for section in sections]
    asked = random.sample(range(len(rows)), 3)
    for n, (indent, number, title, bold) in enumerate(rows):
        flow.room(paper.line)
        last = str(page)
        number_width = paper.measure(number, bold=bold)
        short = paper.wrap(title, flow.width - indent - number_width - 4 * paper.size, bold=bold)[0]
        x = flow.x + indent + paper.text(flow.x + indent, flow.y, number, bold=bold)
        x += paper.text(x, flow.y, short, bold=bold)
        name = f"contents_page:{short}" if n in asked else ""
        width = paper.text(flow.right, flow.y, last, bold=bold, align="right", name=name)
        if dotted:
            paper.rule(x + 4, flow.y + 0.8 * paper.size, flow.right - width - 4, flow.y + 0.8 * paper.size, dotted=True)
        flow.y += paper.line
        page += random.randint(1, 9)
    paper.absent.append(f"contents_page:{one.item(1, 3)}")


def _prices(one: _Page) -> None:
    """Dishes or goods and what they cost, at times with a line about each."""
    random, flow, paper = one.random, one.flow, one.paper
    money, explained = random.choice(facts.MONEYS), random.random() < 0.4
    write = money.write if random.random() < 0.5 else money.bare
    names = one.of(one.tongue.dishes, 4, 8)
    asked = random.sample(names, 2)
    for name in names:
        flow.room((2 if explained else 1) * paper.line)
        answer = f"cost:{name}" if name in asked else ""
        paper.text(flow.x, flow.y, name, bold=explained)
        paper.text(flow.right, flow.y, write(random.randint(30, 420) * 5), align="right", name=answer)
        flow.y += paper.line
        if explained:
            line = paper.wrap(one.item(3, 6), 0.8 * flow.width, 0.85 * paper.size)[0]
            paper.text(flow.x, flow.y, line, size=0.85 * paper.size, italic=True)
            flow.y += paper.line
    paper.absent += [f"cost:{name}" for name in one.of(one.tongue.dishes, 1, 1)]


def _phones(one: _Page) -> None:
    """People with their phone numbers, at the right edge or after the widest name."""
    random, flow, paper = one.random, one.flow, one.paper
    names = sorted({facts.person(random).name for _ in range(random.randint(5, 12))})
    asked = random.sample(names, 2)
    flush = random.random() < 0.5
    after = max(paper.measure(name) for name in names) + 1.5 * paper.size
    for name in names:
        flow.room(paper.line)
        phone, answer = facts.person(random).phone, f"phone_of:{name}" if name in asked else ""
        paper.text(flow.x, flow.y, name)
        if flush:
            paper.text(flow.right, flow.y, phone, align="right", name=answer)
        else:
            paper.text(flow.x + after, flow.y, phone, name=answer)
        flow.y += paper.line
    paper.absent.append(f"phone_of:{random.choice(words.FIRST_NAMES)} Underhill")


def _ticks(one: _Page) -> None:
    """Boxes, one of them ticked, before items."""
    random, flow, paper = one.random, one.flow, one.paper
    texts, side = [one.item(1, 4) for _ in range(random.randint(3, 7))], 0.8 * paper.size
    ticked = random.choice(texts)
    for text in texts:
        flow.room(paper.line)
        x, y = flow.x + 2, flow.y + 0.08 * paper.size
        paper.panel(x, y, x + side, y + side, stroke=0.8)
        if text == ticked:
            paper.rule(x + 0.15 * side, y + 0.5 * side, x + 0.4 * side, y + 0.8 * side, width=1.4)
            paper.rule(x + 0.4 * side, y + 0.8 * side, x + 0.9 * side, y + 0.1 * side, width=1.4)
        flow.lines(text, 1.6 * paper.size, "ticked" if text == ticked else "")


def _glossary(one: _Page) -> None:
    """Terms in bold and what they mean, on the same line or below."""
    random, flow, paper = one.random, one.flow, one.paper
    below, terms = random.random() < 0.5, sorted(one.item(1, 1) for _ in range(random.randint(3, 7)))
    asked = random.choice(terms)
    indent = 1.5 * paper.size if below else max(paper.measure(term, bold=True) for term in terms) + 1.2 * paper.size
    for term in terms:
        flow.room(2 * paper.line)
        paper.text(flow.x, flow.y, term, bold=True)
        flow.y += paper.line if below else 0.0
        flow.lines(one.item(4, 10), indent, f"meaning:{term}" if term == asked else "")
        flow.y += 0.2 * paper.line


def _programme(one: _Page) -> None:
    """What begins at which time, at times with who does it."""
    random, flow, paper = one.random, one.flow, one.paper
    minutes, hour = 0, random.randint(7, 15)
    texts = [one.item(1, 4) for _ in range(random.randint(4, 8))]
    by_time, by_name = random.sample(texts, 2)
    until = random.random() < 0.4
    for text in texts:
        start, minutes = minutes, minutes + random.choice((15, 30, 45, 60, 90))
        first, last = (f"{hour + at // 60:02d}:{at % 60:02d}" for at in (start, minutes))
        when = f"{first} – {last}" if until else first
        flow.room(paper.line)
        paper.text(flow.x, flow.y, when, name=f"begins:{text}" if text == by_name else "")
        name = f"at_time:{when}" if text == by_time and f"at_time:{when}" not in paper.findings() else ""
        flow.lines(text, paper.measure("00:00 – 00:00 " if until else "00:00 ") + paper.size, name)
    paper.absent.append(f"begins:{one.item(2, 3)}")


List = Callable[[_Page], None]
LISTS: tuple[List, ...] = (_items, _items, _contents, _prices, _phones, _ticks, _glossary, _programme)
