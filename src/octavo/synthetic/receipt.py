"""Till receipts on A7 and on rolls of 58 and 80 mm, as long as what is printed on them."""

from collections.abc import Sequence
from random import Random

from octavo.synthetic import facts, words
from octavo.synthetic.faces import Family
from octavo.synthetic.facts import Item, Money, Sale
from octavo.synthetic.fields import Field, draw_fields
from octavo.synthetic.look import A7, Look, look, sheet
from octavo.synthetic.sheet import STANDARD, Sheet

ROLLS = (164.0, 227.0)  # points: 58 and 80 mm
ENDLESS = 10_000.0  # points; the roll is cut below the last line


def receipt(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """A receipt for one to five goods with date, number, tax, total and how it was paid."""
    width = random.choice((*ROLLS, A7[0]))
    sizes = (9, 9.5) if width < A7[0] else (10, 10.5, 11)
    paper = sheet(random, (width, ENDLESS), margins=(10, 14), sizes=sizes, families=families)
    style = look(random, fields=("colon", "flush", "flush", "columns", "leader"), headers=("center", "left"))
    trade = random.choice(("food", "cafe", "garden", "tools", "office"))
    money, sale = random.choice(facts.MONEYS), facts.sale(random, trade, fewest=1, most=5)
    y = _shop(paper, style, facts.company(random, trade))
    y = _separator(random, paper, y)
    y = draw_fields(paper, style, _facts(random), paper.margin, y, paper.inside)
    y = _separator(random, paper, y)
    y = random.choice((_one_line, _two_lines))(random, paper, sale, money, y)
    y = _separator(random, paper, y)
    y = _payment(random, paper, style, sale, money, y)
    if random.random() < 0.7:
        y += 0.5 * paper.line
        paper.text(width / 2, y, random.choice(("Thank you!", "See you soon", "Come again")), align="center")
        y += paper.line
    paper.height = max(y + paper.margin, A7[1] if width == A7[0] else 0)
    return paper


def _shop(paper: Sheet, style: Look, shop: facts.Party) -> float:
    x = paper.width / 2 if style.header == "center" else paper.margin
    y, size = paper.margin, 1.2 * paper.size
    for line in paper.wrap(shop.name, paper.inside, size, bold=True):
        paper.text(x, y, line, size=size, bold=True, align=style.header, name="issuer")
        y += 1.25 * size
    for line, name in ((shop.street, ""), (shop.town, ""), (shop.phone, "phone")):
        paper.text(x, y, line, align=style.header, name=name)
        y += paper.line
    return y


def _separator(random: Random, paper: Sheet, y: float) -> float:
    if random.random() < 0.8:
        paper.rule(paper.margin, y + 3, paper.right, y + 3, width=0.7, dotted=random.random() < 0.5)
    return y + 8


def _facts(random: Random) -> list[Field]:
    pick = random.choice
    when = facts.day(random)
    fields = [
        Field(
            "receipt_number", pick(("Receipt", "Receipt no.", "No.", "Ticket")), facts.number(random, "R", when.year)
        ),
        Field("date", "Date", facts.write_date(when, pick(facts.DATE_FORMATS))),
        Field("time", "Time", f"{random.randint(7, 21):02d}:{random.randint(0, 59):02d}"),
        Field("cashier", pick(("Cashier", "Served by")), pick(words.FIRST_NAMES)),
    ]
    fields = fields[: pick((2, 3, 4))]
    random.shuffle(fields)
    return fields


def _one_line(random: Random, paper: Sheet, sale: Sale, money: Money, y: float) -> float:
    """Each item on its line: "2 x Espresso      5.60"."""
    asked = random.choice(sale.items)
    times = random.choice((" x", "x", ""))
    for item in sale.items:
        name = _name("item_amount", item, asked)
        taken = paper.text(paper.right, y, money.bare(item.amount), align="right", name=name)
        for line in paper.wrap(f"{item.quantity}{times} {item.name}", paper.inside - taken - 8):
            paper.text(paper.margin, y, line)
            y += paper.line
    return y


def _two_lines(random: Random, paper: Sheet, sale: Sale, money: Money, y: float) -> float:
    """Each item on two: its name, then "2 x 2.80      5.60"."""
    asked = random.choice(sale.items)
    for item in sale.items:
        paper.text(paper.margin, y, item.name)
        y += paper.line
        x = paper.margin + 8
        x += paper.text(x, y, f"{item.quantity} x ")
        paper.text(x, y, money.bare(item.price), name=_name("item_price", item, asked))
        amount = money.bare(item.amount)
        paper.text(paper.right, y, amount, align="right", name=_name("item_amount", item, asked))
        y += paper.line
    return y


def _name(key: str, item: Item, asked: Item) -> str:
    return f"{key}:{item.name}" if item is asked else ""


def _payment(random: Random, paper: Sheet, style: Look, sale: Sale, money: Money, y: float) -> float:
    pick = random.choice
    sums = [
        Field("subtotal", pick(("Subtotal", "Net")), money.bare(sale.subtotal)),
        Field("tax", f"{pick(('VAT', 'Tax'))} {sale.rate}%", money.bare(sale.tax)),
    ]
    y = draw_fields(paper, style, sums if random.random() < 0.7 else sums[1:], paper.margin, y, paper.inside)
    y = _total(random, paper, money.write(sale.total), y + 2)
    method = pick(facts.METHODS)
    payment = [Field("payment_method", pick(("Paid by", "Payment", "Payment method")), method)]
    if method == "Cash":
        given = -(-sale.total // 1000) * 1000  # the next full ten
        payment += [
            Field("cash_given", pick(("Given", "Cash given")), money.bare(given)),
            Field("change", "Change", money.bare(given - sale.total)),
        ]
    return draw_fields(paper, style, payment, paper.margin, y, paper.inside)


def _total(random: Random, paper: Sheet, total: str, y: float) -> float:
    """The total, larger than the rest where there is room."""
    label = random.choice(("TOTAL", "Total", "Total to pay"))
    for share in (1.3, 1.15, 1.0):
        size = share * paper.size
        if paper.measure(f"{label}  {total}", size, bold=True) <= paper.inside:
            break
    else:
        label = "Total"
    paper.text(paper.margin, y, label, size=size, bold=True)
    paper.text(paper.right, y, total, size=size, bold=True, align="right", name="total")
    return y + 1.4 * size
