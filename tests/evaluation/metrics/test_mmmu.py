"""MMMU's open questions: which pieces of an answer are candidates, and when one is right."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.evaluation.metrics import mmmu_open

# Prediction, gold, then the official score and that of the Idefics authors.
CASES = [
    ("Paris", "paris", 1, 1),
    ("It is in Paris, France.", "Paris", 1, 1),
    ("Paris is the capital", "Paris", 0, 0),  # only what is behind "is " counts
    ("So it is Paris\nWell, that was it", "Paris", 1, 1),
    ("Paris\nthe result is Rome", "Paris", 0, 0),  # a line without an indicator is no candidate beside one with it
    ("x = 4 = y", "4", 0, 0),  # behind the last "=", in the last line only
    ("a = 4 y\nb = 5", "4", 0, 0),
    ("b = 5", "5", 1, 1),
    ("the answer is \n7", "7", 0, 0),  # the piece behind "answer " takes the place of the empty one
    ("the answer is :", "the answer is :", 1, 1),  # ":" says nothing, so the whole answer counts
    ("3.14159", "3.14", 1, 1),
    ("3.146", "3.14", 0, 0),
    ("about 12,500 people", "12500", 1, 1),
    ("about 12,500 people", "500", 1, 1),  # the official parser reads it in there, too
    ("1.5e3 J", "1500", 1, 1),
    ("-.5", "-0.5", 1, 1),
    ("x is 5, 6 or 7", "6", 1, 1),
    ("15", "5", 0, 0),
    ("15 cm", "5 c", 1, 1),
    ("$15", "15", 1, 1),
    ("seven", "7", 0, 1),
    ("seven", "seven", 1, 1),
    ("it is x y", "x", 1, 1),
    ("it is xy", "x", 0, 1),
    ("it is x", "x", 1, 1),
    ("50%", "0.5", 0, 0),
    ("", "x", 0, 0),
    ("x", "", 1, 1),
]


@pytest.mark.parametrize(("prediction", "gold", "official", "idefics"), CASES)
def test_mmmu_open(prediction, gold, official, idefics):
    assert mmmu_open(prediction, gold) == official
    assert mmmu_open(prediction, gold, variant="vlmevalkit") == official
    assert mmmu_open(prediction, gold, variant="idefics") == idefics


def test_one_of_several_golds_is_enough():
    assert mmmu_open("It is Rome", ["Paris", "Rome"]) == 1.0
    assert mmmu_open("It is Rome", ["Paris", "Oslo"]) == 0.0
    assert mmmu_open("It is Rome", []) == 0.0
    with pytest.raises(ValueError, match="lmms_eval, vlmevalkit, idefics"):
        mmmu_open("a", "a", variant="official")


@settings(deadline=None)
@given(
    prediction=st.text(max_size=60) | st.text(alphabet="is o=answer\n12.,e-", max_size=60),
    gold=st.text(max_size=10) | st.floats().map(str),
)
def test_any_text_is_right_or_wrong(prediction, gold):
    for variant in ("lmms_eval", "idefics"):
        assert mmmu_open(prediction, gold, variant) in (0.0, 1.0)


@settings(deadline=None)
@given(st.integers(-(10**9), 10**9))
def test_a_number_is_itself_with_and_without_commas(number):
    assert mmmu_open(f"So the result is {number:,}.", str(number)) == 1.0
