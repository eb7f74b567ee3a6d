"""Questions that a page answers with its own words, asked by rules and without a language model.

Each generator looks for one thing (`pairs`, `headings`, `values` say how); here the finds become questions,
and only those stay whose answer is read again inside their own evidence boxes.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from octavo.datasets.finders.evidence import evidence, words_at
from octavo.datasets.headings import Block, blocks, headings, text_of, title
from octavo.datasets.pairs import Pair, find_pairs
from octavo.datasets.templates import PHRASINGS, phrase
from octavo.datasets.types import Question
from octavo.datasets.values import dates_in, has_part_of_date, is_amount, is_date, is_money
from octavo.datasets.verify import AROUND, grounded
from octavo.documents.layout import Line, body_size, rows
from octavo.documents.types import Page

GENERATOR = "rules-1"  # goes up when the same page gives other questions; a data set names it in every row
MOST = 12  # questions of one page
MOST_WORDS = 20_000  # of a page; a broadsheet has 10,000, and an attack on the time this takes has more
MOST_OF_KIND = {"key_value": 7, "amount": 4, "date": 3, "title": 1, "heading": 2}

NOT_GROUNDED = "its answer was not found in its boxes"
TWICE = "the same question is already asked of the page"
TOO_FULL = "its page has too many words"
OVER_CAP = "its page has enough questions"


@dataclass(slots=True)
class Asked:
    """What a page gave: its questions, and how many candidates were dropped for each reason."""

    questions: list[Question] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def ask(page: Page, sha256: str) -> Asked:
    """The questions about a page of the document with hash `sha256`, at most `MOST`, and what was dropped.

    The result depends on the words and the hash only. Every question is `grounded` in `page.words`.
    """
    asked = Asked()
    if len(page.words) > MOST_WORDS:
        asked.dropped[TOO_FULL] = 1
        return asked
    candidates = list(_candidates(page, sha256, asked.dropped))
    seen: set[str] = set()
    sound = []
    for question in candidates:
        if not grounded(question, page.words):
            asked.dropped[NOT_GROUNDED] += 1
        elif question.text in seen:
            asked.dropped[TWICE] += 1
        else:
            seen.add(question.text)
            sound.append(question)
    asked.questions = _capped(sound, sha256)
    if len(asked.questions) < len(sound):
        asked.dropped[OVER_CAP] += len(sound) - len(asked.questions)
    return asked


def _candidates(page: Page, sha256: str, dropped: Counter[str]) -> Iterator[Question]:
    page_rows = rows(page.words)
    lines = [line for row in page_rows for line in row]
    found = blocks(page_rows, page.words)
    large = {word for block in found for line in block for word in line.words}
    # A colon in a heading divides a title from its subtitle.
    pairs = [pair for pair in find_pairs(page_rows, dropped) if pair.known or pair.label.words[0] not in large]
    for pair in pairs:
        yield _of_pair(pair, _is_only_one(pair, pairs, lines), page, sha256)
    if not any(is_date(pair.value) for pair in pairs):
        yield from _only_date(lines, page, sha256)
    top = title(found, body_size(page.words)) if page.number == 1 else None
    if top:
        yield _of_block(top, "title", phrase(PHRASINGS["title"], f"{sha256} {page.number}"), page)
    under = headings([block for block in found if block != top], page_rows)
    yield from _of_headings(under, top, page, sha256)


def _is_only_one(pair: Pair, pairs: Sequence[Pair], lines: Sequence[Line]) -> bool:
    """Whether nothing else on the page bears a common key's name: no "Due date" where the date is asked for."""
    noun = pair.identity.casefold()
    return all(noun not in line.text.casefold() for line in lines if line.words[0] != pair.label.words[0]) and all(
        noun not in other.identity.casefold() for other in pairs if other is not pair
    )


def _of_pair(pair: Pair, is_only_one: bool, page: Page, sha256: str) -> Question:
    """A common key is asked for by what it means where it is the only one, any other by its quoted label."""
    value, common = pair.value, pair.known
    if is_date(value):
        kind = "date"
    elif (common and common.type_ == "amount" and is_amount(value)) or is_money(value):
        kind = "amount"
    else:
        kind = "key_value"
    name = "key" if kind == "key_value" else kind
    draw = f"{sha256} {page.number} {pair.identity}"
    if common and is_only_one:
        text = phrase(PHRASINGS[f"{name}_noun"], draw, noun=common.noun)
    else:
        text = phrase(PHRASINGS[name], draw, key=pair.key)
    return Question(text, value, page.number, (evidence(pair.words),), kind, GENERATOR)


def _only_date(lines: Sequence[Line], page: Page, sha256: str) -> Iterator[Question]:
    """The page's one date, where nothing else on the page could be meant."""
    spans = [(line, start, end) for line in lines for start, end in dates_in(line.text)]
    if len(spans) != 1:
        return
    line, start, end = spans[0]
    if has_part_of_date(" ".join(other.text for other in lines).replace(line.text[start:end], " ")):
        return
    words = words_at(line, start, end)
    answer = " ".join(word.text for word in words).strip(AROUND)
    if answer == line.text[start:end].strip(AROUND):
        text = phrase(PHRASINGS["date_alone"], f"{sha256} {page.number}")
        yield Question(text, answer, page.number, (evidence(words),), "date", GENERATOR)


def _of_headings(found: Sequence[Block], top: Block | None, page: Page, sha256: str) -> Iterator[Question]:
    texts = [text_of(block) for block in found]
    if found and not top:
        text = phrase(PHRASINGS["heading_first"], f"{sha256} {page.number}")
        yield _of_block(found[0], "heading", text, page)
    for before, after in pairwise(found):
        key = text_of(before)
        if texts.count(key) == 1:
            text = phrase(PHRASINGS["heading_next"], f"{sha256} {page.number} {key}", key=key)
            yield _of_block(after, "heading", text, page)


def _of_block(block: Block, kind: str, text: str, page: Page) -> Question:
    boxes = tuple(evidence(line.words) for line in block)
    return Question(text, text_of(block), page.number, boxes, kind, GENERATOR)


def _capped(questions: Sequence[Question], sha256: str) -> list[Question]:
    """As many as the caps allow, drawn by hash so that they come from all over the page, in their order."""

    def draw(index: int) -> bytes:
        question = questions[index]
        return hashlib.sha256(f"{sha256} {question.page} {question.text} {question.answer}".encode()).digest()

    kept: list[int] = []
    kinds: Counter[str] = Counter()
    for index in sorted(range(len(questions)), key=draw):
        kind = questions[index].kind
        if len(kept) < MOST and kinds[kind] < MOST_OF_KIND[kind]:
            kept.append(index)
            kinds[kind] += 1
    return [questions[index] for index in sorted(kept)]
