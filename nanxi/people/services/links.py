"""Moving records between persons: the one place that writes links, by rule (matching) or by an officer's decision."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from nanxi.foundation import acts, areas, statements
from nanxi.foundation.act import Act, service
from nanxi.foundation.identifiers import uuid7
from nanxi.people.models import IdentityLink, NameCount, ReviewPair
from nanxi.people.rules.who import Doubt, Known, Rule
from nanxi.people.services.records import smallest_area

#: Of how many links by rule one is looked at again.
ONE_IN = 100
#: Degrees of a sum with their bits.
Parts = Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Basis:
    """What a rule's link rests on. `margin`: lead over the next candidate, None for nobody; `partner`: the other record."""

    score: float
    margin: float | None
    parts: Parts
    partner: UUID


@dataclass(frozen=True)
class Finding:
    """One group and the person it is; `is_new`: nobody knew this person before. The first record stands for the group."""

    records: Sequence[Known]
    rules: dict[UUID, Rule]
    person: UUID
    is_new: bool
    bases: dict[UUID, Basis]


@dataclass(frozen=True)
class AskedPair:
    """Two records that an officer should look at, and how they were weighed."""

    one: UUID
    other: UUID
    doubt: Doubt
    score: float
    parts: Parts


@dataclass(frozen=True)
class Move:
    """One record goes to a person. `before`: where it was, None at first."""

    record: UUID
    area: str
    before: UUID | None
    after: UUID
    rule: Rule
    basis: Basis | None = None


@service
def keep_answer(act: Act, findings: Sequence[Finding], asked: Sequence[AskedPair], version: str) -> int:
    """Write what matching found: persons, links, pairs, and their ledger entries. Returns the links made or moved."""
    moves = [move for finding in findings for move in _moves(finding)]
    links = move_records(act, moves, version=version, born=[finding.person for finding in findings if finding.is_new])
    open_pairs(act, asked)
    _lay_blind(act, moves, links)
    if not act.entries:
        act.log("people.records.matched", area="", count=sum(len(finding.records) for finding in findings))
    return len(moves)


@service
def keep_missed(act: Act, asked: Sequence[AskedPair]) -> int:
    """Lay what the night found on the pile; returns how many pairs are new there."""
    opened = open_pairs(act, asked)
    act.log("people.register.looked_over", area="", found=len(asked), opened=opened)
    return opened


@service
def count_names(act: Act) -> int:
    """How many persons bear each name, by digest: what makes a common name weigh less from now on. Returns how many names."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_namecount")
        # The digest of the name opens the strip.
        cursor.execute(
            "SELECT substr(traits, 1, 8), count(DISTINCT person_id) FROM people_sourcerecord"
            " WHERE traits IS NOT NULL AND person_id IS NOT NULL GROUP BY 1"
        )
        counted = [(int.from_bytes(bytes(name), "little"), persons) for name, persons in cursor]
    several = [(name, persons) for name, persons in counted if name and persons > 1]
    everybody = (0, sum(persons for _name, persons in counted))
    NameCount.objects.bulk_create([NameCount(name=name, persons=persons) for name, persons in [everybody, *several]], 5000)
    act.log("people.names.counted", area="", names=len(several), persons=everybody[1])
    return len(several)


def _lay_blind(act: Act, moves: Sequence[Move], links: Sequence[UUID]) -> None:
    """One link in a hundred that a rule made goes on the pile like any other pair: who decides does not know that it stands."""
    chosen = [
        AskedPair(move.record, move.basis.partner, Doubt.LIKELY, move.basis.score, move.basis.parts)
        for move, link in zip(moves, links, strict=True)
        if move.basis and move.before is None and link.int % ONE_IN == 0
    ]
    if chosen:
        open_pairs(act, chosen, blind=True)


def _moves(finding: Finding) -> Iterable[Move]:
    first = finding.records[0].record
    for record in finding.records:
        if record.person != finding.person or record.fresh:
            rule = Rule.FIRST if finding.is_new and record.record == first else finding.rules[record.record]
            basis = finding.bases.get(record.record) if rule in (Rule.ID, Rule.SCORE) else None
            yield Move(record.record, record.area, record.person, finding.person, rule, basis)


def add_persons(ids: Sequence[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO people_person (id) SELECT * FROM unnest(%s::uuid[])", [list(ids)])


#: Whoever is born, the links and the current link on the records: one statement, since one cannot be without the others.
_MOVE = """
    WITH born AS (INSERT INTO people_person (id) SELECT * FROM unnest($5::uuid[])),
    links AS (
        INSERT INTO people_identitylink (id, area_code, record_id, person_id, rule, supersedes_id, score, margin, weights,
            by_id, at, pair_id, weights_version)
        SELECT l.id, l.area, l.record, l.person, l.rule, l.last, l.score, l.margin, l.weights::jsonb, $1::uuid, $2::timestamptz,
            $3::uuid, $4
        FROM unnest($6::uuid[], $7::text[], $8::uuid[], $9::uuid[], $10::text[], $11::uuid[], $12::float8[], $13::float8[],
            $14::text[]) AS l(id, area, record, person, rule, last, score, margin, weights))
    UPDATE people_sourcerecord AS s SET person_id = m.person, matched_at = coalesce(s.matched_at, $2::timestamptz)
    FROM unnest($8::uuid[], $9::uuid[]) AS m(record, person) WHERE s.id = m.record"""


def move_records(
    act: Act, moves: Sequence[Move], *, pair: UUID | None = None, version: str = "", born: Sequence[UUID] = ()
) -> list[UUID]:
    """Link rows, the current link on the records, one ledger entry a record. The caller is a service. Returns the links.

    `born`: persons that begin with these links.
    """
    if not moves:
        return []
    acts.require_service(IdentityLink)
    last = _last_links([move.record for move in moves if move.before])
    links = [uuid7() for _ in moves]
    columns: list[list[object]] = [
        [*links], [move.area for move in moves], [move.record for move in moves], [move.after for move in moves],
        [move.rule.value for move in moves], [last.get(move.record) for move in moves],
        [move.basis.score if move.basis else None for move in moves],
        [move.basis.margin if move.basis else None for move in moves],
        [json.dumps(move.basis.parts) if move.basis else None for move in moves],
    ]  # fmt: skip
    statements.run(_MOVE, [act.actor.user_id, act.now, pair, version, list(born), *columns])
    _tell(act, moves)
    return links


def _last_links(records: Sequence[UUID]) -> dict[UUID, UUID]:
    if not records:
        return {}
    rows = IdentityLink.everything.filter(record_id__in=records).order_by("record_id", "-at", "-id").distinct("record_id")
    return dict(rows.values_list("record_id", "id"))


def _tell(act: Act, moves: Sequence[Move]) -> None:
    linked = [move for move in moves if move.before is None]
    changed = [move for move in moves if move.before is not None]
    act.log_many(
        "people.record.linked",
        (
            {"area": m.area, "subject": ("people.record", m.record), "person": m.after, "record": m.record, "rule": m.rule.value,
             "facts": {"person": m.after}}
            for m in linked
        ),
    )  # fmt: skip
    act.log_many(
        "people.link.changed",
        (
            {"area": m.area, "subject": ("people.record", m.record), "person": m.after, "record": m.record, "before": m.before,
             "after": m.after, "rule": m.rule.value}
            for m in changed
        ),
    )  # fmt: skip


def open_pairs(act: Act, asked: Sequence[AskedPair], *, blind: bool = False) -> int:
    """Put pairs on the pile that were never there; returns how many. The caller is a service."""
    wanted: dict[tuple[UUID, UUID], AskedPair] = {}
    for pair in asked:
        wanted.setdefault(_key(pair.one, pair.other), pair)
    for key in _known(wanted):
        del wanted[key]
    if not wanted:
        return 0
    place = _areas_of({record for key in wanted for record in key})
    rows = [
        ReviewPair(
            area_code=smallest_area([*place[one], *place[other]]), one_id=one, other_id=other, kind=pair.doubt.value,
            opened_at=act.now, score=round(pair.score, 2), weights=[list(part) for part in pair.parts], blind=blind,
        )
        for (one, other), pair in wanted.items()
    ]  # fmt: skip
    acts.require_service(ReviewPair)
    statements.run(_OPEN, [act.now, blind, *map(list, zip(*map(_columns, rows), strict=True))])
    act.log_many(
        "people.pair.opened",
        (
            {"area": row.area_code, "subject": ("people.pair", row.id), "of_kind": row.kind, "score": round(row.score)}
            for row in rows
        ),
    )
    conflicts = [row for row in rows if row.kind == ReviewPair.Kind.CONFLICT]
    # The one that came last is the one to clear up, in its own town.
    act.log_many(
        "people.conflict.found",
        (
            {"area": areas.town_of(_later(place, row)), "subject": ("people.pair", row.id), "pair": row.id,
             "record": max(row.one_id, row.other_id), "other": min(row.one_id, row.other_id)}
            for row in conflicts
        ),
    )  # fmt: skip
    return len(rows)


#: Prepared like the rest of a match: a row that comes alone often opens a pair.
_OPEN = """
    INSERT INTO people_reviewpair (id, area_code, one_id, other_id, kind, score, weights, opened_at, blind)
    SELECT p.id, p.area, p.one, p.other, p.kind, p.score, p.weights::jsonb, $1::timestamptz, $2::bool
    FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::float8[], $9::text[])
        AS p(id, area, one, other, kind, score, weights)"""


def _columns(row: ReviewPair) -> tuple[object, ...]:
    return row.id, row.area_code, row.one_id, row.other_id, row.kind, row.score, json.dumps(row.weights)


def _later(place: dict[UUID, list[str]], row: ReviewPair) -> str:
    return place[max(row.one_id, row.other_id)][0]


def _key(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    return min(one, other), max(one, other)


_KNOWN = """
    SELECT w.one, w.other FROM unnest($1::uuid[], $2::uuid[]) AS w(one, other)
    JOIN people_reviewpair AS p ON p.one_id = w.one AND p.other_id = w.other"""


def _known(wanted: Iterable[tuple[UUID, UUID]]) -> list[tuple[UUID, UUID]]:
    keys = list(wanted)
    if not keys:
        return []
    rows = statements.ask(_KNOWN, [[one for one, _ in keys], [other for _, other in keys]])
    return [(UUID(bytes=one), UUID(bytes=other)) for one, other in rows if one and other]


#: The area of every record of each asked record's person, the person's once it has one.
_AREAS = """
    SELECT DISTINCT r.id, convert_to(o.area_code, 'UTF8'), o.id = r.id FROM people_sourcerecord AS r
    JOIN people_sourcerecord AS o ON o.person_id = r.person_id WHERE r.id = ANY($1::uuid[])"""


def _areas_of(records: set[UUID]) -> dict[UUID, list[str]]:
    """The record's own area first, then those of all records of its person: who decides must see them all."""
    own: dict[bytes, str] = {}
    together: dict[bytes, set[str]] = {}
    for record, area, itself in statements.ask(_AREAS, [list(records)]):
        assert record and area
        together.setdefault(record, set()).add(area.decode())
        if itself == b"\x01":
            own[record] = area.decode()
    return {record: [own[record.bytes], *sorted(together[record.bytes])] for record in records}
