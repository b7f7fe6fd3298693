# pyright: basic
"""`nanxi epi nowcast` and `nanxi epi import`: what is on its way, through reporting and by road."""

from __future__ import annotations

import argparse
import sys

import numpy as np

from nanxi.cli import InputError

from .. import importation, nowcast
from ..files import Row, Series, read_day, read_rows, write_table
from ..plot import Panel, write_plot
from .shared import said

NOWCAST = ("series", "date", "reported", "share", "expected", "q05", "q95", "provisional")
IMPORT = ("town", "expected", "p_at_least_one", "origin_1", "expected_1", "origin_2", "expected_2", "origin_3", "expected_3")


def run_nowcast(arguments: argparse.Namespace) -> int:
    if not 1 <= arguments.days <= 1000 or not 1 <= arguments.max_delay <= 365:
        raise InputError("--days must lie between 1 and 1000 and --max-delay between 1 and 365.")
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
    return last if text is None else read_day(Row("--today", {"day": text}), "day")


def run_import(arguments: argparse.Namespace) -> int:
    if not 0 < arguments.size < 1e9 or not 1 <= arguments.ascertainment <= 100:
        raise InputError("--size must be above 0 and --ascertainment between 1 and 100.")
    origins, names = read_rows(arguments.origins, ("origin", "cases14", "population"))
    order: dict[str, int] = {}
    for i, row in enumerate(origins):
        if row.text("origin") in order:
            raise InputError(f"{row.where}, column origin: {row.text('origin')} occurs twice; keep one of the rows.")
        if row.number("population") <= 0:
            raise InputError(f"{row.where}, column population: must be above 0; fill in the inhabitants or leave the origin out.")
        order[row.text("origin")] = i
    share = said(
        importation.prevalence, "", np.array([row.number("cases14") for row in origins]),
        np.array([row.number("population") for row in origins]),
        arguments.ascertainment,
    )  # fmt: skip
    screened = np.array([_share(row) if "not_screened" in names else 1.0 for row in origins])
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


def _share(row: Row) -> float:
    found = row.number("not_screened")
    if found > 1:
        raise InputError(f"{row.where}, column not_screened: {found:g} is no share; write a number between 0 and 1.")
    return found
