"""Questions that a page answers with its own words: what the finders found, checked, without doubles, within caps.

The finders (`finders/`) look each for one thing. Here only those questions stay whose answer is read again inside
their own evidence boxes, or is shown to be absent from the document.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from octavo.datasets.finders import absent, fields, forms, headings, lists, places, sentences, tables, terms
from octavo.datasets.mix import MIX, MOST
from octavo.datasets.types import EXTRACTIVE, UNANSWERABLE, YES_NO, Question
from octavo.datasets.verify import crowded, grounded, is_absent, read_boxes
from octavo.datasets.view import View

MOST_WORDS = 20_000  # of a page; a broadsheet has 10,000, and an attack on the time this takes has more
MOST_OF_KEY = 1000  # documents in which the same key is asked for, about

NOT_GROUNDED = "its answer is not all that stands in its boxes"
TWICE = "the same question is already asked of the page"
SAME_WORDS = "the same words are already the answer to another question"
TOO_FULL = "its page has too many words"
OVER_CAP = "its page has enough questions"
KEY_OVER_CAP = "its key is asked for in enough documents"

Finder = Callable[[View, Counter[str]], Iterator[Question]]
# In the order in which they have a claim to the same words.
FINDERS: tuple[Finder, ...] = (
    forms.find,
    fields.find,
    tables.find,
    headings.find,
    lists.find,
    places.find,
    terms.find,
    sentences.find,
    absent.find,
)


@dataclass(slots=True)
class Asked:
    """What a page gave: its questions, and how many candidates were dropped for each reason."""

    questions: list[Question] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def ask(
    view: View, mix: Mapping[str, float] = MIX, most_of_key: int = MOST_OF_KEY, written: Iterable[Question] = ()
) -> Asked:
    """The questions about a page, at most `MOST` by rules and as many of each kind as `mix` says.

    `written` are candidates of another origin, such as a language model. The result depends on the arguments
    alone. Every question is sound: `grounded` in the page's words, or of what the document does not have.
    """
    asked = Asked()
    if len(view.page.words) > MOST_WORDS:
        asked.dropped[TOO_FULL] = 1
        return asked
    found = (question for find in FINDERS for question in find(view, asked.dropped))
    by_rules = list(_sound(found, view, asked.dropped, most_of_key))
    kept = _capped(by_rules, mix, MOST, view.document.sha256)
    by_model = [
        question for question in _sound(written, view, asked.dropped, most_of_key) if not _is_in(question, kept)
    ]
    kept += _capped(by_model, mix, len(by_model), view.document.sha256)
    if len(by_rules) + len(by_model) > len(kept):
        asked.dropped[OVER_CAP] += len(by_rules) + len(by_model) - len(kept)
    asked.questions = kept
    return asked


def _sound(candidates: Iterable[Question], view: View, dropped: Counter[str], most_of_key: int) -> Iterator[Question]:
    """The candidates that can be trusted and were not asked in other words before."""
    texts: set[str] = set()
    places: set[object] = set()
    for question in candidates:
        place = (question.answer, question.boxes)
        if not _holds(question, view):
            dropped[NOT_GROUNDED] += 1
        elif question.text in texts:
            dropped[TWICE] += 1
        elif question.form == EXTRACTIVE and place in places:
            dropped[SAME_WORDS] += 1
        elif not _is_drawn(question, view, most_of_key):
            dropped[KEY_OVER_CAP] += 1
        else:
            texts.add(question.text)
            places.add(place)
            yield question


def _holds(question: Question, view: View) -> bool:
    """Whether the page (or, of what is absent, the document) bears the answer out."""
    match question.form:
        case form if form == EXTRACTIVE:
            return grounded(question, view.page.words) and not crowded(question.boxes, view.page.words)
        case form if form == YES_NO:
            return bool(read_boxes(question.boxes, view.page.words))
        case form if form == UNANSWERABLE:
            return is_absent(question.key, view.document.text) and not view.document.has_unread
    return True


def _is_in(question: Question, others: Sequence[Question]) -> bool:
    return any((question.answer, question.boxes) == (other.answer, other.boxes) for other in others)


def _is_drawn(question: Question, view: View, most_of_key: int) -> bool:
    """Whether this document is one of those in which a key of so many documents is asked for."""
    documents = view.corpus.keys.get(question.key, 0)
    if documents <= most_of_key:
        return True
    return _fraction(f"{question.key} {view.document.sha256}") < most_of_key / documents


def _fraction(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48


def _capped(questions: Sequence[Question], mix: Mapping[str, float], most: int, sha256: str) -> list[Question]:
    """As many as the caps allow, drawn by hash so that they come from all over the page, in their order."""

    if not questions:
        return []

    def draw(index: int) -> float:
        question = questions[index]
        last = question.key not in fields.FIRST  # total, date, number and issuer are what such papers are for
        return last + _fraction(f"{sha256} {question.page} {question.text} {question.answer}")

    # 0.25 a page is one on every fourth page, drawn for each kind by itself.
    drawn = {kind: int(most_of + _fraction(f"{sha256} {questions[0].page} {kind}")) for kind, most_of in mix.items()}
    kept: list[int] = []
    kinds: Counter[str] = Counter()
    for index in sorted(range(len(questions)), key=draw):
        kind = questions[index].kind
        if len(kept) < most and kinds[kind] < drawn[kind]:
            kept.append(index)
            kinds[kind] += 1
    return [questions[index] for index in sorted(kept)]
