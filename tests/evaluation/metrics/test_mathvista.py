"""MathVista by rules: what is read without a judge, and what is right."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.evaluation.metrics import MathVistaQuestion, mathvista

CHOICE = MathVistaQuestion("multi_choice", "text", "medium", choices=["small", "medium", "large"])
INTEGER = MathVistaQuestion("free_form", "integer", "7")
FLOAT = MathVistaQuestion("free_form", "float", "1.5", precision=1.0)
LIST = MathVistaQuestion("free_form", "list", "[1, 2]")

# Question, prediction; with lmms-eval the score, what was read and whether its judge is asked; with VLMEvalKit the
# score and whether its judge is asked.
CASES = [
    (CHOICE, "medium", 1, "medium", False, 1, False),
    (CHOICE, "B", 1, "medium", True, 1, False),
    (CHOICE, " B ", 1, "medium", True, 1, False),
    (CHOICE, "(b) it is", 1, "medium", True, 0, True),
    (CHOICE, "(C) not (B)", 0, "large", True, 0, True),  # the first letter in brackets
    (CHOICE, "(Z)", 0, "small", True, 0, True),  # no such option: the choice with the fewest edits
    (CHOICE, "Mediun", 1, "medium", True, 0, True),
    (CHOICE, 'The answer is "medium".', 1, "medium", False, 1, False),
    (CHOICE, "", 0, "small", False, 0, True),
    (INTEGER, "7", 1, "7", False, 1, False),
    (INTEGER, " 07 ", 1, "7", False, 1, False),
    (INTEGER, "7.9", 1, "7", True, 0, True),
    (INTEGER, "seven", 0, None, True, 0, True),
    (INTEGER, "inf", 0, None, True, 0, True),
    (INTEGER, 'So: The answer is "7".', 1, "7", False, 0, True),
    (FLOAT, "1.5", 1, "1.5", False, 1, False),
    (FLOAT, "1.50", 1, "1.5", False, 1, False),
    (FLOAT, "1.46", 1, "1.5", False, 0, True),
    (FLOAT, "1.5 m", 0, None, True, 0, True),
    (LIST, "[1, 2]", 1, "[1, 2]", True, 0, True),
    (LIST, " [1, 2]\n", 1, " [1, 2]\n", True, 0, True),
    (LIST, "[1,2]", 0, "[1,2]", True, 0, True),
]


@pytest.mark.parametrize(("question", "prediction", "score", "answer", "asks", "kit_score", "kit_asks"), CASES)
def test_mathvista(question, prediction, score, answer, asks, kit_score, kit_asks):
    given = mathvista(prediction, question)
    assert (given.value, given.answer, given.needs_judge) == (score, answer, asks)
    given = mathvista(prediction, question, variant="vlmevalkit")
    assert (given.value, given.needs_judge) == (kit_score, kit_asks)


def test_without_places_a_float_is_rounded_to_a_whole_number():
    assert mathvista("1.6", MathVistaQuestion("free_form", "float", "2")).value == 1.0


def test_a_choice_without_choices_cannot_be_read():
    given = mathvista("A", MathVistaQuestion("multi_choice", "text", "A"))
    assert (given.value, given.answer) == (0.0, None)


@settings(deadline=None)
@given(
    prediction=st.text(max_size=20) | st.floats().map(str) | st.integers().map(str),
    question=st.builds(
        MathVistaQuestion,
        st.sampled_from(["multi_choice", "free_form"]),
        st.sampled_from(["integer", "float", "list", "text"]),
        st.text(max_size=5),
        st.lists(st.text(max_size=5), max_size=5),
        st.sampled_from([None, 1.0, 2]),
    ),
)
def test_any_text_is_right_or_wrong(prediction, question):
    for variant in ("lmms_eval", "vlmevalkit"):
        assert mathvista(prediction, question, variant).value in (0.0, 1.0)
