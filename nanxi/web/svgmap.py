"""The map of towns as one accessible SVG: shapes shaded by a figure, each a link; the same figures stand in a table beside it.

Pure: GeoJSON shapes (WGS-84, lon lat) and figures in, text out; no tiles, no scripts. Approximate shapes are labelled
示意边界 / approximate boundary, because a line on a map is soon taken for a decision.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

LEVELS = 5
WIDTH = 720.0
MARGIN = 8.0

Ring = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Shape:
    """One town: code, name, GeoJSON Polygon or MultiPolygon (or None), its seat lon/lat, its figure and where a click leads.

    `shown` stands in for the figure where it must not be told; such a shape keeps `value` 0 and is not shaded.
    """

    code: str
    name: str
    boundary: dict[str, Any] | None
    seat: tuple[float, float] | None
    value: int
    link: str = ""
    approximate: bool = False
    shown: str = ""

    @property
    def figure(self) -> str:
        return self.shown or str(self.value)


@dataclass(frozen=True)
class Words:
    """The map's own words in the reader's language; `{name}` and `{value}` are filled for each town."""

    title: str
    unit: str
    approximate: str
    none: str = "0"


def thinned(boundary: dict[str, Any] | None, step: float) -> dict[str, Any] | None:
    """The same shape with points less than `step` degrees after the last kept one left out; drawn small it looks alike."""
    rings = [_thin(ring, step) for ring in _rings(boundary)]
    return {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]} if rings else None


def _thin(ring: Ring, step: float) -> Ring:
    if len(ring) <= 12:
        return ring
    kept = [ring[0]]
    x, y = ring[0][0], ring[0][1]
    for point in ring:
        if abs(point[0] - x) + abs(point[1] - y) >= step:
            kept.append(point)
            x, y = point[0], point[1]
    return kept if len(kept) >= 4 else ring


def levels(values: Iterable[int]) -> list[int]:
    """Upper bounds of the shades 1…5 for counts above zero: round steps, the last holds the highest. Empty when all are zero."""
    highest = max(values, default=0)
    if highest <= 0:
        return []
    if highest <= LEVELS:
        return list(range(1, highest + 1))
    step = _round_up(highest / LEVELS)
    return [step * n for n in range(1, math.ceil(highest / step) + 1)]


def _round_up(value: float) -> int:
    size = 10 ** math.floor(math.log10(value))
    return max(1, next(math.ceil(size * nice) for nice in (1, 2, 2.5, 5, 10) if size * nice >= value))


def level_of(value: int, bounds: Sequence[int]) -> int:
    """0 for nothing, else the shade whose bound holds the value, spread over the five shades."""
    if value <= 0:
        return 0
    place = next((n for n, bound in enumerate(bounds, start=1) if value <= bound), len(bounds))
    return max(1, round(place * LEVELS / len(bounds)))


def choropleth(shapes: Sequence[Shape], words: Words) -> str:
    """One <figure class="nx-map"> with SVG, legend and, where a shape is approximate, the words that say so.

    Towns without shape or seat stay in the table only. Returns "" when no town has anything to draw.
    """
    drawn = [shape for shape in shapes if shape.boundary or shape.seat]
    if not drawn:
        return ""
    place, height = _projection(drawn)
    bounds = levels(shape.value for shape in shapes)
    spoken = "; ".join(f"{s.name} {s.figure}" for s in sorted(shapes, key=lambda s: -s.value) if s.value or s.shown) or words.none
    parts = [
        f'<figure class="nx-map"><svg viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="group" aria-label={quoteattr(words.title)}>',
        f"<title>{escape(words.title)}</title><desc>{escape(spoken)}</desc>",
        *(_area(shape, place, bounds, words) for shape in drawn),
        *(_label(shape, place) for shape in drawn),
        "</svg>",
        _legend(bounds, words, any(shape.approximate for shape in drawn)),
        "</figure>",
    ]
    return "".join(parts)


def _rings(boundary: dict[str, Any] | None) -> list[Ring]:
    if not boundary:
        return []
    kind, coordinates = boundary.get("type"), boundary.get("coordinates", [])
    if kind == "Polygon":
        return list(coordinates)
    return [ring for polygon in coordinates for ring in polygon] if kind == "MultiPolygon" else []


class Projection:
    """Equirectangular about the middle latitude: right to a fraction of a percent over one county."""

    def __init__(self, west: float, north: float, squeeze: float, scale: float) -> None:
        self.west, self.north, self.squeeze, self.scale = west, north, squeeze, scale

    def __call__(self, lon: float, lat: float) -> tuple[float, float]:
        return MARGIN + (lon - self.west) * self.squeeze * self.scale, MARGIN + (self.north - lat) * self.scale


def _projection(shapes: Sequence[Shape]) -> tuple[Projection, float]:
    points = [(p[0], p[1]) for shape in shapes for ring in _rings(shape.boundary) for p in ring]
    points += [shape.seat for shape in shapes if shape.seat]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / max((east - west) * squeeze, 1e-6)
    height = max(120.0, (north - south) * scale + 2 * MARGIN)
    return Projection(west, north, squeeze, scale), height


def _area(shape: Shape, place: Projection, bounds: Sequence[int], words: Words) -> str:
    said = f"{shape.name}: {shape.figure} {words.unit}"
    path = " ".join(_ring(ring, place) for ring in _rings(shape.boundary))
    if not path and shape.seat:
        x, y = place(*shape.seat)
        path = f"M{x - 9:.1f},{y:.1f}a9,9 0 1,0 18,0a9,9 0 1,0 -18,0"
    shade = level_of(shape.value, bounds)
    drawing = f'<path class="nx-level-{shade}" fill-rule="evenodd" d="{path}"><title>{escape(said)}</title></path>'
    if not shape.link:
        return drawing
    return f"<a href={quoteattr(shape.link)} aria-label={quoteattr(said)}>{drawing}</a>"


def _ring(ring: Ring, place: Projection) -> str:
    points = [place(p[0], p[1]) for p in ring]
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points) + "Z"


def _label(shape: Shape, place: Projection) -> str:
    """The name (and figure, when there is one) at the seat; shapes without a seat are labelled at their middle."""
    spot = shape.seat or _middle(shape)
    if spot is None:
        return ""
    x, y = place(*spot)
    if not (shape.value or shape.shown):
        return f'<text x="{x:.1f}" y="{y:.1f}" aria-hidden="true">{escape(shape.name)}</text>'
    # A small map names only the towns that have a figure (nx-told).
    told = " nx-told" if shape.value else ""
    name = f'<text class="nx-name{told}" x="{x:.1f}" y="{y:.1f}" aria-hidden="true">{escape(shape.name)}</text>'
    figure = f'<text class="nx-count{told}" x="{x:.1f}" y="{y + 15:.1f}" aria-hidden="true">{escape(shape.figure)}</text>'
    return name + figure


def _middle(shape: Shape) -> tuple[float, float] | None:
    rings = _rings(shape.boundary)
    if not rings:
        return None
    longest = max(rings, key=len)
    return sum(p[0] for p in longest) / len(longest), sum(p[1] for p in longest) / len(longest)


def _legend(bounds: Sequence[int], words: Words, approximate: bool) -> str:
    rows = [(0, words.none)]
    low = 1
    for bound in bounds:
        rows.append((level_of(bound, bounds), f"{low}–{bound}" if bound > low else str(bound)))
        low = bound + 1
    box = '<svg viewBox="0 0 16 16" aria-hidden="true"><path class="nx-level-{}" d="M0,0H16V16H0Z"/></svg>'
    items = "".join(f"<li>{box.format(level)} {escape(text)}</li>" for level, text in rows)
    note = f"<li>{escape(words.approximate)}</li>" if approximate else ""
    return f'<figcaption><ul class="nx-legend"><li>{escape(words.unit)}</li>{items}{note}</ul></figcaption>'
