"""`nanxi rehearse -o DIR`: the county's files in one go. Same persons, days, seed, start and noise → the same bytes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from nanxi.cli import InputError
from nanxi.rehearsal import feeds, truth
from nanxi.rehearsal.archive import Archive
from nanxi.rehearsal.chance import Chance
from nanxi.rehearsal.county import found_county
from nanxi.rehearsal.founding import founding
from nanxi.rehearsal.isolation import DEPARTURES, PHONES, write_isolation
from nanxi.rehearsal.journeys import Journeys, drive, go_together, plan_journeys
from nanxi.rehearsal.life import live_day, midnight
from nanxi.rehearsal.lists.send import write_lists
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.outbreak import begin_outbreak, spread
from nanxi.rehearsal.places import BUS, Places, lay_out
from nanxi.rehearsal.register import write_register
from nanxi.rehearsal.residents import settle
from nanxi.rehearsal.sightings import Views, see

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What was asked for; written into the folder so that it can be made again."""

    persons: int
    days: int
    seed: int
    start: date
    #: Lists that are sent; 0 = as many as persons and days ask for.
    lists: int = 0
    #: Persons at home whose phones report for so many days before the end, for the fence's bench.
    isolated: int = 0
    isolated_days: int = 2


def rehearse(folder: Path, plan: Plan, noise: Noise, say: Say) -> dict[str, int]:
    """Write the county into `folder`, which must be new or empty; nothing stays behind when it fails. Returns counts."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is not empty; give a new folder, or empty this one.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        counts = _write(work, plan, noise, say)
        work.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        work.rename(folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return counts


def _write(folder: Path, plan: Plan, noise: Noise, say: Say) -> dict[str, int]:
    for name in ("register", "lists", "feeds", "sightings", "positions", "truth"):
        (folder / name).mkdir()
    chance = Chance(plan.seed)
    say("households")
    county = found_county(chance)
    residents = settle(chance, noise, county, plan.persons, plan.start)
    places = lay_out(county, residents)
    feeds.write_json(folder / "county.json", founding(chance, county))
    feeds.write_json(
        folder / "plan.json",
        {
            "persons": plan.persons,
            "days": plan.days,
            "seed": plan.seed,
            "start": plan.start.isoformat(),
            "lists": plan.lists,
            "isolated": plan.isolated,
            "isolated_days": plan.isolated_days,
            "synthetic": True,
            "noise": noise.tables,
        },
    )
    with Views(folder / "sightings", np.array(residents.id_no)) as views:
        archive, journeys = _live(folder, chance, noise, places, plan, views, say)
        say("cases and laboratory")
        remembered = feeds.write_cases(folder / "feeds", archive, places)
        views.add_interviews(remembered)
    say("register")
    register, register_truth = write_register(folder / "register", county, residents, plan.start)
    feeds.write_json(folder / "register" / "index.json", register)
    say("lists")
    lists = write_lists(folder / "lists", archive, plan.lists, say)
    feeds.write_json(folder / "lists" / "index.json", lists.index)
    say("positions")
    departures = feeds.write_positions(folder / "positions", archive)
    if plan.isolated:
        say("isolated persons")
        left, phones = write_isolation(folder / "positions", archive, plan.isolated, min(plan.isolated_days, plan.days))
        feeds.write_rows(folder / "truth" / "isolated_departures.csv", DEPARTURES, left)
        feeds.write_rows(folder / "truth" / "isolated_phones.csv", PHONES, phones)
    truth.write_truth(folder / "truth", archive, places, register_truth, lists, departures)
    truth.write_journeys(folder / "truth", places, journeys, plan.start)
    encounters = len(archive.outbreak.encounters()) if archive.outbreak.long else 0
    return {
        "persons": len(residents),
        "households": len(residents.house_village),
        "lists": len(lists.index),
        "checks": sum(file.rows for file in lists.files if not file.must.startswith("supersedes")),
        "cases": len(archive.outbreak.confirmed_by(midnight(plan.start, plan.days))),
        "infected": int((archive.outbreak.infected_at < midnight(plan.start, plan.days)).sum()),
        "encounters": encounters,
        "departures": len(departures),
    }


def _live(
    folder: Path, chance: Chance, noise: Noise, places: Places, plan: Plan, views: Views, say: Say
) -> tuple[Archive, Journeys]:
    """All days one after the other; only one day's stays are in memory."""
    residents = places.residents
    outbreak = begin_outbreak(chance, noise, residents.age, plan.days, midnight(plan.start, 0))
    journeys = plan_journeys(chance, noise, places, outbreak, plan.days)
    with feeds.Passages(folder / "feeds" / "passages.csv", chance, places) as passages:
        trips: set[int] = set()
        for day in range(plan.days):
            say(f"day {day + 1} of {plan.days}")
            begin = midnight(plan.start, day)
            at_home, gone = outbreak.kept(begin), outbreak.gone(begin)
            stays = live_day(chance, noise, places, plan.start, day, at_home=at_home, gone=gone)
            stays = go_together(chance, journeys, places, stays, day, begin, ~at_home & ~gone)
            spread(chance, outbreak, places, stays, day, begin)
            seen = see(chance, noise, places, stays, day)
            passages.add(seen)
            trips |= set(seen.place[seen.place >= places.first[BUS]].tolist())
            views.add(day + 1, seen, drive(chance, noise, journeys, places, stays, day, begin))
    feeds.write_places(folder / "sightings" / "places.csv", places, sorted(trips))
    feeds.write_houses(folder / "feeds" / "houses.csv", places)
    feeds.write_vehicles(folder / "sightings" / "vehicles.csv", places, journeys, plan.start, plan.days)
    return Archive(chance, noise, places.county, residents, outbreak, plan.start, plan.days), journeys
