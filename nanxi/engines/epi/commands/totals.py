# pyright: basic
"""`nanxi epi daily`: daily counts from published running totals, with a flag wherever the totals were not plain."""

from __future__ import annotations

import argparse

import numpy as np

from .. import history
from ..files import read_series, write_table
from ..plot import Panel, write_plot
from .shared import said

DAILY = ("series", "date", "incidence", "flag")


def run_daily(arguments: argparse.Namespace) -> int:
    rows, panels = [], []
    series = read_series(arguments.totals, ["total"])
    for one in series:
        found = said(history.repair_cumulative, one.name, one.values["total"])
        labels, daily = [one.label(t) for t in range(one.length)], found.daily[0]
        words = [found.words(0, t) for t in range(one.length)]
        rows += [(one.name, labels[t], daily[t], words[t]) for t in range(one.length)]
        marks = [t for t in range(one.length) if words[t]]
        panels.append(Panel(one.name or "new cases", labels, bars=np.nan_to_num(daily), marks=marks))
    columns = DAILY if series[0].dated else ("series", "t", *DAILY[2:])
    write_table(arguments.output, columns, rows)
    if arguments.plot:
        write_plot(arguments.plot, "Daily counts from running totals (marked: flagged days)", panels)
    return 0
