"""Personal data among a page's words: found by form and checksum, reported or painted over.

Precision first: a number is taken for a bank account, a card or a passport only where its check digits say so, for
a telephone or a date of birth where a label or an unmistakable form does. Names and addresses are not looked for.
"""

import io
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from PIL import ImageDraw

from octavo.documents.types import Box, PageImage, Word

EMAIL, PHONE, IBAN, CARD, SSN, BIRTH, MRZ = "email", "phone", "iban", "card", "ssn", "birth date", "passport"
BLOCK = "█"
JPEG_QUALITY = 90
_BLACK = (0, 0, 0)
_GAP = 3.0  # of a line's height: wider white space parts two things on one line
_BELOW = 2.5  # of a line's height: a value stands no further below its label
_MOST_LABELS = 50  # labels of birth on one page whose neighbours are looked at

_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[^\W\d_]{2,24}\b")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_IBAN = re.compile(r"\b(?=([A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}))")
_CARD = re.compile(r"(?<![\w.,/-])\d(?:[ -]?\d){12,18}(?![\w/-]|[.,]\d)")
_LONG_NUMBER = re.compile(r"\d(?:[ ./()-]{0,3}[A-Z\d]){6}")
_NUMBER = re.compile(r"(?<![\w.,/-])\+?\(?\d(?:[ ./()-]{0,2}\d){6,14}(?![\w/-]|[.,]\d)")
_PHONE_LABEL = re.compile(
    r"\b(?:tel(?:ephone|efon|éfono|efoon|efono)?|t[ée]l(?:[ée]phone)?|phone|mobile?|cell|handy|fax)\b"
    r"(?![ ]?(?:bill|bank|app|payment|contract|plan|order))\.?(?: ?(?:no|nr|number|/ ?fax)\b\.?)?",
    re.IGNORECASE,
)
_PHONE = re.compile(  # "+49 30 1234567", "(212) 555-0123", "212-555-0123"
    r"(?<![\w+])\+[1-9]\d{0,2}[ ./(-]{0,2}\d(?:[ ./()-]{0,2}\d){6,12}(?!\d)"
    r"|(?<![\w.,/(-])(?:\([2-9]\d{2}\) ?[2-9]\d{2}[-. ]\d{4}|[2-9]\d{2}-[2-9]\d{2}-\d{4})(?![\w/-])"
)
_BIRTH = re.compile(
    r"\b(?:date of birth|birth ?date|born(?: on)?(?! before| after| between| in)|d\.?o\.?b\b\.?|geburtsdatum|geboren am"
    r"|geb\. am|date de naissance|n[ée]e? le|fecha de nacimiento|data di nascita|data de nascimento"
    r"|geboortedatum)(?=\W|$)",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"[ \t:.#()\w/,-]{0,30}")  # "(DD/MM/YYYY): "
_MONTHS = r"(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zé]{0,7}\.?"
_YEAR = r"(?:19|20)\d{2}"
_NUMERIC = rf"\d{{1,2}} ?[./-] ?\d{{1,2}} ?[./-] ?(?:{_YEAR}|\d{{2}})|{_YEAR}[./-]\d{{1,2}}[./-]\d{{1,2}}"
_WRITTEN = rf"\d{{1,2}}\.?(?:st|nd|rd|th)? {_MONTHS},? {_YEAR}|{_MONTHS} \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}"
_DATE = re.compile(rf"(?<!\d)(?:{_NUMERIC}|{_WRITTEN})(?!\d)", re.IGNORECASE)
_MRZ = re.compile(r"[A-Z0-9<]+")

# How long an account number of a country is (SWIFT's IBAN registry).
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU", 31: "MT SC", 32: "LC",
    }.items()
    for country in countries.split()
}  # fmt: skip
_CARD_STARTS = re.compile(  # issuers' ranges with the lengths they give out (ISO/IEC 7812)
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}|6(?:011|5\d\d)\d{12}"
)


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data on a page: its kind, the numbers of its words among the page's, and their boxes."""

    kind: str
    words: tuple[int, ...]
    boxes: tuple[Box, ...]


def find_personal(words: Sequence[Word]) -> list[Found]:
    """The personal data among a page's words, in the order of the words; no word is in two finds."""
    text, starts = _joined(words)
    taken: set[int] = set()
    finds = []
    for kind, start, end in _spans(text, words, starts):
        numbers = tuple(range(bisect_right(starts, start) - 1, bisect_right(starts, end - 1)))
        if not taken.intersection(numbers):
            taken.update(numbers)
            finds.append(Found(kind, numbers, tuple(words[number].box for number in numbers)))
    return sorted(finds, key=lambda found: found.words)


def mask_words(words: Sequence[Word], found: Sequence[Found]) -> tuple[Word, ...]:
    """The words with every letter of the personal ones replaced by a block."""
    hidden = {number for find in found for number in find.words}
    return tuple(
        replace(word, text=BLOCK * len(word.text)) if number in hidden else word for number, word in enumerate(words)
    )


def mask(image: PageImage, boxes: Sequence[Box]) -> PageImage:
    """The page as JPEG with these boxes painted black, with a pixel around them; as it was where there are none."""
    if not boxes:
        return image
    picture = image.pil()
    draw = ImageDraw.Draw(picture)
    for box in boxes:
        x0, y0 = int(box.x0 * image.width) - 1, int(box.y0 * image.height) - 1
        draw.rectangle((x0, y0, int(box.x1 * image.width) + 1, int(box.y1 * image.height) + 1), fill=_BLACK)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return PageImage(buffer.getvalue(), "JPEG", image.width, image.height)


def touches(boxes: Sequence[Box], text: str, words: Sequence[Word], found: Sequence[Found]) -> bool:
    """Whether evidence boxes or a text (a question with its answer) hold personal data of the page."""
    for find in found:
        if any(_inside(box.center, outer) for box in find.boxes for outer in boxes):
            return True
        if " ".join(words[number].text for number in find.words).strip(".,;:()") in text:
            return True
    return False


def _inside(point: tuple[float, float], box: Box) -> bool:
    return box.x0 <= point[0] <= box.x1 and box.y0 <= point[1] <= box.y1


def _joined(words: Sequence[Word]) -> tuple[str, list[int]]:
    """The words as one text and where each starts: a space inside a line, a tab over a gap, else a line break."""
    parts = []
    for one, other in pairwise(words):
        (_, top, right, bottom), (left, other_top, _, other_bottom) = one.box, other.box
        height = max(bottom - top, 1e-6)
        aligned = abs(top + bottom - other_top - other_bottom) < height and left >= right - height
        # Fractions of the width are taken for fractions of the height: a page is no more than half longer.
        near = left - right < _GAP * height
        parts.append(one.text + (" " if aligned and near else "\t" if aligned else "\n"))
    parts += [word.text for word in words[-1:]]
    return "".join(parts), [0, *accumulate(map(len, parts))][: len(words)]


def _spans(text: str, words: Sequence[Word], starts: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end in the text, the surest kinds first."""
    if "@" in text:
        yield from ((EMAIL, *match.span()) for match in _EMAIL.finditer(text))
    if "<" in text:
        yield from _passports(text)
    if not _LONG_NUMBER.search(text):  # as on most pages, which saves half the time
        yield from ((BIRTH, *span) for span in _labelled(_BIRTH, _DATE, text, words, starts))
        return
    for match in _IBAN.finditer(text):
        longest = match.group(1)  # what follows an account number may look like more of it
        length = _IBAN_LENGTHS.get(longest[:2], 0)
        ends = [i + 1 for i, character in enumerate(longest) if character != " "]
        if 0 < length <= len(ends) and is_iban(longest[: ends[length - 1]]):
            yield IBAN, match.start(), match.start() + ends[length - 1]
    yield from ((CARD, *match.span()) for match in _CARD.finditer(text) if is_card(match.group()))
    yield from ((SSN, *match.span()) for match in _SSN.finditer(text))
    yield from ((BIRTH, *span) for span in _labelled(_BIRTH, _DATE, text, words, starts))
    yield from ((PHONE, *span) for span in _labelled(_PHONE_LABEL, _NUMBER, text, words, starts))
    for match in _PHONE.finditer(text):
        if not _DATE.fullmatch(match.group()):
            yield PHONE, *match.span()


def is_iban(text: str) -> bool:
    """Whether the check digits of an account number hold (ISO 13616), spaces aside."""
    number = text.replace(" ", "")
    turned = number[4:] + number[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def is_card(text: str) -> bool:
    """Whether a number is of a card issuer's range and its check digit holds (Luhn), spaces and hyphens aside."""
    digits = re.sub(r"[ -]", "", text)
    if not _CARD_STARTS.fullmatch(digits):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def _labelled(
    label: re.Pattern[str], value: re.Pattern[str], text: str, words: Sequence[Word], starts: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Where values stand that a label names: behind it on its line, or under it."""
    labels = [match.span() for match, _ in zip(label.finditer(text), range(_MOST_LABELS), strict=False)]
    if not labels:
        return
    values = [match.span() for match in value.finditer(text)]
    boxes = [words[bisect_right(starts, start) - 1].box for start, _ in values]
    for start, end in labels:
        gap = _BEHIND.match(text, end)
        first = bisect_left(values, (end, 0))
        if gap and first < len(values) and values[first][0] <= gap.end():
            yield values[first]
            continue
        above, last = (words[bisect_right(starts, at) - 1].box for at in (start, end - 1))
        height = above.y1 - above.y0
        for span, box in zip(values, boxes, strict=True):
            if 0 < box.y0 - above.y0 <= _BELOW * height and above.x0 - height <= box.x0 <= last.x1:
                yield span


def _passports(text: str) -> Iterator[tuple[str, int, int]]:
    """The lines of a machine-readable zone (ICAO 9303) whose check digits hold, with the line of the name."""
    lines: list[tuple[int, int, str]] = []
    start = 0
    for line in text.split("\n"):
        lines.append((start, start + len(line), re.sub(r"\s", "", line)))
        start += len(line) + 1
    for before, here in pairwise([(0, 0, ""), *lines]):
        if len(here[2]) not in (30, 36, 44) or not _MRZ.fullmatch(here[2]):
            continue
        number, birth = ((5, 14), None) if len(here[2]) == 30 else ((0, 9), (13, 19))
        if all(_checked(here[2], *part) for part in (number, birth) if part) and (birth or "<" in here[2]):
            yield MRZ, here[0], here[1]
            if birth and len(before[2]) == len(here[2]) and "<<" in before[2]:
                yield MRZ, before[0], before[1]


def _checked(line: str, start: int, end: int) -> bool:
    """Whether the digit at `end` is the check digit of what stands from `start` up to it."""
    total = sum((7, 3, 1)[i % 3] * (0 if c == "<" else int(c, 36)) for i, c in enumerate(line[start:end]))
    return line[end] == str(total % 10)
