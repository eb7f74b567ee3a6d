"""The score of not looking: each kind of question gets its most frequent answer."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from octavo.evaluation.types import Item, Reply, Task


def frequent(task: Task, items: Sequence[Item]) -> dict[str, Reply]:
    """For each item, by its id, the most frequent answer to its kind among the task's other documents.

    Its own document is left out, or a kind asked once would answer itself. Ties: the first in sort order.
    """
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    own: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for item in task.items:
        counts[item.kind][item.references[0]] += 1
        own[item.kind, item.document][item.references[0]] += 1
    ranked = {kind: sorted(sorted(counter), key=counter.__getitem__, reverse=True) for kind, counter in counts.items()}
    return {
        item.id: Reply(_most(ranked[item.kind], counts[item.kind], own[item.kind, item.document])) for item in items
    }


def _most(ranked: Sequence[str], counts: Counter[str], own: Counter[str]) -> str:
    """The most frequent answer without those of one document."""
    best, most = "", 0
    for answer in ranked:
        if counts[answer] <= most:
            break  # the rest is rarer even with its own
        if counts[answer] - own[answer] > most:
            best, most = answer, counts[answer] - own[answer]
    return best
