"""Labels mined over a corpus, and the counts of keys."""

import json
import random
from collections.abc import Callable

from octavo.datasets.mining import MOST_LABELS, Corpus, Observation, mine, observe
from octavo.documents.structure.layout import Layout
from octavo.documents.structure.rows import rows
from octavo.documents.types import Page

Typed = Callable[..., Page]


def layout_of(page: Page) -> Layout:
    return Layout(page, tuple(tuple(row) for row in rows(page.words)), (), ())


def observed(typed: Typed, number: int) -> Observation:
    """A page of a herd book: a label with another value in each, one with the same, and a known key."""
    page = typed(
        (50, 100, "Breeder"),
        (200, 100, f"Farmer {chr(65 + number % 26)}{'abcdefghijklmnopqrstuvwxyz'[number // 26]}"),
        (50, 130, "Breed"),
        (200, 130, "Angus"),
        (50, 160, f"Invoice no: {number + 1000}"),
    )
    return observe([layout_of(page)])


def test_a_label_recurs_while_its_neighbour_changes(typed: Typed) -> None:
    corpus = mine(lambda: (observed(typed, number) for number in range(40)))
    assert corpus.documents == 40
    assert corpus.labels["Breeder"] == 40
    assert "Breed" not in corpus.labels
    assert corpus.keys["invoice number"] == 40


def test_what_is_rare_is_no_label(typed: Typed) -> None:
    few = [observed(typed, number) for number in range(3)]
    others = [observe([layout_of(typed((50, 100, "Something else")))]) for _ in range(98)]
    assert mine(lambda: few).labels == {"Breeder": 3}
    assert mine(lambda: few[:2]).labels == {}
    assert mine(lambda: [*few, *others]).labels == {}  # 3 of 101 are less than 3%


def test_the_order_of_documents_does_not_matter(typed: Typed) -> None:
    notes = [observed(typed, number) for number in range(20)]
    before = json.dumps(mine(lambda: notes).to_json())
    random.Random(7).shuffle(notes)
    assert json.dumps(mine(lambda: notes).to_json()) == before
    assert Corpus.of_json(json.loads(before)) == mine(lambda: notes)


def test_what_is_noted_of_a_document_is_bounded_and_json(typed: Typed) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    page = typed(
        *[(20 + 60 * (n % 9), 10 + 4 * (n // 9), f"K{letters[n % 26]}{letters[n // 26]}y", 3) for n in range(660)]
    )
    note = observe([layout_of(page)] * 3)
    assert note["pages"] == 3
    assert MOST_LABELS <= len(note["labels"]) < MOST_LABELS + 10
    assert json.loads(json.dumps(note)) == note
