"""How far a mean score can be trusted.

Questions about one page fail together (a bad scan spoils all of them), so errors are reckoned by cluster: the
document. Taking such questions as independent makes the error look smaller than it is.
"""

import math
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray


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
    means = np.empty(resamples)
    for i in range(resamples):  # one draw at a time: all at once would take resamples * clusters * 8 bytes
        drawn = random.integers(len(sums), size=len(sums))
        means[i] = sums[drawn].sum() / sizes[drawn].sum()
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


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
