"""What a document tells: people, companies, dates, amounts and sales that add up."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from octavo.synthetic import words

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class Party:
    """Someone with an address: a person or a company."""

    name: str
    street: str
    town: str
    phone: str


@dataclass(frozen=True, slots=True)
class Money:
    """How a document writes amounts: `before` and `after` are the currency, `comma` parts thousands."""

    before: str
    after: str
    comma: str
    point: str

    def write(self, cents: int) -> str:
        """The amount with its currency, as 123456 → "$1,234.56"."""
        return f"{self.before}{self.bare(cents)}{self.after}"

    def bare(self, cents: int) -> str:
        """The amount without its currency, as 123456 → "1,234.56"."""
        whole = f"{cents // 100:,}".replace(",", self.comma)
        return f"{whole}{self.point}{cents % 100:02d}"


MONEYS = (
    Money("$", "", ",", "."),
    Money("£", "", ",", "."),
    Money("€", "", ",", "."),
    Money("USD ", "", ",", "."),
    Money("EUR ", "", ".", ","),
    Money("CHF ", "", "'", "."),
    Money("", " €", ".", ","),
    Money("", " kr", ".", ","),
)
METHODS = ("Card", "Cash", "Transfer")
QUANTITIES = (1, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12)


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a sale; `price` is of one piece, in cents."""

    name: str
    quantity: int
    price: int

    @property
    def amount(self) -> int:
        """Price times quantity, in cents."""
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class Sale:
    """Items and the tax on their sum; all amounts in cents, `rate` in percent."""

    items: tuple[Item, ...]
    rate: int

    @property
    def subtotal(self) -> int:
        """The sum of the items."""
        return sum(item.amount for item in self.items)

    @property
    def tax(self) -> int:
        """The tax on the subtotal, half a cent rounded up."""
        return (self.subtotal * self.rate + 50) // 100

    @property
    def total(self) -> int:
        """Subtotal and tax."""
        return self.subtotal + self.tax


def person(random: Random) -> Party:
    """Someone with a first and a last name."""
    return _party(random, f"{random.choice(words.FIRST_NAMES)} {random.choice(words.LAST_NAMES)}")


def trade(random: Random) -> str:
    """What a company deals in: a key of `words.TRADES`."""
    return random.choice(tuple(words.TRADES))


def company(random: Random, trade: str) -> Party:
    """A company of `trade`, named after a place, a tree or its founders."""
    what = random.choice(words.TRADES[trade][0])
    form = random.choice(words.LEGAL_FORMS)
    if random.random() < 0.25:
        stem = " & ".join(random.sample(words.LAST_NAMES, 2))
        form = "" if form == "& Sons" else form
    else:
        stem = random.choice(words.COMPANY_STEMS)
    what = "" if form == "& Sons" else what
    return _party(random, " ".join(part for part in (stem, what, form) if part))


def _party(random: Random, name: str) -> Party:
    number = random.randint(1, 180)
    street = random.choice(words.STREETS)
    town, code = random.choice(words.TOWNS), random.randint(1000, 98999)
    phone = f"{random.randint(200, 989)} {random.randint(100, 999)} {random.randint(1000, 9999)}"
    return Party(
        name=name,
        street=f"{number} {street}" if random.random() < 0.7 else f"{street} {number}",
        town=f"{code} {town}" if random.random() < 0.6 else f"{town} {code}",
        phone=phone,
    )


def sale(random: Random, trade: str, fewest: int, most: int) -> Sale:
    """Different goods of `trade`, from `fewest` to `most` of them, taxed at a common rate."""
    goods = random.sample(words.TRADES[trade][1], random.randint(fewest, most))
    items = tuple(
        Item(name, quantity=random.choice(QUANTITIES), price=random.randint(low // 5, high // 5) * 5)
        for name, low, high in goods
    )
    return Sale(items, random.choice((5, 6, 8, 10, 19, 20, 21)))


def day(random: Random, first: int = 2012, last: int = 2029) -> date:
    """Any day from the year `first` to the year `last`."""
    return date.fromordinal(random.randint(date(first, 1, 1).toordinal(), date(last, 12, 31).toordinal()))


def later(random: Random, start: date) -> date:
    """A day one to eight weeks after `start`."""
    return start + timedelta(days=random.choice((7, 10, 14, 15, 21, 28, 30, 45, 60)))


DATE_FORMATS = (
    "{y}-{m:02d}-{d:02d}",
    "{d:02d}.{m:02d}.{y}",
    "{m:02d}/{d:02d}/{y}",
    "{d:02d}/{m:02d}/{y}",
    "{d} {month} {y}",
    "{month} {d}, {y}",
    "{d:02d} {mon} {y}",
    "{d:02d}-{mon}-{y}",
)


def write_date(when: date, form: str) -> str:
    """`when` in one of `DATE_FORMATS`."""
    month = MONTHS[when.month - 1]
    return form.format(y=when.year, m=when.month, d=when.day, month=month, mon=month[:3])


def number(random: Random, prefix: str, year: int) -> str:
    """A document's number: "INV-2024-0173", "2024/0173", "INV48213" or "48213"."""
    serial = random.randint(1, 9999)
    long, short = f"{year}-{serial:04d}", str(10_000 + serial)
    return random.choice((f"{prefix}-{long}", long.replace("-", "/"), prefix + short, short))
