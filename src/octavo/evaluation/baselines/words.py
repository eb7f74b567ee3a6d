"""A reader of words alone: the span beside or below the words of the page that the question is made of.

It knows the words and where they stand, nothing of the picture and nothing of language. What it scores is what a
task gives away to whoever has a text layer.
"""

import re
from collections import Counter
from collections.abc import Sequence

from octavo.documents.types import Word
from octavo.evaluation.types import Item, Reply, Task

_STOPS = """
    a an and are as at by did do does for from given has have how in is it its of on or page said says stand stands
    the there this to under was were what when where which who whom whose why with written
"""
_STOP = frozenset(_STOPS.split())
_WORD = re.compile(r"[^\W_]+")
GAP = 2.5  # heights of a line between two words of one span at most
LONGEST = 12  # words of an answer


def nearest_words(task: Task, items: Sequence[Item]) -> dict[str, Reply]:
    """For each item, by its id, the span beside the line that shares most with the question."""
    return {item.id: _read(item, task.words(item)) for item in items}


def _read(item: Item, pages: Sequence[Sequence[Word]]) -> Reply:
    wanted = _terms(item.question)
    best: tuple[float, int, str] = (0.0, 0, "")
    for number, words in enumerate(pages):
        lines = _lines(words)
        rare = Counter(term for line in lines for term in {t for word in line for t in _terms(word.text)})
        for at, line in enumerate(lines):
            hits = [i for i, word in enumerate(line) if wanted & _terms(word.text)]
            score = sum(1 / rare[term] for term in wanted & {t for i in hits for t in _terms(line[i].text)})
            if score > best[0] and (answer := _beside(line, hits[-1]) or _below(lines, at, line[hits[0]])):
                best = (score, number, answer)
    return Reply(best[2], page=best[1] if best[2] else None)


def _terms(text: str) -> set[str]:
    return {term for term in _WORD.findall(text.casefold()) if term not in _STOP}


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    """The words by the height at which they stand, each line from left to right."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.box.center[1]):
        if lines and word.box.center[1] <= lines[-1][-1].box.y1 and word.box.center[1] >= lines[-1][-1].box.y0:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda word: word.box.x0) for line in lines]


def _beside(line: Sequence[Word], last: int) -> str:
    """The first span behind the word at `last`."""
    return _span(line[last + 1 :])


def _below(lines: Sequence[Sequence[Word]], at: int, label: Word) -> str:
    """The span of the next line that stands below `label`."""
    if at + 1 == len(lines):
        return ""
    under = [i for i, word in enumerate(lines[at + 1]) if word.box.x1 > label.box.x0]
    return _span(lines[at + 1][under[0] :]) if under else ""


def _span(words: Sequence[Word]) -> str:
    """The words up to a gap, without a colon or dash before them."""
    texts: list[str] = []
    for i, word in enumerate(words[:LONGEST]):
        if texts and word.box.x0 - words[i - 1].box.x1 > GAP * (word.box.y1 - word.box.y0):
            break
        if texts or _WORD.search(word.text):
            texts.append(word.text)
    return " ".join(texts)
