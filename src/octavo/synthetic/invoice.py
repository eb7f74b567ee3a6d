"""Invoices: most on A5, upright or lying, the others on A4 and Letter."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from octavo.synthetic import facts, header, table
from octavo.synthetic.faces import Family
from octavo.synthetic.facts import Money, Party, Sale
from octavo.synthetic.fields import Field, draw_fields, fields_width
from octavo.synthetic.header import draw_header, sign_beside
from octavo.synthetic.look import A4, A5, LETTER, Look, look, sheet
from octavo.synthetic.sheet import STANDARD, Sheet
from octavo.synthetic.table import Cell, Column, draw_table, table_width

GUTTER = 16.0  # points between two blocks side by side
ENDS = ("Thank you for your custom", "Please keep this copy", "We hope to see you again")
TERMS = (
    "Payable without deduction.",
    "Goods remain ours until they are paid in full.",
    "Please give the number of this paper with your payment.",
    "Complaints are accepted within eight days.",
    "Interest is charged on late payment.",
    "Delivery is free above a certain value.",
    "All prices are net.",
)


def invoice(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """An invoice for two to nine goods, one page or two, whose sums are right."""
    pick = random.choice
    small = random.random() < 0.6
    if small:
        paper = sheet(random, pick((A5, A5[::-1])), margins=(24, 28), sizes=(11, 11.5), families=families)
    else:
        paper = sheet(random, pick((A4, LETTER)), margins=(42, 50, 60), sizes=(12, 13, 14), families=families)
    styles = ("colon", "columns", "flush", "ruled", "above", "leader")
    style = look(random, fields=styles, headers=header.STYLES, tables=table.STYLES)
    trade = facts.trade(random)
    title = pick(("Invoice", "INVOICE", "Tax invoice", "Bill"))
    company = facts.company(random, trade)
    y = draw_header(paper, style, company, title)
    if random.random() < 0.5:
        sign_beside(paper, style, company.name, y)
    y = _customer_and_facts(random, paper, style, y) + 0.8 * paper.line
    money = pick(facts.MONEYS)
    sale = facts.sale(random, trade, fewest=2 if small else 4, most=pick((3, 4, 8)) if small else 10)
    columns, sums = _columns(random, paper, sale, money), _sums(random, sale, money)
    y = draw_table(paper, style, columns, y, after=4 * paper.line + 12) + 0.6 * paper.line
    if style.fields not in ("flush", "leader"):  # amounts that do not stand under each other are no sum
        style = replace(style, fields="ruled" if style.fields in ("ruled", "above") else "flush")
    width = min(paper.inside, 1.3 * fields_width(paper, style, sums))
    y = draw_fields(paper, style, sums, paper.right - width, y, width)
    _close(random, paper, company, y + paper.line)
    return paper


def _close(random: Random, paper: Sheet, company: Party, y: float) -> None:
    """Terms below the sums and, at the foot of the page, a word of thanks or the company once more, where they fit."""
    lines = [random.choice(ENDS)]
    if random.random() < 0.6:
        account = " ".join(f"{random.randint(0, 9999):04d}" for _ in range(4))
        letters = random.choice(("DE", "FR", "GB", "NL", "IT"))
        parts = (
            f"{company.name}, {company.town}",
            f"{random.choice(('Tax ID', 'VAT No.', 'Reg. No.'))} {letters}{random.randint(10**8, 10**9)}",
            f"{random.choice(('IBAN', 'Account'))} {letters}{random.randint(10, 99)} {account}",
        )
        lines = [line for part in parts for line in paper.wrap(part, paper.inside)]
    foot = paper.bottom - len(lines) * paper.line
    for line in [line for term in random.sample(TERMS, 2) for line in paper.wrap(term, paper.inside)]:
        if y + 2 * paper.line < foot:
            paper.text(paper.margin, y, line)
            y += paper.line
    if y < foot and random.random() < 0.8:
        paper.rule(paper.margin, foot - 0.4 * paper.line, paper.right, foot - 0.4 * paper.line)
        for n, line in enumerate(lines):
            paper.text(paper.width / 2, foot + n * paper.line, line, align="center")


def _customer_and_facts(random: Random, paper: Sheet, style: Look, y: float) -> float:
    """The customer's address and the invoice's facts, side by side or one below the other."""
    fields = _facts(random)
    customer = random.choice((facts.person(random), facts.company(random, facts.trade(random))))
    heading = style.label(random.choice(("Bill to", "Customer", "Invoice to", "Sold to", "Client")))
    lines = (heading, customer.name, customer.street, customer.town)
    address = max(paper.measure(line, bold=True) for line in lines)
    needed, left = fields_width(paper, style, fields), paper.inside - address - GUTTER
    if needed > left or style.fields == "above":  # labels above their values want the whole width
        y = _customer(paper, heading, customer, paper.margin, y) + 0.5 * paper.line
        return draw_fields(paper, style, fields, paper.margin, y, paper.inside)
    width = min(left, 1.4 * needed)
    customer_x, fields_x = paper.margin, paper.right - width
    if random.random() < 0.5:
        customer_x, fields_x = paper.right - address, paper.margin
    below = _customer(paper, heading, customer, customer_x, y)
    return max(below, draw_fields(paper, style, fields, fields_x, y, width))


def _facts(random: Random) -> list[Field]:
    pick = random.choice
    issued = facts.day(random)
    form = pick(facts.DATE_FORMATS)
    due = facts.write_date(facts.later(random, issued), form)
    fields = [
        Field(
            "invoice_number",
            pick(("Invoice number", "Invoice no.", "Number", "Invoice #")),
            facts.number(random, "INV", issued.year),
        ),
        Field(
            "invoice_date", pick(("Date", "Invoice date", "Date of issue", "Issued")), facts.write_date(issued, form)
        ),
        Field("due_date", pick(("Due date", "Payment due", "Due", "Pay until")), due),
        Field(
            "order_number", pick(("Order number", "Order no.", "Your order")), facts.number(random, "PO", issued.year)
        ),
    ]
    fields = fields[:3] if random.random() < 0.4 else fields
    random.shuffle(fields)
    return [
        *fields,
        Field("status", pick(("Status", "Payment status")), pick(("Paid", "Unpaid"))),
        Field("payment_method", pick(("Payment method", "Payment by", "Method")), pick(facts.METHODS)),
    ]


def _customer(paper: Sheet, heading: str, customer: Party, x: float, y: float) -> float:
    paper.text(x, y, heading, bold=True)
    for line, name in ((customer.name, "customer"), (customer.street, ""), (customer.town, "")):
        y += paper.line
        paper.text(x, y, line, name=name)
    return y + paper.line


def _columns(random: Random, paper: Sheet, sale: Sale, money: Money) -> list[Column]:
    """The goods, two rows of which are asked about; the unit price only where there is room."""
    pick = random.choice
    asked = random.sample(range(len(sale.items)), 2)
    write = money.bare if random.random() < 0.5 else money.write

    def column(key: str, title: str, texts: Sequence[str]) -> Column:
        names = [f"{key}:{item.name}" if i in asked else "" for i, item in enumerate(sale.items)]
        return Column(title, [Cell(text, name) for text, name in zip(texts, names, strict=True)])

    goods = sale.items
    names = [Cell(item.name) for item in goods]
    what = Column(pick(("Description", "Item", "Product")), names, align="left", wide=True)
    quantity = column("item_quantity", pick(("Qty", "Quantity", "Pcs")), [str(i.quantity) for i in goods])
    price = column("item_price", pick(("Unit price", "Price", "Each")), [write(i.price) for i in goods])
    amount = column("item_amount", pick(("Amount", "Sum")), [write(i.amount) for i in goods])
    columns = [quantity, what] if random.random() < 0.3 else [what, quantity]
    if table_width(paper, [*columns, price, amount]) <= paper.inside:
        columns.append(price)
    return [*columns, amount]


def _sums(random: Random, sale: Sale, money: Money) -> list[Field]:
    pick = random.choice
    return [
        Field("subtotal", pick(("Subtotal", "Net amount", "Net")), money.write(sale.subtotal)),
        Field("tax", f"{pick(('VAT', 'Tax', 'Sales tax'))} {sale.rate}%", money.write(sale.tax)),
        Field("total", pick(("Total", "Total amount", "Grand total")), money.write(sale.total)),
    ]
