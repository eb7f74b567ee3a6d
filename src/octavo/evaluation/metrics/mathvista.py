"""MathVista by rules alone: the harnesses ask a language model to find the answer in a sentence, Octavo does not."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from octavo.evaluation.metrics.choices import inferred_choice, letters_of
from octavo.evaluation.metrics.variants import LMMS_EVAL, VLMEVALKIT, variant_of

MULTI_CHOICE = "multi_choice"
INTEGER, FLOAT, LIST, TEXT = "integer", "float", "list", "text"

_LETTER = re.compile(r"\(([a-zA-Z])\)")
_QUOTED = re.compile(r'The answer is "(.*)"\.')


@dataclass(frozen=True, slots=True)
class MathVistaQuestion:
    """What MathVista says of a question: the fields of its rows that its score needs, by their published names.

    `question_type` is "multi_choice" or "free_form", `answer_type` "integer", "float", "list" or "text";
    `precision` is the number of places of a float.
    """

    question_type: str
    answer_type: str
    answer: str
    choices: Sequence[str] = ()
    precision: float | None = None


@dataclass(frozen=True, slots=True)
class MathVistaScore:
    """1.0 or 0.0; what was read as the answer, None where nothing was; whether the harness would ask its judge."""

    value: float
    answer: str | None
    needs_judge: bool


def mathvista(prediction: str, question: MathVistaQuestion, variant: str = LMMS_EVAL) -> MathVistaScore:
    """The score of an answer to a MathVista question, read by rules only.

    - "lmms_eval": a choice by its letter in brackets, its letter or the text with the fewest edits; an integer by
      `int(float(…))`, so that 14.9 is 14; a float rounded to the question's places; lists as they are written. Equal
      to the true answer letter by letter ("1.4" is not "1.40"). Its judge is asked where the answer is not simply a
      choice, an integer or a float; the rules are applied all the same.
    - "vlmevalkit": a choice as `mmmu_choice` reads it, a number equal to the true one; lists are for the judge. It is
      asked wherever the rules do not find the true answer, or, of a choice, any.

    Raises `ValueError` for an unknown variant.
    """
    return variant_of(_RULES, variant)(prediction, question)


def _lmms_eval(prediction: str, question: MathVistaQuestion) -> MathVistaScore:
    extracted = _extracted(prediction, question)
    answer = _normalised(prediction if extracted is None else extracted, question)
    is_right = answer is not None and answer.strip() == question.answer.strip()
    return MathVistaScore(float(is_right), answer, extracted is None)


def _extracted(prediction: str, question: MathVistaQuestion) -> str | None:
    """The answer, where it needs no judge to be found in the prediction."""
    if not prediction or (question.question_type == MULTI_CHOICE and prediction in question.choices):
        return prediction
    try:
        if question.answer_type == INTEGER:
            return str(int(prediction))
        if question.answer_type == FLOAT:
            return str(float(prediction))
    except ValueError:
        pass
    quoted = _QUOTED.search(prediction)
    return quoted[1] if quoted else None


def _normalised(extracted: str, question: MathVistaQuestion) -> str | None:
    if question.question_type == MULTI_CHOICE:
        return _choice(extracted.strip(), question.choices)
    try:
        if question.answer_type == INTEGER:
            return str(int(float(extracted)))
        if question.answer_type == FLOAT:
            places = None if question.precision is None else int(question.precision)
            return str(round(float(extracted), places))
    except (ValueError, OverflowError):
        return None
    return extracted


def _choice(extracted: str, choices: Sequence[str]) -> str | None:
    bracketed = _LETTER.search(extracted)
    if bracketed:
        extracted = bracketed[1].upper()
    letters = letters_of(choices)
    if len(extracted) == 1 and extracted in letters:
        return choices[letters.index(extracted)]
    return min(choices, key=lambda choice: Levenshtein.distance(extracted, choice), default=None)


def _vlmevalkit(prediction: str, question: MathVistaQuestion) -> MathVistaScore:
    if question.question_type == MULTI_CHOICE:
        letter = inferred_choice(prediction, question.choices)
        answer = None if letter is None else question.choices[letters_of(question.choices).index(letter)]
        return MathVistaScore(float(answer == question.answer), answer, letter is None)
    read = {INTEGER: int, FLOAT: float}.get(question.answer_type)
    try:
        is_right = read is not None and read(prediction) == read(question.answer)
    except ValueError:
        is_right = False
    return MathVistaScore(float(is_right), prediction if is_right else None, not is_right)


_RULES: dict[str, Callable[[str, MathVistaQuestion], MathVistaScore]] = {
    LMMS_EVAL: _lmms_eval,
    VLMEVALKIT: _vlmevalkit,
}
