"""Keys without a colon: a label with its value in the same line, in the cell beside, under or over it."""

import re
from collections.abc import Iterator, Mapping, Sequence

from octavo.datasets.fields.fits import address, colon, is_cut_off, is_value
from octavo.datasets.fields.geometry import Sheet, aligned, character, close, gap, height, same_row, same_size, text_of
from octavo.datasets.fields.keys import LONGEST_KEY, KnownKey, is_key, key_of, known, meanings
from octavo.datasets.fields.pair import Pair
from octavo.datasets.fields.values import is_amount, is_code, is_date, is_wordy
from octavo.documents.structure.rows import Line, below
from octavo.documents.types import Box

FAR_COLUMN = 0.2  # of the page's width: the widest gap that a free text may stand from its key
FAR_TYPED = 0.6  # for a value that its form proves, as a total at the right margin
FAR_CHARACTERS = 40  # the same on a narrow page, where that is 0.8 of the width
FORM_ROWS = 8  # up and down a row, where the other rows of a form are looked for
LONGEST_LINE = 100  # characters of a label and its value in one line
LONGEST_SHORT = 40  # characters of a free text that stands under a label

_PROOF = re.compile(r"[\d@]|www|[€$£]|TTC|EUR|\.\w")  # what the last word of a value has that its form proves
# "Invoice 2021-17 of 3 May 2021": a number and its date in one line.
_DATED = re.compile(r"(?P<code>\S.*?) (?:du|vom|van|of|dated|del|de|z dnia|from|le|on|d\.?d\.?|[-–,]) (?P<date>\S.*)")
# Heads of a table of items, in whose columns a single value is one of a row and not the paper's.
_OF_ITEMS = re.compile(
    r"(?:item|description|beschreibung|bezeichnung|leistung|omschrijving|désignation|designation|libellé|descripción"
    r"|concepto|descrizione|descrição|opis|nazwa|article|artikel|product|produkt|service|qty|quantity|menge|anzahl|aantal"
    r"|quantité|qté|cantidad|cant|quantità|quantidade|ilość|unit|unit price|price|preis|einzelpreis|prijs|prix|precio"
    r"|prezzo|preço|cena|hours|rate|pos|disc|discount|rabatt)\b",
    re.IGNORECASE,
)
INVOICE_DATE = KnownKey("invoice date", "date")


def reach_typed(label: Line) -> float:
    """How far from its label a value may stand that its form proves, as a fraction of the page's width."""
    return min(0.85, max(FAR_TYPED, FAR_CHARACTERS * character(label)))


def in_line(line: Line) -> list[Pair]:
    """A common key followed by its value without a colon: "Subtotal $ 112.00", "IBAN NL50…"."""
    if len(line.words) < 2 or len(line.text) > LONGEST_LINE or not _PROOF.search(line.words[-1].text):
        return []
    for count in range(min(LONGEST_KEY, len(line.words) - 1), 0, -1):
        key = key_of(text_of(line.words[:count]))
        found = meanings(key)
        if not found or not any(one.proves for one in found):
            continue
        words = line.words[count:]
        text = text_of(words)
        common = known(key, text)
        assert common
        if common.takes(text):
            pair = Pair(key, common, line, (words,))
            return [pair] if is_value(pair.value) and _is_enough(key, common, pair.value) else []
        dated = _DATED.fullmatch(text)
        if common.noun == "invoice number" and dated and is_code(dated["code"]) and is_date(dated["date"]):
            size = len(dated["code"].split())
            rest = len(dated["date"].split())
            return [
                Pair(key, common, line, (words[:size],)),
                Pair("", INVOICE_DATE, line, (words[-rest:],)),
            ]
        return []
    return []


def _is_enough(key: str, common: KnownKey, value: str) -> bool:
    """Whether a code after a plain word such as "Order" is long enough not to count chapters or tables."""
    if common.type_ not in ("code", "count") or " " in key.strip():
        return True
    if len(key) < 3:  # "PO", "T"
        return False
    digits = sum(char.isdigit() for char in value)
    return digits >= 4 or (digits >= 2 and digits < len(value) and len(value) >= 6)


def beside(row: Sequence[Line], index: int, number: int, sheet: Sheet, labels: Mapping[str, int]) -> Pair | None:
    """The label `row[index]` and the one value to its right, both cells of their own, without a colon.

    A common key takes the next cell where its type fits, an amount also the row's only one, and so does a label
    of the corpus; free texts only in a column of keys and values. Any other label takes a sum only, and only where
    the two are the whole row and no row around is wider: what stands in a wider table needs its header.
    """
    line, rest = row[index], row[index + 1 :]
    key = key_of(line.text)
    if not rest or not is_key(key):
        return None
    common = known(key, rest[0].text)
    if common and common.type_ == "amount":
        sums = [cell for cell in rest if is_amount(cell.text)]
        values = sums if len(sums) == 1 and sums[0] is rest[-1] else []
    elif common and common.proves:
        values = [cell for cell in rest[:1] if common.takes(cell.text) and gap(line, cell) < 2 * FAR_COLUMN]
    elif index == 0 and len(rest) == 1 and is_amount(rest[0].text):
        values = [] if _in_wider_table(number, sheet) else list(rest)
    elif index == 0 and len(rest) == 1 and _in_form(line, rest[0], number, sheet):
        values = [cell for cell in rest if _is_short(cell, labels) and (not common or common.takes(cell.text))]
    elif (
        line.text in labels and len(rest) == 1 and gap(line, rest[0]) < FAR_COLUMN and not is_key_like(rest[0], labels)
    ):
        values = [cell for cell in rest if len(cell.text) <= LONGEST_SHORT and is_wordy(cell.text)]
    else:
        values = []
    if not values or not is_value(values[0].text):
        return None
    is_alone = common is not None and common.type_ == "amount" and len(rest) == 1
    if gap(line, values[0]) > reach_typed(line) and not is_alone:
        return None
    if common and common.type_ == "count" and len(rest) > 1:
        return None
    return Pair(key, common, line, (values[0].words,))


def _in_wider_table(number: int, sheet: Sheet) -> bool:
    """Whether a row near row `number` has several sums."""
    rows = sheet.rows[max(0, number - 4) : number + 5]
    return any(sum(is_amount(cell.text) for cell in row) > 1 for row in rows)


def _in_form(line: Line, value: Line, number: int, sheet: Sheet) -> bool:
    """Whether `line` and `value` stand in two columns, most of whose rows are a common key and its value."""
    slack = character(line)
    rows = [
        row
        for row in sheet.rows[max(0, number - FORM_ROWS) : number + FORM_ROWS + 1]
        if len(row) == 2
        and abs(row[0].box.x0 - line.box.x0) < slack
        and abs(row[1].box.x0 - value.box.x0) < slack
        and same_size(row[0], line)
    ]
    meant = [row for row in rows if (one := known(key_of(row[0].text), row[1].text)) and one.takes(row[1].text)]
    proven = [row for row in meant if (one := known(key_of(row[0].text), row[1].text)) and one.proves]
    return len(meant) >= 3 and 2 * len(meant) > len(rows) and len(proven) >= 1


def _is_short(value: Line, labels: Mapping[str, int]) -> bool:
    """Whether `value` is a short text and not itself a label."""
    return len(value.text) <= LONGEST_SHORT and is_wordy(value.text) and not is_key_like(value, labels)


def is_key_like(line: Line, labels: Mapping[str, int]) -> bool:
    """Whether `line` is itself a label: a common one, one of the corpus, or one with a colon."""
    return line.text in labels or bool(meanings(key_of(line.text))) or bool(colon(line)) or line.text.endswith(":")


def under(line: Line, sheet: Sheet, number: int, labels: Mapping[str, int]) -> Pair | None:
    """A common key, or one of the corpus, over its value: one cell, and not the first of a column of them."""
    key = key_of(line.text)
    found = meanings(key)
    if found and any(one.type_ == "address" for one in found):
        lines = address(None, line, sheet, number)
        return Pair(key, found[0], line, tuple(part.words for part in lines)) if lines else None
    is_mined = not found and line.text in labels and is_key(key)
    if not is_mined and not any(one.proves for one in found):
        return None
    if _heads_items(number, sheet):
        return None
    near = sheet.near(number)
    value = below(line, near, reach=1.5)
    if not value or not is_value(value.text) or not aligned(line, value) or colon(value):
        return None
    common = known(key, value.text)
    if is_mined:
        if not _is_short(value, labels):
            return None
    elif not common or not common.proves or not common.takes(value.text):
        return None
    return None if _is_column(common, value, near) else Pair(key, common, line, (value.words,))


def _heads_items(number: int, sheet: Sheet) -> bool:
    """Whether row `number` or one of the two over it is the head of a table of items."""
    for at in range(max(0, number - 2), number + 1):
        if at not in sheet.heads_items:
            sheet.heads_items[at] = sum(bool(_OF_ITEMS.match(line.text)) for line in sheet.rows[at]) > 1
        if sheet.heads_items[at]:
            return True
    return False


def _is_column(common: KnownKey | None, value: Line, near: Sequence[Line]) -> bool:
    """Whether more values stand under `value`."""
    after = below(value, near, reach=2.5)
    if not after or colon(after) or meanings(key_of(after.text)):
        return False
    return bool(common and common.takes(after.text)) or (
        aligned(value, after) and close(value, after) and same_size(after, value)
    )


def under_heads(row: Sequence[Line], number: int, sheet: Sheet) -> Iterator[Pair]:
    """Free texts under labels of a row, two of whose labels stand over values that prove them to be labels.

    As in "Invoice No | Date | Terms" over "123 | 1/2/20 | 30 days": what stands under "Terms" is its value.
    """
    if not 2 <= len(row) <= 10 or _heads_items(number, sheet):
        return
    near = sheet.near(number)
    cells: list[tuple[Line, str, Line]] = []
    proven = 0
    for line in row:
        key = key_of(line.text)
        value = below(line, near, 1.8) if is_key(key) else None
        if value is None or colon(value) or not is_value(value.text) or _is_column(None, value, near):
            continue
        if cells and not same_row(cells[0][2], value):
            continue
        if any(value is other for _, _, other in cells):  # under two labels
            return
        common = known(key, value.text)
        proven += bool(common and common.proves and common.takes(value.text))
        cells.append((line, key, value))
    for line, key, value in cells:
        common = known(key, value.text)
        if common and common.proves:
            continue  # found by itself
        fits = common.takes(value.text) if common else proven >= 2 and len(cells) == len(row)
        if proven and fits and _is_short(value, {}):
            yield Pair(key, common, line, (value.words,))


def over(line: Line, number: int, sheet: Sheet, rules: Sequence[Box]) -> Pair | None:
    """A label under the line on which its value is written, as on forms; `rules` are level ones, from top to bottom."""
    key = key_of(line.text)
    found = meanings(key)
    if not rules or not found or colon(line):
        return None
    tall, (x, _) = height(line), line.box.center
    rule = next((r for r in rules if r.x0 <= x <= r.x1 and -0.3 * tall < line.box.y0 - r.y1 < 0.9 * tall), None)
    if rule is None or _is_shared(rule, line, number, sheet):
        return None
    written = [
        other
        for other in sheet.near(number)
        if other is not line
        and rule.x0 - tall < other.box.center[0] < rule.x1 + tall
        and -0.6 * height(other) < rule.y0 - other.box.y1 < 0.7 * height(other)
    ]
    if len(written) != 1 or written[0].box.x0 < rule.x0 - 2 * tall or written[0].box.x1 > rule.x1 + 2 * tall:
        return None
    value = written[0]
    common = known(key, value.text)
    if not common or not common.takes(value.text) or not is_value(value.text) or is_key_like(value, {}):
        return None
    return Pair(key, common, line, (value.words,))


def _is_shared(rule: Box, line: Line, number: int, sheet: Sheet) -> bool:
    """Whether `rule` runs along other lines of the row of `line`, as under the head of a table."""
    return any(other is not line and rule.x0 < other.box.center[0] < rule.x1 for other in sheet.rows[number])


def on_rule(line: Line, number: int, sheet: Sheet, rules: Sequence[Box]) -> Pair | None:
    """A label in small type over the line on which its value is written; `rules` as for `over`."""
    key = key_of(line.text)
    if not rules or not is_key(key) or colon(line):
        return None
    value = below(line, sheet.near(number), reach=1.8)
    if value is None or not line.size < 0.95 * value.size or abs(line.box.x0 - value.box.x0) > 2 * character(line):
        return None
    tall = height(value)
    common = known(key, value.text)
    is_written = any(
        (common is not None or not _is_shared(r, line, number, sheet))
        and r.x0 - tall < value.box.x0
        and value.box.x1 < r.x1 + tall
        and -0.3 * tall < r.y0 - value.box.y1 < 0.7 * tall
        for r in rules
    )
    if not common and is_cut_off(key):
        return None
    if not is_written or (common and not common.takes(value.text)) or not is_value(value.text):
        return None
    return Pair(key, common, line, (value.words,)) if _is_short(value, {}) else None
