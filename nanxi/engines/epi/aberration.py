"""Is today's count more than this series' own recent past explains? Daily surveillance rules for short histories.

EARS C1–C3: Hutwagner et al., Journal of Urban Health 80:i89 (2003), constants after Fricker et al. (2008). Gamma-Poisson
predictive test with day-of-week: conjugate negative binomial with dispersion pooled over the areas of one signal. Moving
percentile: CIDARS, China CDC (Yang et al. 2011). Slow rises are the matter of `slow_rise`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .distributions import Floats, count_quantile, count_tail, floats, normal_cdf, normal_quantile, whole_numbers

BASELINE_DAYS = 28  # four of each weekday
FEWEST_DAYS = 10  # fewer baseline days say nothing about spread
GUARD_DAYS = 2  # days just before today, kept out so that a slow rise does not teach the baseline
WEEKDAY_PRIOR = 4.0  # pseudo-cases that shrink a weekday's factor towards 1
DISPERSION_PRIOR = 20.0  # degrees of freedom with which an area's dispersion is pulled to that of its signal
FEWEST_AREAS = 5  # with as many, one dispersion for the signal is known better than each area's own
LARGEST_DISPERSION = 50.0  # above it the days are of different definitions, not of one spread


@dataclass(frozen=True, slots=True)
class Verdict:
    """float64[n, T] each; NaN where there is too little history to say. alarm: bool[n, T]."""

    expected: Floats
    upperbound: Floats
    p: Floats
    alarm: NDArray[np.bool_]


def check_alpha(alpha: float) -> None:
    """ValueError unless the nominal false-alarm rate lies between 0 and ½."""
    if not 0 < alpha < 0.5:
        raise ValueError("alpha must lie between 0 and 0.5")


def ears(counts: Floats, *, method: str, alpha: float = 0.001, baseline: int = 7, min_sigma: float = 0.0) -> Verdict:
    """EARS C1, C2 or C3 on float64[n, T] daily counts.

    C1: mean and sd (n − 1) of the `baseline` days before today; C2: the same two days earlier; threshold mean + z·sd with
    z the normal 1 − alpha quantile. C3: sum over today and the two days before of what each C2 statistic exceeds 1, held
    against z; its upper bound is the largest count of today that keeps the sum at z. `min_sigma`: floor of the sd. alpha
    .001 gives 1.7–5.1 % false alarms on Poisson noise, so compare methods at the achieved rate. ValueError for an alpha
    outside (0, ½) or fewer than two baseline days.
    """
    y = np.atleast_2d(floats(counts))
    check_alpha(alpha)
    if baseline < 2:
        raise ValueError("a standard deviation needs at least 2 baseline days")
    if method not in ("ears-c1", "ears-c2", "ears-c3"):
        raise ValueError("method must be ears-c1, ears-c2 or ears-c3")
    lag = 1 if method == "ears-c1" else 3
    mean, sd = _moving(y, baseline, lag)
    sd = np.maximum(sd, min_sigma)
    z = float(normal_quantile(1 - alpha))
    if method != "ears-c3":
        upper = mean + z * sd
        with np.errstate(divide="ignore", invalid="ignore"):
            p = normal_cdf(-(y - mean) / sd)
        return Verdict(mean, upper, p, y > upper)
    with np.errstate(divide="ignore", invalid="ignore"):
        c2 = (y - mean) / sd
    excess = np.maximum(c2 - 1.0, 0.0)
    before = np.full_like(y, np.nan)
    before[:, 2:] = excess[:, 1:-1] + excess[:, :-2]
    upper = mean + sd * (z - before + 1.0)
    statistic = np.where(np.isnan(before), np.nan, excess + before)
    return Verdict(mean, upper, normal_cdf(-statistic), y > upper)


def _moving(y: Floats, length: int, lag: int) -> tuple[Floats, Floats]:
    """Mean and sd (n − 1) of the `length` days that end `lag` days before each day."""
    mean = np.full_like(y, np.nan)
    sd = np.full_like(y, np.nan)
    start = length + lag - 1
    if y.shape[1] > start:
        past = np.lib.stride_tricks.sliding_window_view(y, length, axis=1)[:, : y.shape[1] - start]
        mean[:, start:] = past.mean(axis=-1)
        sd[:, start:] = past.std(axis=-1, ddof=1)
    return mean, sd


def gamma_poisson(
    counts: Floats,
    *,
    weekday: NDArray[np.int64] | None = None,
    alpha: float = 0.01,
    minimum: float = 0.0,
    baseline: int = BASELINE_DAYS,
    guard: int = GUARD_DAYS,
    pool: bool = True,
    masked: NDArray[np.bool_] | None = None,
    since: int = 0,
) -> Verdict:
    """Predictive test of each day against its 28 baseline days; float64[n, T], the rows are the areas of **one** signal.

    Days before index `since` are not judged. `weekday`: int64[T], 0–6, give holidays the same number as Sunday; default t
    mod 7. `masked`: bool[T] days to leave out of every baseline (Spring Festival). NaN counts are left out. With mean S/E
    over the baseline and weekday factors f shrunk with 4 pseudo-cases (over all areas, with `pool`), mu = (S + ½)/E · f,
    variance φ·mu + φ·mu²/(S + ½); φ ≥ 1 is Pearson's, pulled to that of the whole signal: 28 days alone say too little. p
    is the mid-p value P(Y > y) + ½P(Y = y), so that small counts keep their nominal rate on average. NaN with fewer than
    10 baseline days. Alarm: p < alpha and y ≥ `minimum`.
    """
    y = np.atleast_2d(floats(counts))
    check_alpha(alpha)
    days = whole_numbers(0, y.shape[1]) % 7 if weekday is None else weekday
    skip = np.zeros(y.shape[1], dtype=np.bool_) if masked is None else masked
    expected, upper, p = (np.full_like(y, np.nan) for _ in range(3))
    for t in range(max(FEWEST_DAYS + guard, since), y.shape[1]):
        span = whole_numbers(max(0, t - guard - baseline), t - guard)
        span = span[~skip[span]]
        if span.size < FEWEST_DAYS:
            continue
        expected[:, t], upper[:, t], p[:, t] = _predict(y[:, span], days[span], int(days[t]), y[:, t], alpha, pool)
    return Verdict(expected, upper, p, (p < alpha) & (y >= minimum))


def _predict(
    past: Floats, days: NDArray[np.int64], today: int, observed: Floats, alpha: float, pool: bool
) -> tuple[Floats, Floats, Floats]:
    known = ~np.isnan(past)
    cases = np.nan_to_num(past)
    total = cases.sum(axis=1)
    seen = known.sum(axis=1)
    daily = total / np.maximum(seen, 1)
    on_day = (days[:, None] == np.arange(7)).astype(np.float64)
    got = cases @ on_day
    due = (known * daily[:, None]) @ on_day
    if pool:
        got, due = got.sum(axis=0, keepdims=True), due.sum(axis=0, keepdims=True)
    factor = np.broadcast_to((got + WEEKDAY_PRIOR) / (due + WEEKDAY_PRIOR), (past.shape[0], 7))
    exposure = (known * factor[:, days]).sum(axis=1)
    rate = (total + 0.5) / np.maximum(exposure, 1e-9)
    phi = _dispersion(cases, known, factor[:, days], pool)
    mean = rate * factor[:, today]
    size = mean / np.maximum(phi - 1 + phi * mean / (total + 0.5), 1e-12)
    p = count_tail(observed + 1, mean, size) / 2 + count_tail(observed, mean, size) / 2
    upper = count_quantile(1 - alpha, mean, size)
    enough = seen >= FEWEST_DAYS
    return np.where(enough, mean, np.nan), np.where(enough, upper, np.nan), np.where(enough, p, np.nan)


def _dispersion(cases: Floats, known: NDArray[np.bool_], shape: Floats, pool: bool) -> Floats:
    """φ ≥ 1 of each area, float64[n], by Pearson's statistic freed of its small-count bias.

    `shape`: weekday factors of the baseline days. Given an area's total S, counts of variance φ·mu are
    Dirichlet-multinomial, so that χ²/df is S·φ/(S + φ − 1) on average and not φ; that is solved for φ.
    """
    total = cases.sum(axis=1)
    exposure = (known * shape).sum(axis=1)
    fitted = (total / np.maximum(exposure, 1e-9))[:, None] * shape
    chi = np.where(known & (total[:, None] > 0), (cases - fitted) ** 2 / np.maximum(fitted, 1e-9), 0.0).sum(axis=1)
    df = np.where(total > 0, np.maximum(known.sum(axis=1) - 1.0, 1.0), 0.0)
    shared = _unbiased(np.atleast_1d(chi.sum()), df[None, :], total[None, :])
    if pool and cases.shape[0] >= FEWEST_AREAS:
        return np.full(len(df), shared[0])
    own = _unbiased(chi, df[:, None], total[:, None])
    return (df * own + DISPERSION_PRIOR * shared) / (df + DISPERSION_PRIOR) if pool else own


def _unbiased(chi: Floats, df: Floats, total: Floats) -> Floats:
    """Solve Σ df·S·φ/(S + φ − 1) = χ² for φ in [1, 50], by halving; chi float64[k], df and total float64[k, areas]."""
    low, high = np.ones(chi.size), np.full(chi.size, LARGEST_DISPERSION)
    for _ in range(40):
        middle = (low + high) / 2
        share = total / np.maximum(total + middle[:, None] - 1, 1e-9)
        below = middle * (df * share).sum(axis=1) < chi
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low


def short_history_rule(counts: Floats, *, least: float = 5.0, times: float = 2.0) -> NDArray[np.bool_]:
    """What can be said with fewer than ten days: at least 5 cases and at least twice the mean of all days before.

    float64[n, T] → bool[n, T]; the first day never, NaN never. A rule of thumb without a false-alarm rate.
    """
    y = np.atleast_2d(floats(counts))
    seen = np.cumsum(~np.isnan(y), axis=1)[:, :-1]
    mean = np.cumsum(np.nan_to_num(y), axis=1)[:, :-1] / np.maximum(seen, 1)
    out = np.zeros(y.shape, dtype=np.bool_)
    out[:, 1:] = (y[:, 1:] >= least) & (y[:, 1:] >= times * mean) & (seen > 0)
    return out


def benjamini_hochberg(p: Floats, q: float = 0.1) -> NDArray[np.bool_]:
    """Which of the p-values of one day stand out, at false-discovery rate q;

    float64[n] → bool[n], NaN never. Benjamini & Hochberg 1995.
    """
    values = np.where(np.isnan(p), 1.0, p)
    order = np.argsort(values)
    passed = values[order] <= q * (np.arange(values.size) + 1) / values.size
    out = np.zeros(values.size, dtype=np.bool_)
    if passed.any():
        out[order[: int(np.flatnonzero(passed)[-1]) + 1]] = True
    return out


def moving_percentile(counts: Floats, *, years: int = 3, w: int = 2, percentile: float = 0.8, frequency: int = 52) -> Verdict:
    """CIDARS: this week against the percentile of the 2w + 1 weeks around its anniversaries in `years` earlier years.

    float64[n, T] weekly counts. expected = median of the references, upper bound = their percentile (linear
    interpolation), p = share of the references at or above the count. NaN without `years` whole years.
    """
    y = np.atleast_2d(floats(counts))
    if years < 1 or w < 0 or 2 * w + 1 > frequency or not 0 < percentile < 1:
        raise ValueError("years must be at least 1, w between 0 and half a year, and the percentile between 0 and 1")
    expected, upper, p = (np.full_like(y, np.nan) for _ in range(3))
    offsets = np.array([-frequency * a + j for a in range(1, years + 1) for j in range(-w, w + 1)])
    for t in range(frequency * years + w, y.shape[1]):
        past = y[:, t + offsets]
        usable = ~np.isnan(past).all(axis=1)
        expected[usable, t] = np.nanmedian(past[usable], axis=1)
        upper[usable, t] = np.nanquantile(past[usable], percentile, axis=1)
        reached = np.where(np.isnan(past[usable] + y[usable, t, None]), np.nan, past[usable] >= y[usable, t, None])
        with np.errstate(invalid="ignore"):
            seen = (~np.isnan(reached)).sum(axis=1)
            p[usable, t] = np.where(seen > 0, np.nansum(reached, axis=1) / np.maximum(seen, 1), np.nan)
    return Verdict(expected, upper, p, y > upper)
