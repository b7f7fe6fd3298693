# pyright: basic
"""Count distributions that always return: the one place where scipy's special functions are called.

Quantiles of negative binomials are found by a normal start and bracketing on the regularised incomplete beta function,
because scipy's own `nbinom.ppf` was seen to hang or abort for huge sizes. Mean and size are capped where a count no
longer has a meaning for a county.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MEAN_CAP = 1e12  # more than all people who ever lived; keeps betainc in its accurate range
SIZE_CAP = 1e9  # above it a negative binomial cannot be told from a Poisson


def floats(values: ArrayLike) -> Floats:
    """The values as a float64 array; no copy when they already are one."""
    return np.asarray(values, dtype=np.float64)


def whole_numbers(start: int, stop: int) -> Ints:
    """start, start + 1, …, stop − 1 as int64."""
    return np.arange(start, stop, dtype=np.int64)


def normal_quantile(p: ArrayLike) -> Floats:
    """Standard normal quantile of `p` in (0, 1)."""
    return floats(special.ndtri(floats(p)))


def normal_cdf(x: ArrayLike) -> Floats:
    """P(Z ≤ x) of the standard normal."""
    return floats(special.ndtr(floats(x)))


def log_gamma(x: ArrayLike) -> Floats:
    """Logarithm of the gamma function, elementwise."""
    return floats(special.gammaln(floats(x)))


def gamma_cdf(x: ArrayLike, shape: ArrayLike, scale: ArrayLike = 1.0) -> Floats:
    """P(G ≤ x) for G ~ Gamma(shape, scale); 0 for x ≤ 0."""
    return floats(special.gammainc(floats(shape), np.maximum(floats(x), 0.0) / floats(scale)))


def gamma_quantile(p: ArrayLike, shape: ArrayLike, scale: ArrayLike = 1.0) -> Floats:
    """Quantile of Gamma(shape, scale)."""
    return floats(special.gammaincinv(floats(shape), floats(p))) * floats(scale)


def student_two_sided(t: ArrayLike, df: ArrayLike) -> Floats:
    """P(|T| ≥ |t|) with `df` degrees of freedom."""
    return 2.0 * floats(special.stdtr(floats(df), -np.abs(floats(t))))


def count_cdf(y: ArrayLike, mean: ArrayLike, size: ArrayLike = np.inf) -> Floats:
    """P(Y ≤ y) for Y ~ NB(mean, size), variance mean + mean²/size; size inf = Poisson.

    Broadcasts; y < 0 gives 0, a NaN anywhere gives NaN. Mean 0 is the point mass at 0.
    """
    y, mean, size = np.broadcast_arrays(np.floor(floats(y)), floats(mean), floats(size))
    safe = np.clip(y, 0.0, None)
    mean = np.clip(mean, 1e-300, MEAN_CAP)
    poisson = ~(size < SIZE_CAP)
    finite = np.where(poisson, 1.0, np.clip(size, 1e-9, SIZE_CAP))
    value = np.where(
        poisson,
        special.gammaincc(safe + 1.0, mean),
        special.betainc(finite, safe + 1.0, finite / (finite + mean)),
    )
    return np.where(np.isnan(y) | np.isnan(mean) | np.isnan(size), np.nan, np.where(y < 0, 0.0, value))


def count_tail(y: ArrayLike, mean: ArrayLike, size: ArrayLike = np.inf) -> Floats:
    """P(Y ≥ y), accurate in the far tail (no 1 − cdf); same arguments as `count_cdf`."""
    y, mean, size = np.broadcast_arrays(np.ceil(floats(y)), floats(mean), floats(size))
    safe = np.clip(y, 1.0, None)
    mean = np.clip(mean, 1e-300, MEAN_CAP)
    poisson = ~(size < SIZE_CAP)
    finite = np.where(poisson, 1.0, np.clip(size, 1e-9, SIZE_CAP))
    value = np.where(
        poisson,
        special.gammainc(safe, mean),
        special.betainc(safe, finite, mean / (finite + mean)),
    )
    return np.where(np.isnan(y) | np.isnan(mean) | np.isnan(size), np.nan, np.where(y <= 0, 1.0, value))


def count_quantile(p: ArrayLike, mean: ArrayLike, size: ArrayLike = np.inf) -> Floats:
    """Smallest y with P(Y ≤ y) ≥ p, for p in [0, 1); broadcasts. Always ends: at most 130 evaluations of the cdf.

    A p that rounding puts a hair (1e-13 relative) above a step counts as on the step, as table quantiles do.
    """
    p, mean, size = (np.array(a) for a in np.broadcast_arrays(floats(p), floats(mean), floats(size)))
    shape = p.shape
    p, mean, size = p.ravel(), np.clip(mean.ravel(), 0.0, MEAN_CAP), size.ravel()
    bad = np.isnan(p) | np.isnan(mean) | np.isnan(size) | (p < 0) | (p >= 1)
    p = np.where(bad, 0.5, p) * (1 - 1e-13)
    mean = np.where(bad, 1.0, mean)
    size = np.where(bad, np.inf, size)
    deviation = np.sqrt(mean + mean**2 / np.clip(size, 1e-9, None))
    guess = np.floor(np.maximum(mean + normal_quantile(np.clip(p, 1e-12, 1 - 1e-12)) * deviation, 0.0))
    step = np.maximum(np.ceil(0.05 * deviation), 1.0)
    low, high = _bracket(p, mean, size, guess, step)
    while True:
        wide = np.flatnonzero(high - low > np.maximum(1.0, high * 4e-16))
        if wide.size == 0:
            break
        middle = np.floor((low[wide] + high[wide]) / 2)
        reached = count_cdf(middle, mean[wide], size[wide]) >= p[wide]
        stuck = (middle <= low[wide]) | (middle >= high[wide])
        high[wide] = np.where(reached, middle, np.where(stuck, low[wide] + 1, high[wide]))
        low[wide] = np.where(reached, low[wide], middle)
    return np.where(bad, np.nan, high).reshape(shape)


def _bracket(p: Floats, mean: Floats, size: Floats, guess: Floats, step: Floats) -> tuple[Floats, Floats]:
    """Points low < high with cdf(low) < p ≤ cdf(high), by steps that double from the guess."""
    low, high = guess - step, guess.copy()
    reach = step.copy()
    todo = np.flatnonzero(count_cdf(high, mean, size) < p)
    for _ in range(60):
        if todo.size == 0:
            break
        low[todo] = high[todo]
        high[todo] += reach[todo]
        reach[todo] *= 2
        todo = todo[count_cdf(high[todo], mean[todo], size[todo]) < p[todo]]
    todo = np.flatnonzero((low >= 0) & (count_cdf(low, mean, size) >= p))
    for _ in range(60):
        if todo.size == 0:
            break
        high[todo] = low[todo]
        low[todo] -= reach[todo]
        reach[todo] *= 2
        todo = todo[(low[todo] >= 0) & (count_cdf(low[todo], mean[todo], size[todo]) >= p[todo])]
    return np.maximum(low, -1.0), high


def count_log_likelihood(y: ArrayLike, mean: ArrayLike, size: ArrayLike) -> Floats:
    """log P(Y = y) for the negative binomial with variance mean + mean²/size."""
    y, mean, size = floats(y), np.clip(floats(mean), 1e-300, MEAN_CAP), np.clip(floats(size), 1e-9, SIZE_CAP)
    return (
        log_gamma(y + size)
        - log_gamma(size)
        - log_gamma(y + 1.0)
        - size * np.log1p(mean / size)
        + y * (np.log(mean) - np.log(size + mean))
    )
