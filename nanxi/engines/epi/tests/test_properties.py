"""What must hold for any series: scaling, shifting, permuting, a series alone as in a batch, days that are not known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nanxi.engines.epi import aberration, farrington, importation, nowcast, rt, serial, skill, slow_rise

SI = serial.discrete_si(*serial.NISHIURA_2020)
POLICY = farrington.FarringtonPolicy(b=3, noPeriods=4, frequency=12, w=1, pastWeeksNotIncluded=3)
Verdicts = aberration.Verdict | farrington.FarringtonResult

quick = settings(max_examples=15, deadline=None)


def counts(days: int, rows: int = 3, high: int = 60) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float64, (rows, days), elements=st.integers(0, high).map(float))


RULES: dict[str, Callable[[np.ndarray], Verdicts]] = {
    "ears-c1": lambda y: aberration.ears(y, method="ears-c1", min_sigma=0.5),
    "ears-c3": lambda y: aberration.ears(y, method="ears-c3", min_sigma=0.5),
    # The last days only: each is judged by itself, and a test of all of them takes long.
    "gamma-poisson": lambda y: aberration.gamma_poisson(y, pool=False, since=np.atleast_2d(y).shape[1] - 3),
    "glr-nb": slow_rise.glr_negative_binomial,
    "percentile": lambda y: aberration.moving_percentile(y, frequency=12, w=1),
    "farrington": lambda y: farrington.detect(y, POLICY),
}


def same(found: Verdicts, expected: Verdicts, rows: list[int]) -> None:
    for name in ("expected", "upperbound", "p", "alarm"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name)[rows], rtol=1e-7, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("rule", list(RULES))
@quick
@given(y=counts(45))
def test_a_series_alone_is_judged_as_in_a_batch_in_any_order(rule: str, y: np.ndarray) -> None:
    whole = RULES[rule](y)
    same(RULES[rule](y[[2, 0, 1]]), whole, [2, 0, 1])
    same(RULES[rule](y[1]), whole, [1])


@pytest.mark.parametrize("rule", list(RULES))
@quick
@given(y=counts(45), day=st.integers(0, 44))
def test_an_unknown_day_touches_no_other_series_and_raises_no_alarm(rule: str, y: np.ndarray, day: int) -> None:
    whole = RULES[rule](y)
    hole = y.copy()
    hole[0, day] = np.nan
    found = RULES[rule](hole)
    same(RULES[rule](hole[1:]), whole, [1, 2])
    if rule != "glr-nb":
        # Evidence of the days before still stands on a day without a count.
        assert not found.alarm[0, day]


@pytest.mark.parametrize("rule", ["ears-c1", "ears-c3", "gamma-poisson"])
@quick
@given(y=counts(60), shift=st.integers(1, 14).map(lambda week: 7 * (week // 7 + 1)))
def test_what_lies_before_the_baseline_does_not_matter(rule: str, y: np.ndarray, shift: int) -> None:
    late, cut = RULES[rule](y), RULES[rule](y[:, shift:])
    np.testing.assert_allclose(cut.p[:, -3:], late.p[:, -3:], rtol=1e-9)


@quick
@given(y=counts(30), factor=st.integers(2, 9), add=st.integers(1, 50))
def test_ears_scales_and_shifts_with_the_counts(y: np.ndarray, factor: int, add: int) -> None:
    for method in ("ears-c1", "ears-c2", "ears-c3"):
        plain = aberration.ears(y, method=method, min_sigma=0.5)
        scaled = aberration.ears(y * factor, method=method, min_sigma=0.5 * factor)
        np.testing.assert_allclose(scaled.upperbound, plain.upperbound * factor, rtol=1e-9, atol=1e-9)
        shifted = aberration.ears(y + add, method=method, min_sigma=0.5)
        np.testing.assert_allclose(shifted.upperbound, plain.upperbound + add, rtol=1e-9, atol=1e-9)


@quick
@given(y=counts(45), more=st.integers(1, 30))
def test_more_cases_today_are_never_less_unusual(y: np.ndarray, more: int) -> None:
    worse = y.copy()
    worse[:, -1] += more
    for rule in ("ears-c1", "ears-c3", "gamma-poisson", "glr-nb", "percentile", "farrington"):
        before, after = RULES[rule](y), RULES[rule](worse)
        known = ~np.isnan(before.p[:, -1])
        assert (after.p[known, -1] <= before.p[known, -1] + 1e-12).all(), rule
        assert (after.alarm[:, -1] | ~before.alarm[:, -1]).all(), rule


@quick
@given(y=counts(40), imported=counts(40, high=4), factor=st.integers(2, 20))
def test_the_evidence_about_r_scales_with_the_cases(y: np.ndarray, imported: np.ndarray, factor: int) -> None:
    once, more = (rt.estimate_rt(y * k, SI, imported=imported * k) for k in (1, factor))
    a, rate = 1.0, 0.2
    np.testing.assert_allclose(more.shape - a, factor * (once.shape - a), rtol=1e-9)
    np.testing.assert_allclose(1 / more.scale - rate, factor * (1 / once.scale - rate), rtol=1e-8, atol=1e-9)


@quick
@given(y=counts(40), calm=st.integers(1, 20))
def test_calm_days_before_do_not_change_r(y: np.ndarray, calm: int) -> None:
    imported = np.ones_like(y)
    before = np.zeros((3, calm))
    plain = rt.estimate_rt(y, SI, imported=imported)
    later = rt.estimate_rt(np.hstack([before, y]), SI, imported=np.hstack([before, imported]))
    known = ~np.isnan(plain.mean)
    np.testing.assert_allclose(later.mean[:, calm:][known], plain.mean[known], rtol=1e-9)


@quick
@given(y=counts(40))
def test_r_of_a_series_alone_is_that_of_the_batch(y: np.ndarray) -> None:
    whole = rt.estimate_rt(y, SI)
    np.testing.assert_array_equal(rt.estimate_rt(y[[2, 0, 1]], SI).mean, whole.mean[[2, 0, 1]])
    np.testing.assert_array_equal(rt.estimate_rt(y[1], SI).quantile(0.9)[0], whole.quantile(0.9)[1])


@quick
@given(y=counts(60), day=st.integers(1, 59))
def test_an_unknown_day_hides_r_only_while_it_matters(y: np.ndarray, day: int) -> None:
    whole = rt.estimate_rt(y, SI)
    hole = y.copy()
    hole[0, day] = np.nan
    found = rt.estimate_rt(hole, SI)
    np.testing.assert_array_equal(found.mean[1:], whole.mean[1:])
    covers = (found.t_start <= day + 1) & (day + 1 <= found.t_end)
    assert np.isnan(found.mean[0, covers]).all()
    far = found.t_start > day + 1 + 12
    np.testing.assert_array_equal(np.isnan(found.mean[0, far]), np.isnan(whole.mean[0, far]))


@quick
@given(
    q=hnp.arrays(np.float64, (4, 23), elements=st.integers(0, 500).map(float)),
    y=hnp.arrays(np.float64, 4, elements=st.integers(0, 500).map(float)),
    k=st.integers(2, 9),
)
def test_the_interval_score_scales_shifts_and_is_never_negative(q: np.ndarray, y: np.ndarray, k: int) -> None:
    q = np.sort(q, axis=1)
    score = skill.weighted_interval_score(y, q)
    assert (score >= 0).all()
    np.testing.assert_allclose(skill.weighted_interval_score(y * k, q * k), score * k, rtol=1e-9)
    np.testing.assert_allclose(skill.weighted_interval_score(y + k, q + k), score, rtol=1e-7, atol=1e-7)
    point = np.repeat(y[:, None], 23, axis=1)
    assert (skill.weighted_interval_score(y, point) == 0).all()


@quick
@given(arrivals=counts(5, rows=4), k=st.integers(2, 9))
def test_imports_are_a_sum_over_origins(arrivals: np.ndarray, k: int) -> None:
    share = np.linspace(0.001, 0.01, 5)
    found = importation.expected_imports(arrivals, share)
    np.testing.assert_allclose(importation.expected_imports(arrivals * k, share).expected, found.expected * k)
    np.testing.assert_allclose(importation.expected_imports(arrivals[:, ::-1], share[::-1]).expected, found.expected)
    parts = sum(importation.expected_imports(arrivals[:, [j]], share[[j]]).expected for j in range(5))
    np.testing.assert_allclose(parts, found.expected)


@quick
@given(n=hnp.arrays(np.float64, 20, elements=st.integers(0, 400).map(float)))
def test_a_nowcast_is_never_below_what_is_reported(n: np.ndarray) -> None:
    found = nowcast.nowcast(n, np.array([0.2, 0.5, 0.8, 1.0]))
    shown = ~np.isnan(found.expected)
    assert shown.tolist() == [True] * 19 + [False]
    for part in (found.expected, found.q05, found.q95):
        assert (part[shown] >= n[shown]).all()
    np.testing.assert_array_equal(found.expected[:17], n[:17])
