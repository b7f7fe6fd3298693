# pyright: basic
"""`nanxi epi forecast` and `nanxi epi workload`: the next days as quantiles, and the work they bring."""

from __future__ import annotations

import argparse
import sys

import numpy as np

from nanxi.cli import InputError

from .. import forecast, skill, workload
from ..distributions import Floats
from ..files import Series, later, write_table
from ..plot import Panel, write_plot
from .shared import check_imported, incidence_of, interval_of, said

FORECAST = ("series", "t", "horizon", "mean", *(f"q{level:g}" for level in skill.LEVELS))
WORKLOAD = ("series", "t", *(f"{what}_{level}" for what in ("followed", "beds", "workers") for level in ("q50", "q80", "q95")))
MOST_DAYS = 60
MOST_PATHS = 100_000
MOST_CONTACTS = 10_000
FITTED_SERIES = 12


def run_forecast(arguments: argparse.Namespace) -> int:
    _check(arguments)
    si, series = interval_of(arguments), incidence_of(arguments)
    damping = _damping(arguments, series, si)
    rows, panels = [], []
    for one in series:
        paths = said(_paths, one.name, one, si, damping, arguments)
        quantiles = np.quantile(paths, skill.LEVELS, axis=0)
        last = one.label(one.length - 1)
        labels = [later(last, h + 1, one.dated) for h in range(arguments.days)]
        rows += [(one.name, labels[h], h + 1, paths[:, h].mean(), *quantiles[:, h]) for h in range(arguments.days)]
        panels.append(_fan(one, labels, quantiles))
    write_table(arguments.output, FORECAST, rows)
    if arguments.plot:
        write_plot(arguments.plot, f"Forecast ({arguments.model}), 90 % interval", panels)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Settings that would take the machine's memory, or mean nothing."""
    if not 1 <= arguments.days <= MOST_DAYS:
        raise InputError(f"--days must lie between 1 and {MOST_DAYS}; further ahead nobody can say.")
    if not 2 <= arguments.paths <= MOST_PATHS:
        raise InputError(f"--paths must lie between 2 and {MOST_PATHS}.")
    if arguments.damping is not None and not 0 <= arguments.damping <= 1:
        raise InputError("--damping must lie between 0 and 1.")
    if not 0 <= arguments.r <= 50:
        raise InputError("--r must lie between 0 and 50.")


def _damping(arguments: argparse.Namespace, series: list[Series], si: Floats) -> float:
    if arguments.damping is not None or arguments.model in ("naive", "scenario"):
        return forecast.DAMPING if arguments.damping is None else arguments.damping
    # The series with most cases say most about how measures bite; a county's areas share them.
    most = sorted(series, key=lambda one: -float(np.nansum(one.values["incidence"])))[:FITTED_SERIES]
    rng = np.random.default_rng(arguments.seed)
    return forecast.fit_damping([one.values["incidence"] for one in most], si, rng=rng)


def _paths(one: Series, si: Floats, damping: float, arguments: argparse.Namespace) -> Floats:
    rng = np.random.default_rng(arguments.seed)
    total, imported = one.values["incidence"], one.values.get("imported")
    check_imported(one)
    if arguments.model == "naive":
        return forecast.naive_paths(total, days=arguments.days, paths=arguments.paths, rng=rng)
    if arguments.model == "scenario":
        known = np.nan_to_num(total)
        return forecast.scenario_paths(known, si, days=arguments.days, r=arguments.r, paths=arguments.paths, rng=rng)
    local = total if imported is None else total - imported
    paths = forecast.forecast_paths(
        local, si, days=arguments.days, imported=imported, damping=damping, paths=arguments.paths, rng=rng
    )
    return paths[: arguments.paths // 2] if arguments.model == "renewal" else paths


def _fan(one: Series, labels: list[str], quantiles: Floats) -> Panel:
    past = one.values["incidence"][-28:]
    gap = np.full(past.size, np.nan)
    shown = [one.label(one.length - past.size + t) for t in range(past.size)]
    at = {level: int(np.argmin(np.abs(skill.LEVELS - level))) for level in (0.05, 0.5, 0.95)}
    bars = np.concatenate([past, np.full(len(labels), np.nan)])
    line, low, high = (np.concatenate([gap, quantiles[at[level]]]) for level in (0.5, 0.05, 0.95))
    return Panel(one.name or "cases", [*shown, *labels], bars=bars, line=line, low=low, high=high)


def run_workload(arguments: argparse.Namespace) -> int:
    si = interval_of(arguments)
    if arguments.beds is not None and not arguments.beds > 0:
        raise InputError("--beds must be above 0; leave it out when the number is not known.")
    if not 0 < arguments.contacts_per_case <= MOST_CONTACTS or not arguments.visits_per_worker > 0:
        raise InputError(f"--contacts-per-case must lie between 0 and {MOST_CONTACTS}, and --visits-per-worker be above 0.")
    if not 0 <= arguments.quarantined <= 1:
        raise InputError("--quarantined must lie between 0 and 1.")
    options = argparse.Namespace(**vars(arguments), model="ensemble", damping=None, paths=forecast.PATHS, r=1.0)
    _check(options)
    series = incidence_of(arguments)
    damping = _damping(options, series, si)
    rows, panels = [], []
    for one in series:
        paths = said(_paths, one.name, one, si, damping, options)
        found = said(
            workload.simulate_workload, one.name, paths, contacts_per_case=arguments.contacts_per_case,
            quarantined=arguments.quarantined,
            past_contacts=np.nan_to_num(one.values["incidence"][-14:]) * arguments.contacts_per_case,
            rng=np.random.default_rng(arguments.seed + 1), visits=arguments.visits_per_worker,
        )  # fmt: skip
        parts = [np.quantile(part, (0.5, 0.8, 0.95), axis=0) for part in (found.followed, found.beds, found.workers)]
        labels = [later(one.label(one.length - 1), h + 1, one.dated) for h in range(arguments.days)]
        rows += [(one.name, labels[h], *(np.ceil(part[q, h]) for part in parts for q in range(3))) for h in range(arguments.days)]
        panels.append(
            Panel(f"{one.name} beds".strip(), labels, line=parts[1][0], low=parts[1][0], high=parts[1][2], level=arguments.beds)
        )
        if arguments.beds:
            short = said(found.first_shortage, one.name, arguments.beds)
            print(
                f"{one.name or 'beds'}: " + ("enough in these days" if short is None else f"short from {labels[short]} on"),
                file=sys.stderr,
            )
    write_table(arguments.output, WORKLOAD, rows)
    if arguments.plot:
        write_plot(arguments.plot, "Beds needed, 50 to 95 %", panels)
    return 0
