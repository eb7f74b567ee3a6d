"""Cards: a piece of paper with labels and values, at times a table, and what can be asked about it.

Pages of documents are too large to begin with. A card is a tile or a few of them, full of the pairs that questions
are about, so that a small model learns to go from a label to what belongs to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from octavo.documents.types import NOT_HERE
from octavo.synthetic import faces, facts, texts
from octavo.synthetic.faces import Family
from octavo.synthetic.marks import BLACK, WHITE, Line, Mark, Panel, Text
from octavo.synthetic.scraps import INKS, PAPERS, SIZES, Column, Scrap, paragraph

# What may be asked for a label by any of its names, for one as it is printed, and for a cell of a table.
FIELD = ("What is the {}?", "What is the {}?", "What is the {} on this page?", "Which {} is given?", "{}?")
QUOTED = ("What is given for “{}”?", "What does the page say for “{}”?", "What is the “{}”?", "What stands at “{}”?")
CELL = (
    "What is the {1} of {0}?",
    "What is the {1} for {0}?",
    "What is the “{1}” of “{0}”?",
    "What does the table list under “{1}” for “{0}”?",
    "Which entry is in the row “{0}” under “{1}”?",
)
COMPANY = ("What is the name of the company?", "Which company is it from?", "Who issued this?")
TITLE = ("What is the title?", "Which title stands at the top?", "What is the first heading on this page?")
HEADINGS = ("INVOICE", "RECEIPT", "Form", "Statement", "Tax invoice", "Order", "Letter", "Application", "Report")
MOST_ASKED = 6
ABSENT = 0.35  # of cards one question is for what is not there


class Query(NamedTuple):
    """A question, its answer, and the number of the text that is the answer; none for what is not there."""

    question: str
    answer: str
    text: int | None


@dataclass(frozen=True, slots=True)
class Card:
    """A scrap of paper with questions about it."""

    scrap: Scrap
    queries: tuple[Query, ...]


Maker = Callable[[Random], str]


def _number(random: Random) -> str:
    letters = random.choice(("", "", "INV-", "A", "No. ", "#", "RE", "R-", "PO ", "2024-", "T"))
    return letters + "".join(random.choice("0123456789") for _ in range(random.randint(3, 9)))


def _company(random: Random) -> str:
    return facts.company(random, facts.trade(random)).name


def _amount(random: Random) -> str:
    money, cents = random.choice(facts.MONEYS), int(10 ** random.uniform(2, 6))
    return money.write(cents) if random.random() < 0.5 else money.bare(cents)


def _time(random: Random) -> str:
    return f"{random.randint(0, 23):02d}:{random.randint(0, 59):02d}" + random.choice(("", "", ":07", " PM", " AM"))


def _place(random: Random) -> str:
    party = facts.person(random)
    return random.choice((party.street, party.town, f"{party.street}, {party.town}"))


def _count(random: Random) -> str:
    return str(random.choice((1, 2, 3, 5, 8, 10, 12, 20, 25, 40, 100, random.randint(1, 9999))))


def _word(random: Random) -> str:
    return texts.phrase(random, "en", 1, 3)


# Labels as documents have them, with what stands there. The last of a label's names is how it is asked for.
LABELS: tuple[tuple[tuple[str, ...], Maker], ...] = (
    (("Invoice No.", "Invoice number", "Invoice #", "Inv. no.", "INVOICE NO", "invoice number"), _number),
    (("Order No.", "Order number", "Order #", "PO number", "order number"), _number),
    (("Receipt No.", "Receipt #", "Bill No", "Slip no.", "receipt number"), _number),
    (("Customer No.", "Customer ID", "Account No.", "Client no.", "customer number"), _number),
    (("Tax ID", "VAT No.", "VAT Reg. No.", "GST ID", "tax number"), _number),
    (("Reference", "Ref.", "Our ref", "Your reference", "reference"), _number),
    (("Table", "Counter", "Terminal", "Desk", "number of the table"), _count),
    (("Date", "Date:", "DATE", "Dated", "Day", "date"), texts.date),
    (("Invoice date", "Date of invoice", "Issued on", "Issue date", "invoice date"), texts.date),
    (("Due date", "Payment due", "Pay by", "Due", "due date"), texts.date),
    (("Date of birth", "Born", "Birth date", "date of birth"), texts.date),
    (("Delivery date", "Shipped on", "Delivered", "delivery date"), texts.date),
    (("Valid until", "Expires", "Expiry date", "expiry date"), texts.date),
    (("Time", "Time:", "At", "time"), _time),
    (("Total", "TOTAL", "Total amount", "Grand total", "Amount due", "Total due", "total"), _amount),
    (("Subtotal", "Sub-total", "Net", "Net amount", "SUBTOTAL", "subtotal"), _amount),
    (("Tax", "VAT", "Sales tax", "GST 6%", "TAX", "tax"), _amount),
    (("Cash", "CASH", "Cash given", "Tendered", "cash given"), _amount),
    (("Change", "CHANGE", "Change due", "Returned", "change"), _amount),
    (("Discount", "Rebate", "DISC", "discount"), _amount),
    (("Balance", "Balance due", "Closing balance", "balance"), _amount),
    (("Shipping", "Postage", "Freight", "shipping cost"), _amount),
    (("Name", "Full name", "NAME", "Name:", "name"), texts.name),
    (("Customer", "Client", "Bill to", "Sold to", "customer"), texts.name),
    (("Cashier", "Served by", "Clerk", "Operator", "cashier"), texts.name),
    (("Contact", "Contact person", "Attn.", "contact"), texts.name),
    (("Company", "Firm", "Issuer", "Seller", "Supplier", "company"), _company),
    (("Address", "Street", "Location", "ADDRESS", "address"), _place),
    (("City", "Town", "Place", "town"), lambda random: facts.person(random).town),
    (("Phone", "Tel.", "Telephone", "TEL", "Phone no.", "phone number"), lambda random: facts.person(random).phone),
    (("Email", "E-mail", "Mail", "email address"), lambda random: f"{texts.word(random, 'en')}@{_mail(random)}"),
    (("Payment", "Paid by", "Payment method", "payment method"), lambda random: random.choice(facts.METHODS)),
    (("Quantity", "Qty", "Items", "No. of items", "quantity"), _count),
    (("Weight", "Net weight", "weight"), lambda random: f"{random.randint(1, 990) / 10:g} kg"),
    (("Page", "Sheet", "page"), lambda random: f"{random.randint(1, 9)} of {random.randint(9, 40)}"),
    (("Subject", "Re:", "Title", "Purpose", "subject"), _word),
    (("Status", "State", "status"), lambda random: random.choice(("Paid", "Unpaid", "Open", "Closed", "Draft"))),
    (("Department", "Unit", "Section", "department"), _word),
    (("Project", "Project name", "Job", "project"), _word),
)
COLUMNS: tuple[tuple[tuple[str, ...], Maker], ...] = (
    (("Qty", "Quantity", "Pcs", "Units"), _count),
    (("Price", "Unit price", "Rate", "Each"), _amount),
    (("Amount", "Total", "Sum", "Value"), _amount),
    (("Date", "Day"), texts.date),
    (("Code", "No.", "Article"), texts.code),
    (("2021", "2022", "2023", "Q1", "Q2"), _count),
    (("Share", "Rate %", "Change"), lambda random: f"{random.randint(0, 1000) / 10:g}%"),
)


def _mail(random: Random) -> str:
    return f"{texts.word(random, 'en')}.{random.choice(('com', 'org', 'net', 'de'))}".lower()


def card(random: Random, families: Sequence[Family], width: int, height: int) -> Card:
    """A card of `width` by `height` pixels, full of what can be asked."""
    family, size = random.choice(families), random.choice(SIZES)
    ink = random.choice(INKS) if random.random() < 0.2 else BLACK
    paper = random.choice(PAPERS) if random.random() < 0.2 else WHITE
    margin = random.uniform(3, 0.08 * width)
    leading = random.uniform(1.1, 1.8)
    column = Column(random, family, size, leading, ink, "en", margin, margin, width - 2 * margin, [])
    if random.random() < 0.5:
        queries = [_title(column)]
    else:
        queries = []
    names: set[str] = set()
    while column.y < height - 2 * column.line:
        draw = random.random()
        if draw < 0.6:
            queries += _fields(column, height, names)
        elif draw < 0.85:
            queries += _table(column, height)
        else:
            paragraph(column)
        column.y += random.choice((0.2, 0.5, 1)) * column.line
    inside = [query for query in queries if _whole(column.marks[query.text or 0], family, width, height)]
    chosen = random.sample(inside, min(MOST_ASKED, len(inside)))
    if random.random() < ABSENT or not chosen:
        chosen.append(_absent(random, column.marks))
    marks = tuple(column.marks)
    return Card(Scrap(marks, paper), tuple(_numbered(query, marks) for query in chosen))


def _numbered(query: Query, marks: Sequence[Mark]) -> Query:
    """The query with its text's number among the texts, not among all marks."""
    if query.text is None:
        return query
    return query._replace(text=sum(isinstance(mark, Text) for mark in marks[: query.text]))


def _whole(mark: Mark, family: Family, width: int, height: int) -> bool:
    assert isinstance(mark, Text)
    end = mark.x + faces.width(mark.font, mark.text, mark.size)
    return mark.x >= 0 and end <= width - 1 and mark.y <= height - 0.25 * mark.size


def _title(column: Column) -> Query:
    random, company = column.random, column.random.random() < 0.4
    text = _company(random) if company else random.choice((_word(random), random.choice(HEADINGS)))
    text = text.upper() if random.random() < 0.3 else text
    centred = random.random() < 0.4
    size = column.size * random.choice((1, 1.2, 1.5))
    column.text(column.x + column.width * centred / 2, text, column.family.bold, "center" if centred else "left", size)
    column.y += 1.5 * size
    return _query(random.choice(COMPANY if company else TITLE), column)


def _fields(column: Column, height: int, names: set[str]) -> list[Query]:
    """Some labels with their values: beside, in a column of their own, flush right, or above."""
    random, family = column.random, column.family
    bold = family.bold if random.random() < 0.4 else family.regular
    style = random.choice(("beside", "beside", "tab", "tab", "flush", "above", "pairs"))
    after, colon = random.uniform(0.3, 0.55) * column.width, random.choice((":", ":", "", " :"))
    upper, queries = random.random() < 0.15, []
    for forms, maker in random.sample(LABELS, random.randint(2, 7)):
        if column.y > height - 1.5 * column.line or forms[-1] in names:
            break
        names.add(forms[-1])
        label, value = random.choice(forms[:-1]), maker(random)
        label, value = (label.upper(), value.upper()) if upper else (label, value)
        wide = column.text(column.x, label.rstrip(":") + (colon if style in ("beside", "tab") else ""), bold)
        if style == "above" or (style == "pairs" and wide > after):
            column.y += column.line
            x, align = column.x, "left"
        elif style == "flush":
            x, align = column.x + column.width, "right"
        elif style == "beside" or wide + 0.5 * column.size > after:
            x, align = column.x + wide + random.uniform(0.3, 0.8) * column.size, "left"
        else:
            x, align = column.x + after, "left"
        if column.text(x, value, align=align):
            printed = label.rstrip(":")
            asked = random.choice((forms[-1], printed, printed.lower()))
            question = random.choice(QUOTED).format(printed) if random.random() < 0.4 else None
            queries.append(_query(question or random.choice(FIELD).format(asked), column))
        if style == "flush" and random.random() < 0.3:
            column.marks.append(Line(column.x, column.y + column.line - 1, x, column.y + column.line - 1, 0.5))
        column.y += column.line
    return queries


def _query(question: str, column: Column) -> Query:
    """A question for what was written last."""
    written = column.marks[-1]
    assert isinstance(written, Text)
    return Query(question, written.text, len(column.marks) - 1)


def _table(column: Column, height: int) -> list[Query]:
    """A table with a head, whose rows have names."""
    random, family, queries = column.random, column.family, []
    count = max(1, min(random.randint(1, 3), int(column.width / (7 * column.size)) - 1))
    heads = [(random.choice(forms), maker) for forms, maker in random.sample(COLUMNS, count)]
    first = random.uniform(0.3, 0.5) * column.width
    step = (column.width - first) / count
    align, grid = random.choice(("left", "right", "right")), random.random() < 0.3
    edges = [column.x + first + step * n + (step - 3 if align == "right" else 3) for n in range(count)]
    named = random.choice(("Item", "Description", "Article", "Name", "Product", ""))
    column.text(column.x + 2, named, family.bold)
    for x, (head, _) in zip(edges, heads, strict=True):
        column.text(x, head, family.bold, align)
    column.y += column.line
    if random.random() < 0.6:
        column.marks.append(Line(column.x, column.y - 2, column.x + column.width, column.y - 2, 0.7, color=column.ink))
    goods = facts.sale(random, facts.trade(random), 2, 6).items
    for good in goods:
        if column.y > height - 1.5 * column.line:
            break
        name = good.name if random.random() < 0.6 else _word(random)
        while faces.width(family.regular, name, column.size) > first - 8:
            name = name[: len(name) // 2].rstrip()
        if grid:
            top = column.y - 1
            column.marks.append(Panel(column.x, top, column.x + column.width, top + column.line, stroke=0.6))
        column.text(column.x + 2, name)
        for x, (head, maker) in zip(edges, heads, strict=True):
            value = maker(random)
            if faces.width(family.regular, value, column.size) > step - 6:
                value = _count(random)
            if column.text(x, value, align=align) and name:
                queries.append(_query(random.choice(CELL).format(name, head), column))
        column.y += column.line
    return queries


def _absent(random: Random, marks: Sequence[Mark]) -> Query:
    """A question for a label that the card has under none of its names."""
    shown = {mark.text.rstrip(" :").lower() for mark in marks if isinstance(mark, Text)}
    forms = random.choice([forms for forms, _ in LABELS if not shown & {form.rstrip(":").lower() for form in forms}])
    question = random.choice((*FIELD, *QUOTED)).format(random.choice((forms[-1], forms[0].rstrip(":"))))
    return Query(question, NOT_HERE, None)
