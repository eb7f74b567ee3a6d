"""What a short text is (a date, an amount of money, a code) and how it is written normally.

Patterns only, for languages of Latin script. A date's normal form is ISO 8601, an amount's a plain decimal.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

# English, German, French, Dutch, Spanish, Italian, Portuguese, Polish, Scandinavian; full names and short ones.
_MONTHS = """
january jan januar januari janvier janv enero ene gennaio gen janeiro stycznia styczeń sty jänner
february feb februar februari février fevrier fév févr fev febrero febbraio fevereiro lutego luty lut
march mar mars märz marz mrz maart mrt marzo março marco marca marzec
april apr avril avr abril abr aprile kwietnia kwiecień kwi
may mai mei mayo maggio mag maio maja maj
june jun juni juin junio giugno giu junho czerwca czerwiec cze
july jul juli juillet juil julio luglio lug julho lipca lipiec lip
august aug augustus août aout agosto ago sierpnia sierpień sie augusti
september sep sept septembre septiembre settembre set setembro września wrzesień wrz
october oct oktober okt octobre octubre ottobre ott outubro out października październik paź
november nov novembre noviembre novembro listopada listopad lis
december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro grudnia grudzień gru desember
"""
MONTHS = {name: number for number, row in enumerate(_MONTHS.strip().splitlines(), 1) for name in row.split()}
_DAYS = (
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|(?:montag|dienstag|mittwoch|donnerstag|freitag"
    r"|samstag|sonnabend|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|maandag|dinsdag|woensdag|donderdag"
    r"|vrijdag|zaterdag|zondag|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì"
    r"|venerdì|sabato|domenica)"
)
_YEAR = r"(?:1[6-9]|20)\d\d"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"[^\W\d_]{3,12}\.?"
_NUMBERS = rf"(?P<a>\d{{1,2}})(?P<sep> ?[./-] ?)(?P<b>\d{{1,2}}) ?[./-] ?(?P<y1>{_YEAR}"
_NAMED = (
    rf"(?P<d1>{_DAY})(?:st|nd|rd|th|er|º|\.)?[ ./-]{{0,2}}(?:(?:de|of|day of) )?(?P<m1>{_MONTH})(?: del?|,)?"
    rf"[ ./,'-]{{0,2}}(?P<y2>{_YEAR}",
    rf"(?P<m2>{_MONTH})[ -]?(?P<d2>{_DAY})(?:st|nd|rd|th)?(?: ?, ?| |-)(?P<y3>{_YEAR}",
)
_ISO = rf"(?P<y0>{_YEAR})(?P<iso>[./-])(?P<m0>0?[1-9]|1[0-2])(?P=iso)(?P<d0>{_DAY})"
_TIME = r"(?:,? ?(?:at|um|à|om|-|T)?,? ?\d{1,2}[:.h]\d\d(?:[:.]\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?(?: ?(?:Uhr|h|hrs))?)"


def _date_pattern(short_years: bool) -> str:
    tail = r"|\d\d)" if short_years else ")"
    return f"(?:{_ISO}|{_NUMBERS}{tail}|{_NAMED[0]}{tail}|{_NAMED[1]}{tail})"


_DATE = re.compile(rf"(?:(?:{_DAYS})[.,]? )?{_date_pattern(short_years=True)}(?: r\.)?{_TIME}?", re.IGNORECASE)
_DAY_FIRST = re.compile(r"[€£₹]|\b(?:EUR|GBP|CHF|PLN|INR|MYR|RM)\b|\b(?:RM|Rs\.?) ?\d|zł")
_HAS_YEAR = re.compile(_YEAR)
_FREE_DATE = re.compile(rf"(?<![\w./-]){_date_pattern(short_years=False)}(?![\w/-]|\.\d)", re.IGNORECASE)
_WITH_YEAR_LAST = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:\d\d|\d{4})")
# A month beside a year or a day, numbers that may be day, month and year: a reader may take each for a date.
_NAME = rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
_PART_OF_DATE = re.compile(
    rf"(?<!\w)(?:{_NAME},? (?:{_YEAR}|{_DAY})|{_DAY}(?:st|nd|rd|th|er|\.)? (?:de |of )?{_NAME}"
    rf"|\d{{1,2}}([./-])\d{{1,2}}\1(?:{_YEAR}|\d\d))(?!\w)",
    re.IGNORECASE,
)
_CENTURY = 70  # two-digit years from here on are of the twentieth century

_CURRENCY = (
    r"(?:US ?\$|CA ?\$|HK ?\$|NT ?\$|NZ ?\$|[ACSR] ?\$|[$€£¥₹₺₽₩]|EUR|USD|GBP|CHF|INR|CAD|AUD|NZD|JPY|CNY|PLN|SEK|NOK"
    r"|DKK|CZK|HUF|RON|BRL|MXN|SGD|MYR|HKD|ZAR|AED|TRY|Euros?|SFr\.?|Fr\.?|Rs\.?|RM|kr\.?|zł|Kč|Ft|lei|TL)"
)
_GROUPED = r"\d{1,3}(?:(?P<group>[,.'’ \u00a0\u202f])\d{3}(?:(?P=group)\d{3})*)?"
_INDIAN = r"\d{1,2}(?:,\d\d)+,\d{3}"
_MONEY = re.compile(
    rf"[(+–-]?(?P<before>{_CURRENCY})? ?:? ?[(–-]? ?(?P<number>(?:{_INDIAN}|{_GROUPED}|\d+)(?: ?[.,] ?\d\d)?)"
    rf"(?:/?[-–])?\)? ?(?P<after>{_CURRENCY})?\)?(?: ?\(?(?:TTC|HT|CR|DR|SR|incl?\.?|inkl\.?)\)?)?",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    rf"[(–-]? ?(?:{_INDIAN}(?:\.\d\d)?|\d{{1,3}}(?:,\d{{3}})+(?:\.\d\d)?|\d{{1,3}}(?:\.\d{{3}})+(?:,\d\d)?"
    r"|\d{1,3}(?:['’ \u00a0]\d{3})+[.,]\d\d|\d+ ?[.,] ?\d\d)[)–-]?"
)
_TWO_DECIMALS = re.compile(r"[\d.,' ]*\d[.,]\d\d")
_PHONE = re.compile(r"[\d+()./ –-]+(?: ?(?:ext|x)\.? ?\d+)?", re.IGNORECASE)
_NUMBER_SIGN = re.compile(r"^(?:#|n[°º]\.?|№|(?:no|nr)[.:])[ :]*(?=\w*\d)", re.IGNORECASE)
_MATHS = frozenset("=→⇒∈⊆⊂∪∩∀∃∑∫≤≥≠∞√")
_CODE_MARKS = frozenset("#-/:.,&()_+*")


@dataclass(frozen=True, slots=True)
class _Read:
    """A date as read: day and month may be the other way round where `is_open`."""

    day: int
    month: int
    year: int
    is_open: bool = False


def is_date(text: str) -> bool:
    """Whether all of `text` is one date with day, month and year (two or four digits), a time after it or not."""
    return _read(text) is not None


def date_variants(text: str, day_first: bool | None = None) -> tuple[str, ...]:
    """A date as ISO 8601 ("2014-04-19") where its day and month are certain, else nothing.

    `day_first` says how the page writes dates of numbers, where `day_comes_first` could tell.
    """
    read = _read(text)
    if read is None:
        return ()
    if read.is_open and read.day != read.month and day_first is None:
        return ()
    day, month = (read.month, read.day) if read.is_open and day_first is False else (read.day, read.month)
    try:
        iso = date(read.year, month, day).isoformat()
    except ValueError:
        return ()
    return (iso,) if iso != text else ()


def day_comes_first(text: str) -> bool | None:
    """Whether the dates of numbers in a page's `text` have the day first; None where it does not tell.

    Dates of which one number is above 12 tell, else the currency: where there are no dollars, the day comes first.
    """
    votes = set()
    for match in _WITH_YEAR_LAST.finditer(text):
        first, second = (int(part) for part in re.split(r"[./-]", match.group())[:2])
        if first <= 12 < second <= 31:
            votes.add(False)
        elif second <= 12 < first <= 31:
            votes.add(True)
    if votes:
        return votes.pop() if len(votes) == 1 else None
    return True if _DAY_FIRST.search(text) and "$" not in text and "USD" not in text else None


def dates_in(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every date with a four-digit year that stands free in `text`."""
    for match in _FREE_DATE.finditer(text) if _HAS_YEAR.search(text) else ():
        if _of_match(match) is not None:
            yield match.span()


def has_part_of_date(text: str) -> bool:
    """Whether `text` has something that can be taken for a date: "May 2014", "February 15", "02/24/17"."""
    return _PART_OF_DATE.search(text) is not None


def _read(text: str) -> _Read | None:
    if not 6 <= len(text) <= 45:
        return None
    match = _DATE.fullmatch(text)
    return _of_match(match) if match else None


def _of_match(match: re.Match[str]) -> _Read | None:
    """The date of a match, or None where it is no day of any year: "31/31/2020", "2 boxes 2014"."""
    part = match.groupdict()
    if part["y0"]:
        return _Read(int(part["d0"]), int(part["m0"]), int(part["y0"]))
    if part["y1"]:
        first, second = int(part["a"]), int(part["b"])
        if max(first, second) > 31 or min(first, second) > 12 or min(first, second) < 1:
            return None
        by_dots = "." in part["sep"]  # written by those who put the day first
        if first > 12 or (by_dots and second <= 12):
            return _Read(first, second, _year(part["y1"]))
        if second > 12:
            return _Read(second, first, _year(part["y1"]))
        return _Read(first, second, _year(part["y1"]), is_open=True)
    day, name, year = (part["d1"], part["m1"], part["y2"]) if part["m1"] else (part["d2"], part["m2"], part["y3"])
    month = _month(name)
    return _Read(int(day), month, _year(year)) if month else None


def _month(name: str) -> int:
    return MONTHS.get(name.casefold().rstrip("."), 0)


def _year(digits: str) -> int:
    year = int(digits)
    return year if year > 99 else year + (1900 if year >= _CENTURY else 2000)


def is_money(text: str) -> bool:
    """Whether all of `text` is a number with a currency before or after it."""
    match = _MONEY.fullmatch(text) if len(text) <= 40 else None
    return match is not None and bool(match["before"] or match["after"])


def is_figure(text: str) -> bool:
    """Whether all of `text` is a number as accounts print it: grouped by thousands or with two decimals."""
    return len(text) <= 40 and _FIGURE.fullmatch(text) is not None


def is_amount(text: str) -> bool:
    """Whether all of `text` can be an amount of money beside a label that asks for one."""
    return is_money(text) or is_figure(text)


def amount_of(text: str) -> str | None:
    """The amount as a plain decimal ("1234.50", "-9.32"), or None where `text` is none or can be read in two ways.

    A comma before three digits groups thousands ("1,939"); a point there may be either ("1.939").
    """
    match = _MONEY.fullmatch(text) if len(text) <= 40 else None
    if match is None:
        return None
    number = re.sub(r"[ '’\u00a0\u202f]", "", match["number"])
    is_negative = "-" in text.replace("/-", "") or "–" in text or text.startswith("(")
    whole, mark, decimals = number, "", ""
    cut = re.fullmatch(r"(.*?)[.,](\d\d)", number)
    if cut:
        whole, decimals = cut.groups()
        mark = "."
    elif re.fullmatch(r"\d{1,3}\.\d{3}", number):
        return None
    digits = re.sub(r"[.,]", "", whole)
    plain = f"{digits.lstrip('0') or '0'}{mark}{decimals}"
    return f"-{plain}" if is_negative else plain


def amount_variants(text: str) -> tuple[str, ...]:
    """The amount as a plain decimal, where that is another writing than `text`."""
    plain = amount_of(text)
    return (plain,) if plain is not None and plain != text else ()


def code_variants(text: str) -> tuple[str, ...]:
    """A number without the sign that says it is one: "42" for "#42", "n° 42"."""
    bare = _NUMBER_SIGN.sub("", text)
    return (bare,) if bare != text else ()


def is_code(text: str) -> bool:
    """Whether `text` can name something by a number: words with digits, short marks ("DE", "#") before them."""
    words = text.split()
    return (
        0 < len(words) <= 8
        and len(text) <= 45
        and _has_digit(words[-1])
        and not text.endswith("%")
        and all(_has_digit(word) or (len(word) <= 4 and word == word.upper()) for word in words)
        and all(char.isalnum() or char.isspace() or char in _CODE_MARKS or char == "°" for char in text)
        and not is_date(text)
        and not is_money(text)
        and not _TWO_DECIMALS.fullmatch(text)
    )


def is_phone(text: str) -> bool:
    """Whether `text` can be a telephone number: five digits at least, their punctuation, an extension."""
    return _PHONE.fullmatch(text) is not None and 5 <= sum(char.isdigit() for char in text) <= 20 and not is_date(text)


def is_clean(text: str) -> bool:
    """Whether `text` can be read, and from left to right.

    A broken font map shows as private or replacement characters. Words of scripts that run to the left would
    be quoted in the wrong order.
    """
    return text.isascii() or all(
        unicodedata.category(char) not in ("Co", "Cn", "Cc", "Cs")
        and char != "\ufffd"
        and unicodedata.bidirectional(char) not in ("R", "AL")
        for char in text
    )


def is_wordy(text: str) -> bool:
    """Whether `text` is words and numbers rather than a formula: most of its ink is letters or digits."""
    if any(char in _MATHS for char in text):
        return False
    ink = len(text) - sum(map(str.isspace, text))
    return 5 * sum(map(str.isalnum, text)) >= 3 * ink


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def letters(text: str) -> int:
    """How many letters `text` has, of any alphabet."""
    return sum(map(str.isalpha, text))
