"""GeoJSON of a controlled area: what is taken, and what is refused with which sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nanxi.engines.fence import datum
from nanxi.orders import outlines

RING = [[120.69, 28.15], [120.70, 28.15], [120.70, 28.16], [120.69, 28.16], [120.69, 28.15]]
SQUARE = {"type": "Polygon", "coordinates": [RING]}


def read(said: object, kind: str = datum.WGS) -> outlines.Shape:
    return outlines.read(json.dumps(said), kind)


@pytest.mark.parametrize("said", [
    SQUARE,
    {"type": "Feature", "properties": {"name": "x"}, "geometry": SQUARE},
    {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": SQUARE}]},
    {"type": "MultiPolygon", "coordinates": [[RING]]},
    {"type": "Polygon", "coordinates": [[[*corner, 12.5] for corner in RING]]},
])  # fmt: skip
def test_every_way_to_say_a_square(said: object) -> None:
    found = read(said)
    assert found["type"] == "MultiPolygon"
    assert {tuple(corner) for corner in found["coordinates"][0][0]} == {tuple(corner) for corner in RING}
    size, corners = outlines.size_of(found)
    assert (round(size, 2), corners) == (1.09, 4)


@pytest.mark.parametrize("kind", [datum.GCJ, datum.BD])
def test_a_declared_datum_is_turned(kind: str) -> None:
    there = np.array(RING)
    lon, lat = there[:, 0], there[:, 1]
    if kind == datum.GCJ:
        lon, lat = datum.gcj_of(lon, lat)
    else:
        lon, lat = datum.bd_of(lon, lat)
    found = read({"type": "Polygon", "coordinates": [np.column_stack([lon, lat]).tolist()]}, kind)
    back = np.array(found["coordinates"][0][0])
    nearest = np.hypot(*(back[:, None] - there[None]).transpose(2, 0, 1)).min(axis=1)
    assert nearest.max() < 5e-6, "half a metre"


def test_parts_that_overlap_become_one() -> None:
    moved = [[x + 0.005, y] for x, y in RING]
    found = read({"type": "MultiPolygon", "coordinates": [[RING], [moved]]})
    assert len(found["coordinates"]) == 1


@pytest.mark.parametrize(("said", "sentence"), [
    ({"type": "LineString", "coordinates": RING}, "holds no polygon"),
    ({"type": "Polygon", "coordinates": [RING[:2]]}, "fewer than three corners"),
    ({"type": "Polygon", "coordinates": [[[1], [2], [3]]]}, "corner without two numbers"),
    ({"type": "Polygon", "coordinates": [[[y, x] for x, y in RING]]}, "longitude first"),
    ({"type": "Polygon", "coordinates": [[RING[0], RING[2], RING[1], RING[3], RING[0]]]}, "crosses itself"),
    ({"type": "Polygon", "coordinates": [[[120.6, 28.1], [120.7, 28.1], [120.7, 28.1002], [120.6, 28.1002]]]}, "Draw it wider"),
    ([1, 2], "holds no polygon"),
    ("", "holds no polygon"),
])  # fmt: skip
def test_what_is_refused(said: object, sentence: str) -> None:
    with pytest.raises(outlines.BadOutline, match=sentence):
        read(said)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "nonsense"])
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(outlines.BadOutline, match="not GeoJSON"):
        outlines.read(text, datum.WGS)


def test_far_from_its_area() -> None:
    shape = read(SQUARE)
    assert outlines.far_from(shape, [(121.5, 28.15)])
    assert not outlines.far_from(shape, [(121.5, 28.15), (120.75, 28.2)])
    assert not outlines.far_from(shape, [])
