"""What names mean on a page: abbreviations, defined terms, the parties of a contract, its law, addresses."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from octavo.datasets.fields.values import is_clean
from octavo.datasets.finders import GENERATOR
from octavo.datasets.finders.evidence import evidence
from octavo.datasets.finders.passages import Passage, passages
from octavo.datasets.templates import phrase
from octavo.datasets.types import Question
from octavo.datasets.view import View

MOST = 4  # of each kind on a page
MOST_MEANING = 16  # words of a definition
LONGEST_ADDRESS = 100  # characters
AMBIGUOUS = "it is given two meanings on the page"

ABBREVIATION = (
    "What does the abbreviation “{term}” stand for?",
    "What does “{term}” stand for on this page?",
    "What is “{term}” short for?",
    "Which words does the page abbreviate as “{term}”?",
)
DEFINITION = (
    "How is “{term}” defined?",
    "What does “{term}” mean according to this page?",
    "What is the definition of “{term}”?",
    "What is meant by “{term}” in this document?",
)
PARTY = (
    "Who is called “{term}” in this document?",
    "Which party is referred to as “{term}”?",
    "Who is the “{term}” named in the text?",
    "Whom does the document call “{term}”?",
)
LAW = (
    "Under the laws of which place is this governed?",
    "The laws of which place govern this document?",
    "Which place's laws apply according to the governing-law clause?",
    "Whose laws govern this document?",
)
E_MAIL = (
    "What e-mail address is given on this page?",
    "Which e-mail address does the page show?",
    "What is the e-mail address on this page?",
    "Which e-mail address can be found on this page?",
)
SITE = (
    "What web address is given on this page?",
    "Which web address does the page show?",
    "What is the web address on this page?",
    "Which web address can be found on this page?",
)

_ABBREVIATION = re.compile(r" \((?P<term>[A-Z][A-Za-z&]{0,8}[A-Z])s?\)")
_LITTLE = re.compile(r"of|and|the|for|in|on|to|an?|de|der|die|das|und|et|la|le|les|des|du|&|per|with|by")
_DEFINITION = re.compile(
    r"(?:^|(?<=[.;:)] ))(?:[Tt]he term )?[“\"„](?P<term>[^“”\"„]{2,40})[”\"“] "
    r"(?:means|shall mean|refers to|is defined as|bedeutet|désigne):? (?P<meaning>[^.;]{3,160})(?=[.;])"
)
_CAPITALISED = r"[^\W\d_a-z][\w.'’&-]*"
_NAME = (
    rf"{_CAPITALISED}(?:(?: (?:of|and|&|de|van|von|der|the))? {_CAPITALISED}){{0,7}}"
    r"(?:,? (?:Inc|Ltd|LLC|Corp)\.?)?"
)
_PARTY = re.compile(
    rf"\b(?:between|and|by):? (?P<name>{_NAME})(?:,[^“”\"()]{{0,160}})? ?"
    r"\((?:(?:each, )?(?:hereinafter|hereafter|herein)(?: referred to as| called)?,? )?(?:the )?"
    r"[“\"](?P<term>[^“”\"]{3,30})[”\"]\)"
)
_LAW = re.compile(
    r"\bgoverned by[^.“”]{0,60}? (?:the )?laws? (?:of|in force in) (?:the )?"
    r"(?P<place>(?:State of |Commonwealth of |Province of )?[A-Z][a-z]+(?:(?: and| of)?,? [A-Z][a-z]+){0,5})"
)
_E_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{2,63}){1,4}")
_SITE = re.compile(r"(?:https?://|www\.)(?=[^/]*[A-Za-z])[A-Za-z0-9/._~%?=&#+-]{4,80}", re.IGNORECASE)

Meaning = tuple[Passage, int, int]  # where it stands


def find(view: View, dropped: Counter[str]) -> Iterator[Question]:
    """What the page's text says a name means, and the one e-mail or web address that it shows."""
    read = list(passages(view))
    for found, choices in (
        (_abbreviations(read), ABBREVIATION),
        (_matches(read, _DEFINITION, "term", "meaning"), DEFINITION),
        (_matches(read, _PARTY, "term", "name"), PARTY),
        (_matches(read, _LAW, "", "place"), LAW),
    ):
        yield from _asked(view, found, choices, dropped)
    for pattern, choices, key in ((_E_MAIL, E_MAIL, "e-mail address"), (_SITE, SITE, "web address")):
        yield from _only_one(view, pattern, choices, key)


def _asked(
    view: View, found: Iterator[tuple[str, Meaning]], choices: Sequence[str], dropped: Counter[str]
) -> Iterator[Question]:
    """A question for each term that has one meaning."""
    meanings: dict[str, list[Meaning]] = {}
    for term, meaning in found:
        meanings.setdefault(term, []).append(meaning)
    asked = 0
    for term, places in meanings.items():
        passage, start, end = places[0]
        answer = passage.answer(start, end)
        if len({other.text[a:b].casefold() for other, a, b in places}) > 1:
            dropped[AMBIGUOUS] += 1
        elif answer and len(answer[0].split()) <= MOST_MEANING and is_clean(term) and asked < MOST:
            asked += 1
            text = phrase(choices, view.draw(term), term=term)
            yield Question(text, answer[0], view.page.number, answer[1], "sentence", GENERATOR)


def _matches(
    read: Sequence[Passage], pattern: re.Pattern[str], term: str, meaning: str
) -> Iterator[tuple[str, Meaning]]:
    for passage in read:
        for match in pattern.finditer(passage.text):
            yield (match[term] if term else "").strip(" ,."), (passage, *match.span(meaning))


def _abbreviations(read: Sequence[Passage]) -> Iterator[tuple[str, Meaning]]:
    """Terms in parentheses whose letters are the initials of the words before: "Data Protection Act (DPA)"."""
    for passage in read:
        for match in _ABBREVIATION.finditer(passage.text):
            words = passage.text[max(0, match.start() - 120) : match.start()].split(" ")[-12:]
            count = _spelled(words, match["term"].replace("&", ""))
            if count:
                start = match.start() - len(" ".join(words[-count:]))
                yield match["term"], (passage, start, match.start())


def _spelled(words: Sequence[str], letters: str) -> int:
    """How many of the last words have `letters` as their initials, little words between them not counted; or 0."""
    left = list(letters.casefold())
    for count, word in enumerate(reversed(words), 1):
        parts = [part for part in re.split(r"[-/]", word) if part]
        if not parts or not parts[0][0].isalpha() or (len(parts[0]) == 1 and word != "a"):
            return 0
        initials = [part[0].casefold() for part in parts]
        if left[-len(initials) :] == initials:
            del left[-len(initials) :]
        elif left[-1] == initials[0]:
            left.pop()
        elif not _LITTLE.fullmatch(word):
            return 0
        if not left:
            return count if count > 1 or len(parts) > 1 else 0
    return 0


def _only_one(view: View, pattern: re.Pattern[str], choices: Sequence[str], key: str) -> Iterator[Question]:
    """The one address of its kind on the page, where it is a word of its own."""
    words = [word for word in view.page.words if "." in word.text and len(word.text) <= LONGEST_ADDRESS]
    found = [(match.group().rstrip(".-/?"), word) for word in words for match in pattern.finditer(word.text)]
    if len(found) == 1 and found[0][1].text.strip("()[]<>.,;:") == found[0][0]:
        answer, word = found[0]
        text = phrase(choices, view.draw(answer))
        yield Question(text, answer, view.page.number, (evidence([word]),), "sentence", GENERATOR, key=key)
