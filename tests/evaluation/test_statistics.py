"""Standard errors and paired tests held to lmms-eval's numbers, and what must hold of any scores."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.evaluation.distributions import incomplete_beta, t_critical, t_two_sided
from octavo.evaluation.statistics import (
    bootstrap_interval,
    compare,
    paired_ttest,
    smallest_difference,
    standard_error,
    unparsed_rate,
)


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


# Computed by lmms-eval 75571cf, lmms_eval/api/metrics.py paired_ttest.
PAIRED: list[tuple[list[float], list[float], dict[str, float]]] = [
    (
        bits("1111"),
        bits("1101"),
        {
            "mean_diff": 0.25,
            "se_diff": 0.25,
            "ci_lower": -0.5456115763209269,
            "ci_upper": 1.045611576320927,
            "t_stat": 1.0,
            "p_value": 0.3910022189557705,
            "n": 4,
        },
    ),
    (
        bits("1000111001001101111011110"),
        bits("1011000000111010110001111"),
        {
            "mean_diff": 0.08,
            "se_diff": 0.15187714333192684,
            "ci_lower": -0.2334590176669371,
            "ci_upper": 0.39345901766693714,
            "t_stat": 0.5267415375673767,
            "p_value": 0.6032080381475129,
            "n": 25,
        },
    ),
    (
        bits("101"),
        bits("101"),
        {"mean_diff": 0, "se_diff": 0, "ci_lower": 0, "ci_upper": 0, "t_stat": 0, "p_value": 1, "n": 3},
    ),
]


@pytest.mark.parametrize(("current", "baseline", "expected"), PAIRED)
def test_paired_ttest(current: list[float], baseline: list[float], expected: dict[str, float]) -> None:
    assert paired_ttest(current, baseline) == pytest.approx(expected, abs=1e-12)
    assert list(paired_ttest(current, baseline)) == list(expected)


def test_paired_ttest_at_its_edges() -> None:
    better = paired_ttest([1, 1, 1], [0, 0, 0])
    assert (better["t_stat"], better["p_value"], better["ci_lower"]) == (math.inf, 0.0, 1.0)
    assert paired_ttest([0, 0], [1, 1])["t_stat"] == -math.inf
    alone = paired_ttest([1], [0])
    assert alone["n"] == 1
    assert all(math.isnan(value) for name, value in alone.items() if name != "n")
    with pytest.raises(ValueError, match="2 scores but 1 of the baseline"):
        paired_ttest([1, 1], [0])


# Tables of Student's distribution (degrees of freedom, confidence, t), as every textbook has them.
@pytest.mark.parametrize(
    ("freedom", "confidence", "t"),
    [
        (1, 0.95, 12.706204736),
        (2, 0.95, 4.302652730),
        (10, 0.99, 3.169272673),
        (30, 0.90, 1.697260887),
        (120, 0.95, 1.979930405),
        (100_000, 0.95, 1.959987709),
    ],
)
def test_students_distribution(freedom: int, confidence: float, t: float) -> None:
    assert t_critical(freedom, confidence) == pytest.approx(t, abs=1e-8)
    assert t_two_sided(t, freedom) == pytest.approx(1 - confidence, rel=1e-7)
    assert t_two_sided(-t, freedom) == t_two_sided(t, freedom)


@settings(deadline=None)
@given(st.floats(0.5, 50), st.floats(0.5, 50), st.floats(0.001, 0.999))
def test_incomplete_beta_has_its_symmetry_and_recurrence(a: float, b: float, x: float) -> None:
    value = incomplete_beta(a, b, x)
    assert value == pytest.approx(1 - incomplete_beta(b, a, 1 - x), abs=1e-9)
    step = math.exp(math.lgamma(a + b) - math.lgamma(a + 1) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    assert value == pytest.approx(incomplete_beta(a + 1, b, x) + step, abs=1e-9)


def test_compare_tells_what_changed() -> None:
    current, baseline = [1.0, 0.0, 0.9, 0.6, 0.0], [1.0, 1.0, 0.0, 0.5, 0.4]
    clusters = ["a", "a", "b", "b", "c"]
    seen = compare(current, baseline, clusters)
    assert (seen.n, seen.gained, seen.lost) == (5, (2,), (1,))
    differences = [now - then for now, then in zip(current, baseline, strict=True)]
    assert seen.difference == pytest.approx(sum(differences) / 5)
    assert seen.error == standard_error(differences, clusters)
    assert (seen.low, seen.high) == bootstrap_interval(differences, clusters)
    assert seen.smallest == pytest.approx(2.801585 * seen.error, rel=1e-6)
    independent = compare(current, baseline)
    assert independent.p_value == pytest.approx(paired_ttest(current, baseline)["p_value"])


def test_compare_of_too_little() -> None:
    one = compare([1.0, 1.0], [0.0, 1.0], ["a", "a"])
    assert math.isnan(one.p_value)
    none = compare([], [])
    assert none.n == 0
    assert math.isnan(none.difference)
    assert math.isnan(none.low)
    same = compare([1.0, 0.5], [1.0, 0.5])
    assert (same.difference, same.error, same.p_value, same.smallest) == (0, 0, 1, 0)
    with pytest.raises(ValueError, match="1 of the baseline"):
        compare([1.0, 1.0], [0.0])


def test_documents_that_change_together_prove_less() -> None:
    changes = np.random.default_rng(4).normal(0.1, 0.2, size=30)
    current, baseline = np.repeat(changes, 5).tolist(), [0.0] * 150
    clustered = compare(current, baseline, np.repeat(np.arange(30), 5).tolist())
    independent = compare(current, baseline)
    assert clustered.p_value > 10 * independent.p_value
    assert clustered.smallest > 2 * independent.smallest


def test_the_smallest_difference_is_shown_four_times_of_five() -> None:
    random = np.random.default_rng(5)
    error = 0.1 / math.sqrt(400)
    shown = 0
    for _ in range(400):
        differences = random.normal(smallest_difference(error), 0.1, size=400)
        shown += abs(differences.mean()) > 1.96 * error
    assert 0.74 <= shown / 400 <= 0.86


def test_unparsed_rate() -> None:
    assert unparsed_rate(["A", None, "B", None]) == 0.5
    assert unparsed_rate(["A"]) == 0.0
    assert math.isnan(unparsed_rate([]))
