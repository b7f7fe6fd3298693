"""Who is who: records fall into groups, one group a person. A function of the set of records, not of their order.

Pairs come weighed (engines.linkage). The heaviest are joined first; a group takes nobody in whom one of its records can never
be: two valid ID numbers, another name, what an officer parted. Where a second group fits nearly as well, neither is taken and an
officer is asked. What an officer decided stands, and the same row coming again follows it. (Identity-scoring notes §3.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple
from uuid import UUID

#: Bits from which a pair is linked without anybody looking: claimed chance .99. Planned error ≤ 0.05 %.
LINK = 6.63
#: Bits from which a pair is worth an officer's minute.
REVIEW = -3.0
#: The best must lead the second by so much.
MARGIN = 4.0
#: Pairs shown for one new person (identity-scoring notes §3: show 5).
MOST_SHOWN = 5
#: One valid ID number outweighs whatever else agrees.
BY_ID = 1000.0


class Rule(Enum):
    """By what a record came to its person; the code kept with the link."""

    FIRST = "first"
    ID = "id"
    SCORE = "score"
    REMEMBERED = "remembered"
    OFFICER = "officer"


class Doubt(Enum):
    """Why two groups are shown to an officer."""

    CONFLICT = "conflict"
    AMBIGUOUS = "ambiguous"
    LIKELY = "likely"
    MISSED = "missed"
    NUMBERS = "numbers"


@dataclass(frozen=True)
class Known:
    """One record for the rules. `row`: digest of all it says; `pinned`: an officer decided on it; `fresh`: not matched yet."""

    record: UUID
    row: int
    has_id: bool = False
    person: UUID | None = None
    pinned: bool = False
    fresh: bool = True
    #: Stands with its person as it is: nothing new reaches it.
    settled: bool = False
    area: str = ""


class Evidence(NamedTuple):
    """How one pair of records was weighed. `weight`: bits after the household rule; `at`: its place among the weighed pairs."""

    weight: float
    same_id: bool = False
    #: Two valid ID numbers: never one person.
    never: bool = False
    other_name: bool = False
    #: No rule may link the two.
    veto: bool = False
    #: They stand with one person already: a link once made is not given up for a few bits.
    held: bool = False
    at: int = -1

    @property
    def links(self) -> bool:
        return not self.veto and (self.same_id or self.weight >= (REVIEW if self.held else LINK))

    @property
    def strength(self) -> float:
        return self.weight + (BY_ID if self.same_id else 0.0)


Pairs = Mapping[tuple[int, int], Evidence]


@dataclass
class Group:
    """Records of one person by their place, each with the rule that brought it here. `fixed`: whom an officer decided on."""

    members: list[int] = field(default_factory=list[int])
    rules: dict[int, Rule] = field(default_factory=dict[int, Rule])
    fixed: UUID | None = None


@dataclass(frozen=True)
class Asked:
    """Two records of different groups that an officer should look at."""

    one: int
    other: int
    doubt: Doubt


@dataclass
class Answer:
    groups: list[Group]
    asked: list[Asked]


class Near:
    """The pairs of a neighbourhood, by either of their two records."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs
        self.around: dict[int, list[tuple[int, Evidence]]] = defaultdict(list)
        for (one, other), evidence in pairs.items():
            self.around[one].append((other, evidence))
            self.around[other].append((one, evidence))

    def of(self, one: int, other: int) -> Evidence | None:
        return self.pairs.get((one, other) if one < other else (other, one))


def order(record: Known) -> tuple[bool, UUID]:
    """Records with a valid ID first, then the oldest: the one that stands for its group."""
    return not record.has_id, record.record


def group_records(records: Sequence[Known], near: Near) -> Answer:
    """Fall into groups. Give it whole neighbourhoods: all records that any linking pair reaches, and all pairs among them."""
    home = _decided(records)
    asked = _join(records, near, home)
    groups = _distinct(home)
    for group in groups:
        group.members.sort(key=lambda at: order(records[at]))
    asked = [*_conflicts(near, home), *asked]
    return Answer(groups, [*asked, *_likely(records, near, home, asked)])


def _decided(records: Sequence[Known]) -> list[Group]:
    """Group of each record: an officer's decisions, and the same rows again; everybody else alone."""
    fixed: dict[UUID, Group] = {}
    settled: dict[UUID, Group] = {}
    home: list[Group] = []
    for at, record in enumerate(records):
        group = Group()
        if record.pinned and record.person:
            group = fixed.setdefault(record.person, Group(fixed=record.person))
        elif record.settled and record.person:
            group = settled.setdefault(record.person, Group())
        group.members.append(at)
        group.rules[at] = Rule.OFFICER if group.fixed else Rule.FIRST
        home.append(group)
    rows: dict[int, set[UUID]] = defaultdict(set)
    for person, group in fixed.items():
        for at in group.members:
            rows[records[at].row].add(person)
    for at, record in enumerate(records):
        persons = rows.get(record.row, set())
        if home[at].fixed is None and len(persons) == 1:
            _merge(home, fixed[next(iter(persons))], home[at], Rule.REMEMBERED)
    return home


def _join(records: Sequence[Known], near: Near, home: list[Group]) -> list[Asked]:
    """The heaviest link first. Equal weights are told apart by what the rows say, never by which came first."""
    links = [(told, one, other) for (one, other), told in near.pairs.items() if told.links and home[one] is not home[other]]
    links.sort(key=lambda link: (-round(link[0].strength, 6), *sorted((records[link[1]].row, records[link[2]].row))))
    asked: list[Asked] = []
    for evidence, one, other in links:
        mine, theirs = home[one], home[other]
        if mine is theirs or _apart(near, mine, theirs):
            continue
        rival = _rival(near, home, mine, theirs, evidence.strength) or _rival(near, home, theirs, mine, evidence.strength)
        if rival is None:
            keep, give = (mine, theirs) if mine.fixed or not theirs.fixed else (theirs, mine)
            _merge(home, keep, give, Rule.ID if evidence.same_id else Rule.SCORE)
        else:
            asked += [Asked(one, other, Doubt.AMBIGUOUS), Asked(*rival, Doubt.AMBIGUOUS)]
    return [pair for pair in asked if home[pair.one] is not home[pair.other]]


def _rival(near: Near, home: list[Group], mine: Group, theirs: Group, strength: float) -> tuple[int, int] | None:
    """A link of mine to a third group that can never be theirs and that weighs nearly as much."""
    for at in mine.members:
        for other, evidence in near.around[at]:
            third = home[other]
            close = evidence.links and evidence.strength >= strength - MARGIN and third is not mine and third is not theirs
            if close and _apart(near, third, theirs) and not _apart(near, third, mine):
                return at, other
    return None


def _apart(near: Near, one: Group, other: Group) -> bool:
    """Two groups that rules may not join."""
    if one.fixed and other.fixed:
        return True
    few, many = (one, other) if len(one.members) <= len(other.members) else (other, one)
    inside = set(many.members)
    return any(evidence.veto and at in inside for mine in few.members for at, evidence in near.around[mine])


def _never(near: Near, one: Group, other: Group) -> bool:
    """Two groups that nobody may join: two valid ID numbers, or an officer's word."""
    if one.fixed and other.fixed:
        return True
    inside = set(other.members)
    return any(evidence.never and at in inside for mine in one.members for at, evidence in near.around[mine])


def _merge(home: list[Group], keep: Group, give: Group, rule: Rule) -> None:
    for at in give.members:
        home[at] = keep
        keep.rules[at] = rule if give.rules[at] is Rule.FIRST else give.rules[at]
    for at in keep.members:
        if keep.rules[at] is Rule.FIRST:
            keep.rules[at] = rule
    keep.members += give.members
    keep.fixed = keep.fixed or give.fixed


def _conflicts(near: Near, home: list[Group]) -> Iterator[Asked]:
    """One ID number under two names, once for two groups."""
    told: set[tuple[int, int]] = set()
    for (one, other), evidence in near.pairs.items():
        mine, theirs = home[one], home[other]
        if evidence.same_id and evidence.other_name and mine is not theirs and not (mine.fixed and theirs.fixed):
            key = min(id(mine), id(theirs)), max(id(mine), id(theirs))
            if key not in told:
                told.add(key)
                yield Asked(one, other, Doubt.CONFLICT)


def _likely(records: Sequence[Known], near: Near, home: list[Group], asked: Sequence[Asked]) -> Iterator[Asked]:
    """For each new person without a doubt so far: whom it may be, the likeliest few."""
    doubted = {id(home[at]) for pair in asked for at in (pair.one, pair.other)}
    contested = {id(home[at]) for pair in asked if pair.doubt is Doubt.CONFLICT for at in (pair.one, pair.other)}
    for group in _distinct(home):
        of_number = id(group) in contested
        if any(not records[at].fresh for at in group.members) or group.fixed or (id(group) in doubted and not of_number):
            continue
        best: dict[int, tuple[float, int, int, Doubt]] = {}
        for at in group.members:
            for other, evidence in near.around[at]:
                theirs = home[other]
                doubt = _doubt(near, group, theirs, evidence, of_number=of_number)
                if theirs is not group and doubt:
                    step = (evidence.weight, at, other, doubt)
                    best[id(theirs)] = max(best.get(id(theirs), step), step, key=lambda found: found[:3])
        shown = sorted(best.values(), key=lambda found: found[:3], reverse=True)[:MOST_SHOWN]
        yield from (Asked(at, other, doubt) for _weight, at, other, doubt in shown)


def _doubt(near: Near, group: Group, theirs: Group, evidence: Evidence, *, of_number: bool) -> Doubt | None:
    """What to ask about a pair of two groups; None when it is worth no minute.

    `of_number`: the group's own number is contested, as when a child's row carries a parent's; then the number speaks against
    nobody, and whoever bears the name is shown beside whoever bears the number.
    """
    if evidence.never and not evidence.other_name and evidence.weight >= (REVIEW if of_number else LINK):
        # All but the number says one person: a number dragged down a column, or a relative's.
        return None if group.fixed and theirs.fixed else Doubt.NUMBERS
    if of_number and evidence.other_name:
        return None
    return None if evidence.weight < REVIEW or _never(near, group, theirs) else Doubt.LIKELY


def persons_of(records: Sequence[Known], groups: Sequence[Group]) -> list[UUID | None]:
    """The person of each group, None for a new one. A group keeps the oldest person that its own first record stands for;
    one person is never given to two groups."""
    taken: dict[UUID, int] = {group.fixed: number for number, group in enumerate(groups) if group.fixed}
    bearers: dict[UUID, list[tuple[tuple[bool, UUID], int]]] = defaultdict(list)
    for number, group in enumerate(groups):
        if group.fixed is None:
            for at in group.members:
                if (person := records[at].person) is not None:
                    bearers[person].append((order(records[at]), number))
    for person in sorted(bearers):
        if person not in taken:
            taken[person] = min(bearers[person])[1]
    best: dict[int, UUID] = {}
    for person, number in sorted(taken.items()):
        best.setdefault(number, person)
    return [group.fixed or best.get(number) for number, group in enumerate(groups)]


def best_evidence(near: Near, group: Group, at: int) -> Evidence | None:
    """The heaviest pair of a record within its group: what its link rests on."""
    inside = set(group.members)
    found = [evidence for other, evidence in near.around[at] if other in inside]
    return max(found, key=lambda evidence: evidence.strength, default=None)


def partner_of(near: Near, at: int, evidence: Evidence) -> int:
    """The other record of a pair."""
    return next(other for other, told in near.around[at] if told is evidence)


def margin_of(near: Near, home: Mapping[int, Group], group: Group, best: Evidence) -> float | None:
    """By how much the best leads the heaviest pair of the group with anybody outside it; None when there is nobody."""
    outside = [e.weight for at in group.members for other, e in near.around[at] if home[other] is not group and not e.never]
    return best.weight - max(outside) if outside else None


def _distinct(groups: Iterable[Group]) -> list[Group]:
    return list({id(group): group for group in groups}.values())
