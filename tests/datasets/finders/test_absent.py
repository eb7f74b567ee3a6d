"""What is asked for in vain: only what is shown to be in no form anywhere in the document."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from octavo.datasets.finders import absent, fields
from octavo.datasets.finders.absent import FOUND, find
from octavo.datasets.mining import Corpus
from octavo.datasets.types import UNANSWERABLE, Question
from octavo.datasets.view import View, Whole
from octavo.documents.structure.layout import Layout
from octavo.documents.structure.rows import rows
from octavo.documents.types import NOT_HERE, OCR, Page

Typed = Callable[..., Page]

LETTER = (
    (60, 60, "Order number: A-2217"),
    (60, 80, "Department: Garden tools"),
    (60, 100, "Terms of use apply to all parcels."),
)


def view_of(page: Page, keys: dict[str, int], more: str = "", has_unread: bool = False, sha256: str = "a" * 64) -> View:
    """A page of a document with `more` text on its other pages, in a corpus of ten documents with these keys."""
    text = " ".join(word.text for word in page.words) + " " + more
    whole = Whole(sha256, 2, text.casefold(), has_unread)
    layout = Layout(page, tuple(map(tuple, rows(page.words))), (), ())
    of_page = ("order number", "order date", "department", "date", "customer number")
    return View(
        layout, whole, Corpus(10, {}, keys, {key: dict.fromkeys(of_page, count) for key, count in keys.items()})
    )


def asked(view: View) -> list[Question]:
    return list(find(view, Counter()))


def test_a_key_that_papers_of_another_sort_have_is_not_asked_for(typed: Typed) -> None:
    view = view_of(typed(*LETTER), {"doi": 8})
    assert [question.key for question in asked(view)] == ["doi"]
    elsewhere = Corpus(10, {}, {"doi": 8}, {"doi": {"issn": 8, "order number": 1, "department": 1}})
    assert asked(View(view.layout, view.document, elsewhere)) == []


def test_a_key_of_the_corpus_that_the_document_lacks(typed: Typed) -> None:
    (question,) = asked(view_of(typed(*LETTER), {"invoice number": 8, "order number": 9}))
    assert question.text in {text.format(noun="invoice number") for text in fields.NOUN}
    assert (question.answer, question.form, question.kind) == (NOT_HERE, UNANSWERABLE, "unanswerable")
    assert (question.boxes, question.key, question.page) == ((), "invoice number", 1)


def test_dates_and_amounts_are_asked_for_as_those_that_are_there(typed: Typed) -> None:
    (date,) = asked(view_of(typed(*LETTER), {"due date": 8}))
    (amount,) = asked(view_of(typed(*LETTER), {"grand total": 8}))
    assert date.text in {text.format(noun="due date") for text in fields.DATE_NOUN}
    assert amount.text in {text.format(noun="grand total") for text in fields.AMOUNT_NOUN}


@pytest.mark.parametrize(
    ("key", "more"),
    [
        ("invoice number", "Rechnung 4711"),  # another language's label
        ("invoice number", "your lnvoice 4711"),  # misread
        ("invoice number", "InvoiceNo:4711"),  # glued
        ("invoice number", "Receipt No 12"),  # may be taken for it
        ("tracking number", "we are tracking the parcel"),
        ("due date", "Leeds, 4 May 2020"),  # any date
        ("due date", "04/05/20"),
        ("grand total", "it cost 12.50"),
        ("grand total", "Rs 1200"),
        ("phone number", "call 0113 496 0000"),
        ("e-mail address", "ann@example.org"),
        ("website", "see example.org"),
        ("IBAN", "DE89 3704 0044 0532 0130 00"),
        ("time", "at 10:30"),
        ("city", ""),  # stands everywhere without a label
        ("name", ""),
    ],
)
def test_keys_that_stand_in_the_document_in_some_form(typed: Typed, key: str, more: str) -> None:
    assert asked(view_of(typed(*LETTER), {key.casefold(): 8}, more)) == []


def test_what_was_found_is_counted_and_the_next_key_is_tried(typed: Typed) -> None:
    dropped: Counter[str] = Counter()
    keys = {"order number": 9, "department": 9, "order date": 9, "policy number": 9}
    texts = [
        question.key for n in range(20) for question in find(view_of(typed(*LETTER), keys, sha256=f"{n:064}"), dropped)
    ]
    assert set(texts) <= {"policy number", "order date"}
    assert len(texts) == 20
    assert dropped[FOUND] > 0


def test_an_unread_page_may_hold_anything(typed: Typed) -> None:
    assert asked(view_of(typed(*LETTER), {"invoice number": 8}, has_unread=True)) == []


def test_pages_without_keys_are_not_asked(typed: Typed) -> None:
    page = typed((60, 60, "A story of the sea"), (60, 80, "It was late in the year."))
    assert asked(view_of(page, {"invoice number": 8})) == []


def test_rare_keys_are_not_asked_for(typed: Typed) -> None:
    assert asked(view_of(typed(*LETTER), {"invoice number": 1})) == []


def test_labels_of_no_common_name_are_not_asked_for(typed: Typed) -> None:
    assert asked(view_of(typed(*LETTER), {"spare gasket": 8})) == []


def test_after_ocr_no_type_is_called_absent(typed: Typed) -> None:
    """A date may have been misread."""
    page = replace(typed(*LETTER), text=OCR)
    assert asked(view_of(page, {"due date": 8})) == []
    assert len(asked(view_of(page, {"invoice number": 8}))) == 1


def test_a_document_too_long_to_search(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absent, "LONGEST", 50)
    assert asked(view_of(typed(*LETTER), {"invoice number": 8})) == []


def test_the_order_of_the_keys_does_not_matter(typed: Typed) -> None:
    keys = {"invoice number": 8, "policy number": 8, "passport number": 8, "tracking number": 3}
    backwards = dict(reversed(keys.items()))
    for n in range(10):
        sha256 = f"{n:064}"
        assert asked(view_of(typed(*LETTER), keys, sha256=sha256)) == asked(
            view_of(typed(*LETTER), backwards, sha256=sha256)
        )
