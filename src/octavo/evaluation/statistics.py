"""How far a mean score can be trusted.

Questions about one page fail together (a bad scan spoils all of them), so errors are reckoned by cluster: the
document. Taking such questions as independent makes the error look smaller than it is.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from octavo.evaluation.distributions import normal_quantile, t_critical, t_two_sided

RIGHT = 0.5  # the score from which an answer counts as right where it is told which answers changed
_DRAWN = 1 << 20  # clusters drawn at once: 8 MB of places


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs over the same questions: how much better the current one is than the baseline.

    `difference` is of the means, `error` its standard error by cluster, `low` and `high` its 95% bootstrap
    interval, `p_value` of Student's t on clusters - 1 degrees of freedom. `smallest` is the difference that these
    questions would show four times of five. `gained` and `lost` are the places of the questions that became right
    and wrong. Numbers that need two clusters are NaN where there is one.
    """

    n: int
    difference: float
    error: float
    low: float
    high: float
    p_value: float
    smallest: float
    gained: tuple[int, ...]
    lost: tuple[int, ...]


def standard_error(scores: Sequence[float], clusters: Sequence[Hashable] | None = None) -> float:
    """Standard error of the mean of `scores`; NaN for fewer than two.

    `clusters` names for each score what it hangs together with (its document); without it all scores are
    independent. The clustered error is equation 4 of Miller 2024, "Adding Error Bars to Evals",
    arxiv.org/abs/2411.00640: the variance of the mean of independent scores plus the products of different
    deviations inside a cluster. Raises `ValueError` where the two differ in length.
    """
    values = np.asarray(scores, dtype=np.float64)
    count = len(values)
    if count < 2:
        return math.nan
    deviations = values - values.mean()
    sums, _ = _by_cluster(deviations, clusters)
    squares = float(deviations @ deviations)
    # squares / (n(n-1)) + (sums² - squares) / n² with what cancels taken out, so that rounding cannot make it
    # negative.
    return math.sqrt(squares / (count - 1) + float(sums @ sums)) / count


def bootstrap_interval(
    scores: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval (low, high) of the mean of `scores`; (NaN, NaN) where there are none.

    Whole clusters are drawn with replacement, as many as there are, and each draw's mean is over its scores;
    without `clusters` each score is one. Same seed, same interval. Raises `ValueError` where `clusters`
    differs in length or `confidence` is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; it must lie between 0 and 1")
    if len(scores) == 0:
        return math.nan, math.nan
    sums, sizes = _by_cluster(np.asarray(scores, dtype=np.float64), clusters)
    random = np.random.default_rng(seed)
    rows = max(1, _DRAWN // len(sums))
    means = []
    for start in range(0, resamples, rows):
        drawn = random.integers(len(sums), size=(min(rows, resamples - start), len(sums)))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail])
    return float(low), float(high)


def paired_ttest(current: Sequence[float], baseline: Sequence[float]) -> dict[str, float]:
    """Student's paired t-test of two runs' scores on the same, independent questions.

    Returns mean_diff (current - baseline), its standard error se_diff, its 95% interval ci_lower and ci_upper,
    t_stat, the two-sided p_value and n, as lmms-eval does: all but n are NaN for fewer than two questions, and
    equal differences give t_stat 0 or infinity. `compare` knows that questions of one document hang together.
    Raises `ValueError` where the two differ in length.
    """
    differences = _differences(current, baseline)
    n = len(differences)
    if n < 2:
        return dict.fromkeys(("mean_diff", "se_diff", "ci_lower", "ci_upper", "t_stat", "p_value"), math.nan) | {"n": n}
    mean, error = float(differences.mean()), standard_error(differences.tolist())
    t = _t(mean, error)
    reach = t_critical(n - 1) * error
    return {
        "mean_diff": mean,
        "se_diff": error,
        "ci_lower": mean - reach,
        "ci_upper": mean + reach,
        "t_stat": t,
        "p_value": t_two_sided(t, n - 1),
        "n": n,
    }


def compare(
    current: Sequence[float], baseline: Sequence[float], clusters: Sequence[Hashable] | None = None
) -> Comparison:
    """What changed from one run to another over the same questions, each with its cluster (document).

    Raises `ValueError` where the three differ in length.
    """
    differences = _differences(current, baseline).tolist()
    error = standard_error(differences, clusters)
    mean = sum(differences) / len(differences) if differences else math.nan
    freedom = len(differences if clusters is None else set(clusters)) - 1
    right = [(now >= RIGHT, then >= RIGHT) for now, then in zip(current, baseline, strict=True)]
    return Comparison(
        len(differences),
        mean,
        error,
        *bootstrap_interval(differences, clusters),
        t_two_sided(_t(mean, error), freedom) if freedom > 0 else math.nan,
        smallest_difference(error),
        tuple(i for i, (now, then) in enumerate(right) if now and not then),
        tuple(i for i, (now, then) in enumerate(right) if then and not now),
    )


def smallest_difference(error: float, power: float = 0.8, confidence: float = 0.95) -> float:
    """The difference of two runs that a set of questions shows with probability `power`, in the unit of the scores.

    `error` is the standard error of the difference. Before there is a second run, that of the one run's score
    stands for it: they are equal where two runs' scores on a question correlate by one half.
    """
    return (normal_quantile((1 + confidence) / 2) + normal_quantile(power)) * error


def unparsed_rate(answers: Sequence[object | None]) -> float:
    """Share of the answers that are None: out of which nothing could be read; NaN where there are none."""
    return sum(answer is None for answer in answers) / len(answers) if answers else math.nan


def _differences(current: Sequence[float], baseline: Sequence[float]) -> NDArray[np.float64]:
    if len(current) != len(baseline):
        raise ValueError(
            f"{len(current)} scores but {len(baseline)} of the baseline; they must be of the same questions"
        )
    return np.asarray(current, np.float64) - np.asarray(baseline, np.float64)


def _t(mean: float, error: float) -> float:
    if error:
        return mean / error
    return math.copysign(math.inf, mean) if mean else 0.0


def _by_cluster(
    values: NDArray[np.float64], clusters: Sequence[Hashable] | None
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Sum and number of the values of each cluster, in the order in which the clusters first appear."""
    if clusters is None:
        return values, np.ones(len(values), dtype=np.intp)
    if len(clusters) != len(values):
        raise ValueError(f"{len(values)} scores but {len(clusters)} clusters; each score needs its own entry")
    index: dict[Hashable, int] = {}
    places = np.array([index.setdefault(cluster, len(index)) for cluster in clusters], dtype=np.intp)
    sizes = np.bincount(places)
    return np.bincount(places, weights=values).astype(np.float64), sizes
