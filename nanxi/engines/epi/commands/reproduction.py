# pyright: basic
"""`nanxi epi rt`: the reproduction number by window, with a serial interval that is known or uncertain."""

from __future__ import annotations

import argparse

import numpy as np

from nanxi.cli import InputError

from .. import rt, serial
from ..distributions import Floats
from ..files import Series, write_table
from ..plot import Panel, write_plot
from .shared import check_imported, incidence_of, interval_of, said

RT = ("series", "t_start", "t_end", "mean", "sd", "q025", "median", "q975")
MOST_DRAWS = 2000  # 50 samples each; more only take memory


def run_rt(arguments: argparse.Namespace) -> int:
    si = interval_of(arguments)
    draws = _draws(arguments) if arguments.si_uncertain else None
    rows, panels = [], []
    for one in incidence_of(arguments):
        local, imported = _split(one)
        options = {
            "imported": imported,
            "window": arguments.window,
            "prior_mean": arguments.prior_mean,
            "prior_sd": arguments.prior_sd,
        }
        found = said(rt.estimate_rt, one.name, local, si, **options)
        if draws is None:
            values = [found.mean[0], found.sd[0], *(found.quantile(p)[0] for p in (0.025, 0.5, 0.975))]
        else:
            samples = said(rt.mix_over_si, one.name, local, draws, rng=np.random.default_rng(arguments.seed), **options)[0]
            values = [samples.mean(axis=-1), samples.std(axis=-1), *np.quantile(samples, (0.025, 0.5, 0.975), axis=-1)]
        if arguments.hide_small:
            values = [np.where(found.shown()[0], column, np.nan) for column in values]
        ends = [one.label(int(t) - 1) for t in found.t_end]
        starts = [one.label(int(t) - 1) for t in found.t_start]
        rows += [(one.name, starts[i], ends[i], *(column[i] for column in values)) for i in range(found.t_end.size)]
        panels.append(Panel(one.name or "R", ends, line=values[3], low=values[2], high=values[4], level=1.0))
    write_table(arguments.output, RT, rows)
    if arguments.plot:
        write_plot(arguments.plot, f"Effective reproduction number, windows of {arguments.window} days, 95 % interval", panels)
    return 0


def _split(one: Series) -> tuple[Floats, Floats | None]:
    """Cases infected here, and elsewhere. The file's incidence is all cases; those infected elsewhere are among them."""
    imported = one.values.get("imported")
    if imported is None:
        return one.values["incidence"], None
    check_imported(one)
    return one.values["incidence"] - imported, imported


def _draws(arguments: argparse.Namespace) -> Floats:
    if arguments.si is not None:
        raise InputError("--si gives one exact interval; for an uncertain one leave it out and give --si-mean and --si-sd.")
    if not 1 <= arguments.si_draws <= MOST_DRAWS:
        raise InputError(f"--si-draws must lie between 1 and {MOST_DRAWS}.")
    mean, sd = (arguments.si_mean, arguments.si_mean_sd), (arguments.si_sd, arguments.si_sd_sd)
    return said(serial.draw_si, "", mean, sd, arguments.si_draws, np.random.default_rng(arguments.seed))
