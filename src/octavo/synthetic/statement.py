"""Bank statements on A4 and Letter, one page to three: movements under repeated titles, a balance that runs."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

from octavo.synthetic import facts, header, table, words
from octavo.synthetic.faces import Family
from octavo.synthetic.fields import Field, draw_fields
from octavo.synthetic.header import draw_header
from octavo.synthetic.look import A4, LETTER, look, sheet
from octavo.synthetic.sheet import STANDARD, Sheet
from octavo.synthetic.table import Cell, Column, draw_table

MOST = 45  # movements
WHAT = ("Card payment", "Transfer", "Standing order", "Direct debit", "Refund", "Cash withdrawal")


def statement(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """A statement of five to `MOST` movements; opening balance and movements add up to the closing balance."""
    pick = random.choice
    paper = sheet(random, pick((A4, LETTER)), margins=(40, 50, 60), sizes=(9, 9.5, 10, 11), families=families)
    style = look(random, fields=("colon", "columns", "ruled", "leader"), headers=header.STYLES, tables=table.STYLES)
    y = draw_header(paper, style, facts.company(random, "services"), pick(("Account statement", "Statement")))
    start, form, money = facts.day(random), pick(facts.DATE_FORMATS[:4]), pick(facts.MONEYS)
    holder = facts.person(random)
    opening = random.randint(1000, 900_000)
    amounts = [pick((-1, -1, 1)) * random.randint(100, 90_000) for _ in range(random.randint(5, MOST))]
    fields = [
        Field("holder", pick(("Account holder", "Holder", "Customer")), holder.name),
        Field("account_number", pick(("Account number", "Account no.")), facts.number(random, "AC", start.year)),
        Field("opening_balance", pick(("Opening balance", "Balance brought forward")), money.write(opening)),
        Field(
            "closing_balance", pick(("Closing balance", "New balance")), _signed(money.write, opening + sum(amounts))
        ),
    ]
    y = draw_fields(paper, style, fields, paper.margin, y, paper.inside) + paper.line
    days = sorted(random.randint(0, 30) for _ in amounts)
    dates = [facts.write_date(start + timedelta(days=day), form) for day in days]
    draw_table(paper, style, _columns(random, dates, amounts, opening, money), y, after=0.0)
    return paper


def _columns(
    random: Random, dates: Sequence[str], amounts: Sequence[int], opening: int, money: facts.Money
) -> list[Column]:
    """Date, text, movement and balance; one movement of a text that no other has is asked about."""
    texts = [f"{random.choice(WHAT)} {random.choice(words.COMPANY_STEMS)}" for _ in amounts]
    alone = [n for n, text in enumerate(texts) if texts.count(text) == 1]
    asked = random.choice(alone) if alone else -1
    balances = [opening + sum(amounts[: n + 1]) for n in range(len(amounts))]

    def cells(key: str, values: Sequence[str]) -> list[Cell]:
        return [Cell(value, f"{key}:{texts[n]}" if n == asked else "") for n, value in enumerate(values)]

    titles = random.choice((("Date", "Text", "Amount", "Balance"), ("Booked", "Details", "Movement", "Balance")))
    return [
        Column(titles[0], cells("movement_date", dates), align="left"),
        Column(titles[1], [Cell(text) for text in texts], align="left", wide=True),
        Column(titles[2], cells("movement_amount", [_signed(money.bare, amount) for amount in amounts])),
        Column(titles[3], cells("balance_after", [_signed(money.bare, balance) for balance in balances])),
    ]


def _signed(write: Callable[[int], str], cents: int) -> str:
    return ("-" if cents < 0 else "") + write(abs(cents))
