"""Pictures of a case as coordinates: the chain of transmission as a graph, exposures in time. Pure; templates draw them as SVG.

Everything a picture shows stands in a table beside it; the pictures work without scripts and in print.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

#: Distances in SVG units, which are pixels at full width.
COLUMN, ROW, RADIUS, MARGIN = 170, 64, 18, 40
LINE, LEFT, WIDTH, TOP = 24, 190, 900, 34
#: More bars than this tell nothing; the table has the others.
MOST_BARS = 40


@dataclass(frozen=True)
class Node:
    """A case at its place. `x`, `y`: centre."""

    key: Any
    x: int
    y: int


@dataclass(frozen=True)
class Edge:
    """From an infector to the infected, from rim to rim."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True)
class Graph:
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    width: int
    height: int


def chain(links: Iterable[tuple[Hashable, Hashable]], order: Sequence[Hashable]) -> Graph:
    """Generations from left to right, whoever was reported first. `order`: cases in order of time, which cuts a circle open."""
    links = list(links)
    order = _infectors_first(links, order)
    place = {key: n for n, key in enumerate(order)}
    pairs = sorted({(a, b) for a, b in links if a in place and b in place and a != b}, key=lambda p: (place[p[0]], place[p[1]]))
    generation = dict.fromkeys(order, 0)
    for key in order:
        before = [generation[a] + 1 for a, b in pairs if b == key and place[a] < place[key]]
        generation[key] = max(before, default=0)
    rows: dict[int, int] = {}
    at: dict[Hashable, tuple[int, int]] = {}
    for key in order:
        column = generation[key]
        row = rows.get(column, 0)
        rows[column] = row + 1
        at[key] = (MARGIN + column * COLUMN, MARGIN + row * ROW)
    nodes = [Node(key, *at[key]) for key in order]
    edges = [Edge(at[a][0] + RADIUS, at[a][1], at[b][0] - RADIUS - 6, at[b][1]) for a, b in pairs]
    width = 2 * MARGIN + COLUMN * max(rows, default=0) + 60
    return Graph(nodes, edges, width, 2 * MARGIN + ROW * max(0, max(rows.values(), default=1) - 1))


def _infectors_first(links: Iterable[tuple[Hashable, Hashable]], order: Sequence[Hashable]) -> list[Hashable]:
    """The cases so that an infector stands before the infected; where all wait for each other, the earliest goes first."""
    waits = {key: {a for a, b in links if b == key and a != key and a in order} for key in order}
    found: list[Hashable] = []
    while waits:
        chosen = next((key for key in order if key in waits and not waits[key]), next(key for key in order if key in waits))
        found.append(chosen)
        del waits[chosen]
        for others in waits.values():
            others.discard(chosen)
    return found


@dataclass(frozen=True)
class Bar:
    """One contact from the first to the last exposure."""

    key: Any
    x: int
    y: int
    width: int


@dataclass(frozen=True)
class Tick:
    x: int
    text: str


@dataclass(frozen=True)
class Timeline:
    """Bars under a scale of days; the infectious period as a band; `left_out`: contacts that stand in the table only."""

    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    band: tuple[int, int]
    onset: int | None
    width: int
    height: int
    left_out: int


def timeline(
    spans: Sequence[tuple[Hashable, datetime, datetime]], period: tuple[datetime, datetime], onset: datetime | None
) -> Timeline:
    """`spans`: contact, first and last exposure, in the order in which they are drawn."""
    shown = spans[:MOST_BARS]
    begin, end = stretch(shown, period)
    scale = (WIDTH - LEFT - 20) / max(1.0, (end - begin).total_seconds())

    def x(at: datetime) -> int:
        return LEFT + round(max(0.0, (min(at, end) - begin).total_seconds()) * scale)

    bars = [Bar(key, x(first), TOP + n * LINE, max(4, x(last) - x(first))) for n, (key, first, last) in enumerate(shown)]
    days = (end - begin).days + 1
    step = max(1, -(-days // 12))
    marks = [begin + timedelta(days=n) for n in range(0, days, step)]
    return Timeline(
        bars, [Tick(x(at), at.strftime("%m-%d")) for at in marks], (x(period[0]), max(2, x(period[1]) - x(period[0]))),
        x(onset) if onset else None, WIDTH, TOP + LINE * max(1, len(bars)) + 10, len(spans) - len(shown),
    )  # fmt: skip


def stretch(spans: Sequence[tuple[Hashable, datetime, datetime]], period: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    """From the midnight before to half a day after everything that is drawn."""
    begin = min([period[0], *(first for _, first, _ in spans)]).replace(hour=0, minute=0, second=0, microsecond=0)
    return begin, max([period[1], *(last for _, _, last in spans)]) + timedelta(hours=12)
