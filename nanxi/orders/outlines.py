"""The outline of a controlled area: GeoJSON in, a shape in WGS-84 out, or one sentence that says what to do. Pure.

Whoever draws an area says which map the numbers come from; GCJ-02 and BD-09 are turned here, at the edge (fence notes §4.7).
An outline that the fence could never see anybody inside of is refused: it would be a promise that nobody keeps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from nanxi.engines.fence import Policy, datum
from nanxi.engines.fence.geometry import METRES

LARGEST_FILE = 1_000_000
MOST_CORNERS = 5_000
#: An outline lies in its area or beside it; a town is seldom wider than this from its seat.
FARTHEST_KM = 40.0
Shape = dict[str, Any]


class BadOutline(ValueError):
    """An outline that encloses no area a person could be seen in; the message says what to do."""


def read(text: str, kind: str) -> Shape:
    """GeoJSON (a polygon, a feature, or a collection whose polygons are taken together) in `kind` → MultiPolygon in WGS-84."""
    if len(text) > LARGEST_FILE:
        raise BadOutline(_("The outline is larger than 1 MB; draw it with fewer corners."))
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise BadOutline(_("The outline is not GeoJSON; draw it on the map or save the file as GeoJSON.")) from None
    parts = [_polygon(rings) for rings in _polygons(said, 0)]
    if not parts:
        raise BadOutline(_("The GeoJSON holds no polygon; lines and points enclose no area."))
    if sum(shapely.get_num_coordinates(part) for part in parts) > MOST_CORNERS:
        raise BadOutline(_("The outline has more than %(n)d corners; draw it with fewer.") % {"n": MOST_CORNERS})
    geometry: Any = shapely
    whole = geometry.union_all([_turned(part, kind) for part in parts])
    _check_width(whole)
    return _as_geojson(whole)


def wkt_of(outline: Shape) -> str:
    """The outline as the engine takes it."""
    geometry: Any = shapely
    return str(geometry.to_wkt(_shape(outline), rounding_precision=9))


def far_from(outline: Shape, places: list[tuple[float, float]]) -> bool:
    """Whether the outline lies far from all these places (lon, lat): swapped numbers, another area, or a wrong file."""
    middle = _shape(outline).representative_point()
    return bool(places) and min(_km(middle.x, middle.y, lon, lat) for lon, lat in places) > FARTHEST_KM


def size_of(outline: Shape) -> tuple[float, int]:
    """Square kilometres and number of corners."""
    shape = _shape(outline)
    squeeze = math.cos(math.radians(shape.centroid.y))
    return float(shape.area) * squeeze * (METRES / 1000) ** 2, int(shapely.get_num_coordinates(shape)) - len(_rings(shape))


def _polygons(said: Any, depth: int) -> Iterator[Any]:
    if depth > 4 or not isinstance(said, dict):
        return
    kind = said.get("type")
    if kind == "Polygon":
        yield said.get("coordinates")
    elif kind == "MultiPolygon":
        yield from _listed(said.get("coordinates"))
    elif kind == "Feature":
        yield from _polygons(said.get("geometry"), depth + 1)
    elif kind in ("FeatureCollection", "GeometryCollection"):
        for one in _listed(said.get("features", said.get("geometries"))):
            yield from _polygons(one, depth + 1)


def _listed(said: Any) -> list[Any]:
    return said if isinstance(said, list) else []


def _polygon(rings: Any) -> Any:
    try:
        corners = [[(float(x), float(y)) for x, y, *_height in ring] for ring in rings]
        shape = shapely.Polygon(corners[0], corners[1:])
    except (TypeError, ValueError, IndexError, shapely.errors.GEOSException):
        raise BadOutline(_("A polygon of the outline has fewer than three corners, or a corner without two numbers.")) from None
    if not (np.isfinite(shape.bounds).all() and shape.bounds[0] >= -180 and shape.bounds[2] <= 180):
        raise BadOutline(_("The outline leaves the map; GeoJSON has the longitude first, then the latitude."))
    if not (shape.bounds[1] > -85 and shape.bounds[3] < 85):
        raise BadOutline(_("The outline leaves the map; GeoJSON has the longitude first, then the latitude."))
    if shape.is_empty or not shape.is_valid:
        raise BadOutline(_("The outline crosses itself or encloses nothing; draw it again without crossing lines."))
    return shape


def _turned(shape: Any, kind: str) -> Any:
    def corners(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(datum.to_wgs(values[:, 0], values[:, 1], kind))

    geometry: Any = shapely
    return shape if kind == datum.WGS else geometry.transform(shape, corners)


def _check_width(shape: Any) -> None:
    """Inside counts only deeper than the fence's buffer and a good phone's accuracy."""
    deep = Policy().buffer_m + 2 * Policy().least_acc_m
    squeeze = math.cos(math.radians(shape.centroid.y))
    geometry: Any = shapely
    flat = geometry.transform(shape, lambda values: values * [METRES * squeeze, METRES])
    if flat.buffer(-deep).is_empty:
        wide = _("The area is nowhere %(m)d m wide; phones are not accurate enough to see anybody inside. Draw it wider.")
        raise BadOutline(wide % {"m": round(2 * deep)})


def _as_geojson(shape: Any) -> Shape:
    parts = list(shape.geoms) if shape.geom_type == "MultiPolygon" else [shape]
    rounded = [[[[round(x, 7), round(y, 7)] for x, y in ring.coords] for ring in (one.exterior, *one.interiors)] for one in parts]
    return {"type": "MultiPolygon", "coordinates": rounded}


def _shape(outline: Shape) -> Any:
    return shapely.MultiPolygon([(rings[0], rings[1:]) for rings in outline["coordinates"]])


def _rings(shape: Any) -> list[Any]:
    return [ring for part in shape.geoms for ring in (part.exterior, *part.interiors)]


def _km(lon: float, lat: float, lon0: float, lat0: float) -> float:
    return math.hypot((lon - lon0) * math.cos(math.radians(lat)), lat - lat0) * METRES / 1000
