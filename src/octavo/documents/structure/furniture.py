"""What stands on page after page: running heads, feet and page numbers, told from the text between them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from octavo.documents.structure.marks import is_enumerator
from octavo.documents.structure.parts import FOOTER, HEADER
from octavo.documents.structure.rows import Line, rows
from octavo.documents.types import Page

EDGE = 0.14  # of the page's height at its top and at its bottom: beyond it nothing is a running head
EDGE_ROWS = 4  # rows from either edge that are looked at
SAME_PLACE = 0.012  # of the page's height: where a line recurs it stands at the same height
ENOUGH = 3  # pages that a line must stand on; two where there are no more than three
MOST_KEPT = 2000  # lines counted at a time, whatever the number of pages
LONGEST = 150  # characters of a line that is counted

_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(
    r"[\s\-–—|.\[(]*(?:(?:page|p\.|seite|página|pagina|pág\.|blz\.?|s\.|strona|sida|side|стр\.)\s*)?"
    r"(?:(?:[A-Z\d]{1,2}-)?\d{1,4}|[ivxl]{1,7})(?:\s*(?:of|/|von|de|di|van|sur|z|av|из|\|)\s*\d{1,4})?[\s\-–—|.\])]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Repeated:
    """The lines that recur near the top or bottom of a document's pages, digits taken for "0"."""

    texts: frozenset[str] = frozenset()


NOTHING_REPEATED = Repeated()


def shape(text: str) -> str:
    """A line as it is compared over pages: lower case, every run of digits a "0"."""
    return _DIGITS.sub("0", text.casefold())


def repeated(pages: Iterable[Page]) -> Repeated:
    """What recurs near the edges of these pages; keeps counts of at most `MOST_KEPT` lines, never pages."""
    seen: dict[str, list[float]] = {}  # shape of a line: its height on the page, pages it stood on
    count = 0
    for page in pages:
        count += 1
        edges = [word for word in page.words if not EDGE < word.box.center[1] < 1 - EDGE]
        found = rows(edges)
        near = {id(row): row for row in (*found[:EDGE_ROWS], *found[-EDGE_ROWS:])}
        heights = {
            shape(line.text): line.box.center[1] for row in near.values() for line in row if len(line.text) <= LONGEST
        }
        for text, height in islice(heights.items(), MOST_KEPT // 10):
            place = seen.setdefault(text, [height, 0])
            if abs(place[0] - height) <= SAME_PLACE:
                place[1] += 1
        if len(seen) > MOST_KEPT:
            often = sorted(seen.items(), key=lambda item: -item[1][1])[: MOST_KEPT // 2]
            seen = {text: place for text, place in often if place[1] > 1}
    least = ENOUGH if count > ENOUGH else 2
    return Repeated(frozenset(text for text, (_, times) in seen.items() if times >= least))


def furniture(line: Line, is_outermost: bool, known: Repeated) -> str:
    """ "header" or "footer" where a line is one, else "".

    `is_outermost` says that it stands in the page's first or last rows and they are no table's: there a bare page
    number is one, too.
    """
    middle = line.box.center[1]
    if EDGE < middle < 1 - EDGE:
        return ""
    is_number = is_outermost and _NUMBER.fullmatch(line.text) is not None and not is_enumerator(line.text)
    is_known = shape(line.text) in known.texts and any(map(str.isalpha, line.text))
    if not is_number and not is_known:
        return ""
    return HEADER if middle <= EDGE else FOOTER
