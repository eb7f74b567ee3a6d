"""What titles, headings and lists of contents are asked for."""

from collections import Counter
from collections.abc import Callable

import pytest

from octavo.datasets.finders.headings import MOST_ENTRIES, NOT_SURE, TOO_MANY, find
from octavo.datasets.types import Question
from octavo.datasets.verify import grounded
from octavo.datasets.view import View

Viewed = Callable[..., View]
BODY = [
    "Ships that call at the port in the morning are served first, and those",
    "that come later wait until the tide allows them to leave again.",
]


def asked(view: View) -> list[Question]:
    """The page's questions, each of which its boxes answer."""
    questions = list(find(view, Counter()))
    assert all(grounded(question, view.page.words) for question in questions)
    return questions


def block(kind: str, x: float, y: float, *lines: str, size: float = 10) -> tuple[str, list[tuple[float, ...]]]:
    return kind, [(x, y + 1.2 * size * n, line, size) for n, line in enumerate(lines)]


def test_the_title_in_all_its_lines(viewed: Viewed) -> None:
    [question] = asked(viewed(block("title", 50, 40, "Annual Report of the", "Harbour Office", size=24)))
    assert (question.kind, question.answer) == ("title", "Annual Report of the Harbour Office")
    assert len(question.boxes) == 2
    two = viewed(block("title", 50, 40, "Annual Report", size=24), block("title", 50, 400, "Harbour Office", size=24))
    assert not asked(two)


def test_the_next_heading_and_the_one_over_a_paragraph(viewed: Viewed) -> None:
    view = viewed(
        block("heading", 50, 100, "1 Ships", size=14),
        block("paragraph", 50, 130, *BODY),
        block("heading", 50, 300, "2 Cranes", size=14),
        block("paragraph", 50, 330, "Cranes lift."),
    )
    found = {question.text: question.answer for question in asked(view)}
    assert {answer for text, answer in found.items() if "“1 Ships”" in text} == {"2 Cranes"}
    assert {answer for text, answer in found.items() if "Ships that call at the port" in text} == {"1 Ships"}
    assert {answer for text, answer in found.items() if "first" in text or "topmost" in text} == {"1 Ships"}
    assert not any("Cranes lift" in text for text in found)  # a scrap is no paragraph


def test_headings_whose_order_is_not_certain(viewed: Viewed) -> None:
    dropped: Counter[str] = Counter()
    beside = viewed(block("heading", 50, 100, "Ships", size=14), block("heading", 350, 60, "Cranes", size=14))
    assert not list(find(beside, dropped))
    assert dropped[NOT_SURE] == 1
    twice = viewed(
        *(block("heading", 50, 100 + 90 * n, name, size=14) for n, name in enumerate(["Ships", "Cranes"] * 2))
    )
    assert {question.answer for question in asked(twice)} == {"Ships"}  # the first; names that recur lead nowhere


def test_headings_of_another_column_do_not_reach_over(viewed: Viewed) -> None:
    view = viewed(
        block("title", 50, 20, "The Port of Our Town", size=24),
        block("heading", 50, 700, "Ships", size=14),
        block("paragraph", 320, 100, *BODY),
    )
    assert {question.answer for question in asked(view)} == {"The Port of Our Town"}


@pytest.mark.parametrize("text", ["Contact:", "12.50", "\ue012\ue013 broken", "– and on", "x" * 300])
def test_what_does_not_read_as_a_heading(viewed: Viewed, text: str) -> None:
    assert not asked(viewed(block("heading", 50, 100, text, size=14), block("paragraph", 50, 130, *BODY)))


CONTENTS = [
    ("1 Ships", 2),
    ("1.1 Sailing ships of the northern ports", 2),
    ("2 Cranes", 14),
    ("3 Tides", 27),
    ("Index", 31),
]


def contents(
    name: str, leader: str, entries: list[tuple[str, int]] = CONTENTS
) -> list[tuple[str, list[tuple[float, ...]]]]:
    lines = [block("paragraph", 50, 100 + 20 * n, f"{title}{leader}") for n, (title, _) in enumerate(entries)]
    lines += [block("paragraph", 500, 100 + 20 * n, str(page)) for n, (_, page) in enumerate(entries)]
    return [block("heading", 50, 50, name, size=14), *lines]


@pytest.mark.parametrize(("name", "leader"), [("Contents", ""), ("Contents", " . . . . . ."), ("Overview", " ......")])
def test_the_pages_of_a_list_of_contents(viewed: Viewed, name: str, leader: str) -> None:
    questions = asked(viewed(*contents(name, leader)))
    pages = {title: str(page) for title, page in CONTENTS}
    assert len(questions) == MOST_ENTRIES
    for question in questions:
        assert question.answer == pages[question.text.split("“")[1].split("”")[0]]
        assert question.kind == "table_cell"


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("Prices", CONTENTS),  # neither named nor led by dots
        ("Contents", CONTENTS[:2]),
        ("Contents", [("1 Ships", 20), ("2 Cranes", 14), ("3 Tides", 27), ("4 Locks", 3)]),
        ("Contents", [("7 Wages", 7), ("8 Interest", 8), ("9 Dividends", 9), ("10 Refunds", 10)]),  # a form
        ("Contents", [("Ships", 4), ("Cranes", 4), ("Tides", 4), ("Locks", 4)]),
    ],
)
def test_lists_that_are_none_of_contents(viewed: Viewed, name: str, entries: list[tuple[str, int]]) -> None:
    assert not [question for question in asked(viewed(*contents(name, "", entries))) if question.kind == "table_cell"]


def test_an_entry_of_two_lines_is_left_out(viewed: Viewed) -> None:
    lines = contents("Contents", " . . . .")
    wrapped = block("paragraph", 50, 109, "A heading that is long enough to go on in the next line, namely")
    texts = [question.text for question in asked(viewed(*lines[:2], wrapped, *lines[2:]))]
    assert len(texts) == MOST_ENTRIES
    assert not any("Sailing" in text for text in texts)


def test_a_page_of_nothing_but_headings_costs_little(viewed: Viewed) -> None:
    dropped: Counter[str] = Counter()
    blocks = [block("heading", 50, 0.1 * n, f"Heading number {n}", size=14) for n in range(5000)]
    assert not list(find(viewed(*blocks), dropped))
    assert dropped[TOO_MANY] == 1


def test_a_hidden_heading_between_two_makes_their_order_unsure(viewed: Viewed) -> None:
    view = viewed(
        block("heading", 50, 100, "Ships", size=14),
        block("paragraph", 50, 200, "Cranes", size=14),  # not told from text
        block("heading", 50, 300, "Tides", size=14),
    )
    assert {question.answer for question in asked(view)} == {"Ships"}


def test_a_title_stands_at_the_top(viewed: Viewed) -> None:
    assert not asked(viewed(block("title", 50, 500, "The Port of Our Town", size=24)))
    assert not asked(viewed(block("title", 450, 50, "The Port", size=24)))  # beside the text
    larger = viewed(block("header", 50, 40, "Our Town", size=24), block("heading", 50, 300, "Ships", size=14))
    assert not asked(larger)  # "the first heading" may be the running head
