"""One question to a store, as the arrays that both engines take: the case's visits, what they reach, whom the days saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nanxi.engines.trace import scores
from nanxi.engines.trace.brute import Near
from nanxi.engines.trace.parts import Array
from nanxi.engines.trace.protocol import Edition, trip_of
from nanxi.engines.trace.stays import Floats, Ints, Stays, days_of, joined_stays
from nanxi.engines.trace.store import BY_ENTITY, BY_PLACE, Part, Store
from nanxi.engines.trace.visits import Span, Visit, visits_of

#: Rules for the class of a meeting; 0 and more: rows around the case that are near.
ORDINARY, EVERYONE = -2, -1
_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1)

@dataclass(frozen=True)
class Visits:
    """V visits with P pieces. place, start, end, row, rule: int64[V]; point: bool[V]; conf: float64[V]; piece_off: int64[V + 1].

    piece_visit, piece_t0, piece_t1: int64[P]; reach_off: int64[V + 1] into reach, the places searched;
    low, high: int64[V], by how many days the visit can be moved inside the data; slack: int64[V] s, of the source that saw the
    case; weight: float64[V], how infectious the case was by then.
    """

    place: Ints
    start: Ints
    end: Ints
    row: Ints
    rule: Ints
    point: Array
    conf: Floats
    slack: Ints
    weight: Floats
    piece_off: Ints
    piece_visit: Ints
    piece_t0: Ints
    piece_t1: Ints
    reach_off: Ints
    reach: Ints
    low: Ints
    high: Ints

    def __len__(self) -> int:
        return len(self.place)

    @property
    def piece_since(self) -> Ints:
        """From when on somebody must have been there to have met a piece."""
        return self.piece_t0 - self.slack[self.piece_visit]

    @property
    def piece_until(self) -> Ints:
        return self.piece_t1 + self.slack[self.piece_visit]


@dataclass(frozen=True)
class Question:
    """A case in a store. cap: largest crowd whose people become contacts, None = no bound. here, all_days: parts to search."""

    case: int
    visits: Visits
    close_overlap: int
    active: int
    cap: int | None
    entities: int
    places: int
    here: list[Part]
    all_days: list[Part]


@dataclass(frozen=True)
class Ride:
    """An entity (a vehicle) whose stays inside a span are the case's own, and how sure that is."""

    entity: int
    span: Span
    conf: float


def question(
    store: Store, entity: int, spans: Sequence[Span], edition: Edition, slack: int, near: Near, cap: int | None,
    rides: Sequence[Ride] = (), slacks: Mapping[str, int] | None = None, onset: int | None = None,
) -> Question:  # fmt: skip
    """The question as arrays. `rides`: where a vehicle was with the case inside, and nobody saw the case itself, counts too.

    `slacks`: source → seconds, where it is not `slack`. `onset`: second of onset, for the edition's infectious profile.
    """
    start, end = spans[0][0], spans[-1][1]
    widest = max(slack, *(slacks or {}).values(), 0)
    here = store.usable(store.between(start - widest, end + widest), BY_PLACE)
    reach = scores.HABIT_DAYS * scores.DAY_S + widest
    all_days = store.usable(store.between(start - reach, end + reach), BY_ENTITY)
    mine = store.stays_of([entity], start, end)
    found = visits_of(mine, range(len(mine)), spans)
    if rides:
        mine, found = _with_rides(store, mine, found, rides, slack)
    told = np.array([(slacks or {}).get(source, slack) for source in store.sources], np.int64)
    visits = _visits(store, mine, found, edition, near, told[mine.source], onset)
    active = _active(store, spans, slack)
    entities, places = len(store.entities), len(store.places)
    return Question(entity, visits, edition.close_overlap_s, active, cap, entities, places, here, all_days)


def _with_rides(
    store: Store, mine: Stays, found: list[Visit], rides: Sequence[Ride], slack: int
) -> tuple[Stays, list[Visit]]:
    """The case's stays and visits with those of its vehicles that do not tell once more what the case's own tell."""
    own = [(int(mine.place[v[0][0]]), v[0][1], v[-1][2]) for v in found]
    for ride in rides:
        stays = store.stays_of([ride.entity], *ride.span)
        told = visits_of(stays, range(len(stays)), [ride.span])
        new = [v for v in told if not any(_same(stays, v, other, slack) for other in own)]
        found = found + [[(i + len(mine), t0, t1) for i, t0, t1 in visit] for visit in new]
        mine = joined_stays(mine, replace(stays, conf=stays.conf * ride.conf))
    return mine, sorted(found, key=lambda v: (int(mine.place[v[0][0]]), [piece[1:] for piece in v], v[0][0]))


def _same(stays: Stays, visit: Visit, own: tuple[int, int, int], slack: int) -> bool:
    return int(stays.place[visit[0][0]]) == own[0] and visit[0][1] <= own[2] + slack and visit[-1][2] >= own[1] - slack


def _visits(
    store: Store, mine: Stays, found: list[Visit], edition: Edition, near: Near, slack: Ints, onset: int | None
) -> Visits:  # fmt: skip
    first = _ints([visit[0][0] for visit in found])
    place, start, end = mine.place[first], _ints([visit[0][1] for visit in found]), _ints([visit[-1][2] for visit in found])
    names: dict[int, str] = {int(number): store.places[int(number)] for number in np.unique(place)}
    rules = {number: _rule(edition, name) for number, name in names.items()}
    reach, reach_off = _reach(store, place, names, near)
    pieces = [(v, t0, t1) for v, visit in enumerate(found) for t0, t1 in dict.fromkeys((p[1], p[2]) for p in visit)]
    piece_visit = _ints([piece[0] for piece in pieces])
    return Visits(
        place=place, start=start, end=end, row=mine.row[first], rule=_ints([rules[number] for number in place.tolist()]),
        point=start == end, conf=mine.conf[first], slack=slack[first],
        weight=np.array([edition.infectiousness(t0, onset) for t0 in start.tolist()], np.float64), piece_visit=piece_visit,
        piece_off=np.searchsorted(piece_visit, np.arange(len(found) + 1)).astype(np.int64),
        piece_t0=_ints([piece[1] for piece in pieces]), piece_t1=_ints([piece[2] for piece in pieces]),
        reach_off=reach_off, reach=reach,
        low=np.maximum(-scores.HABIT_DAYS, -((start - store.first) // scores.DAY_S)),
        high=np.minimum(scores.HABIT_DAYS, (store.last - end) // scores.DAY_S),
    )  # fmt: skip


def _reach(store: Store, place: Ints, names: dict[int, str], near: Near) -> tuple[Ints, Ints]:
    """The places that each visit searches: its own and those near it."""
    if not near:
        return place, np.arange(len(place) + 1)
    number = store.place_number
    others = {p: sorted({p, *(number[o] for o in near.get(name, ()) if o in number)}) for p, name in names.items()}
    reach = [others[p] for p in place.tolist()]
    return _ints([p for places in reach for p in places]), _ints(np.cumsum([0, *(len(places) for places in reach)]).tolist())


def _ints(values: list[int]) -> Ints:
    return np.array(values, np.int64)


def _rule(edition: Edition, place: str) -> int:
    trip = trip_of(place) if place.startswith("trip#") else None
    if trip is None or trip.kind not in edition.vehicles:
        return ORDINARY
    rows = edition.vehicles[trip.kind]
    return EVERYONE if rows is None else rows


def _active(store: Store, spans: Sequence[Span], slack: int) -> int:
    """Entities that began a stay on a day that the windows touch; counted once per set of days."""
    days: set[int] = set()
    for start, end in spans:
        first, last = days_of(np.array([start - slack, end + slack]))
        days.update(range(max(int(first), store.day_span.start), min(int(last) + 1, store.day_span.stop)))
    parts = [part for part in store.parts if part.entry.day in days]
    key = frozenset(part.entry.name for part in parts)
    if key not in store.active:
        seen = np.zeros(-(-len(store.entities) // 8), np.uint8)
        for part in store.usable(parts, BY_ENTITY):
            seen |= part.present(len(store.entities))
        store.active[key] = int(_BITS[seen].sum())
    return store.active[key]
