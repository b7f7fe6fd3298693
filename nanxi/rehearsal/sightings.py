"""What the county's sources saw of a day: an incomplete, late and skewed view of the stays. Rates from noise.toml [sightings]."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from nanxi.rehearsal.chance import Chance
from nanxi.rehearsal.life import Stays
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.places import BUS, CHECKPOINT, MARKET, VENUE, Places

#: Source → kind of place and the rate's name.
SOURCES = (
    ("bus", BUS, "bus_scan"),
    ("venue", VENUE, "venue_check_in"),
    ("market", MARKET, "market_check_in"),
    ("checkpoint", CHECKPOINT, "checkpoint_passage"),
)


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
    rate = np.zeros(7)
    number = np.full(7, -1, np.int8)
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


def write_sightings(path: Path, seen: Sightings, entity: NDArray[np.str_]) -> None:
    """One day as Parquet: entity (ID number), place, t0, t1 (epoch seconds), source, conf. Same arrays → same bytes."""
    names = pa.array([source for source, _, _ in SOURCES])
    table = pa.table(
        {
            "entity": pa.array(entity[seen.person], pa.string()),
            "place": pa.array(seen.place),
            "t0": pa.array(seen.t0),
            "t1": pa.array(seen.t1),
            "source": pa.DictionaryArray.from_arrays(pa.array(seen.source), names),
            "conf": pa.array(np.ones(len(seen), np.float32)),
        }
    )
    pq.write_table(table, path, compression="zstd", row_group_size=1 << 20)
