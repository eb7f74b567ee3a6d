"""Numbers and dates by their value: 1,234.50 = 1234.5 = 1.234,50, and 28 February 2017 = 28.02.17.

A text that can be read in two ways ("1.234", "02/03/2017") has both readings; two texts are equal where they
share one.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal

LONGEST = 48  # characters; no number or date is longer

_UNITS = {
    "$": "$ us$ usd dollar dollars",
    "€": "€ eur euro euros",
    "£": "£ gbp",
    "¥": "¥ jpy",
    "₹": "₹ inr rs rs.",
    "%": "% percent",
    "kr": "kr kr. sek nok dkk",
    "CA$": "ca$ cad",
    "A$": "a$ aud",
    "zł": "zł pln",
    "CHF": "chf fr.",
    "Kč": "kč czk",
    "Ft": "ft huf",
    "CNY": "cny rmb",
}
_UNIT_OF = {spelling: unit for unit, spellings in _UNITS.items() for spelling in spellings.split()}
_UNIT = "|".join(re.escape(spelling) for spelling in sorted(_UNIT_OF, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<sign>[-+])? ?(?P<before>{_UNIT})? ?(?P<inner>-)?(?P<body>\d[\d.,' ]*(?<=\d)|\d)"
    rf"(?P<dash>-)? ?(?P<after>{_UNIT})?(?P<close>\))?",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"\d{1,3}(?:,\d\d)*,\d{3}|\d{1,3}(?:(?P<mark>[.,' ])\d{3}(?:(?P=mark)\d{3})*)")

_MONTHS = (
    "january jan januar janvier januari enero gennaio janeiro",
    "february feb februar février fevrier fév fev februari febrero febbraio fevereiro",
    "march mar märz maerz mars maart marzo março",
    "april apr avril avr abril aprile",
    "may mai mei mayo maggio maio",
    "june jun juni juin junio giugno junho",
    "july jul juli juillet julio luglio julho",
    "august aug août aout augustus agosto",
    "september sep sept septembre septiembre settembre setembro",
    "october oct oktober okt octobre octubre ottobre outubro",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre decembre déc diciembre dicembre dezembro",
)
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_FILLER_WORDS = (
    "st nd rd th er of the de del den le",
    "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunes martes miércoles jueves viernes sábado domingo",
)
_FILLERS = {word for words in _FILLER_WORDS for word in words.split()}
_DATE_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_DATE_GLUE = re.compile(r"[ .,/'’-]*")


def numbers(text: str) -> frozenset[Decimal]:
    """The values that `text` can have as a number with a currency or percent sign; none where it is no number.

    "(5.00)" and "5.00-" are negative, as accounts print them. Digits with a leading zero are a code.
    """
    match = _number(text)
    if match is None:
        return frozenset()
    negative = match["sign"] == "-" or bool(match["open"] or match["inner"] or match["dash"])
    return frozenset(-value if negative else value for value in _values(match["body"]))


def unit(text: str) -> str:
    """The currency or percent sign of a number in one spelling, "" where it has none."""
    match = _number(text)
    return (
        _UNIT_OF[(match["before"] or match["after"]).lower()] if match and (match["before"] or match["after"]) else ""
    )


def equal_numbers(text: str, other: str) -> bool:
    """Whether both are numbers of the same value, in the same unit if both name one."""
    mine, theirs = unit(text), unit(other)
    return bool(numbers(text) & numbers(other)) and (not mine or not theirs or mine == theirs)


def dates(text: str) -> frozenset[date]:
    """The days that `text` can mean; none where it is not one date with day, month and year."""
    text = _plain(text)
    if len(text) > LONGEST or _DATE_TOKEN.sub("", text).strip(" .,/'’-"):
        return frozenset()
    if not all(_DATE_GLUE.fullmatch(part) for part in _DATE_TOKEN.split(text)):
        return frozenset()
    tokens = [token for token in _DATE_TOKEN.findall(text.lower()) if token not in _FILLERS]
    if len(tokens) == 1 and len(tokens[0]) == 8 and tokens[0].isdecimal():
        tokens = [tokens[0][:4], tokens[0][4:6], tokens[0][6:]]
    if len(tokens) != 3:
        return frozenset()
    first, second, third = tokens
    if first in _MONTH_OF:
        found = {_day(third, _MONTH_OF[first], second)}
    elif second in _MONTH_OF:
        month = _MONTH_OF[second]
        found = {_day(first, month, third) if len(first) == 4 else _day(third, month, first)}
    elif len(first) == 4:
        found = {_day(first, second, third)}
    else:
        found = {_day(third, second, first), _day(third, first, second)}
    return frozenset(day for day in found if day)


def _number(text: str) -> re.Match[str] | None:
    text = _plain(text)
    match = _NUMBER.fullmatch(text) if len(text) <= LONGEST else None
    return match if match and bool(match["open"]) == bool(match["close"]) else None


def _plain(text: str) -> str:
    """Compatibility forms and dashes folded, so that full-width digits and a printed minus are the usual ones."""
    if len(text) > 2 * LONGEST:
        return text
    text = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u2013", "-").replace("\u2019", "'")
    return " ".join(text.split())


def _values(body: str) -> set[Decimal]:
    found = set()
    if body.isascii() and body.isdecimal():
        return set() if len(body) > 1 and body[0] == "0" else {Decimal(body)}
    if not body.isascii():
        return set()
    if _GROUPED.fullmatch(body) and body[0] != "0":
        found.add(Decimal(re.sub(r"\D", "", body)))
    whole, decimal_mark, decimals = body.rpartition("," if body.rfind(",") > body.rfind(".") else ".")
    if decimal_mark and decimals.isdecimal() and decimal_mark not in whole:
        digits = re.sub(r"\D", "", whole)
        is_plain = whole.isdecimal() and (whole == "0" or whole[0] != "0")
        if is_plain or (_GROUPED.fullmatch(whole) and whole[0] != "0"):
            found.add(Decimal(f"{digits}.{decimals}"))
    return found


def _day(year: str, month: str | int, day: str) -> date | None:
    """The date, or None where there is no such day; a year of two digits is one of 1970…2069."""
    if not (year.isdecimal() and str(month).isdecimal() and day.isdecimal()):
        return None
    if len(year) not in (2, 4) or len(day) > 2 or len(str(month)) > 2:
        return None
    full = int(year) + (0 if len(year) == 4 else 1900 if int(year) >= 70 else 2000)
    try:
        return date(full, int(month), int(day))
    except ValueError:
        return None
