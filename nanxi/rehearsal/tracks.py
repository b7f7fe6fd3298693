"""Phones of people at home: positions with the noise of the fence notes §3, and the true departures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanxi.rehearsal.county import M_PER_LAT, M_PER_LON
from nanxi.rehearsal.noise import Noise

#: Android's accuracy is the radius of 68 % of fixes: 1.515 σ of one axis (Rayleigh).
RADIUS_OF_SIGMA = 1.515


@dataclass(frozen=True)
class Walk:
    """One departure: seconds after the begin when the door is passed, when farthest, when home again; metres and bearing."""

    leaves: float
    away_s: float
    metres: float
    bearing: float
    speed: float = 1.3

    def offset(self, second: NDArray[np.float64]) -> NDArray[np.float64]:
        """Metres from home along the bearing at each second: out at walking speed, back at the same."""
        out = (second - self.leaves) * self.speed
        home = (self.leaves + self.away_s - second) * self.speed
        return np.clip(np.minimum(np.minimum(out, home), self.metres), 0, None)

    def beyond(self, metres: float) -> float:
        """The second at which the walker is that far away."""
        return self.leaves + metres / self.speed


def draw_walk(rng: np.random.Generator, begin_s: float, end_s: float) -> Walk:
    """A departure between two seconds: an errand of 20 minutes to 4 hours, 300 m to 4 km away."""
    metres = float(np.clip(rng.lognormal(np.log(900), 0.7), 300, 4000))
    away = float(np.clip(rng.gamma(3, 1800), max(1200.0, 2.2 * metres / 1.3), 4 * 3600))
    return Walk(float(rng.uniform(begin_s, max(begin_s + 1, end_s - away))), away, metres, float(rng.uniform(0, 2 * np.pi)))


@dataclass(frozen=True)
class Fixes:
    """One phone's fixes, float64[n]: second after the begin; east, north and accuracy in metres; kept bool[n]."""

    second: NDArray[np.float64]
    east: NDArray[np.float64]
    north: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    kept: NDArray[np.bool_]


def measure(rng: np.random.Generator, noise: Noise, second: NDArray[np.float64], walk: Walk | None) -> Fixes:
    """What a phone reports of a person who is at home, or on the walk: AR(1) error, coarse and lying fixes, loss."""
    count = len(second)
    sigma = float(rng.lognormal(np.log(noise["positions", "sigma_median_m"]), noise["positions", "sigma_spread"]))
    keeps = noise["positions", "autocorrelation"]
    error = rng.normal(0, sigma, (count, 2))
    scale = np.sqrt(1 - keeps**2)
    for i in range(1, count):
        error[i] = keeps * error[i - 1] + scale * error[i]
    accuracy = RADIUS_OF_SIGMA * sigma * rng.lognormal(0, 0.15, count)
    coarse = rng.random(count) < noise["positions", "coarse"]
    far = rng.uniform(noise["positions", "coarse_least_m"], noise["positions", "coarse_most_m"], count)
    angle = rng.uniform(0, 2 * np.pi, count)
    error[coarse] = (far * np.array([np.cos(angle), np.sin(angle)])).T[coarse]
    accuracy = np.where(coarse, far * rng.uniform(0.8, 1.6, count), accuracy)
    _lie(rng, noise, error, accuracy)
    away = walk.offset(second) if walk else np.zeros(count)
    bearing = walk.bearing if walk else 0.0
    kept = rng.random(count) >= noise["positions", "loss"]
    return Fixes(
        second, error[:, 0] + away * np.cos(bearing), error[:, 1] + away * np.sin(bearing), np.maximum(accuracy, 3), kept
    )


def _lie(rng: np.random.Generator, noise: Noise, error: NDArray[np.float64], accuracy: NDArray[np.float64]) -> None:
    """Fixes that claim to be good and are elsewhere; they stay at the same wrong place for a while."""
    starts = np.flatnonzero(rng.random(len(error)) < noise["positions", "lying"])
    most = max(1, int(noise["positions", "lying_longest_s"] / noise["positions", "every_s"]))
    for start in starts.tolist():
        length = min(int(rng.geometric(max(1e-9, 1 - noise["positions", "lying_sticks"]))), most)
        angle = rng.uniform(0, 2 * np.pi)
        far = rng.uniform(noise["positions", "lying_least_m"], noise["positions", "lying_most_m"])
        error[start : start + length] = far * np.array([np.cos(angle), np.sin(angle)])
        accuracy[start : start + length] = noise["positions", "lying_accuracy_m"]


def message(device: str, home: tuple[float, float], begin: int, fixes: Fixes, row: int, battery: int) -> dict[str, Any]:
    """One fix as OwnTracks sends it. home: lon, lat WGS-84."""
    tst = begin + int(fixes.second[row])
    return {
        "_type": "location",
        "tid": device[-2:],
        "lat": round(home[1] + float(fixes.north[row]) / M_PER_LAT, 6),
        "lon": round(home[0] + float(fixes.east[row]) / M_PER_LON, 6),
        "acc": round(float(fixes.accuracy[row])),
        "batt": battery,
        "conn": "m",
        "tst": tst,
        "created_at": tst + 1,
    }
