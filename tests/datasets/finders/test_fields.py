"""What pages of fields are asked: keys, totals, dates, clauses."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.datasets.finders import fields
from octavo.datasets.finders.fields import TOO_FULL, find
from octavo.datasets.mining import Corpus
from octavo.datasets.types import Question
from octavo.datasets.verify import grounded
from octavo.datasets.view import View, Whole
from octavo.documents.structure.layout import Layout
from octavo.documents.structure.rows import rows
from octavo.documents.types import Box, Page, PageImage, Word

Typed = Callable[..., Page]
SHA256 = "5e" * 32
BODY = (50, 500, "Thank you for your order and for the patience to read all of this long line of body text.")


def view_of(page: Page, sha256: str = SHA256) -> View:
    layout = Layout(page, tuple(tuple(row) for row in rows(page.words)), (), ())
    return View(layout, Whole(sha256, 1, ""), Corpus())


def asked(page: Page) -> list[Question]:
    questions = list(find(view_of(page), Counter()))
    assert all(grounded(question, page.words) for question in questions)
    return questions


def by_key(page: Page) -> dict[str, Question]:
    return {question.key: question for question in asked(page)}


def test_the_label_decides_the_kind_and_the_wording(typed: Typed) -> None:
    found = by_key(
        typed(
            (50, 100, "Due date: 4 April 2023"),
            (50, 115, "Subtotal"),
            (450, 115, "$ 112.00"),
            (50, 130, "Garden hose, green"),
            (450, 130, "$ 7.20"),
            (50, 145, "Seat: 7 A"),
            BODY,
        )
    )
    assert {key: (question.kind, question.answer, question.variants) for key, question in found.items()} == {
        "due date": ("date", "4 April 2023", ("2023-04-04",)),
        "subtotal": ("amount", "$ 112.00", ("112.00",)),
        "garden hose, green": ("amount", "$ 7.20", ("7.20",)),
        "seat": ("key_value", "7 A", ()),
    }
    assert "due date" in found["due date"].text
    assert "subtotal" in found["subtotal"].text
    assert "“Garden hose, green”" in found["garden hose, green"].text


def test_a_name_that_another_label_bears_too_is_quoted(typed: Typed) -> None:
    found = by_key(typed((50, 100, "Date: 1 May 2020"), (50, 115, "Due date: 9 May 2020"), BODY))
    assert "“Date”" in found["date"].text
    assert "due date" in found["due date"].text


def test_sections_and_parties_in_the_wording(typed: Typed) -> None:
    questions = asked(
        typed(
            (50, 100, "Seller"),
            (50, 112, "Phone: 555-12345"),
            (50, 200, "Buyer"),
            (50, 212, "Phone: 555-99999"),
            (50, 230, "Guest: Mary Poole"),
            (50, 245, "Payment terms: 30 days"),
            BODY,
        )
    )
    texts = {question.answer: question.text for question in questions}
    assert "“Phone”" in texts["555-99999"]
    assert "“Buyer”" in texts["555-99999"]
    assert "“Seller”" in texts["555-12345"]
    assert texts["Mary Poole"] in {choice.format(noun="guest") for choice in fields.WHO}
    assert texts["30 days"] in {choice.format(noun="payment terms") for choice in fields.PLURAL}


def invoice(*sums: tuple[str, str], date: str = "Date: 28 February 2017") -> list[tuple[float, float, str]]:
    lines: list[tuple[float, float, str]] = [(50, 50, "INVOICE"), (50, 80, "Invoice no: 2017-0042"), (50, 95, date)]
    for n, (label, amount) in enumerate(sums):
        lines += [(300, 300 + 15 * n, label), (500, 300 + 15 * n, amount)]
    return [*lines, BODY]


@pytest.mark.parametrize(
    ("sums", "total"),
    [
        ([("Subtotal", "100.00"), ("VAT 20%", "20.00"), ("Total", "120.00")], "120.00"),
        ([("Total", "100.00"), ("Tax", "20.00"), ("Grand total", "120.00")], "120.00"),
        ([("Total HT", "100,00 €"), ("TVA", "20,00 €"), ("Total TTC", "120,00 €")], "120,00 €"),
        ([("Total", "120.00"), ("Amount paid", "20.00"), ("Amount due", "100.00")], "120.00"),
        ([("Nettobetrag", "100,00"), ("Rechnungsbetrag", "119,00")], "119,00"),
        ([("Total discount", "7.00"), ("Total items", "3.00"), ("Total", "120.00")], "120.00"),
        ([("Amount due", "£ 100.00")], "£ 100.00"),
        ([("Total", "29.28"), ("Rounding", "0.02"), ("Total rounded", "29.30")], "29.30"),
        ([("Total", "16.31"), ("Rounding adj", "-0.01"), ("To pay", "16.30")], "16.30"),
        ([("Meal", "29.80"), ("Cash", "50.00"), ("Change", "20.20")], "29.80"),
        ([("Total", "100.00"), ("Total", "120.00")], None),
        ([("Subtotal", "100.00"), ("Total tax", "20.00"), ("Change", "1.00")], None),
    ],
)
def test_the_total_of_a_paper(typed: Typed, sums: list[tuple[str, str]], total: str | None) -> None:
    found = by_key(typed(*invoice(*sums)))
    assert (found["total"].answer if "total" in found else None) == total
    if total:
        assert found["total"].text in {choice.format(paper="invoice") for choice in fields.TOTAL}
        assert found["total"].kind == "amount"
    assert found["invoice date"].answer == "28 February 2017"


def test_what_is_no_invoice_has_no_total_of_the_paper(typed: Typed) -> None:
    found = by_key(typed((50, 100, "Visitors"), (300, 300, "Total"), (500, 300, "120.00"), BODY))
    assert found["total"].text in {choice.format(noun="total") for choice in fields.AMOUNT_NOUN}


def test_the_date_of_a_receipt(typed: Typed) -> None:
    def receipt(*lines: tuple[float, float, str]) -> Page:
        page = typed((50, 60, "Receipt"), (50, 300, "Total"), (300, 300, "4.20"), *lines)
        return replace(page, width=220.0, height=420.0)

    found = by_key(receipt((50, 100, "06/07/21 17:45"), (50, 600, "Printed 06/07/2021")))
    assert found["receipt date"].answer == "06/07/21"
    assert found["receipt date"].variants == ()
    assert "receipt date" not in by_key(receipt((50, 100, "06/07/2021"), (50, 600, "until 08/07/2021")))
    assert by_key(receipt((50, 100, "Date: 06/07/2021 17:45"), (50, 600, "08/07/2021")))["receipt date"].answer == (
        "06/07/2021"
    )


def test_dates_of_numbers_have_a_normal_form_where_the_page_tells(typed: Typed) -> None:
    assert by_key(typed(*invoice(date="Date: 04/06/2020")))["invoice date"].variants == ()
    german = typed(*invoice(("Total", "€ 4,00"), date="Date: 04/06/2020"))
    assert by_key(german)["invoice date"].variants == ("2020-06-04",)


def test_the_only_date_of_a_page(typed: Typed) -> None:
    [question] = asked(typed((50, 100, "Meeting held on April 28, 2015, in the small hall."), BODY))
    assert (question.kind, question.answer) == ("date", "April 28, 2015")
    assert not asked(typed((50, 100, "From April 28, 2015 to May 2, 2015."), BODY))
    for other in ("as in May 2014", "until May 9", "after the 9th of May", "see 4/30/15"):
        assert not asked(typed((50, 100, f"On April 28, 2015, {other}."), BODY))


def test_the_clauses_of_a_contract(typed: Typed) -> None:
    page = typed(
        (50, 100, "This Agreement is made on 3 March 2021 between Northwind Consulting Ltd, a company"),
        (50, 112, "registered in England (the “Consultant”), and Blue Door Bakery Inc., of 14 Elm Street"),
        (50, 124, "(the “Client”). It begins on 1 April 2021 (the “Effective Date”). The Agreement is governed"),
        (50, 136, "by and construed in accordance with the laws of the State of New York."),
    )
    found = by_key(page)
    assert {key: question.answer for key, question in found.items()} == {
        "contract date": "3 March 2021",
        "effective date": "1 April 2021",
        "consultant": "Northwind Consulting Ltd",
        "client": "Blue Door Bakery Inc.",
        "governing law": "State of New York",
    }
    assert found["contract date"].variants == ("2021-03-03",)
    assert "“Client”" in found["client"].text


def test_no_clauses_of_what_is_no_contract(typed: Typed) -> None:
    assert not asked(
        typed((50, 100, "A letter between Anna Smith (the “Hen”) and Bob Jones (the “Fox”) was made."), BODY)
    )


def test_wording_is_drawn_by_document_and_key(typed: Typed) -> None:
    page = typed((50, 100, "Due date: 4 April 2023"), BODY)
    wordings = {next(find(view_of(page, f"{n:064x}"), Counter())).text for n in range(60)}
    assert wordings == {choice.format(noun="due date") for choice in fields.DATE_NOUN}
    assert asked(page) == asked(page)


def test_a_page_of_too_many_words_is_left(typed: Typed) -> None:
    page = typed((50, 100, "Due date: 4 April 2023"))
    dropped: Counter[str] = Counter()
    assert not list(find(view_of(replace(page, words=page.words * 6000)), dropped))
    assert dropped == {TOO_FULL: 1}


PIECES = ["Total", "Date:", "Name:", "Invoice", "No.", "$", "12.00", "1,234.50", "3 May 2020", "10:30", "ACME", "Ltd."]
PIECES += ["the", "(see", "page)", "€", "IBAN", "DE44", "due", "date", "http://a.b", "-", ":", "____", "Überweisung"]
PIECES += ["Cash", "Change", "Bill to", "4 High Street", "Agreement", "between", "(the “Buyer”)", "Receipt", "1 2"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 0.9), st.floats(0, 0.95), st.sampled_from(PIECES), st.sampled_from([8.0, 10.0, 14.0, 30.0])
        ),
        max_size=40,
    ),
    st.booleans(),
)
def test_every_question_of_a_word_soup_is_its_boxes_words(
    soup: list[tuple[float, float, str, float]], on_a_grid: bool
) -> None:
    words = []
    for left, top, text, size in soup:
        x, y = (round(left, 1), round(top * 30) / 30) if on_a_grid else (left, top)
        for word in text.split():
            words.append(Word(word, Box(x, y, min(x + len(word) * size / 1200, 1.0), min(y + size / 800, 1.0)), size))
            x = min(x + (len(word) + 0.5) * size / 1200, 1.0)
    page = Page(1, "", 600, 800, tuple(words), PageImage(b"", "JPEG", 0, 0))
    for question in find(view_of(page), Counter()):
        assert question.answer.strip() == question.answer != ""
        assert question.key
        assert 0 < len(question.boxes) <= 8
