"""Questions about running text: the one date, sum or number of a sentence, or how a short sentence ends.

A sentence is named by quoting its beginning or its end, which must stand on the page once, and is asked only
for what it holds once. That takes no grammar, so most of it serves any language written from left to right.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from octavo.datasets.fields.values import dates_in, has_part_of_date
from octavo.datasets.finders import GENERATOR
from octavo.datasets.finders.passages import Passage, Quotes, is_quotable, passages, picked
from octavo.datasets.templates import phrase
from octavo.datasets.types import Question
from octavo.datasets.view import View

MOST = 6  # questions of a page
MOST_RESTS = 3  # of them, ends of sentences
FEWEST_WORDS, MOST_WORDS = 6, 60  # of a sentence
FEWEST_QUOTED, MOST_QUOTED = 4, 8  # words that name a sentence
MOST_ANSWER_WORDS = 12
SHORT_LINE = 0.35  # of the width that a line leaves free at its end: what follows begins anew
SAID_TWICE = "what would name its sentence stands on the page more than once"

BEGINNING = ("in the sentence that begins “{quote}”", "in the sentence beginning “{quote}”")
ENDING = ("in the sentence that ends “{quote}”", "in the sentence ending with “{quote}”")
DATE = (
    "Which date is mentioned {where}?",
    "What date is given {where}?",
    "Which date appears {where}?",
    "Which date can be read {where}?",
)
YEAR = (
    "Which year is mentioned {where}?",
    "What year is given {where}?",
    "Which year appears {where}?",
    "Which year can be read {where}?",
)
SHARE = (
    "Which percentage is mentioned {where}?",
    "What percentage is given {where}?",
    "Which percentage appears {where}?",
    "Which percentage can be read {where}?",
)
SUM = (
    "Which amount of money is mentioned {where}?",
    "What sum of money is given {where}?",
    "Which amount of money appears {where}?",
    "What amount of money can be read {where}?",
)
COUNT = (
    "How many {noun} are mentioned {where}?",
    "What number of {noun} is given {where}?",
    "How many {noun} does the page speak of {where}?",
    "Which number of {noun} appears {where}?",
)
REST = (
    "Complete the sentence as it is printed: “{quote} …”",
    "How does the sentence that begins “{quote}” go on?",
    "How does the sentence beginning with “{quote}” end?",
    "Which words on the page complete “{quote} …”?",
)

_STOP = re.compile(r"(?<=[.!?])[\"”’)]? +(?=[\"“‘(]?[^\W\d_a-z])")
_ABBREVIATED = re.compile(  # a full stop that ends no sentence, at least not surely
    r"(?:^|[\s(“\"])(?:[^\W\d_]|Mr|Mrs|Ms|Dr|Prof|St|Nos?|Art|Sec|Figs?|Eqs?|Refs?|Tab|vs|etc|al|e\.g|i\.e|cf|ca"
    r"|approx|Inc|Ltd|Co|Corp|Jr|Sr|pp?|[vV]ol|eds?|resp|Nr|bzw|z\.B|d\.h|Abs|[^\W\d_]\.[^\W\d_](?:\.[^\W\d_])?)\.$"
)
_DIGIT, _WORD = re.compile(r"\d"), re.compile(r"[^\W\d_]{2,}")
_NO_PROSE = re.compile(r"\.\.\.|\. \.|___|https?:|www\.|doi:")  # leaders, rules to write on, references
_ENGLISH = re.compile(r"\b(?:the|of|and|to|is|are)\b")  # whose plurals end with "s" and stand after their number
_MARKS = re.compile(r"[\"“”„«»‘]|’(?!\w)|(?<!\w)'")
_REFERENCE = re.compile(r"\d{4};\d|\d\(\d+\): ?\d|\bpp\. ?\d|\bdoi\b")  # a list of publications
_RUN_IN = re.compile(r"(?:[^\s.,:;]+ ){1,6}(?:The|An|This|These|If|When) [a-z]")  # a heading before a sentence
_YEAR = re.compile(r"(?<![\w.,/$€£-])(?:1[6-9]|20)\d\d(?![\w/%–-]|[.,]\d)")
_BEFORE_YEAR = re.compile(
    r"(?:\b(?:in|since|until|by|from|after|before|during|year)|im Jahr|seit|depuis) $", re.IGNORECASE
)
_SHARE = re.compile(r"(?<![\w.,–-])\d{1,3}(?:[.,]\d+)? ?(?:%|percent\b|per cent\b|Prozent\b)(?!-)")
_OF_SHARE = re.compile(r"%|\bper ?cent|\bProzent", re.IGNORECASE)
_FIGURE = r"\d+(?:[.,' ]\d{3})*(?:[.,]\d{1,2})?"
_SUM = re.compile(
    rf"(?<![\w.,])(?:(?:US|CA|AU?)?[$€£¥] ?|(?:EUR|USD|GBP|CHF|CAD|AUD|SEK|INR|Rs\.?) ){_FIGURE}"
    r"(?: (?:thousand|million|billion|trillion))?(?![\w%–-]|[.,]\d)"
    rf"|(?<![\w.,–-]){_FIGURE} ?(?:€|£|EUR|USD|GBP|CHF|dollars|euros|pounds)(?!\w)"
)
_CURRENCY = re.compile(r"[$€£¥]|\b(?:EUR|USD|GBP|CHF|CAD|AUD|SEK|INR|Rs|dollars|euros|pounds|cents)\b")
_COUNT = re.compile(  # what looks like a noun may be a verb before "with" and the articles: "chapter 3 deals with"
    r"(?<![\w.,/$€£¥–§#=-])(?P<number>\d{1,3}(?:,\d{3})+|\d+) (?P<noun>[a-z]{3,}s)(?=[ ,.;:)]|$)"
    r"(?! (?:with|the|an?|its?)\b)"
)
_BEFORE_COUNT = re.compile(  # the number may be a name or an end of a range, not a count
    r"(?:\b(?:section|sections|article|clause|chapter|figure|table|pages?|step|no|number|version|level|type|item|to|and"
    r"|or|than|of|vs|least|most|in|by|on|at)\.?|[–(/-]) $",
    re.IGNORECASE,
)
_NO_NOUN = re.compile(
    r"is|was|has|this|thus|less|plus|its|as|does|versus|minus|times|always|yes|various|previous|us|works|uses|shows"
    r"|gives|contains|provides|lists|describes|presents|continues|requires|corresponds|represents|means"
)
_CUT = re.compile(  # a sentence is cut after a word that asks for what completes it
    r" (?:is|are|was|were|by|in|on|to|for|from|of|with|within|under|at|be|than|called|named|between|until|through"
    r"|ist|sind|war|durch|mit|von|est|sont|par|pour|dans) (?!(?:course|example|instance)\b)"
)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A whole sentence: the characters of a passage's text from `start` on."""

    passage: Passage
    start: int
    text: str


def find(view: View, dropped: Counter[str]) -> Iterator[Question]:
    """The values of the page's sentences; where they are few, how some of its sentences end."""
    found = [sentence for passage in passages(view) for sentence in sentences(passage)]
    if not found:
        return
    quotes = Quotes.of(view)
    held = [list(_values(view, sentence, quotes, dropped)) for sentence in found]
    values = [question for questions in held for question in questions]
    yield from picked(values, MOST, view, lambda question: question.text)
    if len(values) < MOST_RESTS:
        others = [sentence for sentence, questions in zip(found, held, strict=True) if not questions]
        rests = [question for sentence in others for question in _rest(view, sentence, quotes)]
        yield from picked(rests, MOST_RESTS - len(values), view, lambda question: question.text)


def sentences(passage: Passage) -> Iterator[Sentence]:
    """The whole sentences of a passage: they begin with a capital and end with a full stop or its like."""
    text, start = passage.text, 0
    stops = [
        match.end()
        for match in _STOP.finditer(text)
        if not _ABBREVIATED.search(text, max(0, match.start() - 12), match.start())
    ]
    for end in [*stops, len(text)]:
        sentence = text[start:end].rstrip()
        if _is_whole(sentence) and not _runs_in(passage, start, end):
            yield Sentence(passage, start, sentence)
        start = end


def _runs_in(passage: Passage, start: int, end: int) -> bool:
    """Whether a sentence seems to begin with a heading: one in bold on its line, or a short line before a capital."""
    words = passage.words(start, end)
    if not words or (words[0][0].bold and not words[-1][-1].bold):
        return True
    right = max(line.box.x1 for line in passage.lines)
    left = min(line.box.x0 for line in passage.lines)
    is_short = words[0][-1].box.x1 < right - SHORT_LINE * (right - left)
    return len(words) > 1 and is_short and words[1][0].text[0].isupper()


def _is_whole(text: str) -> bool:
    """Whether a piece of text is a sentence that can be asked about: whole, of words, neither long nor short."""
    words = text.split()
    return (
        FEWEST_WORDS <= len(words) <= MOST_WORDS
        and text[0].isalpha()
        and not text[0].islower()
        and text.rstrip('"”’)').endswith((".", "!", "?"))
        and 10 * len(_WORD.findall(text)) >= 7 * len(words)
        and not _NO_PROSE.search(text)
        and not _RUN_IN.match(text)
        and text != text.upper()
    )


def _values(view: View, sentence: Sentence, quotes: Quotes, dropped: Counter[str]) -> Iterator[Question]:
    """What a sentence holds once of each kind of value, asked for by quoting its beginning or its end."""
    for span, choices, noun in _spans(sentence.text):
        answer = sentence.passage.answer(sentence.start + span[0], sentence.start + span[1])
        if not answer or len(answer[0].split()) > MOST_ANSWER_WORDS:
            continue
        where = _where(view, sentence.text, span, quotes)
        if where:
            text = phrase(choices, view.draw(where), where=where, noun=noun)
            yield Question(text, answer[0], view.page.number, answer[1], "sentence", GENERATOR)
        else:
            dropped[SAID_TWICE] += 1


def _spans(text: str) -> Iterator[tuple[Span, Sequence[str], str]]:
    """Where the values stand of which a sentence has one, how they are asked for, and what is counted."""
    if not _DIGIT.search(text):
        return
    dates = list(dates_in(text))
    sums = [match.span() for match in _SUM.finditer(text)]
    if len(dates) == 1:
        start, end = dates[0]
        rest = f"{text[:start]} {text[end:]}"
        if not has_part_of_date(rest) and not _YEAR.search(rest):
            yield dates[0], DATE, ""
    elif not dates and not has_part_of_date(text):
        years = [match.span() for match in _YEAR.finditer(text)]
        if len(years) == 1 and _BEFORE_YEAR.search(text[: years[0][0]]):
            yield years[0], YEAR, ""
    shares = [match.span() for match in _SHARE.finditer(text)]
    if len(shares) == 1 and len(_OF_SHARE.findall(text)) == 1:
        yield shares[0], SHARE, ""
    if len(sums) == 1 and len(_CURRENCY.findall(text)) == 1:
        yield sums[0], SUM, ""
    for match in _COUNT.finditer(text):
        start, noun = match.start(), match["noun"]
        elsewhere = any(a <= start < b for a, b in [*dates, *sums])
        if (
            int(match["number"].replace(",", "")) > 1
            and text.count(noun) == 1
            and not _NO_NOUN.fullmatch(noun)
            and not elsewhere
            and _ENGLISH.search(text)
            and not _YEAR.fullmatch(match["number"])
            and not _BEFORE_COUNT.search(text[:start])
        ):
            yield match.span("number"), COUNT, noun


def _where(view: View, text: str, span: Span, quotes: Quotes) -> str:
    """How a sentence is named: by words at its beginning, or else at its end, that do not hold the value."""
    before, after = text[: span[0]].split()[:MOST_QUOTED], text[span[1] :].split()[-MOST_QUOTED:]
    for choices, parts in (
        (BEGINNING, [before[:count] for count in range(FEWEST_QUOTED, len(before) + 1)]),
        (ENDING, [after[-count:] for count in range(FEWEST_QUOTED, len(after) + 1)]),
    ):
        for part in parts:
            quote = " ".join(part).strip(" ,;:.(").rstrip('"”')
            if is_quotable(quote) and quotes.once(quote):
                return phrase(choices, view.draw(quote), quote=quote)
    return ""


def _rest(view: View, sentence: Sentence, quotes: Quotes) -> Iterator[Question]:
    """The end of a short sentence, asked for by all that stands before it."""
    text = sentence.text
    for match in _CUT.finditer(text):
        quote, rest = text[: match.end()].rstrip(), text[match.end() :]
        if 4 <= len(quote.split()) <= 16 and 3 <= len(rest.split()) <= 9 and _is_prose(text):
            answer = sentence.passage.answer(sentence.start + match.end(), sentence.start + len(text))
            if (
                answer
                and len(rest.split()[0]) > 1
                and not _MARKS.search(rest)
                and text.endswith(".")
                and is_quotable(quote)
                and quotes.once(quote)
                and not _REFERENCE.search(sentence.passage.text)
            ):
                wording = phrase(REST, view.draw(quote), quote=quote)
                yield Question(wording, answer[0], view.page.number, answer[1], "sentence", GENERATOR)
                return


def _is_prose(text: str) -> bool:
    """Whether a sentence is running text rather than a list of names: most of its words are in small letters."""
    words = text.split()
    return 3 * sum(word[0].islower() for word in words) >= 2 * len(words) and ":" not in text
