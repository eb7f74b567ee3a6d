"""Which questions go into a data set: settings, one function that decides, and the reasons counted."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from octavo.datasets.selection.languages import UNKNOWN
from octavo.datasets.selection.personal import BLOCK, Found, touches
from octavo.datasets.types import Question
from octavo.documents.types import Word
from octavo.errors import OctavoError

KEEP, REPORT, MASK = "keep", "report", "mask"
DOCMATIX = "docmatix"
PRESETS = ("", DOCMATIX)

QUESTION_LENGTH = "its question is too short or too long"
ANSWER_LENGTH = "its answer is too short or too long"
AMBIGUOUS = "the same question has another answer on its page"
DOUBLE = "a question of its page asks nearly the same"
PERSONAL = "its answer holds personal data"
LANGUAGE = "its page is in another language"
BY_DOCMATIX = "Docmatix's filter deletes it"

# What Docmatix deletes a pair for, on either side: something in braces, brackets or angles (a model's
# placeholders), an IPv4 address, a dot between two word characters (a file's name or address; also every decimal
# number), a blank line, a refusal, a label of the next pair.
_DOCMATIX = re.compile(
    r"\{.*?\}|\[.*?\]|<.*?>|\b\d{1,3}(?:\.\d{1,3}){3}\b|\w+\.\w+|\n\s*\n|unanswerable|\b[QA]\d+:", re.IGNORECASE
)
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is left out of a data set. The lengths are in characters, both ends allowed.

    `near` is how alike two questions of a page with the same answer may be, 0 to 100 as rapidfuzz counts; 100
    drops only equal ones. `languages` are ISO 639-1 codes, none for all. `personal` says what becomes of
    personal data: "keep" looks for none, "report" counts it, "mask" paints it over and drops what asks for it.
    `preset` "docmatix" deletes what Docmatix's own filter does, to reproduce it: every decimal number goes.
    """

    min_question: int = 5
    max_question: int = 300
    min_answer: int = 1
    max_answer: int = 1000
    near: int = 92
    languages: tuple[str, ...] = ()
    personal: str = KEEP
    preset: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "languages", tuple(self.languages))  # JSON knows lists only
        for name, value, known in (
            ("personal", self.personal, (KEEP, REPORT, MASK)),
            ("preset", self.preset, PRESETS),
        ):
            if value not in known:
                raise OctavoError(f"{name} is {value!r}; it can be {', '.join(repr(one) for one in known)}")


@dataclass(slots=True)
class Sifted:
    """The questions that stay, in their order, and how many went for each reason."""

    questions: tuple[Question, ...]
    dropped: Counter[str]


def sift(
    questions: Sequence[Question],
    filters: Filters,
    *,
    language: str = UNKNOWN,
    words: Sequence[Word] = (),
    personal: Sequence[Found] = (),
) -> Sifted:
    """The questions about one page that pass the filters.

    `language` is that of the page, or of its document where the page says too little; a page that nothing is
    known of passes. `personal` is what `find_personal` found among its `words`; it counts where it is masked.
    """
    dropped: Counter[str] = Counter()
    if filters.languages and language != UNKNOWN and language not in filters.languages:
        return Sifted((), Counter({LANGUAGE: len(questions)} if questions else {}))
    sound = []
    for question in questions:
        reason = _fault(question, filters, words, personal)
        if reason:
            dropped[reason] += 1
        else:
            sound.append(question)
    kept = tuple(_without_doubles(sound, filters.near, dropped))
    return Sifted(kept, dropped)


def docmatix_deletes(question: str, answer: str) -> bool:
    """Whether Docmatix's filter deletes a pair. Of the true totals of receipts it deletes all."""
    return any(not side.strip() or _DOCMATIX.search(side) for side in (question, answer))


def _fault(question: Question, filters: Filters, words: Sequence[Word], personal: Sequence[Found]) -> str:
    """Why a question does not pass by itself, "" where it does."""
    text, answer = question.text.strip(), question.answer.strip()
    if not filters.min_question <= len(text) <= filters.max_question:
        return QUESTION_LENGTH
    if not filters.min_answer <= len(answer) <= filters.max_answer:
        return ANSWER_LENGTH
    if filters.preset == DOCMATIX and docmatix_deletes(text, answer):
        return BY_DOCMATIX
    said = f"{text}\n{answer}"
    if filters.personal == MASK and (BLOCK in said or touches(question.boxes, said, words, personal)):
        return PERSONAL
    return ""


def _without_doubles(questions: Sequence[Question], near: int, dropped: Counter[str]) -> Iterator[Question]:
    """The questions but those asked before on their page, and all of those that have two answers there."""
    answers: dict[tuple[int, str], set[str]] = {}
    for question in questions:
        answers.setdefault((question.page, _plain(question.text)), set()).add(_plain(question.answer))
    asked: dict[tuple[int, str], list[str]] = {}
    for question in questions:
        text, answer = _plain(question.text), _plain(question.answer)
        before = asked.setdefault((question.page, answer), [])
        if len(answers[question.page, text]) > 1:
            dropped[AMBIGUOUS] += 1
        elif text in before or _is_near(text, before, near):
            dropped[DOUBLE] += 1
        else:
            before.append(text)
            yield question


def _is_near(text: str, others: Iterable[str], near: int) -> bool:
    """Whether a question says what another does but for a few letters; numbers in it must be the same.

    "What stands in row 3?" and "What stands in row 4?" are two questions, even where the answer is one.
    """
    return near < 100 and any(
        _digits(text) == _digits(other) and fuzz.ratio(text, other, score_cutoff=near) > 0 for other in others
    )


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _plain(text: str) -> str:
    """Lower case, and one space for all that is no letter or digit; as it was where nothing else is in it."""
    return _NOT_WORD.sub(" ", text.casefold()).strip() or text.strip()
