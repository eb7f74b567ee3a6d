"""Where an answer stands on a page, for answers that somebody else wrote.

Page and answer are both brought to a canonical form (`canonical`: compatibility forms, ligatures, case, white
space and punctuation are gone, but not what changes a value) and searched as strings, so that a page of 500
words takes microseconds. A find always begins and ends at a word and stays in one line or in consecutive lines
of one column; its text is the page's own words, never the answer's.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import chain, groupby, pairwise

from rapidfuzz import fuzz

from octavo.datasets.finders.evidence import evidence
from octavo.datasets.llm.quantities import dates, equal_numbers, numbers, unit
from octavo.datasets.verify import AROUND
from octavo.documents.structure.rows import Line, rows
from octavo.documents.types import Box, Word

EXACT, NORMALISED, NEAR, NUMBER = "exact", "normalised", "near", "number"
AT_LEAST = 90.0  # rapidfuzz's ratio in percent from which spans are near
SHORTEST_NEAR = 8  # canonical characters; below, one wrong letter makes another word
LONGEST = 2_000  # characters of an answer
MOST_WORDS = 20_000  # of a page
MOST_PLACES = 24  # looked at where an answer stands again and again
LINE_GAP = 1.2  # line heights between two lines of a column
NUMBER_WORDS, DATE_WORDS = 3, 6  # "EUR 1 234,50"; "Tuesday, the 28th of February, 2017"
MOST_TRIMMED = 6  # characters of punctuation at either end that an answer may leave out

_ARTICLES = frozenset(("the", "le", "de", "del", "den", "of"))  # not a part of the date that they are before
_FIGURE = re.compile(r"\d+(?:[.,/:-]\d+)*")
_KEPT_PUNCTUATION = frozenset("%@&")
_DIGIT_GLUE = frozenset(".,/:-")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


@dataclass(frozen=True, slots=True)
class Match:
    """Words of a page that say what was looked for.

    `how` is "exact" (letter for letter, but for punctuation around it), "normalised", "near" or "number" (a
    number or a date of the same value). `lines` are the words, line by line; `text` is what to store as the
    answer: the words as printed, with the punctuation around them as far as the answer had it. `is_unique`
    says that the page has them only here.
    """

    how: str
    text: str
    lines: tuple[tuple[Word, ...], ...]
    is_unique: bool

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The evidence: a box a line."""
        return tuple(evidence(words) for words in self.lines)

    @property
    def breaks_word(self) -> bool:
        """Whether a line ends within a word, so that the words as printed read "docu- ment"."""
        return any(
            upper[-1].text.endswith(("-", "\u00ad", "\u2010")) and lower[0].text[:1].islower()
            for upper, lower in pairwise(self.lines)
        )


def canonical(text: str) -> str:
    """`text` as it is compared: letters, digits and signs; punctuation only where it makes a value.

    Kept are points, commas, slashes, colons and hyphens between digits, a minus before a number, and a space
    between two groups of digits: "1.5" is not "15", and "2 50" not "250".
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).translate(_DASHES).casefold())
    kept: list[str] = []
    for at, char in enumerate(text):
        before, after = text[at - 1] if at else " ", text[at + 1] if at + 1 < len(text) else " "
        if (
            char.isalnum()
            or char in _KEPT_PUNCTUATION
            or (unicodedata.category(char) in ("Sc", "Sm", "Mn", "Mc") and char not in "|~")
            or (char in _DIGIT_GLUE and before.isdecimal() and after.isdecimal())
            or (char == "-" and before.isspace() and after.isdecimal())
        ):
            kept.append(char)
        elif char.isspace() and kept and kept[-1] != " ":
            kept.append(" ")
    # A space stays only between digits; elsewhere "e mail" is "email" and a line's hyphen joins its halves.
    return unicodedata.normalize("NFC", re.sub(r"(?<!\d) | (?!\d)", "", "".join(kept)))


def locate(answer: str, words: Sequence[Word]) -> Match | None:
    """Where `answer` stands among a page's words, or None; for several answers keep a `PageIndex`."""
    return PageIndex(words).locate(answer)


class PageIndex:
    """A page's words made ready to be searched; no line goes over an upright one of `rules`.

    A page of more than `MOST_WORDS` words holds nothing.
    """

    def __init__(self, words: Sequence[Word], rules: Sequence[Box] = ()) -> None:
        columns = _columns(rows(words, rules)) if len(words) <= MOST_WORDS else []
        self.words: list[Word] = []
        self.line_of: list[int] = []
        self.starts: list[int] = []  # of each word in `text`
        self.ends: list[int] = []
        parts: list[str] = []
        at = line_number = 0
        for column in columns:
            last = " "
            for line in column:
                for word in line.words:
                    form = canonical(word.text)
                    if form and last.isdecimal() and form[0].isdecimal():
                        form = f" {form}"
                    start = at + (form[:1] == " ")
                    self.words.append(word)
                    self.line_of.append(line_number)
                    self.starts.append(start)
                    at += len(form)
                    self.ends.append(at)
                    parts.append(form)
                    last = form[-1:] or last
                line_number += 1
            parts.append("\n")
            at += 1
        self.text = "".join(parts)

    def locate(self, answer: str) -> Match | None:
        """The first place where `answer` stands, by the strictest comparison that finds one."""
        return next(iter(self.places(answer)), None)

    def places(self, answer: str) -> list[Match]:
        """All places that the strictest comparison which finds any finds, in reading order, `MOST_PLACES` at most."""
        if len(answer) > LONGEST:
            return []
        answer = " ".join(answer.split())
        form = canonical(answer)
        if not form:
            return []
        how = NORMALISED
        spans = self._same(form)
        if not spans:
            how, spans = NUMBER, self._same_value(answer)
        if not spans:
            how, spans = NEAR, self._near(form)
        found = [self._match(how, first, last, answer, len(spans) == 1) for first, last in spans]
        return sorted(found, key=lambda match: match.how != EXACT)  # stable: reading order among equals

    def _same(self, form: str) -> list[tuple[int, int]]:
        """First and last word of every place whose canonical form is `form`."""
        found: list[tuple[int, int]] = []
        at = self.text.find(form)
        tried = 0
        while at >= 0 and len(found) < MOST_PLACES and tried < 50 * MOST_PLACES:
            span = self._words_between(at, at + len(form))
            if span:
                found.append(span)
            tried += 1
            at = self.text.find(form, at + 1)
        return found

    def _words_between(self, start: int, end: int) -> tuple[int, int] | None:
        """The words that begin at `start` and end at `end` of the text, or None where no word does."""
        first = bisect_right(self.starts, start) - 1  # the last to start here: those before it are punctuation
        last = bisect_left(self.ends, end)
        if first < 0 or last == len(self.ends) or self.starts[first] != start or self.ends[last] != end:
            return None
        return first, last

    def _same_value(self, answer: str) -> list[tuple[int, int]]:
        values, days = numbers(answer), dates(answer)
        found: set[tuple[int, int]] = set()
        for day in sorted(days):
            found.update(self._dates.get(day, ()))
        if not found:
            mine = unit(answer)
            for value in sorted(values):
                for first, last, theirs in self._numbers.get(value, ()):
                    if not mine or not theirs or mine == theirs:
                        found.add((first, last))
        return sorted(found)[:MOST_PLACES]

    @cached_property
    def _numbers(self) -> dict[Decimal, list[tuple[int, int, str]]]:
        found: dict[Decimal, list[tuple[int, int, str]]] = {}
        for first, last, text in self._windows(NUMBER_WORDS):
            text = text.strip(",.:;")
            for value in sorted(numbers(text)):
                found.setdefault(value, []).append((first, last, unit(text)))
        return {value: list(_outermost(spans)) for value, spans in found.items()}

    @cached_property
    def _dates(self) -> dict[date, list[tuple[int, int]]]:
        found: dict[date, list[tuple[int, int, str]]] = {}
        for first, last, text in self._windows(DATE_WORDS):
            if text.split(" ", 1)[0].lower() in _ARTICLES:
                continue
            for day in sorted(dates(text)):
                found.setdefault(day, []).append((first, last, ""))
        return {day: [(first, last) for first, last, _ in _outermost(spans)] for day, spans in found.items()}

    def _windows(self, most: int) -> Iterator[tuple[int, int, str]]:
        """Runs of up to `most` words of one line with a digit in them: first, last, text."""
        has_digit = [any(map(str.isdecimal, word.text)) for word in self.words]
        for first in range(len(self.words)):
            text, digits, line = "", False, self.line_of[first]
            for last in range(first, min(first + most, len(self.words))):
                if self.line_of[last] != line or len(text) > 64:
                    break
                text = f"{text} {self.words[last].text}" if text else self.words[last].text
                digits = digits or has_digit[last]
                if digits:
                    yield first, last, text

    def _near(self, form: str) -> list[tuple[int, int]]:
        """The place that is most like `form`, where it is like enough and has the same digits."""
        if len(form) < SHORTEST_NEAR or len(self.text) < len(form) / 2:
            return []
        found = fuzz.partial_ratio_alignment(form, self.text, score_cutoff=AT_LEAST - 10)
        if found is None or not self.words:
            return []
        if len(form) <= len(self.text):
            start, end = found.dest_start, found.dest_end
        else:
            start, end = 0, len(self.text)
        starts = range(max(bisect_right(self.starts, start) - 2, 0), bisect_right(self.starts, start) + 2)
        ends = range(max(bisect_left(self.ends, end) - 2, 0), bisect_left(self.ends, end) + 2)
        best, best_ratio = None, AT_LEAST
        for first in starts:
            for last in ends:
                if not first <= last < len(self.words):
                    continue
                text = self.text[self.starts[first] : self.ends[last]]
                ratio = fuzz.ratio(form, text) if "\n" not in text else 0.0
                is_better = ratio > best_ratio or (ratio == best_ratio and best is None)
                if is_better and _same_figures(form, text):
                    best, best_ratio = (first, last), ratio
        if best is None:
            return []
        return self._same(self.text[self.starts[best[0]] : self.ends[best[1]]]) or [best]

    def _match(self, how: str, first: int, last: int, answer: str, is_unique: bool) -> Match:
        numbered = zip(self.line_of[first : last + 1], self.words[first : last + 1], strict=True)
        lines = tuple(
            tuple(word for _, word in group) for _, group in groupby(numbered, key=lambda numbered: numbered[0])
        )
        printed = " ".join(word.text for word in self.words[first : last + 1])
        forms = _trimmed(printed)
        if answer in forms:
            return Match(EXACT, answer, lines, is_unique)
        if how == NUMBER:  # "(50.00)" without its brackets is another amount
            forms = [form for form in forms if numbers(form) & numbers(answer) or dates(form) & dates(answer)] or forms
        # Of the ways to leave punctuation out: no half of a bracket, then most like the answer, then the shortest.
        text = max(forms, key=lambda form: (_is_balanced(form), fuzz.ratio(form, answer), -len(form), form))
        return Match(how, text, lines, is_unique)


def _is_balanced(text: str) -> bool:
    """Whether brackets and quotation marks come in pairs, as far as counting tells."""
    pairs = ("()", "[]", "«»")
    return all(text.count(pair[0]) == text.count(pair[1]) for pair in pairs) and not sum(map(text.count, '"“”„')) % 2


def _same_figures(form: str, other: str) -> bool:
    """Whether two canonical forms have the same numbers in the same order: in these one character is a lot."""
    mine, theirs = _FIGURE.findall(form), _FIGURE.findall(other)
    return len(mine) == len(theirs) and all(
        figure == equal or equal_numbers(figure, equal) for figure, equal in zip(mine, theirs, strict=True)
    )


def _trimmed(text: str) -> list[str]:
    """`text` without some of the punctuation at its ends, as `verify.grounded` lets it be."""
    starts = min(len(text) - len(text.lstrip(AROUND)), MOST_TRIMMED)
    ends = min(len(text) - len(text.rstrip(AROUND)), MOST_TRIMMED)
    forms = [text[start : len(text) - end].strip() for start in range(starts + 1) for end in range(ends + 1)]
    return [form for form in dict.fromkeys(forms) if form]


def _outermost(spans: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The spans that no other holds, of spans in order: "EUR 12.50" and the "12.50" in it are one place."""
    reach = -1
    for _, group in groupby(spans, key=lambda span: span[0]):
        widest = max(group)
        if widest[1] > reach:
            reach = widest[1]
            yield widest


def _columns(page_rows: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The lines in columns, each from top to bottom: a line is followed by the nearest under it, if close.

    Where two lines lie over one, the one whose left edge is nearer to its own goes on in it.
    """
    after: dict[int, Line] = {}
    taken: dict[int, tuple[float, Line]] = {}  # by the lower line: how far off its left edge the upper one begins
    for row, candidates in zip(page_rows, _rows_under(page_rows), strict=True):
        for line in row:
            under = next((found for lower in candidates if (found := _under(line, lower))), None)
            if under is None:
                continue
            off = abs(under.box.x0 - line.box.x0)
            if id(under) in taken and taken[id(under)][0] <= off:
                continue
            if id(under) in taken:
                del after[id(taken[id(under)][1])]
            taken[id(under)] = off, line
            after[id(line)] = under
    columns = []
    for line in chain.from_iterable(page_rows):
        if id(line) not in taken:
            column = [line]
            while id(column[-1]) in after:
                column.append(after[id(column[-1])])
            columns.append(column)
    return columns


def _rows_under(page_rows: Sequence[Sequence[Line]]) -> Iterator[Sequence[Sequence[Line]]]:
    """For each row the three below it: rows of columns that are not level alternate."""
    for at in range(len(page_rows)):
        yield page_rows[at + 1 : at + 4]


def _under(line: Line, lower: Sequence[Line]) -> Line | None:
    """The line of a lower row that goes on a column: close under `line`, as large, and sharing width with it."""
    box, height = line.box, line.box.y1 - line.box.y0
    at = bisect_right([other.box.x1 for other in lower], box.x0)
    near = [
        other
        for other in lower[at : at + 4]
        if other.box.x0 < box.x1
        and -height < other.box.y0 - box.y1 < LINE_GAP * height
        and other.box.center[1] > box.center[1]
        and max(other.size, line.size) <= 1.25 * min(other.size, line.size)
    ]
    return min(near, key=lambda other: abs(other.box.x0 - box.x0), default=None)
