"""The letter of a choice: each form that the harnesses look for, and which of several counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.evaluation.metrics import mmmu_choice, mmstar_letter, mmstar_mean

FRUIT = ["apple", "banana", "cherry pie", "date"]
wild = st.text(max_size=40) | st.text(alphabet="ABCDE ().,:;!?'\"*abnswer\n", max_size=40)

# Prediction, then the letter that MMMU's official parser reads, and the one that VLMEvalKit infers.
MMMU = [
    ("B", "B", "B"),
    ("b", None, None),
    (".:B!", "B", "B"),
    ("'B.", "B", None),  # VLMEvalKit leaves the quotation mark on the letter
    ("(B) or (A)", "A", None),
    ("(A) not (B), so (A)", "A", None),  # by the last place of each
    ("A (B)", "B", None),  # brackets before bare letters
    ("A B", "B", None),
    ("B A B", "B", None),
    ("BA CA", "A", None),  # an "A " ends a word
    ("XA YB ZC.", "A", None),  # none stands alone: the first
    ("A.B", "B", None),
    ("B.A.C.", "C", None),  # the last full stop is taken off, the "C " is left
    ("B.A.x", "A", None),
    ("A\n", None, "A"),
    ("banana", None, "B"),
    ("I think that it is the banana", "B", "B"),
    ("the apple and then the banana too", "B", None),
    ("it is the banana and not the apple", "A", None),
    ("you can see CHERRY PIE on the table", "C", "C"),
    ("answer is **C** since A, B are wrong", "B", "C"),
    ("The answer is d, I think", None, "D"),
    ("The final answer is: B", "B", "B"),
    ("E", None, None),
    ("Z", None, None),
    ("Z banana", None, None),  # Z is "none of them"
    ("A is what I see in the picture", "A", None),  # not near the end, and too long for a text
    ("Cannot determine the answer, A", "A", None),
    ("Failed to obtain answer via API: apple", "A", "A"),
    ("", None, None),
]

MMSTAR = [
    ("A", "A"),
    ("a", None),
    ("A, since D", "A"),  # the start before the end
    ("'\"D\"'", "D"),
    ("Apple D", "D"),
    ("The answer is B, not D, though", "D"),  # the last of the first ones behind the phrase
    ("the answer is blue. Take (C), not A. Or", "A"),
    ("I PICK the CAT", "A"),
    ("答案是B吧", "B"),
    ("정답은 C 입니다", "C"),
    ("x (A) y (B) z C. w", "B"),
    ("x A. y B: z", "A"),
    ("x A: y B) z", "A"),
    ("x A) y B z", "A"),
    ("x A y B z", "B"),
    ("xAyBz", "B"),
    ("E", None),
    ("Ende", None),
    ("", None),
    (" \n", None),
]


@pytest.mark.parametrize(("prediction", "official", "inferred"), MMMU)
def test_mmmu_choice(prediction, official, inferred):
    assert mmmu_choice(prediction, FRUIT) == official
    assert mmmu_choice(prediction, FRUIT, variant="vlmevalkit") == inferred


@pytest.mark.parametrize(("prediction", "letter"), MMSTAR)
def test_mmstar_letter(prediction, letter):
    assert mmstar_letter(prediction) == letter


@pytest.mark.parametrize(
    ("prediction", "letter"),
    [("B.", "B"), ("'B'", None), ("It is A", "A"), ("A is what it has to be", None), ("Answer is b or c", "B")],
)
def test_mmstar_letter_with_vlmevalkit(prediction, letter):
    assert mmstar_letter(prediction, variant="vlmevalkit") == letter


def test_mmstar_is_a_mean_over_categories_or_over_questions():
    scores, categories = [1.0, 1.0, 1.0, 0.0], ["localization", "localization", "localization", "geometry"]
    assert mmstar_mean(scores, categories) == 0.5
    assert mmstar_mean(scores, categories, variant="vlmevalkit") == 0.75
    with pytest.raises(ValueError):
        mmstar_mean(scores, categories[:2])
    with pytest.raises(ValueError, match="lmms_eval, vlmevalkit"):
        mmstar_mean(scores, categories, variant="idefics")


def test_letters_go_as_far_as_the_options():
    assert mmmu_choice("(C)", ["yes", "no"]) is None
    assert mmmu_choice("G", list("tuvwxyz")) == "G"
    assert mmmu_choice("Yes", ["Yes", "No"], "vlmevalkit") == "A"


def test_unknown_variants_are_errors():
    with pytest.raises(ValueError, match="lmms_eval, vlmevalkit"):
        mmmu_choice("A", FRUIT, variant="idefics")
    with pytest.raises(ValueError, match="lmms_eval, vlmevalkit"):
        mmstar_letter("A", variant="idefics")


@pytest.mark.parametrize("variant", ["lmms_eval", "vlmevalkit"])
@settings(deadline=None)
@given(prediction=wild, options=st.lists(st.text(max_size=10), max_size=30))
def test_any_text_names_an_option_or_none(variant, prediction, options):
    letter = mmmu_choice(prediction, options, variant)
    assert letter is None or ord(letter) - ord("A") in range(len(options))
    assert mmstar_letter(prediction, variant) in (None, "A", "B", "C", "D")
