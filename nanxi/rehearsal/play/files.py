"""What the clients hold in their hands: the county's files, without the truth."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nanxi.cli import InputError


@dataclass(frozen=True)
class Seen:
    """Somebody seen by an operator. entity: ID number; place: its name; t0, t1: epoch seconds, equal: end unknown."""

    entity: str
    place: str
    t0: int
    t1: int
    source: str


@dataclass(frozen=True)
class CountyFiles:
    """The files of one county as `nanxi rehearse -o` wrote them."""

    folder: Path

    def __post_init__(self) -> None:
        if not (self.folder / "county.json").is_file():
            raise InputError(f"{self.folder}: holds no county.json; give the folder that `nanxi rehearse -o` wrote.")

    def _json(self, *parts: str) -> Any:
        return json.loads(self.folder.joinpath(*parts).read_text(encoding="utf-8"))

    def _rows(self, *parts: str) -> list[dict[str, str]]:
        with self.folder.joinpath(*parts).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @cached_property
    def county(self) -> dict[str, Any]:
        return self._json("county.json")

    @cached_property
    def plan(self) -> dict[str, Any]:
        return self._json("plan.json")

    @cached_property
    def register(self) -> list[dict[str, Any]]:
        return self._json("register", "index.json")

    @cached_property
    def lists(self) -> list[dict[str, Any]]:
        return self._json("lists", "index.json")

    @cached_property
    def cases(self) -> list[dict[str, Any]]:
        return self._json("feeds", "cases.json")

    @cached_property
    def passages(self) -> list[dict[str, str]]:
        return self._rows("feeds", "passages.csv")

    @cached_property
    def place_names(self) -> dict[int, str]:
        return {int(row["place"]): row["name"] for row in self._rows("sightings", "places.csv")}

    def seen_on(self, day: int) -> list[Seen]:
        """What operators noted on day `day`, counted from 1."""
        from pyarrow import parquet

        columns = ["entity", "place", "t0", "t1", "source"]
        table = parquet.read_table(self.folder / "sightings" / f"day-{day:03d}.parquet", columns=columns)
        names = self.place_names
        rows = zip(*(table[name].to_pylist() for name in columns), strict=True)
        return [Seen(entity, names[place], t0, t1, source) for entity, place, t0, t1, source in rows]

    @cached_property
    def laboratory(self) -> list[dict[str, str]]:
        return self._rows("feeds", "laboratory.csv")

    @cached_property
    def houses(self) -> dict[str, tuple[float, float]]:
        """Address → lon, lat of its door, as whoever stands there reads it off the phone."""
        return {row["address"]: (float(row["lon"]), float(row["lat"])) for row in self._rows("feeds", "houses.csv")}

    def officers(self, kind: str) -> list[dict[str, Any]]:
        """Units of a kind, each with its staff."""
        return [unit for unit in self.county["units"] if unit["kind"] == kind]

    def town_name(self, code: str) -> str:
        return next(area["name"] for area in self.county["areas"] if area["code"] == town_of(code))


def town_of(area: str) -> str:
    """The town of a village, grid or town code."""
    return area[:9] + "000"


def duty_officer(area: str, number: int = 1) -> str:
    """Sign-in name of a town's duty officer (1) or deputy (2)."""
    return f"town-{area[6:9]}-{number}"


def grid_worker(area: str) -> str:
    """Sign-in name of the grid worker of a village."""
    return f"grid-{area[6:12]}"
