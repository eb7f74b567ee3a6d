"""Pages in the order in which they may answer."""

import pytest

from octavo.documents import Box, Word
from octavo.inference.ranking import ranked, tally, terms


def words(text):
    return [Word(part, Box(0, 0, 1, 1), 10.0) for part in text.split()]


def order_of(question, pages):
    return ranked([tally(question, page) for page in pages])


PAGES = [
    words("general terms and conditions of sale"),
    words("invoice number 17 total amount due 48.00"),
    [],
    words("the invoice is due within thirty days of the invoice date " + "and so on " * 20),
    words("glossary: BIC, IBAN"),
]


@pytest.mark.parametrize(
    ("question", "first"),
    [("What is the total amount?", 1), ("Which IBAN?", 4), ("Invoices?", 1), ("What are the conditions?", 0)],
)
def test_the_page_with_the_rare_words_comes_first(question, first):
    order = order_of(question, PAGES)
    assert order[0] == first
    assert sorted(order) == [0, 1, 2, 3, 4]


def test_pages_without_words_come_last_and_equal_ones_in_order():
    assert order_of("Why?", PAGES) == [0, 1, 3, 4, 2]
    assert order_of("Why?", [[], []]) == [0, 1]


def test_words_are_compared_without_form():
    assert terms("Totals: ﬁne, IS (2)") == ["total", "fine", "is", "2"]
