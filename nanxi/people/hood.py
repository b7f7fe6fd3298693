"""The neighbourhood of records that wait: everybody whom a link reaches, weighed pair by pair, and what the rules make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.linkage.table import Rows
from nanxi.people import scoring
from nanxi.people.neighbours import LOADED, NO_PERSON, Loaded, Reached, ids_in, load_persons, reached_from
from nanxi.people.rules import who
from nanxi.people.rules.who import Answer, Group, Known, Near
from nanxi.people.scoring import Weighed
from nanxi.people.weighing import weights_and_names

#: Steps from a waiting record: its candidates, those whom a linked one is near, and once more for a chain.
HOPS = 4
#: Groups of more records than this are compared only where a key brings two together.
LARGE = 60
#: The lower half of a packed pair.
LOW = 0xFFFFFFFF


@dataclass(frozen=True)
class Hood:
    """Records, their weighed pairs, and the groups they fall into. `seeds`: the first so many records are those that asked."""

    records: list[Known]
    weighed: Weighed
    near: Near
    answer: Answer
    seeds: int

    def home(self) -> dict[int, Group]:
        return {at: group for group in self.answer.groups for at in group.members}


class World:
    """Records and pairs as they are found. Pairs are weighed once, when they are new."""

    def __init__(self, seeds: Loaded) -> None:
        self.rows = seeds.rows
        self.place = {own: at for at, own in enumerate(ids_of(self.rows))}
        #: One below the other in 32 bits each, in order.
        self.known_pairs: Rows = np.zeros(0, np.int64)
        self.crowded: list[int] = []
        #: Keys that were looked under; and of every record here under such a key: key and place, by key.
        self.keys: Rows = np.zeros(0, np.int64)
        self.under: Rows = np.zeros(0, np.int64)
        self.under_place: Rows = np.zeros(0, np.int64)
        self.persons: set[bytes] = set()
        self.weights, self.names = weights_and_names(self.rows["strip"]["name"].tolist())
        self.weighed = scoring.no_pairs(self.weights)

    def add(self, loaded: Loaded) -> None:
        fresh = []
        for at, own in enumerate(ids_of(loaded.rows)):
            if own not in self.place:
                self.place[own] = len(self.place)
                fresh.append(at)
        if fresh:
            self.rows = np.concatenate([self.rows, loaded.rows[fresh]])

    def ask(self, askers: Rows) -> None:
        """Look under the keys of records that stand here, each key once."""
        self.reach(askers, reached_from(ids_of(self.rows[askers]), self.place, self.keys.tolist()))

    def reach(self, askers: Rows, reached: Reached) -> None:
        """Take in whom a question reached, and weigh the pairs that are new."""
        self.add(reached.loaded)
        self.crowded += reached.phones
        self._lay_under(reached)
        values = reached.asked["value"].astype(np.int64)
        first, last = (np.searchsorted(self.under, values, side) for side in ("left", "right"))
        which, number = counted(last - first)
        mine, others = askers[reached.asked["n"][which]], self.under_place[first[which] + number]
        self.weigh(mine[mine != others], others[mine != others])

    def _lay_under(self, reached: Reached) -> None:
        """Keep which of the records here lie under which key, by key."""
        values = reached.under["value"].astype(np.int64)
        places = np.array([self.place.get(own, -1) for own in ids_in(reached.under["record"].tobytes())], np.int64)
        self.keys = np.union1d(self.keys, reached.asked["value"].astype(np.int64))
        under = np.concatenate([self.under, values[places >= 0]])
        order = np.argsort(under, kind="stable")
        self.under, self.under_place = under[order], np.concatenate([self.under_place, places[places >= 0]])[order]

    def weigh(self, one: Rows, other: Rows) -> None:
        """Weigh the pairs that are not weighed yet."""
        fresh = np.setdiff1d(_packed(one, other), self.known_pairs)
        if not fresh.size:
            return
        self.known_pairs = np.union1d(self.known_pairs, fresh)
        told = scoring.weigh(self.rows["strip"], fresh >> 32, fresh & LOW, self.weights, self.names, self.crowded)
        self.weighed = self.weighed.joined(told)

    def bring_persons(self, places: Rows) -> None:
        """All records of whoever is in question in these pairs: one of them may forbid what another asks for."""
        touched = np.unique(np.concatenate([self.weighed.left[places], self.weighed.right[places]]))
        persons = set(ids_in(self.rows["person"][touched].tobytes())) - self.persons - {NO_PERSON}
        self.persons |= persons
        if persons:
            self.add(load_persons(sorted(persons)))


def ids_of(rows: NDArray[Any]) -> list[bytes]:
    return ids_in(rows["record"].tobytes())


def look(seeds: Loaded, reached: Reached) -> Hood:
    """The whole neighbourhood of the seeds. `reached`: whom their keys bring, by the seeds' places."""
    world = World(seeds)
    count = seeds.rows.size
    edge = np.arange(count)
    seen = set(range(count))
    for hop in range(HOPS):
        if hop:
            world.ask(edge)
        else:
            world.reach(edge, reached)
        world.bring_persons(_worth(world.weighed))
        linked = _linked(world.weighed)
        touched = np.unique(np.concatenate([world.weighed.left[linked], world.weighed.right[linked]]))
        edge = np.array([at for at in touched.tolist() if at not in seen], np.int64)
        if not edge.size:
            break
        seen.update(edge.tolist())
    return _judged(world, count)


def _linked(weighed: Weighed) -> Rows:
    """Places of the pairs that rules link."""
    return np.flatnonzero(((weighed.weight >= who.LINK) | weighed.same_id) & ~weighed.veto)


def _worth(weighed: Weighed) -> Rows:
    """Places of the pairs that a rule or an officer may have to do with."""
    return np.flatnonzero((weighed.weight >= who.REVIEW) | weighed.same_id)


def _judged(world: World, count: int) -> Hood:
    held = _held(world)
    links, worth = _linked(world.weighed), _worth(world.weighed)
    root = _components(world.rows.size, np.concatenate([_sides(world.weighed, links), held]))
    inside = _pairs_between(root, np.concatenate([_sides(world.weighed, worth), held]))
    world.weigh(inside >> 32, inside & LOW)
    weighed = world.weighed
    wanted = np.isin(weighed.left << 32 | weighed.right, inside)
    wanted[_worth(weighed)] = True
    places = np.flatnonzero(wanted)
    left, right = weighed.left[places], weighed.right[places]
    persons = world.rows["person"].view("S16")
    held = (persons[left] == persons[right]) & (persons[left] != np.bytes_(NO_PERSON))
    # Most candidates of a key are nobody's business: only who is in question becomes a record of the rules.
    kept = np.unique(np.concatenate([np.arange(count), left, right]))
    ends = zip(np.searchsorted(kept, left).tolist(), np.searchsorted(kept, right).tolist(), strict=True)
    pairs = dict(zip(ends, weighed.evidences(places, held), strict=True))
    records = _records(world, root, count, kept)
    near = Near(pairs)
    return Hood(records, weighed, near, who.group_records(records, near), count)


def _sides(weighed: Weighed, places: Rows) -> Rows:
    """int64[pairs, 2]"""
    return np.column_stack([weighed.left[places], weighed.right[places]])


def _held(world: World) -> Rows:
    """Records of one person, each beside the first. int64[pairs, 2]"""
    first: dict[bytes, int] = {}
    persons = ids_in(world.rows["person"].tobytes())
    found = [(first[own], at) for at, own in enumerate(persons) if own != NO_PERSON and first.setdefault(own, at) != at]
    return np.array(found, np.int64).reshape(-1, 2)


def _components(rows: int, pairs: Rows) -> Rows:
    """The first record of each record's component."""
    parent = list(range(rows))

    def root(of: int) -> int:
        while parent[of] != of:
            parent[of] = of = parent[parent[of]]
        return of

    for one, other in pairs.tolist():
        a, b = root(one), root(other)
        parent[max(a, b)] = min(a, b)
    return np.array([root(at) for at in range(rows)], np.int64)


def _pairs_between(root: Rows, worth: Rows) -> Rows:
    """Every pair inside a component, and across two components that a pair in question connects; packed, in order."""
    joined = np.unique(_packed(root[worth[:, 0]], root[worth[:, 1]]))
    order = np.argsort(root, kind="stable")
    ends = np.searchsorted(root[order], np.array([joined >> 32, joined & LOW]), "right")
    starts = np.searchsorted(root[order], np.array([joined >> 32, joined & LOW]), "left")
    fit = (ends - starts <= LARGE).all(axis=0)
    (mine, theirs), (many, more) = starts[:, fit], (ends - starts)[:, fit]
    # Of each two components as many pairs as their sizes multiply to, counted through.
    which, number = counted(many * more)
    one, other = order[mine[which] + number // more[which]], order[theirs[which] + number % more[which]]
    return np.unique(_packed(one, other)[one != other])


def counted(sizes: Rows) -> tuple[Rows, Rows]:
    """Groups of these sizes counted through: of each member its group and its number there."""
    which = np.repeat(np.arange(sizes.size), sizes)
    return which, np.arange(which.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _packed(one: Rows, other: Rows) -> Rows:
    """Pairs as one number each, the lower place above."""
    return np.minimum(one, other) << 32 | np.maximum(one, other)


def _records(world: World, root: Rows, count: int, kept: Rows) -> list[Known]:
    """The records for the rules; those that no seed reaches stand as they are."""
    return Loaded(world.rows[kept]).known((~np.isin(root[kept], root[:count])).tolist())


def fresh_rows(strips: bytes, records: list[UUID], areas: list[str]) -> Loaded:
    """Rows that are not kept yet, as if they were."""
    rows = np.zeros(len(records), LOADED)
    rows["strip"] = np.frombuffer(strips, LOADED["strip"])
    rows["record"] = np.frombuffer(b"".join(record.bytes for record in records), "V16")
    rows["area"] = [area.ljust(15).encode() for area in areas]
    return Loaded(rows)
