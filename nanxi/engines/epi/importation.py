"""How many infected travellers to expect in each town, from where, and whether a count is more than travel explains.

Expected importations are a sum over origins, so that the explanation is exact; the negative binomial size follows the
2020 prefecture data. The retrospective index is a negative binomial (NB2) regression on outflow (Jia et al., Nature
582:389, 2020), maximum likelihood by our own Newton steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .distributions import Floats, count_log_likelihood, count_tail, floats

SIZE = 1.7  # spread of imports around their mean, fitted to 2020 prefecture counts
ASCERTAINMENT = 3.0  # infections per reported case, 1–10, a desk sets it


def prevalence(recent_cases: Floats, population: Floats, ascertainment: float = ASCERTAINMENT, traveller: float = 1.0) -> Floats:
    """Share of travellers infected, float64[origins]: traveller × (cases of 14 days × ascertainment)/population, at most 1.

    ValueError for a population that is not positive (an unknown origin must be said, not guessed).
    """
    people = floats(population)
    bad = np.flatnonzero(~(people > 0))
    if bad.size:
        raise ValueError(
            f"row {int(bad[0]) + 2}, column population: must be above 0; fill in the origin's inhabitants or leave the origin out"
        )
    return np.minimum(traveller * floats(recent_cases) * ascertainment / people, 1.0)


@dataclass(frozen=True, slots=True)
class Importation:
    """contribution: float64[towns, origins], expected infected arrivals by origin; the sum over origins is `expected` exactly."""

    contribution: Floats

    @property
    def expected(self) -> Floats:
        """Expected infected arrivals per town."""
        return self.contribution.sum(axis=1)

    def at_least_one(self, size: float = SIZE) -> Floats:
        """P(≥ 1 infected arrival) per town: 1 − (1 + λ/k)^(−k)."""
        return -np.expm1(-size * np.log1p(self.expected / size))

    def top(self, town: int, n: int = 3) -> NDArray[np.int64]:
        """Indices of the n origins that contribute most to a town."""
        return np.argsort(-self.contribution[town], kind="stable")[:n]


def expected_imports(arrivals: Floats, infected_share: Floats, not_screened: Floats | float = 1.0) -> Importation:
    """Σ over origins of arrivals · share infected · share not screened out.

    `arrivals`: float64[towns, origins] persons; `infected_share`, `not_screened`: float64[origins].
    """
    if bool((floats(arrivals) < 0).any()):
        raise ValueError("arrivals must not be negative")
    return Importation(floats(arrivals) * floats(infected_share) * floats(not_screened))


@dataclass(frozen=True, slots=True)
class TravelIndex:
    """NB2 regression of cumulative cases on log covariates: beta float64[k], size, log-likelihood."""

    beta: Floats
    size: float
    log_likelihood: float

    def excess(self, cases: Floats, design: Floats) -> Floats:
        """P(count ≥ cases) under travel alone, float64[n]; small means local spread beyond importation."""
        return count_tail(cases, np.exp(np.clip(design @ self.beta, -40, 27)), self.size)


def fit_travel_index(cases: Floats, design: Floats) -> TravelIndex:
    """Maximum likelihood of log E = design · β with variance mu + mu²/size; `cases` float64[n], `design` float64[n, k].

    β by Fisher scoring inside a golden-section search on log size (10⁻³…10⁵), so that it cannot run away. ValueError with
    fewer rows than columns + 2.
    """
    y = floats(cases)
    if y.size < design.shape[1] + 2:
        raise ValueError(f"{y.size} places are too few to say: give at least {design.shape[1] + 2}")
    low, high = float(np.log(1e-3)), float(np.log(1e5))
    ratio = (5**0.5 - 1) / 2
    for _ in range(60):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if _profile(y, design, float(np.exp(left)))[1] < _profile(y, design, float(np.exp(right)))[1]:
            low = left
        else:
            high = right
    size = float(np.exp((low + high) / 2))
    beta, value = _profile(y, design, size)
    return TravelIndex(beta, size, value)


def _profile(y: Floats, design: Floats, size: float) -> tuple[Floats, float]:
    """Best β and log-likelihood at a fixed size."""
    eta = np.log(y + 0.5)
    beta = np.zeros(design.shape[1])
    for _ in range(60):
        mu = np.exp(np.clip(eta, -40, 27))
        w = mu / (1 + mu / size)
        left = design.T @ (w[:, None] * design) + 1e-10 * np.eye(design.shape[1])
        new = np.linalg.solve(left, design.T @ (w * (eta + (y - mu) / mu)))
        moved = float(np.abs(new - beta).max())
        beta = new
        eta = np.clip(design @ beta, -40, 27)
        if moved < 1e-10:
            break
    return floats(beta), float(count_log_likelihood(y, np.exp(eta), size).sum())
