"""What stays of the finders' finds: sound questions, each once, within the caps."""

import re
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.datasets.finders.evidence import evidence
from octavo.datasets.mining import Corpus
from octavo.datasets.mix import MIX, MOST
from octavo.datasets.questions import KEY_OVER_CAP, NOT_GROUNDED, OVER_CAP, TOO_FULL, Asked, ask
from octavo.datasets.types import EXTRACTIVE, UNANSWERABLE, YES_NO, Question
from octavo.datasets.verify import crowded, grounded
from octavo.datasets.view import View, Whole
from octavo.documents.structure.layout import layout
from octavo.documents.types import NOT_HERE, Box, Page, PageImage, Word

Typed = Callable[..., Page]
SHA256 = "5e" * 32
BODY = "Thank you for your order and for the patience to read all of this long line of body text."


def view_of(page: Page, sha256: str = SHA256, corpus: Corpus | None = None) -> View:
    text = " ".join(word.text for word in page.words).casefold()
    return View(layout(page), Whole(sha256, 1, text), corpus or Corpus(1))


def asked(page: Page, sha256: str = SHA256, **rest: object) -> Asked:
    return ask(view_of(page, sha256), **rest)  # type: ignore[arg-type]


def test_a_page_of_keys_is_asked_for_its_values(typed: Typed) -> None:
    page = typed((50, 100, "Invoice number: 2017-0042"), (50, 115, "Due date: 4 April 2023"), (50, 500, BODY))
    found = {question.key: question for question in asked(page).questions}
    assert found["invoice number"].answer == "2017-0042"
    assert found["due date"].variants == ("2023-04-04",)
    assert all(grounded(question, page.words) for question in found.values())


def test_caps_and_their_count(typed: Typed) -> None:
    lines = [(50, 20 + 14 * n, f"Field {'abcdefghijklmnopqrstuvwxyz'[n]}: value {n} of many") for n in range(20)]
    result = asked(typed(*lines, (50, 500, BODY)))
    of_fields = [question for question in result.questions if question.kind == "key_value"]
    assert len(of_fields) == MIX["key_value"] <= MOST
    assert result.dropped[OVER_CAP] >= 5
    numbers = [int(question.answer.split()[1]) for question in of_fields]
    assert numbers == sorted(numbers)
    assert numbers != list(range(len(numbers)))  # drawn from all over the page


def test_a_quarter_is_one_on_every_fourth_page(typed: Typed) -> None:
    page = typed((50, 100, "Order number: 2017-0042"), (50, 500, BODY))
    results = [asked(page, f"{n:064x}", mix={**MIX, "key_value": 0.25}).questions for n in range(200)]
    counts = [sum(question.kind == "key_value" for question in questions) for questions in results]
    assert set(counts) == {0, 1}
    assert 30 <= sum(counts) <= 70


def test_wording_is_drawn_by_document(typed: Typed) -> None:
    page = typed((50, 100, "Due date: 4 April 2023"), (50, 500, BODY))
    wordings = {asked(page, f"{n:064x}").questions[0].text for n in range(40)}
    assert 3 <= len(wordings) <= 8
    assert asked(page).questions == asked(page).questions


def test_words_that_lie_over_an_answer_are_noticed(typed: Typed) -> None:
    page = typed((50, 100, "Order no: 77-1"), (101, 102, "X", 5), (50, 500, BODY))
    assert asked(page).dropped[NOT_GROUNDED] == 1


def test_a_line_printed_over_the_answer_crowds_it() -> None:
    answer = Word("1900", Box(0.2, 0.5, 0.3, 0.52), 10.0)
    beside = Word("June", Box(0.1, 0.5, 0.195, 0.52), 10.0)
    over = Word("overprinted", Box(0.15, 0.512, 0.6, 0.532), 10.0)
    assert not crowded([answer.box], [answer, beside])
    assert crowded([answer.box], [answer, beside, over])


def test_questions_of_another_origin_pass_the_same_checks(typed: Typed) -> None:
    page = typed((50, 100, "Order number: 77-1"), (50, 115, "Packed by Lee Wong in Hall 7"), (50, 500, BODY))
    box = evidence(page.words[5:7])
    right = Question("Who packed it?", "Lee Wong", 1, (box,), "llm", "llm:x")
    wrong = replace(right, text="Who sent it?", answer="Ann Wong")
    absent = Question("What is the IBAN?", NOT_HERE, 1, (), "llm", "llm:x", UNANSWERABLE, (), "iban")
    present = replace(absent, text="What is the order number?", key="order number")
    marked = Question("Is it packed?", "Yes", 1, (box,), "llm", "llm:x", YES_NO)
    nowhere = replace(marked, text="Is it sent?", boxes=(Box(0.9, 0.9, 0.91, 0.91),))
    result = asked(page, written=[right, wrong, absent, present, marked, nowhere, right])
    assert [q.text for q in result.questions if q.kind == "llm"] == [right.text, absent.text, marked.text]
    assert result.dropped[NOT_GROUNDED] == 3


def test_a_key_of_more_documents_than_the_cap_is_asked_in_a_share_of_them(typed: Typed) -> None:
    page = typed((50, 100, "Order number: 77-1"), (50, 500, BODY))
    corpus = Corpus(1000, {}, {"order number": 1000})
    results = [ask(view_of(page, f"{n:064x}", corpus), most_of_key=300) for n in range(100)]
    with_key = [any(question.key == "order number" for question in result.questions) for result in results]
    assert 15 <= sum(with_key) <= 45
    assert sum(result.dropped[KEY_OVER_CAP] for result in results) == 100 - sum(with_key)


def test_a_page_of_too_many_words_is_not_asked() -> None:
    words = tuple(Word("Total: 5", Box(0.1, 0.1, 0.2, 0.12), 10.0) for _ in range(20_001))
    result = asked(Page(1, "", 600, 800, words, PageImage(b"", "JPEG", 0, 0)))
    assert (result.questions, result.dropped) == ([], {TOO_FULL: 1})


PIECES = re.split(
    r"\|",
    "Total|Date:|Name:|Invoice|No.|$|12.00|1,234.50|3 May 2020|10:30|ACME|Ltd.|the|(see|page)|€|IBAN|DE44|due|date"
    "|http://a.b|-|:|____|Überweisung|☒ Yes|☐|Page 3 of 7|1.|•|Figure 2:|means|“Term”",
)


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
def test_every_question_of_a_word_soup_is_sound(soup: list[tuple[float, float, str, float]], on_a_grid: bool) -> None:
    words = []
    for left, top, text, size in soup:
        x, y = (round(left, 1), round(top * 30) / 30) if on_a_grid else (left, top)
        for word in text.split():
            words.append(Word(word, Box(x, y, min(x + len(word) * size / 1200, 1.0), min(y + size / 800, 1.0)), size))
            x = min(x + (len(word) + 0.5) * size / 1200, 1.0)
    page = Page(1, "", 600, 800, tuple(words), PageImage(b"", "JPEG", 0, 0))
    result = asked(page)
    assert len(result.questions) <= MOST
    assert len({question.text for question in result.questions}) == len(result.questions)
    for question in result.questions:
        assert question.form != EXTRACTIVE or grounded(question, page.words)
        assert question.answer.strip() == question.answer != ""
        assert question.kind in MIX
