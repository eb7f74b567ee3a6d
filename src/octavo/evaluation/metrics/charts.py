"""Relaxed accuracy (ChartQA): numbers may be off by five per cent."""

import ast
from collections.abc import Callable

from octavo.evaluation.metrics.variants import IDEFICS, LMMS_EVAL, VLMEVALKIT, variant_of
from octavo.evaluation.metrics.vqa import NUMBER_WORDS

TOLERANCE = 0.05  # of the true number: Methani et al. 2020, arxiv.org/abs/1909.00997


def relaxed_accuracy(prediction: str, target: str, variant: str = LMMS_EVAL) -> float:
    """1.0 where a number is within five per cent of the true one or another text is equal, else 0.0.

    - "lmms_eval": what Python's `float` reads is a number, with a % at the end a hundredth of it. Where both
      sides are numbers and the true one is not 0, |p - t| / |t| <= 0.05; otherwise the texts, but for case.
    - "vlmevalkit": the same, but white space around the prediction goes, and a target that is written as a
      list ("['3', 'three']") is one of several.
    - "idefics": strictly less than 0.05 and divided by the signed true number, so that every number passes for
      a negative one; full stops at the ends and commas go, number words up to ten are numbers, a % is not; texts
      with their case.

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


def _listed(target: str) -> list[str]:
    if target.lstrip().startswith("["):
        try:
            values = ast.literal_eval(target)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return [target]
        if isinstance(values, list):
            return [str(value) for value in values]
    return [target]


_RULES: dict[str, Callable[[str, str], bool]] = {LMMS_EVAL: _lmms_eval, VLMEVALKIT: _vlmevalkit, IDEFICS: _idefics}
