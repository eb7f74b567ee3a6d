"""Who issued an invoice or receipt: a seller's label, else the company name that letterhead and footer agree on."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from octavo.datasets.fields.fits import colon
from octavo.datasets.fields.geometry import close, starts_with, text_of
from octavo.datasets.fields.keys import key_of, meanings, words_of
from octavo.datasets.fields.pairs import Found
from octavo.datasets.fields.values import is_clean
from octavo.datasets.finders.papers import RECEIPT
from octavo.documents.structure.rows import Line
from octavo.documents.types import Word

LONGEST_NAME = 8  # words
MOST_NAMES = 40  # of a page
TOP = 0.25  # of a receipt, where its shop is named
ENOUGH, LEAD = 3, 2  # points that a name needs, and that it needs before any other

# Marks of a company at the end of its name, in the countries whose languages are known here, and in some others.
_FORM = re.compile(
    r"(?:gmbh(?: & co\.? ?kgaa?)?|mbh|ag|se|kg|ohg|ug|e\.? ?k\.?|e\.? ?v\.?|b\.? ?v\.?|n\.? ?v\.?|v\.? ?o\.? ?f\.?|bvba"
    r"|s\.? ?a\.?|s\.? ?a\.? ?s\.?|sasu?|s\.? ?a\.? ?r\.? ?l\.?|eurl|s\.? ?l\.?(?: ?u\.?)?|s\.? ?r\.? ?l\.?(?:s\.?)?"
    r"|s\.? ?p\.? ?a\.?|ltda\.?|lda\.?|sp\.? ?z ?o\.? ?o\.?|sp\.? ?j\.?|ltd\.?|limited|plc|llc|l\.l\.c\.|llp|inc\.?"
    r"|incorporated|corp\.?|corporation|co\.?|company|pty\.?(?: ltd\.?)?|pvt\.?(?: ltd\.?)?|sdn\.? ?bhd\.?|bhd\.?"
    r"|pte\.?(?: ltd\.?)?|oy|ab|a/s|aps|kft\.?)",
    re.IGNORECASE,
)
_BEFORE = words_of("SARL SAS EURL SASU PT")  # forms that stand before the name
_PLAIN = words_of("co co. company se ab as sa ag kg limited corporation")  # ordinary words, too
_TRADE = re.compile(
    r"\b(?:enterprise|trading|restaurants?|stationery|hardware|supermarket|pharmacy|motor|bakery|bookstore|perniagaan"
    r"|restoran|kedai|hotel|market|store|mart|cafe|bistro|foods?)\b",
    re.IGNORECASE,
)
_JOINS = words_of("and & of the de del der des di et y und en la le e van")
_DOMAIN = re.compile(r"(?:@|www\.|https?://(?:www\.)?)([\w-]+)(?:\.[\w-]+)+", re.IGNORECASE)
_REGISTERED = re.compile(
    r"\b(?:vat|ust|tva|btw|gst|iban|hrb|siret|siren|rcs|kvk|nip|regon|abn|cin|registered|company no|reg\.? no|capital"
    r"|c\.?i\.?f|p\.? ?iva|krs|sitz|registergericht)\b",
    re.IGNORECASE,
)
_SEAT = re.compile(
    r"\b(?:siège social|registered office|registered in|sede social|sede legale|statutaire zetel|siedziba|sitz"
    r"|head office)\b",
    re.IGNORECASE,
)
_BUYERS = frozenset(("billing address", "shipping address", "customer", "buyer", "guest", "tenant", "contact person"))
_FREE_MAIL = words_of("gmail yahoo hotmail outlook example googlemail icloud aol gmx web")


@dataclass(frozen=True, slots=True)
class _Name:
    """A company name as it stands in a line."""

    words: tuple[Word, ...]
    line: Line
    text: str


def issuer(found: Found, paper: str) -> tuple[Word, ...]:
    """The words of the name of who issued the page's paper, or () where that is not sure."""
    for pair in found.pairs:
        if pair.known and pair.known.noun == "seller":
            return _company(pair.words) or pair.parts[0]
    if below_label := _under_seller(found):
        return below_label
    names = list(_names(found.sheet.lines))[:MOST_NAMES]
    if paper == RECEIPT:
        top = [name for name in names if name.line.box.y1 < TOP] or _trade_names(found.sheet.lines)
        return top[0].words if top and len({_bare(name.text) for name in top}) == 1 else ()
    return _best(found, names)


def _best(found: Found, names: Sequence[_Name]) -> tuple[Word, ...]:
    """The name that most speaks for, where it leads clearly; () where none does."""
    lines = found.sheet.lines
    domains = {match.casefold() for line in lines for match in _DOMAIN.findall(line.text)} - _FREE_MAIL
    near_buyer = _under_buyers(found)
    holders = [pair for pair in found.pairs if pair.known and pair.known.noun == "account holder"]
    pointed = [(name, _points(name, domains, near_buyer)) for name in names]
    pointed += [(_Name(pair.parts[0], pair.label, pair.value), ENOUGH) for pair in holders[:1]]
    pointed += [(name, ENOUGH) for name in (*_over_registers(lines), *_of_domain(lines, domains))]
    points: Counter[str] = Counter()
    first: dict[str, _Name] = {}
    for name, worth in pointed:
        first.setdefault(_bare(name.text), name)
        points[_bare(name.text)] += worth
    ranked = points.most_common(2)
    if not ranked or ranked[0][1] < ENOUGH or (len(ranked) > 1 and ranked[0][1] - ranked[1][1] < LEAD):
        return ()
    return first[ranked[0][0]].words


def _under_seller(found: Found) -> tuple[Word, ...]:
    """The first line under a label of the seller's that stands alone."""
    for number, row in enumerate(found.sheet.rows):
        for line in row:
            if any(one.noun == "seller" for one in meanings(key_of(line.text))):
                under = [other for other in found.sheet.column(line, number, 2) if other.text[0].isupper()]
                if under and starts_with(line, under[0]) and not colon(under[0]) and _has_no_digit(under[0].text):
                    return under[0].words if len(under[0].words) <= LONGEST_NAME else ()
    return ()


def _points(name: _Name, domains: set[str], near_buyer: frozenset[int]) -> int:
    """What speaks for a name where it stands: letterhead, footer, registers; against it: an address of the buyer."""
    box = name.line.box
    points = 1
    points += 2 if box.y1 < 0.12 else (1 if box.y1 < 0.25 and box.x0 > 0.5 else 0)
    points += 2 if box.y0 > 0.85 else 0
    points += 1 if _REGISTERED.search(name.line.text) else 0
    letters = re.sub(r"[^a-z0-9]", "", _FORM_END.sub("", name.text).casefold())
    squeezed = [domain.replace("-", "") for domain in domains if len(domain) >= 4]
    if len(letters) >= 3 and any(domain in letters or letters in domain for domain in squeezed):
        points += 3
    return points - 4 if id(name.line) in near_buyer else points


def _over_registers(lines: Sequence[Line]) -> Iterator[_Name]:
    """A short line of the foot, over the line that gives the seat or the registers of a company."""
    for line, under in pairwise(lines):
        is_foot = line.box.y0 > 0.75 and close(line, under) and len(line.words) <= 4 and _has_no_digit(line.text)
        if is_foot and _SEAT.search(under.text) and line.text[0].isupper() and not colon(line) and is_clean(line.text):
            yield _Name(line.words, line, line.text)
            return


def without_form(name: str) -> str:
    """A company's name without its form: "Blue Door" for "Blue Door, Inc."."""
    return _FORM_END.sub("", name)


def _of_domain(lines: Sequence[Line], domains: set[str]) -> Iterator[_Name]:
    """A line of the upper quarter that is the name in a web or mail address of the page: "Blue Door", blue-door.com."""
    squeezed = {domain.replace("-", "") for domain in domains if len(domain) >= 4}
    for line in lines:
        if line.box.y1 < 0.25 and len(line.words) <= 5 and _bare(line.text) in squeezed and "." not in line.text:
            yield _Name(line.words, line, line.text)
            return


_FORM_END = re.compile(rf"[ ,]*\b{_FORM.pattern}$", re.IGNORECASE)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _names(lines: Sequence[Line]) -> Iterator[_Name]:
    """The company names of a page, one of a line at most."""
    for line in lines:
        words = _company(line.words)
        if words and is_clean(line.text):
            yield _Name(words, line, text_of(words).strip(" ,;:"))


def _company(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words of the first company name among `words`: capitalised ones before a company's form, and the form."""
    for at, word in enumerate(words[:40]):
        for size in (3, 2, 1):
            form = text_of(words[at : at + size]).rstrip(",;:")
            if at + size > len(words) or not _FORM.fullmatch(form) or form.islower():
                continue
            if size == 1 and form.casefold().rstrip(".") in _PLAIN and not _is_form(form):
                continue
            start = at
            while start > 0 and at - start < LONGEST_NAME and _is_name(words[start - 1].text):
                start -= 1
            while start < at and words[start].text in _JOINS:
                start += 1
            if start == at and form in _BEFORE:  # "SARL Dupont": the form before the name
                end = at + 1
                while end < len(words) and end - at < 4 and _is_name(words[end].text) and words[end].text[0].isalpha():
                    end += 1
                return tuple(words[at:end]) if end > at + 1 else ()
            if start < at and any(char.isalpha() for char in text_of(words[start:at])):
                return tuple(words[start : at + size])
        if word.text.endswith((":", ";")) and at > LONGEST_NAME:
            break
    return ()


def _is_form(form: str) -> bool:
    """Whether a form that is a word as well is written as a form: "AG", "Limited", not "ag", "se"."""
    return form.isupper() or form.casefold() in ("limited", "corporation", "company", "co.")


def _is_name(text: str) -> bool:
    bare = text.strip("()\"'“”&.,")
    if text.endswith((":", ";", "|")) or text in ("-", "–", "|", "•", "·"):
        return False
    return not bare or bare[0].isupper() or bare[0].isdigit() or bare.casefold() in _JOINS or "-" in bare


def _under_buyers(found: Found) -> frozenset[int]:
    """The ids of lines that stand under or beside a label of the buyer."""
    lines = found.sheet.lines
    heads = [line for line in lines if {one.noun for one in meanings(key_of(_label(line)))} & _BUYERS]
    return frozenset(
        id(line)
        for head in heads[:10]
        for line in lines
        if -0.01 < line.box.y0 - head.box.y0 < 0.13 and head.box.x0 - 0.03 < line.box.x0 < head.box.x1 + 0.25
    )


def _label(line: Line) -> str:
    at = colon(line)
    return text_of(line.words[:at]) if at else line.text


def _has_no_digit(text: str) -> bool:
    return not any(char.isdigit() for char in text)


def _trade_names(lines: Sequence[Line]) -> list[_Name]:
    """A line near the top of a receipt that names a trade."""
    top = [line for line in lines if line.box.y1 < TOP and 2 <= len(line.words) <= LONGEST_NAME][:4]
    found = [line for line in top if line.text.isupper() and _TRADE.search(line.text) and _has_no_digit(line.text)]
    return [_Name(line.words, line, line.text) for line in found[:1] if is_clean(line.text)]
