"""Positions without a place: cells of about 100 m that stand for one, and the ring of neighbours a search looks at besides.

A person at the edge of a cell is as near to the next cell's people as to the own ones; with the ring nobody within 100 m is
missed, and nobody beyond about 400 m is admitted (trace notes §4.1).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from nanxi.engines.trace.brute import Near

CELL_M = 100
#: Length of a degree of latitude, m; of longitude it is this times the cosine of the latitude.
_DEGREE_M = 111_320
#: Rows of cells per degree of latitude; each row has its own number of columns, so that a cell is nowhere narrower than CELL_M.
_ROWS = _DEGREE_M // CELL_M


def cell_of(lon: float, lat: float) -> str:
    """The place name of the cell around WGS-84 lon, lat. Raises ValueError outside the globe."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError("lon is from -180 to 180 and lat from -90 to 90")
    row = min(math.floor((lat + 90) * _ROWS), 180 * _ROWS - 1)
    return f"cell#{row}#{min(math.floor((lon + 180) / 360 * _columns(row)), _columns(row) - 1)}"


def ring(places: Iterable[str]) -> Near:
    """The neighbours, among `places`, of every cell among them. Works over the 180th meridian."""
    cells = {place: place.split("#") for place in places if place.startswith("cell#")}
    return {
        place: [other for other in _around(int(row), int(column)) if other in cells and other != place]
        for place, (_, row, column) in cells.items()
    }


def _columns(row: int) -> int:
    lat = (row + 0.5) / _ROWS - 90
    return max(1, math.floor(360 * _DEGREE_M * math.cos(math.radians(lat)) / CELL_M))


def _around(row: int, column: int) -> list[str]:
    low, high = column / _columns(row), (column + 1) / _columns(row)
    found: list[str] = []
    for other in range(max(0, row - 1), min(180 * _ROWS - 1, row + 1) + 1):
        n = _columns(other)
        # The rows' columns do not line up: whatever touches the cell's own width and one column more on each side.
        first, last = math.floor(low * n) - 1, math.ceil(high * n)
        found += [f"cell#{other}#{c % n}" for c in range(first, last + 1)]
    return list(dict.fromkeys(found))
