"""Keys and their values on a page, found by where they stand: after a colon, in the cell beside or under.

Precision goes before coverage: whatever could be read in two ways is dropped, and counted under the reason.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from octavo.datasets.fields.boxed import pairs_in
from octavo.datasets.fields.cells import FAR_COLUMN, beside, in_line, on_rule, over, reach_typed, under, under_heads
from octavo.datasets.fields.fits import (
    address,
    colon,
    goes_on,
    in_column_of_values,
    inside_paragraph,
    is_cut_off,
    is_value,
)
from octavo.datasets.fields.geometry import Sheet, character, gap, height, same_row, text_of
from octavo.datasets.fields.keys import is_key, key_of, known, meanings
from octavo.datasets.fields.pair import Pair
from octavo.datasets.fields.sections import section_of
from octavo.datasets.fields.strips import is_comb, ready
from octavo.datasets.fields.values import is_wordy
from octavo.documents.structure.parts import Table
from octavo.documents.structure.rows import Line
from octavo.documents.types import Box

MOST_PAIRS = 300  # of one page: a full ledger has some 150
MOST_LINES = 4000  # of one page that may begin a pair; a page of a newspaper has 1,500
MOST_SECTIONS = 60  # pairs of one page whose section is looked for
MOST_RULES = 400  # of one page that are looked at as lines to write on

AMBIGUOUS = "its key stands on the page more than once"
ALONE = "its key stands alone in running text"
GOES_ON = "its value may go on"
IN_TEXT = "its key stands inside a paragraph"
MISFIT = "its value is not of the key's kind"
NO_VALUE = "its value is no short text"
TOO_FAR = "its value may be of another column"

_PAGES = re.compile(r"\d+[-–]\d+\.?")  # of a reference: "Journal 24: 478-497"

_TITLES = frozenset(
    ("invoice number", "order number", "receipt number", "purchase order number", "customer number", "reference number")
)

PageRow = Sequence[Line]


@dataclass(frozen=True, slots=True)
class Found:
    """What a page gave: its `pairs`, and how often each identity stands on it as a label, with a value or not.

    `all_pairs` has also those whose key is not unique: totals and issuers are chosen among them.
    """

    pairs: list[Pair]
    all_pairs: list[Pair]
    standing: Counter[str]
    sheet: Sheet


def look(
    rows: Sequence[PageRow],
    dropped: Counter[str],
    tables: Sequence[Table] = (),
    rules: Sequence[Box] = (),
    labels: Mapping[str, int] | None = None,
) -> Found:
    """The pairs of a page whose keys are unambiguous, in the order of the page.

    A key that stands on the page more than once is dropped unless each time with the same value, or under
    another heading. `labels` are those mined over the corpus. `dropped` counts the pairs that were seen and not
    taken, by reason.
    """
    finder = _Finder(Sheet([ready(row) for row in rows]), _to_write_on(rules), labels or {}, dropped)
    for number, row in enumerate(finder.sheet.rows):
        finder.look_at(row, number)
    taken = {id(pair.label.words[0]) for pair in finder.found}
    for pair in pairs_in(tables, finder.labels):
        if id(pair.label.words[0]) not in taken and len(finder.found) < MOST_PAIRS:
            finder.found.append(pair)
            finder.boxed.add(id(pair))
    return Found(list(finder.unambiguous()), finder.found, finder.standing, finder.sheet)


def _to_write_on(rules: Sequence[Box]) -> list[Box]:
    level = [rule for rule in rules if rule.x1 - rule.x0 > 0.04 and rule.y1 - rule.y0 < 0.004]
    return sorted(level[:MOST_RULES], key=lambda rule: rule.y0)


class _Finder:
    """One look over a page."""

    def __init__(self, sheet: Sheet, rules: list[Box], labels: Mapping[str, int], dropped: Counter[str]) -> None:
        self.sheet, self.rules, self.labels, self.dropped = sheet, rules, labels, dropped
        self.found: list[Pair] = []
        self.boxed: set[int] = set()  # ids of pairs that a ruled table, or a line to write on, vouches for
        self.standing: Counter[str] = Counter()
        self.rows_of: dict[int, int] = {}
        self.looked_at = 0  # lines

    def look_at(self, row: PageRow, number: int) -> None:
        """Find the pairs whose labels stand in row `number`."""
        for index, line in enumerate(row):
            self.rows_of[id(line)] = number
            inline = in_line(line) if not colon(line) else []
            for label in set(_labels(line, inline)):
                self.standing[label] += 1
            self.looked_at += 1
            if len(self.found) < MOST_PAIRS and self.looked_at <= MOST_LINES:
                self.found.extend(inline or self._at(row, index, number))
        if len(self.found) < MOST_PAIRS and self.looked_at <= MOST_LINES:
            taken = {id(pair.label) for pair in self.found[-20:]}
            self.found.extend(p for p in under_heads(row, number, self.sheet) if id(p.label) not in taken)

    def _at(self, row: PageRow, index: int, number: int) -> list[Pair]:
        """The pairs whose key begins `row[index]`; what looked like one is counted in `dropped`."""
        line, rest = row[index], row[index + 1 :]
        at_colon = colon(line)
        if not at_colon:
            pair = (
                beside(row, index, number, self.sheet, self.labels)
                or under(line, self.sheet, number, self.labels)
                or over(line, number, self.sheet, self.rules)
            )
            if not pair and (pair := on_rule(line, number, self.sheet, self.rules)):
                self.boxed.add(id(pair))
            return [pair] if pair else []
        pair = _in_comb(line, at_colon, rest)
        if pair:
            return [pair]
        pair = self._after_colon(line, at_colon, rest, number)
        fault = self._fault(pair, line, rest, number) if pair else None
        if pair and not fault:
            return [pair]
        below_it = under(line, self.sheet, number, self.labels) if at_colon == len(line.words) else None
        if fault and not below_it:
            self.dropped[fault] += 1
        return [below_it] if below_it else []

    def _after_colon(self, line: Line, at: int, rest: PageRow, number: int) -> Pair | None:
        """The key before the colon and what follows it in its row: the rest of its line, or the next cell."""
        key = key_of(text_of(line.words[:at]))
        if at < len(line.words):
            words = line.words[at:]
        elif rest and not colon(rest[0]):
            words = rest[0].words
        else:
            return None
        pair = Pair(key, None, line, (words,))
        pair = replace(pair, known=known(key, pair.value))
        if pair.known and pair.known.type_ == "address":
            lines = address(Line.of(words), line, self.sheet, number)
            if lines:
                return replace(pair, parts=tuple(part.words for part in lines))
        return pair

    def _fault(self, pair: Pair, line: Line, rest: PageRow, number: int) -> str | None:
        """Why what follows a colon is not taken for the key's value, or None where it is."""
        near = self.sheet.near(number)
        value = Line.of(pair.parts[0])
        inline = pair.words[0] in line.words
        if pair.known and not pair.known.takes(pair.value):
            return MISFIT
        if len(pair.parts) > 1:  # an address, looked at already
            return None if inline or gap(line, value) < FAR_COLUMN else TOO_FAR
        if not is_value(pair.value) or (not pair.known and _PAGES.fullmatch(pair.value)):
            return NO_VALUE
        if (
            not inline
            and gap(line, value) > FAR_COLUMN
            and not (gap(line, value) < reach_typed(line) and (pair.is_proven or in_column_of_values(value, near)))
        ):
            return TOO_FAR
        if pair.is_proven:
            return None
        if not is_wordy(pair.value):
            return NO_VALUE
        if inside_paragraph(line if inline else value, near):
            return IN_TEXT
        after = rest[:1] if inline else rest[1:2]
        runs_on = after and not colon(after[0]) and gap(value, after[0]) < 8 * character(value)
        return GOES_ON if runs_on or is_cut_off(pair.value) or goes_on(line, value, near) else None

    def unambiguous(self) -> Iterator[Pair]:
        """One pair of each key that has the same value wherever it stands, and that is not alone in a text."""
        by_key: dict[str, list[Pair]] = defaultdict(list)
        for pair in self.found:
            by_key[pair.identity].append(pair)
        for identity, pairs in by_key.items():
            if len({pair.value for pair in pairs}) > 1 or self.standing[identity] > len(pairs):
                qualified = self._by_section(pairs) if len(pairs) >= self.standing[identity] else []
                self.dropped[AMBIGUOUS] += len(pairs) - len(qualified)
                yield from qualified
            elif not pairs[0].known and not pairs[0].is_proven and not self._is_at_home(pairs[0]):
                self.dropped[ALONE] += len(pairs)
            else:
                yield pairs[0]

    def _by_section(self, pairs: Sequence[Pair]) -> list[Pair]:
        """The pairs of one key, each with its section, where all have one of their own; () where not."""
        if len(pairs) > MOST_SECTIONS // 10:
            return []
        named = [
            replace(pair, section=section_of(pair.label, self.rows_of[id(pair.label)], self.sheet))
            for pair in pairs
            if id(pair.label) in self.rows_of
        ]
        sections = [pair.section.casefold() for pair in named]
        if len(named) < len(pairs) or not all(sections) or len(set(sections)) < len(sections):
            return []
        return [pair for pair in named if pair.key]

    def _is_at_home(self, pair: Pair) -> bool:
        """Whether a table, the corpus or another pair beside or around it vouches for a key.

        Forms group their keys; a colon with none around it is more often one of a running text.
        """
        if id(pair) in self.boxed or pair.label.text in self.labels:
            return True
        label, tall, slack = pair.label, height(pair.label), 2 * character(pair.label)
        return any(
            other is not pair
            and (
                same_row(label, other.label)
                or (
                    min(abs(label.box.x0 - other.label.box.x0), abs(label.box.x1 - other.label.box.x1)) < slack
                    and abs(label.box.y0 - other.label.box.y0) < 6 * tall
                )
            )
            for other in self.found
        )


def _in_comb(line: Line, at: int, rest: PageRow) -> Pair | None:
    """A common key whose value is written in boxes, one character in each."""
    words = (*line.words[at:], *(word for cell in rest for word in cell.words))
    key = key_of(text_of(line.words[:at]))
    joined = "".join(word.text for word in words)
    common = known(key, joined) if is_comb(words) else None
    return Pair(key, common, line, (words,)) if common and common.proves and common.takes(joined) else None


def _labels(line: Line, inline: Sequence[Pair]) -> Iterator[str]:
    """The identities of what `line` may be the label of: its key before a colon, else all of its text."""
    at = colon(line)
    key = key_of(text_of(line.words[:at]) if at else line.text)
    if at and at < len(line.words):
        common = known(key, text_of(line.words[at:]).lstrip(": "))
    else:
        found = meanings(key)
        common = found[0] if found else None
        # "INVOICE" is a title as well, "VAT" a column: without a value they are no label.
        if common and not at and (len(found) > 1 or (common.noun in _TITLES and " " not in key)):
            return
    if common or is_key(key):
        yield common.noun if common else key.casefold()
    else:
        yield from (pair.identity for pair in inline)
