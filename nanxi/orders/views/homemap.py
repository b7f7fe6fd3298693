"""A small map of the town with the home point or a controlled area, or to tap one: SVG, no tiles, no scripts needed to read it.

Drawn with the projection of the map of towns, so that a tap turns back into degrees by the same figures (tap.js, draw.js). Where
MapLibre and WebGL are there, map.js lays a map that can be moved over it; the drawing stays for print and for everybody else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from nanxi.foundation import areas
from nanxi.foundation.models import Area
from nanxi.web.svgmap import MARGIN, WIDTH, Projection

#: Half the width of the map when only a point or a seat is known, degrees (about 4 km).
AROUND = 0.04
Point = tuple[float, float]
Shape = dict[str, Any]
SHAPE = '<path class="{}" fill-rule="evenodd" d="{}"/>'


def home_map(area_code: str, home: Point | None = None, *, tap: bool = False) -> str:
    """One <figure class="nx-map">; "" when neither shape, seat nor point is known. `tap`: marks it for tap.js."""
    drawing = _Drawing.of(area_code, home=home)
    if drawing is None:
        return ""
    mark = _mark(drawing.place, home) if home or tap else ""
    return drawing.figure(_("Tap where the door is") if tap else _("Home point"), mark, "data-nx-tap" if tap else "")


def area_map(area_code: str, outlines: Sequence[Shape] = (), *, draw: bool = False) -> str:
    """The town and controlled areas in it; `draw`: marks it for draw.js. "" when nothing of the area is known."""
    drawing = _Drawing.of(area_code, outlines=outlines)
    if drawing is None:
        return ""
    title = _("Tap the corners of the area") if draw else _("Controlled area")
    mark = mark_safe('<g data-nx-corners><path class="nx-closed" d=""/></g>') if draw else ""
    return drawing.figure(title, mark, "data-nx-corner" if draw else "")


class _Drawing:
    """The town's shape with what is laid over it, in one projection."""

    def __init__(self, town: Area | None, rings: list[list[list[float]]], outlines: Sequence[Shape], points: list[Point]) -> None:
        self.town, self.outlines, self.rings = town, outlines, rings
        self.west, self.north, self.squeeze, self.scale, self.height = _frame(points)
        self.place = Projection(self.west, self.north, self.squeeze, self.scale)

    @classmethod
    def of(cls, area_code: str, home: Point | None = None, outlines: Sequence[Shape] = ()) -> _Drawing | None:
        town = Area.objects.filter(code=areas.town_of(area_code)).first()
        rings = list(_rings(town.boundary)) if town else []
        drawn = [(p[0], p[1]) for outline in outlines for ring in _rings(outline) for p in ring]
        points = [(p[0], p[1]) for ring in rings for p in ring]
        middles = [point for point in (home, *drawn[:1], _seat(town)) if point]
        if not points:
            points = [(lon + dx, lat + dy) for lon, lat in middles[:1] for dx, dy in ((-AROUND, -AROUND), (AROUND, AROUND))]
        points += [home] if home and points else []
        return cls(town, rings, outlines, points + drawn) if points else None

    def figure(self, title: str, mark: str, tool: str) -> str:
        drawn = [("nx-level-1", self.rings), *(("nx-closed", list(_rings(outline))) for outline in self.outlines)]
        parts = [format_html(SHAPE, tone, self._path(rings)) for tone, rings in drawn if rings]
        seat = _seat(self.town)
        if self.town and seat:
            x, y = self.place(*seat)
            parts.append(format_html('<text x="{}" y="{}">{}</text>', f"{x:.1f}", f"{y:.1f}", self.town.name))
        frame = {"west": self.west, "north": self.north, "squeeze": self.squeeze, "scale": self.scale, "margin": MARGIN}
        data = "".join(f' data-{name}="{value:.9g}"' for name, value in frame.items()) + f" {tool}" if tool else ""
        note = _("approximate boundary") if self.town and self.town.approximate else ""
        figure = format_html(
            '<figure class="nx-map"{}><svg viewBox="0 0 {} {}" role="img" aria-label="{}"{}><title>{}</title>{}</svg>'
            "<figcaption>{}</figcaption></figure>",
            ground({"town": self.town and self.town.boundary, "closed": list(self.outlines)}),
            f"{WIDTH:.0f}", f"{self.height:.0f}", title, mark_safe(data), title, mark_safe("".join(parts) + mark), note,
        )  # fmt: skip
        return str(figure)

    def _path(self, rings: Iterable[list[list[float]]]) -> str:
        turned = [[self.place(p[0], p[1]) for p in ring] for ring in rings]
        return " ".join("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in ring) + "Z" for ring in turned)


def ground(layers: dict[str, Any]) -> str:
    """What map.js draws, as an attribute of the figure; "" where MapLibre was not installed."""
    found = {name: finders.find(f"vendor/{name}") for name in ("maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css")}
    if not all(found.values()):
        return ""
    files = {part: static(f"vendor/{name}") for part, name in zip(("library", "worker", "style"), found, strict=True)}
    words = {"in": _("Zoom in"), "out": _("Zoom out"), "map": _("Map; arrow keys move it, plus and minus zoom")}
    told = {name: value for name, value in layers.items() if value}
    return format_html(' data-nx-ground="{}"', json.dumps({**told, "files": files, "words": words}, ensure_ascii=False))


def _mark(place: Projection, home: Point | None) -> str:
    x, y = place(*home) if home else (-50.0, -50.0)
    drawn = format_html(
        '<path class="nx-level-5" data-nx-mark d="M-9,0a9,9 0 1,0 18,0a9,9 0 1,0 -18,0" transform="translate({} {})"/>',
        f"{x:.1f}",
        f"{y:.1f}",
    )
    return str(drawn)


def _frame(points: list[Point]) -> tuple[float, float, float, float, float]:
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / max((east - west) * squeeze, 1e-6)
    return west, north, squeeze, scale, max(120.0, (north - south) * scale + 2 * MARGIN)


def _seat(town: Area | None) -> Point | None:
    if town is None or town.seat_lon is None or town.seat_lat is None:
        return None
    return float(str(town.seat_lon)), float(str(town.seat_lat))


def _rings(boundary: dict[str, Any] | None) -> Iterable[list[list[float]]]:
    if not boundary:
        return []
    if boundary.get("type") == "Polygon":
        return boundary.get("coordinates", [])
    return [ring for polygon in boundary.get("coordinates", []) for ring in polygon]
