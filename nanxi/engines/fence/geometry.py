"""Fences in local metres: circles and polygons, signed distance to the edge (negative inside).

Equirectangular around each fence's centre; below 5 km the error is under a millimetre a metre (fence notes §4.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from nanxi.engines.fence import datum

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

#: Metres in one degree of latitude, mean Earth radius.
METRES = float(np.pi / 180 * 6371008.8)


class BadFence(ValueError):
    """A fence that encloses nothing; the message says what is wrong."""


@dataclass(frozen=True)
class Fences:
    """n fences. lon, lat: float64[n] WGS-84 degrees (centre); radius: float64[n] m (NaN = polygon);
    start, end: float64[n] epoch seconds, the order's time; polygons: object[n], local metres or None."""

    lon: Floats
    lat: Floats
    radius: Floats
    start: Floats
    end: Floats
    polygons: NDArray[np.object_]
    cos: Floats
    gcj: tuple[Floats, Floats]
    bd: tuple[Floats, Floats]

    def __len__(self) -> int:
        return len(self.lon)

    @classmethod
    def build(
        cls,
        lon: Sequence[float] | Floats,
        lat: Sequence[float] | Floats,
        radius: Sequence[float] | Floats,
        start: Sequence[float] | Floats,
        end: Sequence[float] | Floats,
        wkt: Sequence[str | None] | None = None,
    ) -> Fences:
        """Fences from columns. `wkt`: polygon in WGS-84 lon lat, or None for a circle. Raises BadFence."""
        east, north = np.array(lon, np.float64), np.array(lat, np.float64)
        shapes = np.full(len(east), None, dtype=object)
        for at, text in enumerate(wkt or []):
            if text:
                shapes[at], east[at], north[at] = _local_polygon(text)
        if len(east) and not (np.isfinite(east) & np.isfinite(north) & (np.abs(north) < 85) & (np.abs(east) <= 180)).all():
            raise BadFence("A fence's centre is not a WGS-84 longitude and latitude.")
        cos = np.cos(np.radians(north))
        return cls(
            lon=east, lat=north, radius=np.array(radius, np.float64),
            start=np.array(start, np.float64), end=np.array(end, np.float64),
            polygons=shapes, cos=cos,
            gcj=_shift(*datum.gcj_of(east, north), east, north, cos),
            bd=_shift(*datum.bd_of(east, north), east, north, cos),
        )  # fmt: skip

    def local(self, fence: Ints, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Metres east and north of the fence's centre."""
        return (lon - self.lon[fence]) * METRES * self.cos[fence], (lat - self.lat[fence]) * METRES

    def distance(self, fence: Ints, x: Floats, y: Floats) -> Floats:
        """float64[n] m to the edge, negative inside."""
        d = np.hypot(x, y) - self.radius[fence]
        shapes = self.polygons[fence]
        has: Bools = np.fromiter((shape is not None for shape in shapes), dtype=np.bool_, count=len(shapes))
        drawn = np.flatnonzero(has & np.isfinite(x))
        if drawn.size:
            points: Any = shapely.points(x[drawn], y[drawn])
            geometry: Any = shapely
            away: Any = geometry.distance(geometry.boundary(shapes[drawn]), points)
            inside: Any = shapely.intersects(shapes[drawn], points)
            d[drawn] = np.where(inside, -away, away)
        return d


def _shift(lon: Floats, lat: Floats, lon0: Floats, lat0: Floats, cos: Floats) -> tuple[Floats, Floats]:
    return (lon - lon0) * METRES * cos, (lat - lat0) * METRES


def _local_polygon(text: str) -> tuple[Any, float, float]:
    try:
        shape: Any = shapely.from_wkt(text)
    except shapely.errors.GEOSException:
        raise BadFence(
            "The polygon is not readable as WKT, for example POLYGON((120.1 28.1, 120.2 28.1, 120.2 28.2, 120.1 28.1))."
        ) from None
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty or not shape.is_valid or shape.area == 0:
        raise BadFence("The polygon is empty, crosses itself or is no polygon; draw it again without crossing lines.")
    lon, lat = float(shape.centroid.x), float(shape.centroid.y)
    scale = np.array([METRES * np.cos(np.radians(lat)), METRES])
    local: Any = shapely.transform(shape, lambda c: (c - np.array([lon, lat])) * scale)
    shapely.prepare(local)
    return local, lon, lat
