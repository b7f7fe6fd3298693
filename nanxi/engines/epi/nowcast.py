"""How many cases of the last days are still on their way: right truncation by the reporting delay.

Delay distribution by reverse hazards (Kalbfleisch & Lawless 1989; Lawless 1994), shrunk to a prior; negative binomial for
what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .distributions import Floats, count_quantile, floats

HIDE_BELOW = 0.3  # share reported below which a day is not shown
FEWEST_CASES = 10  # below it the delays of a list say nothing
HATCH_BELOW = 0.8  # share below which a day is drawn as provisional


@dataclass(frozen=True, slots=True)
class Nowcast:
    """float64[T] by onset day:

    reported so far, share of the final count expected to be in, estimate and 90 % interval (NaN = hidden).
    """

    reported: Floats
    share: Floats
    expected: Floats
    q05: Floats
    q95: Floats

    @property
    def provisional(self) -> Floats:
        """1 where a chart must hatch the day."""
        return (self.share < HATCH_BELOW).astype(np.float64)


def delay_distribution(triangle: Floats, prior: Floats | None = None, prior_cases: float = 10.0) -> Floats:
    """P(delay ≤ d), float64[D], from a reporting triangle by onset day and delay in days.

    `triangle`: float64[T, D], the last row is today; cells with onset + delay after today must be NaN. `prior`:
    float64[D] probabilities that sum to 1, worth `prior_cases` cases; without it the list speaks alone. The reverse
    hazard g(d) = P(delay = d | delay ≤ d) uses only onset days whose delay d could have been seen, so that the truncation
    does not bias it.
    """
    cells = floats(triangle)
    days, width = cells.shape
    worth = 0.0 if prior is None else prior_cases
    base = np.full(width, 1.0 / width) if prior is None else floats(prior)
    base_cdf = np.cumsum(base)
    g = np.ones(width)
    for d in range(1, width):
        rows = cells[: max(days - d, 0), : d + 1]
        at, upto = float(np.nansum(rows[:, d])), float(np.nansum(rows))
        weight = worth * base_cdf[d]
        g[d] = (at + worth * base[d]) / (upto + weight) if upto + weight > 0 else 0.0
    cdf = np.ones(width)
    for d in range(width - 2, -1, -1):
        cdf[d] = cdf[d + 1] * (1 - g[d + 1])
    return cdf


def nowcast(reported: Floats, cdf: Floats) -> Nowcast:
    """Final count of each onset day, from `reported`: float64[T] (last = today) and P(delay ≤ d): float64[D].

    E[N] = (n + ½)/F − ½ as the mean of n + NB(n + ½, F) missing cases; F of days older than D is 1. Days with F < 0.3 are
    NaN. Never feed days that are hidden to a reproduction number or a forecast.
    """
    n = floats(reported)
    age = np.arange(n.size)[::-1]
    share = np.where(age < cdf.size, cdf[np.minimum(age, cdf.size - 1)], 1.0)
    safe = np.clip(share, 1e-6, 1.0)
    missing = (n + 0.5) * (1 - safe) / safe
    low = n + np.where(missing > 0, count_quantile(0.05, missing, n + 0.5), 0.0)
    high = n + np.where(missing > 0, count_quantile(0.95, missing, n + 0.5), 0.0)
    shown = share >= HIDE_BELOW
    return Nowcast(n, share, np.where(shown, n + missing, np.nan), np.where(shown, low, np.nan), np.where(shown, high, np.nan))


def triangle_of(onset: Floats, report: Floats, today: int, span: int = 28, max_delay: int = 21) -> Floats:
    """Reporting triangle float64[span, max_delay + 1] of a line list: `onset`, `report` in whole days, float64[cases], same zero.

    Cases reported after `today` or with onset before the span are left out; cells that are not knowable yet are NaN.
    ValueError when a report comes before its onset.
    """
    bad = np.flatnonzero(report < onset)
    if bad.size:
        raise ValueError(f"row {int(bad[0]) + 2}, column report: is before onset; swap or correct the two dates")
    out = np.zeros((span, max_delay + 1))
    row = (onset - (today - span + 1)).astype(np.int64)
    delay = np.minimum((report - onset).astype(np.int64), max_delay)
    seen = (report <= today) & (row >= 0) & (row < span)
    np.add.at(out, (row[seen], delay[seen]), 1.0)
    future = np.arange(span)[:, None] + np.arange(max_delay + 1)[None, :] > span - 1
    out[future] = np.nan
    return out
