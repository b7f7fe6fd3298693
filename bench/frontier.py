"""How often is the fence wrong, and how late? False alarms per person-day against departures seen, on the rehearsal's noise.

The rehearsal writes phones of many people at home, by noise and truth that know nothing of the fence. False alarms are counted at
the stated rate of departures; delay and misses on a second county where a hundred times as many leave, because at 0.07 % a day
there is nearly nobody to miss. An alert of a person outside (from 100 m until home again, and ten minutes after) is right, any other is
false; one alert per episode of 30 minutes counts once, for every rule alike. Beside ours: the crossing rule (inside last, outside
now) and two fixes outside in a row, which is what common trackers do.

    .venv/bin/python bench/frontier.py [--isolated 700] [--days 14] [--nastier]
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nanxi.engines.fence import Policy  # noqa: E402
from nanxi.engines.fence.columns import read_positions  # noqa: E402
from nanxi.engines.fence.files import Places, read_places  # noqa: E402
from nanxi.engines.fence.replay import replay  # noqa: E402
from nanxi.engines.fence.state import Event  # noqa: E402

EPISODE_S, GRACE_S = 1800.0, 600.0
GATE, AIM = 0.002, (0.05, 180.0)
NASTIER = "[positions]\nlying_sticks = 0.5\nlying_longest_s = 3600\n"
MANY = "[isolation]\nleaves_a_day = 0.07\n"
Alerts = dict[str, list[float]]


def county(folder: Path, people: int, days: int, noise: str, seed: int) -> None:
    (folder / "noise.toml").write_text(noise)
    subprocess.run(
        [sys.executable, "-m", "nanxi", "rehearse", "-o", str(folder / "c"), "--persons", str(max(1500, people * 3)), "--days", "7",
         "--seed", str(seed), "--isolated", str(people), "--isolated-days", str(days), "--noise", str(folder / "noise.toml")],
        check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def departures(folder: Path) -> list[tuple[str, float, float, str]]:
    """order, beyond 100 m at, home again at, what became of the phone."""
    with (folder / "c/truth/isolated_departures.csv").open() as file:
        return [
            (row["order"], _s(row["beyond_100m_at"]), _s(row["home_again_at"]), row["phone"])
            for row in csv.DictReader(file)
            if row["beyond_100m_at"]
        ]


def sound(folder: Path) -> set[str]:
    """Orders whose phone knows place and time and whose address is right: what is left is the noise of positions alone."""
    with (folder / "c/truth/isolated_phones.csv").open() as file:
        return {
            row["order"]
            for row in csv.DictReader(file)
            if row["datum"] == "WGS-84" and float(row["clock_off_s"]) == 0 and row["mock"] == "0" and float(row["home_off_m"]) < 100
        }


def _s(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() if text else float("inf")


def ours(orders: Places, pings: np.ndarray, events: tuple[Event, ...]) -> Alerts:
    found: Alerts = defaultdict(list)
    said = replay(orders.fences, pings, orders.policies(Policy(), {}))
    for row in said[np.isin(said["event"], [int(event) for event in events])]:
        found[orders.names[int(row["fence"])]].append(float(row["t"]))
    return found


def in_a_row(orders: Places, pings: np.ndarray, wanted: int) -> Alerts:
    """Alert when `wanted` fixes in a row lie outside after one inside; accuracy, time and speed are not looked at."""
    found: Alerts = defaultdict(list)
    usual = pings[~np.isnan(pings["lon"])]
    usual = usual[np.lexsort((usual["t"], usual["fence"]))]
    x, y = orders.fences.local(usual["fence"], usual["lon"], usual["lat"])
    outside = orders.fences.distance(usual["fence"], x, y) > 0
    run = np.zeros(len(orders.names), np.int64)
    for who, t, out in zip(usual["fence"].tolist(), usual["t"].tolist(), outside.tolist(), strict=True):
        run[who] = run[who] + 1 if out else 0
        if run[who] == wanted:
            found[orders.names[who]].append(t)
    return found


def score(alerts: Alerts, left: list[tuple[str, float, float, str]]) -> tuple[int, int, int, list[float]]:
    """False episodes; departures with a phone that could tell, those alerted, and their delays in seconds."""
    away: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for order, begin, end, _ in left:
        away[order].append((begin, end + GRACE_S))
    wrong = 0
    for order, times in alerts.items():
        last = -np.inf
        for t in sorted(times):
            if any(begin - GRACE_S <= t <= end for begin, end in away[order]):
                continue
            wrong += t - last > EPISODE_S
            last = t
    delays, telling = [], 0
    for order, begin, end, phone in left:
        if phone in ("left at home", "switched off"):
            continue
        telling += 1
        seen = [t for t in alerts.get(order, ()) if begin - GRACE_S <= t <= end]
        if seen:
            delays.append(max(min(seen) - begin, 0.0))
    return wrong, telling, len(delays), delays


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--isolated", type=int, default=700)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nastier", action="store_true", help="phones that lie for up to an hour")
    options = parser.parse_args()
    rules = {
        "PROBABLE or CONFIRMED": lambda o, p: ours(o, p, (Event.EXIT_PROBABLE, Event.EXIT_CONFIRMED)),
        "CONFIRMED": lambda o, p: ours(o, p, (Event.EXIT_CONFIRMED,)),
        "crossing": lambda o, p: in_a_row(o, p, 1),
        "two in a row": lambda o, p: in_a_row(o, p, 2),
    }
    found: dict[str, list[float]] = {name: [] for name in rules}
    for many in (False, True):
        with tempfile.TemporaryDirectory(prefix="nanxi-frontier-") as name:
            folder = Path(name)
            people = options.isolated // 5 if many else options.isolated
            county(folder, people, options.days, (MANY if many else "") + (NASTIER if options.nastier else ""), options.seed + many)
            orders = read_places(folder / "c/positions/orders.csv", "order", {})
            log = read_positions(folder / "c/positions/positions.csv", orders)
            left, well = departures(folder), sound(folder)
            for rule, alerts_of in rules.items():
                alerts = alerts_of(orders, log.pings)
                wrong, telling, alerted, delays = score(alerts, left)
                if many:
                    found[rule] += [telling, alerted, float(np.median(delays)) if delays else float("nan")]
                else:
                    right = {order: times for order, times in alerts.items() if order in well}
                    found[rule] += [wrong / (people * options.days), score(right, left)[0] / (len(well) * options.days)]
            print(f"{people} persons × {options.days} days, {len(log.pings):,} positions, {len(left)} departures", flush=True)
    print("                          false per person-day:  all    sound phones   departures seen   median after 100 m")
    for rule, (false, of_sound, telling, alerted, delay) in found.items():
        print(f"  {rule:44s} {false:7.4f} {of_sound:12.4f} {alerted:9.0f} of {telling:3.0f} {delay:15.0f} s")
    print(f"gate: CONFIRMED at most {GATE} a person-day, every departure alerted; aim: PROBABLE {AIM[0]} at {AIM[1]:.0f} s")
    return 0 if found["CONFIRMED"][0] <= GATE and found["PROBABLE or CONFIRMED"][2] == found["PROBABLE or CONFIRMED"][3] else 1


if __name__ == "__main__":
    raise SystemExit(main())
