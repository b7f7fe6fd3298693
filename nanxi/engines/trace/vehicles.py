"""People and vehicles: whose vehicle was where while they sat in it, and who sat in the vehicles that a case met (notes §4.4).

A contact vehicle opens to its occupants of that moment, one level, with the path; somebody known only as its owner is a lead.
Companions are entities that were at several of the case's places in the case's order, each time within a short span.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from nanxi.engines.trace import scores
from nanxi.engines.trace.associations import OWNER, Association, rides_of
from nanxi.engines.trace.protocol import ContactClass
from nanxi.engines.trace.query import CLASSES, Answer, number_of
from nanxi.engines.trace.stays import days_of
from nanxi.engines.trace.store import Store
from nanxi.engines.trace.visits import Span, visits_of

#: Four places of one day in the same order: planted companions 290 of 300, strangers none (trace notes §3).
COMPANION_PLACES = 4


@dataclass(frozen=True)
class Occupant:
    """Somebody in a vehicle at the time. path: vehicle and kind, for the evidence; a lead when only ownership is known."""

    person: str
    path: str
    overlap_s: int
    first: int
    last: int
    exposure: float
    klass: ContactClass


def fellow_occupants(associations: Sequence[Association], person: str, spans: Sequence[Span]) -> list[Occupant]:
    """Who sat in the same vehicles as somebody: near by definition, no place has to show it."""
    found: list[Occupant] = []
    for ride in rides_of(associations, person, spans):
        for other in associations:
            start, end = max(ride.start, other.start), min(ride.end, other.end)
            if other.vehicle == ride.vehicle and other.person != person and start <= end:
                micro = scores.exposure(ride.conf * other.conf, end - start, start == end)
                klass = ContactClass.LEAD if other.kind == OWNER else ContactClass.CLOSE
                path = f"{ride.vehicle} ({other.kind})"
                found.append(Occupant(other.person, path, end - start, start, end, scores.shown(micro) / 10_000, klass))
    return _strongest(found)


def opened(store: Store, answer: Answer, associations: Sequence[Association], slack: int) -> list[Occupant]:
    """The occupants, at the time, of the vehicles among the contacts of an answer."""
    inside: dict[str, list[Association]] = defaultdict(list)
    for one in associations:
        inside[one.vehicle].append(one)
    found: list[Occupant] = []
    for i in range(len(answer)):
        first, last = int(answer.first[i]), int(answer.last[i])
        for one in inside.get(store.entities[int(answer.entity[i])], ()):
            if one.person != answer.seed and one.start <= last + slack and one.end >= first - slack:
                klass = ContactClass.LEAD if one.kind == OWNER else CLASSES[int(answer.klass[i])]
                exposure = round(float(answer.exposure[i]) * one.conf, 4)
                path = f"{one.vehicle} ({one.kind})"
                found.append(Occupant(one.person, path, int(answer.overlap_s[i]), first, last, exposure, klass))
    return _strongest(found)


def _strongest(found: list[Occupant]) -> list[Occupant]:
    """Each person once, by the nearest class, then the largest exposure; in that order."""
    found = sorted(found, key=lambda o: (o.klass.rank, -o.exposure, o.person, o.path, o.first))
    return list({one.person: one for one in reversed(found)}.values())[::-1]


def companions(
    store: Store, answer: Answer, spans: Sequence[Span], slack: int, places: int = COMPANION_PLACES
) -> list[tuple[str, int]]:
    """Contacts that were at `places` or more of the case's places on one day, in the case's order, each within `slack` of it.

    Returns names with the largest such number, most first.
    """
    case = number_of(store, answer.seed)
    candidates = answer.entity[answer.places >= places].tolist()
    if case is None or not candidates:
        return []
    stays = store.stays_of({case, *candidates}, spans[0][0] - slack, spans[-1][1] + slack)
    mine = visits_of(stays, np.flatnonzero(stays.entity == case).tolist(), spans)
    visits: dict[int, list[Span]] = defaultdict(list)
    for visit in mine:
        visits[int(stays.place[visit[0][0]])].append((visit[0][1], visit[-1][2]))
    found: list[tuple[str, int]] = []
    for entity in candidates:
        rows = np.flatnonzero(stays.entity == entity)
        pairs = [
            (start, t0, place)
            for t0, t1, place in zip(stays.t0[rows].tolist(), stays.t1[rows].tolist(), stays.place[rows].tolist(), strict=True)
            for start, _ in visits.get(place, ())
            if t0 - slack <= start <= t1 + slack
        ]
        if (best := _in_order(pairs)) >= places:
            found.append((str(store.entities[int(entity)]), best))
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _in_order(pairs: list[tuple[int, int, int]]) -> int:
    """Longest run, within one day, of different places that both came to in the same order."""
    pairs.sort()
    starts = [pair[0] for pair in pairs]
    day = dict(zip(starts, days_of(np.array(starts, np.int64)).tolist(), strict=True))
    best = 0
    for _, group in groupby(pairs, key=lambda pair: day[pair[0]]):
        seen: set[int] = set()
        ends: list[int] = []
        for _, t0, place in group:
            if place not in seen:
                seen.add(place)
                at = bisect_left(ends, t0 + 1)
                ends[at : at + 1] = [t0]
        best = max(best, len(ends))
    return best
