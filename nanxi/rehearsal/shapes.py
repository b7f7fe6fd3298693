"""Approximate shapes of towns: the Voronoi cells of their old seats, cut at a line round them all; 示意边界, never for alarms."""

from __future__ import annotations

from typing import Any

import shapely
from shapely import MultiPoint, Point, Polygon

from nanxi.rehearsal.county import M_PER_LAT, M_PER_LON, Town

#: The county ends about this far outside its outermost seats; its true outline is under a licence we do not carry.
MARGIN_M = 5000
#: Metres; finer than a choropleth can show.
TOLERANCE_M = 60


def outline(towns: tuple[Town, ...]) -> Polygon:
    """The county, in flat metres."""
    hull = MultiPoint([_flat(*seat) for town in towns for seat in town.seats]).convex_hull.buffer(MARGIN_M, quad_segs=4)
    return Polygon(hull.exterior)


def shapes(towns: tuple[Town, ...]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """GeoJSON geometry (WGS-84) of the county and of each town."""
    county = outline(towns)
    seats = [(index, Point(*_flat(*seat))) for index, town in enumerate(towns) for seat in town.seats]
    cells = shapely.voronoi_polygons(MultiPoint([point for _, point in seats]), extend_to=county)
    parts: list[list[Polygon]] = [[] for _ in towns]
    for cell in cells.geoms:
        owner = next(index for index, point in seats if cell.covers(point))
        parts[owner].append(cell)
    joined = [shapely.union_all(cells).intersection(county) for cells in parts]
    # Shared edges stay shared: the coverage is simplified as a whole.
    return _geojson(county), [_geojson(shape) for shape in shapely.coverage_simplify(joined, TOLERANCE_M)]


def _flat(lon: float, lat: float) -> tuple[float, float]:
    return lon * M_PER_LON, lat * M_PER_LAT


def _geojson(shape: Any) -> dict[str, Any]:
    degrees = shapely.transform(shape, lambda points: points / (M_PER_LON, M_PER_LAT))
    return shapely.geometry.mapping(shapely.set_precision(degrees, 1e-5))
