"""Nothing hangs, aborts or fills the memory: ten million counts, huge sizes, empty and absurd series, each within seconds."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest

from nanxi.engines.epi import aberration, distributions, farrington, forecast, history, importation, nowcast, rt, serial
from nanxi.engines.epi import slow_rise as rise

pytestmark = pytest.mark.timeout(20)
SI = serial.discrete_si(*serial.NISHIURA_2020)
HUGE = 1e7


def shapes(days: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    gap = rng.poisson(5, days).astype(float)
    gap[days // 2 :] = np.nan
    return {
        "zeros": np.zeros(days),
        "ten million": np.full(days, HUGE),
        "zeros, then ten million": np.r_[np.zeros(days - 1), HUGE],
        "ten million, then zeros": np.r_[np.full(days // 2, HUGE), np.zeros(days - days // 2)],
        "alternating": np.tile([0.0, HUGE], days // 2 + 1)[:days],
        "nothing known": np.full(days, np.nan),
        "half unknown": gap,
    }


DETECTORS: dict[str, tuple[int, Callable[[np.ndarray], aberration.Verdict | farrington.FarringtonResult]]] = {
    "ears-c3": (60, lambda y: aberration.ears(y, method="ears-c3")),
    "gamma-poisson": (60, lambda y: aberration.gamma_poisson(np.stack([y] * 6))),
    "gamma-poisson alone": (60, lambda y: aberration.gamma_poisson(y, pool=False)),
    "glr-nb": (60, rise.glr_negative_binomial),
    "cusum": (60, lambda y: rise.glr_negative_binomial(y, kappa=1.0, dispersion=1e5)),
    "percentile": (170, aberration.moving_percentile),
    **{
        name: (280, lambda y, name=name: farrington.detect(y, farrington.FarringtonPolicy(thresholdMethod=name)))
        for name in farrington.METHODS
    },
}


@pytest.mark.parametrize("shape", list(shapes(10)))
@pytest.mark.parametrize("detector", list(DETECTORS))
def test_every_detector_answers_every_series(detector: str, shape: str) -> None:
    days, detect = DETECTORS[detector]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = detect(shapes(days)[shape])
    assert not np.isinf(found.expected).any()
    assert found.alarm.dtype == np.bool_


@pytest.mark.parametrize("shape", list(shapes(10)))
def test_the_reproduction_number_answers_every_series(shape: str) -> None:
    found = rt.estimate_rt(shapes(60)[shape], SI)
    assert not np.isinf(found.quantile(0.975)).any()


@pytest.mark.parametrize("size", [1e-12, 1e-3, 1.0, 1e9, 1e30, 1e300, np.inf])
@pytest.mark.parametrize("mean", [0.0, 1e-300, 1.0, 1e7, 1e12, 1e300])
def test_count_quantiles_always_end(mean: float, size: float) -> None:
    found = distributions.count_quantile(np.array([0.0, 1e-12, 0.5, 0.999, 1 - 1e-12]), mean, size)
    assert np.isfinite(found).all()
    assert (np.diff(found) >= 0).all()


def test_levels_outside_their_range_are_no_number() -> None:
    assert np.isnan(distributions.count_quantile(np.array([1.0, -0.1, np.nan]), 3.0, 2.0)).all()


@pytest.mark.parametrize("r", [0.0, 50.0])
def test_a_scenario_of_an_explosion_ends(r: float) -> None:
    paths = forecast.scenario_paths(np.full(20, HUGE), SI, days=60, r=r, paths=50, rng=np.random.default_rng(1))
    assert np.isfinite(paths).all()


def test_nothing_known_of_the_last_week_is_said() -> None:
    with pytest.raises(ValueError, match="no day of the last week is known"):
        forecast.naive_paths(np.full(20, np.nan), days=3, paths=10, rng=np.random.default_rng(1))


def test_an_interval_that_can_hardly_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="hardly any draw"):
        serial.draw_si((0.5, 0.01), (2.9, 0.5), 200, np.random.default_rng(1))


@pytest.mark.parametrize("cases", [np.zeros(30), np.full(30, HUGE), np.r_[np.zeros(29), HUGE]])
def test_the_travel_index_ends(cases: np.ndarray) -> None:
    design = np.column_stack([np.ones(30), np.linspace(0, 12, 30)])
    found = importation.fit_travel_index(cases, design)
    assert np.isfinite(found.beta).all()
    assert np.isfinite(found.size)


def test_the_nowcast_of_ten_million_ends() -> None:
    found = nowcast.nowcast(np.full(28, HUGE), np.array([0.3, 0.6, 1.0]))
    assert np.isfinite(found.q95).all()


def test_totals_of_ten_million_are_repaired() -> None:
    for series in shapes(200).values():
        assert history.repair_cumulative(series).daily.shape == (1, 200)
