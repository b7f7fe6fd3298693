"""The area tree: reading it, and founding it from records or files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nanxi.cli import InputError
from nanxi.foundation.act import Act, service
from nanxi.foundation.models import Area
from nanxi.foundation.reach import BadCode, range_of, stem_of

#: Datums a boundary may be drawn in; anything else is asked about, never assumed.
DATUMS = ("WGS-84", "GCJ-02", "BD-09")


@dataclass(frozen=True)
class AreaRecord:
    """One area as a file or form gives it."""

    code: str
    name: str
    seat: tuple[float, float] | None = None
    boundary: dict[str, Any] | None = None
    approximate: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


def kind_of(code: str) -> str:
    """The level a code stands for."""
    return {6: "county", 9: "town", 12: "village", 15: "grid"}[max(6, len(stem_of(code)))]


def parent_of(code: str) -> str | None:
    """The code one level up; None for a county."""
    stem = stem_of(code)
    if len(stem) <= 6:
        return None
    return stem[:12] if len(stem) == 15 else stem[: len(stem) - 3].ljust(12, "0")


@service
def found_areas(act: Act, records: Iterable[AreaRecord], *, origin: str) -> list[Area]:
    """Add or update areas, parents first. Raises InputError naming the code whose parent is unknown."""
    known = set(Area.objects.values_list("code", flat=True))
    kept: list[Area] = []
    for record in sorted(records, key=lambda r: (len(stem_of(r.code)), r.code)):
        parent = parent_of(record.code)
        if parent is not None and parent not in known:
            raise InputError(
                f"Area {record.code}: its parent {parent} is neither in the file nor in the county; add the parent first."
            )
        known.add(record.code)
        kept.append(_area(record, parent))
    Area.objects.bulk_create(
        kept, batch_size=1000, update_conflicts=True, unique_fields=["code"],
        update_fields=["name", "seat_lon", "seat_lat", "boundary", "approximate"],
    )  # fmt: skip
    act.log("foundation.areas.founded", area=kept[0].code if kept else "", count=len(kept), origin=origin)
    return kept


def _area(record: AreaRecord, parent: str | None) -> Area:
    lon, lat = record.seat or (None, None)
    return Area(
        code=record.code, name=record.name, kind=kind_of(record.code), parent_id=parent, seat_lon=lon, seat_lat=lat,
        boundary=record.boundary, approximate=record.approximate,
    )  # fmt: skip


def read_files(paths: Iterable[Path]) -> list[AreaRecord]:
    """Area records from CSV (code or code12 or code9, name, …) and GeoJSON (properties code9/code, name; shapes).

    A shape and a row of the same code are joined. Codes of 9 digits are towns. Raises InputError naming file and row.
    """
    rows: dict[str, AreaRecord] = {}
    for path in paths:
        reader = _from_geojson if path.suffix in {".geojson", ".json"} else _from_csv
        for record in reader(path):
            rows[record.code] = _joined(rows.get(record.code), record)
    return list(rows.values())


def _joined(old: AreaRecord | None, new: AreaRecord) -> AreaRecord:
    if old is None:
        return new
    return AreaRecord(
        code=new.code, name=old.name or new.name, seat=new.seat or old.seat, boundary=new.boundary or old.boundary,
        approximate=new.approximate or old.approximate,
    )  # fmt: skip


def _from_csv(path: Path) -> Iterable[AreaRecord]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"{path.name}: cannot be read as UTF-8 text ({problem}); save it as UTF-8 CSV.") from None
    for number, row in enumerate(table, start=2):
        code = row.get("code12") or row.get("code") or row.get("code9") or row.get("code6") or ""
        seat = (float(row["lon"]), float(row["lat"])) if row.get("lon") and row.get("lat") else None
        yield AreaRecord(code=_full(code, f"{path.name} row {number}"), name=(row.get("name") or "").strip(), seat=seat)


def _from_geojson(path: Path) -> Iterable[AreaRecord]:
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{path.name}: is not a GeoJSON FeatureCollection; export it as RFC 7946 GeoJSON in WGS-84.") from None
    for number, feature in enumerate(features, start=1):
        facts = feature.get("properties") or {}
        code = str(facts.get("code12") or facts.get("code") or facts.get("code9") or facts.get("code6") or "")
        seat = (facts["seat_lon"], facts["seat_lat"]) if facts.get("seat_lon") is not None else None
        yield AreaRecord(
            code=_full(code, f"{path.name} feature {number}"), name=str(facts.get("name", "")), seat=seat,
            boundary=feature.get("geometry"), approximate=bool(facts.get("approx")),
        )  # fmt: skip


def _full(code: str, where: str) -> str:
    code = code.strip()
    if len(code) in {2, 4, 6, 9}:
        code = code.ljust(12, "0")
    try:
        stem_of(code)
    except BadCode as problem:
        raise InputError(f"{where}: {code!r} is no area code. {problem}") from None
    return code


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """Names for codes, in one query; a grid without a name of its own shows its village's."""
    wanted = set(codes)
    return dict(Area.objects.filter(code__in=wanted).values_list("code", "name"))


def towns() -> list[Area]:
    return list(Area.objects.filter(kind=Area.Kind.TOWN))


def town_of(code: str) -> str:
    """The town's code of any area inside it; a county code stays itself."""
    return code[:9].ljust(12, "0")


def shape_of(code: str) -> dict[str, Any] | None:
    """The area's boundary as GeoJSON in WGS-84, or None."""
    return Area.objects.filter(code=code).values_list("boundary", flat=True).first()


def inside(code: str) -> tuple[str, str]:
    return range_of(code)
