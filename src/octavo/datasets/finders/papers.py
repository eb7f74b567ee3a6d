"""What invoices and receipts are asked for first: their total and their date."""

import re
from collections.abc import Iterator, Sequence

from octavo.datasets.fields.pair import Pair
from octavo.datasets.fields.pairs import Found
from octavo.datasets.fields.values import date_variants, dates_in, is_date
from octavo.datasets.finders.evidence import words_at
from octavo.datasets.verify import AROUND
from octavo.documents.structure.rows import Line
from octavo.documents.types import Page, Word

INVOICE, RECEIPT = "invoice", "receipt"
NARROW = 1.55  # a page this much taller than wide is a slip of paper, no sheet (A4 has 1.41)
SLIP_POINTS = 330  # and one narrower than this, whatever its height

_INVOICE = re.compile(
    r"\b(?:invoice|e-invoice|rechnung|facture|factuur|factura|fattura|fatura|faktura|rekening|gutschrift|credit note"
    r"|proforma|pro forma|bill|statement of account)\b",
    re.IGNORECASE,
)
_RECEIPT = re.compile(
    r"\b(?:receipt|quittung|kassenbon|kassabon|kwitantie|reçu|ticket de caisse|recibo|scontrino|ricevuta|paragon"
    r"|kvittering|kvitto|cashier|cash bill|cashbill|bon)\b",
    re.IGNORECASE,
)
_SHORT_DATE = re.compile(r"(?<![\w./-])\d{1,2}([./-])\d{1,2}\1\d\d(?![\w/-]|\.\d)")
OWN_DATES = ("invoice date", "receipt date", "date", "issue date")  # labels of a paper's own date, the surest first
_HEAD_ROWS, _HEAD_WORDS = 30, 6
_OF_INVOICE = frozenset(("invoice number", "invoice date"))
_OF_RECEIPT = frozenset(("receipt number", "cashier", "change", "terminal number", "rounding"))


def paper(page: Page, found: Found, has_total: bool) -> str:
    """Whether the page is an invoice or a receipt, by its short lines at the top and its keys; "" where neither."""
    names = {pair.identity for pair in found.all_pairs}
    heads = [line.text for row in found.sheet.rows[:_HEAD_ROWS] for line in row if len(line.words) <= _HEAD_WORDS]
    is_slip = page.width < SLIP_POINTS or page.height > NARROW * page.width
    if not has_total and not names & _OF_INVOICE:
        return ""
    says_receipt = bool(names & _OF_RECEIPT) or any(_RECEIPT.search(head) for head in heads)
    if says_receipt and (is_slip or not names & _OF_INVOICE):
        return RECEIPT
    if names & _OF_INVOICE or any(_INVOICE.search(head) for head in heads):
        return RECEIPT if is_slip and names & _OF_RECEIPT else INVOICE
    return RECEIPT if is_slip and has_total else ""


def date_words(found: Found, pairs: Sequence[Pair], day_first: bool | None) -> tuple[Word, ...]:
    """The words of the one date that a paper bears, once or several times; () where it bears none or two.

    `pairs` are those of labels for a paper's own date, which decide where there are any.
    """
    labelled = {_day(pair.value, day_first): pair.words for pair in pairs if is_date(pair.value)}
    if len(labelled) == 1:
        return next(iter(labelled.values()))
    days: dict[str, tuple[Word, ...]] = {}
    for line in found.sheet.lines:
        for words, text in _dates(line):
            days.setdefault(_day(text, day_first), words)
    others = {
        _day(pair.value, day_first)
        for pair in found.all_pairs
        if pair.known and pair.known.noun not in OWN_DATES and is_date(pair.value)
    }
    return next(iter(days.values())) if len(days) == 1 and not others & set(days) else ()


def _dates(line: Line) -> Iterator[tuple[tuple[Word, ...], str]]:
    """The dates of a line that are whole words, with their text."""
    text = line.text
    spans = [*dates_in(text), *(match.span() for match in _SHORT_DATE.finditer(text) if is_date(match.group()))]
    for start, end in spans:
        words = words_at(line, start, end)
        if " ".join(word.text for word in words).strip(AROUND) == text[start:end]:
            yield words, text[start:end]


def _day(text: str, day_first: bool | None) -> str:
    """A date without its time, for comparing: as ISO where that is certain, else day-first as it may be."""
    return next(iter(date_variants(text, True if day_first is None else day_first)), text)
