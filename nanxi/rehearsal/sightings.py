"""What the county's sources saw of a day: an incomplete, late and skewed view of the stays. Rates from noise.toml [sightings]."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyarrow import csv

from nanxi.rehearsal.chance import Chance
from nanxi.rehearsal.journeys import Drives
from nanxi.rehearsal.life import Stays
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.places import BUS, CHECKPOINT, FIRM, KINDS, MARKET, VENUE, Places

#: Source → kind of place and the rate's name.
SOURCES = (
    ("bus", BUS, "bus_scan"),
    ("venue", VENUE, "venue_check_in"),
    ("market", MARKET, "market_check_in"),
    ("checkpoint", CHECKPOINT, "checkpoint_passage"),
    ("gate", FIRM, "firm_gate"),
)
#: How sure a camera is of a plate, and a person of a stay a week ago.
READ_CONFIDENCE, REMEMBERED_CONFIDENCE = 0.95, 0.8
_SCHEMA = pa.schema(
    [
        ("entity", pa.string()),
        ("place", pa.int32()),
        ("t0", pa.int64()),
        ("t1", pa.int64()),
        ("source", pa.string()),
        ("conf", pa.float32()),
    ]
)
_PLAIN = csv.WriteOptions(include_header=False, quoting_style="none")


@dataclass(frozen=True)
class Sightings:
    """person, place: int32[n]; t0, t1: int64[n] epoch seconds of the device (t1 = t0: end unknown); source into SOURCES."""

    person: NDArray[np.int32]
    place: NDArray[np.int32]
    t0: NDArray[np.int64]
    t1: NDArray[np.int64]
    source: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.person)


def see(chance: Chance, noise: Noise, places: Places, stays: Stays, day: int) -> Sightings:
    """The sightings of one day, in order of time."""
    rng = chance.of("sightings", day)
    kind = places.kind_of(stays.place)
    rate = np.zeros(len(KINDS))
    number = np.full(len(KINDS), -1, np.int8)
    for index, (_, place_kind, name) in enumerate(SOURCES):
        rate[place_kind], number[place_kind] = noise["sightings", name], index
    rows = np.flatnonzero(rng.random(len(stays)) < rate[kind])
    # A device keeps its clock error for the whole time: one draw per place, from a stream without the day.
    skew = chance.of("skew").normal(0, noise["sightings", "device_skew_s"], 4096)[stays.place[rows] % 4096]
    jitter = rng.normal(0, noise["sightings", "jitter_s"], (2, len(rows)))
    t0 = (stays.t0[rows] + skew + jitter[0]).astype(np.int64)
    t1 = np.maximum((stays.t1[rows] + skew + jitter[1]).astype(np.int64), t0)
    known = rng.random(len(rows)) < noise["sightings", "end_known"]
    order = np.lexsort((stays.person[rows], t0))
    rows = rows[order]
    return Sightings(stays.person[rows], stays.place[rows], t0[order], np.where(known, t1, t0)[order], number[kind[rows]])


class Views:
    """All that was seen, written day by day: a Parquet part a day, and one CSV of the whole as `nanxi trace build` reads it."""

    def __init__(self, folder: Path, entity: NDArray[np.str_]) -> None:
        self.folder, self.entity = folder, entity

    def __enter__(self) -> Self:
        self.file = (self.folder / "sightings.csv").open("wb")
        self.file.write((",".join(_SCHEMA.names) + "\n").encode())
        self.csv = csv.CSVWriter(self.file, _SCHEMA, write_options=_PLAIN)
        return self

    def __exit__(self, *error: object) -> None:
        self.csv.close()
        self.file.close()

    def add(self, day: int, seen: Sightings, drives: Drives) -> None:
        """One day: people by their ID numbers, cars by their plates."""
        people = len(seen)
        entity = pa.concat_arrays([pa.array(self.entity[seen.person], pa.string()), pa.array(drives.plate, pa.string())])
        named = np.array([source for source, _, _ in SOURCES])[seen.source]
        source = pa.concat_arrays([pa.array(named, pa.string()), pa.array(["camera"] * len(drives.plate), pa.string())])
        conf = np.r_[np.ones(people, np.float32), np.full(len(drives.plate), READ_CONFIDENCE, np.float32)]
        columns = [
            entity,
            pa.array(np.r_[seen.place, drives.place].astype(np.int32)),
            pa.array(np.r_[seen.t0, drives.at]),
            pa.array(np.r_[seen.t1, drives.at]),
            source,
            pa.array(conf),
        ]
        table = pa.Table.from_arrays(columns, schema=_SCHEMA)
        pq.write_table(table, self.folder / f"day-{day:03d}.parquet", compression="zstd", row_group_size=1 << 20)
        self.csv.write_table(table)

    def add_interviews(self, told: list[tuple[str, int, int, int]]) -> None:
        """What cases remembered: entity, place, from, until. They come after everything else, as interviews do."""
        entity, place, t0, t1 = zip(*told, strict=True) if told else ((), (), (), ())
        columns = [
            pa.array(entity, pa.string()),
            pa.array(place, pa.int32()),
            pa.array(t0, pa.int64()),
            pa.array(t1, pa.int64()),
            pa.array(["interview"] * len(told), pa.string()),
            pa.array([REMEMBERED_CONFIDENCE] * len(told), pa.float32()),
        ]
        table = pa.Table.from_arrays(columns, schema=_SCHEMA)
        pq.write_table(table, self.folder / "interviews.parquet", compression="zstd")
        self.csv.write_table(table)
