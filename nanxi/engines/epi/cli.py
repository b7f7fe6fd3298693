"""`nanxi epi …`: daily counts, reproduction number, alarms, nowcast, importation, forecast, score, workload.

Files in, files out, no database.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]

METHODS = ("gamma-poisson", "farrington", "ears-c1", "ears-c2", "ears-c3", "glr-nb", "percentile")


def add_commands(commands: Parsers) -> None:
    epi = commands.add_parser("epi", help="what is coming, and how sure")
    verbs = epi.add_subparsers(dest="verb", metavar="VERB", required=True)
    _add_daily(verbs)
    _add_rt(verbs)
    _add_alarms(verbs)
    _add_nowcast(verbs)
    _add_import(verbs)
    _add_forecast(verbs)
    _add_score(verbs)
    _add_workload(verbs)


def _verb(verbs: Parsers, name: str, text: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text, description=text)
    parser.set_defaults(run=_later(name))
    return parser


def _later(name: str) -> Callable[[argparse.Namespace], int]:
    """NumPy and SciPy load only when a command runs."""

    def run(arguments: argparse.Namespace) -> int:
        from nanxi.engines.epi import commands

        return commands.RUN[name](arguments)

    return run


def _out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, required=True, help="the answer as CSV")
    parser.add_argument("--plot", type=Path, metavar="SVG", help="a picture to print")


def _interval(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--incidence", type=Path, required=True, help="t|date,incidence[,imported][,series]; empty = not known")
    parser.add_argument("--si", type=Path, help="serial interval k,w (k = lag in days, w of lag 0 is 0)")
    parser.add_argument("--si-mean", type=float, default=4.7, help="days, when no --si is given (default 4.7, Nishiura 2020)")
    parser.add_argument("--si-sd", type=float, default=2.9)


def _add_daily(verbs: Parsers) -> None:
    parser = _verb(verbs, "daily", "daily counts from published running totals; what was taken back is repaired and flagged")
    parser.add_argument("--totals", type=Path, required=True, help="t|date,total[,series]; empty = not published")
    _out(parser)


def _add_rt(verbs: Parsers) -> None:
    parser = _verb(verbs, "rt", "effective reproduction number by sliding window (Cori et al. 2013)")
    _interval(parser)
    parser.add_argument("--window", type=int, default=7, help="days")
    parser.add_argument("--prior-mean", type=float, default=5.0)
    parser.add_argument("--prior-sd", type=float, default=5.0)
    parser.add_argument("--si-uncertain", action="store_true", help="mix over intervals whose mean and sd are not known exactly")
    parser.add_argument("--si-mean-sd", type=float, default=1.0, help="days, how uncertain the mean is (with --si-uncertain)")
    parser.add_argument("--si-sd-sd", type=float, default=0.5, help="days, how uncertain the sd is (with --si-uncertain)")
    parser.add_argument("--si-draws", type=int, default=200, help="intervals drawn (with --si-uncertain)")
    parser.add_argument("--seed", type=int, default=1, help="of the draws; the same seed gives the same bytes")
    parser.add_argument("--hide-small", action="store_true", help="empty cells where fewer than 11 local cases stand behind R")
    _out(parser)


def _add_alarms(verbs: Parsers) -> None:
    parser = _verb(verbs, "alarms", "is today's count more than the series' own past explains?")
    parser.add_argument("--method", required=True, choices=METHODS)
    parser.add_argument("--counts", type=Path, required=True, help="t|date,count[,series] (also: observed)")
    parser.add_argument("--alpha", type=float, help="nominal false-alarm rate (default: the method's own)")
    farrington = parser.add_argument_group("farrington and percentile (weekly counts)")
    farrington.add_argument("--b", type=int, help="years of baseline (5; percentile: 3)")
    farrington.add_argument("--w", type=int, help="weeks either side of the anniversary (3; percentile: 2)")
    farrington.add_argument("--noPeriods", type=int, default=10)
    farrington.add_argument("--pastWeeksNotIncluded", type=int, default=26)
    farrington.add_argument("--thresholdMethod", default="nbPlugin", help="nbPlugin, delta or muan")
    farrington.add_argument("--weightsThreshold", type=float, default=2.58)
    farrington.add_argument("--pThresholdTrend", type=float, default=1.0)
    farrington.add_argument("--limit54", default="5,4", help="cases,weeks: no alarm with fewer cases in the latest weeks")
    farrington.add_argument("--percentile", type=float, default=0.8)
    daily = parser.add_argument_group("ears, gamma-poisson and glr-nb (daily counts)")
    daily.add_argument("--min-sigma", type=float, default=0.0, help="ears: floor of the standard deviation")
    daily.add_argument("--minimum", type=float, default=3.0, help="gamma-poisson: no alarm below this count")
    daily.add_argument("--threshold", type=float, default=4.0, help="glr-nb: likelihood ratio that raises an alarm")
    daily.add_argument("--dispersion", type=float, help="glr-nb: variance is mean + this·mean² (default: from the baseline)")
    daily.add_argument("--kappa", type=float, help="glr-nb: log of the rise looked for; without it the rise is estimated")
    daily.add_argument("--masked", type=Path, help="gamma-poisson: t|date of days kept out of every baseline (holidays)")
    _out(parser)


def _add_nowcast(verbs: Parsers) -> None:
    parser = _verb(verbs, "nowcast", "cases by onset day, with those still on their way through reporting")
    parser.add_argument("--cases", type=Path, required=True, help="line list onset,report[,series], days or whole numbers")
    parser.add_argument("--today", help="the day the list describes (default: its last report)")
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--max-delay", type=int, default=21)
    _out(parser)


def _add_import(verbs: Parsers) -> None:
    parser = _verb(verbs, "import", "infected arrivals to expect in each town, and from where")
    parser.add_argument("--arrivals", type=Path, required=True, help="town,origin,arrivals")
    parser.add_argument("--origins", type=Path, required=True, help="origin,cases14,population[,not_screened]")
    parser.add_argument("--ascertainment", type=float, default=3.0, help="infections behind each reported case (1–10)")
    parser.add_argument("--size", type=float, default=1.7, help="negative binomial size of imports")
    _out(parser)


def _add_forecast(verbs: Parsers) -> None:
    parser = _verb(verbs, "forecast", "the next days as quantiles: renewal with damping, mixed with 'as last week'")
    _interval(parser)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--model", choices=("ensemble", "renewal", "naive", "scenario"), default="ensemble")
    parser.add_argument("--damping", type=float, help="per day, 0–1 (default: fitted on the days of the file)")
    parser.add_argument("--r", type=float, default=1.0, help="scenario: the reproduction number assumed")
    parser.add_argument("--paths", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    _out(parser)


def _add_score(verbs: Parsers) -> None:
    parser = _verb(verbs, "score", "how good forecasts were: interval score, coverage, skill against another forecast")
    parser.add_argument("--forecast", type=Path, required=True, help="as written by `nanxi epi forecast`")
    parser.add_argument("--observed", type=Path, required=True, help="t|date,incidence[,series]")
    parser.add_argument("--against", type=Path, help="another forecast of the same days, for example --model naive")
    _out(parser)


def _add_workload(verbs: Parsers) -> None:
    parser = _verb(verbs, "workload", "people to follow, beds and workers for the next days")
    _interval(parser)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--contacts-per-case", type=float, required=True)
    parser.add_argument("--quarantined", type=float, default=1.0, help="share of contacts that needs a bed")
    parser.add_argument("--beds", type=float, help="beds there are; says the first day of shortage")
    parser.add_argument("--visits-per-worker", type=float, default=40.0)
    parser.add_argument("--seed", type=int, default=1)
    _out(parser)
