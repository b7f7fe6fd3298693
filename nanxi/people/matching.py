"""Matching: gives each waiting record its person, opens pairs for review, and foresees what a list would bring.

It must see the whole county: inside one town's scope it would not find the person in the next town and would make a second one.
So it refuses any narrower scope. One matcher works at a time; its answer depends on the records, not on their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db import connection

from nanxi.foundation import scope, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.reach import EVERYWHERE
from nanxi.people.hood import Hood, fresh_rows, ids_of, look
from nanxi.people.identity import Identity
from nanxi.people.models import SourceRecord
from nanxi.people.neighbours import MATCHED, MOST_PER_KEY, Reached, load, reached_by, reached_from
from nanxi.people.rules import who
from nanxi.people.rules.traits import PROBES, Key, keys_of, said_by, strip_of
from nanxi.people.rules.who import Doubt, Group
from nanxi.people.services.links import AskedPair, Basis, Finding, keep_answer
from nanxi.people.weighing import current_weights

#: Records per transaction: about a second of work, so that a stop is heard and a reader never waits.
CHUNK = 2000
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
        with county() as act:
            done += _match(act, wanted[start : start + CHUNK])
    return done


def match_waiting(most: int = CHUNK) -> int:
    """Match the oldest waiting records; returns how many."""
    with county() as act:
        rows = SourceRecord.everything.filter(matched_at=None).order_by("id")
        return _match(act, list(rows.values_list("id", flat=True)[:most]))


def foresee(identities: Sequence[tuple[str, Identity]]) -> list[Outcome]:
    """What would become of rows (area, identity) without keeping anything. Runs on the `system` queue."""
    if not identities:
        return []
    with county():
        return _foresee(identities)


@contextmanager
def county() -> Iterator[Act]:
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
    loaded = load(record_ids)
    fresh = loaded.rows[(loaded.rows["flags"] & MATCHED) == 0]
    if not fresh.size:
        return 0
    fresh = fresh[np.argsort(fresh["record"].view("S16"), kind="stable")]
    seeds = type(loaded)(fresh)
    hood = look(seeds, reached_from(ids_of(fresh)), current_weights())
    keep_answer(act, *_answer(hood), hood.weighed.weights.version)
    return int(fresh.size)


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


def _foresee(identities: Sequence[tuple[str, Identity]]) -> list[Outcome]:
    said = [said_by(identity, area) for area, identity in identities]
    ids = [uuid7() for _ in said]
    seeds = fresh_rows(b"".join(strip_of(one, vault.block) for one in said), ids, [one.area for one in said])
    keys = [(n, int(kind), value) for n, one in enumerate(said) for kind, value in keys_of(one, vault.block) if kind in PROBES]
    hood = look(seeds, _with_each_other(reached_by(keys), keys, seeds.ids), current_weights())
    doubts: dict[int, set[Doubt]] = defaultdict(set)
    for pair in hood.answer.asked:
        doubts[pair.one].add(pair.doubt)
        doubts[pair.other].add(pair.doubt)
    groups = hood.answer.groups
    outcomes: dict[int, Outcome] = {}
    for group, person in zip(groups, who.persons_of(hood.records, groups), strict=True):
        mine = sorted(at for at in group.members if at < len(said))
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
    return [outcomes[at] for at in range(len(said))]


def _with_each_other(reached: Reached, keys: Sequence[tuple[int, int, int]], ids: np.ndarray) -> Reached:
    """The register's answer, and that of the rows to each other, which no index holds."""
    under: dict[tuple[int, int], list[int]] = defaultdict(list)
    for n, kind, value in keys:
        under[Key.NAME if kind == Key.BARE else kind, value].append(n)
    small = [group for group in under.values() if 1 < len(group) <= MOST_PER_KEY]
    crowded = [value for (kind, value), group in under.items() if kind == Key.PHONE and len(group) > MOST_PER_KEY]
    pairs = [(n, other) for group in small for n in group for other in group if n != other]
    one, other = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    return Reached(np.r_[reached.n, one], np.concatenate([reached.record, ids[other]]), [*reached.crowded, *crowded])
