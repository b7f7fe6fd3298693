"""The files of `nanxi fence replay`: orders, controlled areas, positions in, events out. Bad input: row, column, remedy."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanxi.cli import InputError
from nanxi.engines.fence import datum
from nanxi.engines.fence.areas import Areas
from nanxi.engines.fence.geometry import BadFence, Fences, polygon
from nanxi.engines.fence.policy import Policies, Policy, Which
from nanxi.engines.fence.state import SEVERITY, Event, Reason, Row, Source, pings_of

Floats = NDArray[np.float64]
YES_OR_NO = {"1": True, "true": True, "yes": True, "": False, "0": False, "false": False, "no": False}
TRIGGERS = {"": False, "leave": True, "enter": False}
#: Rows turned into arrays at once.
CHUNK = 100_000
#: A place outlined by a radius beyond this is no home and no area.
LARGEST_M = 100_000
AREA_EVENTS = (Event.AREA_ENTER, Event.AREA_LEAVE)


@dataclass(frozen=True)
class Places:
    """Orders or areas of a file: names in file order, outlines, the WKT of each polygon, and which policy holds."""

    names: list[str]
    fences: Fences
    wkt: list[str | None]
    policy: list[str]

    def areas(self) -> Areas:
        return Areas.build(self.fences, self.wkt)

    def policies(self, default: Policy, variants: dict[str, Policy]) -> Policies:
        """Each order's policy by name; no name is the default."""
        known = ["", *variants]
        of: Which = np.array([known.index(name) for name in self.policy], np.int32)
        return Policies((default, *variants.values()), of)


@dataclass(frozen=True)
class Log:
    """The positions of a file: pings of known orders, how many named an unknown order, whether times were numbers."""

    pings: Row
    unknown: int
    numeric: bool


def read_places(path: Path, column: str, variants: dict[str, Policy] | None = None) -> Places:
    """`order|area,lon,lat,radius_m|polygon_wkt,start,end[,datum][,policy]`. Raises InputError naming row and column."""
    names: dict[str, int] = {}
    values: dict[str, list[float]] = {name: [] for name in ("lon", "lat", "radius", "start", "end")}
    shapes: list[str | None] = []
    policy: list[str] = []
    for line, row in _rows(path, {column, "start", "end"}):
        where = f"{path.name} row {line}"
        name = row[column]
        if not name or name in names:
            problem = "is empty" if not name else "stands in an earlier row too"
            raise InputError(f"{where}, column {column}: {problem}; give each {column} one row.")
        names[name] = len(names)
        wkt = row.get("polygon_wkt", "")
        lon, lat = (0.0, 0.0) if wkt else _place(row, where)
        values["lon"].append(lon)
        values["lat"].append(lat)
        if not wkt and not row.get("radius_m"):
            raise InputError(f"{where}, column radius_m: is empty; give a radius in metres, or a polygon in polygon_wkt.")
        values["radius"].append(math.nan if wkt else _number(row, "radius_m", where, 1, LARGEST_M))
        values["start"].append(time_of(row["start"], f"{where}, column start"))
        values["end"].append(time_of(row["end"], f"{where}, column end"))
        if values["end"][-1] <= values["start"][-1]:
            raise InputError(f"{where}, column end: is not after start; an {column} lasts some time.")
        shapes.append(_in_wgs(wkt, row, where) if wkt else None)
        policy.append(row.get("policy", ""))
        if policy[-1] and policy[-1] not in (variants or {}):
            raise InputError(f"{where}, column policy: the policy file has no table of this name; add [{policy[-1]}].")
    fences = Fences.build(values["lon"], values["lat"], values["radius"], values["start"], values["end"], shapes)
    return Places(list(names), fences, shapes, policy)


def read_positions(path: Path, orders: Places) -> Log:
    """`order,time,lon,lat[,acc][,source][,mock][,datum][,received][,trigger]`. Raises InputError naming row and column."""
    number = {name: at for at, name in enumerate(orders.names)}
    parts, unknown, numeric = [pings_of(0)], 0, True
    for chunk in _chunks(path, {"order", "time", "lon", "lat"}):
        times, plain = chunk.times("time")
        numeric = numeric and plain
        source = chunk.words("source", {"": Source.PHONE} | {kind.name.lower(): kind for kind in Source})
        lon, lat = chunk.places(source == Source.DOOR)
        pings = pings_of(len(times))
        pings["fence"] = [number.get(name, -1) for name in chunk.texts("order")]
        pings["t"], pings["lon"], pings["lat"], pings["source"] = times, lon, lat, source
        pings["acc"] = chunk.numbers("acc", -math.inf, math.inf, optional=True)
        pings["rx"] = chunk.times("received", optional=True)[0]
        pings["leave"] = chunk.words("trigger", TRIGGERS)
        pings["mock"] = chunk.words("mock", YES_OR_NO)
        pings["digest"] = digest_of(pings)
        known = pings["fence"] >= 0
        unknown += int((~known).sum())
        parts.append(pings[known])
    return Log(np.concatenate(parts), unknown, numeric)


def write_events(path: Path, orders: Places, events: Row, *, numeric: bool, areas: Places | None = None) -> None:
    """`order,time,event,severity,reason,distance_m`, and `area` where areas were watched; whole or not at all."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("order", "time", "event", "severity", "reason", "distance_m", *(("area",) if areas else ())))
            writer.writerows(_row(orders, areas, event, numeric=numeric) for event in events)
        draft.replace(path)
    except OSError as problem:
        draft.unlink(missing_ok=True)
        raise InputError(f"{path}: cannot be written ({problem.strerror}); choose another place.") from None


def _row(orders: Places, areas: Places | None, event: np.void, *, numeric: bool) -> tuple[str, ...]:
    what, t = Event(int(event["event"])), float(event["t"])
    said = f"{t:.3f}".rstrip("0").rstrip(".") if numeric else datetime.fromtimestamp(t, UTC).isoformat()
    placeless = what is Event.NOT_ACTIVATED or not np.isfinite(event["distance"])
    area = (areas.names[int(event["area"])] if what in AREA_EVENTS else "",) if areas else ()
    return (
        orders.names[int(event["fence"])], said, what.name, SEVERITY[what], Reason(int(event["reason"])).name.lower(),
        "" if placeless else f"{float(event['distance']):.1f}", *area,
    )  # fmt: skip


def digest_of(pings: Row) -> NDArray[np.uint64]:
    """A number of each row's content: equal rows are one message, and messages of one moment have one order."""
    mixed = np.full(len(pings), 0x9E3779B97F4A7C15, np.uint64)
    for name in ("t", "lon", "lat", "acc", "rx", "source", "leave", "mock"):
        column = pings[name]
        bits = column.astype(np.float64).view(np.uint64)
        with np.errstate(over="ignore"):
            mixed = (mixed ^ bits) * np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(31)
    return mixed


@dataclass(frozen=True)
class _Chunk:
    """Some rows of a file, by columns of text, with the line each row stands on."""

    path: Path
    lines: list[int]
    columns: dict[str, list[str]]

    def texts(self, column: str) -> list[str]:
        return self.columns.get(column) or [""] * len(self.lines)

    def wrong(self, at: int, column: str, says: str) -> InputError:
        return InputError(f"{self.path.name} row {self.lines[at]}, column {column}: {says}")

    def numbers(self, column: str, low: float, high: float, *, optional: bool = False) -> Floats:
        """float64[n]; an empty optional value is NaN."""
        texts = self.texts(column)
        found = _floats(texts, optional=optional)
        bad = ~((found >= low) & (found <= high) & np.isfinite(found))
        if optional:
            bad &= np.array([bool(text) for text in texts], np.bool_)
        if bad.any():
            at = int(bad.argmax())
            raise self.wrong(at, column, _bad_number(texts[at], low, high))
        return found

    def times(self, column: str, *, optional: bool = False) -> tuple[Floats, bool]:
        """float64[n] epoch seconds, and whether all were written as numbers."""
        texts = self.texts(column)
        found = _floats(texts, optional=optional)
        odd = ~((found >= 0) & (found < 1e11))
        if optional:
            odd &= np.array([bool(text) for text in texts], np.bool_)
        for at in np.flatnonzero(odd):
            found[at] = time_of(texts[at], f"{self.path.name} row {self.lines[at]}, column {column}")
        return found, not odd.any()

    def words(self, column: str, meaning: dict[str, Any]) -> NDArray[np.uint8]:
        """uint8[n]: what each word means."""
        texts = self.texts(column)
        try:
            return np.array([meaning[text.lower()] for text in texts], np.uint8)
        except KeyError:
            at = next(at for at, text in enumerate(texts) if text.lower() not in meaning)
            known = ", ".join(word for word in meaning if word)
            raise self.wrong(at, column, f"is none of {known}; write one of them or leave it empty.") from None

    def places(self, placeless: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Longitude and latitude in WGS-84; NaN for a door sensor without a place."""
        bare = placeless & np.array([not text for text in self.texts("lon")], np.bool_)
        seen = self if not bare.any() else self._only(np.flatnonzero(~bare).tolist())
        lon, lat = seen.numbers("lon", -180, 180), seen.numbers("lat", -85, 85)
        texts = seen.texts("datum")
        kinds = {text: _datum(text, seen, texts) for text in set(texts)}
        for kind in {kind for kind in kinds.values() if kind != datum.WGS}:
            rows = np.array([kinds[text] == kind for text in texts], np.bool_)
            lon[rows], lat[rows] = datum.to_wgs(lon[rows], lat[rows], kind)
        if seen is self:
            return lon, lat
        whole = np.full((2, len(self.lines)), math.nan)
        whole[:, ~bare] = lon, lat
        return whole[0], whole[1]

    def _only(self, kept: list[int]) -> _Chunk:
        columns = {name: [texts[at] for at in kept] for name, texts in self.columns.items()}
        return _Chunk(self.path, [self.lines[at] for at in kept], columns)


def _datum(text: str, chunk: _Chunk, texts: list[str]) -> str:
    try:
        return datum.named(text)
    except datum.UnknownDatum as problem:
        raise chunk.wrong(texts.index(text), "datum", str(problem)) from None


def _floats(texts: list[str], *, optional: bool) -> Floats:
    """Numbers of texts; NaN for what is none."""
    try:
        values = [float(text) if text else math.nan for text in texts] if optional else list(map(float, texts))
        return np.array(values, np.float64)
    except ValueError:
        return np.array([_float(text) for text in texts], np.float64)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _chunks(path: Path, needed: set[str]) -> Iterator[_Chunk]:
    lines: list[int] = []
    rows: list[list[str]] = []
    names: list[str] = []

    def made() -> _Chunk:
        columns = {name: [text.strip() for text in column] for name, column in zip(names, zip(*rows, strict=True), strict=True)}
        return _Chunk(path, lines, columns)

    for header, line, row in _lines(path, needed):
        names = header
        lines.append(line)
        rows.append(row)
        if len(rows) == CHUNK:
            yield made()
            lines, rows = [], []
    if rows:
        yield made()


def _rows(path: Path, needed: set[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for names, line, row in _lines(path, needed):
        yield line, {name: text.strip() for name, text in zip(names, row, strict=True)}


def _lines(path: Path, needed: set[str]) -> Iterator[tuple[list[str], int, list[str]]]:
    """Column names, line number and values of each row. Raises InputError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            names: list[str] = [name.strip() for name in next(reader, list[str]())]
            if missing := needed - set(names):
                raise InputError(f"{path.name} row 1: column {min(missing)} is missing; the first row names the columns.")
            if len(set(names)) < len(names):
                twice = next(name for name in names if names.count(name) > 1)
                raise InputError(f"{path.name} row 1: column {twice or 'without a name'} stands there twice; keep one of them.")
            for row in reader:
                if not row:
                    continue
                if len(row) != len(names):
                    raise InputError(
                        f"{path.name} row {reader.line_num}: has {len(row)} values where the first row has {len(names)} columns; "
                        "put values with commas in quotes."
                    )
                yield names, reader.line_num, row
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror}); check the path.") from None
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path.name}: is not UTF-8 CSV; save it as UTF-8 text with commas.") from None


def _bad_number(text: str, low: float, high: float) -> str:
    bounds = f" from {low:g} to {high:g}" if math.isfinite(low) else ""
    return f"{'is empty' if not text else f'is not a number{bounds}'}; write it with a decimal point."


def _number(row: dict[str, str], column: str, where: str, low: float, high: float) -> float:
    text = row.get(column, "")
    value = _float(text)
    if not low <= value <= high:
        raise InputError(f"{where}, column {column}: {_bad_number(text, low, high)}")
    return value


def time_of(text: str, where: str) -> float:
    """Epoch seconds from epoch seconds or ISO 8601 with offset. Raises InputError."""
    value = _float(text)
    if math.isfinite(value):
        if 0 <= value < 1e11:
            return value
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
    east, north = datum.to_wgs(np.array([lon]), np.array([lat]), _datum_of(row, where))
    return float(east[0]), float(north[0])


def _datum_of(row: dict[str, str], where: str) -> str:
    try:
        return datum.named(row.get("datum", ""))
    except datum.UnknownDatum as problem:
        raise InputError(f"{where}, column datum: {problem}") from None


def _in_wgs(wkt: str, row: dict[str, str], where: str) -> str:
    """The polygon in WGS-84, as WKT."""
    import shapely

    try:
        shape = polygon(wkt)
    except BadFence as problem:
        raise InputError(f"{where}, column polygon_wkt: {problem}") from None
    kind = _datum_of(row, where)
    if kind == datum.WGS:
        return wkt

    def turned(corners: Floats) -> Floats:
        return np.column_stack(datum.to_wgs(corners[:, 0], corners[:, 1], kind))

    geometry: Any = shapely
    return str(geometry.to_wkt(geometry.transform(shape, turned), rounding_precision=9))
