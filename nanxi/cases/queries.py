"""The only reads of this room, always in the current scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, TextField, prefetch_related_objects
from django.db.models.functions import Cast
from django.db.models.functions import Right as LastSigns

from nanxi.cases import persons, rules
from nanxi.cases.models import Case, CaseEvidence, CloseContact, ContactDecision, FollowUp, IndirectContact, LabResult, TraceRun
from nanxi.cases.rules import Decision, Path, Status
from nanxi.foundation.act import Actor
from nanxi.foundation.clock import COUNTY
from nanxi.foundation.grants import Opening
from nanxi.foundation.rights import Right


def _evidence() -> Prefetch:
    # Made anew each time: a query set made at import would carry the empty scope of that moment.
    return Prefetch("evidence", CaseEvidence.objects.select_related("lab_result"))


@dataclass(frozen=True)
class EvidencePath:
    """Why a person may be restricted at a time: what kind, through which case and contact, and until when it can hold."""

    kind: Path
    case_id: UUID
    contact_id: UUID | None
    since: datetime
    until: datetime | None


def cases() -> QuerySet[Case]:
    """Cases in scope, newest first, with what their status needs."""
    counted = Count("contacts", filter=Q(contacts__retracted_at=None))
    return Case.objects.prefetch_related(_evidence()).annotate(contact_count=counted).order_by("-reported_at", "-id")


def case_called(reference: str) -> UUID | None:
    """The one case in scope that officers call so, such as C-1A2B3C; None when none or several are."""
    tail = reference.strip().lower().removeprefix("c-")
    if len(tail) != 6:
        return None
    found = Case.objects.annotate(tail=LastSigns(Cast("id", TextField()), 6)).filter(tail=tail).values_list("id", flat=True)[:2]
    return found[0] if len(found) == 1 else None


def reference_of(case_id: UUID) -> str:
    """What officers call a case in scope; "" for any other."""
    row = Case.objects.filter(pk=case_id).first()
    return row.reference if row else ""


def evidence_path(record_id: UUID, at: datetime) -> EvidencePath | None:
    """The strongest path by which the record's person may be restricted at a time; None when there is none.

    Own infection before contact before own report. An imported "contact" or a decision not taken gives no path.
    """
    person = persons.person_of(record_id)
    whose = Q(record_id=record_id) | (Q(person_id=person) if person else Q(pk__in=[]))
    own = [path for case in Case.objects.filter(whose).prefetch_related(_evidence()) if (path := _own(case, at))]
    met = [path for contact in _live_contacts(whose) if (path := _met(contact, at))]
    found = sorted([*own, *met], key=lambda path: (list(Path).index(path.kind), -path.since.timestamp(), path.case_id))
    return found[0] if found else None


def _own(case: Case, at: datetime) -> EvidencePath | None:
    path = rules.path_of_case(case.as_rules(), at)
    return EvidencePath(path[0], case.id, None, case.reported_at, path[1]) if path else None


def _live_contacts(whose: Q) -> QuerySet[CloseContact]:
    decisions = Prefetch("decisions", ContactDecision.objects.order_by("at", "id"))
    return CloseContact.objects.filter(whose, retracted_at=None).prefetch_related(decisions)


def _met(contact: CloseContact, at: datetime) -> EvidencePath | None:
    """An accepted contact. Where the case itself is in scope it must still be proven; elsewhere its fall retracts the contact."""
    until = contact.holds_until(at)
    if until is None:
        return None
    case = Case.objects.filter(pk=contact.case_id).prefetch_related(_evidence()).first()
    if case is not None and not case.status.proven:
        return None
    return EvidencePath(Path.CONTACT, contact.case_id, contact.id, contact.first, until)


def contacts_of(case: Case) -> list[CloseContact]:
    """Contacts of a case that may be shown, ranked: class, whom the case named, exposure, companionship."""
    rows = CloseContact.objects.filter(case=case).prefetch_related("decisions", "exposures", "followups")
    return sorted(rows, key=_rank)


def contact_by_id(contact_id: UUID) -> CloseContact | None:
    """One contact in scope, with what its decision needs."""
    return CloseContact.objects.filter(pk=contact_id).prefetch_related("decisions").first()


def run_by_id(run_id: UUID) -> TraceRun | None:
    """One run in scope, with its case."""
    return TraceRun.objects.filter(pk=run_id).select_related("case").first()


def contacts_of_run(run: TraceRun) -> list[CloseContact]:
    """Contacts of one run in scope, ranked; none while the run waits for approval. Evidence: see `with_evidence`."""
    if not run.shows_names:
        return []
    return sorted(CloseContact.objects.filter(pk__in=list(run.answer)).prefetch_related("decisions"), key=_rank)


def with_evidence(rows: Sequence[CloseContact]) -> Sequence[CloseContact]:
    """The rows of one page, with what their lines show."""
    prefetch_related_objects(rows, "exposures", "followups")
    return rows


def gone_since(run: TraceRun) -> list[CloseContact]:
    """Contacts of the run before, in scope, that this run does not find any more."""
    gone = [UUID(one) for one in run.difference.get("gone", ())]
    return sorted(CloseContact.objects.filter(pk__in=gone).prefetch_related("decisions", "exposures", "followups"), key=_rank)


def indirect_of(run: TraceRun) -> list[IndirectContact]:
    """Contacts of contacts in scope, once an officer asked for them and said why."""
    if not run.shows_names or not run.indirect_reason:
        return []
    return list(IndirectContact.objects.filter(run=run).select_related("via").order_by("-exposure", "id"))


def to_follow(day: date) -> QuerySet[CloseContact]:
    """Accepted contacts in scope who are to be looked at on a day, from that of their acceptance on; `done`: looked at on it.

    Those not looked at first. The rule is `rules.follows`, asked of the database: thousands are followed and a page shows fifty.
    """
    held = ContactDecision.objects.filter(contact=OuterRef("pk")).order_by("-at", "-id")
    rows = CloseContact.objects.filter(last__gte=_begin(day) - rules.QUARANTINE, retracted_at=None).annotate(
        held=Subquery(held.values("decision")[:1]), held_at=Subquery(held.values("at")[:1]),
        done=Exists(FollowUp.objects.filter(contact=OuterRef("pk"), day=day)),
    )  # fmt: skip
    running = rows.filter(held=Decision.ACCEPTED.value, held_at__lt=_begin(day + timedelta(days=1)))
    return running.exclude(person_id__in=_ill(running)).order_by("done", "area_code", "last", "id")


def _ill(contacts: QuerySet[CloseContact]) -> set[UUID]:
    """Those of the contacts who are proven cases themselves."""
    rows = Case.objects.filter(person_id__in=contacts.values("person_id")).prefetch_related(_evidence())
    return {row.person_id for row in rows if row.person_id and row.status.proven}


def _begin(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), COUNTY)


def accepted_pairs() -> list[tuple[UUID | None, UUID | None]]:
    """Person of the case and person of the contact, for every contact that is accepted and stands."""
    rows = CloseContact.objects.filter(retracted_at=None).select_related("case").prefetch_related("decisions").order_by("id")
    return [(row.case.person_id, row.person_id) for row in rows if row.decision is Decision.ACCEPTED]


def _rank(contact: CloseContact) -> tuple[bool, int, bool, float, float, str]:
    order = {"close": 0, "general": 1, "lead": 2}
    strength = -float(contact.exposure), -float(contact.companionship), str(contact.id)
    return contact.retracted_at is not None, order.get(contact.klass, 3), not contact.named, *strength


def results_for(case: Case) -> QuerySet[LabResult]:
    """Laboratory results of the case's own person, newest first."""
    whose = Q(record_id=case.record_id) | (Q(person_id=case.person_id) if case.person_id else Q(pk__in=[]))
    return LabResult.objects.filter(whose).order_by("-sampled_at", "-id")


@dataclass(frozen=True)
class Link:
    """One step of a chain: an infector, the contact through whom, and the case that person became."""

    source: Case
    contact: CloseContact
    case: Case


def chain(case: Case) -> list[Link]:
    """Steps into and out of a case: contacts that became cases themselves."""
    return _steps([case])


#: Generations before and after a case that its page draws.
STEPS = 3


def network(case: Case) -> list[Link]:
    """The steps into and out of a case, and those of the cases they lead to, a few generations far."""
    known: dict[UUID, Link] = {}
    seen, edge = {case.id}, [case]
    for _ in range(STEPS):
        if not edge:
            break
        found = _steps(edge)
        known.update({link.contact.id: link for link in found})
        ends = {one.id: one for link in found for one in (link.source, link.case)}
        edge = [one for key, one in ends.items() if key not in seen]
        seen.update(ends)
    return list(known.values())


def _steps(cases: Sequence[Case]) -> list[Link]:
    by_person = {case.person_id: case for case in cases if case.person_id}
    live = CloseContact.objects.filter(retracted_at=None).exclude(person_id=None)
    told = live.prefetch_related("exposures", Prefetch("case", Case.objects.prefetch_related(_evidence())))
    into = [row for row in told.filter(person_id__in=by_person) if row.case.person_id != row.person_id]
    links = [Link(row.case, row, by_person[row.person_id]) for row in into if row.person_id]
    followed = Case.objects.filter(person_id__in=live.filter(case__in=cases).values("person_id")).prefetch_related(_evidence())
    became = {other.person_id: other for other in followed.order_by("-reported_at", "-id")}
    met = told.filter(case__in=cases, person_id__in=set(became)) if became else []
    out = [(row, became[row.person_id]) for row in met if row.person_id and became[row.person_id].id != row.case_id]
    return links + [Link(row.case, row, other) for row, other in out]


def may_open(actor: Actor, case_id: UUID, person_id: UUID, now: datetime) -> Opening:
    """Whether a case opens a person's record: its own person or a live contact, while it is not discarded."""
    case = Case.objects.filter(pk=case_id).prefetch_related(_evidence()).first()
    if case is None or not (actor.may(Right.INTERVIEW_CASE) or actor.may(Right.READ_PERSON) or actor.may(Right.CONFIRM_CASE)):
        return Opening(False)
    if case.status is Status.DISCARDED:
        return Opening(False, "This case was discarded and opens nobody's record any more.")
    live = CloseContact.objects.filter(case=case, person_id=person_id, retracted_at=None).exclude(
        decisions__decision=Decision.REJECTED.value
    )
    if case.person_id != person_id and not live.exists():
        return Opening(False, "This person is neither the case nor one of its contacts.")
    return Opening(True, area_code=case.area_code)


def names_by_id(user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Display names of the officers who acted."""
    from nanxi.foundation.models import User

    return dict(User.objects.filter(pk__in=set(user_ids)).values_list("id", "display_name"))
