"""Unanswerable questions: for a common key of the corpus that is shown to be absent from the whole document.

They are worded as those that have an answer, and asked on pages that have keys, so that neither tells them apart.
"Shown" is meant strictly. No label that is known to mean the key stands in the document, in any language, not even
misread by a letter or with its words far apart; and where a value tells by its form what it is (a date, an amount,
a telephone number), there is none of that form at all; after OCR, which may misread it, that is not asked.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache

from rapidfuzz import fuzz, process

from octavo.datasets.fields.keys import KNOWN_KEYS, KnownKey, key_of, meanings, words_of
from octavo.datasets.fields.values import dates_in, has_part_of_date
from octavo.datasets.finders import GENERATOR
from octavo.datasets.finders.fields import AMOUNT_NOUN, DATE_NOUN, NOUN, PARTIES, WHO
from octavo.datasets.templates import phrase
from octavo.datasets.types import UNANSWERABLE, Question
from octavo.datasets.view import View
from octavo.documents.types import NOT_HERE, OCR

LEAST_SHARE = 0.02  # of the corpus' documents that have a key which is asked for elsewhere
LEAST_DOCUMENTS = 2
COMMONEST = 30  # keys of the corpus among which one is drawn
TRIES = 10  # of them are looked for in a document
KEYS_OF_PAGE = 2  # that a page must have to be asked for another
LONGEST = 2_000_000  # characters of a document; in a longer one nothing is looked for
MOST_TOKENS = 20_000  # different words, beyond which none is compared letter by letter
MISREAD = 80  # per cent alike: "lnvoice" is "invoice"

FOUND = "the key it would ask for in vain stands in the document"

# Values that are recognised without a label (a name, a city, a form of payment), or have too many names.
_UNLABELLED = words_of(
    "name company seller buyer customer landlord tenant lender borrower employer employee patient applicant guest"
    " contractor student licensor licensee author bank city country state address currency subject title term project"
    " course department signatory advertiser relationship age quantity rent salary fee change deposit cashier"
    " salesperson"
) | {
    *("first name", "last name", "billing address", "shipping address", "contact person", "account holder"),
    *("payment method", "payment terms", "delivery terms", "shipping method", "billing period", "number of pages"),
    *("postal code", "reference number", "document number", "registration number", "ID number", "file number"),
    *("company number", "tax number", "bank code", "item number", "product code", "model number", "BIC"),
}
# Keys that a person may take for one another, where a paper has only one of them.
_FAMILIES = (
    frozenset(
        f"{name} number"
        for name in ("invoice", "receipt", "document", "transaction", "ticket", "reference", "credit note", "quotation")
    ),
    frozenset(("VAT number", "GST number", "tax number", "company number", "registration number")),
    frozenset(("customer number", "account number", "member number")),
    frozenset(("order number", "purchase order number", "booking number")),
    frozenset(("phone number", "mobile number", "fax number")),
)
_GENERIC = words_of(
    "no number numéro numero nummer número numer nr id code of the de du da do di la le der des für per for and date"
    " datum data fecha dato name on by total"
)
_SHAPES = {
    "IBAN": re.compile(r"\b[a-z]{2}\d\d(?: ?[a-z0-9]{4}){3,}"),
    "DOI": re.compile(r"\b10\.\d{4}"),
    "ISBN": re.compile(r"\b97[89][- ]?\d|\b\d{9}[\dx]\b"),
    "ISSN": re.compile(r"\b\d{4}-\d{3}[\dx]\b"),
    "VAT number": re.compile(r"\b[a-z]{2} ?[a-z]?\d[\d.]{6,}"),
    "GST number": re.compile(r"\b\d[\d ]{8,}"),
    "social security number": re.compile(r"\b\d{3}-\d\d-\d{4}\b"),
}
_TYPES = {
    "amount": re.compile(r"\d[.,]\d\d(?!\d)|[$€£¥₹]|\b(?:eur|usd|gbp|chf|rm|inr|rs)\b"),
    "phone": re.compile(r"\d(?:[ ()./+-]*\d){6}"),
    "email": re.compile(r"@"),
    "website": re.compile(r"https?:|www|\w\.(?:com|org|net|info|eu|[a-z]{2})\b"),
    "time": re.compile(r"\d[:.h]\d\d"),
    "date": re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b"),
    "count": re.compile(r"\d"),
}
_NOUNS: dict[str, KnownKey] = {known.noun.casefold(): known for all_ in KNOWN_KEYS.values() for known in all_}


def find(view: View, dropped: Counter[str]) -> Iterator[Question]:
    """One question at most, where the page has keys and all of the document could be read."""
    text = view.document.text
    if view.document.has_unread or not text or len(text) > LONGEST:
        return
    keys = _keys_of(view)
    inventory = _inventory(text)
    for key in _drawn(view, keys) if len(keys) >= KEYS_OF_PAGE else ():
        if inventory.lacks(key):
            choices = {"date": DATE_NOUN, "amount": AMOUNT_NOUN}.get(key.type_, WHO if key.noun in PARTIES else NOUN)
            wording = phrase(choices, view.draw("absent", key.noun), noun=key.noun)
            yield Question(
                *(wording, NOT_HERE, view.page.number, (), "unanswerable", GENERATOR),
                form=UNANSWERABLE,
                key=key.noun.casefold(),
            )
            return
        dropped[FOUND] += 1


def _keys_of(view: View) -> set[str]:
    """The common keys whose labels begin lines of the page."""
    labels = (key_of(line.text.partition(":")[0]) for line in view.layout.lines)
    return {found[0].noun.casefold() for label in labels if len(label) <= 50 and (found := meanings(label))}


def _drawn(view: View, of_page: set[str]) -> list[KnownKey]:
    """Common keys of the corpus that papers like this one have, in an order drawn by hash, the same for the same page.

    A paper is like another by its keys: nobody looks for a DOI on a receipt.
    """

    def draw(key: KnownKey) -> bytes:
        return hashlib.sha256(view.draw("absent", key.noun).encode()).digest()

    corpus = view.corpus
    least = max(LEAST_DOCUMENTS, LEAST_SHARE * corpus.documents)
    common = sorted((-count, name) for name, count in corpus.keys.items() if count >= least and name in _NOUNS)
    keys = [
        _NOUNS[name]
        for _, name in common
        if _NOUNS[name].noun not in _UNLABELLED
        and sum(view.corpus.together.get(name, {}).get(key, 0) >= LEAST_DOCUMENTS for key in of_page) >= KEYS_OF_PAGE
    ]
    if view.page.text == OCR:
        keys = [key for key in keys if key.type_ not in _TYPES]
    return sorted(keys[:COMMONEST], key=draw)[:TRIES]


@dataclass
class _Inventory:
    """What stands in a document: its words, and which types of values."""

    text: str
    asked: dict[str, bool] = field(default_factory=dict)

    def lacks(self, key: KnownKey) -> bool:
        """Whether neither the key by any of its names nor, where that shows, a value of its type is there."""
        if key.noun not in self.asked:
            shape = _SHAPES.get(key.noun)
            self.asked[key.noun] = not (
                key.type_ in self.types
                or (shape is not None and shape.search(self.text))
                or any(self._has(label) for label in _names(key))
            )
        return self.asked[key.noun]

    @cached_property
    def types(self) -> frozenset[str]:
        """The types of which some value stands in the document, or may."""
        found = {type_ for type_, pattern in _TYPES.items() if pattern.search(self.text)}
        if next(dates_in(self.text), None) or has_part_of_date(self.text):
            found.add("date")
        return frozenset(found)

    @cached_property
    def tokens(self) -> frozenset[str]:
        """The different words."""
        return frozenset(re.findall(r"[^\W_]+", self.text))

    @cached_property
    def long_tokens(self) -> list[str]:
        """The words that may be another one misread."""
        return sorted(token for token in self.tokens if len(token) >= 5)

    @cached_property
    def squeezed(self) -> str:
        """The text without spaces, as OCR may glue its words."""
        return re.sub(r"\s+", "", self.text)

    def _has(self, label: str) -> bool:
        """Whether all words of a label that mean something stand in the document, in any place and form."""
        words = [word for word in re.findall(r"[^\W_]+", label) if word not in _GENERIC]
        return bool(words) and all(map(self._has_word, words))

    def _has_word(self, word: str) -> bool:
        if word in self.tokens:
            return True
        if len(word) < 4:
            return False
        stem = word if len(word) < 7 else word[:-2]  # "invoices", "facturation"
        if stem in self.squeezed:
            return True
        if len(word) < 5 or len(self.long_tokens) > MOST_TOKENS:
            return False
        return process.extractOne(word, self.long_tokens, scorer=fuzz.ratio, score_cutoff=MISREAD) is not None


@lru_cache(maxsize=2)  # the pages of a document come one after the other
def _inventory(text: str) -> _Inventory:
    return _Inventory(text)


@cache
def _names(key: KnownKey) -> tuple[str, ...]:
    """The labels that mean a key or one that it may be taken for, in all languages."""
    family = next((nouns for nouns in _FAMILIES if key.noun in nouns), frozenset((key.noun,)))
    labels = [label for label, found in KNOWN_KEYS.items() if any(one.noun in family for one in found)]
    return (*sorted(noun.casefold() for noun in family), *labels)
