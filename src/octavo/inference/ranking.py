"""Which pages of a document a question may be about, told by their words alone."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from octavo.documents.types import Word

MOST_PAGES = 4  # of a document that a question is asked of where nobody says which: some seconds each
# BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework"): how soon more of a word counts no more,
# and how much of a page's length is held against it.
SATURATION, LENGTH = 1.2, 0.75
TERM = re.compile(r"[^\W_]+")


def terms(text: str) -> list[str]:
    """The words of a text to compare: compatibility form, no case, no plural's s."""
    found = TERM.findall(unicodedata.normalize("NFKC", text).casefold())
    return [term[:-1] if len(term) > 3 and term.endswith("s") else term for term in found]


@dataclass(frozen=True, slots=True)
class Tally:
    """What ranking needs of a page: how many words it has, and how often each of the question's."""

    words: int
    counts: Counter[str]


def tally(question: str, words: Sequence[Word]) -> Tally:
    """Count a page."""
    counts = Counter(term for word in words for term in terms(word.text))
    wanted = set(terms(question))
    return Tally(counts.total(), Counter({term: count for term, count in counts.items() if term in wanted}))


def ranked(pages: Sequence[Tally]) -> list[int]:
    """The places of pages, the likeliest first; of equal ones the first, and pages without words last."""
    usual = sum(page.words for page in pages) / max(len(pages), 1)
    having = Counter(term for page in pages for term in page.counts)
    rarity = {term: math.log(1 + (len(pages) - some + 0.5) / (some + 0.5)) for term, some in having.items()}

    def score(page: Tally) -> float:
        if not page.words:
            return -1.0
        damping = SATURATION * (1 - LENGTH + LENGTH * page.words / usual)
        return sum(rarity[term] * count * (1 + SATURATION) / (count + damping) for term, count in page.counts.items())

    return sorted(range(len(pages)), key=lambda place: -score(pages[place]))
