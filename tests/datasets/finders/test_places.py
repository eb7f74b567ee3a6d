"""What corners and page numbers are asked for."""

from collections import Counter
from collections.abc import Callable

import pytest

from octavo.datasets.finders.places import CROWDED, find
from octavo.datasets.types import Question
from octavo.datasets.verify import grounded
from octavo.datasets.view import View

Viewed = Callable[..., View]
BODY = ("paragraph", [(50, 300 + 12 * n, "lines of text that stand in the middle of the page") for n in range(6)])


def asked(view: View) -> dict[str, Question]:
    """The page's questions by answer, each of which its boxes answer."""
    questions = list(find(view, Counter()))
    assert all(grounded(question, view.page.words) for question in questions)
    return {question.answer: question for question in questions}


def test_what_stands_in_the_corners(viewed: Viewed) -> None:
    left, right = ("header", [(50, 30, "Harbour Office")]), ("header", [(450, 30, "Annual Report")])
    foot = ("footer", [(260, 770, "For members only")])
    found = asked(viewed(left, right, BODY, foot))
    assert {
        answer: place
        for answer, question in found.items()
        for place in ("top left", "top right", "bottom center")
        if place in question.text
    } == {
        "Harbour Office": "top left",
        "Annual Report": "top right",
        "For members only": "bottom center",
    }
    assert {question.kind for question in found.values()} == {"position"}


def test_a_corner_of_several_lines_is_not_asked_for(viewed: Viewed) -> None:
    dropped: Counter[str] = Counter()
    office, street = ("paragraph", [(450, 30, "Harbour Office")]), ("paragraph", [(450, 42, "12 Quay Street")])
    assert not list(find(viewed(office, street, BODY), dropped))
    assert dropped[CROWDED] == 1


def test_a_line_across_the_page_is_in_no_corner(viewed: Viewed) -> None:
    across = (
        "header",
        [(50, 30, "The annual report of the harbour office of our town and of all the ports around it")],
    )
    assert not asked(viewed(across, BODY))


@pytest.mark.parametrize(
    ("line", "number", "answers"),
    [
        ("Page 3 of 12", 3, {"3", "12"}),
        ("3 / 12", 3, {"3", "12"}),
        ("Seite 3 von 12", 3, {"3", "12"}),
        ("- 3 -", 7, {"3"}),
        ("117", 7, {"117"}),
        ("iv", 4, set()),  # neither counted so nor labelled
        ("p. iv", 4, {"iv"}),
        ("3 / 12", 7, set()),  # a fraction or a date
        ("Page 13 of 12", 13, set()),
        ("2021", 7, set()),  # a year
        ("007", 9, set()),
        ("Report 12", 12, {"Report 12"}),  # a name
    ],
)
def test_page_numbers(viewed: Viewed, line: str, number: int, answers: set[str]) -> None:
    assert set(asked(viewed(BODY, ("footer", [(280, 770, line)]), number=number))) == answers


def test_two_different_numbers_are_no_page_number(viewed: Viewed) -> None:
    view = viewed(("header", [(300, 20, "Page 3")]), BODY, ("footer", [(300, 770, "Page 4")]))
    assert not asked(view)
    same = viewed(("header", [(300, 20, "Page 3")]), BODY, ("footer", [(300, 770, "3")]), number=3)
    assert set(asked(same)) == {"3"}


def test_numbers_beside_numbers_are_figures(viewed: Viewed) -> None:
    assert not asked(viewed(BODY, ("paragraph", [(50, 770, "117"), (300, 770, "119"), (500, 770, "121")]), number=7))


def test_a_page_of_a_few_lines_has_no_corners(viewed: Viewed) -> None:
    assert not asked(viewed(("paragraph", [(50, 30, "Harbour Office"), (450, 30, "Page 3 of 5")])))


def test_the_last_line_of_a_text_is_no_corner(viewed: Viewed) -> None:
    assert not asked(
        viewed(BODY, ("paragraph", [(50, 758, "the text goes on to its very"), (50, 770, "last line here")]))
    )


def test_a_number_close_to_text_is_of_that_text(viewed: Viewed) -> None:
    near = ("paragraph", [(50, 42, "sizes up to"), (110, 36, "1", 6), (117, 42, "inch for all of the nuts")])
    assert not asked(viewed(near, BODY))
