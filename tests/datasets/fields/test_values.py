"""What short texts are, and their normal forms."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.datasets.fields.values import (
    amount_of,
    amount_variants,
    code_variants,
    date_variants,
    dates_in,
    day_comes_first,
    has_part_of_date,
    is_amount,
    is_code,
    is_date,
    is_figure,
    is_money,
    is_phone,
)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("19 apr 2014", "2014-04-19"),
        ("8/8-2022", "2022-08-08"),
        ("August 3 , 2014", "2014-08-03"),
        ("02 Juillet 2015", "2015-07-02"),
        ("7. Mai 2014", "2014-05-07"),
        ("21.05.14", "2014-05-21"),
        ("03.04.99", "1999-04-03"),  # points are written by those who put the day first
        ("03/20/2023", "2023-03-20"),
        ("1 stycznia 2021 r.", "2021-01-01"),
        ("19-Apr-14", "2014-04-19"),
        ("Monday, 3 May 2021", "2021-05-03"),
        ("1er janvier 2020", "2020-01-01"),
        ("3rd day of March 2021", "2021-03-03"),
        ("3 de mayo de 2021", "2021-05-03"),
        ("12. 3. 2018", "2018-03-12"),
        ("25-12-2016 13:51:47", "2016-12-25"),
        ("16/10/2017 8:22:00 PM", "2017-10-16"),
        ("2018/01/31", "2018-01-31"),
        ("5 październik 2019", "2019-10-05"),
    ],
)
def test_dates_and_their_normal_form(text: str, iso: str) -> None:
    assert is_date(text)
    assert date_variants(text) == (iso,)


@pytest.mark.parametrize(
    "text", ["2 boxes 2014", "31/31/2020", "10.50.20", "555-12345", "1.2.3.4", "", "May 2014", "12"]
)
def test_what_is_no_date(text: str) -> None:
    assert not is_date(text)


def test_a_date_that_can_be_read_in_two_ways_has_a_normal_form_only_with_a_hint() -> None:
    assert date_variants("04/06/2020") == ()
    assert date_variants("04/06/2020", day_first=True) == ("2020-06-04",)
    assert date_variants("04/06/2020", day_first=False) == ("2020-04-06",)
    assert date_variants("30 Feb 2020") == ()
    assert date_variants("2020-06-04") == ()  # is written so


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("from 01/02/2020 to 28/02/2020", True),
        ("from 01/02/2020 to 02/28/2020", False),
        ("28/02/2020 and 02/28/2020", None),
        ("01/02/2020, € 4,00", True),
        ("01/02/2020, $ 4.00", None),
        ("nothing", None),
    ],
)
def test_what_a_page_tells_of_the_order_of_day_and_month(text: str, first: bool | None) -> None:
    assert day_comes_first(text) is first


def test_dates_in_a_text() -> None:
    text = "held on April 28, 2015, and on 2/3/2016; version 1.2.2014.1 and 12/02/24 are none"
    assert [text[start:end] for start, end in dates_in(text)] == ["April 28, 2015", "2/3/2016"]
    assert has_part_of_date("see 4/30/15")
    assert has_part_of_date("until the 9th of May")
    assert not has_part_of_date("march on, you may go 200 miles")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("€ 4.904,94", "4904.94"),
        ("$4.11", "4.11"),
        ("Rs 1939", "1939"),
        ("29.99 € TTC", "29.99"),
        ("RM111.90", "111.90"),
        ("80. 90", "80.90"),
        ("1 234,50 zł", "1234.50"),
        ("(9.32)", "-9.32"),
        ("€ -9,32", "-9.32"),
        ("Rs. 500/-", "500"),
        ("1,23,456.00", "123456.00"),
        ("CHF 1'234.50", "1234.50"),
        ("1,939", "1939"),
        ("1.939", None),
        ("12 boxes", None),
    ],
)
def test_amounts_and_their_normal_form(text: str, plain: str | None) -> None:
    assert amount_of(text) == plain
    assert amount_variants(text) == ((plain,) if plain else ())
    if plain:
        assert is_amount(text)


def test_money_has_a_currency_and_a_figure_decimals_or_groups() -> None:
    assert is_money("EUR 34,73")
    assert not is_money("34,73")
    assert is_figure("34,73")
    assert is_figure("1,200")
    assert not is_figure("1200")
    assert amount_variants("112.50") == ()


def test_codes_and_phones() -> None:
    for code in ("# BLR_2015", "n°562044387", "DE 232 446 240", "INV/2023/03/0008", "507 500 94", "FV/12/2021"):
        assert is_code(code)
    for other in ("CONTRACT", "4 pages", "21 %", "3 May 2020", "€ 5.00", "21.40", ""):
        assert not is_code(other)
    assert code_variants("#42") == ("42",)
    assert code_variants("n° 562044387") == ("562044387",)
    assert code_variants("NR-7") == ()
    assert is_phone("+49 6051 916 44 10")
    assert not is_phone("12/03/2018")


@given(st.text(max_size=60))
def test_no_text_is_too_wild(text: str) -> None:
    for check in (is_date, is_money, is_figure, is_code, is_phone, has_part_of_date):
        assert check(text) in (True, False)
    for variants in (date_variants(text, True), amount_variants(text), code_variants(text)):
        assert text not in variants
    assert all(0 <= start < end <= len(text) for start, end in dates_in(text))


@given(
    st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)),
    st.sampled_from(["%d.%m.%Y", "%d %B %Y", "%B %d, %Y"]),
)
def test_a_written_date_is_read_again(day: date, form: str) -> None:
    assert date_variants(day.strftime(form)) == (day.isoformat(),)
