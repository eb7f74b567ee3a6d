"""Whether a text layer says what the page shows: a judgement from its words alone, for every script.

A scan has no text layer, or that of a stamp put on it later. A font without a map to Unicode gives private or
unassigned characters, or the font's own codes, which look like a cipher: "7KLV LV D WH[W OD\\HU". What is told
apart here is text from no text, never good recognition from bad: the words of a scan, misread, are a text layer.

pdfium's own mark on a character that it has no Unicode for is of no use here: it stands on 80% of the characters
of pages that read perfectly, and on none of a page in cipher.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

FEW = 120  # letters: a scan's stamp or running head; a page of anything else has more
IDEOGRAPHS = "\u2e80"  # from here on a character says as much as three letters
MOSTLY = 0.5  # of the page under pictures, where few characters are no more than that
MANY_SHAPES = 300  # letters that were turned into paths; a logo or a chart's marks are fewer
UNKNOWN = 0.2  # of the characters; bullets and formulas in private codes stay below 0.1
ODD = 0.4  # of the tokens; source code and lists of chemicals stay below 0.2
FEW_VOWELS = 0.2  # of the letters in Latin words; pages have from 0.32 in any language, ciphers 0.07 to 0.26
FEWEST = 15  # tokens, to judge by their shares; of vowels twice as many
SAMPLE = 250  # words of a page that are looked at for that

VOWELS = "aeiouyæœøıəɛɔ"
# Punctuation that stands between the letters of a token: it-girl, don't, e.g., a/b, http://, name@host, f(x).
JOINERS = frozenset("'’ʼ‘-‐‑–—.,;:/@&_·•…+=()\u200c\u200d")


def is_readable(words: Sequence[str], covered: float, shapes: int = 0) -> bool:
    """Whether these words of a page are its text.

    `covered` is the share of the page under pictures, `shapes` how many filled paths of a letter's size it has.
    """
    characters = Counter("".join(words))
    count = characters.total()
    letters = count + 2 * sum(times for character, times in characters.items() if character >= IDEOGRAPHS)
    if count == 0 or (letters < FEW and (covered > MOSTLY or shapes > MANY_SHAPES)):
        return False
    unknown = sum(times for character, times in characters.items() if _is_unknown(character))
    if unknown == count or (unknown > UNKNOWN * count and unknown >= FEWEST):
        return False
    some = words[:: -(-len(words) // SAMPLE)]
    tokens = [token for word in some if len(token := word.strip(EDGES)) >= 3 and any(map(str.isalpha, token))]
    if len(tokens) < FEWEST:
        return True
    return odd_share(tokens) <= ODD and vowel_share(tokens) >= FEW_VOWELS


def odd_share(tokens: Sequence[str]) -> float:
    """The share of these tokens, at least one, that look like no word of any script."""
    return sum(map(_is_odd, tokens)) / len(tokens)


def vowel_share(tokens: Sequence[str]) -> float:
    """The share of vowels among the letters of the tokens in Latin letters; 1 where there are few of those."""
    latin = [token for token in tokens if token.isalpha() and (token.isascii() or _scripts(token) == {"latin"})]
    if len(latin) < 2 * FEWEST:
        return 1.0
    letters = Counter(unicodedata.normalize("NFD", "".join(latin).casefold()))
    vowels = sum(letters[vowel] for vowel in VOWELS)
    return vowels / sum(times for letter, times in letters.items() if letter.isalpha())


@lru_cache(maxsize=10_000)
def _is_unknown(character: str) -> bool:
    """Whether a character is no text: unknown, for private use, unassigned, a control, half of a pair."""
    return character == "\ufffd" or unicodedata.category(character) in ("Co", "Cn", "Cc", "Cs")


@lru_cache(maxsize=10_000)
def _is_odd(token: str) -> bool:
    """Whether a token mixes alphabets, or has marks between its letters that join no words.

    Chinese, Japanese and the scripts of India set no spaces or other marks, and are not judged so.
    """
    if token.isascii() and token.isalnum():
        return False
    scripts = _scripts(token)
    if "other" in scripts:
        return False
    return len(scripts) > 1 or any(
        left.isalpha() and right.isascii() and not right.isalnum() and right not in JOINERS
        for left, right in pairwise(token)
    )


def _scripts(token: str) -> set[str]:
    return {_script(character) for character in token if character.isalpha()}


def _script(letter: str) -> str:
    code = ord(letter)
    for start, end, name in SCRIPTS:
        if start <= code < end:
            return name
    return "other"


SCRIPTS = (
    (0, 0x250, "latin"),
    (0x1E00, 0x1F00, "latin"),
    (0x370, 0x400, "greek"),
    (0x1F00, 0x2000, "greek"),
    (0x400, 0x530, "cyrillic"),
    (0x590, 0x600, "hebrew"),
    (0x600, 0x780, "arabic"),
    (0xFB50, 0xFEFD, "arabic"),
)
EDGES = "".join(chr(code) for code in range(0x21, 0x3020) if unicodedata.category(chr(code))[0] in "PS")
