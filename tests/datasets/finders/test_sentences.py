"""What running text is asked for: values of sentences, meanings of terms."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from octavo.datasets.finders import sentences, terms
from octavo.datasets.finders.passages import MOST_CHARS, Passage
from octavo.datasets.types import Question
from octavo.datasets.verify import grounded
from octavo.datasets.view import View
from octavo.documents.structure.rows import Line
from octavo.documents.types import Box, Word

Viewed = Callable[..., View]


def paragraph(*lines: str, top: float = 100) -> tuple[str, list[tuple[float, float, str]]]:
    """A paragraph of these lines."""
    return "paragraph", [(50, top + 12 * n, line) for n, line in enumerate(lines)]


def asked(view: View) -> list[Question]:
    """The page's questions, each of which its boxes answer."""
    dropped: Counter[str] = Counter()
    questions = [*sentences.find(view, dropped), *terms.find(view, dropped)]
    assert all(grounded(question, view.page.words) and question.kind == "sentence" for question in questions)
    return questions


def answers(view: View, *in_text: str) -> set[str]:
    """The answers to the questions that have these pieces in them."""
    return {question.answer for question in asked(view) if all(piece in question.text for piece in in_text)}


@pytest.mark.parametrize(
    ("sentence", "piece", "answer"),
    [
        ("The lease of the warehouse begins on 3 May 2021 at noon.", "date", "3 May 2021"),
        ("The harbour office was founded in 1987 by local fishermen.", "year", "1987"),
        ("Of all the ships that called, 45.5% carried timber.", "percentage", "45.5%"),
        ("The tenant pays a deposit of $1,200.50 to the owner.", "of money", "$1,200.50"),
        ("The tenant may end the lease after 30 days without reason.", "days", "30"),
        ("The tenant may end the lease within thirty (30) days without reason.", "days", ""),
    ],
)
def test_the_one_value_of_a_sentence(viewed: Viewed, sentence: str, piece: str, answer: str) -> None:
    view = viewed(paragraph(sentence))
    assert answers(view, piece) == ({answer} if answer else set())


@pytest.mark.parametrize(
    "sentence",
    [
        "The lease begins on 3 May 2021 and ends on 2 May 2022.",
        "The lease begins in May 2021 as agreed on 9 April 2021.",
        "The office counted 45% of the ships and 20% of the boats.",
        "The tenant pays $100 in cash and $200 by transfer.",
        "The lease has between 20 and 30 days of notice, see Section 12 days.",
        "the lease that begins on 3 May 2021 is not a sentence here.",
        "The lease that begins on 3 May 2021 is no whole sentence",
        "CALL US BEFORE 3 MAY 2021 FOR A QUOTE.",
    ],
)
def test_sentences_with_two_values_or_of_doubt_give_none(viewed: Viewed, sentence: str) -> None:
    assert not [
        q
        for q in sentences.find(viewed(paragraph(sentence)), Counter())
        if "”?" in q.text and "…" not in q.text and any(c.isdigit() for c in q.answer)
    ]


def test_a_value_over_two_lines_has_two_boxes(viewed: Viewed) -> None:
    view = viewed(paragraph("The lease of the warehouse begins on 3 May", "2021 at noon, as both parties agreed."))
    [question] = asked(view)
    assert question.answer == "3 May 2021"
    assert len(question.boxes) == 2
    assert "“The lease of the" in question.text


def test_a_beginning_that_recurs_names_no_sentence(viewed: Viewed) -> None:
    view = viewed(
        paragraph("The lease of the warehouse begins at noon on 3 May 2021 for good."),
        paragraph("The lease of the warehouse begins at noon on 4 May 2021 for good.", top=200),
    )
    dropped: Counter[str] = Counter()
    assert not list(sentences.find(view, dropped))
    assert dropped[sentences.SAID_TWICE] == 2


def test_a_value_near_the_beginning_is_named_by_the_end(viewed: Viewed) -> None:
    [question] = asked(viewed(paragraph("On 3 May 2021 the owner hands over the keys of the warehouse.")))
    assert question.answer == "3 May 2021"
    assert "keys of the warehouse”" in question.text


def test_words_divided_by_a_line_end_are_neither_quoted_nor_answers(viewed: Viewed) -> None:
    view = viewed(paragraph("The ware-", "house was sold in 1987 to the city and its people of the land."))
    assert all("ware-" not in question.text for question in asked(view))
    assert answers(view, "year") == {"1987"}


def test_the_end_of_a_sentence(viewed: Viewed) -> None:
    view = viewed(paragraph("The keys of the warehouse are kept by the porter of the old harbour."))
    assert len(asked(view)) == 1
    assert answers(view, "“The keys of the warehouse are") == {"kept by the porter of the old harbour"}


def test_abbreviations_do_not_end_sentences() -> None:
    text = "The firm of Dr. Miller and Co. Ltd. was sold in 1987 to the city. It was closed by the new owner soon."
    line = Line.of(
        [Word(word, Box(0.01 * n, 0.1, 0.01 * n + 0.009, 0.12), 10.0) for n, word in enumerate(text.split())]
    )
    assert [sentence.text for sentence in sentences.sentences(Passage.of([line]))] == [
        "The firm of Dr. Miller and Co. Ltd. was sold in 1987 to the city.",
        "It was closed by the new owner soon.",
    ]


@pytest.mark.parametrize(
    ("text", "term", "answer"),
    [
        ("under the Data Protection Act (DPA) of the land", "“DPA”", "Data Protection Act"),
        ("the Bureau of the Sea and Rivers (BSR) said", "“BSR”", "Bureau of the Sea and Rivers"),
        ("a cost-benefit analysis (CBA) was made", "“CBA”", "cost-benefit analysis"),
        ("the committee met (CEO) in May", "“CEO”", ""),
        ("“Term” means the twelve months from the first day;", "“Term”", "the twelve months from the first day"),
        ("made between Harbour Freight Ltd. (the “Carrier”) and", "“Carrier”", "Harbour Freight Ltd"),
        ("between Anna Berg, a merchant of Oslo (“Buyer”) and others", "“Buyer”", "Anna Berg"),
        ("is governed by the laws of the Kingdom of Norway.", "aw", "Kingdom of Norway"),
        ("is governed by and construed under the laws of England and Wales, and", "aw", "England and Wales"),
        ("write to port@harbour.example today", "e-mail", "port@harbour.example"),
        ("see www.harbour.example for more", "web", "www.harbour.example"),
    ],
)
def test_terms(viewed: Viewed, text: str, term: str, answer: str) -> None:
    assert answers(viewed(paragraph(text)), term) == ({answer} if answer else set())


def test_a_term_of_two_meanings_and_two_addresses_are_not_asked_for(viewed: Viewed) -> None:
    dropped: Counter[str] = Counter()
    view = viewed(
        paragraph("the Data Protection Act (DPA) and a Daily Port Account (DPA)"),
        paragraph("write to port@harbour.example or to ship@harbour.example", top=200),
    )
    assert not list(terms.find(view, dropped))
    assert dropped[terms.AMBIGUOUS] == 1


def test_a_long_page_is_read_in_part_and_fast(viewed: Viewed) -> None:
    hostile = ["The (ABC) (“X”) between A, (" * 400, "www." * 20_000, "1 " * 10_000, "A. " * 10_000]
    view = viewed(*(paragraph(line, top=10 * n) for n, line in enumerate(hostile)))
    assert sum(len(block.text) for block in view.layout.blocks) > MOST_CHARS
    asked(view)


PIECES = [
    "The",
    "ship",
    "was",
    "sold",
    "on",
    "3 May 2020",
    "in 1987",
    "45%",
    "$ 12.50",
    "(ABC)",
    "“Term”",
    "means",
    "it.",
]
PIECES += [
    "Dr.",
    "30 days",
    "a-",
    "b",
    "governed by the laws of",
    "Norway.",
    "between",
    "Anna Berg",
    "(“Buyer”)",
    "\u202e",
]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=10).map(" ".join), min_size=1, max_size=6))
def test_word_soup_is_asked_soundly(viewed: Viewed, lines: list[str]) -> None:
    view = viewed(paragraph(*lines))
    assert asked(view) == asked(view)


@pytest.mark.parametrize(
    "sentence",
    [
        "The New Crane The crane was sold in 1987 to the port of the city.",  # a heading in the sentence's line
        "Reports are at www.harbour.example since 1987 for all of the members.",
        "Other goods could of course be added.",
        "The third word of the text is “harbour” or its plural.",  # the answer would lose its marks
        "Une valeur se compose de deux ou 2 derniers chiffres.",  # no plural noun after the number
        "The keys ..... are kept by the porter of the old harbour.",
    ],
)
def test_what_is_no_running_text(viewed: Viewed, sentence: str) -> None:
    assert not list(sentences.find(viewed(paragraph(sentence)), Counter()))
