"""Following accepted contacts up: a task for each day, what was found on it, and what ends it.

A day is looked at once, whoever told it: the officer of the task, an epidemiologist from the day's list, or the person's own
report under an order. Symptoms alert the town: a contact with symptoms is a suspected case until somebody has looked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.cases import below, rules
from nanxi.cases.models import CloseContact, FollowUp
from nanxi.foundation import areas
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import COUNTY, county_day
from nanxi.foundation.rights import Right

#: The rule of the desk under which the tasks stand.
RULE = "cases.follow_up"
TITLE = gettext_noop("Look at a close contact")
ALARM = gettext_noop("A close contact has symptoms")
#: Result of a task → what was found.
RESULTS = {
    "well": FollowUp.Outcome.WELL, "symptoms": FollowUp.Outcome.SYMPTOMS, "no_answer": FollowUp.Outcome.UNREACHED,
}  # fmt: skip


@service
def record_follow_up(act: Act, contact: CloseContact, *, day: date, outcome: str, note: str = "") -> FollowUp:
    """One day's look at an accepted contact; the same day again replaces nothing and is refused."""
    act.need(Right.DO_TASKS)
    if outcome not in FollowUp.Outcome.values:
        raise Refused(_("Choose whether the person was reached and has symptoms."))
    if day > county_day(act.now) or act.actor.user_id is None:
        raise Refused(_("The day lies in the future. Record it when it has come."))
    if contact.decision is not rules.Decision.ACCEPTED or contact.retracted_at is not None:
        raise Refused(_("Only an accepted contact is followed up."))
    if day > county_day(contact.last + rules.QUARANTINE):
        raise Refused(_("The follow-up of this contact has ended."))
    if contact.followups.filter(day=day).exists():
        raise Refused(_("This day is recorded already."))
    row = _keep(act, contact, day, FollowUp.Outcome(outcome), by=act.actor.user_id, note=note)
    if day == county_day(act.now):
        below.stop_tasks(act, RULE, [contact.pk])
    return row


@service
def keep_told(act: Act, contact: CloseContact, *, day: date, outcome: FollowUp.Outcome, by: UUID | None) -> FollowUp | None:
    """What a task or the person's own report found; a day that was told already stays as it is."""
    if contact.followups.filter(day=day).exists() or contact.decision is not rules.Decision.ACCEPTED:
        act.log("cases.contact.told_again", area=contact.area_code, subject=("cases.contact", contact.id))
        return None
    row = _keep(act, contact, day, outcome, by=by)
    below.stop_tasks(act, RULE, [contact.pk])
    return row


def _keep(act: Act, contact: CloseContact, day: date, outcome: FollowUp.Outcome, *, by: UUID | None, note: str = "") -> FollowUp:
    row = FollowUp(area_code=contact.area_code, contact=contact, day=day, outcome=outcome, by_id=by, at=act.now)
    row.put(contact.record_id, note=note.strip())
    row.save()
    act.log(
        "cases.contact.followed", area=contact.area_code, subject=("cases.contact", contact.id), person=contact.person_id,
        outcome=outcome.value,
    )  # fmt: skip
    if outcome is FollowUp.Outcome.SYMPTOMS:
        below.raise_alert(
            act, key=f"cases.symptoms:{contact.id}", kind="cases.symptoms", severity="high",
            area=areas.town_of(contact.area_code), subject=("cases.contact", contact.id), person_id=contact.person_id,
            record_id=contact.record_id, title=ALARM, facts={"day": day.isoformat()}, event=f"cases.symptoms:{row.id}",
        )  # fmt: skip
    return row


@service
def open_todays(act: Act, contacts: Sequence[CloseContact]) -> int:
    """A task for each of the contacts for today, as far as none was opened; returns how many are new."""
    today = county_day(act.now)
    midnight = datetime.combine(today + timedelta(days=1), time(), COUNTY)
    due = min(midnight, rules.due_of_today(act.now))
    there = below.made_since(RULE, [contact.pk for contact in contacts], midnight - timedelta(days=1))
    opened = unserved = 0
    for contact in contacts:
        if contact.pk in there:
            continue
        try:
            task = below.open_generated(
                act, rule=RULE, subject=("cases.contact", contact.pk), stops_at=midnight, kind="follow_up",
                area=contact.area_code, title=TITLE, record_id=contact.record_id, person_id=contact.person_id, due=due,
            )  # fmt: skip
        except Refused:
            # A place that no unit serves stands in the day's list; it must not keep the others from their tasks.
            unserved += 1
        else:
            opened += task is not None
    act.log("cases.contacts.scheduled", count=opened, unserved=unserved, day=today.isoformat())
    return opened


@service
def stop_follow_up(act: Act, contact_ids: Iterable[UUID], *, why: str) -> int:
    """The reason to look at somebody has gone: the day's open tasks end with it."""
    stopped = below.stop_tasks(act, RULE, list(contact_ids))
    act.log("cases.contacts.unscheduled", count=stopped, why=why)
    return stopped
