"""The next one to two weeks: renewal with damped reproduction number, the naive "as last week", and their equal mixture.

Renewal: Cori et al. 2013 for the present, Fraser, PLoS ONE 2:e758 (2007) for the equation. Damping pulls R towards 0 day
by day, because a reproduction number frozen at its last value loses to the naive forecast as soon as measures bite.
Answers are simulated paths.
"""

from __future__ import annotations

import numpy as np

from .distributions import MEAN_CAP, Floats, floats
from .rt import MIN_CASES, estimate_rt
from .skill import LEVELS, weighted_interval_score

PATHS = 4000
DAMPING = 0.85  # per day, where no day has passed on which `fit_damping` could score; of the order of 2020's provinces
DAMPINGS = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
FITTED_ORIGINS = 28  # days back from which forecasts are made again; older measures are not today's
FITTED_PATHS = 200
OBSERVATION_SIZE = 10.0  # spread of daily counts around the renewal mean
WEEK = 7
#: Scenarios shown instead of a forecast when there are too few cases to say.
SCENARIOS = (0.8, 1.0, 1.3)


def renewal_paths(
    total: Floats,
    si: Floats,
    *,
    days: int,
    r: Floats,
    damping: float | Floats = DAMPING,
    imports: Floats | None = None,
    size: float = OBSERVATION_SIZE,
    rng: np.random.Generator,
) -> Floats:
    """Simulated daily counts, float64[paths, days].

    `total`: float64[T] cases per day up to today; `r`: float64[paths] reproduction numbers today; on day h ahead
    R·damping^h acts (`damping`: one number or float64[paths]). `imports`: float64[days] expected infected arrivals.
    Counts are negative binomial around the renewal mean.
    """
    history = np.broadcast_to(floats(total), (r.size, total.size))
    paths = np.concatenate([history, np.zeros((r.size, days))], axis=1)
    start = total.size
    for h in range(days):
        lags = min(si.size - 1, start + h)
        past = paths[:, start + h - lags : start + h][:, ::-1]
        mean = r * damping ** (h + 1) * (past @ si[1 : lags + 1])
        mean += 0.0 if imports is None else float(imports[h])
        paths[:, start + h] = _counts(mean, size, rng)
    return paths[:, start:]


def naive_paths(total: Floats, *, days: int, paths: int = PATHS, rng: np.random.Generator) -> Floats:
    """ "As last week": negative binomial around the mean of the last seven days, with their own dispersion;

    float64[paths, days]. NaN days are left out. ValueError when none of the seven is known.
    """
    week = floats(total)[-WEEK:]
    week = week[~np.isnan(week)]
    if week.size == 0:
        raise ValueError("no day of the last week is known: a forecast needs at least one count")
    mean = float(week.mean())
    variance = float(week.var(ddof=1)) if week.size > 1 else mean
    size = mean**2 / max(variance - mean, 1e-9) if mean > 0 else 1.0
    return _counts(np.full((paths, days), mean), min(size, 1e6), rng)


def forecast_paths(
    local: Floats,
    si: Floats,
    *,
    days: int,
    imported: Floats | None = None,
    damping: float = DAMPING,
    future_imports: Floats | None = None,
    paths: int = PATHS,
    rng: np.random.Generator,
) -> Floats:
    """The mixture: half the paths renewal with R drawn from its posterior, half naive; float64[paths, days].

    `local`, `imported`: float64[T], whole days without gaps, the last one today. With fewer than 11 local cases in the
    last week R cannot be told: use `scenario_paths`. ValueError in that case, and with fewer than 8 days.
    """
    cases = floats(local)
    arrived = None if imported is None else floats(imported)
    if cases.size <= WEEK:
        raise ValueError(f"{cases.size} days are too few to say: a forecast needs at least {WEEK + 1}")
    if bool(np.isnan(cases).any()):
        raise ValueError("a forecast needs every day: give the days without a count a number, or begin after them")
    if float(cases[-WEEK:].sum()) < MIN_CASES:
        raise ValueError(f"fewer than {MIN_CASES} local cases in the last week are too few to say; look at scenarios instead")
    posterior = estimate_rt(cases, si, imported=arrived)
    shape, scale = posterior.shape[0, -1], posterior.scale[0, -1]
    if np.isnan(shape):
        raise ValueError("no generation has been observed yet: give at least as many days as the mean serial interval")
    half = paths // 2
    r = rng.standard_gamma(shape, half) * scale
    total = cases if arrived is None else cases + arrived
    renewal = renewal_paths(total, si, days=days, r=r, damping=damping, imports=future_imports, rng=rng)
    return np.concatenate([renewal, naive_paths(total, days=days, paths=paths - half, rng=rng)])


def scenario_paths(
    total: Floats, si: Floats, *, days: int, r: float, imports: Floats | None = None, paths: int = PATHS, rng: np.random.Generator
) -> Floats:
    """What would follow if R were `r` throughout; no statement about how likely that is. float64[paths, days]."""
    return renewal_paths(floats(total), si, days=days, r=np.full(paths, r), damping=1.0, imports=imports, rng=rng)


def fit_damping(
    series: list[Floats], si: Floats, *, horizon: int = WEEK, rng: np.random.Generator, grid: tuple[float, ...] = DAMPINGS
) -> float:
    """The damping of the grid whose mixture had the lowest interval score on days that `series` already know.

    float64[T] each, the last day today. Forecasts are made again from each of the last 28 days and scored on as many of
    their `horizon` days as have passed, so that measures of this week count this week. Nothing later is looked at. 0.85
    where no day can be scored. Source of the score: Bracher et al. 2021.
    """
    scores = np.zeros(len(grid))
    for cases in series:
        for end in range(max(2 * WEEK, cases.size - FITTED_ORIGINS), cases.size):
            known, truth = cases[:end], cases[end : end + horizon]
            if not bool(np.isnan(cases).any()) and float(known[-WEEK:].sum()) >= MIN_CASES:
                scores += _scores_of(known, truth, si, grid, rng)
    return grid[int(np.argmin(scores))] if scores.any() else DAMPING


def _scores_of(known: Floats, truth: Floats, si: Floats, grid: tuple[float, ...], rng: np.random.Generator) -> Floats:
    """Summed interval score of each damping from one day, float64[grid]; zeros where no generation has passed."""
    posterior = estimate_rt(known, si)
    shape, scale = posterior.shape[0, -1], posterior.scale[0, -1]
    if np.isnan(shape):
        return np.zeros(len(grid))
    # One draw of R and of the naive half for all dampings: they are compared under the same chance.
    r = np.tile(rng.standard_gamma(shape, FITTED_PATHS) * scale, len(grid))
    renewal = renewal_paths(known, si, days=truth.size, r=r, damping=np.repeat(grid, FITTED_PATHS), rng=rng)
    naive = naive_paths(known, days=truth.size, paths=FITTED_PATHS, rng=rng)
    renewed = renewal.reshape(len(grid), FITTED_PATHS, truth.size)
    mixed = np.concatenate([renewed, np.broadcast_to(naive, renewed.shape)], axis=1)
    quantiles = np.moveaxis(np.quantile(mixed, LEVELS, axis=1), 0, -1)
    return weighted_interval_score(np.broadcast_to(truth, quantiles.shape[:-1]), quantiles).sum(axis=-1)


def _counts(mean: Floats, size: float, rng: np.random.Generator) -> Floats:
    rate = rng.standard_gamma(size, mean.shape) * np.minimum(mean, MEAN_CAP) / size
    return rng.poisson(rate).astype(np.float64)
