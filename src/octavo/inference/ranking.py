"""Which pages of a document a question may be about, told by their words alone."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from octavo.documents.types import Word

# BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework"): how soon more of a word counts no more,
# and how much of a page's length is held against it.
SATURATION, LENGTH = 1.2, 0.75
TERM = re.compile(r"[^\W_]+")


def terms(text: str) -> list[str]:
    """The words of a text to compare: compatibility form, no case, no plural's s."""
    found = TERM.findall(unicodedata.normalize("NFKC", text).casefold())
    return [term[:-1] if len(term) > 3 and term.endswith("s") else term for term in found]


def ranked(question: str, pages: Sequence[Sequence[Word]]) -> list[int]:
    """The places of pages, given by their words, the likeliest first; of equal ones the first, without words last."""
    counts = [Counter(term for word in words for term in terms(word.text)) for words in pages]
    usual = sum(count.total() for count in counts) / max(len(counts), 1)
    rarity = {}
    for term in set(terms(question)):
        having = sum(term in count for count in counts)
        rarity[term] = math.log(1 + (len(counts) - having + 0.5) / (having + 0.5))

    def score(page: int) -> float:
        count = counts[page]
        if not count:
            return -1.0
        damping = SATURATION * (1 - LENGTH + LENGTH * count.total() / usual)
        return sum(weight * count[term] * (1 + SATURATION) / (count[term] + damping) for term, weight in rarity.items())

    return sorted(range(len(pages)), key=lambda page: -score(page))
