"""Does a series rise slowly? Cumulated evidence since the last alarm that its mean has grown, day by day and row by row.

Generalised likelihood ratio and CUSUM for negative binomial counts: Höhle & Paul, Computational Statistics & Data
Analysis 52:4357 (2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .aberration import BASELINE_DAYS, Verdict
from .distributions import Floats, floats, whole_numbers

LARGEST_BOUND = 2.0**40  # counts above it raise an alarm in any case


@dataclass(frozen=True, slots=True)
class Change:
    """The rise looked for. kappa: log factor, or None to estimate it; threshold: evidence (log) that raises an alarm."""

    kappa: float | None
    threshold: float


def glr_negative_binomial(
    counts: Floats,
    *,
    threshold: float = 4.0,
    dispersion: float | None = None,
    kappa: float | None = None,
    baseline: int = BASELINE_DAYS,
    window: int = 28,
) -> Verdict:
    """Generalised likelihood ratio that the mean rose by a factor at some day since the last alarm.

    float64[n, T], NaN = no evidence either way. In-control mean mu: that of the `baseline` days before the run started,
    frozen while the run lasts; variance mu + dispersion·mu² (None: by moments from the same days, 0: Poisson). With
    `kappa` (log factor, above 0) it is the CUSUM S = max(0, S + log LR); without it the factor is estimated for every
    start. A run looks back at most `window` days and ends with an alarm, when the statistic reaches `threshold` (4: a few
    false alarms a year), or after `window` days. The upper bound is today's largest whole count without an alarm. p =
    exp(−statistic), a bound and not a calibrated value. ValueError for settings outside their range.
    """
    y = np.atleast_2d(floats(counts))
    if threshold <= 0 or baseline < 7 or window < 1 or (kappa is not None and not 0 < kappa < 20):
        raise ValueError("threshold must be above 0, baseline at least 7 days, window at least 1 and kappa between 0 and 20")
    if dispersion is not None and not 0 <= dispersion < 1e6:
        raise ValueError("dispersion must be at least 0")
    change = Change(kappa, threshold)
    expected, upper, p = (np.full_like(y, np.nan) for _ in range(3))
    alarm = np.zeros(y.shape, dtype=np.bool_)
    start = np.full(y.shape[0], baseline)
    mean, spread = np.full(y.shape[0], np.nan), np.zeros(y.shape[0])
    for t in range(baseline, y.shape[1]):
        fresh = start == t
        if bool(fresh.any()):
            mean[fresh], spread[fresh] = _in_control(y[fresh, t - baseline : t], dispersion)
        back = whole_numbers(0, min(window, t + 1))
        inside = (t - back)[None, :] >= start[:, None]
        # A missing day counts as its mean: it neither speaks for a rise nor against it.
        past = np.where(np.isnan(y[:, t - back]), mean[:, None], y[:, t - back])
        statistic = _evidence(past, inside, mean, spread, change)
        expected[:, t], p[:, t] = mean, np.minimum(1.0, np.exp(-statistic))
        upper[:, t] = _largest_calm(past, inside, mean, spread, change)
        alarm[:, t] = statistic >= threshold
        start = np.where(alarm[:, t] | (t - start >= window), t + 1, start)
    return Verdict(expected, upper, p, alarm)


def _in_control(past: Floats, dispersion: float | None) -> tuple[Floats, Floats]:
    """Mean and dispersion of each row's baseline days; half a case keeps a calm place from having mean 0."""
    seen = np.maximum((~np.isnan(past)).sum(axis=1), 1)
    mean = floats((np.nansum(past, axis=1) + 0.5) / seen)
    if dispersion is not None:
        return mean, np.full(mean.size, dispersion)
    variance = np.nansum((past - mean[:, None]) ** 2, axis=1) / np.maximum(seen - 1, 1)
    return mean, floats(np.maximum(variance - mean, 0.0) / mean**2)


def _evidence(past: Floats, inside: NDArray[np.bool_], mean: Floats, spread: Floats, change: Change) -> Floats:
    """Largest log likelihood ratio over the days on which a rise may have begun; `past` newest first, float64[n, days]."""
    sums = np.cumsum(np.where(inside, past, 0.0), axis=1)
    lengths = np.arange(1, past.shape[1] + 1, dtype=np.float64)
    mu = mean[:, None]
    factor = np.maximum(sums / (lengths * mu), 1.0) if change.kappa is None else np.full_like(sums, np.exp(change.kappa))
    d = np.maximum(spread[:, None], 1e-300)
    shift = np.log1p(d * mu) - np.log1p(d * mu * factor)
    poisson = sums * np.log(factor) - lengths * mu * (factor - 1)
    negative = sums * (np.log(factor) + shift) + lengths / d * shift
    # Below 1e-8 the second form subtracts equal numbers; the two are then the same to all digits kept.
    gain = np.where(spread[:, None] < 1e-8, poisson, negative)
    return np.maximum(np.where(inside, gain, -np.inf).max(axis=1, initial=-np.inf), 0.0)


def _largest_calm(past: Floats, inside: NDArray[np.bool_], mean: Floats, spread: Floats, change: Change) -> Floats:
    """Largest count of today that raises no alarm, by doubling and halving (the evidence grows with today's count)."""
    trial = past.copy()

    def raises(today: Floats) -> NDArray[np.bool_]:
        trial[:, 0] = today
        return _evidence(trial, inside, mean, spread, change) >= change.threshold

    low, high = np.full(mean.size, -1.0), np.ones(mean.size)
    while bool((grows := ~raises(high) & (high < LARGEST_BOUND)).any()):
        low, high = np.where(grows, high, low), np.where(grows, high * 2, high)
    while bool((high - low > 1).any()):
        middle = np.floor((low + high) / 2)
        above = raises(middle)
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return low
