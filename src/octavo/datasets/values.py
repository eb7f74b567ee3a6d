"""What a short text is: a date, an amount of money, a code. Patterns only, for languages of common forms."""

import re
import unicodedata
from collections.abc import Iterator

_MONTH = (
    r"(?:jan(?:uary|uar|vier|uari|\.)?|feb(?:ruary|ruar|ruari|\.)?|f[ée]v(?:rier|\.)?|mar(?:ch|s|zo|\.)?|m[äa]rz|maart"
    r"|apr(?:il|\.)?|avril|abril|may|mai|mei|mayo|june?|juni|juin|junio|july?|juli|juillet|julio|aug(?:ust|ustus|\.)?"
    r"|ao[ûu]t|agosto|sept?(?:ember|embre|iembre|\.)?|o[ck]t(?:ober|obre|ubre|\.)?|nov(?:ember|embre|iembre|\.)?"
    r"|de[cz](?:ember|iembre|\.)?|d[ée]c(?:embre|\.)?|enero|febrero)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:1[6-9]|20)\d\d"
_LONG_DATES = (
    rf"{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])",
    rf"{_DAY}([./-])(?:0?[1-9]|1[0-2])\1{_YEAR}",  # day first
    rf"(?:0?[1-9]|1[0-2])([./-]){_DAY}\2{_YEAR}",  # month first
    rf"{_MONTH} ?{_DAY}(?: ?(?:st|nd|rd|th))?(?: ?, ?| ){_YEAR}",
    rf"{_DAY}(?:st|nd|rd|th|er|\.)?[ -](?:de |of )?{_MONTH}(?: de|,)?[ -]{_YEAR}",
)
_SHORT_DATES = (r"\d{1,2}([./-])\d{1,2}\3\d\d",)  # a two-digit year: a date only where a label says so
_FREE_DATE = re.compile(rf"(?<![\w./-])(?:{'|'.join(_LONG_DATES)})(?![\w/-]|\.\d)", re.IGNORECASE)
_DATE = re.compile(rf"(?:{'|'.join(_LONG_DATES + _SHORT_DATES)})", re.IGNORECASE)
# A month beside a year or a day, numbers that may be day, month and year: a reader may take each for a date.
_PART_OF_DATE = re.compile(
    rf"(?<!\w)(?:{_MONTH},? (?:{_YEAR}|{_DAY})|{_DAY}(?:st|nd|rd|th|er|\.)? (?:de |of )?{_MONTH}"
    rf"|\d{{1,2}}([./-])\d{{1,2}}\1(?:{_YEAR}|\d\d))(?!\w)",
    re.IGNORECASE,
)

_CURRENCY = r"(?:US ?\$|CA ?\$|A\$|[$€£¥₹]|EUR|USD|GBP|CHF|INR|CAD|AUD|JPY|PLN|SEK|Euros?|Rs\.?|kr|zł)"
_GROUPED = r"\d{1,3}(?:(?P<group>[,.' ])\d{3}(?:(?P=group)\d{3})*)?"
_MONEY = re.compile(
    rf"[(-]?(?P<before>{_CURRENCY})? ?[(-]?(?:{_GROUPED}|\d+)(?:[.,]\d\d)?\)? ?(?P<after>{_CURRENCY})?\)?"
)
_FIGURE = re.compile(r"\(?-?(?:\d{1,3}(?:,\d{3})+(?:\.\d\d)?|\d{1,3}(?:\.\d{3})+(?:,\d\d)?|\d+[.,]\d\d)\)?")
_PHONE = re.compile(r"[\d+()./ –-]+(?: ?(?:ext|x)\.? ?\d+)?", re.IGNORECASE)


def is_date(text: str) -> bool:
    """Whether all of `text` is one date with day, month and year, the year of two or four digits."""
    return _DATE.fullmatch(text) is not None


def dates_in(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every date with a four-digit year that stands free in `text`."""
    for match in _FREE_DATE.finditer(text):
        yield match.span()


def has_part_of_date(text: str) -> bool:
    """Whether `text` has something that can be taken for a date: "May 2014", "February 15", "02/24/17"."""
    return _PART_OF_DATE.search(text) is not None


def is_money(text: str) -> bool:
    """Whether all of `text` is a number with a currency before or after it."""
    match = _MONEY.fullmatch(text)
    return match is not None and bool(match["before"] or match["after"])


def is_figure(text: str) -> bool:
    """Whether all of `text` is a number as accounts print it: grouped by thousands or with two decimals."""
    return _FIGURE.fullmatch(text) is not None


def is_amount(text: str) -> bool:
    """Whether all of `text` can be an amount of money beside a label that asks for one."""
    return is_money(text) or is_figure(text)


def is_code(text: str) -> bool:
    """Whether `text` can name something by a number: words with digits, short marks ("DE", "#") before them."""
    words = text.split()
    return (
        0 < len(words) <= 6
        and len(text) <= 40
        and _has_digit(words[-1])
        and not text.endswith("%")
        and all(_has_digit(word) or (len(word) <= 4 and word == word.upper()) for word in words)
        and not is_date(text)
        and not is_money(text)
    )


def is_phone(text: str) -> bool:
    """Whether `text` can be a telephone number: five digits at least, their punctuation, an extension."""
    return _PHONE.fullmatch(text) is not None and sum(char.isdigit() for char in text) >= 5


def is_clean(text: str) -> bool:
    """Whether `text` can be read, and from left to right.

    A broken font map shows as private or replacement characters. Words of scripts that run to the left would
    be quoted in the wrong order.
    """
    return all(
        unicodedata.category(char) not in ("Co", "Cn", "Cc", "Cs")
        and char != "\ufffd"
        and unicodedata.bidirectional(char) not in ("R", "AL")
        for char in text
    )


def is_wordy(text: str) -> bool:
    """Whether `text` is words and numbers rather than a formula: most of its ink is letters or digits."""
    ink = [char for char in text if not char.isspace()]
    return 5 * sum(char.isalnum() for char in ink) >= 3 * len(ink)


def _has_digit(word: str) -> bool:
    return any(char.isdigit() for char in word)


def letters(text: str) -> int:
    """How many letters `text` has, of any alphabet."""
    return sum(char.isalpha() for char in text)
