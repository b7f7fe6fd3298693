"""Arrivals announced, seen, called off; tasks for those that are overdue, early or unannounced, each under its rule's switch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.field import below
from nanxi.field.arrivals import rules
from nanxi.field.arrivals.models import Arrival, ArrivalSign
from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day, day_bounds
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.rights import Right

KIND = "field.arrival"
TITLES = {
    "field.arrival_overdue": gettext_noop("Expected and not arrived: call"),
    "field.arrival_early": gettext_noop("Arrived before the expected day"),
    "field.arrival_unannounced": gettext_noop("Came from outside unannounced"),
}
#: By phone first where nobody has been seen, to the door where somebody is there.
TASK_KINDS = {"field.arrival_overdue": "call", "field.arrival_early": "visit", "field.arrival_unannounced": "visit"}
LOOK_WITHIN = timedelta(days=1)
#: Overdue arrivals looked at in one round of the clock.
MOST_A_ROUND = 500


@dataclass(frozen=True)
class Coming:
    """Who comes when and how, as a list or a declaration says. way: a code of rules.Way. origin: six digits or ""."""

    record_id: UUID
    person_id: UUID | None
    area: str
    day: date
    way: str = "other"
    origin: str = ""
    route: str = ""


@service
def expect_all(act: Act, comings: Iterable[Coming], *, source: tuple[str, UUID]) -> int:
    """Keep the arrivals of one source. A known record takes over its new day; read again it changes nothing."""
    wanted = {coming.record_id: coming for coming in comings}
    have = {row.record_id: row for row in Arrival.everything.filter(source_kind=source[0], record_id__in=list(wanted))}
    fresh = [_row(act, coming, source) for record, coming in wanted.items() if record not in have]
    Arrival.everything.bulk_create(fresh, batch_size=1000, ignore_conflicts=True)
    moved = [row for record, row in have.items() if row.day != wanted[record].day and row.arrived_at is None]
    for row in moved:
        row.day = wanted[row.record_id].day
        row.save(update_fields=["day"])
        below.stop_generated(act, rule="field.arrival_overdue", subject_id=row.id)
    act.log("field.arrivals.expected", subject=source, count=len(fresh), moved=len(moved))
    return len(fresh)


def _row(act: Act, coming: Coming, source: tuple[str, UUID]) -> Arrival:
    way = coming.way if coming.way in {one.code for one in rules.Way} else rules.Way.OTHER.code
    row = Arrival(
        area_code=coming.area, record_id=coming.record_id, person_id=coming.person_id, source_kind=source[0], source_id=source[1],
        day=coming.day, way=way, origin=coming.origin if len(coming.origin) == 6 else "", told_at=act.now,
    )  # fmt: skip
    if coming.route:
        row.route = vault.seal("field_arrival", "route", coming.record_id, coming.route)
    return row


@service
def announce(act: Act, *, area: str, identity: object, day: date, way: str, origin: str, route: str) -> Arrival:
    """Somebody declares, by phone or at a counter, that they or their family will come."""
    act.need(Right.DO_TASKS)
    if not act.actor.reach.covers(area):
        raise Refused(_("This place lies outside the area you answer for."))
    if not county_day(act.now) - timedelta(days=1) <= day <= county_day(act.now) + timedelta(days=60):
        raise Refused(_("The expected day lies too far away; give a day within the next two months."))
    source = uuid7()
    record = below.record_claim(act, area=area, source_kind="field.declared", source_ref=str(source), identity=identity)
    coming = Coming(record, below.person_of(record), area, day, way, origin, route)
    row = _row(act, coming, ("field.declared", source))
    row.save()
    act.log("field.arrival.announced", area=area, subject=(KIND, row.id), person=row.person_id, way=row.way)
    return row


@service
def keep_sign(act: Act, arrival: Arrival, *, kind: str, at: datetime, source_id: UUID) -> Arrival:
    """Keep one sign. The first that speaks for it is the arrival; open tasks about its absence end."""
    arrival = Arrival.everything.select_for_update().get(pk=arrival.pk)
    _sign, fresh = ArrivalSign.everything.get_or_create(
        arrival=arrival, kind=kind, source_id=source_id,
        defaults={"area_code": arrival.area_code, "at": at, "by_id": act.actor.user_id},
    )  # fmt: skip
    if not fresh:
        act.log("field.arrival.repeated", area=arrival.area_code, subject=(KIND, arrival.id))
        return arrival
    if kind == rules.Sign.CALLED_OFF.code:
        arrival.called_off_at = act.now
    else:
        arrival.arrived_at = min(at, arrival.arrived_at or at)
    arrival.save(update_fields=["arrived_at", "called_off_at"])
    act.log("field.arrival.signed", area=arrival.area_code, subject=(KIND, arrival.id), person=arrival.person_id, sign=kind)
    below.stop_generated(act, rule="field.arrival_overdue", subject_id=arrival.id)
    if arrival.day and arrival.is_early:
        _open(act, arrival, "field.arrival_early", stops_at=day_bounds(arrival.day)[1] + rules.TASK_ENDS)
    return arrival


@service
def told_by_officer(act: Act, arrival: Arrival, *, kind: str) -> Arrival:
    """An officer was told, by phone or at the counter, that somebody has come or does not come."""
    act.need(Right.DO_TASKS)
    if kind not in (rules.Sign.DECLARED.code, rules.Sign.CALLED_OFF.code):
        raise Refused(_("Say whether the person has arrived or does not come."))
    return keep_sign(act, arrival, kind=kind, at=act.now, source_id=act.actor.user_id or arrival.id)


@service
def keep_unannounced(
    act: Act, *, area: str, record_id: UUID, person_id: UUID | None, origin: str, at: datetime, source: UUID
) -> Arrival:
    """Somebody came from outside whom nobody expected: kept with the passage as its sign, and somebody looks."""
    known = Arrival.everything.filter(source_kind="field.passage", record_id=record_id).first()
    if known is not None:
        return keep_sign(act, known, kind=rules.Sign.PASSAGE.code, at=at, source_id=source)
    row = Arrival(
        area_code=area, record_id=record_id, person_id=person_id, source_kind="field.passage", source_id=source, origin=origin,
        told_at=act.now, arrived_at=at,
    )  # fmt: skip
    row.save()
    sign = ArrivalSign(area_code=area, arrival=row, kind=rules.Sign.PASSAGE.code, at=at, source_id=source)
    sign.save()
    act.log("field.arrival.unannounced", area=area, subject=(KIND, row.id), person=person_id)
    _open(act, row, "field.arrival_unannounced", stops_at=act.now + rules.TASK_ENDS)
    return row


def _open(act: Act, arrival: Arrival, rule: str, *, stops_at: datetime) -> None:
    try:
        below.open_generated(
            act, rule=rule, subject=(KIND, arrival.id), stops_at=stops_at, kind=TASK_KINDS[rule], area=arrival.area_code,
            title=TITLES[rule], record_id=arrival.record_id, person_id=arrival.person_id, due=act.now + LOOK_WITHIN,
        )  # fmt: skip
    except Refused:
        # No unit serves the place: it stands on the page of arrivals, and the arrivals of other places go on.
        act.log("field.arrival.unserved", area=arrival.area_code, subject=(KIND, arrival.id), rule=rule)


def look_for_overdue(act: Act) -> int:
    """Open a task for each arrival whose day has ended without a sign, once for each expected day. Returns how many."""
    today = county_day(act.now)
    waiting = Arrival.everything.filter(arrived_at=None, called_off_at=None, day__lt=today, day__gte=today - rules.TASK_ENDS)
    due = list(waiting.exclude(overdue_told=F("day")).order_by("day", "id")[:MOST_A_ROUND])
    return _tell_overdue(act, due) if due else 0


@service
def _tell_overdue(act: Act, rows: list[Arrival]) -> int:
    for row in rows:
        assert row.day is not None
        row.overdue_told = row.day
        row.save(update_fields=["overdue_told"])
        _open(act, row, "field.arrival_overdue", stops_at=day_bounds(row.day)[1] + rules.TASK_ENDS)
    act.log("field.arrivals.overdue", count=len(rows))
    return len(rows)
