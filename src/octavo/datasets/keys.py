"""Keys: what a label is called once colon and bullets are gone, and the labels that common papers share."""

import re
from dataclasses import dataclass

from octavo.datasets.values import is_amount, is_clean, is_code, is_date, is_phone, letters

LONGEST_KEY = 6  # words; longer ones are sentences


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A label whose meaning is known: `noun` is what a question calls it, `type_` what its value must be."""

    noun: str
    type_: str

    def takes(self, value: str) -> bool:
        """Whether `value` can be this key's."""
        match self.type_:
            case "date":
                return is_date(value)
            case "amount":
                return is_amount(value)
            case "code":
                return is_code(value)
            case "phone":
                return is_phone(value)
            case "email":
                return "@" in value and " " not in value
            case "website":
                return "." in value and " " not in value and "@" not in value
            case _:
                return True


# noun | type | the labels that mean it. Type "text" counts only with a colon: "Name" alone heads a column.
_TABLE = """
invoice number | code | invoice number; invoice no; invoice nr; invoice num; invoice id; inv no; invoice;
  rechnungsnummer; rechnungsnr; rechnung nr; facture n; facture no; numéro de facture; factuurnummer;
  número de factura; factura no
order number | code | order number; order no; order id; order nr; bestellnummer; auftragsnummer;
  ordernummer; numéro de commande; commande n; número de pedido
purchase order number | code | po number; po no; p.o. number; p.o. no; purchase order number; purchase
  order no
customer number | code | customer number; customer no; customer id; kundennummer; kundennr; klantnummer;
  client id; numéro client; numéro de client
account number | code | account number; account no; acct no; a/c no; kontonummer; kto nr; numéro de compte
reference number | code | reference number; reference no; ref no; ref number
contract number | code | contract number; contract no
case number | code | case number; case no
docket number | code | docket number; docket no
policy number | code | policy number; policy no
claim number | code | claim number; claim no
tracking number | code | tracking number; tracking no
serial number | code | serial number; serial no; s/n; seriennummer
receipt number | code | receipt number; receipt no
booking number | code | booking number; booking no; booking id
VAT number | code | vat number; vat no; vat reg no; vat id; ust id; ustid; ust idnr; btw nummer; numéro de
  tva
tax number | code | tax id; tax number; tax no; steuernummer; steuer nr; gstin
IBAN | code | iban
BIC | code | bic; swift; swift code; bic/swift
ISBN | code | isbn
ISSN | code | issn
DOI | code | doi
phone number | phone | phone; phone no; phone number; telephone; telephone no; telephone number; tel; tél;
  téléphone; telefon; telefoon; teléfono
fax number | phone | fax; fax no; fax number; telefax
date | date | date; datum; fecha
invoice date | date | invoice date; date of invoice; rechnungsdatum; date de facture; factuurdatum;
  factuur datum; fecha de factura
due date | date | due date; payment due date; fälligkeitsdatum; vervaldatum; date d'échéance; fecha de
  vencimiento
order date | date | order date; bestelldatum; orderdatum; date de commande
issue date | date | issue date; date of issue; date issued; ausstellungsdatum; date d'émission
delivery date | date | delivery date; date of delivery; lieferdatum; leverdatum; date de livraison
start date | date | start date
end date | date | end date
date of birth | date | date of birth; birth date; dob; geburtsdatum; date de naissance
expiry date | date | expiry date; expiration date; valid until; gültig bis
effective date | date | effective date
publication date | date | publication date; date of publication
total | amount | total; total amount; totaal; gesamt; gesamtbetrag; summe; totale; montant total
grand total | amount | grand total
subtotal | amount | subtotal; sub total; sub-total; zwischensumme; subtotaal; sous-total; sous total
amount due | amount | amount due; total due; total amount due; amount payable; zahlbetrag; net à payer;
  somme à payer
balance due | amount | balance due
total including tax | amount | total ttc; total incl. tax; total including tax; total incl. vat; total
  incl vat
total before tax | amount | total ht; total before tax; total excl. tax; total excluding tax; total excl.
  vat
tax | amount | tax; sales tax; total tax
VAT | amount | vat; tva; mwst; btw; iva
shipping cost | amount | shipping; shipping cost; shipping & handling; freight; versandkosten; frais de
  port
discount | amount | discount; rabatt; remise
amount paid | amount | amount paid; total paid
net amount | amount | net amount; nettobetrag
gross amount | amount | gross amount; bruttobetrag
name | text | name; nom
address | text | address; adresse
e-mail address | email | email; e-mail; email address; e-mail address; courriel
website | website | website; web site; web; url
subject | text | subject; betreff; objet; onderwerp
author | text | author; auteur; autor
payment method | text | payment method; method of payment; payment mode
currency | text | currency
department | text | department
company | text | company; company name
country | text | country
"""


def _known_keys() -> dict[str, KnownKey]:
    table: dict[str, KnownKey] = {}
    for row in re.sub(r"\n  ", " ", _TABLE).strip().splitlines():
        noun, type_, labels = (part.strip() for part in row.split("|"))
        table |= {_bare(label): KnownKey(noun, type_) for label in labels.split(";")}
    return table


def _bare(key: str) -> str:
    """A key for looking up: lower case, without the signs that stand for "number" and without dots."""
    key = re.sub(r"n[°º]|nº|№|#", " no ", key.casefold()).replace(".", "")
    return " ".join(key.split()).removesuffix(" :").strip()


_BULLETS = "•·●▪■□◦‣*–—-→>\u2022\uf0b7 "
_ENUMERATOR = re.compile(r"^(?:\(?\d{1,2}[.)]|\(?[A-Za-z][.)])\s+")
_KEY = re.compile(r"[^\W_][\w .,#/&'’()%°º№-]*")
_SENTENCE_WORDS = frozenset(
    (
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "has",
        "have",
        "had",
        "will",
        "would",
        "can",
        "could",
        "should",
        "may",
        "must",
        "following",
        "that",
        "which",
        "who",
        "please",
        "says",
        "said",
        "see",
        "if",
        "when",
        "because",
        "including",
        "includes",
        "include",
    )
)
# What such words introduce is a remark, a caption or an item of a list, not a value of a key.
_NO_KEYS = re.compile(
    r"(?:notes?|nb|n\.b|remarks?|examples?|e\.g|i\.e|warning|caution|important|tip|hint|figure|fig|table|tableau"
    r"|abbildung|section|chapter|step|part|exhibit|appendix|annex|q|a|question|answer|theorem|lemma|proof|definition"
    r"|proposition|corollary|algorithm|listing|https?|mailto)\b",
    re.IGNORECASE,
)

_REFERENCE = re.compile(r"[^\W\d]{3,}\. [A-Z]|\bet al\b|\d\(\d")  # also where a sentence ends

KNOWN_KEYS = _known_keys()


def key_of(text: str) -> str:
    """A label as a question quotes it: without colon, bullets and enumerator, white space collapsed."""
    key = " ".join(text.split()).strip(_BULLETS).rstrip(":").strip(_BULLETS)
    return _ENUMERATOR.sub("", key)


def known(key: str) -> KnownKey | None:
    """The common key that `key` is, or None."""
    return KNOWN_KEYS.get(_bare(key))


def is_key(key: str) -> bool:
    """Whether `key` (as `key_of` gives it) can name a value: short, mostly letters, no sentence or remark."""
    words = key.split()
    if not 1 <= len(words) <= LONGEST_KEY or len(key) > 50 or not is_clean(key):
        return False
    if known(key):
        return True
    return (
        _KEY.fullmatch(key) is not None
        and letters(key) >= 3
        and 2 * letters(key) >= len(key)
        and not words[0][0].islower()
        and not _NO_KEYS.match(key)
        and not _REFERENCE.search(key)
        and _SENTENCE_WORDS.isdisjoint(word.casefold().strip(",.") for word in words)
    )
