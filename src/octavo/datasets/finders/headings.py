"""Questions about a page's title and headings, what stands under which, and the pages of a list of contents."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from octavo.datasets.fields.values import is_wordy, letters
from octavo.datasets.finders import GENERATOR
from octavo.datasets.finders.evidence import boxes_of, evidence
from octavo.datasets.finders.passages import Quotes, is_plain, is_quotable, picked
from octavo.datasets.templates import phrase
from octavo.datasets.types import Question
from octavo.datasets.view import View
from octavo.documents.structure.parts import CAPTION, HEADING, LIST_ITEM, PARAGRAPH, TITLE, Block
from octavo.documents.structure.rows import Line
from octavo.documents.types import Word

LONGEST = 120  # characters of a heading that is asked for
LONGEST_TITLE = 200
RUNNING, FEWEST_RUNNING = (PARAGRAPH, LIST_ITEM, CAPTION), 8  # words: what is over a title is short
MOST_LINES = 2  # of a heading; names and addresses in large type have more
LOWEST_TITLE, RIGHTMOST_TITLE = 0.3, 0.6  # of the page's height and width: a title begins above and before
MOST_HEADINGS = 200  # of a page
MOST = 4  # questions about the headings of a page
MOST_ENTRIES = 4  # of a list of contents that are asked for
FEWEST_ENTRIES = 4
FEWEST_PARAGRAPH_WORDS = 12
MOST_QUOTED = 6  # words that name a paragraph
NEAR_TOP = 12  # rows of a page in which the name of a list of contents is looked for
GRACE = 0.004  # of the page's height that boxes of the font's full height may overlap
EDGE = 0.03  # of the page's width: text begins so near to the left edge of its heading, or to the right of it
TOO_MANY = "its page has too many headings to be one of text"
NOT_SURE = "what stands between two headings is not certain"

TITLE_OF_PAGE = (
    "What is the title on this page?",
    "What is the main heading at the top of this page?",
    "How does the title of this page read?",
    "Which title stands at the top of the page?",
)
FIRST = (
    "What is the first heading on this page?",
    "Which heading comes first on this page?",
    "What does the topmost heading on the page say?",
    "How does the first heading of the page read?",
)
NEXT = (
    "Which heading follows “{heading}”?",
    "Which heading comes after “{heading}”?",
    "What is the next heading after “{heading}”?",
    "After “{heading}”, which heading comes next?",
)
OVER = (
    "Under which heading does the paragraph stand that begins “{quote}”?",
    "Which heading stands over the paragraph that begins “{quote}”?",
    "What is the heading of the section in which the paragraph “{quote} …” stands?",
    "Which section does the paragraph beginning “{quote}” belong to?",
)
ENTRY = (
    "On which page does “{entry}” begin according to the contents?",
    "Which page number do the contents give for “{entry}”?",
    "What page is listed for “{entry}” in the table of contents?",
    "According to the list of contents, on what page is “{entry}”?",
)

_CONTENTS = re.compile(
    r"(?:table of )?contents|inhalt(?:sverzeichnis|sübersicht)?|sommaire|table des matières|índice|indice"
    r"|inhoud(?:sopgave)?|list of (?:figures|tables)|index",
    re.IGNORECASE,
)
_LEADER = re.compile(r"[.…·_ ]+")
_PAGE = re.compile(r"\.*(?P<page>\d{1,4})")
_LOOSE_END = re.compile(r"(?: ?[.…·_]){2,}$")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of a list of contents: its title, its page as printed and the word that holds it."""

    title: str
    page: str
    word: Word
    is_whole: bool = True


def find(view: View, dropped: Counter[str]) -> Iterator[Question]:
    """The title, headings by the one before and by what stands under them, pages by the list of contents."""
    blocks = view.layout.blocks
    contents = _entries(view)
    titles = [block for block in blocks if block.kind == TITLE]
    headings = [block for block in blocks if block.kind == HEADING]
    if len(headings) > MOST_HEADINGS:
        dropped[TOO_MANY] += 1
        return
    if len(titles) == 1 and _is_at_top(titles[0], blocks) and _speaks(titles[0], LONGEST_TITLE):
        yield _of_block(view, titles[0], "title", phrase(TITLE_OF_PAGE, view.draw("title")))
    if contents:
        yield from _of_contents(view, contents)
        return
    if headings and not titles and _speaks(headings[0], LONGEST) and _is_topmost(view, headings[0]):
        yield _of_block(view, headings[0], "heading", phrase(FIRST, view.draw("first")))
    found = [*_next(view, headings, dropped), *_over(view, Quotes.of(view))]
    yield from picked(found, MOST, view, lambda question: question.text)


def _of_block(view: View, block: Block, kind: str, text: str) -> Question:
    return Question(text, block.text, view.page.number, boxes_of(block.lines), kind, GENERATOR)


def _next(view: View, headings: Sequence[Block], dropped: Counter[str]) -> Iterator[Question]:
    """Each heading by the one before it in the same column, where no third stands beside them."""
    texts = Counter(block.text.casefold() for block in headings)
    between: dict[int, list[Block]] = {}
    current: list[Block] = []
    for block in view.layout.blocks:
        if block.kind == HEADING:
            current = between[id(block)] = []
        else:
            current.append(block)
    for before, after in pairwise(headings):
        name = before.text
        if texts[name.casefold()] > 1 or not (_speaks(before, LONGEST) and _speaks(after, LONGEST)):
            continue
        beside = any(
            before.box.y0 < other.box.center[1] < after.box.y1 for other in headings if other not in (before, after)
        )
        beside = beside or _hides_heading(between[id(before)], min(before.lines[0].size, after.lines[0].size))
        if after.box.y0 < before.box.y1 - GRACE or beside or not is_quotable(name) or not _share(before, after):
            dropped[NOT_SURE] += 1
            continue
        yield _of_block(view, after, "heading", phrase(NEXT, view.draw(name), heading=name))


def _over(view: View, quotes: Quotes) -> Iterator[Question]:
    """The heading of a paragraph that stands right under it."""
    for heading, block in pairwise(view.layout.blocks):
        if (
            heading.kind == HEADING
            and block.kind == PARAGRAPH
            and block.box.y0 >= heading.box.y1 - GRACE
            and _share(heading, block)
            and _speaks(heading, LONGEST)
            and _is_prose(block)
        ):
            quote = " ".join(block.text.split()[:MOST_QUOTED]).rstrip(" ,;:.")
            if is_quotable(quote) and quotes.once(quote):
                yield _of_block(view, heading, "heading", phrase(OVER, view.draw(quote), quote=quote))


def _is_prose(block: Block) -> bool:
    """Whether a block is a paragraph of running text: lines of words, not a row of a table or a formula."""
    words = block.text.split()
    return (
        len(words) >= FEWEST_PARAGRAPH_WORDS
        and words[0][0].isupper()
        and len(block.lines) > 1
        and 2 * sum(word[0].islower() for word in words) >= len(words)
    )


def _share(over: Block, under: Block) -> bool:
    """Whether two blocks are of one column: the upper one begins over the other."""
    return under.box.x0 - EDGE < over.box.x1 and over.box.x0 < under.box.x1 and over.box.x0 > under.box.x0 - EDGE


def _hides_heading(blocks: Sequence[Block], size: float) -> bool:
    """Whether one of the blocks may be a heading that was not told from text: a line in bold or as large as one."""
    return any(
        len(block.lines) == 1
        and letters(block.text) >= 4
        and (block.lines[0].size >= 0.98 * size or all(word.bold for word in block.lines[0].words))
        and not block.text.endswith((".", ";", ":"))
        for block in blocks
    )


def _is_at_top(title: Block, blocks: Sequence[Block]) -> bool:
    """Whether a title stands in the upper part of the page, not in its right margin, and over all running text."""
    over = [block for block in blocks if block.kind in RUNNING and block.box.y1 < title.box.y1]
    return (
        title.box.y0 < LOWEST_TITLE
        and title.box.x0 < RIGHTMOST_TITLE
        and all(len(block.text.split()) < FEWEST_RUNNING for block in over)
    )


def _is_topmost(view: View, heading: Block) -> bool:
    """Whether a heading is the first: nothing in such type stands higher, and no column of text at its left."""
    size, top, left = heading.lines[0].size, heading.box.y0, heading.box.x0
    if any(block.kind == PARAGRAPH and block.box.x1 < left for block in view.layout.blocks):
        return False
    return not any(line.box.center[1] < top and line.size >= 0.98 * size for line in view.layout.lines)


def _speaks(block: Block, longest: int) -> bool:
    """Whether a block reads as a heading: words, and neither a number, a label nor broken characters."""
    text = block.text
    return (
        letters(text) >= 4
        and 2 * letters(text) >= len(text)
        and len(text) <= longest
        and (block.kind == TITLE or len(block.lines) <= MOST_LINES)
        and is_plain(text)
        and text[0].isalnum()
        and not text.endswith((":", ",", ";", "-"))
    )


def _entries(view: View) -> list[_Entry]:
    """The entries of a list of contents; none where the page shows too few, or their pages go down.

    An entry is a row that ends with a number, after a leader of dots or a wide gap. One that may have begun in
    the row above is left out.
    """
    found: list[_Entry] = []
    led, before = 0, None
    alone = [row[0] for row in view.layout.rows[:NEAR_TOP] if len(row) == 1]
    is_named = any(_CONTENTS.fullmatch(line.text.strip(" .:")) for line in alone)
    for row in view.layout.rows:
        entry, has_leader = _entry(row)
        if entry:
            goes_on = before is not None and row[0].box.y0 - before.box.y1 < 0.8 * (row[0].box.y1 - row[0].box.y0)
            found.append(replace(entry, is_whole=not goes_on))
            led += has_leader
        # Only a line of an entry's kind can be its beginning: not a heading in larger type.
        before = None if entry or len(row) > 1 or _CONTENTS.fullmatch(row[0].text.strip(" .:")) else row[0]
    pages = [int(entry.page) for entry in found]
    in_order = all(earlier <= later for earlier, later in pairwise(pages))
    numbered = sum(entry.title.split()[0] == entry.page for entry in found)  # as the lines of a form are
    enough = len(found) >= FEWEST_ENTRIES and (is_named or led >= FEWEST_ENTRIES) and 3 * numbered < len(found)
    return found if enough and in_order and pages[-1] > pages[0] else []


def _entry(row: Sequence[Line]) -> tuple[_Entry | None, bool]:
    """The entry that a row of the page is, or None; and whether dots lead to its number."""
    words = [word for line in row for word in line.words]
    match = _PAGE.fullmatch(words[-1].text)
    if not match or len(words) < 2:
        return None, False
    before = words[:-1]
    while before and _LEADER.fullmatch(before[-1].text):
        before.pop()
    text = " ".join(word.text for word in before)
    title = _LOOSE_END.sub("", text).rstrip(" .")
    has_leader = len(before) < len(words) - 1 or title != text or words[-1].text.startswith("..")
    if not (has_leader or (len(row) > 1 and len(row[-1].words) == 1)) or letters(title) < 3:
        return None, False
    return _Entry(title, match["page"], words[-1]), has_leader


def _of_contents(view: View, entries: Sequence[_Entry]) -> Iterator[Question]:
    """The pages of entries that stand in the list once."""
    titles = Counter(entry.title.casefold() for entry in entries)
    sound = [
        entry
        for entry in entries
        if entry.is_whole
        and titles[entry.title.casefold()] == 1
        and len(entry.title) <= LONGEST
        and is_quotable(entry.title)
        and is_wordy(entry.title)
        and not entry.title[0].islower()
    ]
    for entry in picked(sound, MOST_ENTRIES, view, lambda entry: entry.title):
        text = phrase(ENTRY, view.draw(entry.title), entry=entry.title)
        yield Question(text, entry.page, view.page.number, (evidence([entry.word]),), "table_cell", GENERATOR)
