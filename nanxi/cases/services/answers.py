"""Keeping what a trace found: counts always, contacts with evidence when few or approved, and what changed since the last run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from nanxi.cases import asking, persons, rules
from nanxi.cases.archive import mapping
from nanxi.cases.asking import Found, Met
from nanxi.cases.models import (
    CloseContact,
    Comparison,
    Entity,
    Exposure,
    IndirectContact,
    Sighting,
    TraceRun,
    Vehicle,
    VenueNotice,
)
from nanxi.cases.wording import Facts
from nanxi.engines.trace.brute import Contact
from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service


@service
def keep_answer(
    act: Act, run: TraceRun, found: Found, meetings: Mapping[int | None, Contact], along: Mapping[int, int],
    second: asking.Indirect | None,
) -> TraceRun:  # fmt: skip
    """Keep counts and notices always, contacts only when few or approved. Run again it adds what is new and doubles nothing."""
    run = TraceRun.everything.select_for_update(of=("self",)).get(pk=run.pk)
    if not run.case.status.proven:
        raise Refused(_("The case fell while it was traced; nothing is kept."))
    run.counts, run.candidates = found.counts, found.candidates(close_only=run.close_only)
    run.data_version, run.digest, run.seeds = found.version, found.digest, dict(found.seeds)
    run.outdated_at, run.late = None, {}
    run.finished_at = act.now
    if second is not None:
        run.indirect, run.indirect_truncated = len(second.contacts), second.truncated
    _keep_notices(run, found)
    shown = found.shown(close_only=run.close_only)
    known = _known(run, shown)
    run.elsewhere = _named_elsewhere(run, known)
    if not run.shows_names:
        shown = []
    new = 0
    kept: list[CloseContact] = []
    by_number: dict[int, CloseContact] = {}
    vault.load_keys(record for one in shown for record in one.records)
    homes = persons.homes_of([one.records[0] for one in shown])
    for one in shown:
        contact, fresh = _keep_contact(act, run, one, known, homes, along)
        _keep_evidence(act, run, contact, one, meetings, found)
        kept.append(contact)
        if one.number is not None:
            by_number[one.number] = contact
        new += fresh
    run.answer = {str(contact.id): contact.klass for contact in kept}
    named_before = run.before.answer if run.before is not None and run.before.shows_names else None
    run.difference = _difference(named_before, run.answer) if named_before is not None and run.shows_names else {}
    run.save()
    # Counted once more: late data may have made many of the few that were asked for.
    if second is not None and run.shows_names and not rules.why_not_indirect(len(second.contacts), run.indirect_reason):
        _keep_indirect(run, second, by_number)
    act.log(
        "cases.trace.finished", area=run.area_code, subject=("cases.trace", run.id), candidates=run.candidates, shown=len(shown),
        new=new, data=found.version,
    )  # fmt: skip
    return run


def _keep_notices(run: TraceRun, found: Found) -> None:
    run.notices.all().delete()
    names = found.parts.names if found.parts else {}
    rows: list[VenueNotice] = []
    for one in found.notices:
        row = VenueNotice(
            area_code=run.area_code, run=run, start=_at(one.start), end=_at(one.end), crowd=one.crowd, named=one.named
        )
        row.put(run.case.record_id, place=names.get(one.place, one.place))
        rows.append(row)
    VenueNotice.objects.bulk_create(rows)


def _known(run: TraceRun, shown: Sequence[Met]) -> dict[UUID, CloseContact]:
    """The case's contacts so far by each record and person they speak of; the oldest of a person stands for him."""
    records = {record for one in shown for record in one.records}
    person = persons.persons_of(records) if records else {}
    rows = CloseContact.everything.filter(Q(record_id__in=records) | Q(person_id__in=set(person.values())), case=run.case_id)
    found: dict[UUID, CloseContact] = {}
    for row in rows.order_by("-found_at", "-id"):
        found[row.record_id] = row
        if row.person_id:
            found[row.person_id] = row
    for record, whose in person.items():
        if whose in found:
            found[record] = found[whose]
    return found


def _named_elsewhere(run: TraceRun, known: Mapping[UUID, CloseContact]) -> int:
    """People named by unapproved traces of this case whom this one does not meet."""
    others = CloseContact.everything.filter(case=run.case_id, run__approved_by=None, retracted_at=None).exclude(run=None)
    return others.exclude(run=run).exclude(pk__in={contact.pk for contact in known.values()}).count()


def _difference(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, list[str]]:
    """Ids of contacts that are new, gone, or of another class than in the run before."""
    return {
        "new": sorted(now.keys() - before.keys()),
        "gone": sorted(before.keys() - now.keys()),
        "changed": sorted(one for one in now.keys() & before.keys() if now[one] != before[one]),
    }


def _keep_contact(
    act: Act, run: TraceRun, one: Met, known: dict[UUID, CloseContact], homes: Mapping[UUID, set[str]], along: Mapping[int, int]
) -> tuple[CloseContact, bool]:
    contact = next((known[record] for record in one.records if record in known), None)
    new = contact is None
    if contact is None:
        record = one.records[0]
        contact = CloseContact(area_code=_area(record, homes, run), case=run.case, record_id=record, found_at=act.now)
        contact.person_id = persons.person_of(record)
    contact.run = run
    contact.klass = "close" if contact.named else one.klass.value
    contact.visits, contact.places, contact.overlap_s, contact.longest_s = one.visits, one.places, one.overlap_s, one.longest_s
    contact.first = _at(one.first)
    contact.last = max(_at(one.last), contact.last) if contact.named else _at(one.last)
    contact.exposure, contact.companionship = one.exposure, one.companionship
    contact.along = along.get(one.number, 0) if one.number is not None else 0
    contact.save()
    return contact, new


def _area(record: UUID, homes: Mapping[UUID, set[str]], run: TraceRun) -> str:
    """Who answers for somebody: where he lives; else where he was seen; else the case's own area."""
    if home := min(homes.get(record, ()), default=""):
        return home
    return Sighting.everything.filter(record_id=record).values_list("area_code", flat=True).first() or run.area_code


def _keep_evidence(
    act: Act, run: TraceRun, contact: CloseContact, one: Met, meetings: Mapping[int | None, Contact], found: Found
) -> None:
    contact.exposures.exclude(run=None).delete()
    names = found.parts.names if found.parts else {}
    met = meetings[one.number].meetings if one.number in meetings else ()
    facts = [Facts.met(meeting, names.get(meeting.place, meeting.place)) for meeting in met]
    if one.aboard is not None:
        facts.append(Facts.aboard_of(one.aboard, _plate(one.aboard.path)))
    if not facts:
        facts = [Facts(vehicle="?", first=one.first, last=one.last, overlap_s=one.overlap_s)]
    rows: list[Exposure] = []
    for fact in facts:
        row = Exposure(area_code=contact.area_code, contact=contact, run=run, at=act.now)
        row.put(contact.record_id, facts=fact.packed())
        rows.append(row)
    Exposure.objects.bulk_create(rows)


def _plate(path: str) -> str:
    """The plate behind an engine path "number (kind)"."""
    name = path.rsplit(" (", 1)[0]
    if name.startswith("#"):
        vehicle = Vehicle.objects.filter(pk=UUID(name[1:])).first()
    else:
        subject = Entity.objects.filter(number=int(name)).values_list("subject", flat=True).first()
        vehicle = Vehicle.objects.filter(pk=subject).first()
    return vehicle.shown if vehicle else ""


def _keep_indirect(run: TraceRun, second: asking.Indirect, kept: Mapping[int, CloseContact]) -> None:
    run.indirects.all().delete()
    records = mapping.records_of(one.entity for one in second.contacts)
    person = persons.persons_of(rows[0] for rows in records.values())
    rows = [
        IndirectContact(
            area_code=kept[one.via].area_code, run=run, via=kept[one.via], record_id=records[one.entity][0],
            person_id=person.get(records[one.entity][0]), klass=one.klass.value, places=one.places, overlap_s=one.overlap_s,
            first=_at(one.first), last=_at(one.last), exposure=one.exposure,
        )
        for one in second.contacts
        if one.entity in records and one.via in kept
    ]  # fmt: skip
    IndirectContact.objects.bulk_create(rows)


@service
def mark_outdated(act: Act, run: TraceRun, counts: Mapping[str, int]) -> TraceRun:
    """Late data change this answer, to these counts; whoever asked may trace again."""
    run = TraceRun.everything.select_for_update(of=("self",)).get(pk=run.pk)
    run.outdated_at = run.outdated_at or act.now
    run.late = dict(counts)
    run.save(update_fields=["outdated_at", "late"])
    act.log("cases.trace.outdated", area=run.area_code, subject=("cases.trace", run.id), case=run.case_id)
    return run


@service
def keep_comparison(act: Act, row: Comparison, rows: Sequence[dict[str, object]]) -> Comparison:
    row = Comparison.everything.select_for_update(of=("self",)).get(pk=row.pk)
    row.rows, row.finished_at = list(rows), act.now
    row.save()
    act.log("cases.comparison.finished", area=row.area_code, subject=("cases.comparison", row.id), editions=len(rows))
    return row


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

