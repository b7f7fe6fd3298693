"""Rows as pages show them: masked label, words, tones. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.cases import actions, persons, queries, wording
from nanxi.cases.models import Case, CloseContact, IndirectContact, TraceRun
from nanxi.cases.rules import QUARANTINE, Decision
from nanxi.foundation import areas, vault
from nanxi.foundation.act import Actor
from nanxi.foundation.clock import county_day
from nanxi.web.parts import Moment
from nanxi.web.templatetags.nanxi import stamp


def id_of(text: str | None) -> UUID | None:
    """The id a form sent; None when it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


@dataclass(frozen=True)
class CaseLine:
    """One line of the case list."""

    case: Case
    label: Any
    area: str
    status: Any
    tone: str


def case_lines(cases: Sequence[Case]) -> list[CaseLine]:
    labels = persons.labels(case.record_id for case in cases)
    names = areas.names_of(case.area_code for case in cases)
    lines: list[CaseLine] = []
    for case in cases:
        status, tone = wording.STATUS[case.status]
        lines.append(CaseLine(case, labels.get(case.record_id), names.get(case.area_code, case.area_code), status, tone))
    return lines


@dataclass(frozen=True)
class ContactLine:
    """One contact with its evidence in words."""

    contact: CloseContact
    label: Any
    klass: Any
    klass_tone: str
    decision: Any
    decision_tone: str
    evidence: list[str]
    overlap: str
    #: What the evidence rests on, as kept; empty when it was purged.
    facts: list[wording.Facts] = field(default_factory=list)
    buttons: list[actions.Button] = field(default_factory=list)
    followed: str = ""
    lapsed: bool = False
    #: Since the run before: "new", "changed" or nothing.
    since: str = ""

    @property
    def is_open(self) -> bool:
        return self.contact.retracted_at is None and self.contact.decision in (Decision.OPEN, Decision.NEEDS_INTERVIEW)


def contact_lines(
    contacts: Sequence[CloseContact], actor: Actor, at: datetime, run: TraceRun | None = None
) -> list[ContactLine]:
    labels = persons.labels(contact.record_id for contact in contacts)
    vault.load_keys(contact.record_id for contact in contacts)
    rights = actor.role.rights if actor.role else ()
    since = {one: name for name in ("new", "changed") for one in (run.difference.get(name, ()) if run else ())}
    return [
        _contact_line(contact, labels.get(contact.record_id), rights, at, since.get(str(contact.pk), "")) for contact in contacts
    ]


def _contact_line(contact: CloseContact, label: Any, rights: Any, at: datetime, since: str) -> ContactLine:
    klass, klass_tone = wording.CLASSES[contact.klass]
    decision, tone = (_("taken back"), "quiet") if contact.retracted_at else wording.DECISIONS[contact.decision]
    holds = contact.holds_until(at) is not None
    facts = facts_of(contact)
    return ContactLine(
        contact, label, klass, klass_tone, decision, tone, _told(contact, facts),
        wording.span(contact.overlap_s) if contact.overlap_s else "–", facts or [],
        actions.buttons_for(contact.id, rights) if holds else [], _followed(contact),
        contact.retracted_at is None and contact.decision is Decision.ACCEPTED and not holds, since,
    )  # fmt: skip


def _followed(contact: CloseContact) -> str:
    days = sorted(contact.followups.all(), key=lambda row: row.day)
    if not days:
        return ""
    facts = {"n": len(days), "day": days[-1].day.isoformat(), "found": days[-1].get_outcome_display()}
    return _("followed on %(n)d days, last %(day)s: %(found)s") % facts


def notes_of(case: Case) -> list[tuple[Any, str]]:
    """What was written at each step, opened. Only behind a grant."""
    rows = [row for row in case.evidence.all() if row.note]
    return [
        (wording.STEPS[row.as_rule().kind], vault.unseal("cases_caseevidence", f"note|{row.id}", case.record_id, bytes(row.note)))
        for row in rows
    ]


def evidence_of(contact: CloseContact) -> list[str]:
    """Each exposure in words, the longest first."""
    return _told(contact, facts_of(contact))


def facts_of(contact: CloseContact) -> list[wording.Facts] | None:
    """Each exposure as it was kept, the longest first; None when its record was purged."""
    try:
        facts = [wording.Facts.of(row.word("facts", contact.record_id)) for row in contact.exposures.all()]
    except vault.Sealed:
        return None
    return sorted(facts, key=lambda one: (not one.relation, -one.overlap_s, one.first))


def _told(contact: CloseContact, facts: list[wording.Facts] | None) -> list[str]:
    if facts is None:
        return [_("The evidence was purged with its record.")]
    along = [_("went along to %(n)d places in the same order") % {"n": contact.along}] if contact.along else []
    return along + [wording.words(one) for one in facts]


def run_facts(run: TraceRun) -> list[tuple[Any, Any]]:
    """What was asked, and what it counted."""
    crowd = _("everybody is counted") if run.cap is None else _("over %(n)d others: a notice for the venue") % {"n": run.cap}
    who = queries.names_by_id([run.asked_by, *([run.approved_by] if run.approved_by else [])])
    seeds = _("the case: %(n)d sightings in these days, %(v)d vehicles") % {
        "n": run.seeds.get("sightings", 0), "v": run.seeds.get("vehicles", 0),
    }  # fmt: skip
    facts: list[tuple[Any, Any]] = [
        (_("Seeds"), seeds if run.seeds else "–"),
        (_("Window"), f"{stamp(run.window_start)} – {stamp(run.window_end)}"),
        (_("Edition"), wording.edition(run.edition)),
        (_("Slack"), wording.span(run.slack_s)),
        (_("Crowds"), crowd),
        (_("Whom to keep"), _("close contacts only") if run.close_only else _("close and casual contacts")),
        (_("Asked by"), f"{who.get(run.asked_by, '')} {stamp(run.asked_at)}"),
    ]
    if run.approved_by and run.approved_at:
        facts.append((_("Approved by"), f"{who.get(run.approved_by, '')} {stamp(run.approved_at)}"))
    facts.append((_("Candidates"), "–" if run.candidates is None else run.candidates))
    facts += [(wording.CLASSES[klass][0], run.counts[klass]) for klass in wording.CLASSES if klass in run.counts]
    return [*facts, (_("Data version"), run.data_version[:14] or "–")]


@dataclass(frozen=True)
class NoticeLine:
    """A crowd that the case met: what the venue is told, and how many."""

    place: str
    start: datetime
    end: datetime
    crowd: int
    named: int


def notice_lines(run: TraceRun) -> list[NoticeLine]:
    rows = run.notices.order_by("start", "id")
    return [
        NoticeLine(wording.place(row.word("place", run.case.record_id)), row.start, row.end, row.crowd, row.named) for row in rows
    ]


def late_words(run: TraceRun) -> list[str]:
    """What late data would count, beside what the run counted."""
    told: list[str] = []
    for klass, words in wording.CLASSES.items():
        now, late = run.counts.get(klass, 0), run.late.get(klass, 0)
        if now != late:
            told.append(_("%(class)s: %(late)d instead of %(now)d") % {"class": words[0], "late": late, "now": now})
    return told or [_("as many as before, but met otherwise")]


def indirect_lines(rows: Sequence[IndirectContact]) -> list[dict[str, Any]]:
    """Contacts of contacts with the path on which they were reached."""
    labels = persons.labels([*(row.record_id for row in rows), *(row.via.record_id for row in rows)])
    return [
        {
            "row": row, "label": labels.get(row.record_id), "via": labels.get(row.via.record_id),
            "klass": wording.CLASSES[row.klass], "overlap": wording.span(row.overlap_s) if row.overlap_s else "–",
        }
        for row in rows
    ]  # fmt: skip


def follow_lines(rows: Sequence[CloseContact], day: date) -> list[dict[str, Any]]:
    """A contact, the day of his fourteen, what was found so far, and whether this day is done."""
    labels = persons.labels(row.record_id for row in rows)
    names = areas.names_of(row.area_code for row in rows)
    here = Case.objects.in_bulk({row.case_id for row in rows})
    lines: list[dict[str, Any]] = []
    for row in rows:
        done = next((found for found in row.followups.all() if found.day == day), None)
        end = county_day(row.last + QUARANTINE)
        lines.append(
            {
                "contact": row, "label": labels.get(row.record_id), "area": names.get(row.area_code, row.area_code), "end": end,
                "number": (day - county_day(row.last)).days, "done": done, "case": here.get(row.case_id),
                "followed": _followed(row),
                "tone": {"well": "ok", "symptoms": "danger"}.get(done.outcome, "warn") if done else "",
            }
        )  # fmt: skip
    return lines


def moments_of(case: Case) -> list[Moment]:
    """The life of a case, newest first: evidence, results, interviews, traces."""
    evidence = list(case.evidence.all())
    interviews, runs = list(case.interviews.order_by("at")), list(case.runs.order_by("asked_at"))
    results = list(queries.results_for(case))
    who = queries.names_by_id(
        [
            *(row.by_id for row in evidence),
            *(row.by_id for row in interviews),
            *(run.asked_by for run in runs),
            *(r.reporter_id for r in results),
        ]
    )
    moments = [_step(row, who) for row in evidence]
    moments += [_result(row, who) for row in results]
    moments += [Moment(row.at, _("Interviewed"), _onset(row.onset), who.get(row.by_id, ""), "go") for row in interviews]
    moments += [Moment(run.asked_at, _("Traced"), _counted(run.candidates), who.get(run.asked_by, ""), "go") for run in runs]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def _step(row: Any, who: dict[Any, str]) -> Moment:
    rule = row.as_rule()
    text = _("accession number %(n)s") % {"n": rule.laboratory.accession} if rule.laboratory else ""
    return Moment(row.at, wording.STEPS[rule.kind], text, who.get(row.by_id, ""), "warn")


def _result(row: Any, who: dict[Any, str]) -> Moment:
    text = _("%(result)s, accession number %(n)s, %(laboratory)s") % {
        "result": row.get_result_display(), "n": row.accession, "laboratory": row.laboratory,
    }  # fmt: skip
    return Moment(
        row.reported_at,
        _("Laboratory result"),
        text,
        who.get(row.reporter_id, ""),
        "danger" if row.result == "positive" else "ok",
    )


def _onset(onset: Any) -> str:
    return _("onset %(day)s") % {"day": onset.isoformat()} if onset else _("no symptoms told")


def _counted(candidates: int | None) -> str:
    return _("running") if candidates is None else _("%(n)d candidates") % {"n": candidates}
