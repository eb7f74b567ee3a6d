"""Which of the places where an answer stands is meant: the one nearest to what the question names."""

import math
from collections.abc import Iterable, Sequence

from octavo.documents.types import Word
from octavo.inference.grounding.source import Span
from octavo.inference.ranking import terms

NEAR = 0.02  # of the page: places nearer than that are equally near
DOWN = 2.0  # times as far as sideways: a value stands beside its label


def nearest(spans: Iterable[Span], pages: Sequence[Sequence[Word]], question: str) -> Span:
    """The span (of at least one) that stands nearest to the question's words, rare ones above all; else the first.

    `pages` are the words of the pages that the spans count.
    """
    wanted = set(terms(question))
    different = list({(page, words): Span(page, words) for page, words in spans}.values())
    if len(different) == 1:
        return different[0]
    places: list[dict[str, list[Word]]] = [{} for _ in pages]
    for found, words in zip(places, pages, strict=True):
        for word in words:
            for term in wanted.intersection(terms(word.text)):
                found.setdefault(term, []).append(word)
    return max(different, key=lambda span: _support(span, places[span.page]))


def _support(span: Span, named: dict[str, list[Word]]) -> float:
    """How much of what the question names stands near a span."""
    support = 0.0
    for words in named.values():
        others = [word for word in words if word not in span.words]
        if others:
            support += 1 / len(words) / (NEAR + min(_distance(span.words[0], word) for word in others))
    return support


def _distance(one: Word, other: Word) -> float:
    across = max(one.box.x0 - other.box.x1, other.box.x0 - one.box.x1, 0.0)
    return math.hypot(across, DOWN * (one.box.center[1] - other.box.center[1]))
