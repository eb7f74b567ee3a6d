"""The total of an invoice or receipt: the strongest of the labels that claim to be one.

Grand total before total including tax, before total due, before total, before amount due; a total that was
rounded before all. Never a subtotal, a tax, what was handed over or given back.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from octavo.datasets.fields.cells import reach_typed
from octavo.datasets.fields.geometry import Sheet, gap, height, text_of
from octavo.datasets.fields.keys import bare, key_of, meanings, words_of
from octavo.datasets.fields.pair import Pair
from octavo.datasets.fields.values import amount_of, is_amount
from octavo.documents.structure.rows import Line
from octavo.documents.types import Word

LONGEST_LABEL = 8  # words
MOST_SUMS = 200  # of a page
ROUNDED, GRAND, INCLUDING, TOTAL_DUE, TOTAL, DUE, BALANCE = 9, 8, 7, 6, 5, 4, 3

_WORD = re.compile(r"[^\W\d_]+")
_TOTAL_WORDS = words_of(
    "total totaal totale totaux gesamt gesamtbetrag gesamtsumme summe suma razem łącznie eindtotaal endbetrag totalt"
    " rechnungsbetrag factuurbedrag totaalbedrag"
)
# What may stand beside them; any other word ("items", "discount", "paid", "6%") makes it a total of something else.
_QUALIFIERS = words_of(
    "amount amt sales sale rounded rounding after payable due bill invoice receipt price net nett grand to pay be"
    " of the this for all final order in out eat take dine away adjustment adj adjusted sum rm eur usd gbp chf pln"
    " inr rs myr sgd aud cad euro euros betalen bedrag payer montant facture factura fatura fattura importe"
    " importo pagar pagare a da de la del do zapłaty kwota general geral generale is now charges cost rechnung"
    " factuur faktury betrag zu zahlen noch"
)
_INCLUDING = words_of("incl inc inkl inclusief ttc brutto include compris incluido gross con")
_NOT_INCLUDING = words_of("included includes")
_TAXES = words_of("tax taxes gst vat sst mwst ust btw tva iva")
_CASH = words_of("cash tendered tender paid payment bar gegeben contant espèces efectivo contanti gotówka")
_CHANGE = words_of("change rückgeld wechselgeld wisselgeld rendu cambio resto troco reszta changes")
_TO_PAY = words_of("due payable betalen payer pagar pagare zapłaty zahlen")
_RANKS = {
    "grand total": GRAND,
    "total including tax": INCLUDING,
    "total": TOTAL,
    "amount due": DUE,
    "balance due": BALANCE,
}
# What stands on every page that has a total: looked for first, since amounts are many and totals few.
CLAIM = re.compile(
    r"tot|gesamt|summe|suma|razem|betrag|bedrag|due|payable|to pay|amount|betalen|zahlen|zapłaty|payer|pagar|balance"
    r"|saldo|brutto|ttc|ogółem|change|rückgeld|wechselgeld|wisselgeld|rendu|cambio|resto|troco|reszta"
)
_WEAK = words_of("amt amount kwota betrag montant importe bedrag sum balance saldo")  # names of columns as well


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount with a label: how strongly the label says "total" (0: not at all), the amount and its words."""

    rank: int
    label: str
    amount: Decimal
    words: tuple[Word, ...]


def strength(label: str) -> int:
    """How strongly `label` says that it is the total of all, from `ROUNDED` down to `BALANCE`; 0 for no total."""
    plain = bare(key_of(label))
    words = set(_WORD.findall(label.casefold()))
    if not words or plain in _WEAK:
        return 0
    includes = bool(words & _INCLUDING) or any(w.startswith("inclu") and w not in _NOT_INCLUDING for w in words)
    rank = max((_RANKS.get(one.noun, 0) for one in meanings(plain)), default=0)
    others = words - _TOTAL_WORDS - _QUALIFIERS - (_TAXES if includes else frozenset())
    others = {word for word in others if not word.startswith("inc") and word not in _INCLUDING}
    if not words & _TOTAL_WORDS or (others and not rank):
        return rank
    if "rounded" in words or {"after", "rounding"} <= words:
        return ROUNDED
    if includes:
        return max(rank, INCLUDING)
    return TOTAL_DUE if rank == DUE or words & _TO_PAY else max(rank, TOTAL)


def sums(sheet: Sheet) -> Iterator[Sum]:
    """Every amount of a page that has a label to its left in its row, and no other amount beside it."""
    left = MOST_SUMS
    for number, row in enumerate(sheet.rows):
        for index, line in enumerate(row):
            found = _sum_at(line, row[index + 1 : index + 3], sheet, number)
            if found and left:
                left -= 1
                yield found


def _sum_at(line: Line, rest: Sequence[Line], sheet: Sheet, number: int) -> Sum | None:
    amount_words = _at_end(line)
    if amount_words:
        label = text_of(line.words[: -len(amount_words)])
        if is_amount(label.split()[-1]) or (rest and is_amount(rest[0].text)):
            return None
        return _sum(label, amount_words)
    if len(line.words) > LONGEST_LABEL or is_amount(line.text):
        return None
    if not rest:
        rest = _level(line, sheet, number) if strength(line.text) else ()
    if len(rest) > 1 and not is_amount(rest[0].text) and strength(f"{line.text} {rest[0].text}"):
        return _sum(f"{line.text} {rest[0].text}", rest[1].words) if is_amount(rest[1].text) else None
    if not rest or not is_amount(rest[0].text):
        return None
    if gap(line, rest[0]) > reach_typed(line) and not (len(rest) == 1 and strength(line.text)):
        return None
    return None if len(rest) > 1 and is_amount(rest[1].text) else _sum(line.text, rest[0].words)


def _level(line: Line, sheet: Sheet, number: int) -> list[Line]:
    """What stands to the right of `line` on a page that is not quite straight: of the rows around, half level."""
    near = [other for row in sheet.rows[max(0, number - 1) : number + 2] for other in row if other.box.x0 > line.box.x1]
    tall = height(line)
    return sorted(
        (other for other in near if abs(other.box.center[1] - line.box.center[1]) < 0.75 * tall),
        key=lambda other: other.box.x0,
    )[:2]


def _at_end(line: Line) -> tuple[Word, ...]:
    """The words at the end of a line that are an amount, where a label stands before them."""
    for count in (3, 2, 1):
        label = line.words[:-count]
        if 0 < len(label) <= LONGEST_LABEL and is_amount(text_of(line.words[-count:]).lstrip(": ")):
            return line.words[-count:]
    return ()


def _sum(label: str, words: tuple[Word, ...]) -> Sum | None:
    amount = amount_of(text_of(words).lstrip(": "))
    return Sum(strength(label), label, Decimal(amount), words) if amount is not None else None


def total(sheet: Sheet, pairs: Sequence[Pair]) -> Sum | None:
    """The total of the page's invoice or receipt, or None where there is none or more than one could be meant.

    `pairs` are the page's, also those whose key is not unique.
    """
    found = list(sums(sheet))
    seen = {one.words[0] for one in found}
    for pair in pairs:
        if pair.known and pair.known.type_ == "amount" and pair.words[0] not in seen:
            one = _sum(pair.key, pair.words)
            found += [one] if one else []
    claims = [one for one in found if one.rank and one.amount >= 0]
    settled = _settled(sheet, found)
    if settled:
        agreeing = [one for one in claims if one.amount == settled.amount]
        return max(agreeing, key=lambda one: one.rank) if agreeing else settled
    best = max((one.rank for one in claims), default=0)
    strongest = [one for one in claims if one.rank == best]
    if len({one.amount for one in strongest}) != 1:
        return None
    return _rounded(strongest[0], found) or strongest[0]


def _rounded(before: Sum, found: Sequence[Sum]) -> Sum | None:
    """The sum under `before` that differs from it by the page's one line of rounding, or None."""
    steps = {one.amount for one in found if "round" in one.label.casefold() and 0 < abs(one.amount) < 1}
    after = [
        one for one in found if one.amount - before.amount in steps and one.words[0].box.y0 > before.words[0].box.y0
    ]
    return max(after, key=lambda one: one.rank) if len(steps) == 1 and after else None


def _settled(sheet: Sheet, found: Sequence[Sum]) -> Sum | None:
    """What was handed over less the change, where that amount stands on the page above both; else None."""
    handed = [one for one in found if _says(one.label, _CASH) and not _says(one.label, _CHANGE)]
    back = [one for one in found if _says(one.label, _CHANGE)]
    if len({one.amount for one in handed}) != 1 or len({one.amount for one in back}) != 1:
        return None
    paid = handed[0].amount - abs(back[0].amount)
    if paid <= 0:
        return None
    top = min(one.words[0].box.y0 for one in (handed[0], back[0]))
    alone = [_sum("", line.words) for line in sheet.lines if line.box.y1 < top + height(line) and is_amount(line.text)]
    same = [one for one in (*found, *alone) if one and one.amount == paid and one.words[0].box.y0 < top]
    return max(same, key=lambda one: one.words[0].box.y0) if same else None


def _says(label: str, words: frozenset[str]) -> bool:
    return not words.isdisjoint(_WORD.findall(label.casefold()))
