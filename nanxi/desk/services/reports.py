"""What branches tell upwards: short reports and incidents, in the same queue as directives; doubles joined, others put off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from nanxi.desk import links, queries, rules
from nanxi.desk.models import Directive, Incident
from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.models import Unit
from nanxi.foundation.rights import Right

#: Headquarters answers a report within the shift, an incident within two hours.
ANSWER_WITHIN = {Directive.Kind.REPORT: timedelta(hours=8), Directive.Kind.INCIDENT: timedelta(hours=2)}
#: Two incidents at one place in so short a time are likely one.
LIKELY_SAME = timedelta(hours=6)
#: Put off for at most a day: nothing is hidden for good.
LONGEST_SNOOZE = timedelta(hours=24)


@dataclass(frozen=True)
class Happened:
    """An incident as the branch tells it."""

    at: datetime
    place: str
    outcome: str
    unit_sent_id: UUID | None = None
    staff_hurt: int = 0
    case_id: UUID | None = None


def tidy_place(text: str) -> str:
    """A place as two tellings of it are compared: no blanks, no punctuation."""
    return "".join(sign for sign in text.lower() if sign.isalnum())


@service
def report_up(act: Act, *, area: str, text: str, happened: Happened | None = None, urgent: bool = False) -> Directive:
    """Hand in a short report, or an incident with its facts: it stands in the queue of town and headquarters until answered."""
    act.need(Right.DO_TASKS)
    if not text.strip():
        raise Refused(_("Write what is to be reported."))
    if happened is not None and happened.at > act.now + timedelta(minutes=1):
        raise Refused(_("The incident lies in the future; correct its time."))
    if happened is not None and not happened.place.strip():
        raise Refused(_("Say where it happened."))
    if happened is not None and happened.case_id and not links.name_of("cases.case", happened.case_id):
        raise Refused(_("No case of your area has this number; leave the field empty or correct it."))
    kind = Directive.Kind.INCIDENT if happened else Directive.Kind.REPORT
    unit = Unit.objects.filter(pk=act.actor.unit_id).first()
    if unit is None:
        raise Refused(_("Only an officer of a unit can report."))
    directive = Directive(
        kind=kind, number=_next_number(act, area, kind), sender=unit.name, received_at=act.now, unit_id=unit.id, text=b"",
        deadline=act.now + ANSWER_WITHIN[kind], priority=1 if urgent or happened else 2, area_code=area,
        triaged_at=act.now, triaged_by=act.actor.user_id,
    )  # fmt: skip
    vault.make_keys([directive.id])
    directive.text = vault.seal("desk_directive", "text", directive.id, text.strip())
    directive.save()
    act.log(
        "desk.directive.received", area=area, subject=("desk.directive", directive.id), directive_kind=kind, batch=None,
        deadline=directive.deadline,
    )  # fmt: skip
    if happened is not None:
        _keep_incident(act, directive, happened)
    return directive


def _next_number(act: Act, area: str, kind: str) -> str:
    """J-20200203-001 for incidents, B-… for reports: counted by day and area."""
    day = county_day(act.now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 73))", [f"{area}|{kind}|{day}"])
    head = f"{'J' if kind == Directive.Kind.INCIDENT else 'B'}-{day:%Y%m%d}-"
    return f"{head}{Directive.everything.filter(area_code=area, number__startswith=head).count() + 1:03d}"


def _keep_incident(act: Act, directive: Directive, happened: Happened) -> Incident:
    if happened.outcome not in Incident.Outcome.values:
        raise Refused(_("Choose how the incident stands."))
    row = Incident(
        area_code=directive.area_code, directive=directive, at=happened.at, outcome=happened.outcome,
        unit_sent_id=happened.unit_sent_id, staff_hurt=happened.staff_hurt, case_id=happened.case_id,
        place=vault.seal("desk_incident", "place", directive.id, happened.place.strip()),
        place_index=vault.index("place", tidy_place(happened.place)),
    )  # fmt: skip
    row.save()
    act.log(
        "desk.incident.told", area=row.area_code, subject=("desk.directive", directive.id), outcome=row.outcome,
        hurt=row.staff_hurt, case=row.case_id, sent=row.unit_sent_id,
    )  # fmt: skip
    return row


@service
def join_directive(act: Act, directive: Directive, *, into: Directive) -> Directive:
    """Two tellings of one thing: the second is answered with the first; both stay. Raises Refused for a circle."""
    act.need(Right.TRIAGE_DIRECTIVES)
    row = _open(directive)
    target = Directive.objects.filter(pk=into.pk).first()
    if target is None or target.pk == row.pk or target.joined_to_id is not None:
        raise Refused(_("Choose the first telling, which is not itself joined to another."))
    if Directive.everything.filter(joined_to=row).exists():
        raise Refused(_("Others are joined to this one; join it the other way round."))
    if queries.course_of(row).tasks_open:
        raise Refused(_("It has open tasks of its own; close them first."))
    row.joined_to = target
    row.save(update_fields=["joined_to"])
    act.log("desk.directive.joined", area=row.area_code, subject=("desk.directive", row.id), into=target.id)
    if target.answered_at is not None:
        answer_joined(act, target)
    return row


def answer_joined(act: Act, directive: Directive) -> int:
    """What is joined to a directive is answered with it. Runs inside the answer."""
    rows = list(Directive.everything.filter(joined_to=directive, answered_at=None, withdrawn_at=None))
    for row in rows:
        row.answered_at, row.answered_by = act.now, act.actor.user_id
        row.save(update_fields=["answered_at", "answered_by"])
        act.log("desk.directive.answered", area=row.area_code, subject=("desk.directive", row.id), done=0, open=0)
    return len(rows)


@service
def snooze_directive(act: Act, directive: Directive, *, until: datetime) -> Directive:
    """Put a directive off: it leaves the list of open ones until then. At most a day, never past the deadline."""
    act.need(Right.TRIAGE_DIRECTIVES)
    row = _open(directive)
    if not act.now < until <= min(act.now + LONGEST_SNOOZE, max(row.deadline, act.now)):
        raise Refused(_("Choose a time within a day and before the deadline."))
    row.snoozed_until = until
    row.save(update_fields=["snoozed_until"])
    act.log("desk.directive.snoozed", area=row.area_code, subject=("desk.directive", row.id), until=until)
    return row


def _open(directive: Directive) -> Directive:
    row = Directive.objects.select_for_update().filter(pk=directive.pk).first()
    if row is None:
        raise Refused(_("This directive lies outside the area you answer for."))
    if rules.stage_of(queries.course_of(row)).ended:
        raise Refused(_("This directive is already closed."))
    return row
