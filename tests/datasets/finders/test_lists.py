"""What lists and captions are asked for."""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from octavo.datasets.finders.lists import UNLED, find
from octavo.datasets.types import Question
from octavo.datasets.verify import grounded
from octavo.datasets.view import View

Viewed = Callable[..., View]
Typed = tuple[str, list[tuple[float, float, str]]]


def asked(view: View) -> list[Question]:
    """The page's questions, each of which its boxes answer."""
    questions = list(find(view, Counter()))
    assert all(grounded(question, view.page.words) for question in questions)
    return questions


def listed(*items: str, lead: Typed | None = None, x: float = 60) -> Sequence[Typed]:
    """A list of one-line items 20 points apart, after what leads to it."""
    found: list[Typed] = [("list_item", [(x, 120 + 20 * n, item)]) for n, item in enumerate(items)]
    return [lead, *found] if lead else found


HEADING = ("heading", [(50, 90, "What to bring")])


@pytest.mark.parametrize("marks", ["• • •", "1. 2. 3.", "(a) (b) (c)", "– – –"])
def test_items_by_their_number_and_by_the_one_before(viewed: Viewed, marks: str) -> None:
    names = ["Rope and tackle", "Charts of the coast", "Water for three days"]
    items = [f"{mark} {name}" for mark, name in zip(marks.split(), names, strict=True)]
    questions = asked(viewed(*listed(*items, lead=HEADING)))
    assert {question.answer for question in questions} <= set(names)
    for question in questions:
        if "What to bring" in question.text:
            nth = next(n for n, word in enumerate(["first", "second", "third"]) if word in question.text)
            assert question.answer == names[nth]
        else:
            before = question.text.split("“")[1].split("”")[0]
            assert question.answer == names[names.index(before) + 1]
    assert {"What to bring" in question.text for question in questions} == {True, False}


def test_a_sentence_leads_to_a_list(viewed: Viewed) -> None:
    lead = ("paragraph", [(50, 90, "Be early. Please bring with you:")])
    questions = asked(viewed(*listed("• Rope", "• Charts", lead=lead)))
    assert any("“Please bring with you”" in question.text for question in questions)


@pytest.mark.parametrize(
    ("items", "lead"),
    [
        (["• Rope", "• Charts"], ("paragraph", [(50, 90, "A text that ends here.")])),
        (["3. Rope", "4. Charts"], HEADING),  # the list began elsewhere
        (["• Rope", "• Charts"], None),
    ],
)
def test_a_list_that_nothing_names(viewed: Viewed, items: list[str], lead: Typed | None) -> None:
    dropped: Counter[str] = Counter()
    questions = list(find(viewed(*listed(*items, lead=lead)), dropped))
    assert [question.answer for question in questions] == ["Charts"]  # it follows "Rope", whatever the list
    assert dropped[UNLED] == 1


def test_items_that_are_no_answers(viewed: Viewed) -> None:
    for item in ("• " + "word " * 30, "• 12.50", "• Tools:", "• half a sentence of an item", "• \ue012\ue013 sign"):
        assert not [q for q in asked(viewed(*listed("• Rope", item, lead=HEADING))) if q.answer != "Rope"]


def test_an_item_with_text_close_to_its_right_may_go_on(viewed: Viewed) -> None:
    near = ("paragraph", [(118, 140, "and sails")])
    questions = asked(viewed(*listed("• Rope", "• Charts", "• Bread", lead=HEADING), near))
    assert "Charts" not in {question.answer for question in questions}


def test_items_of_two_columns_are_two_lists(viewed: Viewed) -> None:
    left, right = listed("• Rope", "• Charts", lead=HEADING), listed("• Bread", "• Water", x=350)
    questions = asked(viewed(*left, *right))
    assert not any("Charts" in question.text and question.answer == "Bread" for question in questions)
    assert not any("third" in question.text for question in questions)


def test_captions_and_their_labels(viewed: Viewed) -> None:
    view = viewed(
        ("caption", [(50, 100, "Figure 2: The crane on the northern"), (50, 112, "quay of the old harbour")]),
        ("caption", [(50, 400, "Table 1. Ships of the year")]),
    )
    found = {question.answer: question for question in asked(view)}
    crane = found["The crane on the northern quay of the old harbour"]
    assert "Figure 2" in crane.text
    assert (crane.kind, len(crane.boxes)) == ("caption", 2)
    assert "“Ships of the year”" in found["Table 1"].text
    assert "that begins “The crane" in found["Figure 2"].text or "“The crane" in found["Figure 2"].text
    assert len(found) == 4


def test_captions_that_cannot_be_told_apart(viewed: Viewed) -> None:
    same = ("caption", [(50, 100, "Figure 2: The crane at dawn")])
    other = ("caption", [(50, 300, "Figure 2: The crane at dawn")])
    assert not asked(viewed(same, other))
    assert not asked(viewed(("caption", [(50, 100, "The crane at dawn")])))


def test_a_page_of_items_costs_little(viewed: Viewed) -> None:
    items = [("list_item", [(60.0, 0.04 * n, f"• Item number {n} of all")]) for n in range(4000)]
    assert list(find(viewed(*items), Counter()))


def test_what_joins_an_item_to_the_next_is_no_part_of_it(viewed: Viewed) -> None:
    questions = asked(viewed(*listed("• Rope;", "• Charts; and", "• Bread.", lead=HEADING)))
    assert {question.answer for question in questions} == {"Rope", "Charts", "Bread"}
