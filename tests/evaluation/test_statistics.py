"""Standard errors held to lmms-eval's numbers, and what must hold of any scores."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.evaluation.statistics import bootstrap_interval, standard_error


def bits(text: str) -> list[float]:
    return [float(character) for character in text]


# Computed by EvolvingLMMs-Lab/lmms-eval 75571cf, lmms_eval/api/metrics.py mean_stderr and clustered_stderr.
INDEPENDENT: list[tuple[list[float], float]] = [
    ([0.0] * 50, 0.0),
    ([1.0] * 50, 0.0),
    (bits("0111101"), 0.18442777839082938),
    ([0.8754, 0.5682, 0.4144, 0.4023, 0.7018, 0.4182], 0.07868901836413458),
    (
        [
            0.6622,
            0.0468,
            0.4454,
            0.2592,
            0.1577,
            0.5276,
            0.4873,
            0.5614,
            0.7555,
            0.8839,
            0.4946,
            0.3121,
            0.4669,
            0.809,
            0.875,
            0.8124,
            0.188,
            0.9994,
            0.6331,
            0.0835,
            0.7256,
            0.9868,
            0.4018,
            0.6785,
            0.3162,
        ],
        0.055567074927514414,
    ),
]
CLUSTERED: list[tuple[list[float], list[int], float]] = [
    (bits("011110011010"), list(range(12)), 0.1486470975026408),
    (bits("111010001000"), [0] * 12, 0.0429107208787031),
    (bits("000111111100101101111111111111"), [i % 5 for i in range(30)], 0.07735242200664266),
    (bits("101001101100001001101111111011"), [i % 10 for i in range(30)], 0.06539007622694379),
    (bits("010111000"), [0, 1, 2, 3, 0, 1, 2, 3, 0], 0.17305982430711342),
]

unit = st.floats(0, 1)
scored = st.lists(st.tuples(unit, st.integers(0, 5)), min_size=2, max_size=40)


@pytest.mark.parametrize(("scores", "expected"), INDEPENDENT)
def test_standard_error_of_independent_scores(scores: list[float], expected: float) -> None:
    assert standard_error(scores) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("scores", "clusters", "expected"), CLUSTERED)
def test_standard_error_by_cluster(scores: list[float], clusters: list[int], expected: float) -> None:
    assert standard_error(scores, clusters) == pytest.approx(expected, abs=1e-12)


def test_too_few_scores_have_no_error() -> None:
    assert math.isnan(standard_error([]))
    assert math.isnan(standard_error([1.0], ["a"]))
    assert all(math.isnan(end) for end in bootstrap_interval([]))
    assert bootstrap_interval([0.25]) == (0.25, 0.25)


def test_lengths_and_confidence_are_checked() -> None:
    with pytest.raises(ValueError, match="3 scores but 2 clusters"):
        standard_error([0, 1, 1], ["a", "b"])
    with pytest.raises(ValueError, match="3 scores but 2 clusters"):
        bootstrap_interval([0, 1, 1], ["a", "b"])
    with pytest.raises(ValueError, match="between 0 and 1"):
        bootstrap_interval([0, 1], confidence=95)


@settings(deadline=None)
@given(st.lists(unit, min_size=2, max_size=40))
def test_clusters_of_one_change_nothing(scores: list[float]) -> None:
    names = [f"document {len(scores) - i}" for i in range(len(scores))]
    assert standard_error(scores, names) == standard_error(scores)
    assert bootstrap_interval(scores, names, resamples=50) == bootstrap_interval(scores, resamples=50)


@settings(deadline=None)
@given(scored)
def test_standard_error_is_the_published_formula(pairs: list[tuple[float, int]]) -> None:
    scores, clusters = zip(*pairs, strict=True)
    n, mean = len(scores), sum(scores) / len(scores)
    independent = sum((s - mean) ** 2 for s in scores) / (n - 1) / n
    together = sum(
        (scores[i] - mean) * (scores[j] - mean)
        for i in range(n)
        for j in range(n)
        if i != j and clusters[i] == clusters[j]
    )
    assert standard_error(scores, clusters) ** 2 == pytest.approx(independent + together / n**2, abs=1e-9)


@settings(deadline=None)
@given(scored, st.randoms(use_true_random=False))
def test_standard_error_takes_no_notice_of_order_or_names(pairs: list[tuple[float, int]], shuffler: Random) -> None:
    shuffled = [(score, ("cluster", cluster)) for score, cluster in pairs]
    shuffler.shuffle(shuffled)
    before, after = zip(*pairs, strict=True), zip(*shuffled, strict=True)
    assert standard_error(*after) == pytest.approx(standard_error(*before), abs=1e-12)


@settings(deadline=None)
@given(scored)
def test_interval_lies_within_the_scores_and_widens_with_confidence(pairs: list[tuple[float, int]]) -> None:
    scores, clusters = zip(*pairs, strict=True)
    low, high = bootstrap_interval(scores, clusters, resamples=100)
    wider_low, wider_high = bootstrap_interval(scores, clusters, confidence=0.99, resamples=100)
    slack = 1e-12
    assert min(scores) - slack <= wider_low <= low <= high <= wider_high <= max(scores) + slack


def test_same_seed_same_interval() -> None:
    scores = np.random.default_rng(3).random(60).tolist()
    assert bootstrap_interval(scores, seed=7) == bootstrap_interval(scores, seed=7)
    assert bootstrap_interval(scores, seed=7) != bootstrap_interval(scores, seed=8)


def test_interval_of_normal_scores_is_the_normal_one() -> None:
    scores = np.random.default_rng(0).normal(0.6, 0.1, size=400).tolist()
    mean, error = float(np.mean(scores)), standard_error(scores)
    low, high = bootstrap_interval(scores)
    assert low < mean < high
    assert low == pytest.approx(mean - 1.96 * error, abs=0.2 * error)
    assert high == pytest.approx(mean + 1.96 * error, abs=0.2 * error)


def test_scores_that_fail_together_are_less_sure() -> None:
    # 50 documents of 4 questions that all share the document's score: the error is that of 50, not of 200.
    by_document = np.random.default_rng(1).normal(0.5, 0.1, size=50)
    scores, clusters = np.repeat(by_document, 4).tolist(), np.repeat(np.arange(50), 4).tolist()
    clustered = standard_error(scores, clusters)
    assert clustered == pytest.approx(standard_error(by_document.tolist()), rel=0.02)
    assert clustered > 1.9 * standard_error(scores)
    low, high = bootstrap_interval(scores, clusters)
    assert high - low == pytest.approx(2 * 1.96 * clustered, rel=0.1)


def test_interval_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(2)
    clusters = np.repeat(np.arange(40), 3).tolist()
    covered = 0
    for trial in range(200):
        documents = np.repeat(random.normal(0, 0.1, size=40), 3)
        scores = (documents + random.normal(0.5, 0.1, size=120)).tolist()
        low, high = bootstrap_interval(scores, clusters, resamples=300, seed=trial)
        covered += low <= 0.5 <= high
    assert 0.88 <= covered / 200 <= 0.99
