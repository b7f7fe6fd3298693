"""Matching: gives each waiting record its person, opens pairs for review, and foresees what a list would bring.

It must see the whole county: inside one town's scope it would not find the person in the next town and would make a second one.
So it refuses any narrower scope. One matcher works at a time; its answer depends on the records, not on their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np

from nanxi.foundation import scope, statements
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people.asking import Asking
from nanxi.people.hood import Hood, fresh_rows, ids_of, look
from nanxi.people.neighbours import BY_KEY, MATCHED, MOST_PER_KEY, UNDER, Loaded, Reached, reached_by, reached_from, waiting
from nanxi.people.rules import who
from nanxi.people.rules.who import Doubt, Group
from nanxi.people.services.links import AskedPair, Basis, Finding, keep_answer

#: Records per transaction: about a second of work, so that a stop is heard and a reader never waits.
CHUNK = 2000
#: Two matchers at once could both make a person of one ID. Taken before the first question, so that nothing is read too early.
ALONE = b"SELECT pg_advisory_xact_lock(62);"
NEW, LINKED, REVIEW, CONFLICT = "new", "linked", "review", "conflict"


class ScopeTooNarrow(RuntimeError):
    """Matching was called inside the scope of a part of the county."""


@dataclass(frozen=True)
class Outcome:
    """What would become of a row: kind, the person it would join, reasons (rule or doubt), an earlier row of the same list."""

    kind: str
    person: UUID | None = None
    why: tuple[str, ...] = ()
    same_as: int | None = None


def match_records(record_ids: Iterable[UUID]) -> int:
    """Match those of the records that wait; returns how many. Safe to repeat. Runs on the `system` queue."""
    wanted = list(record_ids)
    done = 0
    for start in range(0, len(wanted), CHUNK):
        with county(ALONE) as act:
            done += _match(act, [record.bytes for record in wanted[start : start + CHUNK]])
    return done


def match_waiting(most: int = CHUNK) -> int:
    """Match the oldest waiting records; returns how many."""
    with county(ALONE) as act:
        return _match(act, waiting(most))


def foresee(rows: Asking) -> list[Outcome]:
    """What would become of rows without keeping anything. Runs on the `system` queue."""
    if not rows.areas:
        return []
    with county():
        return _foresee(rows)


@contextmanager
def county(then: bytes = b"") -> Iterator[Act]:
    """A transaction over the whole county, or the one that is open if it is as wide; its questions go by keys.

    `then`: statements that come before all others.
    """
    open_scope = scope.current()
    if open_scope.ranges:
        if open_scope != EVERYWHERE:
            raise ScopeTooNarrow("Matching sees the whole county or nothing; run it on the system queue, outside a town's scope.")
        statements.also(BY_KEY + then)
        yield Act(actor=house("people"))
        return
    with scope.enter(EVERYWHERE, at=WALL.now(), then=BY_KEY + then):
        yield Act(actor=house("people"))


def _match(act: Act, record_ids: Sequence[bytes]) -> int:
    """Records by their ids as 16 bytes; the transaction holds the matcher's lock."""
    asked = sorted(set(record_ids))
    reached = reached_from(asked)
    seeds = _still_waiting(asked, reached)
    if not seeds.rows.size:
        return 0
    hood = look(seeds, _asked_by(seeds, asked, reached))
    keep_answer(act, *_answer(hood), hood.weighed.weights.version)
    return int(seeds.rows.size)


def _still_waiting(asked: Sequence[bytes], reached: Reached) -> Loaded:
    """Those of the records that nobody matched meanwhile, in the order of their ids: each is found under its own keys."""
    rows = reached.loaded.rows
    mine = set(asked)
    fresh = np.array([own in mine for own in ids_of(rows)], np.bool_) & ((rows["flags"] & MATCHED) == 0)
    rows = rows[fresh]
    return Loaded(rows[np.argsort(rows["record"].view("S16"), kind="stable")])


def _asked_by(seeds: Loaded, asked: Sequence[bytes], reached: Reached) -> Reached:
    """The answer with the places of the seeds; what others asked for is left out."""
    if seeds.rows.size == len(asked):
        return reached
    place = {own: at for at, own in enumerate(ids_of(seeds.rows))}
    renumbered = np.array([place.get(own, -1) for own in asked], np.int64)[reached.asked["n"]]
    told = reached.asked[renumbered >= 0]
    told["n"] = renumbered[renumbered >= 0]
    return replace(reached, asked=told)


def _answer(hood: Hood) -> tuple[list[Finding], list[AskedPair]]:
    """What is to be written: groups in which something moves, and the pairs that are asked."""
    home = hood.home()
    groups = [group for group in hood.answer.groups if any(not hood.records[at].settled for at in group.members)]
    given = who.persons_of(hood.records, groups)
    findings = [
        Finding([hood.records[at] for at in group.members], _rules(hood, group), person or uuid7(), person is None,
                _bases(hood, home, group))
        for group, person in zip(groups, given, strict=True)
    ]  # fmt: skip
    asked = [
        AskedPair(hood.records[pair.one].record, hood.records[pair.other].record, pair.doubt, *_told(hood, pair.one, pair.other))
        for pair in hood.answer.asked
        if _settled(hood, home, pair.one) and _settled(hood, home, pair.other)
    ]
    return findings, asked


def _settled(hood: Hood, home: dict[int, Group], at: int) -> bool:
    """Has a person now; a neighbour that still waits asks for itself when its turn comes."""
    return hood.records[at].person is not None or not all(hood.records[other].settled for other in home[at].members)


def _rules(hood: Hood, group: Group) -> dict[UUID, who.Rule]:
    return {hood.records[at].record: rule for at, rule in group.rules.items()}


def _bases(hood: Hood, home: dict[int, Group], group: Group) -> dict[UUID, Basis]:
    """What each fresh record's link rests on: bits, lead over the next, the sum part by part."""
    found: dict[UUID, Basis] = {}
    for at in group.members:
        if hood.records[at].fresh and (best := who.best_evidence(hood.near, group, at)):
            lead = who.margin_of(hood.near, home, group, best)
            partner = hood.records[who.partner_of(hood.near, at, best)].record
            found[hood.records[at].record] = Basis(best.weight, lead, hood.weighed.parts(best.at), partner)
    return found


def _told(hood: Hood, one: int, other: int) -> tuple[float, list[tuple[str, float]]]:
    evidence = hood.near.of(one, other)
    return (evidence.weight, hood.weighed.parts(evidence.at)) if evidence else (0.0, [])


def _foresee(rows: Asking) -> list[Outcome]:
    seeds = fresh_rows(rows.strips, [uuid7() for _ in rows.areas], rows.areas)
    hood = look(seeds, _with_each_other(reached_by(rows.keys), seeds.ids))
    doubts: dict[int, set[Doubt]] = defaultdict(set)
    for pair in hood.answer.asked:
        doubts[pair.one].add(pair.doubt)
        doubts[pair.other].add(pair.doubt)
    groups = hood.answer.groups
    outcomes: dict[int, Outcome] = {}
    for group, person in zip(groups, who.persons_of(hood.records, groups), strict=True):
        mine = sorted(at for at in group.members if at < len(rows.areas))
        asked = {doubt for at in group.members for doubt in doubts[at]} if person is None else set[Doubt]()
        for place, at in enumerate(mine):
            rule = group.rules[at].value
            if person is not None:
                outcomes[at] = Outcome(LINKED, person, (rule,))
            elif place:
                outcomes[at] = Outcome(LINKED, None, (rule,), mine[0])
            elif asked:
                kind = CONFLICT if Doubt.CONFLICT in asked else REVIEW
                outcomes[at] = Outcome(kind, None, tuple(sorted(doubt.value for doubt in asked)))
            else:
                outcomes[at] = Outcome(NEW)
    return [outcomes[at] for at in range(len(rows.areas))]


def _with_each_other(reached: Reached, ids: np.ndarray) -> Reached:
    """The register's answer, and that of the rows to each other, which no index holds."""
    mine = np.empty(reached.asked.size, UNDER)
    mine["value"], mine["record"] = reached.asked["value"], ids[reached.asked["n"]]
    values, askers = np.unique(mine["value"], return_counts=True)
    many = values[askers > MOST_PER_KEY]
    return replace(
        reached,
        under=np.concatenate([reached.under, mine[~np.isin(mine["value"], many)]]),
        crowded=np.concatenate([reached.crowded, many]),
    )
