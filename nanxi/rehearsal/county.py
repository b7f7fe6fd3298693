"""The model county's areas, units and posts. Towns are real names with facts of their seats (GeoNames, CC BY 4.0, in
foundation/seats.csv); villages, grids and people are made up."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanxi.rehearsal.chance import Chance

COUNTY = "330324000000"
SEATS = Path(__file__).parents[1] / "foundation" / "seats.csv"
#: Persons per town by its kind, relative: no town figures of the 2020 census could be had, so this is an assumption.
WEIGHT = {"街道": 5.0, "镇": 3.0, "乡": 1.0}
VILLAGES = {"街道": 18, "镇": 26, "乡": 11}
GRIDS_A_VILLAGE = 2
CHECKPOINTS = 8
#: Metres per degree; the county is small enough for one flat frame (28.2° north).
M_PER_LAT = 110_850.0
M_PER_LON = 98_200.0
_FRONT = "东西南北上下大小新后前里外中金银石竹松梅"
_BACK = ("山", "溪", "岙", "坑", "岩", "坦", "垟", "湾", "桥", "塘", "林", "田", "坪", "岭", "潭", "洋")


@dataclass(frozen=True)
class Town:
    code: str
    name: str
    weight: float
    seats: tuple[tuple[float, float], ...]
    #: Names of the townships that these seats once were, in the same order.
    former: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return next(kind for kind in WEIGHT if self.name.endswith(kind))


@dataclass(frozen=True)
class County:
    """Towns and their villages. village_*: arrays of one value per village; lon, lat WGS-84."""

    towns: tuple[Town, ...]
    village_town: NDArray[np.int32]
    village_code: list[str]
    village_name: list[str]
    village_lon: NDArray[np.float64]
    village_lat: NDArray[np.float64]
    posts: tuple[int, ...]

    def former_town(self, village: int) -> str:
        """The township that a village belonged to before the towns were merged; villages take turns at their town's old seats."""
        town = int(self.village_town[village])
        first = int(np.searchsorted(self.village_town, town, side="left"))
        return self.towns[town].former[(village - first) % len(self.towns[town].former)]

    def town_code(self, village: int) -> str:
        return self.towns[int(self.village_town[village])].code


def found_county(chance: Chance) -> County:
    """22 towns from the seats' table, villages scattered round their town's old seats, 8 posts at the outermost towns."""
    towns = _towns()
    rng = chance.of("county")
    owner: list[int] = []
    codes: list[str] = []
    names: list[str] = []
    lon: list[float] = []
    lat: list[float] = []
    for index, town in enumerate(towns):
        count = VILLAGES[town.kind]
        for number, name in enumerate(_names(rng, count)):
            base = town.seats[number % len(town.seats)]
            community = number < (6 if town.kind == "街道" else 2)
            owner.append(index)
            codes.append(f"{town.code[:9]}{number + 1 if community else number + 200:03d}")
            names.append(name + ("社区" if community else "村"))
            lon.append(base[0] + float(rng.normal(0, 1200)) / M_PER_LON)
            lat.append(base[1] + float(rng.normal(0, 1200)) / M_PER_LAT)
    centre = np.mean([town.seats[0] for town in towns], axis=0)
    far = sorted(range(len(towns)), key=lambda i: -float(np.hypot(*(np.array(towns[i].seats[0]) - centre))))
    return County(
        towns,
        np.array(owner, np.int32),
        codes,
        names,
        np.round(np.array(lon), 6),
        np.round(np.array(lat), 6),
        tuple(sorted(far[:CHECKPOINTS])),
    )


def _towns() -> tuple[Town, ...]:
    with SEATS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    seats: dict[str, list[tuple[int, float, float, str]]] = {}
    names: dict[str, str] = {}
    for row in rows:
        names[row["town_code9"]] = row["town_name"]
        seats.setdefault(row["town_code9"], []).append(
            (1 - int(row["is_town_seat"]), float(row["lon"]), float(row["lat"]), _former(row["seat_name"]))
        )
    made: list[Town] = []
    for code, name in sorted(names.items()):
        kind = next(kind for kind in WEIGHT if name.endswith(kind))
        mine = sorted(seats[code], key=lambda seat: seat[0])
        places, former = tuple((lon, lat) for _, lon, lat, _ in mine), tuple(seat[3] for seat in mine)
        made.append(Town(code + "000", name, WEIGHT[kind], places, former))
    return tuple(made)


def _former(seat: str) -> str:
    """The township of a seat: 上塘(东城) lies in what was 上塘镇."""
    name = seat.partition("(")[0]
    return name if name.endswith(("镇", "乡")) else name + "镇"


def _names(rng: np.random.Generator, count: int) -> list[str]:
    every = [front + back for front in _FRONT for back in _BACK]
    return [every[i] for i in rng.permutation(len(every))[:count]]
