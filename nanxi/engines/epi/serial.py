"""The serial interval: how many days lie between the onsets of a case and of the one it infects.

Discretisation of a shifted gamma after Cori et al., American Journal of Epidemiology 178:1505 (2013), web appendix 11.
"""

from __future__ import annotations

import numpy as np

from .distributions import Floats, floats, gamma_cdf

#: Mean and sd in days: the default (Nishiura et al. 2020), and a longer one that shows sensitivity (Li et al. 2020).
NISHIURA_2020 = (4.7, 2.9)
LI_2020 = (7.5, 3.4)

SUM_TOLERANCE = 0.01  # published tables are rounded to three decimals over about ten lags


def discrete_si(mean: float, sd: float, max_lag: int | None = None) -> Floats:
    """Weights w: float64[max_lag + 1], index = lag in days, w[0] = 0, of a gamma interval shifted by one day.

    `mean` > 1 and `sd` > 0 in days. Without `max_lag` the table ends where the tail is below 1e-9 of the whole, and is not
    rescaled. ValueError for a mean or sd outside these ranges. Source: Cori et al. 2013.
    """
    if not (np.isfinite(mean) and np.isfinite(sd)) or mean <= 1 or sd <= 0 or mean > 1000 or sd > 1000:
        raise ValueError(f"serial interval mean {mean} / sd {sd}: give a mean above 1 day and an sd above 0, both below 1000")
    k = ((mean - 1) / sd) ** 2
    theta = sd**2 / (mean - 1)
    last = int(np.ceil(mean + 40 * sd)) if max_lag is None else max_lag
    s = np.arange(last + 1, dtype=np.float64)

    def first(x: Floats) -> Floats:
        return gamma_cdf(x, k, theta)

    def second(x: Floats) -> Floats:
        return gamma_cdf(x, k + 1, theta)

    w = s * first(s) + (s - 2) * first(s - 2) - 2 * (s - 1) * first(s - 1)
    w += k * theta * (2 * second(s - 1) - second(s - 2) - second(s))
    w = np.maximum(w, 0.0)
    w[0] = 0.0
    if max_lag is not None:
        return w
    # The formula subtracts numbers near s, so that far out only rounding is left; it is cut where the tail has ended.
    tail = 1.0 - np.cumsum(w)
    end = int(np.argmax(tail < 1e-9)) if bool((tail < 1e-9).any()) else last
    return w[: end + 1]


def checked_si(weights: Floats) -> Floats:
    """The weights if they can serve as a serial interval.

    float64[K + 1], w[0] = 0, none negative, sum 1 within 0.01 (the tolerance of published tables; they are not rescaled).
    ValueError names the lag and the remedy.
    """
    w = floats(weights)
    if w.ndim != 1 or w.size < 2:
        raise ValueError("the serial interval needs the lags k = 0, 1, … with at least one lag after 0")
    wrong = np.flatnonzero(~(w >= 0) | ~np.isfinite(w))
    if wrong.size:
        raise ValueError(f"lag k={int(wrong[0])}, column w: must be a number of at least 0")
    if w[0] != 0:
        raise ValueError("lag k=0, column w: must be 0 (nobody infects before the day after); shift the table by one day")
    total = float(w.sum())
    if abs(total - 1) > SUM_TOLERANCE:
        raise ValueError(f"column w sums to {total:.6g}, not 1: divide every weight by the sum, or add the lags that are missing")
    return w


def mean_si(weights: Floats) -> float:
    """Mean in days of a discrete interval."""
    w = floats(weights)
    return float((np.arange(w.size) * w).sum())


def draw_si(mean: tuple[float, float], sd: tuple[float, float], n: int, rng: np.random.Generator) -> Floats:
    """`n` intervals whose mean and sd are uncertain: float64[n, K + 1], rows padded with 0.

    `mean` and `sd` are (centre, sd) of normals in days; draws are kept with 1.5 < mean < 3 × centre, and 0.2 < sd < mean,
    so that the interval is at least as concentrated as an exponential (Cori et al. 2013, "uncertain SI"). ValueError when
    fewer than one draw in fifty can be kept.
    """
    if n < 1 or not all(np.isfinite(value) for value in (*mean, *sd)) or mean[1] < 0 or sd[1] < 0:
        raise ValueError("the mean and sd of the serial interval need a spread of at least 0, and at least one draw")
    rows: list[Floats] = []
    for _ in range(50 * n):
        m = float(rng.normal(*mean))
        s = float(rng.normal(*sd))
        if 1.5 < m < 3 * mean[0] and 0.2 < s < m:
            rows.append(discrete_si(m, s))
        if len(rows) == n:
            break
    else:
        raise ValueError("hardly any draw is a serial interval: the mean must lie above 1.5 days and the sd below the mean")
    width = max(r.size for r in rows)
    return np.stack([np.pad(r, (0, width - r.size)) for r in rows])
