"""A page's rows made ready for keys: what belongs to one label or value in one line, two pairs in two."""

from collections.abc import Iterator, Sequence

from octavo.datasets.fields.fits import colon
from octavo.datasets.fields.geometry import character, gap
from octavo.datasets.fields.keys import is_key, key_of, meanings
from octavo.datasets.fields.values import is_figure
from octavo.documents.structure.rows import Line
from octavo.documents.types import Word

_CURRENCY_SIGNS = frozenset(("$", "€", "£", "¥", "Rs", "Rs.", "EUR", "USD", "RM", "CHF", "PLN", "GBP", "zł"))
_BETWEEN = frozenset(("-", "–", "|", "/", "•", "·", ",", ";"))
LEAST_OF_COMB = 4  # characters in boxes of their own
MOST_CELLS = 60  # of a row that are looked at


def ready(row: Sequence[Line]) -> list[Line]:
    """A row with currency signs joined to their numbers, colons to their labels, and cut before a second key."""
    joined: list[Line] = []
    for line in row[:MOST_CELLS]:
        last = joined[-1] if joined else None
        if last and _belongs(last, line):
            joined[-1] = Line.of((*last.words, *line.words))
        else:
            joined.append(line)
    return [part for line in joined for part in (_cut(line) if line.text.count(":") > 1 else (line,))]


def is_comb(words: Sequence[Word]) -> bool:
    """Whether `words` are the characters of one value, each in a box of its own."""
    return len(words) >= LEAST_OF_COMB and all(len(word.text) == 1 for word in words)


def _belongs(last: Line, line: Line) -> bool:
    """Whether `line` goes on with the cell before it: a number after its currency, a colon after its label."""
    if last.text in _CURRENCY_SIGNS:
        return is_figure(line.text)
    if line.text in _CURRENCY_SIGNS and is_figure(last.text):
        return gap(last, line) < 3 * character(last)
    return line.text.startswith((":", "：")) and not last.text.endswith(":") and is_key(key_of(last.text))


def _cut(line: Line) -> Iterator[Line]:
    """The line cut where, after a first key with a value, a common key with a colon begins: "Tel: 1 Fax: 2"."""
    if not colon(line):
        yield line
        return
    start, words = 0, line.words
    for end in range(colon(line), len(words)):
        if not words[end].text.endswith((":", "：")):
            continue
        for first in range(max(start + 1, end - 3), end + 1):
            if meanings(key_of(" ".join(word.text for word in words[first : end + 1]))):
                last = first - 1 if words[first - 1].text in _BETWEEN and first - 1 > start else first
                yield Line.of(words[start:last])
                start = first
                break
    yield Line.of(words[start:])
