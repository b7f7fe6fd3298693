# pyright: basic
"""What each `nanxi epi` command does between its files. A ValueError of the engine is about the input and is said as such."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from nanxi.cli import InputError

from . import aberration, farrington, forecast, importation, nowcast, rt, serial, skill, workload
from .distributions import Floats
from .files import Series, later, read_day, read_rows, read_series, read_weights, write_table
from .plot import Panel, write_plot

RT = ("series", "t_start", "t_end", "mean", "sd", "q025", "median", "q975")
ALARMS = ("series", "t", "observed", "expected", "upperbound", "p", "alarm")
NOWCAST = ("series", "date", "reported", "share", "expected", "q05", "q95", "provisional")
IMPORT = ("town", "expected", "p_at_least_one", "origin_1", "expected_1", "origin_2", "expected_2", "origin_3", "expected_3")
FORECAST = ("series", "t", "horizon", "mean", *(f"q{level:g}" for level in skill.LEVELS))
SCORE = ("series", "t", "horizon", "observed", "wis", "inside50", "inside90", "wis_other")
WORKLOAD = ("series", "t", *(f"{what}_{level}" for what in ("followed", "beds", "workers") for level in ("q50", "q80", "q95")))


def _said(work: Callable[..., Any], name: str, *args: Any, **options: Any) -> Any:
    """Run the engine; what it refuses is one sentence for the person, with the series' name."""
    try:
        return work(*args, **options)
    except ValueError as problem:
        where = f"series {name}: " if name else ""
        raise InputError(f"{where}{problem}.") from None


def _interval(arguments: argparse.Namespace) -> Floats:
    if arguments.si is not None:
        return _said(serial.checked_si, "", read_weights(arguments.si))
    return _said(serial.discrete_si, "", arguments.si_mean, arguments.si_sd)


def _incidence(arguments: argparse.Namespace) -> list[Series]:
    return read_series(arguments.incidence, ["incidence"], optional=["imported"])


def run_rt(arguments: argparse.Namespace) -> int:
    si = _interval(arguments)
    rows, panels = [], []
    for one in _incidence(arguments):
        imported = one.values.get("imported")
        if imported is not None:
            # The file's incidence is all cases; those infected elsewhere are among them.
            over = np.flatnonzero(imported > one.values["incidence"])
            if over.size:
                raise InputError(
                    f"{one.label(int(over[0]))}, column imported: is more than that day's incidence, which counts all cases."
                )
            local = one.values["incidence"] - imported
        else:
            local = one.values["incidence"]
        found = _said(
            rt.estimate_rt, one.name, local, si, imported=imported, window=arguments.window, prior_mean=arguments.prior_mean,
            prior_sd=arguments.prior_sd,
        )  # fmt: skip
        values = [a[0].copy() for a in (found.mean, found.sd, found.quantile(0.025), found.quantile(0.5), found.quantile(0.975))]
        if arguments.hide_small:
            for column in values:
                column[~found.shown()[0]] = np.nan
        for i in range(found.t_end.size):
            rows.append(
                (
                    one.name,
                    one.label(int(found.t_start[i]) - 1),
                    one.label(int(found.t_end[i]) - 1),
                    *(column[i] for column in values),
                )
            )
        labels = [one.label(int(t) - 1) for t in found.t_end]
        panels.append(Panel(one.name or "R", labels, line=values[3], low=values[2], high=values[4], level=1.0))
    write_table(arguments.output, RT, rows)
    if arguments.plot:
        write_plot(arguments.plot, f"Effective reproduction number, windows of {arguments.window} days, 95 % interval", panels)
    return 0


def run_alarms(arguments: argparse.Namespace) -> int:
    series = read_series(arguments.counts, ["count"], aliases={"observed": "count"})
    rows, panels = [], []
    for group in _together(series):
        counts = np.stack([one.values["count"] for one in group])
        verdict = _said(_detect, "", counts, arguments, group[0])
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
        return aberration.moving_percentile(
            counts, years=arguments.b or 3, w=2 if arguments.w is None else arguments.w, percentile=arguments.percentile
        )
    if method == "glr-nb":
        return aberration.glr_negative_binomial(counts, threshold=arguments.threshold, kappa=arguments.kappa)
    if method == "gamma-poisson":
        weekday = (np.arange(one.length) + one.first) % 7
        masked = _masked(arguments, one)
        return aberration.gamma_poisson(counts, weekday=weekday, alpha=alpha or 0.001, minimum=arguments.minimum, masked=masked)
    return aberration.ears(counts, method=method, alpha=alpha or 0.001, min_sigma=arguments.min_sigma)


def _masked(arguments: argparse.Namespace, one: Series) -> np.ndarray | None:
    if arguments.masked is None:
        return None
    rows, names = read_rows(arguments.masked, [], either=[("t", "date")])
    days = {read_day(row, "date" if "date" in names else "t") for row in rows}
    return np.array([one.first + t in days for t in range(one.length)])


def _farrington(counts: Floats, arguments: argparse.Namespace) -> aberration.Verdict:
    policy = farrington.FarringtonPolicy(
        b=arguments.b or 5, w=3 if arguments.w is None else arguments.w, noPeriods=arguments.noPeriods,
        pastWeeksNotIncluded=arguments.pastWeeksNotIncluded, thresholdMethod=arguments.thresholdMethod,
        alpha=arguments.alpha or 0.01,
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


def run_nowcast(arguments: argparse.Namespace) -> int:
    lines, names = read_rows(arguments.cases, ("onset", "report"))
    dated = not lines[0].cells["onset"].strip().lstrip("-").isdigit()
    groups: dict[str, list[tuple[int, int]]] = {}
    for row in lines:
        onset, report = read_day(row, "onset"), read_day(row, "report")
        if report < onset:
            raise InputError(f"{row.where}, column report: is before onset; swap or correct the two days.")
        groups.setdefault(row.cells.get("series", "").strip() if "series" in names else "", []).append((onset, report))
    today = _today(arguments.today, max(report for group in groups.values() for _, report in group))
    rows, panels = [], []
    for name, cases in groups.items():
        pairs = np.array(cases, dtype=np.float64)
        triangle = nowcast.triangle_of(pairs[:, 0], pairs[:, 1], today, arguments.days, arguments.max_delay)
        if np.nansum(triangle) < nowcast.FEWEST_CASES:
            print(f"nanxi: {name or 'the list'}: too few cases in these days to say how long reports take.", file=sys.stderr)
            continue
        found = nowcast.nowcast(np.nansum(triangle, axis=1), nowcast.delay_distribution(triangle))
        one = Series(name, today - arguments.days + 1, dated, {"reported": found.reported})
        labels = [one.label(t) for t in range(one.length)]
        rows += [
            (
                name,
                labels[t],
                found.reported[t],
                found.share[t],
                found.expected[t],
                found.q05[t],
                found.q95[t],
                found.provisional[t] > 0,
            )
            for t in range(one.length)
        ]
        panels.append(
            Panel(name or "cases by onset", labels, bars=found.reported, line=found.expected, low=found.q05, high=found.q95)
        )
    write_table(arguments.output, NOWCAST, rows)
    if arguments.plot:
        write_plot(arguments.plot, "Reported so far (bars) and expected in the end, 90 % interval", panels)
    return 0


def _today(text: str | None, last: int) -> int:
    from .files import Row

    return last if text is None else read_day(Row("--today", {"day": text}), "day")


def run_import(arguments: argparse.Namespace) -> int:
    if arguments.size <= 0 or arguments.ascertainment < 1:
        raise InputError("--size must be above 0 and --ascertainment at least 1.")
    origins, names = read_rows(arguments.origins, ("origin", "cases14", "population"))
    order = {row.text("origin"): i for i, row in enumerate(origins)}
    share = _said(
        importation.prevalence, "", np.array([row.number("cases14") for row in origins]),
        np.array([row.number("population") for row in origins]),
        arguments.ascertainment,
    )  # fmt: skip
    screened = np.array([row.number("not_screened") if "not_screened" in names else 1.0 for row in origins])
    rows, _ = read_rows(arguments.arrivals, ("town", "origin", "arrivals"))
    towns: dict[str, int] = {}
    arrivals = np.zeros((len({row.text("town") for row in rows}), len(origins)))
    for row in rows:
        origin = row.text("origin")
        if origin not in order:
            raise InputError(f"{row.where}, column origin: {origin} is not in {arguments.origins.name}; add its row there.")
        arrivals[towns.setdefault(row.text("town"), len(towns)), order[origin]] += row.number("arrivals")
    found = importation.expected_imports(arrivals, share, screened)
    chance, named = found.at_least_one(arguments.size), list(order)
    table = []
    for town, i in towns.items():
        top = [j for j in found.top(i) if found.contribution[i, j] > 0]
        cells = [cell for j in top for cell in (named[j], found.contribution[i, j])]
        table.append((town, found.expected[i], chance[i], *cells, *[""] * (6 - len(cells))))
    write_table(arguments.output, IMPORT, sorted(table, key=lambda row: -float(row[1])))
    if arguments.plot:
        labels = [str(row[0]) for row in sorted(table, key=lambda row: -float(row[1]))]
        write_plot(
            arguments.plot, "Expected infected arrivals by town", [Panel("expected", labels, bars=np.sort(found.expected)[::-1])]
        )
    return 0


def run_forecast(arguments: argparse.Namespace) -> int:
    si = _interval(arguments)
    rows, panels = [], []
    for one in _incidence(arguments):
        paths = _said(_paths, one.name, one, si, arguments)
        quantiles = np.quantile(paths, skill.LEVELS, axis=0)
        last = one.label(one.length - 1)
        labels = [later(last, h + 1, one.dated) for h in range(arguments.days)]
        rows += [(one.name, labels[h], h + 1, paths[:, h].mean(), *quantiles[:, h]) for h in range(arguments.days)]
        panels.append(_fan(one, labels, quantiles))
    write_table(arguments.output, FORECAST, rows)
    if arguments.plot:
        write_plot(arguments.plot, f"Forecast ({arguments.model}), 90 % interval", panels)
    return 0


def _paths(one: Series, si: Floats, arguments: argparse.Namespace) -> Floats:
    rng = np.random.default_rng(arguments.seed)
    total, imported = one.values["incidence"], one.values.get("imported")
    damping = forecast.DAMPING if arguments.damping is None else arguments.damping
    if not 0 <= damping <= 1 or arguments.days < 1 or arguments.paths < 2:
        raise ValueError("--damping must lie between 0 and 1, --days be at least 1 and --paths at least 2")
    if arguments.model == "naive":
        return forecast.naive_paths(total, days=arguments.days, paths=arguments.paths, rng=rng)
    if arguments.model == "scenario":
        return forecast.scenario_paths(
            np.nan_to_num(total), si, days=arguments.days, r=arguments.r, paths=arguments.paths, rng=rng
        )
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


def run_workload(arguments: argparse.Namespace) -> int:
    si = _interval(arguments)
    if arguments.contacts_per_case <= 0 or arguments.visits_per_worker <= 0 or not 0 <= arguments.quarantined <= 1:
        raise InputError("--contacts-per-case and --visits-per-worker must be above 0, --quarantined between 0 and 1.")
    options = argparse.Namespace(**vars(arguments), model="ensemble", damping=None, paths=forecast.PATHS)
    rows, panels = [], []
    for one in _incidence(arguments):
        paths = _said(_paths, one.name, one, si, options)
        found = _said(
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
            short = _said(found.first_shortage, one.name, arguments.beds)
            print(
                f"{one.name or 'beds'}: " + ("enough in these days" if short is None else f"short from {labels[short]} on"),
                file=sys.stderr,
            )
    write_table(arguments.output, WORKLOAD, rows)
    if arguments.plot:
        write_plot(arguments.plot, "Beds needed, 50 to 95 %", panels)
    return 0


RUN: dict[str, Callable[[argparse.Namespace], int]] = {
    "rt": run_rt, "alarms": run_alarms, "nowcast": run_nowcast, "import": run_import, "forecast": run_forecast,
    "score": run_score,
    "workload": run_workload,
}  # fmt: skip
