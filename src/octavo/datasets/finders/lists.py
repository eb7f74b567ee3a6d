"""Questions about lists and captions: an item by its place in a list, the caption of a figure, the figure of one."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from octavo.datasets.fields.values import is_clean, is_wordy, letters
from octavo.datasets.finders import GENERATOR
from octavo.datasets.finders.grids import label_of
from octavo.datasets.finders.passages import Passage, Quotes, is_cut_off, is_quotable, picked
from octavo.datasets.templates import phrase
from octavo.datasets.types import Question
from octavo.datasets.view import View
from octavo.documents.structure.parts import CAPTION, HEADING, LIST_ITEM, PARAGRAPH, TITLE, Block
from octavo.documents.types import Box

MOST = 4  # items asked for on a page
MOST_ITEM_WORDS = 25
MOST_CAPTION_WORDS = 40
MOST_LEAD_WORDS = 20  # of the text before a list
MOST_QUOTED = 10  # words of an item or a caption that is named by quoting it
MOST_ITEMS = 500  # of a page that are looked at
MOST_CAPTIONS = 10  # of a page
FEWEST_ITEMS = 2
BESIDE = 0.04  # of the page's width: text so near to the right of an item may be of it
SAME_EDGE = 0.015  # of the page's width: items of one list begin so near to each other
UNLED = "nothing before its list says which list it is"

ITEM = (
    "What is the {nth} item of the list under “{lead}”?",
    "Which item comes {nth} in the list under “{lead}”?",
    "What does the {nth} entry of the list below “{lead}” say?",
    "In the list under “{lead}”, what is the {nth} item?",
)
NEXT = (
    "Which item of the list follows “{item}”?",
    "What comes after “{item}” in the list?",
    "Which list item stands right after “{item}”?",
    "In the list, what is the next item after “{item}”?",
)
CAPTION_TEXT = (
    "What is the caption of {label}?",
    "What does the caption of {label} say?",
    "How does the caption of {label} read?",
    "Which text stands as the caption of {label}?",
)
CAPTION_LABEL = (
    "Which figure or table has the caption {caption}?",
    "Which figure or table of the page bears the caption {caption}?",
    "How is the figure or table with the caption {caption} numbered?",
    "To which figure or table does the caption {caption} belong?",
)

_NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_MARK = re.compile(  # a bullet, a number or a letter of its own before an item
    r"[^\w\s“\"„(\[$€£¥+#§@&<]|[oO]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.):]|\(?\d{1,2}(?:\.\d{1,2})+[.)]?"
)
_JOINED = re.compile(r"[,;]? (?:and|or|und|oder|et|ou)$")  # to the next item
_FIRST = re.compile(r"[^\w(]|[oO]|\(?(?:0?1|[aAiI])[.):]|\(?\d{1,2}(?:\.\d{1,2})*\.1[.)]?")


@dataclass(frozen=True, slots=True)
class _Item:
    """An item: its bullet or number, its text without that, and where the text stands."""

    mark: str
    text: str
    boxes: tuple[Box, ...]


def find(view: View, dropped: Counter[str]) -> Iterator[Question]:
    """Items of the page's lists, and its captions."""
    quotes, gaps = Quotes.of(view), _gaps(view)
    after = {id(block): following for block, following in pairwise(view.layout.blocks)}
    found = [
        question
        for lead, run in _runs(view.layout.blocks)
        if len(run) >= FEWEST_ITEMS
        for question in _of_list(view, lead, _items(run, gaps, after), quotes, dropped)
    ]
    yield from picked(found, MOST, view, lambda question: question.text)
    yield from _captions(view, quotes)


def _runs(blocks: Sequence[Block]) -> Iterator[tuple[Block | None, list[Block]]]:
    """The lists, items of one level under one another, each with the block that stands before it."""
    before: Block | None = None
    lead: Block | None = None
    run: list[Block] = []
    items = 0
    for block in blocks:
        items += block.kind == LIST_ITEM
        if items > MOST_ITEMS:
            break
        if run and _goes_on(run[-1], block):
            run.append(block)
        else:
            yield lead, run
            lead, run = before, [block] if block.kind == LIST_ITEM else []
        before = block
    yield lead, run


def _goes_on(item: Block, block: Block) -> bool:
    """Whether `block` is the next item of the list that `item` is of, under it in the same column."""
    return (
        block.kind == LIST_ITEM
        and block.level == item.level
        and abs(block.box.x0 - item.box.x0) < SAME_EDGE
        and block.box.y0 > item.box.y0
    )


def _of_list(
    view: View, lead: Block | None, items: Sequence[_Item | None], quotes: Quotes, dropped: Counter[str]
) -> Iterator[Question]:
    """Items by their number in the list, where its beginning is certain, and items by the one before."""
    name = _lead(lead, items[0], quotes) if items[0] and _FIRST.fullmatch(items[0].mark) else ""
    if not name:
        dropped[UNLED] += 1
    for nth, item in zip(_NTH, items, strict=False):
        if name and item and _is_answer(item):
            text = phrase(ITEM, view.draw(name, nth), nth=nth, lead=name)
            yield Question(text, item.text, view.page.number, item.boxes, "list_item", GENERATOR)
    for before, item in pairwise(items):
        if before and item and _is_answer(item) and len(before.text.split()) <= MOST_QUOTED:
            quote = before.text.rstrip(".")
            if is_quotable(quote) and quotes.once(quote):
                text = phrase(NEXT, view.draw(quote), item=quote)
                yield Question(text, item.text, view.page.number, item.boxes, "list_item", GENERATOR)


def _items(run: Sequence[Block], gaps: Mapping[int, float], after: Mapping[int, Block]) -> list[_Item | None]:
    """The items of a list, None for each that cannot be asked for: also one that seems to go on in the next."""
    items = [None if _goes_over(block, after.get(id(block))) else _item(block, gaps) for block in run]
    return [
        None if item and after and after.text[0].islower() and item.text[0].isupper() else item
        for item, after in zip(items, [*items[1:], None], strict=True)
    ]


def _goes_over(item: Block, after: Block | None) -> bool:
    """Whether the text after an item may be its own: close under it, and the item has no full stop."""
    if after is None or after.kind != PARAGRAPH or item.text.endswith((".", ";", "!", "?")):
        return False
    line = item.lines[-1].box
    return -0.5 < (after.box.y0 - line.y1) / (line.y1 - line.y0) < 0.6


def _item(block: Block, gaps: Mapping[int, float]) -> _Item | None:
    """The item without its mark; None where it cannot be read apart, or what follows may be of it."""
    if any(gaps.get(id(line.words[-1]), 1.0) < BESIDE for line in block.lines):
        return None
    passage = Passage.of(block.lines)
    mark = passage.text.split(" ", 1)[0]
    mark = mark if _MARK.fullmatch(mark) else ""
    start = len(mark) + 1 if mark else 0
    if (
        start >= len(passage.text)
        or passage.text.endswith((":", "-", "–"))
        or not (passage.text[start].isalnum() or passage.text[start] in '“"„‘([')
    ):
        return None
    answer = passage.answer(start, len(_JOINED.sub("", passage.text)))
    return _Item(mark, *answer) if answer else None


def _gaps(view: View) -> dict[int, float]:
    """How far the next text of its row stands from each line, in page widths, by the identity of its last word."""
    return {id(left.words[-1]): right.box.x0 - left.box.x1 for row in view.layout.rows for left, right in pairwise(row)}


def _is_answer(item: _Item) -> bool:
    """Whether an item is short, of words, and begins as one does."""
    return (
        len(item.text.split()) <= MOST_ITEM_WORDS
        and letters(item.text) >= 3
        and is_wordy(item.text)
        and not item.text[0].islower()
        and not is_cut_off(item.text)
    )


def _lead(lead: Block | None, first: _Item, quotes: Quotes) -> str:
    """The heading over a list or the sentence that leads to it, as it is quoted; "" where neither stands there."""
    box = Box.around(first.boxes)
    if lead is None or lead.box.y0 > box.y0 or lead.box.x1 < box.x0 or box.x1 < lead.box.x0:
        return ""
    text = lead.text
    if lead.kind == PARAGRAPH:
        if not text.endswith(":"):
            return ""
        text = re.split(r"(?<=[.!?]) ", text)[-1]
    elif lead.kind not in (HEADING, TITLE):
        return ""
    text = text.rstrip(":").strip()
    is_short = len(text.split()) <= MOST_LEAD_WORDS
    return text if is_short and is_quotable(text) and (lead.kind != PARAGRAPH or quotes.once(text)) else ""


def _captions(view: View, quotes: Quotes) -> Iterator[Question]:
    """The text of a caption by its label, and the label by the text."""
    captions = [block for block in view.layout.blocks if block.kind == CAPTION]
    labels = Counter(label_of(block.text)[0].casefold() for block in captions)
    for block in captions[:MOST_CAPTIONS]:
        passage = Passage.of(block.lines)
        label, text = label_of(passage.text)
        if not label or labels[label.casefold()] > 1 or letters(text) < 3 or not is_clean(text):
            continue
        whole = passage.answer(len(passage.text) - len(text), len(passage.text))
        if whole and 2 <= len(whole[0].split()) <= MOST_CAPTION_WORDS and not is_cut_off(whole[0]):
            wording = phrase(CAPTION_TEXT, view.draw(label), label=label)
            yield Question(wording, whole[0], view.page.number, whole[1], "caption", GENERATOR)
        named = passage.answer(0, len(label))
        words = text.rstrip(".").split()
        quote = " ".join(words[:MOST_QUOTED])
        if named and len(words) >= 3 and is_quotable(quote) and quotes.once(quote):
            caption = f"“{quote}”" if len(words) <= MOST_QUOTED else f"that begins “{quote}”"
            wording = phrase(CAPTION_LABEL, view.draw(quote), caption=caption)
            yield Question(wording, named[0], view.page.number, named[1], "caption", GENERATOR)
