"""Replays a log of positions against orders, from files or arrays: same log, same events (fence notes §3, replay test)."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from nanxi.cli import InputError
from nanxi.engines.fence import datum
from nanxi.engines.fence.geometry import BadFence, Fences
from nanxi.engines.fence.policy import Policy
from nanxi.engines.fence.state import SEVERITY, Event, Reason, Row, Source, new_state, pings_of
from nanxi.engines.fence.step import step, tick

TRUE, FALSE = {"1", "true", "yes"}, {"", "0", "false", "no"}


@dataclass(frozen=True)
class Orders:
    """The orders of a file: names in file order, their fences."""

    names: list[str]
    fences: Fences


@dataclass(frozen=True)
class Log:
    """The positions of a file: pings of known orders, how many named an unknown order, whether times were numbers."""

    pings: Row
    unknown: int
    numeric: bool


def replay(fences: Fences, pings: Row, policy: Policy, until: float | None = None) -> Row:
    """EVENTS[k] of a whole log, by order then time; the clock runs to the log's last ping, or to `until` (epoch seconds)."""
    states, events = step(new_state(len(fences)), fences, pings, policy)
    end = until if until is not None else float(pings["t"].max()) if len(pings) else None
    if end is None:
        return events
    _, more = tick(states, fences, policy, end)
    events = np.concatenate([events, more])
    return events[np.lexsort((events["t"], events["fence"]))]


def read_orders(path: Path) -> Orders:
    """`order,lon,lat,radius_m|polygon_wkt,start,end[,datum]`. Raises InputError naming row and column."""
    names: dict[str, int] = {}
    columns: dict[str, list[float]] = {name: [] for name in ("lon", "lat", "radius", "start", "end")}
    shapes: list[str | None] = []
    for where, row in _rows(path, {"order", "start", "end"}):
        name = row["order"]
        if not name or name in names:
            raise InputError(
                f"{where}, column order: {'is empty' if not name else 'stands in an earlier row too'}; give each order one row."
            )
        names[name] = len(names)
        wkt = row.get("polygon_wkt", "")
        lon, lat = (0.0, 0.0) if wkt else _place(row, where)
        columns["lon"].append(lon)
        columns["lat"].append(lat)
        columns["radius"].append(math.nan if wkt else _number(row, "radius_m", where, 1, 100_000))
        columns["start"].append(_time(row, "start", where))
        columns["end"].append(_time(row, "end", where))
        if columns["end"][-1] <= columns["start"][-1]:
            raise InputError(f"{where}, column end: is not after start; an order lasts some time.")
        shapes.append(_checked(wkt, row, where) if wkt else None)
    fences = Fences.build(columns["lon"], columns["lat"], columns["radius"], columns["start"], columns["end"], shapes)
    return Orders(list(names), fences)


def read_positions(path: Path, orders: Orders) -> Log:
    """`order,time,lon,lat[,acc][,source][,mock][,datum][,received][,trigger]`. Raises InputError naming row and column."""
    number = {name: at for at, name in enumerate(orders.names)}
    kept: list[tuple[object, ...]] = []
    unknown, numeric = 0, True
    for where, row in _rows(path, {"order", "time", "lon", "lat"}):
        numeric = numeric and _is_number(row["time"])
        t = _time(row, "time", where)
        source = _source(row, where)
        lon, lat = (math.nan, math.nan) if source == Source.DOOR and not row["lon"] else _place(row, where)
        acc = _number(row, "acc", where, -math.inf, math.inf) if row.get("acc") else math.nan
        rx = _time(row, "received", where) if row.get("received") else math.nan
        leave, mock = row.get("trigger", "") == "leave", _flag(row, "mock", where)
        if row["order"] not in number:
            unknown += 1
            continue
        said = f"{t!r}|{lon!r}|{lat!r}|{acc!r}|{int(source)}|{leave}|{mock}"
        digest = int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big")
        kept.append((number[row["order"]], t, rx, lon, lat, acc, int(source), leave, mock, digest))
    pings = pings_of(len(kept))
    if kept:
        pings[:] = kept
    return Log(pings, unknown, numeric)


def write_events(path: Path, orders: Orders, events: Row, *, numeric: bool) -> None:
    """`order,time,event,severity,reason,distance_m`; whole or not at all."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("order", "time", "event", "severity", "reason", "distance_m"))
            writer.writerows(_row(orders, event, numeric=numeric) for event in events)
        draft.replace(path)
    except OSError as problem:
        draft.unlink(missing_ok=True)
        raise InputError(f"{path}: cannot be written ({problem.strerror}); choose another place.") from None


def _row(orders: Orders, event: np.void, *, numeric: bool) -> tuple[str, str, str, str, str, str]:
    what, t = Event(int(event["event"])), float(event["t"])
    said = f"{t:.3f}".rstrip("0").rstrip(".") if numeric else datetime.fromtimestamp(t, UTC).isoformat()
    placeless = what in (Event.NOT_ACTIVATED,) or not np.isfinite(event["distance"])
    return (
        orders.names[int(event["fence"])], said, what.name, SEVERITY[what], Reason(int(event["reason"])).name.lower(),
        "" if placeless else f"{float(event['distance']):.1f}",
    )  # fmt: skip


def _rows(path: Path, needed: set[str]) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := needed - set(reader.fieldnames or ()):
                raise InputError(f"{path.name}: column {min(missing)} is missing; the first row names the columns.")
            for row in reader:
                if None in row or None in row.values():
                    raise InputError(f"{path.name} row {reader.line_num}: has not as many values as the first row has columns.")
                yield f"{path.name} row {reader.line_num}", {name.strip(): value.strip() for name, value in row.items()}
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror}).") from None
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path.name}: is not UTF-8 CSV; save it as UTF-8 text with commas.") from None


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _number(row: dict[str, str], column: str, where: str, low: float, high: float) -> float:
    text = row.get(column, "")
    if not _is_number(text) or not low <= float(text) <= high:
        bounds = f" from {low:g} to {high:g}" if math.isfinite(low) else ""
        raise InputError(
            f"{where}, column {column}: {'is empty' if not text else 'is not a number'}{bounds}; write it with a decimal point."
        )
    return float(text)


def _time(row: dict[str, str], column: str, where: str) -> float:
    return time_of(row.get(column, ""), f"{where}, column {column}")


def time_of(text: str, where: str) -> float:
    """Epoch seconds from epoch seconds or ISO 8601 with offset. Raises InputError."""
    if _is_number(text):
        if 0 <= float(text) < 1e11:
            return float(text)
        raise InputError(f"{where}: is no time in epoch seconds (milliseconds perhaps); divide by 1000.")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{where}: is {'empty' if not text else 'no time'}; write epoch seconds or ISO 8601, 2020-02-01T08:00:00+08:00."
        ) from None
    if at.tzinfo is None:
        raise InputError(f"{where}: has no offset; add +08:00 or Z.")
    return at.timestamp()


def _place(row: dict[str, str], where: str) -> tuple[float, float]:
    lon, lat = _number(row, "lon", where, -180, 180), _number(row, "lat", where, -85, 85)
    east, north = datum.to_wgs(np.array([lon]), np.array([lat]), _datum(row, where))
    return float(east[0]), float(north[0])


def _datum(row: dict[str, str], where: str) -> str:
    try:
        return datum.named(row.get("datum", ""))
    except datum.UnknownDatum as problem:
        raise InputError(f"{where}, column datum: {problem}") from None


def _checked(wkt: str, row: dict[str, str], where: str) -> str:
    """The polygon in WGS-84, as WKT."""
    import shapely

    try:
        Fences.build([0], [0], [math.nan], [0], [1], [wkt])
    except BadFence as problem:
        raise InputError(f"{where}, column polygon_wkt: {problem}") from None
    kind = _datum(row, where)
    if kind == datum.WGS:
        return wkt
    shape = shapely.transform(shapely.from_wkt(wkt), lambda c: np.column_stack(datum.to_wgs(c[:, 0], c[:, 1], kind)))
    return str(shapely.to_wkt(shape, rounding_precision=9))


def _source(row: dict[str, str], where: str) -> Source:
    text = row.get("source", "") or "phone"
    if text.upper() not in Source.__members__:
        raise InputError(f"{where}, column source: is none of {', '.join(s.name.lower() for s in Source)}.")
    return Source[text.upper()]


def _flag(row: dict[str, str], column: str, where: str) -> bool:
    text = row.get(column, "").lower()
    if text not in TRUE | FALSE:
        raise InputError(f"{where}, column {column}: write 1 or 0.")
    return text in TRUE
