"""Keys and their values on a page, found by where they stand: after a colon, in the cell beside or under.

Precision goes before coverage: whatever could be read in two ways is dropped, and counted under the reason.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from octavo.datasets.geometry import CLOSE, aligned, character, close, gap, same_row, text_of
from octavo.datasets.keys import LONGEST_KEY, KnownKey, is_key, key_of, known
from octavo.datasets.values import is_amount, is_clean, is_date, is_figure, is_money, is_wordy
from octavo.documents.layout import Line, above, below
from octavo.documents.types import Word

LONGEST_VALUE = 80  # characters
MOST_PAIRS = 300  # of one page: a full ledger has some 150
MOST_CELLS = 50  # of a row to the right of a key that are looked at
NEAR_ROWS = 10  # rows up and down where a line's neighbours are looked for: three lines of three columns
FAR_COLUMN = 0.2  # of the page's width: the widest gap that a free text may stand from its key
FAR_TYPED = 0.6  # for a value that its form proves, as a total at the right margin

AMBIGUOUS = "its key stands on the page more than once"
ALONE = "its key stands alone in running text"
GOES_ON = "its value may go on"
IN_TEXT = "its key stands inside a paragraph"
MISFIT = "its value is not of the key's kind"
NO_VALUE = "its value is no short text"
TOO_FAR = "its value may be of another column"

# What makes a text hold the next key: a word with a colon at its end or inside, unless it is a time or a URL.
_HOLDS_KEY = re.compile(r"[:：](?!\S)|[^\W\d]{2,}[:：](?!//)")
_LEADER = re.compile(r"(?<!\S)[_.…]{2,}(?!\S)|___|\. \.")  # a rule to write on, dots of a table of contents
_OF_FORM = re.compile(r"\(?\d{1,2}\) ?[^\W\d]")  # "(2) Dependent's": the next label of a form
_HOUR = re.compile(r"(?<!\S)\d{1,2}: \d\d(?!\d)")  # a time set with a space
_PAGES = re.compile(r"\d+[-–]\d+\.?")  # of a reference: "Journal 24: 478-497"
_CUT_OFF = re.compile(
    r"(?:\b(?:a|an|and|as|at|by|for|from|in|of|on|or|that|the|to|with|und|der|die|das|et|de"
    r"|la|le|les|des|du|en|y|el)|[-–,/&+=])$",
    re.IGNORECASE,
)
_CURRENCY_SIGNS = ("$", "€", "£", "¥", "Rs", "Rs.", "EUR", "USD")

PageRow = Sequence[Line]


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and the words of its value, which stand in one line.

    `label` is the line that the key is, or begins; `known` is None for a key of no common name.
    """

    key: str
    known: KnownKey | None
    label: Line
    words: tuple[Word, ...]

    @property
    def value(self) -> str:
        """The value's text, without the punctuation that belongs to the sentence around it."""
        text = " ".join(word.text for word in self.words).rstrip(",;")
        return text[:-1] if text.endswith(".") and text[-2:-1].isdigit() else text

    @property
    def identity(self) -> str:
        """What makes two keys the same to a reader: the noun they mean, or their letters."""
        return self.known.noun if self.known else self.key.casefold()

    @property
    def is_proven(self) -> bool:
        """Whether the value's form shows that it is whole: a date, a sum, what a common key takes."""
        typed = self.known is not None and self.known.type_ != "text"
        return typed or _is_whole(self.value)


def find_pairs(rows: Sequence[PageRow], dropped: Counter[str]) -> list[Pair]:
    """The pairs of a page whose keys are unambiguous, in the order of the page.

    A key that stands on the page more than once is dropped unless each time with the same value. `dropped`
    counts the pairs that were seen and not taken, by reason.
    """
    rows = [_with_currency(row) for row in rows]
    found: list[Pair] = []
    standing: Counter[str] = Counter()
    for number, row in enumerate(rows):
        near = [line for other in rows[max(0, number - NEAR_ROWS) : number + NEAR_ROWS + 1] for line in other]
        for index, line in enumerate(row):
            standing.update(_labels(line))
            pair = _pair_at(row, index, near, dropped) if len(found) < MOST_PAIRS else None
            if pair:
                found.append(pair)
    return list(_unambiguous(found, standing, dropped))


def _unambiguous(found: Sequence[Pair], standing: Counter[str], dropped: Counter[str]) -> Iterator[Pair]:
    """One pair of each key that has the same value wherever it stands, and that is not alone in a text."""
    by_key: dict[str, list[Pair]] = defaultdict(list)
    for pair in found:
        by_key[pair.identity].append(pair)
    for identity, pairs in by_key.items():
        if len({pair.value for pair in pairs}) > 1 or standing[identity] > len(pairs):
            dropped[AMBIGUOUS] += len(pairs)
        elif not pairs[0].known and not pairs[0].is_proven and not _has_company(pairs[0], found):
            dropped[ALONE] += len(pairs)
        else:
            yield pairs[0]


def _pair_at(row: PageRow, index: int, near: Sequence[Line], dropped: Counter[str]) -> Pair | None:
    """The pair whose key begins `row[index]`, or None; what looked like one is counted in `dropped`."""
    line, rest = row[index], row[index + 1 : index + 1 + MOST_CELLS]
    at_colon = _colon(line)
    if not at_colon:
        return _in_cell(line) or _beside(line, rest, first=index == 0) or _under(line, near)
    pair = _after_colon(line, at_colon, rest)
    fault = _fault(pair, line, rest, near) if pair else None
    if pair and not fault:
        return pair
    under = _under(line, near) if at_colon == len(line.words) else None
    if fault and not under:
        dropped[fault] += 1
    return under


def _colon(line: Line) -> int:
    """How many words of `line` the key takes, colon included; 0 where the line begins with no key."""
    for count, word in enumerate(line.words[: LONGEST_KEY + 1], 1):
        if word.text.endswith((":", "：")):
            is_time = _HOUR.search(text_of(line.words[: count + 1]))
            return count if not is_time and is_key(key_of(text_of(line.words[:count]))) else 0
        if ":" in word.text:  # a time, a URL, or a key that its value is glued to
            return 0
    return 0


def _after_colon(line: Line, at: int, rest: PageRow) -> Pair | None:
    """The key before the colon and what follows it in its row: the rest of its line, or the next cell."""
    key = key_of(text_of(line.words[:at]))
    if at < len(line.words):
        return Pair(key, known(key), line, line.words[at:])
    if rest and not _colon(rest[0]):
        return Pair(key, known(key), line, rest[0].words)
    return None


def _fault(pair: Pair, line: Line, rest: PageRow, near: Sequence[Line]) -> str | None:
    """Why what follows a colon is not taken for the key's value, or None where it is."""
    value = Line.of(pair.words)
    inline = pair.words[0] in line.words
    if pair.known and not pair.known.takes(pair.value):
        return MISFIT
    if not _is_value(pair.value) or (not pair.known and _PAGES.fullmatch(pair.value)):
        return NO_VALUE
    if (
        not inline
        and gap(line, value) > FAR_COLUMN
        and not (gap(line, value) < FAR_TYPED and (pair.is_proven or _in_column_of_values(value, near)))
    ):
        return TOO_FAR
    if pair.is_proven:
        return None
    if not is_wordy(pair.value):
        return NO_VALUE
    if _inside_paragraph(line if inline else value, near):
        return IN_TEXT
    after = rest[:1] if inline else rest[1:2]
    beside = after and not _colon(after[0]) and gap(value, after[0]) < 8 * character(value)
    return GOES_ON if beside or _CUT_OFF.search(pair.value) or _goes_on(line, value, near) else None


def _in_cell(line: Line) -> Pair | None:
    """A common key followed by its value without a colon: "Subtotal $ 112.00", "IBAN NL50…"."""
    for count in range(min(LONGEST_KEY, len(line.words) - 1), 0, -1):
        key = key_of(text_of(line.words[:count]))
        common = known(key)
        if common and common.type_ != "text":
            pair = Pair(key, common, line, line.words[count:])
            return pair if common.takes(pair.value) and _is_value(pair.value) else None
    return None


def _beside(line: Line, rest: PageRow, first: bool) -> Pair | None:
    """A label and the one value to its right, both cells of their own, without a colon.

    A common key takes the next cell where its type fits, an amount also the row's only one; any other label
    takes a sum only, and only where the two are the whole row: what stands in a wider table needs its header.
    """
    key = key_of(line.text)
    common = known(key)
    if not rest or not is_key(key):
        return None
    if common and common.type_ == "amount":
        sums = [cell for cell in rest if is_amount(cell.text)]
        values = sums if len(sums) == 1 and sums[0] is rest[-1] else []
    elif common and common.type_ != "text":
        values = [cell for cell in rest[:1] if common.takes(cell.text) and gap(line, cell) < FAR_COLUMN]
    elif first and len(rest) == 1 and is_amount(rest[0].text):
        values = list(rest)
    else:
        values = []
    if not values or gap(line, values[0]) > FAR_TYPED or not _is_value(values[0].text):
        return None
    return Pair(key, common, line, values[0].words)


def _under(line: Line, near: Sequence[Line]) -> Pair | None:
    """A common key over its value, where the value is one cell and not the first of a column of them."""
    key = key_of(line.text)
    common = known(key)
    if not common or common.type_ == "text":
        return None
    value = below(line, near, reach=1.5)
    if not value or not common.takes(value.text) or not _is_value(value.text) or not aligned(line, value):
        return None
    after = below(value, near, reach=2.5)
    if after and (
        common.takes(after.text)
        or (aligned(value, after) and close(value, after) and 0.8 < after.size / value.size < 1.25)
    ):
        return None
    return Pair(key, common, line, value.words)


def _labels(line: Line) -> Iterator[str]:
    """The identities of what `line` may be the label of: its key before a colon, else all of its text."""
    at = _colon(line)
    key = key_of(text_of(line.words[:at]) if at else line.text)
    common = known(key)
    if common or is_key(key):
        yield common.noun if common else key.casefold()
    elif inline := _in_cell(line):
        yield inline.identity


def _is_value(text: str) -> bool:
    """Whether `text` is short, readable, whole, and neither a sentence nor itself a key."""
    words = text.split()
    last = words[-1][:-1] if words else ""
    is_sentence = len(words) > 3 and text.endswith((".", "!", "?")) and len(last) > 3 and last.islower()
    is_sentence |= len(words) > 7 and ". " in text
    return (
        any(char.isalnum() for char in text)
        and len(text) <= LONGEST_VALUE
        and is_clean(text)
        and not is_sentence
        and not text.endswith("-")
        and not _OF_FORM.match(text)
        and not any(pattern.search(text) for pattern in (_HOLDS_KEY, _LEADER))
        and all(text.count(left) == text.count(right) for left, right in ("()", "[]"))
    )


def _is_whole(value: str) -> bool:
    """Whether a value's form shows that nothing of it is missing: a date, a sum."""
    return is_date(value) or is_money(value) or is_figure(value)


def _goes_on(line: Line, value: Line, near: Sequence[Line]) -> bool:
    """Whether the line under `value`, a part of `line` or the cell after it, continues it.

    It does where it begins under the value and has no key to its left, and, where it begins under the key,
    when the value had filled its line: the next word would have found no room.
    """
    under = below(value, near, CLOSE)
    if not under or _colon(under):
        return False
    if under.box.x0 > value.box.x0 - 2 * character(value):
        return not any(_colon(other) and same_row(other, under) and other.box.x1 <= under.box.x0 for other in near)
    first = under.words[0].box
    room = max(under.box.x1, line.box.x1 + 2 * character(line)) - line.box.x1
    return value.words[0] in line.words and (
        first.x1 - first.x0 > room or under.text[0].islower() or len(value.text) > 40
    )


def _in_column_of_values(value: Line, near: Sequence[Line]) -> bool:
    """Whether other lines begin or end where `value` does, and each has a key to its left: a form, not a column."""
    slack, height = character(value), value.box.y1 - value.box.y0
    column = [
        line
        for line in near
        if line is not value
        and abs(line.box.y0 - value.box.y0) < 6 * height
        and (abs(line.box.x0 - value.box.x0) < slack or abs(line.box.x1 - value.box.x1) < slack)
    ]
    return bool(column) and all(
        any(_colon(other) and same_row(other, line) and other.box.x1 < line.box.x0 for other in near) for line in column
    )


def _inside_paragraph(line: Line, near: Sequence[Line]) -> bool:
    """Whether `line` stands under a long line of its block, whose sentence it may continue."""
    over = above(line, near, CLOSE)
    return over is not None and aligned(over, line) and len(over.text) > 40 and not _colon(over)


def _has_company(pair: Pair, others: Sequence[Pair]) -> bool:
    """Whether another pair stands in the row or, with its label aligned, a few lines away.

    Forms group their keys; a colon with none around it is more often one of a running text.
    """
    label = pair.label
    height, slack = label.box.y1 - label.box.y0, 2 * character(label)
    return any(
        other is not pair
        and (
            same_row(label, other.label)
            or (
                min(abs(label.box.x0 - other.label.box.x0), abs(label.box.x1 - other.label.box.x1)) < slack
                and abs(label.box.y0 - other.label.box.y0) < 6 * height
            )
        )
        for other in others
    )


def _with_currency(row: PageRow) -> PageRow:
    """The row with a currency sign of its own joined to the number after it, as accounts set them apart."""
    joined: list[Line] = []
    for line in row:
        if joined and joined[-1].text in _CURRENCY_SIGNS and is_figure(line.text):
            joined[-1] = Line.of((*joined[-1].words, *line.words))
        else:
            joined.append(line)
    return joined
