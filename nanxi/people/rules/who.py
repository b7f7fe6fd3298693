"""Who is who: records fall into groups, one group a person. A function of the set of records, not of their order.

A valid ID number with an agreeing name links; the same name with the same phone links; a phone alone never does. One ID
with another name is a conflict. Two valid different IDs are never one person. What an officer decided stands, and the same
row coming again follows it. (GB 11643; identity notes §3.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from nanxi.people.rules.traits import Traits


class Rule(Enum):
    """By what a record came to its person; the code kept with the link."""

    FIRST = "first"
    ID = "id"
    NAME_PHONE = "name_phone"
    REMEMBERED = "remembered"
    OFFICER = "officer"


class Doubt(Enum):
    """Why two groups are shown to an officer."""

    CONFLICT = "conflict"
    AMBIGUOUS = "ambiguous"
    LIKELY = "likely"


@dataclass
class Group:
    """The records of one person, each with the rule that brought it here. `fixed`: the person an officer decided on."""

    records: list[Traits] = field(default_factory=list[Traits])
    rules: dict[UUID, Rule] = field(default_factory=dict[UUID, Rule])
    fixed: UUID | None = None

    def add(self, record: Traits, rule: Rule) -> None:
        self.records.append(record)
        self.rules[record.record] = rule

    def first(self) -> Traits:
        return min(self.records, key=order)

    def sounds(self) -> set[int]:
        return {record.sound for record in self.records if record.sound}

    def ids(self) -> set[bytes]:
        return {record.id_key for record in self.records if record.id_key}


@dataclass(frozen=True)
class Pair:
    """Two records of different groups that an officer should look at."""

    one: UUID
    other: UUID
    doubt: Doubt


@dataclass
class Answer:
    groups: list[Group]
    pairs: list[Pair]


def order(record: Traits) -> tuple[bool, UUID]:
    """Records with a valid ID first, then the oldest: the one that stands for its group."""
    return record.id_key is None, record.record


def group_records(records: Iterable[Traits]) -> Answer:
    """Fall into groups. Give it whole neighbourhoods: all records that share an ID, name + phone, or a whole row."""
    ordered = sorted({record.record: record for record in records}.values(), key=order)
    fixed = _fixed([record for record in ordered if record.pinned and record.person])
    rest = _remembered([record for record in ordered if not (record.pinned and record.person)], fixed)
    by_id, pairs, nameless = _by_id([record for record in rest if record.id_key], fixed)
    anchors = [*fixed.values(), *by_id]
    loose = [record for record in rest if not record.id_key]
    more, doubts = _by_phone(loose, anchors)
    everything = [group for group in [*anchors, *nameless, *more] if group.records]
    for group in everything:
        _name_the_lone_id(group)
    return Answer(everything, _distinct([*pairs, *doubts, *_phone_doubts(by_id, fixed.values())]))


def _name_the_lone_id(group: Group) -> None:
    """The only record with an ID among others was not linked by that ID but by name and phone."""
    bearers = [record for record in group.records if record.id_key]
    if group.fixed is None and len(bearers) == 1 and len(group.records) > 1:
        group.rules[bearers[0].record] = Rule.NAME_PHONE


def persons_of(groups: Iterable[Group]) -> list[UUID | None]:
    """The person of each group, None for a new one. A group keeps the oldest person that its own first record stands for;
    one person is never given to two groups."""
    wanted = list(groups)
    taken: dict[UUID, Group] = {group.fixed: group for group in wanted if group.fixed}
    bearers: dict[UUID, list[tuple[Traits, Group]]] = defaultdict(list)
    for group in wanted:
        for record in group.records:
            if record.person and group.fixed is None:
                bearers[record.person].append((record, group))
    for person in sorted(bearers):
        if person not in taken:
            taken[person] = min(bearers[person], key=lambda pair: order(pair[0]))[1]
    best: dict[int, UUID] = {}
    for person, group in sorted(taken.items()):
        best.setdefault(id(group), person)
    return [group.fixed or best.get(id(group)) for group in wanted]


def _fixed(pinned: Sequence[Traits]) -> dict[UUID, Group]:
    groups: dict[UUID, Group] = {}
    for record in pinned:
        assert record.person is not None
        groups.setdefault(record.person, Group(fixed=record.person)).add(record, Rule.OFFICER)
    return groups


def _remembered(free: Sequence[Traits], fixed: dict[UUID, Group]) -> list[Traits]:
    """The same row as one an officer decided on goes where that one went."""
    decided: dict[int, set[UUID]] = defaultdict(set)
    for person, group in fixed.items():
        for record in group.records:
            decided[record.row].add(person)
    rest: list[Traits] = []
    for record in free:
        persons = decided.get(record.row, set())
        if len(persons) == 1:
            fixed[next(iter(persons))].add(record, Rule.REMEMBERED)
        else:
            rest.append(record)
    return rest


def _by_id(records: Sequence[Traits], fixed: dict[UUID, Group]) -> tuple[list[Group], list[Pair], list[Group]]:
    """Groups of one ID and one sound; conflicts between names of one ID; nameless records that two names compete for."""
    made: dict[tuple[bytes, int], Group] = {}
    nameless: dict[bytes, list[Traits]] = defaultdict(list)
    homes: dict[tuple[bytes, int], list[Group]] = defaultdict(list)
    for group in fixed.values():
        for key in {(record.id_key, record.sound) for record in group.records if record.id_key}:
            homes[key].append(group)  # type: ignore[index]
    for record in records:
        assert record.id_key is not None
        if not record.sound:
            nameless[record.id_key].append(record)
            continue
        key = (record.id_key, record.sound)
        home = homes[key][0] if len(homes[key]) == 1 else made.setdefault(key, Group())
        home.add(record, Rule.ID)
    bearers: dict[bytes, list[Group]] = defaultdict(list)
    for group in [*fixed.values(), *made.values()]:
        for id_key in sorted(group.ids()):
            bearers[id_key].append(group)
    competed = _place_nameless(nameless, bearers)
    pairs = [
        Pair(one.first().record, other.first().record, Doubt.AMBIGUOUS if one.sounds() & other.sounds() else Doubt.CONFLICT)
        for bearer in bearers.values()
        for number, one in enumerate(bearer)
        for other in bearer[number + 1 :]
        if not (one.fixed and other.fixed)
    ]
    return list(made.values()), pairs, competed


def _place_nameless(nameless: dict[bytes, list[Traits]], bearers: dict[bytes, list[Group]]) -> list[Group]:
    """An ID without a name joins the only bearer of that ID; where two compete it stands alone."""
    alone: list[Group] = []
    for id_key, records in nameless.items():
        if len(bearers[id_key]) == 1:
            home = bearers[id_key][0]
        else:
            home = Group()
            alone.append(home)
        for record in records:
            home.add(record, Rule.ID)
    return alone


def _by_phone(loose: Sequence[Traits], anchors: Sequence[Group]) -> tuple[list[Group], list[Pair]]:
    """Records without an ID: chains of one name over shared phones, then the one anchor that the chain touches."""
    homes: dict[int, list[Group]] = defaultdict(list)
    for group in anchors:
        for pair in {pair for record in group.records for pair in record.name_phones}:
            homes[pair].append(group)
    made: list[Group] = []
    doubts: list[Pair] = []
    for chain in _chains(loose):
        near = _distinct_groups(home for record in chain for pair in sorted(record.name_phones) for home in homes[pair])
        births = {record.birth for record in [*chain, *(r for home in near for r in home.records)] if record.birth}
        if len(near) == 1 and len(births) <= 1:
            for record in chain:
                near[0].add(record, Rule.NAME_PHONE)
            continue
        for part in _by_birth(chain):
            fits = [home for home in near if _fits(part, home)]
            if len(fits) == 1 and len(births) > 1 and part[0].birth:
                for record in part:
                    fits[0].add(record, Rule.NAME_PHONE)
                continue
            group = Group()
            for record in part:
                group.add(record, Rule.NAME_PHONE)
            made.append(group)
            doubts += [Pair(group.first().record, home.first().record, Doubt.AMBIGUOUS) for home in near]
    return made, doubts


def _by_birth(chain: Sequence[Traits]) -> list[list[Traits]]:
    """One part per birth date; those without one join the only part there is, or stand as a part of their own."""
    parts: dict[int, list[Traits]] = defaultdict(list)
    for record in chain:
        parts[record.birth].append(record)
    unsaid = parts.pop(0, [])
    if len(parts) == 1:
        next(iter(parts.values())).extend(unsaid)
        unsaid = []
    return [*parts.values(), *([unsaid] if unsaid else [])]


def _fits(part: Sequence[Traits], home: Group) -> bool:
    births = {record.birth for record in home.records if record.birth}
    return not births or part[0].birth in births


def _chains(loose: Sequence[Traits]) -> list[list[Traits]]:
    """Connected by a shared name + phone."""
    parent = {record.record: record.record for record in loose}

    def root(of: UUID) -> UUID:
        while parent[of] != of:
            parent[of] = of = parent[parent[of]]
        return of

    seen: dict[int, UUID] = {}
    for record in loose:
        for pair in record.name_phones:
            other = seen.setdefault(pair, record.record)
            parent[root(record.record)] = root(other)
    chains: dict[UUID, list[Traits]] = defaultdict(list)
    for record in loose:
        chains[root(record.record)].append(record)
    return list(chains.values())


def _phone_doubts(made: Sequence[Group], fixed: Iterable[Group]) -> list[Pair]:
    """A new ID beside a decided record of the same name and phone that has no ID: somebody should look."""
    bare: dict[int, list[Group]] = defaultdict(list)
    for group in fixed:
        if not group.ids():
            for pair in {pair for record in group.records for pair in record.name_phones}:
                bare[pair].append(group)
    return [
        Pair(group.first().record, other.first().record, Doubt.AMBIGUOUS)
        for group in made
        for pair in sorted({pair for record in group.records for pair in record.name_phones})
        for other in bare[pair]
    ]


def _distinct_groups(groups: Iterable[Group]) -> list[Group]:
    return list({id(group): group for group in groups}.values())


def _distinct(pairs: Iterable[Pair]) -> list[Pair]:
    found: dict[tuple[UUID, UUID], Pair] = {}
    for pair in pairs:
        found.setdefault((min(pair.one, pair.other), max(pair.one, pair.other)), pair)
    return list(found.values())
