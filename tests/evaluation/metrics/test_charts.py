"""Relaxed accuracy: what is a number, how far off it may be, and how the three variants differ."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.evaluation.metrics import relaxed_accuracy

VARIANTS = ("lmms_eval", "vlmevalkit", "idefics")
ALL = (*VARIANTS, "lm_eval")

# Prediction, target, then the score with lmms-eval, VLMEvalKit and the Idefics authors.
CASES = [
    ("10", "10", 1, 1, 1),
    ("10.5", "10", 1, 1, 0),  # just five per cent
    ("9.5", "10", 1, 1, 0),
    ("10.49", "10", 1, 1, 1),
    ("10.51", "10", 0, 0, 0),
    ("12%", "0.12", 1, 1, 0),
    ("12%", "12", 0, 0, 0),
    ("12%%", "0.12", 1, 1, 0),
    ("12%", "12%", 1, 1, 1),
    ("%", "%", 1, 1, 1),
    ("0", "0", 1, 1, 1),
    ("0.0", "0", 0, 0, 1),  # a true 0 is compared as text by the harnesses
    ("0.0", "0%", 0, 0, 0),
    ("-10", "-10", 1, 1, 1),
    ("9999", "-10", 0, 0, 1),  # divided by the signed number
    ("-9.6", "-10", 1, 1, 1),
    ("2,000", "2000", 0, 0, 1),
    ("2_000", "2000", 1, 1, 1),
    ("2e3", "2000", 1, 1, 1),
    ("2000.", "2000", 1, 1, 1),
    ("..2000", "2000", 0, 0, 1),
    ("seven", "7", 0, 0, 1),
    ("Seven", "7", 0, 0, 1),
    ("eleven", "11", 0, 0, 0),
    ("seven", "Seven", 1, 1, 1),
    ("blue", "Blue", 1, 1, 0),
    ("Blue.", "Blue", 0, 0, 1),
    (" Blue", "Blue", 0, 1, 0),
    ("12% ", "0.12", 0, 1, 0),
    ("3", "['3', 'three']", 0, 1, 0),
    ("three", "['3', 'three']", 0, 1, 0),
    ("3", "[3, 4]", 0, 1, 0),
    ("[3", "[3", 1, 1, 1),
    ("3", "[]", 0, 0, 0),
    ("('3',)", "('3',)", 1, 1, 1),
    ("nan", "nan", 0, 0, 0),
    ("inf", "inf", 0, 0, 0),
    ("inf", "-1", 0, 0, 1),
    ("", "", 1, 1, 1),
    ("", "3", 0, 0, 0),
    ("٣", "3", 1, 1, 1),
]


@pytest.mark.parametrize(("prediction", "target", "lmms_eval", "vlmevalkit", "idefics"), CASES)
def test_relaxed_accuracy(prediction, target, lmms_eval, vlmevalkit, idefics):
    scores = [relaxed_accuracy(prediction, target, variant=variant) for variant in VARIANTS]
    assert scores == [lmms_eval, vlmevalkit, idefics]
    assert relaxed_accuracy(prediction, target) == lmms_eval


@pytest.mark.parametrize(
    ("prediction", "target", "score"),
    [
        ("10.5", "10", 1), ("10.51", "10", 0), ("-9.6", "-10", 1), ("9.6", "-10", 0),
        ("0.0", "0", 1), ("0.0001", "0", 0),
        ("$1,250.", "1250", 1), ("1250 ;", "1,250", 1), ("€1250", "1250", 0),
        ("14%", "14", 1), ("14%", "0.14", 1), ("0.14", "14%", 1), ("1400", "14%", 0),
        ("14 %", "14", 1), ("14%", "1400%", 1),  # either side as it is, the other's hundredth
        ("Apple", "A", 1), ("banana", "A", 0), ("", "A", 0), ("a", "A", 1),  # a letter asks for the first letter
        ("'blue'", "Blue", 1), ("Blue!?", "blue", 1), ("blue", "Blue.", 0), ("'blue", "blue", 0),
        ("Two", "2", 0), ("[1, 2]", "[1,2]", 0), ("[1, 2]", "[1, 2]", 1), ("nan", "nan", 0), ("", "", 1), ('"', "", 1),
    ],
)  # fmt: skip
def test_the_fourth_variant_is_lm_evaluation_harness(prediction, target, score):
    assert relaxed_accuracy(prediction, target, "lm_eval") == score


def test_an_unknown_variant_is_an_error():
    with pytest.raises(ValueError, match="lmms_eval, vlmevalkit, idefics"):
        relaxed_accuracy("1", "1", variant="mistral")


@pytest.mark.parametrize("variant", ALL)
@settings(deadline=None)
@given(
    prediction=st.text(max_size=20) | st.floats().map(str),
    target=st.text(max_size=20) | st.floats().map(str) | st.lists(st.text(max_size=5), max_size=3).map(str),
)
def test_any_text_is_right_or_wrong(variant, prediction, target):
    assert relaxed_accuracy(prediction, target, variant) in (0.0, 1.0)


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None)
@given(true=st.floats(1e-300, 1e300), off=st.floats(-0.0499, 0.0499))
def test_a_number_near_a_positive_one_is_right(variant, true, off):
    assert relaxed_accuracy(str(true * (1 + off)), str(true), variant) == 1.0
    assert relaxed_accuracy(str(true * (1.06 + abs(off))), str(true), variant) == 0.0
