"""Positions without a place: each stands for a place of its own, on the ground of a cell of about 100 m.

A search looks at the places on the case's cell and the ring around it, so that nobody near the edge is missed, and keeps those
that lie within `NEAR_M` by distance. Fixes of one entity on one cell are one stay (ingest), at the first fix (trace notes §4.1).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

CELL_M = 100
#: Who was farther away was not near: the cell's own size, so that the ring around a cell holds everybody who counts.
NEAR_M = 100
#: Length of a degree of latitude, m; of longitude it is this times the cosine of the latitude.
_DEGREE_M = 111_320
#: Rows of cells per degree of latitude; each row has its own number of columns, so that a cell is nowhere narrower than CELL_M.
_ROWS = _DEGREE_M // CELL_M
_POSITION, _CELL = "at#", "cell#"


def place_at(lon: float, lat: float) -> str:
    """The place name of a WGS-84 position, to about a metre. Raises ValueError outside the globe."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError("lon is from -180 to 180 and lat from -90 to 90")
    return f"{_POSITION}{lon:.5f}#{lat:.5f}"


def ground_of(place: str) -> str:
    """What a place stands on: the cell of a position; any other place is its own ground."""
    position = _position(place)
    return cell_of(*position) if position else place


def cell_of(lon: float, lat: float) -> str:
    """The name of the cell around WGS-84 lon, lat. Raises ValueError outside the globe."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError("lon is from -180 to 180 and lat from -90 to 90")
    row = min(math.floor((lat + 90) * _ROWS), 180 * _ROWS - 1)
    return f"{_CELL}{row}#{min(math.floor((lon + 180) / 360 * _columns(row)), _columns(row) - 1)}"


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres between two near positions (lon, lat), on a flat map of the spot: right to a millimetre over 100 m."""
    across = (b[0] - a[0] + 180) % 360 - 180
    width = math.cos(math.radians((a[1] + b[1]) / 2))
    return _DEGREE_M * math.hypot(across * width, b[1] - a[1])


class Ring(Mapping[str, Sequence[str]]):
    """The places near each place: for a position those within NEAR_M, for a cell the cells around it. Found when asked for."""

    def __init__(self, places: Iterable[str]) -> None:
        self._places = [place for place in places if place.startswith((_POSITION, _CELL))]

    @cached_property
    def _on(self) -> dict[str, list[str]]:
        on: dict[str, list[str]] = defaultdict(list)
        for place in self._places:
            on[ground_of(place)].append(place)
        return dict(on)

    def __getitem__(self, place: str) -> Sequence[str]:
        if not place.startswith((_POSITION, _CELL)):
            raise KeyError(place)
        ground = ground_of(place)
        if place not in self._on.get(ground, ()):
            raise KeyError(place)
        _, row, column = ground.split("#")
        around = [other for cell in _around(int(row), int(column)) for other in self._on.get(cell, ()) if other != place]
        return [other for other in around if _near(place, other)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def ring(places: Iterable[str]) -> Ring:
    """The neighbours, among `places`, of every position and cell among them. Works over the 180th meridian."""
    return Ring(places)


def _near(a: str, b: str) -> bool:
    """By distance where both positions are known; a bare cell is near to all around it."""
    here, there = _position(a), _position(b)
    return here is None or there is None or distance_m(here, there) <= NEAR_M


def _position(place: str) -> tuple[float, float] | None:
    if not place.startswith(_POSITION):
        return None
    lon, lat = place[len(_POSITION) :].split("#")
    return float(lon), float(lat)


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
        found += [f"{_CELL}{other}#{c % n}" for c in range(first, last + 1)]
    return list(dict.fromkeys(found))
