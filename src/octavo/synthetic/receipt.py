"""Till receipts on A7 and on rolls of 58 and 80 mm, as long as what is printed on them."""

from collections.abc import Sequence
from random import Random

from octavo.synthetic import facts, words
from octavo.synthetic.faces import Family
from octavo.synthetic.facts import Item, Money, Sale
from octavo.synthetic.fields import Field, draw_fields
from octavo.synthetic.header import draw_sign
from octavo.synthetic.look import A7, Look, look, sheet
from octavo.synthetic.marks import BLACK
from octavo.synthetic.sheet import STANDARD, Sheet

ROLLS = (164.0, 227.0)  # points: 58 and 80 mm
ENDLESS = 10_000.0  # points; the roll is cut below the last line
ENDS = (
    "Thank you!", "See you soon", "Come again", "Thank you for shopping with us", "Goods sold are not returnable",
    "Exchange within 7 days with this receipt", "Please keep this receipt", "*** THANK YOU ***", "Have a nice day",
)  # fmt: skip


def receipt(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """A receipt for one to five goods with date, number, tax, total, how it was paid, and what shops print around."""
    width = random.choice((*ROLLS, A7[0]))
    sizes = (9, 9.5) if width < A7[0] else (10, 10.5, 11)
    leadings = (1.1, 1.2, 1.25, 1.3)
    paper = sheet(random, (width, ENDLESS), (10, 14), sizes, leadings, families)
    style = look(random, fields=("colon", "flush", "flush", "columns", "leader"), headers=("center", "center", "left"))
    trade = random.choice(("food", "cafe", "garden", "tools", "office"))
    money, sale = random.choice(facts.MONEYS), facts.sale(random, trade, fewest=1, most=5)
    y = _shop(random, paper, style, facts.company(random, trade))
    y = _separator(random, paper, y)
    y = _particulars(random, paper, style, y)
    y = _separator(random, paper, y)
    y = random.choice((_one_line, _two_lines, _coded))(random, paper, sale, money, y)
    y = _separator(random, paper, y)
    y = _payment(random, paper, style, sale, money, y)
    y = _end(random, paper, sale, money, y)
    paper.height = max(y + paper.margin, A7[1] if width == A7[0] else 0)
    return paper


def _shop(random: Random, paper: Sheet, style: Look, shop: facts.Party) -> float:
    """The shop with its address and what the tax office knows it by; a title of the paper, at times."""
    x = paper.width / 2 if style.header == "center" else paper.margin
    y, size = paper.margin, random.choice((1.0, 1.2, 1.4)) * paper.size
    if random.random() < 0.2:
        side = 2.6 * paper.size
        draw_sign(paper, shop.name, x - side / 2 if style.header == "center" else x, y, side, BLACK)
        y += side + 0.4 * paper.size
    name = shop.name.upper() if random.random() < 0.4 else shop.name
    for line in paper.wrap(name, paper.inside, size, bold=True):
        paper.text(x, y, line, size=size, bold=True, align=style.header, name="issuer")
        y += 1.25 * size
    lines = [(shop.street, ""), (shop.town, ""), (shop.phone, "phone")]
    if random.random() < 0.6:
        label = random.choice(("Tax ID", "VAT No.", "GST ID", "Reg. No.", "USt-ID"))
        lines.append((f"{label} {random.randint(10**7, 10**9)}", ""))
    if random.random() < 0.4:
        lines.append((random.choice(("TAX INVOICE", "Receipt", "SALES SLIP", "CASH BILL", "Invoice")), ""))
    for line, answer in lines:
        paper.text(x, y, line, align=style.header, name=answer)
        y += paper.line
    return y


def _separator(random: Random, paper: Sheet, y: float) -> float:
    """A rule, a row of signs as till printers have it, or a gap."""
    draw = random.random()
    if draw < 0.55:
        paper.rule(paper.margin, y + 3, paper.right, y + 3, width=0.7, dotted=random.random() < 0.5)
    elif draw < 0.8:
        sign = random.choice("-=*")
        row = sign * int(paper.inside / paper.measure(sign))
        paper.text(paper.width / 2, y, row, align="center")
        return y + paper.line
    return y + 8


def _particulars(random: Random, paper: Sheet, style: Look, y: float) -> float:
    """Number, date, time and cashier below each other, or in pairs on a line where they are short."""
    fields = _facts(random)
    if random.random() < 0.6:
        return draw_fields(paper, style, fields, paper.margin, y, paper.inside)
    for start in range(0, len(fields), 2):
        pair = fields[start : start + 2]
        labels = [f"{style.label(field.label).removesuffix(':')}: " for field in pair]
        widths = [paper.measure(label + field.value) for label, field in zip(labels, pair, strict=True)]
        together = sum(widths) + paper.size <= paper.inside
        for n, (label, field) in enumerate(zip(labels, pair, strict=True)):
            x = paper.right - widths[n] if n and together else paper.margin
            x += paper.text(x, y, label)
            paper.text(x, y, field.value, name=field.name)
            y += 0.0 if together and n + 1 < len(pair) else paper.line
    return y


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


def _coded(random: Random, paper: Sheet, sale: Sale, money: Money, y: float) -> float:
    """Below titles each item on two lines: its name, then its number, how many, the amount; the pieces are counted."""
    asked = random.choice(sale.items)
    paper.text(paper.margin, y, random.choice(("ITEM", "Description", "Article")), bold=True)
    paper.text(paper.right, y, random.choice(("AMOUNT", "Total", "Price")), bold=True, align="right")
    y += 1.2 * paper.line
    for item in sale.items:
        paper.text(paper.margin, y, item.name)
        y += paper.line
        code = str(random.randint(10_000, 9_999_999))
        paper.text(paper.margin, y, f"{code}  {item.quantity} x {money.bare(item.price)}")
        amount = money.bare(item.amount)
        paper.text(paper.right, y, amount, align="right", name=_name("item_amount", item, asked))
        y += paper.line
    y += 0.3 * paper.line
    count = str(sum(item.quantity for item in sale.items))
    x = paper.margin + paper.text(
        paper.margin, y, random.choice(("Items: ", "Total qty: ", "Item count: ", "Pieces: "))
    )
    paper.text(x, y, count, name="item_count")
    return y + paper.line


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
    if random.random() < 0.3:
        payment.insert(0, Field("", pick(("Rounding", "Discount")), money.bare(0)))
    if method == "Cash":
        given = -(-sale.total // 1000) * 1000  # the next full ten
        payment += [
            Field("cash_given", pick(("Given", "Cash given", "Tendered", "Cash tendered")), money.bare(given)),
            Field("change", pick(("Change", "Change due")), money.bare(given - sale.total)),
        ]
    elif method == "Card" and random.random() < 0.5:
        payment.append(Field("", "Card no.", f"xxxx xxxx {random.randint(1000, 9999)}"))
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


def _end(random: Random, paper: Sheet, sale: Sale, money: Money, y: float) -> float:
    """The tax once more, thanks and conditions, a bar code: some of them."""
    if "subtotal" in paper.findings() and random.random() < 0.35:
        y = _tax_summary(paper, sale, money, _separator(random, paper, y))
    if random.random() < 0.75:
        y += 0.5 * paper.line
        for line in random.sample(ENDS, random.randint(1, 2)):
            for part in paper.wrap(line, paper.inside):
                paper.text(paper.width / 2, y, part, align="center")
                y += paper.line
    if random.random() < 0.25:
        y = _bar_code(random, paper, y + 0.5 * paper.line)
    return y


def _tax_summary(paper: Sheet, sale: Sale, money: Money, y: float) -> float:
    """Rate, net and tax below their titles."""
    middle = paper.margin + 0.6 * paper.inside
    rows = (("Rate", "Net", "Tax"), (f"{sale.rate}%", money.bare(sale.subtotal), money.bare(sale.tax)))
    for rate, net, tax in rows:
        paper.text(paper.margin, y, rate)
        paper.text(middle, y, net, align="right")
        paper.text(paper.right, y, tax, align="right")
        y += paper.line
    return y


def _bar_code(random: Random, paper: Sheet, y: float) -> float:
    """Bars of one to three units, and their number below."""
    unit, number = paper.inside / 160, str(random.randint(10**11, 10**12 - 1))
    x = paper.margin + 12 * unit
    while x < paper.right - 12 * unit:
        wide = random.choice((1, 1, 2, 3)) * unit
        paper.panel(x, y, x + wide, y + 2.2 * paper.size, fill=BLACK)
        x += wide + random.choice((1, 1, 2, 3)) * unit
    y += 2.5 * paper.size
    paper.text(paper.width / 2, y, number, align="center")
    return y + paper.line
