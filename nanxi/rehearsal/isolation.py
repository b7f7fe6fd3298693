"""Many people at home for days: positions with the noise of the fence notes §3 and departures at their real rate.

For `nanxi fence replay`, and for whoever counts false alarms per person-day.

Rates from noise.toml [positions] and [isolation]. Made in blocks of phones, so that memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv
from scipy.signal import lfilter

from nanxi.rehearsal.archive import Archive
from nanxi.rehearsal.chance import happens
from nanxi.rehearsal.county import M_PER_LAT, M_PER_LON
from nanxi.rehearsal.datum import to_gcj02
from nanxi.rehearsal.life import DAY_S, iso, midnight
from nanxi.rehearsal.noise import Noise
from nanxi.rehearsal.tracks import RADIUS_OF_SIGMA, Walk, draw_walk

#: Phones made at once: two weeks of them by the minute are 20,160 fixes each.
BLOCK = 32
#: Metres. The notes' default fence, and half the side of a parcel drawn as a polygon.
RADIUS_M, PARCEL_M = 100, 110
#: Model → share of phones, σ against the median phone, share of fixes lost to battery savers. Assumed; no survey was found.
MODELS = (
    ("iPhone", 0.18, 0.8, 0.00),
    ("HUAWEI", 0.34, 1.0, 0.05),
    ("vivo", 0.18, 1.1, 0.08),
    ("Xiaomi", 0.16, 1.0, 0.06),
    ("old Android", 0.14, 1.7, 0.12),
)
WITH, OFF, LEFT = "with", "switched off", "left at home"
_SCHEMA = pa.schema(
    [
        ("order", pa.string()),
        ("time", pa.int64()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("acc", pa.float32()),
        ("source", pa.string()),
        ("mock", pa.int8()),
        ("datum", pa.string()),
    ]
)
DEPARTURES = ("order", "person", "left_at", "beyond_100m_at", "home_again_at", "metres", "phone")
PHONES = ("order", "person", "model", "sigma_m", "clock_off_s", "datum", "mock", "home_off_m", "silences")
_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Phones:
    """One value per phone. home: lon, lat, where the person lives; fence: lon, lat of the order; off by `home_off` metres."""

    order: list[str]
    person: list[str]
    home: _Floats
    fence: _Floats
    model: NDArray[np.int64]
    sigma: _Floats
    clock_off: _Floats
    #: 0 says WGS-84 and means it; 1 reports GCJ-02 and says nothing; 2 reports GCJ-02 and says so; 3 mixes the two unsaid.
    datum: NDArray[np.int64]
    mock: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.order)


DATUMS = ("WGS-84", "GCJ-02 unsaid", "GCJ-02 said", "mixed unsaid")


def write_isolation(
    folder: Path, archive: Archive, persons: int, days: int
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """orders.csv and positions.csv in the folder. Returns the truth: departures and phones."""
    phones = _phones(archive, persons)
    begin = midnight(archive.start, archive.days - days)
    _orders(folder / "orders.csv", phones, begin, days)
    departures: list[tuple[object, ...]] = []
    silences = np.zeros(len(phones), np.int64)
    with (folder / "positions.csv").open("wb") as file:
        file.write((",".join(_SCHEMA.names) + "\n").encode())
        with csv.CSVWriter(file, _SCHEMA, write_options=csv.WriteOptions(include_header=False, quoting_style="none")) as writer:
            for first in range(0, len(phones), BLOCK):
                rows = np.arange(first, min(first + BLOCK, len(phones)))
                table, left = _block(archive, phones, rows, begin, days, silences)
                writer.write_table(table)
                departures += left
    told = [
        (
            phones.order[at],
            phones.person[at],
            MODELS[int(phones.model[at])][0],
            round(float(phones.sigma[at]), 1),
            int(phones.clock_off[at]),
            DATUMS[int(phones.datum[at])],
            int(phones.mock[at]),
            round(float(_metres(phones, at)), 1),
            int(silences[at]),
        )
        for at in range(len(phones))
    ]
    return departures, told


def _metres(phones: Phones, at: int) -> float:
    east, north = (phones.fence[at] - phones.home[at]) * (M_PER_LON, M_PER_LAT)
    return float(np.hypot(east, north))


def _phones(archive: Archive, persons: int) -> Phones:
    residents, noise = archive.residents, archive.noise
    rng = archive.chance.of("isolated")
    grown = np.flatnonzero(residents.age >= 14)
    who = rng.choice(grown, persons, replace=persons > len(grown))
    house = residents.household[who]
    home = np.column_stack([residents.house_lon[house], residents.house_lat[house]])
    off = rng.lognormal(np.log(noise["isolation", "home_off_median_m"]), 0.6, persons)
    wrong = happens(rng, noise["isolation", "wrong_address"], persons)
    off = np.where(wrong, rng.uniform(200, 900, persons), off)
    angle = rng.uniform(0, 2 * np.pi, persons)
    fence = home + np.column_stack([off * np.cos(angle) / M_PER_LON, off * np.sin(angle) / M_PER_LAT])
    model = rng.choice(len(MODELS), persons, p=[share for _, share, _, _ in MODELS])
    sigma = rng.lognormal(np.log(noise["positions", "sigma_median_m"]), noise["positions", "sigma_spread"], persons)
    sigma *= np.array([factor for _, _, factor, _ in MODELS])[model]
    clock = np.where(
        happens(rng, noise["isolation", "clock_off"], persons),
        rng.uniform(-1, 1, persons) * noise["isolation", "clock_off_most_s"],
        0,
    )
    draw, datum = rng.random(persons), np.zeros(persons, np.int64)
    for kind, key in enumerate(("datum_unsaid", "datum_said", "datum_mixed"), start=1):
        datum = np.where((datum == 0) & (draw >= 0) & (draw < noise["isolation", key]), kind, datum)
        draw = draw - noise["isolation", key]
    mock = happens(rng, noise["isolation", "mock"], persons)
    return Phones(
        [f"O{n + 1:06d}" for n in range(persons)],
        [residents.handle(int(p)) for p in who],
        home,
        np.round(fence, 6),
        model,
        sigma,
        np.round(clock),
        datum,
        mock,
    )


def _orders(path: Path, phones: Phones, begin: int, days: int) -> None:
    """One in ten homes is a parcel drawn on a map, the others are circles."""
    lines = ["order,lon,lat,radius_m,polygon_wkt,start,end"]
    for at, order in enumerate(phones.order):
        lon, lat = phones.fence[at].tolist()
        shape = f'{RADIUS_M},""' if at % 10 else f',"{_parcel(lon, lat)}"'
        lines.append(f"{order},{lon},{lat},{shape},{iso(begin)},{iso(begin + days * DAY_S)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _parcel(lon: float, lat: float) -> str:
    east, north = PARCEL_M / M_PER_LON, PARCEL_M / M_PER_LAT
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return "POLYGON((" + ", ".join(f"{lon + x * east:.6f} {lat + y * north:.6f}" for x, y in corners) + "))"


def _block(
    archive: Archive, phones: Phones, rows: NDArray[np.int64], begin: int, days: int, silences: NDArray[np.int64]
) -> tuple[pa.Table, list[tuple[object, ...]]]:
    """The fixes of some phones, each phone's in order of its own clock."""
    noise, rng = archive.noise, archive.chance.of("isolation", int(rows[0]))
    second = np.arange(0.0, days * DAY_S, noise["positions", "every_s"])
    shape = (len(rows), len(second))
    # Phones report each on its own second of the minute.
    at = second + rng.uniform(0, noise["positions", "every_s"], (len(rows), 1))
    east, north, accuracy = _errors(rng, noise, phones.sigma[rows], shape)
    kept = rng.random(shape) >= noise["positions", "loss"] + np.array([lost for *_, lost in MODELS])[phones.model[rows]][:, None]
    left: list[tuple[object, ...]] = []
    for k, row in enumerate(rows.tolist()):
        kept[k] &= ~_silent(rng, noise, at[k], days, silences, row)
        for walk, how in _departures(rng, noise, days):
            left.append(_told(phones, row, begin, walk, how))
            away = walk.offset(at[k]) if how != LEFT else np.zeros(len(second))
            east[k] += away * np.cos(walk.bearing)
            north[k] += away * np.sin(walk.bearing)
            if how == OFF:
                gone = walk.leaves + float(rng.uniform(0, 180))
                kept[k] &= (at[k] < gone) | (at[k] > walk.leaves + walk.away_s)
    away_rows, columns = np.nonzero(rng.random(shape) < noise["isolation", "teleports"] * noise["positions", "every_s"] / DAY_S)
    _put(rng, east, north, away_rows, columns, rng.uniform(5_000, 300_000, len(away_rows)))
    accuracy[away_rows, columns] = 30.0
    lon = phones.home[rows, 0][:, None] + east / M_PER_LON
    lat = phones.home[rows, 1][:, None] + north / M_PER_LAT
    return _table(rng, noise, phones, rows, begin, at, lon, lat, accuracy, kept), left


def _errors(rng: np.random.Generator, noise: Noise, sigma: _Floats, shape: tuple[int, int]) -> tuple[_Floats, _Floats, _Floats]:
    """East, north and claimed accuracy in metres: AR(1) error, coarse fixes that say so, lying ones that do not."""
    keeps = noise["positions", "autocorrelation"] ** (noise["positions", "every_s"] / 60)
    first = rng.normal(0, 1, (2, shape[0], 1)) * keeps
    east, north = (
        lfilter([np.sqrt(1 - keeps**2)], [1, -keeps], rng.normal(0, 1, shape), axis=1, zi=first[axis])[0] * sigma[:, None]
        for axis in range(2)
    )
    accuracy = np.maximum(RADIUS_OF_SIGMA * sigma[:, None] * rng.lognormal(0, 0.15, shape), 3)
    rows, columns = np.nonzero(rng.random(shape) < noise["positions", "coarse"])
    far = rng.uniform(noise["positions", "coarse_least_m"], noise["positions", "coarse_most_m"], len(rows))
    _put(rng, east, north, rows, columns, far)
    accuracy[rows, columns] = far * rng.uniform(0.8, 1.6, len(rows))
    rows, columns, run = _lies(rng, noise, shape)
    far = rng.uniform(
        noise["positions", "lying_least_m"], noise["positions", "lying_most_m"], int(run[-1]) + 1 if len(run) else 0
    )
    _put(rng, east, north, rows, columns, far, run)
    accuracy[rows, columns] = noise["positions", "lying_accuracy_m"]
    return east, north, accuracy


def _put(
    rng: np.random.Generator,
    east: _Floats,
    north: _Floats,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    far: _Floats,
    run: NDArray[np.int64] | None = None,
) -> None:
    """Some fixes are `far` metres away in a direction by lot; those of one run at the same place."""
    angle = rng.uniform(0, 2 * np.pi, len(far))
    x, y = far * np.cos(angle), far * np.sin(angle)
    east[rows, columns], north[rows, columns] = (x, y) if run is None else (x[run], y[run])


def _lies(
    rng: np.random.Generator, noise: Noise, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Row, column and number of the run of each lying fix. A lie goes on from fix to fix with a chance, for so long at most."""
    rows, starts = np.nonzero(rng.random(shape) < noise["positions", "lying"])
    most = max(1, int(noise["positions", "lying_longest_s"] / noise["positions", "every_s"]))
    length = np.minimum(rng.geometric(max(1e-9, 1 - noise["positions", "lying_sticks"]), len(rows)), most)
    run = np.repeat(np.arange(len(rows)), length)
    columns = np.repeat(starts, length) + np.arange(len(run)) - np.repeat(np.cumsum(length) - length, length)
    inside = columns < shape[1]
    return rows[run][inside], columns[inside], run[inside]


def _silent(
    rng: np.random.Generator, noise: Noise, at: _Floats, days: int, silences: NDArray[np.int64], row: int
) -> NDArray[np.bool_]:
    """Hours without a word: an empty battery, no network, the app killed."""
    silent = np.zeros(len(at), np.bool_)
    for start in rng.uniform(0, days * DAY_S, int(rng.poisson(noise["isolation", "silences_a_day"] * days))).tolist():
        silent |= (at >= start) & (at < start + float(rng.gamma(2, noise["isolation", "silence_mean_s"] / 2)))
        silences[row] += 1
    return silent


def _departures(rng: np.random.Generator, noise: Noise, days: int) -> Iterator[tuple[Walk, str]]:
    """Who leaves, at the base rate; some switch the phone off on the way out, some leave it at home."""
    for day in np.flatnonzero(rng.random(days) < noise["isolation", "leaves_a_day"]).tolist():
        walk = draw_walk(rng, day * DAY_S + 6 * 3600, day * DAY_S + 22 * 3600)
        how, draw = WITH, rng.random()
        if draw < noise["isolation", "phone_off"]:
            how = OFF
        elif draw < noise["isolation", "phone_off"] + noise["isolation", "phone_left"]:
            how = LEFT
        yield walk, how


def _told(phones: Phones, row: int, begin: int, walk: Walk, how: str) -> tuple[object, ...]:
    times = (walk.leaves, walk.beyond(100), walk.leaves + walk.away_s)
    return (phones.order[row], phones.person[row], *(iso(begin + int(t)) for t in times), round(walk.metres), how)


def _table(
    rng: np.random.Generator,
    noise: Noise,
    phones: Phones,
    rows: NDArray[np.int64],
    begin: int,
    at: _Floats,
    lon: _Floats,
    lat: _Floats,
    accuracy: _Floats,
    kept: NDArray[np.bool_],
) -> pa.Table:
    """The kept fixes as rows: clocks that are off, datums, accuracies that are missing or nonsense, mock flags."""
    phone, fix = np.nonzero(kept)
    datum = phones.datum[rows][phone]
    shifted = (datum == 1) | (datum == 2) | ((datum == 3) & (rng.random(len(phone)) < 0.5))
    x, y = lon[phone, fix], lat[phone, fix]
    x[shifted], y[shifted] = to_gcj02(x[shifted], y[shifted])
    acc = np.round(accuracy[phone, fix])
    strange = np.where(rng.random(len(phone)) < noise["isolation", "accuracy_strange"], rng.integers(1, 4, len(phone)), 0)
    # OwnTracks leaves a zero out, and −1 occurs.
    acc = np.where(strange == 2, 0.0, np.where(strange == 3, -1.0, acc))
    when = begin + (at[phone, fix] + phones.clock_off[rows][phone]).astype(np.int64)
    orders = pa.DictionaryArray.from_arrays(pa.array(phone.astype(np.int32)), pa.array([phones.order[r] for r in rows.tolist()]))
    said = pa.DictionaryArray.from_arrays(pa.array((datum == 2).astype(np.int8)), pa.array(["", "GCJ-02"]))
    source = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(phone), np.int8)), pa.array(["phone"]))
    columns = [
        orders.cast(pa.string()),
        pa.array(when),
        pa.array(np.round(x, 6)),
        pa.array(np.round(y, 6)),
        pa.array(acc.astype(np.float32), mask=strange == 1),
        source.cast(pa.string()),
        pa.array(phones.mock[rows][phone].astype(np.int8)),
        said.cast(pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=_SCHEMA)
