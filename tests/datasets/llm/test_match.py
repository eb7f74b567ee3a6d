"""Where answers stand on a page: how strictly they match, which words, and that these are read again."""

import re
import time
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.datasets.llm.match import (
    EXACT,
    LONGEST,
    MOST_PLACES,
    MOST_WORDS,
    NEAR,
    NORMALISED,
    NUMBER,
    PageIndex,
    canonical,
    locate,
)
from octavo.datasets.llm.quantities import dates, equal_numbers, numbers, unit
from octavo.datasets.types import Question
from octavo.datasets.verify import grounded
from octavo.documents.types import Box, Word


def typed(*lines: str) -> list[Word]:
    """Words of lines in type of 10 points: 120 characters over the page, lines 1.4 line heights apart."""
    return [
        Word(match[0], Box(match.start() / 120, 0.014 * row, match.end() / 120, 0.014 * row + 0.01), 10.0)
        for row, line in enumerate(lines)
        for match in re.finditer(r"\S+", line)
    ]


PAGE = typed(
    "Harbour Office (North)                        Invoice no.: INV-0042/A",
    "",
    "The crane may lift no more than 12.5 tonnes   Date: Tuesday, 28 February 2017",
    "unless the harbour master has given his       Total           EUR 1,234.50",
    "written con-                                  Discount        (50.00)",
    "sent beforehand.                              Rate            15 %",
    "",
    "„Straße und Ofﬁce“ — Café № 7                 Total  paid     1 234,50 €",
)


@pytest.mark.parametrize(
    ("answer", "how", "text"),
    [
        ("Harbour Office", EXACT, "Harbour Office"),
        ("Harbour Office (North)", EXACT, "Harbour Office (North)"),
        ("INV-0042/A", EXACT, "INV-0042/A"),
        ("28 February 2017", EXACT, "28 February 2017"),
        ("12.5 tonnes unless the harbour master", EXACT, "12.5 tonnes unless the harbour master"),
        ("harbour  office", NORMALISED, "Harbour Office"),
        ("Harbour Office, North", NORMALISED, "Harbour Office (North)"),
        ("STRASSE UND OFFICE", NORMALISED, "„Straße und Ofﬁce“"),
        ("No 7", NORMALISED, "№ 7"),
        ("Cafe\u0301", NORMALISED, "Café"),
        ("1234.5", NUMBER, "EUR 1,234.50"),
        ("€ 1.234,50", NUMBER, "EUR 1,234.50"),
        ("-50", NUMBER, "(50.00)"),
        ("15.0 percent", NUMBER, "15 %"),
        ("2017-02-28", NUMBER, "Tuesday, 28 February 2017"),
        ("02/28/17", NUMBER, "Tuesday, 28 February 2017"),
        ("unless the harbor master has given", NEAR, "unless the harbour master has given"),
        ("Harbor Offices North", NEAR, "Harbour Office (North)"),
        ("arbour Office", NEAR, "Harbour Office"),
    ],
)
def test_found(answer: str, how: str, text: str) -> None:
    match = locate(answer, PAGE)
    assert match is not None
    assert (match.how, match.text) == (how, text)
    assert grounded(Question("?", match.text, 1, match.boxes, "llm", "test"), PAGE)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "  …  ",
        "INV",
        "125 tonnes",  # 12.5
        "1234.51",
        "USD 1234.50",  # another currency
        "2017-02-27",
        "tonnes Date",  # over the gutter between columns
        "Harbour master has approved",
        "lift no more than 13.5 tonnes unless",  # one digit is another value, however alike the rest
        "x" * (LONGEST + 1),
    ],
)
def test_not_found(answer: str) -> None:
    assert locate(answer, PAGE) is None


def test_lines_of_a_column_go_on_and_each_has_a_box() -> None:
    match = locate("lift no more than 12.5 tonnes unless the harbour master has given his", PAGE)
    assert match is not None
    assert [len(line) for line in match.lines] == [6, 7]
    # "lift" begins at character 14 of the first line, "unless" at 0 of the second: 120 characters are the page.
    assert match.boxes[0] == Box(round(14 / 120, 5), 0.028, round(43 / 120, 5), 0.038)
    assert match.boxes[1] == Box(0.0, 0.042, round(39 / 120, 5), 0.052)


def test_a_word_broken_over_lines_is_found_and_told() -> None:
    match = locate("written consent", PAGE)
    assert match is not None
    assert (match.text, match.breaks_word) == ("written con- sent", True)


def test_uniqueness_and_all_places() -> None:
    index = PageIndex(PAGE)
    total = index.places("total")
    assert [(match.how, match.is_unique) for match in total] == [(NORMALISED, False)] * 2
    assert [match.boxes[0].y0 for match in total] == [0.042, 0.098]
    [date_] = index.places("Date")
    assert date_.is_unique
    amounts = index.places("1234,5")
    assert [match.text for match in amounts] == ["EUR 1,234.50", "1 234,50 €"]


def test_an_exact_place_comes_before_a_normalised_one() -> None:
    index = PageIndex(typed("SUM of all", "", "", "sum of all"))
    assert [(match.how, match.text) for match in index.places("sum")] == [(EXACT, "sum"), (NORMALISED, "SUM")]


def test_an_article_before_a_date_is_not_a_part_of_it() -> None:
    match = locate("2015-07-05", typed("payable by the 5th of July, 2015."))
    assert match is not None
    assert match.text == "5th of July, 2015"


def test_no_line_goes_over_a_rule() -> None:
    words = typed("Rope Chain")
    assert PageIndex(words).locate("Rope Chain")
    assert not PageIndex(words, (Box(0.0365, 0.0, 0.0375, 0.5),)).locate("Rope Chain")


def test_digits_of_two_words_are_two_numbers() -> None:
    assert canonical("Room 2 50") == "room2 50"
    assert locate("250", typed("Room 2 50")) is None
    assert locate("2 50", typed("Room 2 50")) is not None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("“Hello,   World!”", "helloworld"),
        ("1.5", "1.5"),
        ("a.b", "ab"),
        ("-5 °C", "-5c"),
        ("A-5", "a5"),
        ("2017-02-28", "2017-02-28"),
        ("2017–02–28", "2017-02-28"),
        ("ﬁn", "fin"),
        ("１２", "12"),
        ("R&D 5%", "r&d5%"),
        ("e\u00admail", "email"),
        ("…", ""),
    ],
)
def test_canonical(text: str, form: str) -> None:
    assert canonical(text) == form


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,234.50", {"1234.5"}),
        ("1.234,50", {"1234.5"}),
        ("1 234,50 €", {"1234.5"}),
        ("1'234.50", {"1234.5"}),
        ("12,34,567", {"1234567"}),
        ("1.234", {"1234", "1.234"}),
        ("0.123", {"0.123"}),
        ("(5.00)", {"-5"}),
        ("\u22125", {"-5"}),
        ("5.00-", {"-5"}),
        ("007", set()),
        ("1.2.3", set()),
        ("12,34", {"12.34"}),
        ("five", set()),
        ("", set()),
        ("9" * 60, set()),
    ],
)
def test_numbers(text: str, values: set[str]) -> None:
    assert numbers(text) == {Decimal(value) for value in values}


def test_units() -> None:
    assert [unit(text) for text in ("$5", "5 USD", "EUR 5", "5 %", "5")] == ["$", "$", "€", "%", ""]
    assert equal_numbers("$ 5", "5.00 USD")
    assert equal_numbers("5", "5.00 USD")
    assert not equal_numbers("5 EUR", "5.00 USD")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2017-02-28", {(2017, 2, 28)}),
        ("28.02.17", {(2017, 2, 28)}),
        ("2/28/2017", {(2017, 2, 28)}),
        ("Feb. 28, 2017", {(2017, 2, 28)}),
        ("28 de febrero de 2017", {(2017, 2, 28)}),
        ("28. Februar 2017", {(2017, 2, 28)}),
        ("1er février 2017", {(2017, 2, 1)}),
        ("02/03/2017", {(2017, 2, 3), (2017, 3, 2)}),
        ("20170228", {(2017, 2, 28)}),
        ("1 May 72", {(1972, 5, 1)}),
        ("31 February 2017", set()),
        ("28 February", set()),
        ("28: 02: 2017", set()),
        ("٢8, 2, 2017 x", set()),
    ],
)
def test_dates(text: str, days: set[tuple[int, int, int]]) -> None:
    assert dates(text) == {date(*day) for day in days}


PIECES = [
    "Total",
    "(see",
    "1,234.50",
    "EUR",
    "-",
    "…",
    "12",
    "of",
    "№",
    "ﬁn",
    "A-5",
    "2017-02-28",
    "ab-",
    "%",
    "é",
    "،",
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=8), max_size=6), st.data())
def test_every_span_of_a_line_is_found_and_grounded(soup: list[list[str]], data: st.DataObject) -> None:
    lines = [" ".join(words) for words in soup]
    words = [word for line in soup for word in line]
    index = PageIndex(typed(*lines))
    assert len(index.words) == len(words)
    full = [line for line in soup if line]
    if full:
        line = data.draw(st.sampled_from(full))
        first = data.draw(st.integers(0, len(line) - 1))
        last = data.draw(st.integers(first, len(line) - 1))
        answer = " ".join(line[first : last + 1])
        places = index.places(answer)
        assert bool(places) == bool(canonical(answer))
        for place in places:
            assert grounded(Question("?", place.text, 1, place.boxes, "llm", "test"), index.words)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_whatever_is_asked_for_what_is_found_is_grounded(answer: str) -> None:
    for place in PageIndex(PAGE).places(answer):
        assert grounded(Question("?", place.text, 1, place.boxes, "llm", "test"), PAGE)


def test_large_and_hostile_pages_take_bounded_time() -> None:
    words = [
        Word("aa", Box(n % 100 / 100, n // 100 / 200, (n % 100 + 0.8) / 100, (n // 100 + 0.7) / 200), 10.0)
        for n in range(MOST_WORDS)
    ]
    began = time.monotonic()
    index = PageIndex(words)
    assert len(index.places("aa aa")) == MOST_PLACES
    assert len(index.places("aa " * 600)) <= MOST_PLACES
    assert not index.places("b" * LONGEST)
    assert not PageIndex([*words, words[0]]).words
    assert time.monotonic() - began < 10  # 0.6 s on two cores
