"""A small map of the town with the home point, or to tap one: the town's shape as SVG, no tiles, no scripts needed to read it.

Drawn with the projection of the map of towns, so that a tap turns back into degrees by the same figures (tap.js).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from nanxi.foundation import areas
from nanxi.foundation.models import Area
from nanxi.web.svgmap import MARGIN, WIDTH, Projection

#: Half the width of the map when only a point or a seat is known, degrees (about 4 km).
AROUND = 0.04
Point = tuple[float, float]


def home_map(area_code: str, home: Point | None = None, *, tap: bool = False) -> str:
    """One <figure class="nx-map">; "" when neither shape, seat nor point is known. `tap`: marks it for tap.js."""
    town = Area.objects.filter(code=areas.town_of(area_code)).first()
    rings = list(_rings(town.boundary)) if town else []
    points = [(p[0], p[1]) for ring in rings for p in ring]
    middles = [point for point in (home, _seat(town)) if point]
    if not points:
        points = [(lon + dx, lat + dy) for lon, lat in middles[:1] for dx, dy in ((-AROUND, -AROUND), (AROUND, AROUND))]
    elif home:
        points.append(home)
    if not points:
        return ""
    west, north, squeeze, scale, height = _frame(points)
    place = Projection(west, north, squeeze, scale)
    shape = " ".join("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in (place(p[0], p[1]) for p in ring)) + "Z" for ring in rings)
    parts = [format_html('<path class="nx-level-1" fill-rule="evenodd" d="{}"/>', shape)] if shape else []
    seat = _seat(town)
    if town and seat:
        x, y = place(*seat)
        parts.append(format_html('<text x="{}" y="{}">{}</text>', f"{x:.1f}", f"{y:.1f}", town.name))
    if home or tap:
        parts.append(_mark(place, home))
    frame = {"west": west, "north": north, "squeeze": squeeze, "scale": scale, "margin": MARGIN}
    data = mark_safe("".join(f' data-{name}="{value:.9g}"' for name, value in frame.items()) + " data-nx-tap") if tap else ""
    title = _("Tap where the door is") if tap else _("Home point")
    note = _("approximate boundary") if town and town.approximate else ""
    drawn = format_html(
        '<figure class="nx-map"><svg viewBox="0 0 {} {}" role="img" aria-label="{}"{}><title>{}</title>{}</svg>'
        "<figcaption>{}</figcaption></figure>",
        f"{WIDTH:.0f}", f"{height:.0f}", title, data, title, mark_safe("".join(parts)), note,
    )  # fmt: skip
    return str(drawn)


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
