"""Matching: gives each waiting record its person, opens pairs for review, and foresees what a list would bring.

It must see the whole county: inside one town's scope it would not find the person in the next town and would make a second one.
So it refuses any narrower scope. One matcher works at a time; its answer depends on the records, not on their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from nanxi.foundation import scope, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people.identity import Identity
from nanxi.people.models import SourceRecord
from nanxi.people.neighbours import load_traits, neighbourhood, weak_keys_of, weak_neighbours
from nanxi.people.rules import weigh, who
from nanxi.people.rules.traits import WEAK, Traits, traits_of
from nanxi.people.rules.who import Doubt, Group
from nanxi.people.services.links import Finding, Likely, keep_answer

#: Records per transaction: about a second of work, so that a stop is heard and a reader never waits.
CHUNK = 500
NEW, LINKED, REVIEW, CONFLICT = "new", "linked", "review", "conflict"


class ScopeTooNarrow(RuntimeError):
    """Matching was called inside the scope of a part of the county."""


@dataclass(frozen=True)
class Outcome:
    """What would become of a row: kind, the person it would join, reasons (rule or weights), an earlier row of the same list."""

    kind: str
    person: UUID | None = None
    why: tuple[str, ...] = ()
    same_as: int | None = None


def match_records(record_ids: Iterable[UUID]) -> int:
    """Match those of the records that wait; returns how many. Safe to repeat. Runs on the `system` queue."""
    wanted = list(record_ids)
    done = 0
    for start in range(0, len(wanted), CHUNK):
        with _county() as act:
            done += _match(act, wanted[start : start + CHUNK])
    return done


def match_waiting(most: int = CHUNK) -> int:
    """Match the oldest waiting records; returns how many."""
    with _county() as act:
        rows = SourceRecord.everything.filter(matched_at=None).order_by("id")
        return _match(act, list(rows.values_list("id", flat=True)[:most]))


def foresee(identities: Sequence[tuple[str, Identity]]) -> list[Outcome]:
    """What matching would make of rows (area, identity) without keeping anything. Runs on the `system` queue."""
    with _county():
        return _foresee(identities)


@contextmanager
def _county() -> Iterator[Act]:
    """A transaction over the whole county, or the one that is open if it is as wide."""
    open_scope = scope.current()
    if open_scope.ranges:
        if open_scope != EVERYWHERE:
            raise ScopeTooNarrow("Matching sees the whole county or nothing; run it on the system queue, outside a town's scope.")
        yield Act(actor=house("people"))
        return
    with scope.enter(EVERYWHERE, at=WALL.now()):
        yield Act(actor=house("people"))


def _match(act: Act, record_ids: Sequence[UUID]) -> int:
    with connection.cursor() as cursor:
        # Two matchers at once could both make a person of one ID.
        cursor.execute("SELECT pg_advisory_xact_lock(62)")
    fresh = [traits for traits in load_traits(record_ids).values() if not traits.matched]
    if not fresh:
        return 0
    answer = who.group_records(neighbourhood(fresh).values())
    given = who.persons_of(answer.groups)
    persons = [person or uuid7() for person in given]
    findings = [Finding(group, person, kept is None) for group, person, kept in zip(answer.groups, persons, given, strict=True)]
    home = {record.record: finding.person for finding in findings for record in finding.group.records}
    pairs = [pair for pair in answer.pairs if home[pair.one] != home[pair.other]]
    doubted = {record for pair in pairs for record in (pair.one, pair.other)}
    alone = [finding.group for finding in findings if finding.is_new and finding.group.first().record not in doubted]
    keep_answer(act, findings, pairs, list(_likely(alone, home)))
    return len(fresh)


def _likely(groups: Sequence[Group], home: dict[UUID, UUID]) -> Iterator[Likely]:
    """The one plausible candidate of each new person, if there is exactly one."""
    firsts = {group.first().record: group.first() for group in groups}
    near = weak_neighbours(weak_keys_of(list(firsts)))
    for record, traits in firsts.items():
        if best := weigh.only_candidate(traits, near.get(record, []), home):
            yield Likely(record, best.record, tuple(weigh.weigh(traits, best) or ()))


def _foresee(identities: Sequence[tuple[str, Identity]]) -> list[Outcome]:
    rows: list[Traits] = []
    keys: dict[UUID, list[tuple[int, int]]] = {}
    for area, identity in identities:
        traits, found = traits_of(uuid7(), area, identity, vault.index, vault.block)
        rows.append(traits)
        keys[traits.record] = [(int(kind), value) for kind, value in found if kind in WEAK]
    number = {traits.record: place for place, traits in enumerate(rows)}
    answer = who.group_records(neighbourhood(rows).values())
    outcomes: dict[UUID, Outcome] = {}
    conflicts = {r for pair in answer.pairs if pair.doubt is Doubt.CONFLICT for r in (pair.one, pair.other)}
    doubts = {r for pair in answer.pairs for r in (pair.one, pair.other)}
    alone: dict[UUID, Traits] = {}
    for group, person in zip(answer.groups, who.persons_of(answer.groups), strict=True):
        first = group.first().record
        mine = sorted((record.record for record in group.records if record.record in number), key=number.__getitem__)
        for place, record in enumerate(mine):
            if person is not None:
                outcomes[record] = Outcome(LINKED, person, (group.rules[record].value,))
            elif place:
                outcomes[record] = Outcome(LINKED, None, (group.rules[record].value,), number[mine[0]])
            elif first in doubts:
                outcomes[record] = Outcome(CONFLICT if first in conflicts else REVIEW, None, (Doubt.AMBIGUOUS.value,))
            else:
                outcomes[record] = Outcome(NEW)
                alone[record] = rows[number[record]]
    for record, others in weak_neighbours({record: keys[record] for record in alone}).items():
        if best := weigh.only_candidate(alone[record], others, {}):
            why = tuple(weight.code for weight in weigh.weigh(alone[record], best) or ())
            outcomes[record] = Outcome(REVIEW, best.person, why)
    return [outcomes[traits.record] for traits in rows]
