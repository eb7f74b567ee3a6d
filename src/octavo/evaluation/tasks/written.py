"""A true value as the page writes it: "2014-08-03" stands there as "August 3, 2014", 4.11 as "$4.11".

A model is asked what stands on the page, so what stands there counts as true beside the value itself.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from octavo.datasets.fields.values import amount_of, date_variants
from octavo.documents.types import Word

LONGEST = 4  # words of a written date or amount
_EDGES = " .,;:()[]"


def written_dates(iso: str, words: Sequence[Word]) -> list[str]:
    """The spans of `words` that are the date `iso` (YYYY-MM-DD), day and month either way round."""
    return _distinct(
        span
        for span in _spans(words)
        if span != iso and any(iso in date_variants(span, first) for first in (True, False))
    )


def written_amounts(amount: str, words: Sequence[Word]) -> list[str]:
    """The spans of `words` that are `amount` (a plain decimal), with its currency or without."""
    return _distinct(span for span in _spans(words) if (found := amount_of(span)) and same_number(found, amount))


def same_number(first: str, second: str) -> bool:
    """Whether two texts are the same decimal number."""
    try:
        return Decimal(first) == Decimal(second)
    except InvalidOperation:
        return False


def _spans(words: Sequence[Word]) -> Iterator[str]:
    texts = [word.text for word in words]
    for length in range(1, LONGEST + 1):
        for start in range(len(texts) - length + 1):
            span = " ".join(texts[start : start + length]).strip(_EDGES)
            if span.count("(") == span.count(")"):
                yield span


def _distinct(spans: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(spans))
