"""The map of one order: the fence around home, every position as a circle as wide as its accuracy, the last way as a line.

One accessible SVG in metres around home, with a scale bar and its words in a table beside it; no tiles, no scripts. A position
counts as outside only beyond what its accuracy hides, so the circles show why the fence decided as it did.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from nanxi.engines.fence.geometry import METRES
from nanxi.foundation.clock import COUNTY
from nanxi.orders.care_queries import Seen
from nanxi.orders.views.homemap import ground

SIZE, MARGIN = 640.0, 24.0
#: The drawing shows at least twice the fence's radius, and no farther than this; what lies beyond stands at the edge.
NEAREST_M, FARTHEST_M = 200.0, 5000.0
#: Lengths a scale bar can have.
STEPS = (20, 50, 100, 200, 500, 1000, 2000)


@dataclass(frozen=True)
class Spot:
    """One position in metres from home, east and north; `tone`: inside, outside, unsure."""

    seen: Seen
    x: float
    y: float
    beyond_m: float
    tone: str

    @property
    def away_m(self) -> float:
        return math.hypot(self.x, self.y)


def spots_of(home: dict[str, Any], fixes: Sequence[Seen]) -> list[Spot]:
    """Positions relative to home, oldest first."""
    return [_spot(home, seen) for seen in fixes]


def _spot(home: dict[str, Any], seen: Seen) -> Spot:
    x = (seen.lon - home["lon"]) * METRES * math.cos(math.radians(home["lat"]))
    y = (seen.lat - home["lat"]) * METRES
    beyond = math.hypot(x, y) - home["radius_m"]
    acc = seen.acc or 0.0
    tone = "outside" if beyond > acc and seen.acc is not None else "inside" if beyond <= -acc or beyond <= 0 else "unsure"
    return Spot(seen, x, y, beyond, tone)


def fix_map(home: dict[str, Any], spots: Sequence[Spot], around: dict[str, Any] | None = None) -> str:
    """The drawing; without positions it shows home and its fence alone. `around`: town and closed areas for the map over it."""
    reach = max([2 * home["radius_m"], NEAREST_M, *(max(abs(s.x), abs(s.y)) + min(s.seen.acc or 0, 200) for s in spots)])
    reach = min(reach, FARTHEST_M)
    scale = (SIZE / 2 - MARGIN) / reach
    parts = [
        format_html(
            '<circle class="nx-fence" cx="{}" cy="{}" r="{}"><title>{}</title></circle>',
            _n(SIZE / 2),
            _n(SIZE / 2),
            _n(home["radius_m"] * scale),
            _("fence, %(m)d m around home") % {"m": home["radius_m"]},
        ),
        _way(spots, scale, reach),
        format_html_join("", "{}", ((_circle(spot, scale, reach, number),) for number, spot in enumerate(spots, start=1))),
        format_html(
            '<path class="nx-home" d="M{} {}l-9 9v11h18v-11z"><title>{}</title></path>',
            _n(SIZE / 2),
            _n(SIZE / 2 - 12),
            _("Home point"),
        ),
        _bar(scale),
        format_html(
            '<path class="nx-north" d="M{} 40l7 18-7-5-7 5z"/><text x="{}" y="34">{}</text>', _n(SIZE - 30), _n(SIZE - 30), _("N")
        ),
    ]
    title = _("Positions around home")
    said = _("%(n)d positions, %(out)d of them outside the fence beyond their accuracy") % {
        "n": len(spots),
        "out": sum(spot.tone == "outside" for spot in spots),
    }
    drawn = format_html(
        '<figure class="nx-map nx-fixes"{}><svg viewBox="0 0 {} {}" role="img" aria-label="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg>"
        '<figcaption>{} · <span class="nx-key nx-inside"></span> {} <span class="nx-key nx-unsure"></span> {}'
        ' <span class="nx-key nx-outside"></span> {} · {}</figcaption></figure>',
        ground({**(around or {}), **_laid(home, spots)}),
        _n(SIZE),
        _n(SIZE),
        title,
        title,
        said,
        mark_safe("".join(parts)),
        said,
        _("inside"),
        _("within its accuracy"),
        _("outside"),
        _("Datum WGS-84; each circle is as wide as the position's accuracy."),
    )
    return str(drawn)


def _laid(home: dict[str, Any], spots: Sequence[Spot]) -> dict[str, Any]:
    """The same for map.js."""
    told = [
        {
            "lon": spot.seen.lon, "lat": spot.seen.lat, "acc": spot.seen.acc, "tone": spot.tone,
            "words": f"{spot.seen.at.astimezone(COUNTY):%m-%d %H:%M} {_words(spot, number)}",
        }
        for number, spot in enumerate(spots, start=1)
    ]  # fmt: skip
    return {"home": {"lon": home["lon"], "lat": home["lat"], "radius": home["radius_m"]}, "spots": told}


def _words(spot: Spot, number: int) -> str:
    words = _("no. %(n)d: %(away)d m from home, accurate to %(acc)d m")
    return words % {"n": number, "away": spot.away_m, "acc": spot.seen.acc or 0}


def _n(value: float) -> str:
    return f"{value:.1f}"


def _at(spot: Spot, scale: float, reach: float) -> tuple[float, float]:
    held = min(1.0, reach / max(abs(spot.x), abs(spot.y), 1e-9))
    return SIZE / 2 + spot.x * held * scale, SIZE / 2 - spot.y * held * scale


def _circle(spot: Spot, scale: float, reach: float, number: int) -> str:
    x, y = _at(spot, scale, reach)
    acc = min(spot.seen.acc if spot.seen.acc is not None else 50.0, FARTHEST_M)
    return format_html(
        '<g class="nx-{}"><circle class="nx-halo" cx="{}" cy="{}" r="{}"/>'
        '<circle class="nx-dot" cx="{}" cy="{}" r="3.5"/><title>{}</title></g>',
        spot.tone,
        _n(x),
        _n(y),
        _n(max(acc * scale, 3.5)),
        _n(x),
        _n(y),
        _words(spot, number),
    )


def _way(spots: Sequence[Spot], scale: float, reach: float) -> str:
    if len(spots) < 2:
        return ""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_at(spot, scale, reach) for spot in spots))
    return format_html('<polyline class="nx-way" points="{}"/>', points)


def _bar(scale: float) -> str:
    length = max((step for step in STEPS if step * scale <= SIZE / 3), default=STEPS[0])
    y = SIZE - 18
    return format_html(
        '<path class="nx-bar" d="M{} {}v6h{}v-6"/><text x="{}" y="{}">{} m</text>',
        _n(MARGIN),
        _n(y - 6),
        _n(length * scale),
        _n(MARGIN + length * scale / 2),
        _n(y - 10),
        length,
    )
