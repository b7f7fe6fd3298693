"""The neighbourhood of records that wait: everybody whom a link reaches, weighed pair by pair, and what the rules make of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.linkage.table import Rows
from nanxi.people import scoring
from nanxi.people.models import NameCount
from nanxi.people.neighbours import LOADED, NO_PERSON, Loaded, Reached, load, load_persons, reached_from
from nanxi.people.rules import who
from nanxi.people.rules.who import Answer, Group, Known, Near
from nanxi.people.scoring import Names, Weighed, Weights

#: Steps from a waiting record: its candidates, those whom a linked one is near, and once more for a chain.
HOPS = 4
#: Groups of more records than this are compared only where a key brings two together.
LARGE = 60


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
    """Records and pairs as they are found."""

    def __init__(self, seeds: Loaded, weights: Weights) -> None:
        self.rows = seeds.rows
        self.weights = weights
        self.place = {_packed(self.rows, at): at for at in range(self.rows.size)}
        self.pairs = np.zeros(0, np.int64)
        self.crowded: list[int] = []
        self.persons: set[bytes] = set()

    def add(self, loaded: Loaded) -> None:
        ids = [_packed(loaded.rows, at) for at in range(loaded.rows.size)]
        fresh = [at for at, own in enumerate(ids) if own not in self.place]
        for at in fresh:
            self.place[ids[at]] = len(self.place)
        self.rows = np.concatenate([self.rows, loaded.rows[fresh]])

    def reach(self, askers: Rows, reached: Reached) -> Rows:
        """Take in whom a question reached; returns the pairs that are new."""
        unknown = np.unique(reached.record.view("S16")) if reached.record.size else np.zeros(0, "S16")
        unknown = [own for own in (bytes(one).ljust(16, b"\0") for one in unknown) if own not in self.place]
        self.add(load(UUID(bytes=own) for own in unknown))
        others = np.array([self.place.get(one.tobytes(), -1) for one in reached.record], np.int64)
        mine = askers[reached.n]
        there = (others >= 0) & (others != mine)
        self.crowded += reached.crowded
        return self.keep(mine[there], others[there])

    def keep(self, one: Rows, other: Rows) -> Rows:
        """Pairs as smaller << 32 | larger that were not known; they are known from now on."""
        packed = np.unique(np.minimum(one, other) << 32 | np.maximum(one, other))
        fresh = np.setdiff1d(packed, self.pairs, assume_unique=True)
        self.pairs = np.union1d(self.pairs, fresh)
        return fresh

    def bring_persons(self, places: Rows) -> None:
        """All records of whoever is in question in these pairs: one of them may forbid what another asks for."""
        pairs = self.pairs[places]
        touched = np.unique(np.r_[pairs >> 32, pairs & 0xFFFFFFFF])
        persons = {self.rows["person"][at].tobytes() for at in touched.tolist()} - self.persons - {NO_PERSON}
        self.persons |= persons
        if persons:
            self.add(load_persons([UUID(bytes=person) for person in sorted(persons)]))

    def weigh(self, pairs: Rows, names: Names) -> Weighed:
        left, right = pairs >> 32, pairs & 0xFFFFFFFF
        return scoring.weigh(self.rows["strip"], left, right, self.weights, names, self.crowded)


def _packed(rows: NDArray[Any], at: int) -> bytes:
    return rows["record"][at].tobytes()


def look(seeds: Loaded, reached: Reached, weights: Weights) -> Hood:
    """The whole neighbourhood of the seeds. `reached`: whom their keys bring, by the seeds' places."""
    world = World(seeds, weights)
    count = seeds.rows.size
    names = Names({})
    edge = np.arange(count)
    seen = set(range(count))
    for hop in range(HOPS):
        world.reach(edge, reached if hop == 0 else reached_from([_uuid(world.rows, at) for at in edge]))
        if hop == 0:
            names = names_of(world.rows["strip"]["name"])
        weighed = world.weigh(world.pairs, names)
        world.bring_persons(_worth(weighed))
        linked = (weighed.weight >= who.LINK) | weighed.same_id
        linked &= ~weighed.veto
        touched = np.unique(np.r_[weighed.left[linked], weighed.right[linked]])
        edge = np.array([at for at in touched.tolist() if at not in seen], np.int64)
        if not edge.size:
            break
        seen.update(edge.tolist())
    return _judged(world, count, names)


def _worth(weighed: Weighed) -> Rows:
    """Places of the pairs that a rule or an officer may have to do with."""
    return np.flatnonzero((weighed.weight >= who.REVIEW) | weighed.same_id)


def _judged(world: World, count: int, names: Names) -> Hood:
    weighed = world.weigh(world.pairs, names)
    held = _held(world)
    links = np.flatnonzero(((weighed.weight >= who.LINK) | weighed.same_id) & ~weighed.veto)
    root = _components(world.rows.size, [*zip(weighed.left[links].tolist(), weighed.right[links].tolist(), strict=True), *held])
    worth = _worth(weighed)
    inside = _pairs_between(root, [*zip(weighed.left[worth].tolist(), weighed.right[worth].tolist(), strict=True), *held])
    world.keep(inside[:, 0], inside[:, 1])
    weighed = world.weigh(world.pairs, names)
    wanted = np.isin(world.pairs, np.minimum(inside[:, 0], inside[:, 1]) << 32 | np.maximum(inside[:, 0], inside[:, 1]))
    wanted[_worth(weighed)] = True
    records = _records(world, root, count)
    persons = [record.person for record in records]
    pairs = {}
    for at in np.flatnonzero(wanted).tolist():
        one, other = int(weighed.left[at]), int(weighed.right[at])
        evidence = weighed.evidence(at)
        if persons[one] is not None and persons[one] == persons[other]:
            evidence = replace(evidence, held=True)
        pairs[one, other] = evidence
    near = Near(pairs)
    return Hood(records, weighed, near, who.group_records(records, near), count)


def _held(world: World) -> list[tuple[int, int]]:
    """Records of one person, each beside the first."""
    first: dict[bytes, int] = {}
    found: list[tuple[int, int]] = []
    for at in range(world.rows.size):
        person = world.rows["person"][at].tobytes()
        if person != NO_PERSON and first.setdefault(person, at) != at:
            found.append((first[person], at))
    return found


def _components(rows: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    parent = list(range(rows))

    def root(of: int) -> int:
        while parent[of] != of:
            parent[of] = of = parent[parent[of]]
        return of

    for one, other in pairs:
        a, b = root(one), root(other)
        parent[max(a, b)] = min(a, b)
    return [root(at) for at in range(rows)]


def _pairs_between(root: list[int], worth: Iterable[tuple[int, int]]) -> Rows:
    """Every pair inside a component, and across two components that a pair in question connects."""
    members: dict[int, list[int]] = defaultdict(list)
    for at, own in enumerate(root):
        members[own].append(at)
    wanted: set[tuple[int, int]] = set()
    for one, other in {(min(a, b), max(a, b)) for a, b in ((root[x], root[y]) for x, y in worth)}:
        mine, theirs = members[one], members[other]
        if len(mine) <= LARGE and len(theirs) <= LARGE:
            wanted.update((min(a, b), max(a, b)) for a in mine for b in theirs if a != b)
    return np.array(sorted(wanted), np.int64).reshape(-1, 2)


def _records(world: World, root: list[int], count: int) -> list[Known]:
    """The records for the rules; those that no seed reaches stand as they are."""
    moved = {root[at] for at in range(count)}
    loaded = Loaded(world.rows)
    return [replace(loaded.known(at), settled=root[at] not in moved) for at in range(world.rows.size)]


def names_of(names: NDArray[Any]) -> Names:
    rows: Mapping[int, int] = dict(NameCount.objects.filter(name__in=[0, *set(names.tolist())]).values_list("name", "persons"))
    return Names({name: persons for name, persons in rows.items() if name}, rows.get(0, 0))


def _uuid(rows: NDArray[Any], at: int) -> UUID:
    return UUID(bytes=rows["record"][at].tobytes())


def fresh_rows(strips: bytes, records: list[UUID], areas: list[str]) -> Loaded:
    """Rows that are not kept yet, as if they were."""
    rows = np.zeros(len(records), LOADED)
    rows["strip"] = np.frombuffer(strips, LOADED["strip"])
    rows["record"] = np.frombuffer(b"".join(record.bytes for record in records), "V16")
    rows["area"] = [area.ljust(15).encode() for area in areas]
    return Loaded(rows)
