"""Weekly counts against the same season of earlier years: the Farrington method in Noufaily's flexible form.

Farrington et al., JRSS A 159:547 (1996); Noufaily et al., Statistics in Medicine 32:1206 (2013). A quasi-Poisson
log-linear trend with a season factor is fitted to the baseline, past outbreaks are weighed down by their Anscombe
residuals, and the current week is held against the upper quantile. All weeks and series of a call are fitted together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .distributions import Floats, count_quantile, count_tail, floats, normal_cdf, normal_quantile, student_two_sided
from .regression import PoissonFits, fit_poisson

METHODS = ("nbPlugin", "delta", "muan")
FEWEST_TREND_YEARS = 3  # a trend over fewer is season (Farrington et al. 1996)


@dataclass(frozen=True, slots=True)
class FarringtonPolicy:
    """Settings, under the names of the literature.

    b: years of baseline; w: weeks either side of the anniversaries; noPeriods: levels of the season factor;
    pastWeeksNotIncluded: most recent weeks left out of the baseline (an outbreak that grows slowly must not teach the
    baseline); weightsThreshold: Anscombe residual above which a past week is weighed down; pThresholdTrend: keep the
    trend when its p-value is below (1 = always try), never with fewer than three years; limit54: (cases, weeks), no alarm
    with fewer cases than this in the latest weeks. Defaults of Noufaily et al. 2013.
    """

    b: int = 5
    w: int = 3
    noPeriods: int = 10
    pastWeeksNotIncluded: int = 26
    thresholdMethod: str = "nbPlugin"
    alpha: float = 0.01
    weightsThreshold: float = 2.58
    pThresholdTrend: float = 1.0
    limit54: tuple[int, int] = (5, 4)
    frequency: int = 52

    def __post_init__(self) -> None:
        if self.thresholdMethod not in METHODS:
            raise ValueError(f"thresholdMethod must be one of {', '.join(METHODS)}")
        if self.b < 1 or self.w < 0 or self.noPeriods < 1 or 2 * self.w + 1 > self.frequency or self.pastWeeksNotIncluded < 0:
            raise ValueError("b and noPeriods must be at least 1, w and pastWeeksNotIncluded at least 0, and 2w+1 at most a year")
        if not 0 < self.alpha < 0.5:
            raise ValueError("alpha must lie between 0 and 0.5")


@dataclass(frozen=True, slots=True)
class FarringtonResult:
    """Per series and evaluated week, float64[n, len(weeks)]; NaN where the history is too short. `weeks`: index from 0."""

    weeks: NDArray[np.int64]
    expected: Floats
    upperbound: Floats
    p: Floats
    alarm: NDArray[np.bool_]
    phi: Floats
    trend: NDArray[np.bool_]


def first_week(policy: FarringtonPolicy) -> int:
    """Index (from 0) of the first week whose baseline of b years lies wholly inside the series."""
    return policy.b * policy.frequency + policy.w


def season_levels(policy: FarringtonPolicy) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Baseline weeks as offsets from the current week (negative), and the season level of each.

    Level 0 is the window of 2w + 1 weeks around each anniversary; the rest of the year is cut into noPeriods − 1
    stretches of nearly equal length, the longer ones first. With one period only the windows are used. Source: Noufaily
    et al. 2013, §3.
    """
    year, w = policy.frequency, policy.w
    offsets = np.arange(-policy.b * year - w, -policy.pastWeeksNotIncluded, dtype=np.int64)
    after = (offsets + w) % year
    level = np.zeros(offsets.size, dtype=np.int64)
    inside = after <= 2 * w
    if policy.noPeriods == 1:
        keep = inside & (offsets <= -year + w)
        return offsets[keep], level[keep]
    rest = year - (2 * w + 1)
    parts = policy.noPeriods - 1
    ends = np.cumsum([rest // parts + (1 if i < rest % parts else 0) for i in range(parts)])
    level = np.where(inside, 0, 1 + np.searchsorted(ends, after - (2 * w + 1), side="right"))
    return offsets, level


def detect(
    counts: Floats, policy: FarringtonPolicy = FarringtonPolicy(), weeks: NDArray[np.int64] | None = None, batch: int = 4000
) -> FarringtonResult:
    """Expected count, upper bound, p-value and alarm for each series and week.

    `counts`: float64[n, T] or [T] weekly counts, whole and not negative, NaN = missing (left out of the baseline; no
    verdict for a week that is itself missing). `weeks`: int64 indices from 0, default all that have b years behind them.
    `batch`: fits solved at once, bounds memory.
    """
    y = np.atleast_2d(floats(counts))
    total = y.shape[1]
    wanted = np.arange(total, dtype=np.int64) if weeks is None else floats(weeks).astype(np.int64)
    usable = wanted[(wanted >= first_week(policy)) & (wanted < total)]
    n = y.shape[0]
    shape = (n, wanted.size)
    out = [np.full(shape, np.nan) for _ in range(4)]
    trend = np.zeros(shape, dtype=np.bool_)
    column = {int(k): i for i, k in enumerate(wanted)}
    pairs = np.array([(s, int(k)) for k in usable for s in range(n)], dtype=np.int64).reshape(-1, 2)
    for start in range(0, len(pairs), batch):
        series, now = pairs[start : start + batch].T
        verdict = _judge(y, series, now, policy)
        at = (series, np.array([column[int(k)] for k in now]))
        for target, values in zip(out, verdict[:4], strict=True):
            target[at] = values
        trend[at] = verdict[4]
    expected, upper, p, phi = out
    observed = np.where((wanted >= 0) & (wanted < total), y[:, np.clip(wanted, 0, total - 1)], np.nan)
    enough = _recent(y, wanted, policy.limit54[1]) >= policy.limit54[0]
    alarm = enough & (observed > upper)
    return FarringtonResult(wanted, expected, upper, p, alarm, phi, trend)


def _recent(y: Floats, weeks: NDArray[np.int64], span: int) -> Floats:
    total = np.concatenate([np.zeros((y.shape[0], 1)), np.cumsum(np.nan_to_num(y), axis=1)], axis=1)
    ends = np.clip(weeks + 1, 0, y.shape[1])
    return total[:, ends] - total[:, np.clip(ends - span, 0, None)]


def _judge(
    y: Floats, series: NDArray[np.int64], now: NDArray[np.int64], policy: FarringtonPolicy
) -> tuple[Floats, Floats, Floats, Floats, NDArray[np.bool_]]:
    offsets, level = season_levels(policy)
    base = y[series[:, None], now[:, None] + offsets[None, :]]
    observed = y[series, now]
    # Time is counted from the current week and scaled, so that the trend's column is of order one.
    time = offsets / float(policy.frequency)
    seasons = (level[:, None] == np.arange(1, policy.noPeriods)).astype(np.float64)
    flat = np.column_stack([np.ones(offsets.size), seasons])
    sloped = np.column_stack([flat, time])
    fit, phi = _fit_reweighted(base, sloped, policy)
    eta = fit.coefficients[:, 0]
    keep = fit.converged & (np.exp(np.minimum(eta, 700)) <= np.nanmax(base, axis=1, initial=0.0))
    keep &= policy.b >= FEWEST_TREND_YEARS
    if policy.pThresholdTrend < 1:
        keep &= _trend_p(base, fit) < policy.pThresholdTrend
    se = _standard_error(base, fit)
    drop = np.flatnonzero(~keep)
    if drop.size:
        plain, plain_phi = _fit_reweighted(base[drop], flat, policy)
        eta = eta.copy()
        eta[drop] = plain.coefficients[:, 0]
        phi[drop] = plain_phi
        se[drop] = _standard_error(base[drop], plain)
    mean = np.exp(np.minimum(eta, 27.0))
    upper, p = threshold(observed, mean, se, phi, policy)
    return mean, upper, p, phi, keep


def _fit_reweighted(base: Floats, design: Floats, policy: FarringtonPolicy) -> tuple[PoissonFits, Floats]:
    first = fit_poisson(base, design)
    phi = np.maximum(first.dispersion, 1.0)
    mu = first.mean
    known = np.nan_to_num(base)
    leverage = np.minimum(first.leverage, 1 - 1e-10)
    residual = 1.5 * (known ** (2 / 3) * mu ** (-1 / 6) - np.sqrt(mu)) / np.sqrt(phi[:, None] * (1 - leverage))
    heavy = (residual > policy.weightsThreshold) & ~np.isnan(base)
    share = np.where(heavy, np.maximum(residual, 1e-6) ** -2.0, 1.0)
    present = (~np.isnan(base)).astype(np.float64)
    omega = share * (present.sum(axis=1) / np.maximum((share * present).sum(axis=1), 1e-12))[:, None]
    # Without a weighed-down week the second fit is the first one, so only the others are fitted again.
    again = np.flatnonzero(heavy.any(axis=1))
    out = first.replaced(again, fit_poisson(base[again], design, omega[again])) if again.size else first
    return out, np.maximum(out.dispersion, 1.0)


def _package_dispersion(base: Floats, fit: PoissonFits) -> Floats:
    """Dispersion behind the standard error and trend p-value of the reference implementation in R.

    It weighs the squared working residuals by the outbreak weights alone, not by weight × mean as the quasi-Poisson
    theory has it. Kept for `delta`, `muan` and the trend test so that their answers can be compared; `nbPlugin` does not
    touch it.
    """
    present = ~np.isnan(base)
    working = np.where(present, (np.nan_to_num(base) - fit.mean) / fit.mean, 0.0)
    return (fit.weights * working**2).sum(axis=1) / np.maximum(fit.df, 1.0)


def _standard_error(base: Floats, fit: PoissonFits) -> Floats:
    return np.sqrt(np.maximum(fit.covariance[:, 0, 0] * _package_dispersion(base, fit), 0.0))


def _trend_p(base: Floats, fit: PoissonFits) -> Floats:
    error = np.sqrt(np.maximum(fit.covariance[:, -1, -1] * _package_dispersion(base, fit), 1e-300))
    return student_two_sided(fit.coefficients[:, -1] / error, fit.df)


def threshold(observed: Floats, mean: Floats, se: Floats, phi: Floats, policy: FarringtonPolicy) -> tuple[Floats, Floats]:
    """Upper bound and p-value of the current week; all float64[n], `se` is the standard error of log mean.

    nbPlugin: quantile of a negative binomial with the fitted mean and variance φ·mean. muan: the same around the upper
    confidence limit of the mean. delta: normal on the 2/3 power scale with the estimation error added (Farrington et al.
    1996).
    """
    z = float(normal_quantile(1 - policy.alpha))
    if policy.thresholdMethod == "delta":
        error = mean * se
        spread = phi + error**2 / mean
        upper = mean * np.maximum(1 + 2 / 3 * z * np.sqrt(spread / mean), 0.0) ** 1.5
        score = (observed ** (2 / 3) - mean ** (2 / 3)) / np.sqrt(4 / 9 * mean ** (1 / 3) * spread)
        return upper, normal_cdf(-score)
    centre = mean if policy.thresholdMethod == "nbPlugin" else np.exp(np.log(mean) + z * se)
    size = np.where(phi > 1, centre / np.maximum(phi - 1, 1e-300), np.inf)
    return count_quantile(1 - policy.alpha, centre, size), count_tail(observed, centre, size)
