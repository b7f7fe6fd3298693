"""Many quasi-Poisson regressions with one design matrix, solved together by iteratively reweighted least squares.

McCullagh & Nelder, Generalized Linear Models (1989), chapter 2; stopping rule on the deviance, 1e-8 relative, at most 25
steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .distributions import Floats, whole_numbers

TOLERANCE = 1e-8  # relative change of deviance, the usual stopping rule, so that fits agree with other programs
STEPS = 25
ETA_CAP = 40.0  # e^40 cases: only a runaway step goes there


@dataclass(frozen=True, slots=True)
class PoissonFits:
    """n fits of m observations and k columns; arrays float64 unless said otherwise.

    coefficients[n, k] · mean[n, m] · leverage[n, m] · weights[n, m] (the prior weights, 0 where missing) · covariance[n,
    k, k] (inverse information, without dispersion) · dispersion[n] (Pearson χ²/df) · df[n] · converged bool[n].
    """

    coefficients: Floats
    mean: Floats
    leverage: Floats
    weights: Floats
    covariance: Floats
    dispersion: Floats
    df: Floats
    converged: NDArray[np.bool_]

    def replaced(self, rows: NDArray[np.int64], by: PoissonFits) -> PoissonFits:
        """These fits with those of `rows` (int64[r]) taken from `by`."""

        def put(ours: Floats, theirs: Floats) -> Floats:
            out = ours.copy()
            out[rows] = theirs
            return out

        converged = self.converged.copy()
        converged[rows] = by.converged
        return PoissonFits(
            put(self.coefficients, by.coefficients),
            put(self.mean, by.mean),
            put(self.leverage, by.leverage),
            put(self.weights, by.weights),
            put(self.covariance, by.covariance),
            put(self.dispersion, by.dispersion),
            put(self.df, by.df),
            converged,
        )


def fit_poisson(counts: Floats, design: Floats, prior_weights: Floats | None = None) -> PoissonFits:
    """Fit log E[y] = design · β to each row of `counts`.

    `counts`: float64[n, m], NaN = missing; `design`: float64[m, k] shared by all rows; `prior_weights`: float64[n, m],
    default 1. A row whose steps do not settle is returned with converged False; nothing is raised.
    """
    present = ~np.isnan(counts)
    y = np.nan_to_num(counts)
    prior = np.where(present, 1.0 if prior_weights is None else prior_weights, 0.0)
    n, k = y.shape[0], design.shape[1]
    outer = (design[:, :, None] * design[:, None, :]).reshape(design.shape[0], k * k)
    eta = np.log(y + 0.1)
    mu = np.exp(eta)
    beta = np.zeros((n, k))
    deviance = _deviance(y, mu, prior)
    converged = np.zeros(n, dtype=np.bool_)
    working = mu.copy()
    live = whole_numbers(0, n)
    for _ in range(STEPS):
        working[live] = mu[live]
        w = prior[live] * mu[live]
        response = w * (eta[live] + (y[live] - mu[live]) / mu[live])
        beta[live] = _solve((w @ outer).reshape(-1, k, k), response @ design)
        eta[live] = np.clip(beta[live] @ design.T, -ETA_CAP, ETA_CAP)
        mu[live] = np.exp(eta[live])
        new = _deviance(y[live], mu[live], prior[live])
        done = np.abs(new - deviance[live]) < TOLERANCE * (np.abs(new) + 0.1)
        deviance[live] = new
        converged[live[done]] = True
        live = live[~done]
        if live.size == 0:
            break
    return _finished(y, design, outer, prior, beta, mu, working, converged)


def _finished(
    y: Floats,
    design: Floats,
    outer: Floats,
    prior: Floats,
    beta: Floats,
    mu: Floats,
    working: Floats,
    converged: NDArray[np.bool_],
) -> PoissonFits:
    k = design.shape[1]
    # Weights of the last step taken, as IRLS programs report them: with a loose stopping rule this is visible in the sixth digit.
    information = ((prior * working) @ outer).reshape(-1, k, k)
    covariance = _inverse(information)
    leverage = np.clip(prior * working * (covariance.reshape(-1, k * k) @ outer.T), 0.0, 1.0)
    df = np.maximum((prior > 0).sum(axis=1) - k, 0).astype(np.float64)
    pearson = (prior * working * ((y - mu) / mu) ** 2).sum(axis=1)
    dispersion = np.where(df > 0, pearson / np.maximum(df, 1.0), 1.0)
    return PoissonFits(beta, mu, leverage, prior, covariance, dispersion, df, converged)


def _deviance(y: Floats, mu: Floats, prior: Floats) -> Floats:
    part = np.where(y > 0, y * np.log(np.maximum(y, 1e-300) / mu), 0.0) - (y - mu)
    return 2.0 * (prior * part).sum(axis=1)


def _scaled(matrix: Floats) -> tuple[Floats, Floats]:
    """Symmetric matrices scaled to unit diagonal (a season with hardly a case has tiny weights), with a hair of ridge."""
    scale = 1.0 / np.sqrt(np.maximum(np.diagonal(matrix, axis1=1, axis2=2), 1e-300))
    unit = matrix * scale[:, :, None] * scale[:, None, :]
    # 1e-13 is below the noise of a solvable system and keeps an unsolvable one (a season without a week) from raising.
    return unit + 1e-13 * np.eye(matrix.shape[1]), scale


def _solve(matrix: Floats, right: Floats) -> Floats:
    unit, scale = _scaled(matrix)
    return scale * np.linalg.solve(unit, (scale * right)[:, :, None])[:, :, 0]


def _inverse(matrix: Floats) -> Floats:
    unit, scale = _scaled(matrix)
    return np.linalg.inv(unit) * scale[:, :, None] * scale[:, None, :]
