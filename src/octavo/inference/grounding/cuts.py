"""Where in a word an answer may begin and end: at its edges, and at the marks that are glued to it.

"(€1,200.50)," is one word of a text layer, and the answer in it is "1,200.50".
"""

import unicodedata

ALWAYS_INSIDE = "'’&@_-/"  # between letters or digits they belong to a word: "Smith's", "INV-2017/42"


def cuts(word: str) -> tuple[list[int], list[int]]:
    """Where spans may begin and end in a word of at least one character, in characters from 0.

    They begin at the word's start and behind a mark that has letters or digits behind it. They end at the word's end,
    before the marks at its end, and before the first of marks inside. Nowhere can both be: no span is empty.
    """
    solid = [_is_solid(character) for character in word]
    if all(solid):
        return [0], [len(word)]
    cut = [not solid[i] and not _is_inside(word, solid, i) for i in range(len(word))]
    marks = [i for i in range(len(word)) if cut[i]]
    first = next((i for i, is_solid in enumerate(solid) if is_solid), len(word))
    last = len(word) - 1 - next((i for i, is_solid in enumerate(reversed(solid)) if is_solid), len(word))
    starts = [0, *(i + 1 for i in marks if i < last)]
    ends = [*(i for i in marks if i > first and (i > last or not cut[i - 1])), len(word)]
    return starts, ends


def _is_solid(character: str) -> bool:
    """Letters, digits, and what is written on top of them."""
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _is_inside(word: str, solid: list[bool], i: int) -> bool:
    """Whether the mark at `i` is part of a number or of a name."""
    if not 0 < i < len(word) - 1 or not (solid[i - 1] and solid[i + 1]):
        return False
    digits = word[i - 1].isdigit(), word[i + 1].isdigit()
    match word[i]:
        case "." | ",":
            return digits[0] == digits[1]
        case ":":
            return all(digits)
        case mark:
            return mark in ALWAYS_INSIDE
