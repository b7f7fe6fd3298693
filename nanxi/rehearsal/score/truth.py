"""What really was, read from truth/ of a generated county."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nanxi.cli import InputError
from nanxi.rehearsal.score.stated import stated

#: (file, place of the sheet in it from 0, row as Excel counts).
RowKey = tuple[str, int, int]
NO_ONE = ("stranger", "no person")


@dataclass(frozen=True)
class ListRow:
    """person: a true handle or one of NO_ONE; marks: what was done to the row; must: "reject", "ask" or nothing special."""

    person: str
    marks: tuple[str, ...] = ()
    must: str = ""


@dataclass(frozen=True)
class Departure:
    person: str
    left_at: datetime
    beyond_at: datetime
    home_at: datetime


@dataclass(frozen=True)
class Truth:
    """register, lists: row → true person; encounters, infections: (case, other), by true handle."""

    register: Mapping[RowKey, str]
    lists: Mapping[RowKey, ListRow]
    encounters: frozenset[tuple[str, str]]
    infections: frozenset[tuple[str, str]]
    departures: tuple[Departure, ...]
    #: (case, other) → chance that the sources show their encounters, by the noise of the county.
    stated: Mapping[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])


def read_truth(folder: Path) -> Truth:
    """truth/ of a generated county. Raises InputError when it is none."""
    if not (folder / "truth" / "persons.csv").is_file():
        raise InputError(f"{folder}: holds no truth/ of a rehearsal; give the folder that `nanxi rehearse -o` wrote.")
    rows = _table(folder / "truth" / "infections.csv")
    met = _table(folder / "truth" / "encounters.csv")
    confirmed = {row["person"] for row in rows if row["confirmed_at"]}
    return Truth(
        {(row["file"], 0, int(row["row"])): row["person"] for row in _table(folder / "truth" / "register_rows.csv")},
        _lists(folder),
        frozenset((row["case"], row["person"]) for row in met),
        frozenset((row["infector"], row["person"]) for row in rows if row["infector"] in confirmed),
        tuple(
            Departure(person, *(datetime.fromisoformat(row[name]) for name in ("left_at", "beyond_100m_at", "home_again_at")))
            for person, row in _departures(folder)
        ),
        stated(met, _rates(folder)),
    )


def _rates(folder: Path) -> Mapping[str, float]:
    """The rates with which the county was made."""
    return json.loads((folder / "plan.json").read_text(encoding="utf-8"))["noise"]["sightings"]


def _lists(folder: Path) -> dict[RowKey, ListRow]:
    """Rows by the place of their sheet in the file: desks count sheets, they do not spell them."""
    place = {
        (row["file"], sheet): at
        for row in _table(folder / "truth" / "list_files.csv")
        for at, sheet in enumerate(row["sheets"].split("|"))
    }
    return {
        (row["file"], place[row["file"], row["sheet"]], int(row["row"])): ListRow(
            row["person"], tuple(row["mess"].split()), row["must"]
        )
        for row in _table(folder / "truth" / "list_rows.csv")
    }


def _departures(folder: Path) -> list[tuple[str, dict[str, str]]]:
    """Those of the recorded traces and those that the clients played live, who know a person's papers but not its true handle."""
    live = folder / "truth" / "played.csv"
    recorded = [(row["person"], row) for row in _table(folder / "truth" / "departures.csv")]
    if not live.is_file():
        return recorded
    handle = {row["id_no"]: row["person"] for row in _table(folder / "truth" / "persons.csv")}
    return recorded + [(handle[row["id_no"]], row) for row in _table(live)]


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
