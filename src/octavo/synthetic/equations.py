"""Pages with formulas: numbered in a text that says what their letters stand for, or sums with their results."""

from collections.abc import Callable, Sequence
from random import Random

from octavo.synthetic.faces import Family
from octavo.synthetic.formula import Part, Pen
from octavo.synthetic.lexicon import ENGLISH, lexicon
from octavo.synthetic.look import A4, A5, A6, LETTER, look, sheet
from octavo.synthetic.running import Flow, heading, paragraph, prose
from octavo.synthetic.sheet import STANDARD, Sheet

LETTERS = "abcdefghkmnpqrstuvwxyz"
MEANINGS = (
    "speed", "mass", "force", "time", "distance", "price", "rate", "volume", "width", "height", "pressure", "power",
    "current", "number of parts", "yearly interest", "length of the side", "angle", "density", "work done",
    "mean value", "share of the whole", "number of visitors", "temperature", "radius", "starting value", "weight",
)  # fmt: skip


def equations(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """Two to six formulas below a heading, explained or worked out."""
    page = random.choice((A6, A6[::-1], A5, A5, A5[::-1], A4, LETTER))
    sizes = (10, 11) if max(page) < A5[1] else (10, 11, 12) if max(page) < A4[1] else (11, 12, 13)
    paper = sheet(random, page, (22, 28, 34), sizes, (1.3, 1.4, 1.5), families)
    tongue, style = lexicon(random), look(random, fields=("colon",), headers=("left", "center"))
    size, y = 1.4 * paper.size, paper.margin
    x = paper.width / 2 if style.header == "center" else paper.margin
    for line in paper.wrap(heading(random, tongue, 2, 4), paper.inside, size, bold=True):
        paper.text(x, y, line, size=size, bold=True, align=style.header, color=style.accent, name="title")
        y += 1.3 * size
    flow = Flow(paper, 1, y, y=y + 0.4 * paper.line)
    random.choice((_explained, _exercises))(random, flow)
    if paper.page_count == 1 and random.random() < 0.6:
        paper.height = flow.y + paper.margin
    return paper


def _explained(random: Random, flow: Flow) -> None:
    """Text, a numbered formula, and what its letters stand for, several times."""
    paper, meanings = flow.paper, random.sample(MEANINGS, 13)
    letters = random.sample(LETTERS, 13)
    first, chapter = random.randint(1, 30), random.choice(("", f"{random.randint(1, 9)}."))
    for number in range(first, first + random.randint(1, 4)):
        own, meant = [letters.pop() for _ in range(3)], [meanings.pop() for _ in range(3)]
        flow.room(8 * paper.line)
        flow.y = paragraph(paper, prose(random, ENGLISH, 1, 2), flow.x, flow.y, flow.width) + 0.4 * paper.line
        pen = Pen(paper, random.choice((1.1, 1.25)) * paper.size)
        _display(random, flow, random.choice(FORMULAS)(random, pen, own), f"({chapter}{number})", meant[0])
        if random.random() < 0.5:
            x = flow.x + paper.text(flow.x, flow.y, random.choice(("where", "with", "Here"))) + paper.measure(" ")
            for letter, meaning in zip(own, meant, strict=True):
                if x + paper.measure(f"and {letter} is the {meaning}") > flow.right:
                    x, flow.y = flow.x, flow.y + paper.line
                x += paper.text(x, flow.y, "and ") if letter != own[0] else 0.0
                x += paper.text(x, flow.y, letter, italic=True) + paper.measure(" ")
                x += paper.text(x, flow.y, "is the ")
                x += paper.text(x, flow.y, meaning, name=f"stands_for:{letter}") + paper.measure(" ")
            flow.y += 1.3 * paper.line
        else:
            for letter, meaning in zip(own, meant, strict=True):
                paper.text(flow.x + paper.size, flow.y, letter, italic=True)
                paper.text(flow.x + 2.5 * paper.size, flow.y, meaning, name=f"stands_for:{letter}")
                flow.y += paper.line
        flow.y += 0.5 * paper.line
    paper.absent.append(f"stands_for:{letters.pop()}")
    paper.absent.append(f"equation_number:{meanings.pop()}")


def _display(random: Random, flow: Flow, formula: Part, number: str, meaning: str) -> None:
    """A formula on a line of its own, its number at the right edge."""
    paper = flow.paper
    x = flow.x + (0.45 * (flow.width - formula.width) if random.random() < 0.7 else 2 * paper.size)
    base = flow.y + formula.above + 0.3 * paper.line
    formula.draw(x, base)
    paper.text(flow.right, base - 0.8 * paper.size, number, align="right", name=f"equation_number:{meaning}")
    flow.y = base + formula.below + 0.6 * paper.line


def _exercises(random: Random, flow: Flow) -> None:
    """Numbered sums of figures, in one column or two, each with its result behind it."""
    paper = flow.paper
    flow.columns = 2 if flow.width > 26 * paper.size else 1
    flow.top = flow.y
    after = random.choice((".", ")"))
    pen = Pen(paper, random.choice((1.1, 1.3)) * paper.size)
    count = random.randint(4, 12)
    asked = random.sample(range(1, count + 1), 3)
    for number in range(1, count + 1):
        sum_of, result = random.choice(SUMS)(random, pen)
        answer = pen.letters(result, name=f"result:{number}" if number in asked else "")
        whole = pen.row(sum_of, pen.letters(" = "), answer)
        high = whole.above + whole.below + 0.7 * paper.line
        if high > flow.left_over and flow.column == flow.columns - 1:
            break
        flow.room(high)
        base = flow.y + whole.above
        paper.text(flow.x, base - 0.8 * paper.size, f"{number}{after}")
        whole.draw(flow.x + 2.2 * paper.size, base)
        flow.y += high
    paper.absent.append(f"result:{count + random.randint(1, 5)}")
    if flow.column:
        flow.y = paper.bottom


Formula = Callable[[Random, Pen, Sequence[str]], Part]


def _ratio(random: Random, pen: Pen, names: Sequence[str]) -> Part:
    one, two, three = (pen.letters(name, italic=True) for name in names)
    lower = pen.row(three, pen.letters(random.choice((" + 1", " – 1", ""))))
    return pen.row(one, pen.letters(" = "), pen.fraction(two, lower))


def _square(random: Random, pen: Pen, names: Sequence[str]) -> Part:
    one, two, three = (pen.letters(name, italic=True) for name in names)
    half = pen.fraction(pen.letters("1"), pen.letters(str(random.randint(2, 4))))
    power = pen.power(three, pen.small.letters(str(random.randint(2, 4))))
    return pen.row(one, pen.letters(" = "), half, pen.letters(" "), two, pen.letters(" · "), power)


def _root(random: Random, pen: Pen, names: Sequence[str]) -> Part:
    one, two, three = (pen.letters(name, italic=True) for name in names)
    square = pen.power(two, pen.small.letters("2"))
    return pen.row(one, pen.letters(" = "), pen.root(pen.row(square, pen.letters(" + "), three)))


def _mean(random: Random, pen: Pen, names: Sequence[str]) -> Part:
    one, two, three = (pen.letters(name, italic=True) for name in names)
    count = pen.small.letters(names[1], italic=True)
    inner = pen.index(three, pen.small.letters("i", italic=True))
    lower = pen.small.row(pen.small.letters("i", italic=True), pen.small.letters(" = 1"))
    share = pen.fraction(pen.letters("1"), two)
    return pen.row(one, pen.letters(" = "), share, pen.letters(" "), pen.total(lower, count, inner))


def _growth(random: Random, pen: Pen, names: Sequence[str]) -> Part:
    one, two = (pen.letters(name, italic=True) for name in names[:2])
    share = pen.fraction(pen.letters(str(random.randint(2, 9))), pen.letters("100"))
    base = pen.row(pen.letters("("), pen.letters("1 + "), share, pen.letters(")"))
    exponent = pen.small.letters(names[2], italic=True)
    return pen.row(one, pen.letters(" = "), two, pen.letters(" · "), pen.power(base, exponent))


Sum = Callable[[Random, Pen], tuple[Part, str]]


def _plus(random: Random, pen: Pen) -> tuple[Part, str]:
    one, other = random.randint(11, 990), random.randint(11, 990)
    return pen.letters(f"{one} + {other}"), str(one + other)


def _times(random: Random, pen: Pen) -> tuple[Part, str]:
    one, other = random.randint(3, 60), random.randint(3, 19)
    return pen.letters(f"{one} {random.choice('×·')} {other}"), str(one * other)


def _quotient(random: Random, pen: Pen) -> tuple[Part, str]:
    result, divisor = random.randint(2, 90), random.randint(2, 19)
    return pen.fraction(pen.letters(str(result * divisor)), pen.letters(str(divisor))), str(result)


def _raised(random: Random, pen: Pen) -> tuple[Part, str]:
    base, exponent = random.randint(2, 12), random.randint(2, 4)
    return pen.power(pen.letters(str(base)), pen.small.letters(str(exponent))), str(base**exponent)


def _rooted(random: Random, pen: Pen) -> tuple[Part, str]:
    result = random.randint(3, 40)
    return pen.root(pen.letters(str(result**2))), str(result)


FORMULAS: tuple[Formula, ...] = (_ratio, _square, _root, _mean, _growth)
SUMS: tuple[Sum, ...] = (_plus, _times, _quotient, _raised, _rooted)
