"""Where on a page an answer stands."""

import unicodedata
from collections.abc import Sequence

from octavo.documents.types import Box, Word

_JUDGED = {"yes", "no"}  # answers that say nothing of where: "No" stands in "Invoice No."
_EDGES = ".,;:!?()[]{}\"'«»“”‘’"


def locate(answer: str, words: Sequence[Word]) -> tuple[Box, ...]:
    """Boxes of the words that are the answer, one box a line; () unless they stand exactly once on the page.

    A yes or no stands nowhere. Compared are runs of whole words, by compatibility form and case, without punctuation at
    a word's edges.
    """
    wanted = [_plain(part) for part in answer.split()]
    if not any(wanted) or (len(wanted) == 1 and wanted[0] in _JUDGED):
        return ()
    plain = [_plain(word.text) for word in words]
    starts = [i for i in range(len(words) - len(wanted) + 1) if plain[i : i + len(wanted)] == wanted]
    if len(starts) != 1:
        return ()
    return line_boxes(words[starts[0] : starts[0] + len(wanted)])


def line_boxes(words: Sequence[Word]) -> tuple[Box, ...]:
    """One box for each run of words that share a line; a word below or above the last one begins a line."""
    lines: list[list[Box]] = []
    for word in words:
        y = word.box.center[1]
        if lines and lines[-1][-1].y0 <= y <= lines[-1][-1].y1 and word.box.x0 >= lines[-1][-1].x0:
            lines[-1].append(word.box)
        else:
            lines.append([word.box])
    return tuple(Box.around(line) for line in lines)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip(_EDGES)
