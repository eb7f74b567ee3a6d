"""How many true values of invoices and receipts a data set asks for: date, number, amount, issuer.

A true value counts where it stands, written normally, as the answer of a question that asks for that field.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from octavo.datasets.fields.values import amount_of, date_variants
from octavo.datasets.finders.issuer import without_form
from octavo.datasets.types import Question

Coverage = dict[str, tuple[int, int]]  # for each field, how many true values were found, of how many

_KEYS = {
    "date": frozenset(("invoice date", "receipt date", "date", "issue date")),
    "number": frozenset(("invoice number", "receipt number", "document number", "booking number")),
    "amount": frozenset(("total", "grand total", "total including tax", "amount due", "balance due")),
    "issuer": frozenset(("issuer", "seller", "company")),
}
_OF_INVOICE = {"date": "date", "number": "invoice_number", "amount": "amount", "issuer": "issuer"}
_OF_RECEIPT = {"date": "date", "amount": "total", "issuer": "company"}


def invoice_coverage(asked: Mapping[str, Iterable[Question]], folder: Path) -> Coverage:
    """The coverage of invoices whose true values are in `folder`, as invoice2data writes them (NAME.json, a list).

    `asked` has the questions of each document by its file name without suffix. Documents that are not in `asked`
    and have no file beside their JSON are left out.
    """
    truths = {}
    for path in sorted(folder.glob("*.json")):
        if path.stem in asked or path.with_suffix(".pdf").exists():
            truths[path.stem] = json.loads(path.read_text(encoding="utf-8"))[0]
    return _coverage(asked, truths, _OF_INVOICE)


def receipt_coverage(asked: Mapping[str, Iterable[Question]], folder: Path) -> Coverage:
    """The coverage of receipts whose true values are in `folder`, as SROIE writes them (NAME.json, a dictionary)."""
    truths = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    return _coverage(asked, truths, _OF_RECEIPT)


def by_document(rows: Iterable[tuple[str, Iterable[Question]]]) -> dict[str, list[Question]]:
    """The questions of rows, each a document's path and some questions, gathered by file name without suffix."""
    gathered: defaultdict[str, list[Question]] = defaultdict(list)
    for document, questions in rows:
        gathered[Path(document).stem].extend(questions)
    return dict(gathered)


def _coverage(
    asked: Mapping[str, Iterable[Question]], truths: Mapping[str, Mapping[str, object]], fields: Mapping[str, str]
) -> Coverage:
    counts = {}
    for field, name in fields.items():
        wanted = {document: str(truth[name]) for document, truth in truths.items() if truth.get(name) not in (None, "")}
        found = sum(_is_found(field, value, asked.get(document, ())) for document, value in wanted.items())
        counts[field] = (found, len(wanted))
    return counts


def _is_found(field: str, truth: str, questions: Iterable[Question]) -> bool:
    wanted = set(_normal(field, truth))
    return any(
        not wanted.isdisjoint(
            form for answer in (question.answer, *question.variants) for form in _normal(field, answer)
        )
        for question in questions
        if question.key in _KEYS[field]
    )


def _normal(field: str, value: str) -> Iterator[str]:
    """The ways to write a value normally; two for a date of numbers whose order nobody knows."""
    value = value.strip(" ()")
    if field == "date":
        yield value
        yield from date_variants(value, day_first=True)
    elif field == "amount":
        bare = value.upper().replace("RM", "").strip()
        plain = amount_of(bare) or (bare if re.fullmatch(r"-?\d+(?:\.\d+)?", bare) else None)
        if plain is not None:
            yield str(Decimal(plain).normalize())
    else:
        value = without_form(value) if field == "issuer" else value
        yield re.sub(r"^(?:n[°º]|no|nr)(?=\d)|[\W_]+", "", value.casefold())
