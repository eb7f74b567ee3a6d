"""Whether a text can be the value of a key: short, whole, of its own, not the beginning of something longer."""

import re
from collections.abc import Sequence

from octavo.datasets.fields.geometry import (
    CLOSE,
    Sheet,
    aligned,
    character,
    close,
    height,
    same_row,
    same_size,
    starts_with,
)
from octavo.datasets.fields.keys import LONGEST_KEY, is_key, key_of, known
from octavo.datasets.fields.values import is_clean, is_date, is_figure, is_money
from octavo.datasets.finders.marks import GLYPHS
from octavo.documents.structure.rows import Line, above, below

LONGEST_VALUE = 80  # characters
MOST_LINES = 7  # of an address
LONGEST_ADDRESS = 200  # characters

# What makes a text hold the next key: a word with a colon at its end or inside, unless it is a time or a URL.
_HOLDS_KEY = re.compile(r"(?<!\d)[:：](?!\S)|[^\W\d]{2,}[:：](?!//)")
_LEADER = re.compile(r"(?<!\S)[_.…]{2,}(?!\S)|___|\. \.|\.{4}")  # a rule to write on, dots of a table of contents
_OF_FORM = re.compile(r"\(?\d{1,2}\) ?[^\W\d]")  # "(2) Dependent's": the next label of a form
_HOUR = re.compile(r"(?<!\S)\d{1,2}: \d\d(?!\d)")  # a time set with a space
_CUT_OFF = re.compile(
    r"(?:\b(?:a|an|and|as|at|by|for|from|in|of|on|or|that|the|to|with|und|der|die|das|et|de"
    r"|la|le|les|des|du|en|y|el|il|di|van|het|i|w|z|AND|BY|FOR|FROM|OF|OR|THE|TO|WITH|UND|DER|ET|DE)|[-–,/&+=])$"
)


def colon(line: Line) -> int:
    """How many words of `line` the key takes, colon included; 0 where the line begins with no key."""
    if ":" not in line.text and "：" not in line.text:
        return 0
    for count, word in enumerate(line.words[: LONGEST_KEY + 3], 1):
        text = word.text
        if text.endswith((":", "：")) and (count > 1 or len(text) > 1):
            is_time = _HOUR.search(" ".join(other.text for other in line.words[: count + 1]))
            return count if not is_time and is_key(_key(line, count)) else 0
        if text.startswith((":", "：")) and count > 1:  # the colon is set at the value
            return count - 1 if is_key(_key(line, count - 1)) else 0
        if ":" in text:  # a time, a URL, or a key that its value is glued to
            return 0
    return 0


def _key(line: Line, count: int) -> str:
    return key_of(" ".join(word.text for word in line.words[:count]))


def is_value(text: str) -> bool:
    """Whether `text` is short, readable, whole, and neither a sentence nor itself a key."""
    words = text.split()
    last = words[-1][:-1] if words else ""
    is_sentence = len(words) > 3 and text.endswith((".", "!", "?")) and len(last) > 3 and last.islower()
    is_sentence |= len(words) > 7 and ". " in text
    return (
        any(char.isalnum() for char in text)
        and len(text) <= LONGEST_VALUE
        and is_clean(text)
        and GLYPHS.isdisjoint(text)  # boxes to tick are options, of which the value is one
        and not is_sentence
        and not text.endswith("-")
        and not _OF_FORM.match(text)
        and not any(pattern.search(text) for pattern in (_HOLDS_KEY, _LEADER))
        and all(text.count(left) == text.count(right) for left, right in ("()", "[]"))
    )


def is_whole(value: str) -> bool:
    """Whether a value's form shows that nothing of it is missing: a date, a sum."""
    return is_date(value) or is_money(value) or is_figure(value)


def is_cut_off(value: str) -> bool:
    """Whether `value` ends with a word or sign that something must follow."""
    return _CUT_OFF.search(value) is not None


def goes_on(line: Line, value: Line, near: Sequence[Line]) -> bool:
    """Whether the line under `value`, a part of `line` or the cell after it, continues it.

    It does where it begins under the value and has no key to its left, and, where it begins under the key,
    when the value had filled its line: the next word would have found no room.
    """
    under = below(value, near, CLOSE)
    if not under or colon(under):
        return False
    if under.box.x0 > value.box.x0 - 2 * character(value):
        return not any(colon(other) and same_row(other, under) and other.box.x1 <= under.box.x0 for other in near)
    first = under.words[0].box
    room = max(under.box.x1, line.box.x1 + 2 * character(line)) - line.box.x1
    return value.words[0] in line.words and (
        first.x1 - first.x0 > room or under.text[0].islower() or len(value.text) > 40
    )


def in_column_of_values(value: Line, near: Sequence[Line]) -> bool:
    """Whether other lines begin or end where `value` does, and each has a key to its left: a form, not a column."""
    slack = character(value)
    column = [
        line
        for line in near
        if line is not value
        and abs(line.box.y0 - value.box.y0) < 6 * height(value)
        and (abs(line.box.x0 - value.box.x0) < slack or abs(line.box.x1 - value.box.x1) < slack)
    ][:12]
    return bool(column) and all(
        any(colon(other) and same_row(other, line) and other.box.x1 < line.box.x0 for other in near) for line in column
    )


def inside_paragraph(line: Line, near: Sequence[Line]) -> bool:
    """Whether `line` stands under a long line of its block, whose sentence it may continue."""
    over = above(line, near, CLOSE)
    return over is not None and aligned(over, line) and len(over.text) > 40 and not colon(over)


def address(start: Line | None, label: Line, sheet: Sheet, number: int) -> tuple[Line, ...]:
    """The lines of an address of `label` (in row `number`): `start` beside it and what hangs below, or all below.

    () where its end is not clear: where a line follows as closely as the address's own but is set otherwise.
    """
    near = sheet.near(number)
    first = start or below(label, near, 1.8)
    if first is None or colon(first) or (start is None and not (starts_with(label, first) or aligned(label, first))):
        return ()
    found, last = [first], first
    for _ in range(MOST_LINES + 1):
        under = below(last, near, CLOSE)
        if under is None or colon(under) or _is_label(under) or (start and _is_of_next(under, label, near)):
            break
        if len(found) > 1 and under.box.y0 - last.box.y0 > 1.5 * (last.box.y0 - found[-2].box.y0):
            break
        if not close(last, under) or not same_size(first, under) or not starts_with(first, under):
            if under.box.x1 < first.box.x0 or under.box.x0 > first.box.x1:
                break
            return ()
        found.append(under)
        last = under
    text = " ".join(line.text for line in found)
    has_digits = any(any(char.isdigit() for char in line.text) for line in found)
    if not 2 <= len(found) <= MOST_LINES or not has_digits or len(text) > LONGEST_ADDRESS or not is_clean(text):
        return ()
    return tuple(found) if not any(len(line.text) > 60 or _LEADER.search(line.text) for line in found) else ()


def _is_of_next(line: Line, label: Line, near: Sequence[Line]) -> bool:
    """Whether a line is the value of another key of `label`'s column, as in a form."""
    return any(
        colon(other) and same_row(other, line) and other.box.x1 <= line.box.x0 and aligned(label, other)
        for other in near
    )


def _is_label(line: Line) -> bool:
    common = known(key_of(line.text))
    return common is not None and common.type_ != "name"
