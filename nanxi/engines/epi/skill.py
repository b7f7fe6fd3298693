"""How good were the forecasts? Weighted interval score, coverage, and skill against "the same as last week".

Bracher et al., PLoS Computational Biology 17:e1008618 (2021).
"""

from __future__ import annotations

import numpy as np

from .distributions import Floats, floats

#: The 23 levels of the forecast hubs (Bracher et al. 2021).
LEVELS = np.array([0.01, 0.025, *[round(0.05 * i, 2) for i in range(1, 20)], 0.975, 0.99])


def weighted_interval_score(observed: Floats, quantiles: Floats, levels: Floats = LEVELS) -> Floats:
    """WIS in the unit of the counts, float64[...]: 1/(K + ½) · (½|y − m| + Σ α/2 · IS_α), lower is better.

    `observed`: float64[...]; `quantiles`: float64[..., L] at `levels` (symmetric, ascending, with the median). It equals
    the mean pinball loss, twice, over the levels. ValueError when the levels are not symmetric. Source: Bracher et al.
    2021, eq. 1 and appendix.
    """
    q = floats(levels)
    if not np.allclose(q, 1 - q[::-1]) or q.size % 2 == 0 or bool((np.diff(q) <= 0).any()):
        raise ValueError("quantile levels must ascend, be symmetric about 0.5 and contain 0.5")
    gap = floats(observed)[..., None] - floats(quantiles)
    return 2.0 * np.maximum(q * gap, (q - 1) * gap).mean(axis=-1)


def coverage(observed: Floats, quantiles: Floats, level: float, levels: Floats = LEVELS) -> float:
    """Share of the observations inside the central interval of `level` (0.9 = from the 5 % to the 95 % quantile)."""
    low = int(np.argmin(np.abs(levels - (1 - level) / 2)))
    high = int(np.argmin(np.abs(levels - (1 + level) / 2)))
    y = floats(observed)
    return float(np.mean((y >= quantiles[..., low]) & (y <= quantiles[..., high])))


def relative_skill(score: Floats, naive: Floats) -> float:
    """Mean score divided by that of the naive forecast of the same days; below 1 is better than "the same as last week"."""
    return float(np.mean(score) / max(float(np.mean(naive)), 1e-12))
