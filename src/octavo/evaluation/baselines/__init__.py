"""What models must beat before they can be said to read: three ways to answer without a model.

frequent.py  each kind's most frequent answer      words.py  the page's words, without the picture      chance.py  luck
"""

from collections.abc import Callable, Sequence

from octavo.evaluation.baselines.chance import chance
from octavo.evaluation.baselines.frequent import frequent
from octavo.evaluation.baselines.words import nearest_words
from octavo.evaluation.types import Item, Reply, Task

Baseline = Callable[[Task, Sequence[Item]], dict[str, Reply]]
BASELINES: dict[str, Baseline] = {
    "most frequent answer": frequent,
    "words only": nearest_words,
    "random choice": chance,
}

__all__ = ["BASELINES", "Baseline", "chance", "frequent", "nearest_words"]
