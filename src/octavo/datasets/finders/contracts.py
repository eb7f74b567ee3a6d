"""What the sentences of a contract say: its date, its parties by their roles, the law that governs it, its term."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from octavo.datasets.fields.values import date_variants, dates_in, is_clean
from octavo.datasets.finders.evidence import evidence
from octavo.datasets.templates import phrase
from octavo.datasets.types import Question
from octavo.datasets.verify import AROUND
from octavo.datasets.view import View
from octavo.documents.structure.rows import Line
from octavo.documents.types import Word

SOURCE = "rules-2"
MOST_WORDS = 4_000  # of a page that are read
LONGEST_NAME = 8  # words

TWO = "the page has two of its kind"

CONTRACT_DATE = (
    "What is the date of this agreement?",
    "On what date was this agreement made?",
    "Which date does this agreement bear?",
    "When was this agreement entered into?",
)
DEFINED_DATE = (
    "Which date is the “{role}”?",
    "What date is defined as the “{role}”?",
    "On which date is the “{role}”?",
    "What is the “{role}” of this agreement?",
)
PARTY = (
    "Who is the “{role}” in this agreement?",
    "Which party is called the “{role}”?",
    "What is the name of the “{role}”?",
    "Who is referred to as the “{role}”?",
)
LAW = (
    "The laws of which place govern this agreement?",
    "By the laws of which place is this agreement governed?",
    "According to this agreement, the laws of which place apply?",
    "Which place's laws govern this agreement?",
)

_QUOTED = (
    r"[\"“„'‘«]\s?(?:(?:le|la|der|die|das|the|de|het|el|il) |l['’])?"
    r"(?P<role>[^\W\d_][^\"”“'’»]{2,28})\s?[\"”“'’»]"
)
_CALLED = (
    r"(?:the |each,? a |hereinafter,? (?:referred to as |called )?(?:the )?|hereafter (?:the )?|as (?:the )?"
    r"|nachfolgend "
    r"|im folgenden |nachstehend |ci-après (?:dénommée? |désignée? )?(?:le |la |l['’])?|hierna(?: te noemen)?:? "
    r"|en adelante,? (?:el |la )?|di seguito (?:il |la )?)?"
)
_KIND = (
    r"\b(?:agreement|contract|lease|deed|memorandum|addendum|amendment|\w*vertrag|contrat|bail|overeenkomst|contrato"
    r"|contratto|umowa)\b"
)
_CONTRACT = re.compile(_KIND, re.IGNORECASE)
_MADE = re.compile(
    _KIND + r"[^.;:]{0,90}?\b(?:made|entered into|dated|executed|concluded|signed|conclu|celebrado|gesloten|geschlossen"
    r"|stipulato|zawarta)\b[^.;:\d]{0,60}$|\b(?:conclu|signé|fait|made)\b[^.;:]{0,50}" + _KIND + r"[^.;:\d]{0,20}$",
    re.IGNORECASE,
)
_DEFINED = re.compile(rf"\s?,?\s?\(\s?{_CALLED}{_QUOTED}\s?\)", re.IGNORECASE)
_PARTY = re.compile(
    r"(?:\bbetween|\band|\bzwischen|\bund|\bentre|\bet|\btussen|\ben|\btra|\by|\bpomiędzy|\ba|\([1-9]\)|\d\.)[:,]?\s"
    r"(?P<name>[^()\"“„]{3,160}?)\s?\((?:[^()\"“„]{0,60}?,? )?" + _CALLED + _QUOTED + r"\s?\)",
    re.IGNORECASE,
)
_LAW = re.compile(
    r"\bgoverned(?: exclusively)?(?: by| under)[^.;]{0,80}?\blaws? of (?:the )?"
    r"(?P<law>(?:State of |Commonwealth of |Province of )?[A-Z][\w-]+(?:(?: and| of)? [A-Z][\w-]+){0,4})"
)
_TITLES = re.compile(
    r"^(?:(?:mr|mrs|ms|dr|herrn?|frau|m\.|mme|madame|monsieur|dhr|mevr|sr|sra|don|doña)\.?"
    r"|(?:la |the |die )?(?:société|company|firma|sociedad|società)) ",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r",? (?:Inc|LLC|L\.L\.C|Ltd|Limited|Corp|Co|LLP|PLC|GmbH|S\.A|B\.V|N\.V)\.?$")


def find(view: View, dropped: Counter[str]) -> Iterator[Question]:
    """Questions for what a contract's sentences say; nothing of a page that does not call itself a contract."""
    if len(view.page.words) > 20_000:
        return
    if len(_CONTRACT.findall(" ".join(line.text for line in view.layout.lines))) < 2:
        return
    reading = _Reading([line for block in view.layout.blocks for line in block.lines] or view.layout.lines)
    yield from _dates(view, reading)
    yield from _parties(view, reading, dropped)
    laws = {match["law"]: match for match in _LAW.finditer(reading.text)}
    if len(laws) == 1:
        match = next(iter(laws.values()))
        yield from _ask(view, reading, LAW, match.span("law"), "key_value", "governing law")


class _Reading:
    """Lines as one text, and the way back from its characters to words."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.words: list[tuple[int, int, Word]] = []  # where it starts, in which line it stands
        parts, at = [], 0
        for number, line in enumerate(lines):
            for word in line.words:
                if len(self.words) < MOST_WORDS:
                    self.words.append((at, number, word))
                    parts.append(word.text)
                    at += len(word.text) + 1
        self.text = " ".join(parts)

    def at(self, start: int, end: int) -> tuple[tuple[Word, ...], ...]:
        """The words that the characters `start`…`end` touch, line by line."""
        touched = [(number, word) for at, number, word in self.words if at < end and at + len(word.text) > start]
        return tuple(
            tuple(word for _, word in group) for _, group in groupby(touched, key=lambda numbered: numbered[0])
        )


def _dates(view: View, reading: _Reading) -> Iterator[Question]:
    """The date that a contract is made on, and dates that it gives a name to."""
    made = False
    for start, end in dates_in(reading.text):
        if not made and _MADE.search(reading.text[max(0, start - 160) : start]):
            made = True
            yield from _ask(view, reading, CONTRACT_DATE, (start, end), "date", "contract date")
        named = _DEFINED.match(reading.text, end)
        if named and "date" in named["role"].casefold():
            role = named["role"].strip()
            yield from _ask(view, reading, DEFINED_DATE, (start, end), "date", role.casefold(), role=role)


def _parties(view: View, reading: _Reading, dropped: Counter[str]) -> Iterator[Question]:
    """Who bears a role that the contract names in quotes."""
    found = [(match["role"].strip(), *span) for match in _PARTY.finditer(reading.text) if (span := _name(match))]
    roles = Counter(role.casefold() for role, _, _ in found)
    for role, start, end in found:
        if roles[role.casefold()] > 1:
            dropped[TWO] += 1
        elif "date" not in role.casefold() and role[0].isupper() and "agreement" not in role.casefold():
            yield from _ask(view, reading, PARTY, (start, end), "key_value", role.casefold(), role=role)


def _name(match: re.Match[str]) -> tuple[int, int] | None:
    """Where the party's name stands in a match: up to the first comma, but for "Inc." and the like behind it."""
    text, start = match["name"], match.start("name")
    if again := list(re.finditer(r"\b(?:between|zwischen|entre|tussen)\b:? ", text)):
        start, text = start + again[-1].end(), text[again[-1].end() :]
    if title := _TITLES.match(text):
        start, text = start + title.end(), text[title.end() :]
    name, *rest = text.split(",")
    if rest and _SUFFIX.fullmatch(f",{rest[0]}"):
        name = f"{name},{rest[0]}"
    words = name.split()
    is_name = 1 < len(words) + bool(_SUFFIX.search(name)) <= LONGEST_NAME and all(
        word[0].isupper() or word[0].isdigit() or word in ("of", "and", "&", "de", "van", "von", "der", "la", "the")
        for word in words
    )
    return (start, start + len(name)) if is_name and is_clean(name) and name[0].isupper() else None


def _ask(
    view: View, reading: _Reading, choices: Sequence[str], span: tuple[int, int], kind: str, key: str, **blanks: str
) -> Iterator[Question]:
    """The question whose answer stands at `span`, where that is whole words."""
    parts = reading.at(*span)
    words = " ".join(word.text for part in parts for word in part)
    answer = reading.text[slice(*span)].strip(" ,;:")
    if words.strip(AROUND) == answer.strip(AROUND):
        text = phrase(choices, view.draw(key), **blanks)
        boxes = tuple(evidence(part) for part in parts)
        variants = date_variants(answer) if kind == "date" else ()
        yield Question(text, answer, view.page.number, boxes, kind, SOURCE, variants=variants, key=key)
