# pyright: basic
"""`nanxi epi score`: how good forecasts were, once their days have passed."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np

from nanxi.cli import InputError

from .. import skill
from ..distributions import Floats
from ..files import read_rows, read_series, write_table
from ..plot import Panel, write_plot
from .ahead import FORECAST

SCORE = ("series", "t", "horizon", "observed", "wis", "inside50", "inside90", "wis_other")


def run_score(arguments: argparse.Namespace) -> int:
    observed = {
        (one.name, one.label(t)): float(v)
        for one in read_series(arguments.observed, ["incidence"])
        for t, v in enumerate(one.values["incidence"])
    }
    ours = _forecasts(arguments.forecast)
    other = _forecasts(arguments.against) if arguments.against else {}
    rows = []
    for key, (horizon, quantiles) in ours.items():
        truth = observed.get(key, float("nan"))
        if np.isnan(truth):
            continue
        inside = [_inside(truth, quantiles, level) for level in (0.5, 0.9)]
        theirs = _wis(truth, other[key][1]) if key in other else float("nan")
        rows.append((*key, horizon, truth, _wis(truth, quantiles), *inside, theirs))
    if not rows:
        raise InputError(
            f"{arguments.observed.name}: holds none of the days of {arguments.forecast.name}; wait until they have passed."
        )
    write_table(arguments.output, SCORE, rows)
    scores = np.array([[row[4], row[5], row[6], row[7]] for row in rows], dtype=np.float64)
    wis, half, nine = scores[:, :3].mean(axis=0)
    line = f"{len(rows)} days: mean WIS {wis:.4g}, inside 50 % {half:.2f}, inside 90 % {nine:.2f}"
    shared = ~np.isnan(scores[:, 3])
    if shared.any():
        line += f", {skill.relative_skill(scores[shared, 0], scores[shared, 3]):.3f} of the other forecast"
    print(line, file=sys.stderr)
    if arguments.plot:
        labels = [f"{row[0]} {row[1]}".strip() for row in rows]
        write_plot(
            arguments.plot,
            "Interval score by day (line: the other forecast)",
            [Panel("WIS", labels, bars=scores[:, 0], line=scores[:, 3])],
        )
    return 0


def _wis(truth: float, quantiles: Floats) -> float:
    return float(skill.weighted_interval_score(np.array(truth), quantiles))


def _inside(truth: float, quantiles: Floats, level: float) -> bool:
    return skill.coverage(np.array([truth]), quantiles[None, :], level) > 0


def _forecasts(path: Any) -> dict[tuple[str, str], tuple[int, Floats]]:
    rows, _ = read_rows(path, ("t", "horizon", *FORECAST[4:]))
    return {
        (row.cells.get("series", ""), row.text("t")): (
            int(row.number("horizon")),
            np.array([row.number(name) for name in FORECAST[4:]]),
        )
        for row in rows
    }
