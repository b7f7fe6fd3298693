"""The synthetic county that `bench/trace.py` asks about: made once into a folder, read back as mapped columns.

21 days, 20,000 places of Zipf popularity, homes and work places with commuting hours, half of the sightings with an end; the first
entities are cases with 22 more sightings a day in the last 14 days (about 350 stays in all). What is written has gone through the
rules of ingest: no two stays of one entity at one place overlap or lie within ten minutes. Same numbers for the same arguments.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

DAY, DAYS, PLACES = 86_400, 21, 20_000
START = 1_579_449_600  # midnight in the county, 20 January 2020
WINDOW = START + 7 * DAY, START + DAYS * DAY - 1
CASES = 120
COLUMNS = ("entity", "place", "t0", "t1")
#: Of the sightings drawn so many fall to rows told twice; drawn in excess, so that the stays asked for are there.
_DOUBLE = 1.16


def make(folder: Path, rows: int, skew: float, seed: int = 7) -> int:
    """Writes `rows` stays in order of arrival; returns how many entities they are of."""
    entities = max(1000, rows // 100)
    rng = np.random.default_rng(seed)
    cumulative = np.cumsum(1 / np.arange(1, PLACES + 1) ** skew)
    cumulative /= cumulative[-1]
    home, work = (rng.integers(0, PLACES, entities, dtype=np.int32) for _ in range(2))
    drawn = {name: np.empty(int(rows * _DOUBLE) // DAYS * DAYS + CASES * 22 * 14, np.int32) for name in COLUMNS}
    at = 0
    for day in range(DAYS):
        at = _day(drawn, at, int(rows * _DOUBLE) // DAYS, day, None, entities, cumulative, home, work, rng)
    for day in range(7, DAYS):
        who = np.repeat(np.arange(CASES, dtype=np.int32), 22)
        at = _day(drawn, at, len(who), day, who, entities, cumulative, home, work, rng)
    kept = _told_once(drawn)
    # The cases' stays are spread over the whole; the surplus is cut off evenly.
    others = np.flatnonzero(drawn["entity"][kept] >= CASES)
    surplus = len(kept) - rows
    if surplus > 0:
        kept = np.delete(kept, others[np.linspace(0, len(others) - 1, surplus).astype(np.int64)])
    kept = kept[np.argsort(drawn["t0"][kept], kind="stable")]
    folder.mkdir(parents=True, exist_ok=True)
    for name in COLUMNS:
        np.save(folder / f"{name}.npy", drawn[name][kept])
    (folder / "county.json").write_text(json.dumps({"rows": len(kept), "entities": entities, "skew": skew}))
    return entities


def read(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    facts = json.loads((folder / "county.json").read_text())
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in COLUMNS}, facts


def _day(
    drawn: dict[str, np.ndarray], at: int, rows: int, day: int, who: np.ndarray | None, entities: int, cumulative: np.ndarray,
    home: np.ndarray, work: np.ndarray, rng: np.random.Generator,
) -> int:  # fmt: skip
    entity = rng.integers(0, entities, rows, dtype=np.int32) if who is None else who
    kind = rng.random(rows, dtype=np.float32)
    venue = np.searchsorted(cumulative, rng.random(rows)).astype(np.int32)
    place = np.where(kind < 0.25, home[entity], np.where(kind < 0.5, work[entity], venue))
    hour = np.where(kind < 0.25, 20, np.where(kind < 0.5, 8, 12)).astype(np.float32)
    second = ((hour + rng.normal(0, 2, rows).astype(np.float32)) % 24 * 3600).astype(np.int32)
    length = np.where(kind < 0.5, rng.integers(1800, 36_000, rows), rng.integers(60, 5400, rows))
    t0 = START + day * DAY + second
    t1 = t0 + np.where(rng.random(rows, dtype=np.float32) < 0.5, length, 0)
    for name, values in zip(COLUMNS, (entity, place, t0, t1), strict=True):
        drawn[name][at : at + rows] = values
    return at + rows


def _told_once(drawn: dict[str, np.ndarray]) -> np.ndarray:
    """Numbers of the rows that begin more than ten minutes after everything before of the same entity at the same place."""
    pair = drawn["entity"].astype(np.int64) * PLACES + drawn["place"]
    order = np.argsort(pair << 21 | (drawn["t0"].astype(np.int64) - START))
    pair = pair[order]
    new = np.r_[True, pair[1:] != pair[:-1]]
    del pair
    lift = np.cumsum(new) * np.int64(100 * DAY)
    t0, t1 = (drawn[name][order] - START + lift for name in ("t0", "t1"))
    latest = np.maximum.accumulate(t1)
    return order[new | np.r_[True, t0[1:] > latest[:-1] + 600]]
