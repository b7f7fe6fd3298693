"""Published totals: what was taken back is repaired and flagged, what was not published is not known, nothing later is used."""

from __future__ import annotations

import importlib.util
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nanxi.cli import InputError
from nanxi.engines.epi import history
from nanxi.engines.epi.tests.reference import FOLDER

ROOT = Path(__file__).resolve().parents[4]
SERIES = FOLDER / "cn_prefecture_daily_cumulative_2020.csv"
NAN = float("nan")
present = pytest.mark.skipif(not SERIES.is_file(), reason="the series of 2020 are not beside the project")

Totals = hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 30)), elements=st.integers(0, 10_000).map(float))


def test_a_total_that_was_taken_back() -> None:
    found = history.repair_cumulative(np.array([2.0, 4, 1, 10]))
    assert found.daily[0].tolist() == [1, 0, 0, 9]
    assert found.stepped[0].tolist() == [False, False, True, False]
    assert found.lowered[0].tolist() == [True, True, False, False]
    assert (found.words(0, 0), found.words(0, 2), found.words(0, 3)) == ("lowered by repair", "total taken back", "")


def test_a_day_without_a_total_is_not_zero() -> None:
    found = history.repair_cumulative(np.array([NAN, 3, NAN, 8, 9]))
    np.testing.assert_array_equal(found.daily[0], [NAN, 3, NAN, NAN, 1])
    assert found.absent[0].tolist() == [False, False, True, False, False]
    assert found.words(0, 2) == "not published"


def test_a_step_across_a_gap_is_seen() -> None:
    assert history.repair_cumulative(np.array([5.0, NAN, 3])).stepped[0].tolist() == [False, False, True]


def test_one_day_of_another_kind_is_flagged() -> None:
    daily = np.array([300.0, 310, 290, 305, 280, 310, 300, 1500, 320])
    found = history.repair_cumulative(np.cumsum(daily))
    assert np.flatnonzero(found.jump[0]).tolist() == [7]
    assert found.words(0, 7) == "jump"


def test_a_negative_total_is_refused() -> None:
    with pytest.raises(ValueError, match="series 1, day 2"):
        history.repair_cumulative(np.array([1.0, -2]))


@given(Totals)
def test_repaired_counts_are_never_negative_and_end_at_the_last_total(totals: np.ndarray) -> None:
    found = history.repair_cumulative(totals)
    assert (found.daily >= 0).all()
    np.testing.assert_allclose(found.daily.sum(axis=1), totals[:, -1])
    again = history.repair_cumulative(found.cumulative)
    np.testing.assert_array_equal(again.cumulative, found.cumulative)
    assert not again.stepped.any()


@given(Totals)
def test_series_are_repaired_each_by_itself(totals: np.ndarray) -> None:
    order = np.random.default_rng(len(totals)).permutation(len(totals))
    whole = history.repair_cumulative(totals)
    np.testing.assert_array_equal(history.repair_cumulative(totals[order]).daily, whole.daily[order])
    np.testing.assert_array_equal(history.repair_cumulative(totals[0]).daily[0], whole.daily[0])


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("2020-01-02,浙江省,温州市,330300,-4", "row 3, column confirmed: -4 is below 0"),
        ("2020-01-01,浙江省,温州市,330300,4", "row 3, column date: 温州市 has it twice"),
        ("1 Jan,浙江省,温州市,330300,4", "row 3, column date: is no day"),
        ("2020-01-02,浙江省,,330300,4", "row 3, column city: is empty"),
        ("2020-01-02,浙江省,温州市,330300,99000000", "row 3, column confirmed"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, row: str, sentence: str) -> None:
    path = tmp_path / "h.csv"
    path.write_text(f"date,province,city,city_code,confirmed\n2020-01-01,浙江省,温州市,330300,1\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        history.read_history(path)


@present
def test_the_38_steps_of_2020_are_found_and_repaired() -> None:
    places = history.read_history(SERIES)
    assert len({place.province for place in places}) == 8
    repairs = [history.repair_cumulative(place.totals) for place in places]
    assert sum(int(r.stepped.sum()) for r in repairs) == 38
    assert all(np.nanmin(r.daily) >= 0 for r in repairs)


@present
def test_the_change_of_definition_in_wuhan_is_a_jump() -> None:
    wuhan = next(place for place in history.read_history(SERIES) if place.code == "420100")
    jumps = np.flatnonzero(history.repair_cumulative(wuhan.totals).jump[0])
    assert "2020-02-13" in [wuhan.days[i] for i in jumps]


@present
def test_what_was_known_on_a_day_holds_nothing_later() -> None:
    place = next(place for place in history.read_history(SERIES) if place.code == "330300")
    known = place.as_known("2020-01-23")
    assert known.totals.tolist() == [2, 4, 1]
    assert known.days[-1] == "2020-01-23"
    assert place.as_known("2019-12-31").totals.size == 0
    start = date(2020, 1, 20).toordinal()
    np.testing.assert_array_equal(history.aligned([known], start, start + 4)[0], [NAN, 2, 4, 1, NAN])


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_wenzhou", ROOT / "docs" / "make_wenzhou_history.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up while they are made.
    sys.modules["make_wenzhou"] = module
    spec.loader.exec_module(module)
    return module


@present
def test_the_page_about_wenzhou_is_current(tmp_path: Path) -> None:
    made = maker()
    page = made.PAGE.read_text(encoding="utf-8")
    for day in made.DAYS:
        assert "\n".join(made.section(day)).rstrip() in page, "run .venv/bin/python docs/make_wenzhou_history.py"
        made.picture(day, tmp_path / "p.svg")
        assert (made.PICTURES / f"{day}.svg").read_text(encoding="utf-8") == (tmp_path / "p.svg").read_text(encoding="utf-8")


@present
def test_a_morning_s_answer_does_not_change_with_the_days_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = maker()
    before = made.morning("2020-01-31")
    made.morning.cache_clear()
    cut = [place.as_known("2020-01-31") for place in made.places()]
    monkeypatch.setattr(made, "places", lambda: cut)
    after = made.morning("2020-01-31")
    assert before.damping == after.damping
    np.testing.assert_array_equal(before.paths, after.paths)
