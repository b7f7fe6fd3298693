# pyright: basic
"""`nanxi epi alarms`: every alarm method on counts of a file; series of the same days are the areas of one signal."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np

from nanxi.cli import InputError

from .. import aberration, farrington, slow_rise
from ..distributions import Floats
from ..files import Series, read_day, read_rows, read_series, write_table
from ..plot import Panel, write_plot
from .shared import said, tell_doubts

ALARMS = ("series", "t", "observed", "expected", "upperbound", "p", "alarm")


def run_alarms(arguments: argparse.Namespace) -> int:
    series = read_series(arguments.counts, ["count"], aliases={"observed": "count"})
    for one in series:
        tell_doubts(one, "count")
    rows, panels = [], []
    for group in _together(series):
        counts = np.stack([one.values["count"] for one in group])
        verdict = said(_detect, "", counts, arguments, group[0])
        for i, one in enumerate(group):
            # A p-value marks a day that was judged; bounds alone may exist for days without a count.
            judged = np.flatnonzero(np.isfinite(verdict.upperbound[i]))
            for t in judged:
                rows.append(
                    (
                        one.name,
                        one.label(int(t)),
                        counts[i, t],
                        verdict.expected[i, t],
                        verdict.upperbound[i, t],
                        verdict.p[i, t],
                        verdict.alarm[i, t],
                    )
                )
            labels = [one.label(t) for t in range(one.length)]
            marks = [int(t) for t in np.flatnonzero(verdict.alarm[i])]
            panels.append(
                Panel(
                    one.name or arguments.method,
                    labels,
                    bars=counts[i],
                    line=verdict.expected[i],
                    limit=verdict.upperbound[i],
                    marks=marks,
                )
            )
    if not rows:
        print("nanxi: too few days to say anything; the answer holds no row.", file=sys.stderr)
    write_table(arguments.output, ALARMS, rows)
    if arguments.plot:
        write_plot(arguments.plot, f"Counts, expected and upper bound ({arguments.method})", panels)
    return 0


def _together(series: list[Series]) -> list[list[Series]]:
    """Series of the same days are judged in one call, as the areas of one signal."""
    groups: dict[tuple[int, int], list[Series]] = {}
    for one in series:
        groups.setdefault((one.first, one.length), []).append(one)
    return list(groups.values())


def _detect(counts: Floats, arguments: argparse.Namespace, one: Series) -> aberration.Verdict:
    method, alpha = arguments.method, arguments.alpha
    if method == "farrington":
        return _farrington(counts, arguments)
    if method == "percentile":
        years, w = _given(arguments.b, 3), _given(arguments.w, 2)
        return aberration.moving_percentile(counts, years=years, w=w, percentile=arguments.percentile)
    if method == "glr-nb":
        return slow_rise.glr_negative_binomial(
            counts, threshold=arguments.threshold, dispersion=arguments.dispersion, kappa=arguments.kappa
        )
    if method == "gamma-poisson":
        weekday = (np.arange(one.length) + one.first) % 7
        masked = _masked(arguments, one)
        return aberration.gamma_poisson(
            counts, weekday=weekday, alpha=_given(alpha, 0.001), minimum=arguments.minimum, masked=masked
        )
    return aberration.ears(counts, method=method, alpha=_given(alpha, 0.001), min_sigma=arguments.min_sigma)


def _given(value: float | None, default: float) -> Any:
    return default if value is None else value


def _masked(arguments: argparse.Namespace, one: Series) -> np.ndarray | None:
    if arguments.masked is None:
        return None
    rows, names = read_rows(arguments.masked, [], either=[("t", "date")])
    days = {read_day(row, "date" if "date" in names else "t") for row in rows}
    return np.array([one.first + t in days for t in range(one.length)])


def _farrington(counts: Floats, arguments: argparse.Namespace) -> aberration.Verdict:
    policy = farrington.FarringtonPolicy(
        b=_given(arguments.b, 5), w=_given(arguments.w, 3), noPeriods=arguments.noPeriods,
        pastWeeksNotIncluded=arguments.pastWeeksNotIncluded, thresholdMethod=arguments.thresholdMethod,
        alpha=_given(arguments.alpha, 0.01),
        weightsThreshold=arguments.weightsThreshold, pThresholdTrend=arguments.pThresholdTrend, limit54=_pair(arguments.limit54),
    )  # fmt: skip
    found = farrington.detect(counts, policy)
    return aberration.Verdict(found.expected, found.upperbound, found.p, found.alarm)


def _pair(text: str) -> tuple[int, int]:
    try:
        cases, weeks = (int(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--limit54 {text!r}: write two whole numbers, cases,weeks (5,4).") from None
    return cases, weeks
