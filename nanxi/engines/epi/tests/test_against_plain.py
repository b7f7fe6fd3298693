# pyright: basic
"""Every vectorised rule against the same rule written out for one series and one day, and false-alarm rates in calm."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from scipy import stats

from nanxi.engines.epi import aberration, distributions, importation, nowcast, skill, slow_rise, workload

NAN = float("nan")


def ears_by_hand(y: list[float], t: int, method: str, z: float, floor: float) -> float:
    """The upper bound of day t from the definitions of C1 to C3."""

    def moments(day: int, lag: int) -> tuple[float, float]:
        past = y[day - lag - 6 : day - lag + 1]
        return statistics.mean(past), max(statistics.stdev(past), floor)

    mean, sd = moments(t, 1 if method == "ears-c1" else 3)
    if method != "ears-c3":
        return mean + z * sd
    before = 0.0
    for day in (t - 1, t - 2):
        m, s = moments(day, 3)
        before += max(0.0, (y[day] - m) / s - 1)
    return mean + sd * (z + 1 - before)


@pytest.mark.parametrize("method", ["ears-c1", "ears-c2", "ears-c3"])
@pytest.mark.parametrize("floor", [0.5, 1.0])
def test_ears_equals_its_definition(method: str, floor: float) -> None:
    rng = np.random.default_rng(8)
    counts = rng.poisson(4, (3, 40)).astype(float)
    counts[1, 30:33] += 12
    found = aberration.ears(counts, method=method, alpha=0.001, min_sigma=floor)
    z = float(stats.norm.ppf(0.999))
    first = {"ears-c1": 7, "ears-c2": 9, "ears-c3": 11}[method]
    assert np.isnan(found.upperbound[:, :first]).all()
    for row in range(3):
        for t in range(first, 40):
            expected = ears_by_hand(counts[row].tolist(), t, method, z, floor)
            assert found.upperbound[row, t] == pytest.approx(expected, rel=1e-9, abs=1e-9)
            assert bool(found.alarm[row, t]) == (counts[row, t] > expected)


def evidence_by_hand(past: list[float], mean: float, dispersion: float, kappa: float | None) -> float:
    """The likelihood ratio summed over the days from every possible start, newest first; log densities from scipy."""

    def density(y: float, mu: float) -> float:
        if dispersion == 0:
            return float(stats.poisson.logpmf(y, mu))
        size = 1 / dispersion
        return float(stats.nbinom.logpmf(y, size, size / (size + mu)))

    best = 0.0
    for length in range(1, len(past) + 1):
        recent = past[-length:]
        factor = math.exp(kappa) if kappa is not None else max(sum(recent) / (length * mean), 1.0)
        best = max(best, sum(density(y, mean * factor) - density(y, mean) for y in recent))
    return best


@pytest.mark.parametrize("dispersion", [0.0, 0.2])
@pytest.mark.parametrize("kappa", [None, math.log(2)])
def test_the_likelihood_ratio_equals_its_definition(dispersion: float, kappa: float | None) -> None:
    counts = np.random.default_rng(9).poisson(np.r_[np.full(40, 4.0), np.full(20, 7.0)]).astype(float)
    found = slow_rise.glr_negative_binomial(counts, dispersion=dispersion, kappa=kappa, window=14)
    start = 28
    mean = (counts[:28].sum() + 0.5) / 28
    for t in range(28, 60):
        if t == start:
            mean = (counts[t - 28 : t].sum() + 0.5) / 28
        past = counts[max(start, t - 13) : t + 1].tolist()
        statistic = evidence_by_hand(past, mean, dispersion, kappa)
        assert found.p[0, t] == pytest.approx(min(1.0, math.exp(-statistic)), rel=1e-8)
        assert bool(found.alarm[0, t]) == (statistic >= 4)
        bound = int(found.upperbound[0, t])
        for today, raises in ((bound, False), (bound + 1, True)):
            if today >= 0:
                assert (evidence_by_hand([*past[:-1], today], mean, dispersion, kappa) >= 4) == raises
        if found.alarm[0, t] or t - start >= 14:
            start = t + 1


def test_the_moving_percentile_equals_its_definition() -> None:
    counts = np.random.default_rng(10).poisson(9, 4 * 52).astype(float)
    found = aberration.moving_percentile(counts, years=3, w=2, percentile=0.8)
    t = 3 * 52 + 20
    references = [counts[t - 52 * year + j] for year in (1, 2, 3) for j in range(-2, 3)]
    assert found.upperbound[0, t] == np.quantile(references, 0.8)
    assert found.expected[0, t] == statistics.median(references)
    assert found.p[0, t] == sum(r >= counts[t] for r in references) / 15


@pytest.mark.parametrize(("mean", "phi"), [(0.3, 1.5), (3.0, 1.0), (3.0, 1.5), (30.0, 1.5)])
def test_gamma_poisson_keeps_its_nominal_rate(mean: float, phi: float) -> None:
    """80 signals of 40 areas; the bench does it with 10,000 series and more settings."""
    rng = np.random.default_rng(11)
    mu = mean * (1 + 0.15 * np.cos(2 * np.pi * np.arange(31) / 7))
    false = 0
    for _ in range(80):
        calm = rng.poisson(mu, (40, 31)) if phi == 1 else rng.negative_binomial(mu / (phi - 1), 1 / phi, (40, 31))
        false += int(aberration.gamma_poisson(calm.astype(float), alpha=0.01, since=30).alarm[:, -1].sum())
    rate = false / 3200 / 0.01
    assert rate <= 1.5 + 0.35, "1.5 times nominal, and two standard errors of 3,200 series"
    assert mean < 3 or rate >= 1 / 1.5 - 0.35


def test_the_spread_of_rare_counts_is_not_understated() -> None:
    rng = np.random.default_rng(12)
    counts = rng.negative_binomial(0.3 / 0.5, 1 / 1.5, (4000, 28)).astype(float)
    known = np.ones(counts.shape, dtype=bool)
    phi = aberration._dispersion(counts, known, np.ones(counts.shape), True)[0]  # pyright: ignore[reportPrivateUsage]
    assert phi == pytest.approx(1.5, abs=0.05)


def test_masked_days_do_not_teach_the_baseline() -> None:
    counts = np.full((6, 45), 10.0)
    counts[:, 20:30] = 0
    masked = np.zeros(45, dtype=bool)
    masked[20:30] = True
    without = aberration.gamma_poisson(counts, masked=masked)
    assert without.expected[0, -1] == pytest.approx(10, rel=0.05)
    assert aberration.gamma_poisson(counts).expected[0, -1] < 8


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([1, 0, 9], [0, 0, 1]), ([1, 0, 4], [0, 0, 0]), ([10, 12, 19], [0, 0, 0]), ([2, NAN, 9], [0, 0, 1]), ([9], [0])],
)
def test_the_rule_for_short_histories(counts: list[float], expected: list[int]) -> None:
    assert aberration.short_history_rule(np.array(counts))[0].astype(int).tolist() == expected


def test_benjamini_hochberg_by_its_definition() -> None:
    p = np.array([0.01, 0.2, NAN, 0.02, 0.9])
    # Ordered .01 .02 .2 .9 1 against .02 .04 .06 .08 .1.
    assert aberration.benjamini_hochberg(p, 0.1).tolist() == [True, False, False, True, False]


@pytest.mark.parametrize("size", [0.5, 3.0, 40.0, np.inf])
@pytest.mark.parametrize("mean", [0.01, 0.7, 12.0, 900.0])
def test_quantiles_and_tails_equal_scipy(mean: float, size: float) -> None:
    law = stats.poisson(mean) if np.isinf(size) else stats.nbinom(size, size / (size + mean))
    levels = np.array([0.001, 0.05, 0.5, 0.9, 0.99, 0.999])
    np.testing.assert_array_equal(distributions.count_quantile(levels, mean, size), law.ppf(levels))
    counts = np.array([0.0, 1, 3, 20, 800])
    np.testing.assert_allclose(distributions.count_cdf(counts, mean, size), law.cdf(counts), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(distributions.count_tail(counts, mean, size), law.sf(counts - 1), rtol=1e-8, atol=1e-300)


def test_the_interval_score_equals_its_definition() -> None:
    levels = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
    quantiles = np.array([2.0, 4, 5, 7, 11])
    for observed in (0.0, 3.0, 5.0, 9.0, 20.0):
        total = 0.5 * abs(observed - 5)
        for alpha, low, high in ((0.2, 2, 11), (0.5, 4, 7)):
            score = high - low + 2 / alpha * max(0.0, low - observed) + 2 / alpha * max(0.0, observed - high)
            total += alpha / 2 * score
        found = skill.weighted_interval_score(np.array(observed), quantiles, levels)
        assert float(found) == pytest.approx(total / 2.5, rel=1e-12)


def test_delays_are_found_through_the_truncation() -> None:
    rng = np.random.default_rng(13)
    onset = np.repeat(np.arange(60), 40).astype(float)
    report = onset + rng.choice(5, onset.size, p=[0.1, 0.3, 0.3, 0.2, 0.1]).astype(float)
    known = report <= 59
    triangle = nowcast.triangle_of(onset[known], report[known], 59, 28, 6)
    cdf = nowcast.delay_distribution(triangle)
    np.testing.assert_allclose(cdf[:5], [0.1, 0.4, 0.7, 0.9, 1.0], atol=0.05)
    found = nowcast.nowcast(np.nansum(triangle, axis=1), cdf)
    assert np.isnan(found.expected[-1]), "a tenth is in: too early to say"
    assert found.q05[-2] <= 40 <= found.q95[-2]
    assert found.provisional.tolist()[-4:] == [0, 1, 1, 1]


def test_a_prior_stands_in_where_the_list_is_silent() -> None:
    prior = np.array([0.2, 0.5, 0.3])
    np.testing.assert_allclose(nowcast.delay_distribution(np.zeros((10, 3)), prior), [0.2, 0.7, 1.0])


def test_importation_adds_up_and_saturates() -> None:
    share = importation.prevalence(np.array([10.0, 1e9]), np.array([1e6, 1e6]))
    assert share[1] == 1.0
    found = importation.expected_imports(np.array([[100.0, 3.0], [0.0, 0.0]]), share, np.array([0.5, 1.0]))
    np.testing.assert_allclose(found.contribution.sum(axis=1), found.expected)
    assert found.at_least_one()[1] == 0
    assert found.at_least_one(2.0)[0] == pytest.approx(1 - (1 + found.expected[0] / 2) ** -2)


def test_the_travel_index_finds_what_made_the_data() -> None:
    rng = np.random.default_rng(14)
    log_flow = rng.normal(6, 1, 3000)
    mean = np.exp(-3 + 0.9 * log_flow)
    cases = rng.negative_binomial(2.0, 2.0 / (2.0 + mean)).astype(float)
    found = importation.fit_travel_index(cases, np.column_stack([np.ones(3000), log_flow]))
    assert found.beta == pytest.approx([-3, 0.9], abs=0.25)
    assert found.size == pytest.approx(2.0, rel=0.1)
    # No other size or slope is likelier.
    assert found.log_likelihood >= stats.nbinom.logpmf(cases, 2.0, 2.0 / (2.0 + mean)).sum()


def test_people_are_followed_for_fourteen_days_and_beds_cleaned_on_the_fifteenth() -> None:
    found = workload.simulate_workload(
        np.zeros((1, 16)), contacts_per_case=5, arrivals=np.r_[10.0, np.zeros(15)], rng=np.random.default_rng(0)
    )
    assert found.followed[0].tolist() == [10.0] * 14 + [0.0, 0.0]
    assert found.beds[0].tolist() == [10.0] * 15 + [0.0]
    assert found.workers[0, 0] == 1
    assert found.first_shortage(11) == 0
    assert found.first_shortage(100) is None
