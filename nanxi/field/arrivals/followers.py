"""What makes an expected arrival, and what speaks for somebody having come: lists, passages, visits. Idempotent."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_noop

from nanxi.field import below
from nanxi.field.arrivals import rules, services
from nanxi.field.arrivals.models import Arrival, day_of
from nanxi.field.models import Passage
from nanxi.foundation import jobs, vault
from nanxi.foundation.act import Act
from nanxi.foundation.clock import county_day
from nanxi.foundation.followers import follower
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.terminals import own_prefecture

EXPECTING = gettext_noop("Expected arrivals are taken from a list")
CHUNK = 1000
#: Kinds and results of tasks by which somebody was met at the place.
MET = {("verification", "found"), ("visit", "met")}


@follower("field.arrivals", kinds=("people.batch.committed",))
def expect_from_list(act: Act, entry: LedgerEntry) -> None:
    """A list with a day of arrival: each of its rows is an expected arrival. A job reads it."""
    if entry.subject_id and below.has_arrivals(entry.subject_id):
        jobs.defer(act, expect_list, area=entry.area_code, title=EXPECTING, batch=str(entry.subject_id))


@jobs.job("field.expect_list")
def expect_list(run: jobs.Run, batch: str) -> None:
    """Read the days of a list chunk by chunk; repeated it changes nothing."""
    start, more = 0, True
    while more:
        with run.chunk() as act:
            rows, more = below.arrivals_of_batch(UUID(batch), start, CHUNK)
            comings = [_coming(row, day) for row in rows if (day := day_of(row.day)) is not None]
            services.expect_all(act, comings, source=("people.batch", UUID(batch)))
        start += CHUNK
        run.progress(start, start)


def _coming(row: Any, day: date) -> services.Coming:
    origin = row.origin if row.origin.isdigit() else ""
    return services.Coming(row.record_id, row.person_id, row.area_code, day, row.way, origin, row.route)


@follower("field.arrivals_seen", kinds=("field.passage.recorded",))
def see_passage(act: Act, entry: LedgerEntry) -> None:
    """An inbound passage is the arrival of whoever was expected; from outside and not expected, it opens one."""
    passage = Passage.everything.filter(pk=entry.subject_id, way=Passage.Way.IN).first()
    if passage is None:
        return
    record = passage.record_id or _recorded(act, passage)
    if record is None:
        return
    person = below.person_of(record)
    expected = _expected(record, person, passage)
    if expected is not None:
        services.keep_sign(act, expected, kind=rules.Sign.PASSAGE.code, at=passage.at, source_id=passage.id)
    elif rules.is_from_outside(passage.origin, own_prefecture()):
        services.keep_unannounced(
            act, area=passage.area_code, record_id=record, person_id=person, origin=passage.origin, at=passage.at,
            source=passage.id,
        )  # fmt: skip


def _expected(record: UUID, person: UUID | None, passage: Passage) -> Arrival | None:
    """The arrival that this passage can be: the earliest expected one of the person."""
    whose = Q(record_id=record) | (Q(person_id=person) if person else Q(pk__in=[]))
    rows = Arrival.everything.filter(whose, day__isnull=False).order_by("day", "id")
    seen = county_day(passage.at)
    return next((row for row in rows if row.day and rules.fits(day=row.day, seen=seen)), None)


def _recorded(act: Act, passage: Passage) -> UUID | None:
    """Somebody from outside whom the register does not know: what the post read becomes a record of the register."""
    if not rules.is_from_outside(passage.origin, own_prefecture()):
        return None
    from nanxi.people.identity import Identity

    told = json.loads(vault.day_unseal(passage.day, Passage._meta.db_table, "passer", bytes(passage.sealed)))
    identity = Identity(**{name: told.get(name) or "" for name in ("name", "id_no", "phone", "plate")})
    if identity.is_empty or not (identity.name or identity.id_no or identity.phone):
        return None
    return below.record_claim(
        act, area=passage.area_code, source_kind="field.passage", source_ref=str(passage.id), identity=identity
    )


@follower("field.arrivals_met", kinds=("desk.task.closed",))
def see_visit(act: Act, entry: LedgerEntry) -> None:
    """Somebody was met at the place: whoever was expected there has come."""
    if entry.person_id is None or (entry.facts.get("task_kind"), entry.facts.get("result")) not in MET:
        return
    today = county_day(entry.at)  # pyright: ignore[reportArgumentType]
    for row in Arrival.everything.filter(person_id=entry.person_id, arrived_at=None, day__isnull=False):
        if row.day and rules.fits(day=row.day, seen=today):
            services.keep_sign(act, row, kind=rules.Sign.VISIT.code, at=entry.at, source_id=entry.subject_id)  # pyright: ignore


@follower("field.arrivals_links", kinds=("people.record.linked", "people.link.changed"))
def follow_links(act: Act, entry: LedgerEntry) -> None:
    record = entry.facts.get("record")
    person = entry.facts.get("after") or entry.facts.get("person") or (str(entry.person_id) if entry.person_id else None)
    if record:
        Arrival.everything.filter(record_id=UUID(str(record))).update(person_id=UUID(str(person)) if person else None)
