"""Fences in local metres: circles and polygons, signed distance to the edge (negative inside).

Equirectangular around each fence's centre; below 5 km the error is under a millimetre a metre (fence notes §4.2). A polygon is
its edges, rings of holes and of further parts among them: what an odd number of edges encloses is inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from nanxi.engines.fence import datum

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Offsets = NDArray[np.int64]

#: Metres in one degree of latitude, mean Earth radius.
METRES = float(np.pi / 180 * 6371008.8)
#: Pairs of point and edge looked at at once.
_PAIRS = 2_000_000


#: One cache line for each fence, as the compiled decision reads it.
PACKED = np.dtype([
    ("lon", "f8"), ("lat", "f8"), ("cos", "f8"), ("radius", "f8"), ("start", "f8"), ("end", "f8"),
    ("first", "i8"), ("last", "i8"),
])  # fmt: skip


class BadFence(ValueError):
    """A fence that encloses nothing; the message says what is wrong."""


@dataclass(frozen=True)
class Fences:
    """n fences. lon, lat: float64[n] WGS-84 degrees (centre); radius: float64[n] m (NaN = polygon);
    start, end: float64[n] epoch seconds, the order's time; edges: float32[4, e] x0, y0, x1, y1 in local metres
    (a millimetre at ten kilometres; half the memory to fetch), those of fence i from edge_off[i] to edge_off[i + 1] (none =
    circle); gcj, bd: metres by which those maps would
    shift the centre."""

    lon: Floats
    lat: Floats
    radius: Floats
    start: Floats
    end: Floats
    edge_off: Offsets
    edges: NDArray[np.float32]
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
        drawn: list[NDArray[np.float32]] = []
        counts = np.zeros(len(east) + 1, np.int64)
        for at, text in enumerate(wkt or []):
            if text:
                found, east[at], north[at] = _local_edges(text)
                drawn.append(found)
                counts[at + 1] = len(found)
        if len(east) and not (np.isfinite(east) & np.isfinite(north) & (np.abs(north) < 85) & (np.abs(east) <= 180)).all():
            raise BadFence("A fence's centre is not a WGS-84 longitude and latitude.")
        cos = np.cos(np.radians(north))
        return cls(
            lon=east, lat=north, radius=np.array(radius, np.float64),
            start=np.array(start, np.float64), end=np.array(end, np.float64),
            edge_off=np.cumsum(counts), cos=cos,
            edges=np.ascontiguousarray(np.concatenate([np.zeros((0, 4), np.float32), *drawn]).T),
            gcj=_shift(*datum.gcj_of(east, north), east, north, cos),
            bd=_shift(*datum.bd_of(east, north), east, north, cos),
        )  # fmt: skip

    @cached_property
    def packed(self) -> NDArray[np.void]:
        """PACKED[n]."""
        rows = np.zeros(len(self), PACKED)
        for name in ("lon", "lat", "cos", "radius", "start", "end"):
            rows[name] = getattr(self, name)
        rows["first"], rows["last"] = self.edge_off[:-1], self.edge_off[1:]
        return rows

    def local(self, fence: Ints, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Metres east and north of the fence's centre."""
        return (lon - self.lon[fence]) * METRES * self.cos[fence], (lat - self.lat[fence]) * METRES

    def degrees(self, fence: Ints, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Longitude and latitude of local metres."""
        return self.lon[fence] + x / METRES / self.cos[fence], self.lat[fence] + y / METRES

    def distance(self, fence: Ints, x: Floats, y: Floats) -> Floats:
        """float64[n] m to the edge, negative inside."""
        d = np.sqrt(x * x + y * y) - self.radius[fence]
        edges = self.edge_off[fence + 1] - self.edge_off[fence]
        drawn = np.flatnonzero((edges > 0) & np.isfinite(x))
        pairs = np.cumsum(edges[drawn])
        if not drawn.size:
            return d
        for batch in range(int(pairs[-1]) // _PAIRS + 1):
            part = drawn[pairs // _PAIRS == batch]
            if part.size:
                d[part] = self._from_edges(self.edge_off[fence[part]], edges[part], x[part], y[part])
        return d

    def _from_edges(self, first: Offsets, count: Offsets, x: Floats, y: Floats) -> Floats:
        ends = np.cumsum(count)
        starts = ends - count
        row = np.repeat(np.arange(len(count)), count)
        x0, y0, x1, y1 = self.edges[:, first[row] + np.arange(ends[-1]) - starts[row]].astype(np.float64)
        px, py = x[row], y[row]
        fx, fy, dx, dy = px - x0, py - y0, x1 - x0, y1 - y0
        along = np.clip((fx * dx + fy * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        ex, ey = along * dx - fx, along * dy - fy
        nearest = np.sqrt(np.minimum.reduceat(ex * ex + ey * ey, starts))
        # Which side of the edge the point lies on, for an edge that passes its height.
        crossed = ((y0 > py) != (y1 > py)) & ((fx * dy < dx * fy) == (dy > 0))
        inside = np.add.reduceat(crossed.astype(np.int64), starts) % 2 == 1
        return np.where(inside, -nearest, nearest)


def _shift(lon: Floats, lat: Floats, lon0: Floats, lat0: Floats, cos: Floats) -> tuple[Floats, Floats]:
    return (lon - lon0) * METRES * cos, (lat - lat0) * METRES


def polygon(text: str) -> Any:
    """The polygon or multipolygon of a WKT text, in degrees. Raises BadFence."""
    try:
        shape: Any = shapely.from_wkt(text)
    except shapely.errors.GEOSException:
        raise BadFence(
            "The polygon is not readable as WKT, for example POLYGON((120.1 28.1, 120.2 28.1, 120.2 28.2, 120.1 28.1))."
        ) from None
    if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty or not shape.is_valid:
        raise BadFence("The polygon is empty, crosses itself or is no polygon; draw it again without crossing lines.")
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south > -85 and north < 85):
        raise BadFence("The polygon leaves the map; WKT has the longitude first, then the latitude.")
    return shape


def _local_edges(text: str) -> tuple[NDArray[np.float32], float, float]:
    """Edges in metres around the centroid, and the centroid."""
    shape = polygon(text)
    lon, lat = float(shape.centroid.x), float(shape.centroid.y)
    scale = np.array([METRES * np.cos(np.radians(lat)), METRES])
    parts: Any = shapely.get_parts(shape)
    rings: list[Any] = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    found: list[Floats] = []
    for ring in rings:
        corners = (shapely.get_coordinates(ring) - np.array([lon, lat])) * scale
        found.append(np.hstack([corners[:-1], corners[1:]]))
    edges = np.concatenate(found).astype(np.float32)
    return edges[(edges[:, :2] != edges[:, 2:]).any(axis=1)], lon, lat
