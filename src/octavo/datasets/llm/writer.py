"""Replies become questions: each answer is looked up on its page, and what does not stand there is left out."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from octavo.datasets.fields.values import is_clean
from octavo.datasets.llm.chunks import Chunk
from octavo.datasets.llm.match import EXACT, Match, PageIndex, canonical
from octavo.datasets.llm.parsing import Pair, parse
from octavo.datasets.llm.presets import Preset
from octavo.datasets.llm.settings import LlmSettings
from octavo.datasets.llm.tokens import count_tokens
from octavo.datasets.llm.types import Reply, Request
from octavo.datasets.types import ABSTRACTIVE, EXTRACTIVE, Question
from octavo.datasets.verify import grounded
from octavo.documents.types import Page

NOT_ON_PAGE = "its answer does not stand on its page"
NO_PAGE = "it names no page, and its answer stands on none or several"
SEVERAL = "its answer stands in several places"
HYPHENATED = "its answer breaks a word over two lines"
UNCLEAN = "its answer has characters that cannot be read, or run from right to left"
UNREAD = "its answer was not found in its boxes"
YES_OR_NO = "its answer is yes or no, which no words show"
NAMES_TEXT = "the question is about “the text” and says nothing of it"

SHORTEST_ANYWHERE = 4  # canonical characters; a shorter answer that stands in several places is found by chance
_YES_NO = re.compile(r"(?:yes|no|true|false)[.!]?", re.IGNORECASE)
_EMPTY_QUESTIONS = re.compile(
    r"(?:what(?: is|'s)|give|write|provide)?(?: me)? ?(?:the|a)? ?(?:brief |short )?"
    r"(?:summary|main (?:idea|point|topic|subject)|purpose|content|title)s?"
    r" (?:of|in) (?:the|this) (?:text|document|page|passage|document text)\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Pages:
    """A chunk's pages, ready to be searched."""

    indexes: dict[int, PageIndex]

    @staticmethod
    def of(pages: Sequence[Page]) -> "Pages":
        """The words of `pages`, by page number."""
        return Pages({page.number: PageIndex(page.words, page.rules) for page in pages})


def request_for(chunk: Chunk, sha256: str, number: int, settings: LlmSettings) -> Request:
    """What is asked about chunk `number` of the document with hash `sha256`."""
    preset = settings.preset
    purpose = preset.draw(sha256, number)
    return Request(
        settings.model,
        preset.system.format(mark=chunk.mark),
        purpose.format(count=pairs_wanted(chunk, settings), pages=chunk.marked),
        preset.identity,
        settings.temperature,
        settings.max_tokens,
    )


def pairs_wanted(chunk: Chunk, settings: LlmSettings) -> int:
    """As many pairs as the preset has for so many pages, fewer where they hold little text."""
    return max(2, min(settings.preset.pairs_per_page * len(chunk.pages), sum(map(count_tokens, chunk.texts)) // 25))


def questions_of(reply: Reply, chunk: Chunk, settings: LlmSettings, dropped: Counter[str]) -> list[Question]:
    """The questions that a reply about `chunk` holds, each grounded on its page or marked as abstractive."""
    if reply.fault:
        dropped[reply.fault] += 1
        return []
    preset = settings.preset
    pairs = parse(reply.text, instructions(preset), reply.is_cut, dropped)
    pages = Pages.of(chunk.pages)
    found = []
    for pair in pairs:
        question, reason = _question(pair, pages, settings)
        if question:
            found.append(question)
        else:
            dropped[reason] += 1
    return found


def instructions(preset: Preset) -> str:
    """All that a model is told, for recognising it in a reply."""
    return "\n".join((preset.system, *preset.purposes))


def _question(pair: Pair, pages: Pages, settings: LlmSettings) -> tuple[Question | None, str]:
    """The question of a pair, or None and the reason."""
    if _EMPTY_QUESTIONS.fullmatch(pair.question):
        return None, NAMES_TEXT
    page, places = _found(pair, pages)
    if _YES_NO.fullmatch(pair.answer):
        places, reason = [], YES_OR_NO
    elif not page:
        reason = NO_PAGE
    elif not places:
        reason = NOT_ON_PAGE
    else:
        question, reason = _extractive(pair, page, places, pages.indexes[page], settings)
        if question:
            return question, ""
    if settings.abstractive and page and not places:
        return Question(pair.question, pair.answer, page, (), "llm", settings.source, ABSTRACTIVE), ""
    return None, reason


def _found(pair: Pair, pages: Pages) -> tuple[int, list[Match]]:
    """The page that the answer is of and where it stands there.

    It is the page that the pair names, if the answer stands there; else the only one of the chunk where it
    does; else the page named, or the only one there is, without a place; else 0.
    """
    if pair.page in pages.indexes and (places := pages.indexes[pair.page].places(pair.answer)):
        return pair.page, places
    others = [
        (number, places)
        for number, index in pages.indexes.items()
        if number != pair.page and (places := index.places(pair.answer))
    ]
    if len(others) == 1:
        return others[0]
    if pair.page in pages.indexes:
        return pair.page, []
    return (next(iter(pages.indexes)) if len(pages.indexes) == 1 else 0), []


def _extractive(
    pair: Pair, page: int, places: Sequence[Match], index: PageIndex, settings: LlmSettings
) -> tuple[Question | None, str]:
    """The question with the page's own words as its answer, or None and the reason."""
    place = _meant(pair.question, places, index)
    if place is None:
        return None, SEVERAL
    if place.breaks_word:
        return None, HYPHENATED
    if not is_clean(place.text):
        return None, UNCLEAN
    variants = () if place.how == EXACT or pair.answer == place.text else (pair.answer,)
    question = Question(
        pair.question, place.text, page, place.boxes, "llm", settings.source, EXTRACTIVE, variants=variants
    )
    return (question, "") if grounded(question, index.words) else (None, UNREAD)


def _meant(question: str, places: Sequence[Match], index: PageIndex) -> Match | None:
    """The place whose surroundings share most words with the question; None where a short answer leaves it open.

    Of equal places the first is taken, for a name or an amount that a page repeats is the same one.
    """
    if len(places) == 1:
        return places[0]
    asked = set(filter(None, map(canonical, question.split())))
    scores = [_shared(asked, place, index) for place in places]
    best = max(scores)
    if scores.count(best) > 1 and len(canonical(places[0].text)) < SHORTEST_ANYWHERE:
        return None
    return places[scores.index(best)]


def _shared(asked: set[str], place: Match, index: PageIndex) -> int:
    """How many words of the question stand level with a place or just above it."""
    box = place.boxes[0]
    height = box.y1 - box.y0
    around = {
        canonical(word.text)
        for word in index.words
        if box.y0 - 1.5 * height < word.box.center[1] < box.y1
        and (word.box.center[1] > box.y0 or (word.box.x0 < box.x1 and word.box.x1 > box.x0))
    }
    return len(asked & around)
