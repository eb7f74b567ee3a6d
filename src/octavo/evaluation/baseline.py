"""The score of not looking: what a model must beat before it can be said to read."""

from collections import Counter, defaultdict

from octavo.datasets import DataSet


def frequent_answers(data: DataSet) -> dict[str, str]:
    """The most frequent training answer of each kind of question (ties: the first in sort order)."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    rows = data.rows("train")
    for i in range(len(rows)):
        for question in rows.questions(i):
            counts[question.kind][question.answer] += 1
    return {kind: min(c, key=lambda answer: (-c[answer], answer)) for kind, c in counts.items()}
