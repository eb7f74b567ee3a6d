"""What the documents tell is consistent, whatever the seed."""

from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.synthetic import facts, words

seeds = st.integers(0, 2**32)


@settings(deadline=None)
@given(seeds, st.sampled_from(sorted(words.TRADES)))
def test_a_sale_adds_up(seed: int, trade: str) -> None:
    sale = facts.sale(Random(seed), trade, fewest=1, most=10)
    assert 1 <= len(sale.items) <= 10
    assert len({item.name for item in sale.items}) == len(sale.items)
    assert all(item.quantity >= 1 and item.price >= 100 for item in sale.items)
    assert sale.subtotal == sum(item.quantity * item.price for item in sale.items)
    assert abs(sale.tax - sale.subtotal * sale.rate / 100) <= 0.5
    assert sale.total == sale.subtotal + sale.tax


@settings(deadline=None)
@given(seeds)
def test_what_is_due_is_due_after_it_was_issued(seed: int) -> None:
    random = Random(seed)
    issued = facts.day(random)
    assert date(2012, 1, 1) <= issued <= date(2029, 12, 31)
    assert 7 <= (facts.later(random, issued) - issued).days <= 60


@pytest.mark.parametrize(
    ("form", "expected"),
    zip(
        facts.DATE_FORMATS,
        (
            "2024-03-05",
            "05.03.2024",
            "03/05/2024",
            "05/03/2024",
            "5 March 2024",
            "March 5, 2024",
            "05 Mar 2024",
            "05-Mar-2024",
        ),
        strict=True,
    ),
)
def test_dates_are_written_as_people_write_them(form: str, expected: str) -> None:
    assert facts.write_date(date(2024, 3, 5), form) == expected


@settings(deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(facts.MONEYS))
def test_an_amount_keeps_its_digits(cents: int, money: facts.Money) -> None:
    written = money.write(cents)
    assert int("".join(filter(str.isdigit, written))) == cents
    assert money.bare(cents) in written
    assert money.bare(cents)[-3] in ".,"


def test_amounts_are_written_as_currencies_are() -> None:
    assert [money.write(123456) for money in facts.MONEYS] == [
        "$1,234.56",
        "£1,234.56",
        "€1,234.56",
        "USD 1,234.56",
        "EUR 1.234,56",
        "CHF 1'234.56",
        "1.234,56 €",
        "1.234,56 kr",
    ]
    assert facts.MONEYS[0].write(5) == "$0.05"


@settings(deadline=None)
@given(seeds, st.sampled_from(sorted(words.TRADES)))
def test_names_have_no_stray_spaces(seed: int, trade: str) -> None:
    random = Random(seed)
    for party in (facts.person(random), facts.company(random, trade)):
        for text in (party.name, party.street, party.town, party.phone):
            assert text == " ".join(text.split())
            assert text
