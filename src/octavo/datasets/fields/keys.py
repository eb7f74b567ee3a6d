"""Keys: what a label is called once colon and bullets are gone, and the labels that common papers share."""

import re
from dataclasses import dataclass
from functools import lru_cache

from octavo.datasets.fields.known import TABLE
from octavo.datasets.fields.values import is_amount, is_clean, is_code, is_date, is_phone, letters

LONGEST_KEY, LONGEST_CHARS = 6, 50  # words and characters; longer ones are sentences
PROVING = frozenset(
    ("code", "date", "amount", "phone", "email", "website", "count", "time")
)  # types that a form proves


def words_of(text: str) -> frozenset[str]:
    """The words of a list that is written as one string."""
    return frozenset(text.split())


_TIME = re.compile(r"\d{1,2}[:.h]\d\d(?:[:.]\d\d)?(?: ?[ap]\.?m\.?)?(?: ?(?:uhr|h|hrs))?", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WEBSITE = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?:/\S*)?")
_FORMS = {  # of codes that have one of their own
    "DOI": re.compile(r"(?:https?://\S+/)?10\.\d{4,}/\S+"),
    "IBAN": re.compile(r"[A-Z]{2}\d\d[A-Z\d *]{8,40}"),
    "ISBN": re.compile(r"[\dX –-]{10,18}"),
    "ISSN": re.compile(r"\d{4} ?[–-] ?\d{3}[\dXx]"),
}
_COUNT = re.compile(r"\d{1,4}")


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A label whose meaning is known: `noun` is what a question calls it, `type_` what its value must be."""

    noun: str
    type_: str

    @property
    def proves(self) -> bool:
        """Whether the form of a value shows that it is this key's."""
        return self.type_ in PROVING

    def takes(self, value: str) -> bool:
        """Whether `value` can be this key's."""
        match self.type_:
            case "date":
                return is_date(value)
            case "amount":
                return is_amount(value)
            case "code":
                form = _FORMS.get(self.noun)
                return is_code(value) and (form is None or form.fullmatch(value) is not None)
            case "phone":
                return is_phone(value)
            case "email":
                return _EMAIL.fullmatch(value) is not None
            case "website":
                return _WEBSITE.fullmatch(value) is not None and letters(value) > 3
            case "count":
                return _COUNT.fullmatch(value) is not None
            case "time":
                return _TIME.fullmatch(value) is not None
            case _:
                return letters(value) >= 2 and not is_amount(value) and not is_date(value)


_NO = re.compile(r"n[°º]|nº|№|\bn\.[°º]?(?= ?[a-zé]|$)|#|\bnr\b|\bnum\b\.?|\bnumber\b(?=/)")
_CURRENCY_TAIL = re.compile(
    r"(?: in)?(?: ?[(\[] ?(?:€|\$|£|eur|usd|gbp|chf|inr|rm|myr|rs|pln|zł|sgd|aud|cad)\.? ?[)\]]| ?[€$£]"
    r"| (?:eur|usd|gbp|chf|inr|rm|myr|rs|pln|zł|sgd|aud|cad|euros?))$"
)
_HINT_TAIL = re.compile(
    r" ?\((?:dd|mm|yyyy|tt|jj|aaaa|if |please|optional|required|print|last|first|block|in )[^()]*\)$"
)
_RATE_TAIL = re.compile(r" ?[(@]? ?(?:à )?\d{1,2}(?:[.,]\d{1,2})? ?%\)?$")
_DATE_TAIL = re.compile(r" (?:on|as of|am|per|au|op|le|al|by|vom|zum)(?: .*\d{4})$")
_TAILS: dict[str, tuple[re.Pattern[str] | None, ...]] = (
    {  # by the last character, what may be cut off
        "%": (None, _RATE_TAIL),
        ")": (None, _CURRENCY_TAIL, _RATE_TAIL, _HINT_TAIL),
        "]": (None, _CURRENCY_TAIL),
        "": (None,),
    }
    | dict.fromkeys("€$£rdpfmsniły", (None, _CURRENCY_TAIL))
    | dict.fromkeys("0123456789", (None, _DATE_TAIL))
)


def bare(key: str) -> str:
    """A key for looking up: lower case, one word for all signs of "number", without dots."""
    key = key.casefold().replace("’", "'")
    if "n" in key or "#" in key or "№" in key:
        key = _NO.sub(" no ", key)
    return " ".join(key.replace(".", "").replace(" :", "").strip(" *:-–").split())


def _known_keys() -> dict[str, tuple[KnownKey, ...]]:
    table: dict[str, tuple[KnownKey, ...]] = {}
    for row in TABLE.replace("\n  ", " ").strip().splitlines():
        noun, type_, labels = (part.strip() for part in row.split("|"))
        meaning = KnownKey(noun, type_)
        for label in map(bare, labels.split(";")):
            if meaning not in table.get(label, ()):
                table[label] = (*table.get(label, ()), meaning)
    return table


KNOWN_KEYS = _known_keys()
_SQUEEZED = {label.replace(" ", ""): found for label, found in KNOWN_KEYS.items() if len(label) > 6}  # as OCR reads
_LONGEST = max(map(len, KNOWN_KEYS))


@lru_cache(maxsize=1 << 13)
def meanings(key: str) -> tuple[KnownKey, ...]:
    """What the label `key` may mean, the commonest first; () for a label of no common name.

    A currency, a rate or a date at its end changes nothing ("Total (EUR)", "VAT 21%", "Amount due on 1 May
    2020"), and one that says the same in two languages means it ("Datum/Date").
    """
    if len(key) > _LONGEST + 25:
        return ()
    plain = bare(key)
    for tail in _TAILS.get(plain[-1:], _TAILS[""]):
        cut = tail.sub("", plain) if tail else plain
        if found := KNOWN_KEYS.get(cut.strip(" *:-–(")):
            return found
    for parts in (plain.split("/"), plain.rstrip(")").split(" (")) if "/" in plain or "(" in plain else ():
        both = [KNOWN_KEYS.get(part.strip(), ()) for part in parts]
        if len(both) == 2 and both[0] and both[1] and (shared := tuple(one for one in both[0] if one in both[1])):
            return shared
    return _SQUEEZED.get(plain, ()) if " " not in plain else ()


def known(key: str, value: str | None = None) -> KnownKey | None:
    """The common key that `key` is, of several meanings the first that takes `value`; None for no common one."""
    found = meanings(key)
    if not found:
        return None
    return next((one for one in found if value is not None and one.takes(value)), found[0])


_BULLETS = "•·●▪■□◦‣*–—-→>☐☑☒\u2022\uf0b7 "
_ENUMERATOR = re.compile(r"^(?:\(?\d{1,2}[.)]|\(?[A-Za-z][.)])\s+")
_KEY = re.compile(r"[^\W_][\w .,#/&'’()%°º№-]*")
_SENTENCE_WORDS = words_of(
    "is are was were be been has have had will would can could should may must following that which who please says"
    " said see if when because including includes include shall not our we you they this these those there ist sind"
    " wird werden war haben est sont être avoir zijn wordt worden es son è sono são jest są"
)
_LINKING = words_of("the of and or a an der die das und et y e i le la les du des el")  # no key ends with them
# What such words introduce is a remark, a caption or an item of a list, not a value of a key.
_NO_KEYS = re.compile(
    r"(?:notes?|nb|n\.b|remarks?|examples?|e\.g|i\.e|warning|caution|important|tip|hint|figure|fig|table|tableau"
    r"|abbildung|section|chapter|step|part|exhibit|appendix|annex|q|a|question|answer|theorem|lemma|proof|definition"
    r"|proposition|corollary|algorithm|listing|https?|mailto|attention|remember|disclaimer|abstract|keywords?|example"
    r"|bemerkung|hinweis|remarque|opmerking|nota|uwaga|achtung|(?:case|rule|article|artikel|artículo) ?\d+)\b"
    r"(?! ?(?:no|nr|number|#))",
    re.IGNORECASE,
)

_PHRASE = re.compile(  # "In a science lab: …" goes on a sentence
    r"(?:in|on|at|for|when|where|to|by|as|with|sei|let|suppose|pour|dans|für|bei|voor|para|since|after|before) \S",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"[^\W\d]{3,}\. [A-Z]|\bet al\b|\d\(\d")  # also where a sentence ends


@lru_cache(maxsize=1 << 13)
def key_of(text: str) -> str:
    """A label as a question quotes it: without colon, bullets and enumerator, white space collapsed."""
    key = " ".join(text.split()).strip(_BULLETS).rstrip(":：").strip(_BULLETS)
    return _ENUMERATOR.sub("", key) if key[:1] == "(" or "." in key[1:3] or ")" in key[1:3] else key


@lru_cache(maxsize=1 << 13)
def is_key(key: str) -> bool:
    """Whether `key` (as `key_of` gives it) can name a value: short, mostly letters, no sentence or remark."""
    words = key.split() if len(key) <= LONGEST_CHARS else []
    if not words or not is_clean(key):
        return False
    if meanings(key):
        return True
    return (
        len(words) <= LONGEST_KEY
        and _KEY.fullmatch(key) is not None
        and letters(key) >= max(3, len(key) / 2)
        and not words[0][0].islower()
        and words[-1] not in _LINKING
        and not _NO_KEYS.match(key)
        and not _PHRASE.match(key)
        and not _REFERENCE.search(key)
        and _SENTENCE_WORDS.isdisjoint(word.casefold().strip(",.") for word in words)
    )
