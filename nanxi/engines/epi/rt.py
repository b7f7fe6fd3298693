"""Effective reproduction number by day, with its interval.

Cori et al., American Journal of Epidemiology 178:1505 (2013); split into local and imported cases after Thompson et al.,
Epidemics 29:100356 (2019). The posterior is a gamma in closed form, so thousands of series need no sampling.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .distributions import Floats, floats, gamma_cdf, gamma_quantile, whole_numbers
from .serial import checked_si, mean_si

UNKNOWN_SHARE = 0.05  # of the infection pressure that may come from days without a count
MIN_CASES = 11  # below it the posterior's coefficient of variation is above 0.3 (Cori et al. 2013)


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Posterior of R for each series and window; float64[n, windows]. t_start, t_end: int64[windows], days counted from 1."""

    t_start: np.ndarray[tuple[int], np.dtype[np.int64]]
    t_end: np.ndarray[tuple[int], np.dtype[np.int64]]
    shape: Floats
    scale: Floats
    local_cases: Floats
    pressure: Floats
    early: Floats

    @property
    def mean(self) -> Floats:
        """Posterior mean."""
        return self.shape * self.scale

    @property
    def sd(self) -> Floats:
        """Posterior standard deviation."""
        return np.sqrt(self.shape) * self.scale

    def quantile(self, p: float) -> Floats:
        """Posterior quantile."""
        return _quantile_of_shared_shapes(p, self.shape) * self.scale

    def probability_above(self, level: float = 1.0) -> Floats:
        """P(R > level)."""
        return 1.0 - gamma_cdf(level, self.shape, self.scale)

    def shown(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """True where a desk may print R: at least 11 local cases in the window and an infection pressure of at least 1."""
        return (self.local_cases >= MIN_CASES) & (self.pressure >= 1.0) & (self.early == 0)


def infection_pressure(total: Floats, si: Floats) -> Floats:
    """Λ_t = Σ_{s≥1} w_s · I_{t−s}, the cases that could have infected today's; float64[n, T], Λ of the first day is 0.

    `total`: local + imported cases, float64[n, T], NaN = not known; `si`: float64[K + 1]. A day that is not known is taken
    to be like the others as long as no more than a twentieth of the weight falls on such days, else Λ is NaN.
    """
    unknown = np.isnan(total)
    if not bool(unknown.any()):
        return _convolved(total, si)
    share = _convolved(unknown.astype(np.float64), si)
    known = _convolved(np.where(unknown, 0.0, total), si)
    return np.where(share > UNKNOWN_SHARE, np.nan, known / np.maximum(1 - share, 1e-9))


def _convolved(values: Floats, si: Floats) -> Floats:
    out = np.zeros_like(values)
    days = values.shape[1]
    for lag in range(1, min(si.size, days)):
        if si[lag] > 0:
            out[:, lag:] += si[lag] * values[:, : days - lag]
    return out


def estimate_rt(
    local: Floats,
    si: Floats,
    *,
    imported: Floats | None = None,
    window: int = 7,
    prior_mean: float = 5.0,
    prior_sd: float = 5.0,
) -> Reproduction:
    """Posterior of R over sliding windows of `window` days that end on each day from the second on.

    `local`: float64[n, T] or [T] cases infected here per day; `imported`: same shape, cases infected elsewhere (they
    infect, but nobody here infected them). Without `imported` the first day of each series counts as imported. `si`:
    float64[K + 1], w[0] = 0. R is NaN while a window ends before the mean serial interval has passed (no generation
    observed yet), where a count of the window is NaN, and where unknown days carry the pressure. ValueError for negative
    counts, a prior that is not positive, or fewer days than window + 1. Source: Cori et al. 2013.
    """
    cases = np.atleast_2d(floats(local))
    weights = checked_si(si)
    if prior_mean <= 0 or prior_sd <= 0:
        raise ValueError("the prior mean and sd of R must be above 0")
    if window < 1 or cases.shape[1] < window + 1:
        raise ValueError(f"{cases.shape[1]} days are too few to say: a window of {window} days needs at least {window + 1}")
    if imported is None:
        arrived = np.zeros_like(cases)
        arrived[:, 0] = cases[:, 0]
        cases = cases.copy()
        cases[:, 0] = 0
    else:
        arrived = np.atleast_2d(floats(imported))
    if bool((cases < 0).any()) or bool((arrived < 0).any()):
        raise ValueError("case counts must not be negative")
    force = infection_pressure(cases + arrived, weights)
    ends = whole_numbers(window, cases.shape[1])
    count = _window_sums(cases, window)
    pressure = _window_sums(force, window)
    a = (prior_mean / prior_sd) ** 2
    rate = prior_mean / prior_sd**2
    early = np.broadcast_to(floats(ends + 1 <= mean_si(weights)), count.shape)
    shape = np.where(early > 0, np.nan, a + count)
    scale = np.where(early > 0, np.nan, 1.0 / (rate + pressure))
    return Reproduction(ends - window + 2, ends + 1, shape, scale, count, pressure, early)


def mix_over_si(
    local: Floats,
    draws: Floats,
    *,
    imported: Floats | None,
    window: int,
    rng: np.random.Generator,
    samples: int = 50,
    prior_mean: float = 5.0,
    prior_sd: float = 5.0,
) -> Floats:
    """Samples of R when the serial interval is uncertain: float64[n, windows, draws × samples].

    One posterior per row of `draws` (float64[m, K + 1], from `draw_si`), mixed with equal weight. Take quantiles over the
    last axis.
    """
    parts: list[Floats] = []
    for row in draws:
        r = estimate_rt(local, row, imported=imported, window=window, prior_mean=prior_mean, prior_sd=prior_sd)
        parts.append(
            rng.standard_gamma(np.nan_to_num(r.shape, nan=1.0)[..., None], (*r.shape.shape, samples)) * r.scale[..., None]
        )
    return np.concatenate(parts, axis=-1)


def _window_sums(values: Floats, window: int) -> Floats:
    """Sums over the windows that end on each day from index `window` on (the first window starts on the second day)."""
    exact = np.array([values[:, i : values.shape[1] - window + i] for i in range(1, window + 1)])
    return exact.sum(axis=0)


def _quantile_of_shared_shapes(p: float, shape: Floats) -> Floats:
    """Gamma quantile at scale 1; shapes are prior + integer count, so that many windows share one and it is solved once."""
    distinct, back = np.unique(shape, return_inverse=True)
    return gamma_quantile(p, distinct)[back].reshape(shape.shape)
