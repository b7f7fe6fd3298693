"""Writes `docs/explanation/what-the-desk-would-have-seen.md` and its pictures: Wenzhou in early 2020, day by day as then known.

Every number is computed from the totals published up to its day; only the columns headed "came" look back. Reads the public
series beside the project (MIT licence) and copies none of it.

    .venv/bin/python docs/make_wenzhou_history.py
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nanxi.engines.epi import aberration, forecast, history, rt, serial, skill, workload  # noqa: E402
from nanxi.engines.epi.distributions import Floats  # noqa: E402
from nanxi.engines.epi.plot import Panel, write_plot  # noqa: E402

SOURCE = ROOT.parent / "shared" / "data" / "epi" / "cn_prefecture_daily_cumulative_2020.csv"
PAGE = ROOT / "docs" / "explanation" / "what-the-desk-would-have-seen.md"
PICTURES = PAGE.with_suffix("")
DAYS = ("2020-01-23", "2020-01-31", "2020-02-06")
FIRST, LAST = "2020-01-21", "2020-02-15"
SHORT, LONG = serial.discrete_si(*serial.NISHIURA_2020), serial.discrete_si(*serial.LI_2020)
CONTACTS = 8.0  # per case; an assumption, Wenzhou published no contacts
SCORED_PLACES = 12
LESSONS = (
    "- On 23 January two days of totals had just been taken back. The repair shows it; a desk that subtracts yesterday from "
    "today would have seen *minus three* cases. Three days allow no test, no R and no forecast, and the engine says so.",
    "- From 24 to 30 January the rule for short histories was in alarm every day. On 31 January, with the interval of 4.7 days, "
    "R lay above 1 even if half of the cases had come from elsewhere; if four in five had, it did not. That share is what the "
    "desk must find out by interview, and why the import split is a column of the input.",
    "- The interval matters as much: with 7.5 days R stayed above 1 under all three assumptions. A desk that shows one number "
    "hides both questions.",
    "- The first forecast, on 28 January, was too low: its 90 % interval ended below what came. A forecast is worth its record "
    "and no more; the line under the table is that record.",
)


@dataclass(frozen=True)
class Morning:
    """What the desk has on a day: totals as published, daily counts as repaired, and what the engine says or why it does not."""

    day: str
    published: Floats
    repair: history.Repair
    damping: float
    paths: Floats | None
    refusal: str

    @property
    def daily(self) -> Floats:
        return self.repair.daily[0]


@cache
def places() -> list[history.History]:
    return [place for place in history.read_history(SOURCE) if place.code.isdigit() and place.province != "湖北省"]


def wenzhou() -> history.History:
    return next(place for place in places() if place.code == "330300")


@cache
def whole() -> Floats:
    """The daily counts as the whole record has them: what came."""
    return history.repair_cumulative(wenzhou().totals).daily[0]


def came(day: str, days: int = 7) -> Floats:
    """Cases of the days after `day`."""
    start = date.fromisoformat(day).toordinal() - wenzhou().first + 1
    return whole()[start : start + days]


@cache
def morning(day: str) -> Morning:
    known = wenzhou().as_known(day)
    repair = history.repair_cumulative(known.totals)
    damping = forecast.fit_damping(neighbours(day), SHORT, rng=np.random.default_rng(20))
    try:
        paths = forecast.forecast_paths(repair.daily[0], SHORT, days=7, damping=damping, rng=np.random.default_rng(1))
        return Morning(day, known.totals, repair, damping, paths, "")
    except ValueError as problem:
        return Morning(day, known.totals, repair, damping, None, str(problem))


def neighbours(day: str) -> list[Floats]:
    """The places outside Hubei with most cases known on the day: how measures bite is learnt from all of them."""
    last = date.fromisoformat(day).toordinal()
    totals = history.aligned(places(), last - 27, last)
    most = np.argsort(-np.nanmax(totals, axis=1, initial=0), kind="stable")[:SCORED_PLACES]
    return list(np.nan_to_num(history.repair_cumulative(totals[most]).daily))


def reproduction(daily: Floats, si: Floats, imported: float = 0.0) -> str:
    """Median and 95 % interval of R over the last seven days, with a share of the cases infected elsewhere."""
    try:
        found = rt.estimate_rt(daily * (1 - imported), si, imported=daily * imported)
    except ValueError as problem:
        return str(problem)
    if not found.shown()[0, -1]:
        return "too few cases to say"
    low, middle, high = (float(found.quantile(p)[0, -1]) for p in (0.025, 0.5, 0.975))
    return f"{middle:.1f} ({low:.1f}–{high:.1f})"


def uncertain(daily: Floats) -> str:
    draws = serial.draw_si((serial.NISHIURA_2020[0], 1.0), (serial.NISHIURA_2020[1], 0.5), 200, np.random.default_rng(3))
    samples = rt.mix_over_si(daily, draws, imported=np.zeros_like(daily), window=7, rng=np.random.default_rng(4))[0, -1]
    low, middle, high = np.quantile(samples, (0.025, 0.5, 0.975))
    return f"{middle:.1f} ({low:.1f}–{high:.1f})"


def interval(values: Floats) -> str:
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    return f"{middle:.0f} ({low:.0f}–{high:.0f})"


def section(day: str) -> list[str]:
    this = morning(day)
    shown = date.fromisoformat(day)
    lines = [f"## {shown.day} {shown:%B}", "", *_published(this), ""]
    rule = aberration.short_history_rule(this.daily)[0]
    tested = aberration.gamma_poisson(this.daily[None, :], pool=False).p[0, -1]
    if np.isnan(tested):
        lines.append(
            f"**Alarm.** {this.daily.size} days are too few for a test with a false-alarm rate. The rule for short "
            f"histories (5 cases and twice the mean of the days before): **{'yes' if rule[-1] else 'no'}**."
        )
    else:
        lines.append(f"**Alarm.** Against the days before, p = {tested:.2g}.")
    lines += ["", "**Reproduction number**, last seven days by report date (infections of about ten days earlier):", ""]
    if this.daily.size <= 7:
        lines += [f"> {reproduction(this.daily, SHORT)}", ""]
    else:
        lines += [
            "| if this share was infected elsewhere | interval of 4.7 days | interval of 7.5 days |", "|---|---|---|",
            *(
                f"| {share:.0%} | {reproduction(this.daily, SHORT, share)} | {reproduction(this.daily, LONG, share)} |"
                for share in (0.0, 0.5, 0.8)
            ),
            "", f"With the interval itself uncertain (4.7 ± 1 days, nobody infected elsewhere): {uncertain(this.daily)}.", "",
        ]  # fmt: skip
    if this.paths is None:
        return [*lines, "**Forecast.** The engine declines:", "", f"> {this.refusal}", ""]
    work = workload.simulate_workload(
        this.paths,
        contacts_per_case=CONTACTS,
        past_contacts=np.nan_to_num(this.daily[-14:]) * CONTACTS,
        rng=np.random.default_rng(2),
    )
    return [
        *lines,
        f"**Forecast** (damping {this.damping:g} a day, fitted on what {SCORED_PLACES} places outside Hubei had published "
        "by then; median and 90 % interval):",
        "",
        "| next seven days | forecast | came |", "|---|---|---|",
        f"| new cases | {interval(this.paths.sum(axis=1))} | {came(day).sum():.0f} |",
        f"| on the seventh day | {interval(this.paths[:, -1])} | {came(day)[-1]:.0f} |",
        f"| beds for contacts on the seventh day, at {CONTACTS:.0f} per case | {interval(work.beds[:, -1])} | not published |",
        "",
    ]  # fmt: skip


def _published(this: Morning) -> list[str]:
    lines = ["| day | total as published | new, repaired | flag |", "|---|---|---|---|"]
    days = wenzhou().as_known(this.day).days
    for t in range(max(0, len(days) - 7), len(days)):
        lines.append(f"| {days[t]} | {this.published[t]:.0f} | {this.daily[t]:.0f} | {this.repair.words(0, t)} |")
    return lines


def table() -> list[str]:
    """The whole walk, one line a day, and the score of the forecasts made on it."""
    lines = [
        "| known on | total | new | rule or test | R, nobody infected elsewhere | next 7 days | came |",
        "|---|---|---|---|---|---|---|",
    ]
    ours, naive, inside = [], [], []
    for day in walk():
        this, truth = morning(day), came(day)
        p = aberration.gamma_poisson(this.daily[None, :], pool=False).p[0, -1]
        word = "alarm" if (aberration.short_history_rule(this.daily)[0, -1] if np.isnan(p) else p < 0.001) else ""
        told = "declined" if this.paths is None else interval(this.paths.sum(axis=1))
        r = reproduction(this.daily, SHORT) if this.daily.size > 7 else "too few days"
        lines.append(f"| {day} | {this.published[-1]:.0f} | {this.daily[-1]:.0f} | {word} | {r} | {told} | {truth.sum():.0f} |")
        if this.paths is not None:
            base = forecast.naive_paths(this.daily, days=7, rng=np.random.default_rng(1))
            for paths, scores in ((this.paths, ours), (base, naive)):
                quantiles = np.quantile(paths, skill.LEVELS, axis=0).T
                scores.append(float(skill.weighted_interval_score(truth, quantiles).mean()))
            inside.append(skill.coverage(truth, np.quantile(this.paths, skill.LEVELS, axis=0).T, 0.9))
    said = (
        f"Over the {len(ours)} days on which a forecast was made, its interval score was {np.mean(ours):.1f} and that of "
        f'"the same as last week" {np.mean(naive):.1f} ({skill.relative_skill(np.array(ours), np.array(naive)):.2f} of it); '
        f"the 90 % interval held {np.mean(inside):.0%} of the days."
    )
    return [*lines, "", said, ""]


def walk() -> list[str]:
    first, last = date.fromisoformat(FIRST), date.fromisoformat(LAST)
    return [(first + timedelta(days=i)).isoformat() for i in range((last - first).days + 1)]


def picture(day: str, path: Path) -> None:
    """Counts as known, the forecast made from them, and R, for one of the three days."""
    this, known = morning(day), wenzhou().as_known(day).days
    ahead = [(date.fromisoformat(day) + timedelta(days=i)).isoformat() for i in range(1, 8)]
    gap, rest = np.full(len(known), np.nan), np.full(7, np.nan)
    low, middle, high = (rest, rest, rest) if this.paths is None else np.quantile(this.paths, (0.05, 0.5, 0.95), axis=0)
    labels, bars = [*known, *ahead], np.concatenate([this.daily, rest])
    panels = [
        Panel(
            "New cases known on the day (bars) and the forecast made from them", labels, bars=bars,
            line=np.concatenate([gap, middle]), low=np.concatenate([gap, low]), high=np.concatenate([gap, high]),
        )
    ]  # fmt: skip
    if this.daily.size > 7:
        found = rt.estimate_rt(this.daily, SHORT)
        r = [np.full(len(labels), np.nan) for _ in range(3)]
        for target, p in zip(r, (0.025, 0.5, 0.975), strict=True):
            target[found.t_end - 1] = np.where(found.shown()[0], found.quantile(p)[0], np.nan)
        panels.append(Panel("R over seven days, nobody infected elsewhere", labels, line=r[1], low=r[0], high=r[2], level=1.0))
    write_plot(path, f"Wenzhou, as known on {day}", panels)


def page() -> str:
    lines = [
        "# What the desk would have seen: Wenzhou, January and February 2020", "",
        "Made by `docs/make_wenzhou_history.py` from the totals that were published day by day "
        "(canghailan/Wuhan-2019-nCoV, MIT licence). Everything below is computed from what was published **on or before** the "
        "day it stands under; the columns headed *came* are the only ones that look back. The settings are the engine's own, not "
        "chosen for Wenzhou.", "",
        "Two things to hold in mind. The totals are by **report date**, which then lagged infection by about ten days. And "
        "nobody published how many cases had been infected **elsewhere**: in January many had come from Wuhan, and counted as "
        "local they make R far too high. The tables therefore show R under three assumptions instead of one number.", "",
    ]  # fmt: skip
    for day in DAYS:
        lines += section(day)
        lines += [f"![Wenzhou as known on {day}]({PICTURES.name}/{day}.svg)", ""]
    lines += ["## Day by day", "", *table()]
    lines += ["## What this says about the desk", "", *LESSONS, ""]
    return "\n".join(lines)


def make(folder: Path) -> dict[str, str]:
    """Writes the pictures into `folder` and returns every file's content by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for day in DAYS:
        picture(day, folder / f"{day}.svg")
    return {f"{day}.svg": (folder / f"{day}.svg").read_text(encoding="utf-8") for day in DAYS}


def main() -> int:
    if not SOURCE.is_file():
        print(f"the series {SOURCE.name} is not beside the project; the page stays as it is", file=sys.stderr)
        return 1
    make(PICTURES)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
