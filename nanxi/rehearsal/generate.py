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
from nanxi.rehearsal.life import live_day, midnight
from nanxi.rehearsal.lists.send import write_lists
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.outbreak import begin_outbreak, spread
from nanxi.rehearsal.places import Places, lay_out
from nanxi.rehearsal.register import write_register
from nanxi.rehearsal.residents import settle
from nanxi.rehearsal.sightings import see, write_sightings

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
            "synthetic": True,
            "noise": noise.tables,
        },
    )
    archive = _live(folder, chance, noise, places, plan, say)
    say("register")
    register, register_truth = write_register(folder / "register", county, residents, plan.start)
    feeds.write_json(folder / "register" / "index.json", register)
    say("lists")
    lists = write_lists(folder / "lists", archive, plan.lists, say)
    feeds.write_json(folder / "lists" / "index.json", lists.index)
    say("cases, laboratory, positions")
    cases = feeds.write_cases(folder / "feeds", archive, places)
    departures = feeds.write_positions(folder / "positions", archive)
    truth.write_truth(folder / "truth", archive, places, register_truth, lists, departures)
    encounters = len(archive.outbreak.encounters()) if archive.outbreak.long else 0
    return {
        "persons": len(residents),
        "households": len(residents.house_village),
        "lists": len(lists.index),
        "checks": sum(file.rows for file in lists.files if not file.must.startswith("supersedes")),
        "cases": cases,
        "infected": int((archive.outbreak.infected_at < midnight(plan.start, plan.days)).sum()),
        "encounters": encounters,
        "departures": len(departures),
    }


def _live(folder: Path, chance: Chance, noise: Noise, places: Places, plan: Plan, say: Say) -> Archive:
    """All days one after the other; only one day's stays are in memory."""
    residents = places.residents
    outbreak = begin_outbreak(chance, noise, residents.age, plan.days, midnight(plan.start, 0))
    entity = np.array(residents.id_no)
    with feeds.Passages(folder / "feeds" / "passages.csv", chance, places) as passages:
        for day in range(plan.days):
            say(f"day {day + 1} of {plan.days}")
            begin = midnight(plan.start, day)
            stays = live_day(chance, noise, places, plan.start, day, at_home=outbreak.kept(begin), gone=outbreak.gone(begin))
            spread(chance, outbreak, places, stays, day, begin)
            seen = see(chance, noise, places, stays, day)
            passages.add(seen)
            write_sightings(folder / "sightings" / f"day-{day + 1:03d}.parquet", seen, entity)
    feeds.write_places(folder / "sightings" / "places.csv", places)
    feeds.write_houses(folder / "feeds" / "houses.csv", places)
    return Archive(chance, noise, places.county, residents, outbreak, plan.start, plan.days)
