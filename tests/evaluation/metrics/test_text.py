"""ANLS, held to the scores that the harnesses' own functions gave; exact match, token F1, character error rate."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.evaluation.metrics import anls, character_error_rate, exact_match, token_f1

VARIANTS = ("lmms_eval", "vlmevalkit", "idefics")

# Prediction, references, then the score of each variant, computed by the function of the named origin:
# lmms_eval   EvolvingLMMs-Lab/lmms-eval 75571cf, lmms_eval/api/metrics.py anls()
# vlmevalkit  open-compass/VLMEvalKit e8e78f0, vlmeval/dataset/utils/vqa_eval.py process_line + hit_calculate
# idefics     huggingface/smollm a041759, vision/m4/evaluation/custom_metrics/doc_vqa_metrics.py
CASES: list[tuple[str, list[str], float, float, float]] = [
    ("ITC Limited", ["ITC Limited", "itc limited"], 1.0, 1.0, 1.0),
    ("itc limited", ["ITC Limited"], 1.0, 1.0, 1.0),
    ("The answer is ITC Limited", ["ITC Limited"], 0.0, 0.0, 0.0),
    ("ITC Limited.", ["ITC Limited"], 0.9166666666666666, 0.9166666666666666, 1.0),
    ("  ITC   Limited ", ["ITC Limited"], 1.0, 1.0, 0.8461538461538461),
    ("ITC\nLimited", ["ITC Limited"], 1.0, 1.0, 0.9090909090909091),
    ("", [""], 1.0, 1.0, 0.0),
    (" ", ["x"], 0.0, 0.0, 0.0),
    ("abcd", ["abxy"], 0.5, 0.5, 0.0),
    ("abc", ["abx"], 0.6666666666666667, 0.6666666666666667, 0.6666666666666667),
    ("1/8/93", ["1/8/93", "1-8-93"], 1.0, 1.0, 1.0),
    ("12.00", ["12"], 0.0, 0.0, 0.0),
    ("15%", ["15"], 0.6666666666666667, 0.6666666666666667, 0.6666666666666667),
    ("15", ["15%"], 0.6666666666666667, 0.6666666666666667, 0.6666666666666667),
    ("JOHN SMITH", ["john smith", "J. Smith"], 1.0, 1.0, 1.0),
    ("Straße", ["STRASSE"], 0.7142857142857143, 0.7142857142857143, 0.7142857142857143),
    ("東京都", ["東京"], 0.6666666666666667, 0.6666666666666667, 0.6666666666666667),
    ("yes", ["Yes"], 1.0, 1.0, 1.0),
    ("0.28", ["0.28", "28%"], 1.0, 1.0, 1.0),
    ("T.F. Riehl", ["T. F. Riehl"], 0.9090909090909091, 0.9090909090909091, 0.9090909090909091),
    (
        "University of California",
        ["University of California, San Diego", "UCSD"],
        0.6857142857142857,
        0.6857142857142857,
        0.6857142857142857,
    ),
    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ["aaaaaaaaaaaaaaaaaaaa"], 0.5, 0.5, 0.0),
    ("\tTable 2\xa0", ["Table 2"], 1.0, 1.0, 1.0),
]

texts = st.text(max_size=30)
words = st.text(alphabet=st.characters(categories=["Ll", "Nd"]), min_size=1, max_size=20)


@pytest.mark.parametrize(("prediction", "references", "lmms_eval", "vlmevalkit", "idefics"), CASES)
def test_anls_gives_the_scores_of_its_origins(
    prediction: str, references: list[str], lmms_eval: float, vlmevalkit: float, idefics: float
) -> None:
    expected = dict(zip(VARIANTS, (lmms_eval, vlmevalkit, idefics), strict=True))
    for variant, score in expected.items():
        assert anls(prediction, references, variant) == pytest.approx(score, abs=1e-12), variant
    assert anls(prediction, references) == anls(prediction, references, "lmms_eval")


def test_variants_differ_in_what_they_divide_by() -> None:
    # One edit. The harnesses divide by the 7 raw characters, idefics by the 3 that are left.
    assert [anls("  abx  ", ["abc"], variant) for variant in VARIANTS] == pytest.approx([6 / 7, 6 / 7, 2 / 3])
    # "ß" in upper case is two characters: the edit costs half for the harnesses and all for idefics.
    assert [anls("ß", ["x"], variant) for variant in VARIANTS] == [0.5, 0.5, 0.0]


def test_idefics_strips_full_stops_after_white_space_and_only_of_the_prediction() -> None:
    assert anls(" Paris.. ", ["paris"], "idefics") == 1.0
    assert anls("Paris", ["Paris."], "idefics") == pytest.approx(5 / 6)
    assert anls("Paris. .", ["Paris"], "idefics") == pytest.approx(5 / 7)  # "Paris. " stays


def test_unknown_variant_and_no_reference_are_errors() -> None:
    with pytest.raises(ValueError, match="lmms_eval, vlmevalkit, idefics"):
        anls("a", ["a"], variant="vlmeval")
    with pytest.raises(ValueError):
        anls("a", [])


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None)
@given(prediction=texts, references=st.lists(texts, min_size=1, max_size=4))
def test_anls_is_zero_or_from_half_to_one(variant: str, prediction: str, references: list[str]) -> None:
    score = anls(prediction, references, variant)
    assert score == 0.0 or 0.5 <= score <= 1.0


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None)
@given(text=words)
def test_a_word_is_like_itself(variant: str, text: str) -> None:
    assert anls(text, [text], variant) == 1.0


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None)
@given(one=words, other=words)
def test_anls_of_two_words_is_symmetric(variant: str, one: str, other: str) -> None:
    assert anls(one, [other], variant) == anls(other, [one], variant)


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None)
@given(prediction=texts, references=st.lists(texts, min_size=1, max_size=4), more=texts)
def test_one_more_reference_never_lowers_the_score(
    variant: str, prediction: str, references: list[str], more: str
) -> None:
    score = anls(prediction, [*references, more], variant)
    assert score == max(anls(prediction, references, variant), anls(prediction, [more], variant))


@pytest.mark.parametrize(
    ("prediction", "references", "score"),
    [
        ("12.00", ["12.00"], 1.0),
        (" Ada \n Lovelace", ["ada lovelace"], 1.0),
        ("paid", ["unpaid", "PAID"], 1.0),
        ("paid.", ["paid"], 0.0),
        ("adalovelace", ["ada lovelace"], 0.0),
        ("", [""], 1.0),
        ("x", [], 0.0),
    ],
)
def test_exact_match(prediction: str, references: list[str], score: float) -> None:
    assert exact_match(prediction, references) == score


@settings(deadline=None)
@given(prediction=texts, reference=texts)
def test_exact_match_is_full_anls_with_the_harnesses(prediction: str, reference: str) -> None:
    assert (exact_match(prediction, [reference]) == 1.0) == math.isclose(
        anls(prediction, [reference], "vlmevalkit"), 1.0, abs_tol=1e-9
    )


@pytest.mark.parametrize(
    ("prediction", "references", "score"),
    [
        ("the Total: 12.50", ["total 1250"], 1.0),  # articles, case and punctuation go
        ("total of 5", ["total of 7"], 2 / 3),
        ("5 5 5", ["5"], 0.5),
        ("5", ["6", "5 6"], 2 / 3),
        ("the", [""], 1.0),
        ("", ["5"], 0.0),
    ],
)
def test_token_f1(prediction: str, references: list[str], score: float) -> None:
    assert token_f1(prediction, references) == pytest.approx(score)


@pytest.mark.parametrize(
    ("prediction", "references", "rate"),
    [
        ("Ada", ["Ada"], 0.0),
        (" Ada  B\n", ["Ada B"], 0.0),
        ("ada", ["Ada"], 1 / 3),
        ("Adam", ["Eve", "Ada"], 1 / 3),
        ("abcdef", ["x"], 6.0),
        ("", ["Ada"], 1.0),
        ("", [""], 0.0),
        ("x", [""], 1.0),
    ],
)
def test_character_error_rate(prediction: str, references: list[str], rate: float) -> None:
    assert character_error_rate(prediction, references) == pytest.approx(rate)


@settings(deadline=None)
@given(one=texts, other=texts)
def test_token_f1_is_symmetric_and_error_rate_is_not_negative(one: str, other: str) -> None:
    assert 0.0 <= token_f1(one, [other]) == token_f1(other, [one]) <= 1.0
    assert character_error_rate(one, [other]) >= 0.0
    assert token_f1(one, [one]) == 1.0
    assert character_error_rate(one, [one]) == 0.0
