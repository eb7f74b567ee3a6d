"""Student's t distribution, which neither NumPy nor Python's library has.

Through the incomplete beta function by its continued fraction (Abramowitz and Stegun 1964, 26.5.8 and 26.7.1).
"""

import math
from statistics import NormalDist

_EXACT = 1e-16  # a change of the fraction that counts no more
_TINY = 1e-300  # stands for a denominator of 0
_MOST = 100_000  # terms; some sqrt(degrees of freedom) are needed


def t_two_sided(t: float, freedom: int) -> float:
    """Probability that |T| exceeds |t| for Student's t with `freedom` >= 1 degrees of freedom."""
    if math.isinf(t):
        return 0.0
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def t_critical(freedom: int, confidence: float = 0.95) -> float:
    """The t that |T| exceeds with probability 1 - `confidence`, by bisection to the last digit."""
    low, high = 0.0, 1.0
    while t_two_sided(high, freedom) > 1 - confidence:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        if t_two_sided(middle, freedom) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def normal_quantile(probability: float) -> float:
    """The value that a standard normal variable stays below with `probability`."""
    return NormalDist().inv_cdf(probability)


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b) for a, b > 0 and 0 <= x <= 1."""
    if x in (0.0, 1.0):
        return x
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on one side only
        return 1 - incomplete_beta(b, a, 1 - x)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logarithm) / (a * _fraction(a, b, x))


def _fraction(a: float, b: float, x: float) -> float:
    """1 + d1/(1 + d2/(1 + …)) from the front (Lentz 1976)."""
    value, above, below = 1.0, 1.0, 0.0
    for term in range(1, _MOST):
        m = term // 2
        if term % 2:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        below = 1 / ((1 + d * below) or _TINY)
        above = (1 + d / above) or _TINY
        value *= above * below
        if abs(above * below - 1) < _EXACT:
            break
    return value
