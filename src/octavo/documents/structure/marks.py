"""What a text looks like, whatever it says: a number, a date, a bullet, a section's number, a caption."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice, pairwise

NUMBER, DATE, BLANK, TEXT = "number", "date", "blank", "text"

KEPT = 1 << 12  # texts whose look is remembered: a page asks for that of each line several times

_DIGITS = re.compile(r"\d")
_BLANK = re.compile(r"[\s\-–—−.*/…]*|n\.?/?a\.?", re.IGNORECASE)
_SIGN = r"[(\[<>≤≥~≈±+\-–—−]*\s*"
_UNIT = r"(?:%|‰|°\s?[CF]?|[$€£¥₹₽฿₩]|[^\W\d_]{1,4}(?:[./²³]\w{0,3})*)"
_NUMBER = re.compile(
    rf"{_SIGN}(?:[$€£¥₹₽฿₩]|[A-Z]{{2,3}}[$]?)?\s*{_SIGN}\d[\d\s.,'’/:×x±]*(?:\s*[-–]\s*\d[\d.,]*)?\s*{_UNIT}?\s*[)\]*†‡§]*"
)
_DATE = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?|"
    r"(?:[^\W\d]{3,9}\.?\s+)?\d{1,2}\.?(?:st|nd|rd|th)?,?\s+[^\W\d]{3,9}\.?,?\s+\d{2,4}|"
    r"[^\W\d]{3,9}\.?\s+\d{1,2},?\s+\d{4}|\d{1,2}[-/ ][^\W\d]{3,9}\.?[-/ ]\d{2,4}|[^\W\d]{3,9}[-\s]\d{4}"
)
_YEAR = re.compile(r"(?:19|20)\d\d(?:\s*[-–/]\s*(?:\d\d){1,2})?")

_BULLET = re.compile(r"[•·●▪■◦‣∙○◆◇►▶➢➤✓✔*\u2043\uf0b7\uf0a7\uf0d8\uf076\ufffd–—-]")
_DASHES = frozenset("-–—*")
_ENUMERATOR = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,5}|[IVX]{1,5})[.)]|\[\d{1,3}\]|\d{1,2}(?:\.\d{1,2})+\.?")
_SECTION = re.compile(r"(?:§+\s*)?(?:\d{1,2}(?:\.\d{1,2}){0,4}|[A-Z](?:\.\d{1,2}){1,4}|[IVX]{1,5}\.|[A-Z]\.)\.?")
_CAPTION = re.compile(
    r"[\[<]?(?:fig(?:ure|\.)?|table|tab\.|abb(?:ildung|\.)?|tabelle|tableau|figura|tabla|tabela|tabella|figuur|tabel|schéma"
    r"|scheme|chart|exhibit|plate|photo|graphique|grafik|diagramm|illustration|listing|algorithm|rys(?:unek|\.)"
    r"|рис(?:унок|\.)?|таблица|табл\.|obr(?:ázek|\.)|slika|şekil|tablo|kuva|taulukko)\s*"
    r"(?:[A-Z]?[\-.]?\d{1,3}(?:[.\-–]\d{1,3}){0,2}[a-z]?|[IVX]{1,6}|[A-Z](?=[:.]))(?P<end>\s*[:.|–—-]|\)|\s+|$)"
    r"|[\[<]?(?:图|圖|表|図|그림|표)\s*\d{1,3}(?:[.\-]\d{1,3})?(?P<east>\s*[:.：、\])>]|\s+|$)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:fig(?:ure|\.)?|table|tab\.|abb(?:ildung|\.)?|tabelle|tableau|figura|tabla|tabela|tabella|figuur|tabel|scheme"
    r"|chart|exhibit|listing|algorithm|рис\.|рисунок|таблица)\s*[\dA-Z][\d.\-]*[a-z]?\s*[:.|–—-]?",
    re.IGNORECASE,
)
_LEADERS = re.compile(r"(?:\.\s?){4,}|…{2,}|_{4,}")


@lru_cache(maxsize=KEPT)
def kind_of(text: str) -> str:
    """ "number" (also with a currency, a unit or a per cent sign), "date", "blank" (a dash, n/a) or "text"."""
    text = text.strip()
    if len(text) > 40:
        return TEXT
    if _BLANK.fullmatch(text):
        return BLANK
    if _DIGITS.search(text) is None:
        return TEXT
    if _DATE.fullmatch(text):
        return DATE
    return NUMBER if _NUMBER.fullmatch(text) else TEXT


def is_year(text: str) -> bool:
    """Whether it is a year or a span of years, which names a column as often as it is a value."""
    return _YEAR.fullmatch(text.strip()) is not None


@lru_cache(maxsize=KEPT)
def is_bullet(word: str) -> bool:
    """Whether a line that begins with this word is an item of a list."""
    return _BULLET.fullmatch(word) is not None


def is_doubtful_mark(word: str) -> bool:
    """Whether it may as well be a part of a sentence: a dash, an initial, a number with a full stop."""
    return word in _DASHES or _BULLET.fullmatch(word) is None


@lru_cache(maxsize=KEPT)
def is_enumerator(word: str) -> bool:
    """Whether this word may number an item of a list: 1. a) (iv) [12]."""
    return _ENUMERATOR.fullmatch(word) is not None


def ordinals(word: str) -> set[tuple[str, int]]:
    """What an enumerator may count: its signs around the number, and the number. "i)" is the first and the ninth."""
    if word in _DASHES:
        return {(word, 0), (word, 1)}
    match = re.fullmatch(r"([(\[]?(?:\d+\.)*)(\d+|[A-Za-z]+)([.)\]]*)", word)
    if match is None:
        return set()
    before, core, after = match.groups()
    if core.isdigit():
        return {(f"{before}0{after}", int(core))}
    case = "a" if core.islower() else "A"
    found = {(f"{before}{case}{after}", ord(core) - ord(case))} if len(core) == 1 else set()
    if set(core.lower()) <= {"i", "v", "x"}:
        digits = [{"i": 1, "v": 5, "x": 10}[letter] for letter in core.lower()]
        value = sum(-a if a < b else a for a, b in zip(digits, [*digits[1:], 0], strict=True))
        found.add((f"{before}{'i' if case == 'a' else 'I'}{after}", value))
    return found


@lru_cache(maxsize=KEPT)
def section_depth(word: str) -> int:
    """How deep the section is that this word numbers: 1 for "2" or "A.", 2 for "2.1"; 0 where it numbers none."""
    if _SECTION.fullmatch(word) is None:
        return 0
    return len(re.split(r"[.]", word.strip("§ .")))


def is_caption(text: str) -> bool:
    """Whether a text begins as captions do: "Figure 3:", "Table 2. Results", and not "Figure 3 shows"."""
    match = _CAPTION.match(text)
    if match is None:
        return False
    if match["east"] is not None:
        return True
    end, rest = match["end"], text[match.end() :].lstrip()
    return bool(end.strip()) or not rest or rest[0].isupper() or not rest[0].isalpha()


def breaks(words: Sequence[str]) -> list[int]:
    """Where a text of numbers falls into several values: "0.00 15.00%" before its second word, "1 234.00" nowhere."""
    found = []
    for n, (left, right) in enumerate(pairwise(words)):
        is_whole = re.search(r"[.,]\d+\W*$|%$", left) is not None
        if is_whole and kind_of(left) == NUMBER and right[:1] not in ("%", "±") and kind_of(right) == NUMBER:
            found.append(n + 1)
    return found


def is_label(text: str) -> bool:
    """Whether it is a caption's beginning alone: "Table 1.", "Fig. 2"."""
    return _LABEL.fullmatch(text) is not None


def has_letters(text: str, count: int) -> bool:
    """Whether a text has at least `count` letters; reads no further than to the last of them."""
    return next(islice(filter(str.isalpha, text), count - 1, None), "") != ""


def has_leaders(text: str) -> bool:
    """Whether dots lead the eye over a gap, as in tables of contents, or a line is to be written on."""
    return _LEADERS.search(text) is not None
