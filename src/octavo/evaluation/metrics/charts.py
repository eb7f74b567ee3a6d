"""Relaxed accuracy (ChartQA): numbers may be off by five per cent."""

import ast
import string
import sys
from collections.abc import Callable

from octavo.evaluation.metrics.variants import IDEFICS, LM_EVAL, LMMS_EVAL, VLMEVALKIT, variant_of
from octavo.evaluation.metrics.vqa import NUMBER_WORDS

TOLERANCE = 0.05  # of the true number: Methani et al. 2020, arxiv.org/abs/1909.00997
SMALLEST = 1e-10  # that "lm_eval" divides by, so that a true 0 asks for a 0

_SPACES = "".join(character for character in map(chr, range(sys.maxunicode)) if character.isspace())
_ENDS = _SPACES + string.punctuation.replace("%", "")
_QUOTES = ("'", '"')


def relaxed_accuracy(prediction: str, target: str, variant: str = LMMS_EVAL) -> float:
    """1.0 where a number is within five per cent of the true one or another text is equal, else 0.0.

    - "lmms_eval": what Python's `float` reads is a number, with a % at the end a hundredth of it. Where both
      sides are numbers and the true one is not 0, |p - t| / |t| <= 0.05; otherwise the texts, but for case.
    - "vlmevalkit": the same, but white space around the prediction goes, and a target that is written as a
      list ("['3', 'three']") is one of several.
    - "idefics": strictly less than 0.05 and divided by the signed true number, so that every number passes for
      a negative one; full stops at the ends and commas go, number words up to ten are numbers, a % is not; texts
      with their case.
    - "lm_eval": white space and marks but % at the end of a text with digits go, and so do its commas and dollars;
      a percentage counts as its number or as a hundredth of it. A true answer of one letter asks for that first
      letter, other texts for equality but for case and for marks at the end of the prediction.

    Raises `ValueError` for an unknown variant.
    """
    return float(variant_of(_RULES, variant)(prediction, target))


def number(text: str) -> float | None:
    """What the harnesses take for a number, "14%" being 0.14; None for other texts. May be NaN or infinite."""
    try:
        return float(text.rstrip("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return None


def plain_number(text: str) -> float | None:
    """What the Idefics authors take for a number: commas go, words from none to ten count; None for other texts."""
    text = text.replace(",", "")
    try:
        return float(NUMBER_WORDS.get(text.strip().lower(), text))
    except ValueError:
        return None


def _lmms_eval(prediction: str, target: str) -> bool:
    given, true = number(prediction), number(target)
    if given is not None and true:
        return abs(given - true) / abs(true) <= TOLERANCE
    return prediction.lower() == target.lower()


def _vlmevalkit(prediction: str, target: str) -> bool:
    return any(_lmms_eval(prediction.strip(), one) for one in _listed(target))


def _idefics(prediction: str, target: str) -> bool:
    prediction, target = prediction.strip("."), target.strip(".")
    true = plain_number(target)
    if true is None:
        return prediction == target
    given = plain_number(prediction)
    if given is None:
        return False
    return abs(given - true) / true < TOLERANCE if true else given == true


def _lm_eval(prediction: str, target: str) -> bool:
    prediction, target = _bare(prediction), _bare(target)
    given, true = _read(prediction), _read(target)
    if given and true:
        pairs = [(given[0], true[0]), (given[-1], true[0]), (given[0], true[-1])]
        return any(abs(g - t) / max(abs(t), SMALLEST) <= TOLERANCE for g, t in pairs)
    if len(target) == 1 and target.isalpha() and prediction:
        return prediction[0].lower() == target.lower()
    return prediction.rstrip(string.punctuation).lower() == target.lower()


def _bare(text: str) -> str:
    if any(map(str.isdigit, text)):
        return text.rstrip(_ENDS).replace(",", "").replace("$", "")
    return text[1:-1] if text.startswith(_QUOTES) and text.endswith(text[0]) else text


def _read(text: str) -> list[float]:
    """The number that a text is, of a percentage its hundredth, too; [] for other texts."""
    text = text.strip()
    try:
        value = float(text.rstrip("%"))
    except ValueError:
        return []
    return [value, value / 100] if text.endswith("%") else [value]


def _listed(target: str) -> list[str]:
    if target.lstrip().startswith("["):
        try:
            values = ast.literal_eval(target)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return [target]
        if isinstance(values, list):
            return [str(value) for value in values]
    return [target]


_RULES: dict[str, Callable[[str, str], bool]] = {
    LMMS_EVAL: _lmms_eval,
    VLMEVALKIT: _vlmevalkit,
    IDEFICS: _idefics,
    LM_EVAL: _lm_eval,
}
