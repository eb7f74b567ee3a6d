"""VQA accuracy: what agreement counts, and every rule of the normaliser."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.evaluation.metrics import vqa_accuracy, vqa_normalised

VARIANTS = ("lmms_eval", "vlmevalkit", "idefics")
AUTHORS = ("idefics", "idefics_first_word", "idefics_own")
ALL = (*VARIANTS, *AUTHORS[1:])
texts = st.text(max_size=30) | st.text(alphabet="aeth '’.,;-/()1203?!\n\t", max_size=30)


@pytest.mark.parametrize("variant", ALL)
@pytest.mark.parametrize(("same", "score"), [(0, 0.0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1.0), (10, 1.0)])
def test_agreement_of_ten_annotators(variant, same, score):
    assert vqa_accuracy("nokia", ["nokia"] * same + ["samsung"] * (10 - same), variant=variant) == score


def test_few_annotators():
    assert vqa_accuracy("a cup", ["cup", "cup"]) == pytest.approx(1 / 3)
    assert [vqa_accuracy("cup", ["The Cup."], variant) for variant in VARIANTS] == [0.0, 0.0, 1.0]
    assert vqa_accuracy("cup", ["mug"], "idefics") == 0.0
    with pytest.raises(ValueError, match="no reference"):
        vqa_accuracy("cup", [])
    with pytest.raises(ValueError, match="there are lmms_eval, vlmevalkit, idefics"):
        vqa_accuracy("cup", ["cup"], "m4")


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("  The\tquick\nFOX ", "quick fox"),
        ("an apple, a pear", "apple pear"),
        ("Ten of none", "10 of 0"),
        ("eleven", "eleven"),
        ("wouldnt", "wouldn't"),
        ("wouldnt've", "wouldn't've"),
        ("wouldn'tve", "wouldn't've"),
        ("wouldntve", "wouldntve"),  # one apostrophe at a time
        ("y'alld've", "y'all'd've"),
        ("'ows'at", "'ow's'at"),
        ("twas", "'twas"),
        ("somebody'd", "somebodyd"),
        ("Ive", "ive"),  # the official table has "Ive", which no lower-case text is
        ("shes here", "shes here"),
        ("up/down", "up down"),  # no space beside it: it becomes one
        ("up / down/left", "up downleft"),  # a space beside one: all of that mark go
        ("a-b c - d_e", "ab c d e"),
        ("(left)", "left"),
        ("3.50", "3.50"),
        (".5", ".5"),
        ("3. 5", "3 5"),
        ("no.", "no"),
        ("v1.b", "v1b"),  # only what follows a full stop is looked at
        ("e.g.", "eg"),
        ("50% & $3: *", "50% & $3: *"),
        ("." * 33 + "x", ".x"),  # the 33rd of them stays
        ("one.", "1"),
        ("the", ""),
        ("dogs' bone", "dogs' bone"),
        ("5–6", "5–6"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_normaliser(variant, text, normalised):
    assert vqa_normalised(text, variant) == normalised


@pytest.mark.parametrize(
    ("text", "lmms_eval", "official"),
    [
        ("1,000", "1000", "1000"),
        ("1,000-2", "1000 2", "10002"),  # a comma between digits: every mark goes without a trace
        ("red,blue", "redblue", "red blue"),
        ("what?ever", "whatever", "what ever"),
        ("it's", "it 's", "it's"),
        ("bob's burgers", "bob 's burgers", "bob's burgers"),
        ("let's", "let 's", "let's"),
        ("'s", "'s", "'s"),
        ("so-'s", "so 's", "so 's"),
    ],
)
def test_what_lmms_eval_does_first(text, lmms_eval, official):
    assert vqa_normalised(text, "lmms_eval") == lmms_eval
    assert vqa_normalised(text, "vlmevalkit") == vqa_normalised(text, "idefics") == official


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The t-shirt, size 42", "tshirt size 42"),
        ("x - y", "x y"),
        ("1,000.50", "1 000 50"),
        ("$5.00 & 50%", "5 00 50"),
        ("it's dont 'twas", "it's don't 'twas"),
        ("U.S.A.", "u s"),  # the last letter is an article by then
        ("one-two three", "onetwo 3"),
        ("a_b/c@d", "b c d"),
        ("5–6 “ÉCOLE”", "5–6 “école”"),  # marks beyond ASCII stay
    ],
)
def test_the_authors_second_normaliser(text, normalised):
    assert vqa_normalised(text, "idefics_own") == normalised


def test_the_first_word_alone_is_compared():
    assert vqa_accuracy("the red car", ["red"] * 10, "idefics_first_word") == 1.0
    assert vqa_accuracy("red car", ["red car"] * 10, "idefics_first_word") == 0.0
    assert [vqa_accuracy("cup!", ["cup"], variant) for variant in AUTHORS] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("variant", ALL)
@settings(deadline=None)
@given(prediction=texts, references=st.lists(texts, min_size=1, max_size=10))
def test_any_text_has_a_score(variant, prediction, references):
    score = vqa_accuracy(prediction, references, variant)
    assert 0 <= score <= 1
    assert score == vqa_accuracy(prediction, references[::-1], variant)


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None)
@given(text=texts)
def test_ten_who_say_the_same_are_right(variant, text):
    assert vqa_accuracy(text, [text] * 10, variant) == 1.0
    assert "  " not in vqa_normalised(text, variant)
