"""Pages with a table: ruled, aligned or boxed, with groups of columns and of rows, on one page or several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from octavo.synthetic import facts, words
from octavo.synthetic.faces import Family
from octavo.synthetic.grid import RULES, GridLook, Row, Slot, draw_grid, natural_widths
from octavo.synthetic.lexicon import Lexicon, lexicon
from octavo.synthetic.look import A4, A5, LETTER, Look, look, sheet
from octavo.synthetic.marks import BLACK, WHITE
from octavo.synthetic.running import heading, paragraph, prose
from octavo.synthetic.sheet import STANDARD, Sheet

GRAYS = ((0.85,) * 3, (0.92,) * 3)
LONG = 0.25  # of the tables go overleaf
LESS = {  # what a missing value looks like
    "en": "n/a", "de": "k. A.", "fr": "n. d.", "es": "s. d.", "it": "n. d.", "nl": "n.b.",
}  # fmt: skip


@dataclass(slots=True)
class _Table:
    """Rows and columns by their names, and the text of each cell; `groups` are of columns with a title above both."""

    rows: list[str]
    columns: list[str]
    cells: list[list[str]]  # row after row
    groups: list[tuple[str, tuple[str, ...]]]
    totals: list[str]  # of the columns, "" where there is none


def tabular(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """A table of four rows up to seventy with its caption and source, among a few lines of text."""
    pick, tongue = random.choice, lexicon(random)
    page = pick((A5, A5[::-1], A4, LETTER, A4[::-1]))
    sizes = (8, 9, 10) if max(page) < A4[1] else (9, 10, 11, 12)
    paper = sheet(random, page, (24, 30, 40), sizes, (1.2, 1.25, 1.3), families)
    style = look(random, fields=("colon",), headers=("left", "center"))
    y = _title(random, paper, style, tongue)
    if random.random() < 0.5:
        y = paragraph(paper, prose(random, tongue, 1, 3), paper.margin, y, paper.inside) + 0.5 * paper.line
    table = _fitting(random, paper, tongue, long=random.random() < LONG)
    y = _captioned(random, paper, style, tongue, table, y)
    y = _source(random, paper, tongue, y)
    while y + 8 * paper.line < paper.bottom and random.random() < 0.8:
        y = paragraph(paper, prose(random, tongue, 2, 4), paper.margin, y, paper.inside) + 0.5 * paper.line
    if paper.page_count == 1 and random.random() < 0.5:  # cut out of a page
        paper.height = y + paper.margin
    if paper.page_count > 1 or random.random() < 0.3:
        paper.footers(lambda number: f"{tongue.page} {number} / {paper.page_count}")
    return paper


def _title(random: Random, paper: Sheet, style: Look, tongue: Lexicon) -> float:
    """A heading above all, on two pages of three."""
    y = paper.margin
    if random.random() < 0.33:
        return y
    x = paper.width / 2 if style.header == "center" else paper.margin
    size = random.choice((1.3, 1.5, 1.8)) * paper.size
    for line in paper.wrap(heading(random, tongue, 2, 5), paper.inside, size, bold=True):
        paper.text(x, y, line, size=size, bold=True, align=style.header, color=style.accent, name="title")
        y += 1.25 * size
    return y + 0.5 * paper.line


def _fitting(random: Random, paper: Sheet, tongue: Lexicon, long: bool) -> _Table:
    """A table that is no wider than the page."""
    for most in (7, 5, 4, 3, 2, 1):
        table = _table(random, tongue, most, long)
        head, bands = _laid(random, table, set(), tongue)
        if sum(natural_widths(paper, head, [row for band in bands for row in band])) <= paper.inside:
            return table
    raise AssertionError("one column of figures fits on every page")


def _table(random: Random, tongue: Lexicon, most: int, long: bool) -> _Table:
    """Rows of one kind and columns of another; years under each of some measures are columns in groups."""
    pick, first = random.choice, random.randint(1995, 2022)
    years = [str(first + n) for n in range(random.randint(2, 4))]
    measures = list(tongue.measures)
    random.shuffle(measures)
    groups: list[tuple[str, tuple[str, ...]]] = []
    if most >= 4 and random.random() < 0.35:
        groups = [(measure, tuple(years[: most // 2][:3])) for measure in measures[:2]]
        columns = [f"{measure} {year}" for measure, some in groups for year in some]
    elif random.random() < 0.3:
        columns = [str(first + n) for n in range(random.randint(1, most))]
    else:
        columns = measures[: random.randint(1, most)]
    rows = _long_rows(random) if long else _rows(random, tongue)
    writers = [pick(WRITERS) for _ in columns]
    scales = [10 ** random.uniform(1.5, 4.7) for _ in columns]
    if groups or columns[0].isdigit():  # one measure over the years
        writers, scales = writers[:1] * len(columns), scales[:1] * len(columns)
    values = [[round(scale * random.uniform(0.2, 2)) for scale in scales] for _ in rows]
    cells = [[write(value) for write, value in zip(writers, row, strict=True)] for row in values]
    sums = [sum(row[n] for row in values) for n in range(len(columns))]
    totals = [write(total) if write in SUMMED else "" for write, total in zip(writers, sums, strict=True)]
    if random.random() < 0.2:
        cells[random.randrange(len(rows))][random.randrange(len(columns))] = LESS[tongue.code]
        totals = [""] * len(columns)
    return _Table(rows, columns, cells, groups, totals if any(totals) and random.random() < 0.5 else [])


def _rows(random: Random, tongue: Lexicon) -> list[str]:
    """What the rows are about: four to eighteen of them."""
    match random.randrange(5):
        case 0:
            return list(tongue.months)[: random.choice((6, 12))]
        case 1:
            return list(tongue.days)
        case 2:
            return random.sample(tongue.departments, random.randint(4, 8))
        case 3:
            return sorted(random.sample(words.TOWNS, random.randint(5, 18)))
        case _:
            return sorted(random.sample(tongue.countries, random.randint(5, 16)))


def _long_rows(random: Random) -> list[str]:
    names = {f"{random.choice(words.FIRST_NAMES)} {random.choice(words.LAST_NAMES)}" for _ in range(70)}
    return sorted(names)[: random.randint(28, 60)]


def _laid(
    random: Random, table: _Table, asked: set[tuple[int, int]], tongue: Lexicon
) -> tuple[list[Row], list[list[Row]]]:
    """The table as slots: head, and bands of one row; the cells at `asked` are answers."""
    corner = Slot(tongue.goods if random.random() < 0.3 else "", align="left", down=2 if table.groups else 1)
    head: list[Row] = [[corner, *(Slot(column) for column in table.columns)]]
    if table.groups:
        upper: list[Slot | None] = [corner]
        for title, years in table.groups:
            upper += [Slot(title, align="center", across=len(years)), *[None] * (len(years) - 1)]
        head = [upper, [None, *(Slot(year) for _, years in table.groups for year in years)]]
    bands: list[list[Row]] = []
    for n, row in enumerate(table.rows):
        slots = [
            Slot(text, f"cell:{row}|{table.columns[c]}" if (n, c) in asked else "")
            for c, text in enumerate(table.cells[n])
        ]
        bands.append([[Slot(row, align="left"), *slots]])
    if table.totals:
        column = random.choice([c for c, total in enumerate(table.totals) if total])
        sums = [
            Slot(total, f"column_total:{table.columns[column]}" if c == column and asked else "", bold=True)
            for c, total in enumerate(table.totals)
        ]
        bands.append([[Slot(tongue.total, align="left", bold=True), *sums]])
    return head, bands


def _banded(random: Random, head: list[Row], bands: list[list[Row]], names: Sequence[str]) -> list[list[Row]]:
    """The rows in bands of two to four, before each its name over all its rows; the head gets a place above them."""
    for n, row in enumerate(head):
        head[n] = [Slot("", align="left", down=len(head)) if n == 0 else None, *row]
    rows = [row for band in bands for row in band]
    found: list[list[Row]] = []
    for name in names:
        count = min(random.randint(2, 4), len(rows)) if name != names[-1] else len(rows)
        part, rows = rows[:count], rows[count:]
        if part:
            down = [Slot(name, align="left", down=len(part)), *[None] * (len(part) - 1)]
            found.append([[slot, *row] for slot, row in zip(down, part, strict=True)])
    return found


def _captioned(random: Random, paper: Sheet, style: Look, tongue: Lexicon, table: _Table, y: float) -> float:
    """The table with its caption above or below."""
    pick = random.choice
    places = [(n, c) for n in range(len(table.rows)) for c in range(len(table.columns))]
    asked = set(random.sample(places, min(5, len(places))))
    head, bands = _laid(random, table, asked, tongue)
    if not table.groups and not table.totals and 6 <= len(bands) <= 12 and random.random() < 0.6:
        grouped = _banded(random, head, bands, random.sample(tongue.departments, 4))
        if sum(natural_widths(paper, head, [row for band in grouped for row in band])) <= paper.inside:
            bands = grouped
        else:
            head = [row[1:] for row in head]
    others = set(tongue.countries + words.TOWNS) - set(table.rows)
    paper.absent += [f"cell:{row}|{pick(table.columns)}" for row in random.sample(sorted(others), 2)]
    widths = _spread(random, paper, natural_widths(paper, head, [row for band in bands for row in band]))
    x = pick((paper.margin, paper.margin + (paper.inside - sum(widths)) / 2))
    filled = random.random() < 0.45
    dark = filled and random.random() < 0.4
    grid = GridLook(
        rules=pick(RULES),
        head=style.accent if dark else pick((style.tint, *GRAYS)) if filled else None,
        ink=WHITE if dark else BLACK,
        zebra=style.tint if random.random() < 0.3 else None,
        pad=pick((0.5, 1.5, 3.0)),
    )
    label, title = f"{tongue.table} {random.randint(1, 12)}{pick((':', '.'))}", heading(random, tongue, 3, 7)
    if above := random.random() < 0.7:
        y = _caption(paper, label, title, x, y) + 0.3 * paper.line
    y = draw_grid(paper, grid, head, bands, x, y, widths, again=f"{label} ({tongue.continued})")
    y += 0.5 * paper.line
    return y if above else _caption(paper, label, title, x, paper.room(y, 2 * paper.line)) + 0.5 * paper.line


def _spread(random: Random, paper: Sheet, widths: list[float]) -> list[float]:
    """The columns as wide as they need to be, or wider, up to the whole line."""
    spare = paper.inside - sum(widths)
    share = random.choice((0.0, 0.5, 1.0))
    return [width + share * spare / len(widths) for width in widths]


def _caption(paper: Sheet, label: str, title: str, x: float, y: float) -> float:
    """The number in bold and the title, which goes on below it where the line is too short."""
    taken = paper.measure(label, bold=True) + paper.measure(" ")
    if x + taken + paper.measure(title) > paper.right:
        x = paper.margin
    paper.text(x, y, label, bold=True)
    first, *rest = paper.wrap(title, paper.right - x - taken)
    paper.text(x + taken, y, first, name="table_title")
    y += paper.line
    for line in rest:
        paper.text(x, y, line, name="table_title")
        y += paper.line
    return y


def _source(random: Random, paper: Sheet, tongue: Lexicon, y: float) -> float:
    """Where the figures are from, below the table in small print, or not."""
    if random.random() < 0.4:
        return y
    size, y = 0.85 * paper.size, paper.room(y, paper.line)
    left = paper.margin + paper.text(paper.margin, y, f"{tongue.source}: ", size=size)
    company = facts.company(random, "services").name
    if left + paper.measure(company, size) <= paper.right:
        paper.text(left, y, company, size=size, name="source")
    return y + 1.5 * paper.line


def _grouped(value: int) -> str:
    return f"{value:,}"


def _dotted(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _spaced(value: int) -> str:
    return str(value)


def _share(value: int) -> str:
    return f"{value % 1000 / 10:.1f}%"


def _decimal(value: int) -> str:
    return f"{value / 100:.2f}"


def _change(value: int) -> str:
    return f"{'+' if value % 2 else '-'}{value % 400 / 10:.1f}"


SUMMED: tuple[Callable[[int], str], ...] = (_grouped, _dotted, _spaced)
WRITERS = (*SUMMED, _share, _decimal, _change)
