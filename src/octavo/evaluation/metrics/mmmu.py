"""MMMU's open questions: whether an answer in words holds the true one."""

import re
from collections.abc import Callable, Sequence

from octavo.evaluation.metrics.charts import plain_number
from octavo.evaluation.metrics.variants import IDEFICS, LMMS_EVAL, VLMEVALKIT, variant_of

Value = str | float  # a text in lower case, or a number with two places

_INDICATORS = ("could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result ")
_TRIVIAL = frozenset(":,.!?;'")
_NUMBERS = (
    re.compile(r"-?\b\d{1,3}(?:,\d{3})+\b"),  # 1,250
    re.compile(r"-?\d+(?:\.\d+)?[eE][+-]?\d+"),  # 1.5e3
    # 12, 1.5 and .5, but also the "250" of 1,250 and the "3" of 1e3, which the official parser counts as well.
    re.compile(r"-?(?:\d+\.\d+|\.\d+|\d+\b)(?![eE][+-]?\d+)(?![,\d])"),
)


def mmmu_open(prediction: str, gold: str | Sequence[str], variant: str = LMMS_EVAL) -> float:
    """1.0 where the answer to an open MMMU question holds the true one, or one of several, else 0.0.

    Candidates are, of each line, the shortest piece behind words like "is " or "so " (in the last line "=", too), or
    else the whole answer; and all numbers in them. Texts are compared in lower case, numbers to two places. A true
    text may stand anywhere inside a candidate, a true number must be equal to one.

    - "lmms_eval" and "vlmevalkit": a single letter counts with a space beside it only. (Of the set of candidates
      lmms-eval's own task keeps one, which one depends on the run; here all count, as with MMMU's authors.)
    - "idefics": a single letter counts anywhere, and number words up to ten are numbers.

    Raises `ValueError` for an unknown variant.
    """
    values = variant_of(_VALUES, variant)
    golds = [gold] if isinstance(gold, str) else gold
    true = {value for one in golds for value in values(one)}
    pieces = _pieces(prediction)
    numbers = [number for piece in pieces for form in _NUMBERS for number in form.findall(piece)]
    given = {value for one in (*pieces, *numbers) for value in values(one)}
    texts = [value for value in given if isinstance(value, str)]
    return float(any(_holds(value, given, texts) for value in true))


def _holds(true: Value, given: set[Value], texts: Sequence[str]) -> bool:
    return any(true in text for text in texts) if isinstance(true, str) else true in given


def _pieces(prediction: str) -> list[str]:
    """The pieces behind the indicators, or the whole answer where there is none that says anything."""
    text = prediction.strip().strip(".").lower()
    *lines, last = text.split("\n")
    pieces = [_behind(line, _INDICATORS) for line in lines]
    pieces.append(_behind(last, (*_INDICATORS, "=")))
    return [piece for piece in pieces if piece and piece not in _TRIVIAL] or [text]


def _behind(line: str, indicators: Sequence[str]) -> str:
    """The shortest text behind the last of one of the indicators; "" where none is found.

    An empty piece is shorter than any, but the next indicator's replaces it, however long: the official way.
    """
    shortest = ""
    for indicator in indicators:
        if indicator in line:
            piece = line.rpartition(indicator)[2].strip()
            if not shortest or len(piece) < len(shortest):
                shortest = piece
    return shortest


def _official(text: str) -> list[Value]:
    text = text.strip()
    try:
        return [round(float(text.replace(",", "")), 2)]
    except ValueError:
        text = text.lower()
    return [f" {text}", f"{text} "] if len(text) == 1 else [text]


def _authors(text: str) -> list[Value]:
    value = plain_number(text)
    return [text.strip().lower() if value is None else round(value, 2)]


_VALUES: dict[str, Callable[[str], list[Value]]] = {
    LMMS_EVAL: _official,
    VLMEVALKIT: _official,
    IDEFICS: _authors,
}
