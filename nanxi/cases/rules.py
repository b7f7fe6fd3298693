"""What a case is and what may follow from it. Pure: plain values in, a decision and its sentence out.

Status is derived from evidence rows, never set (safeguard 1). Tracing starts only from an infection that a second person
confirmed with a laboratory accession number (safeguard 3, trust notes S7); windows and sizes are bounded (S11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from uuid import UUID

from nanxi.foundation.words import mark as _

#: Own isolation on a named clinician's report, unless confirmed by then (safeguard 2).
SUSPECT_LIFE = timedelta(hours=72)
#: Days of quarantine after the last exposure, national plans of 2020.
QUARANTINE = timedelta(days=14)
#: Contacts are called on between these hours of the county: whoever is accepted in the night is called on in the morning.
FIRST_HOUR, LAST_HOUR = 7, 21
#: A day's look is due by the evening; whoever is accepted later has this long, and is not overdue at once.
DUE_HOUR, LEAST = 18, timedelta(hours=2)
#: A trace may look this much past the infectious period (S11): clocks, nights and remembered days differ.
WINDOW_MARGIN = timedelta(days=2)
#: More candidates than this show as counts only, until a second person approves (S11, S12).
MOST_CANDIDATES = 200

#: An earlier year is a slip of the pen or an empty cell of a workbook; the store cannot hold some of them.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
#: An interview knows of weeks at home; each day of a stay is a row of its own in the store.
LONGEST_STAY = timedelta(days=60)
#: What terminals and lists can tell: sightings are kept for 21 days (charter), and nobody checks in for more than two.
OLDEST_TOLD, LONGEST_TOLD = timedelta(days=21), timedelta(hours=48)
#: Traces of one officer in a day (S10): a busy day has a dozen cases, each traced again when data come late.
MOST_TRACES_A_DAY = 30
#: Why somebody may ask who the contacts of the contacts are: what makes a second step worth naming people for.
INDIRECT_REASONS = ("contact_positive", "isolated_late", "cluster")
#: Comparisons older than this show another epidemic than the one in which an edition would be adopted.
COMPARED_WITHIN = timedelta(days=2)
#: Contacts of one case that an interviewer may accept on the word he wrote down himself: a household and a workplace. More of
#: them are a wide act (S12): in 2022 a list of 1,317 names needed one hand.
MOST_ON_OWN_WORD = 20


class Status(Enum):
    """What the evidence says about a case."""

    SUSPECTED = "suspected"
    PROBABLE = "probable"
    CONFIRMED = "confirmed"
    ASYMPTOMATIC = "asymptomatic"
    DISCARDED = "discarded"

    @property
    def proven(self) -> bool:
        """A laboratory and two persons stand behind it."""
        return self in (Status.CONFIRMED, Status.ASYMPTOMATIC)


class EvidenceKind(Enum):
    """What a row of evidence says."""

    REPORT = "report"
    CLINICAL = "clinical"
    CONFIRM = "confirm"
    CONFIRM_ASYMPTOMATIC = "confirm_asymptomatic"
    DISCARD = "discard"


@dataclass(frozen=True)
class Laboratory:
    """The laboratory result an evidence row points to."""

    accession: str
    positive: bool


@dataclass(frozen=True)
class Evidence:
    """One row of evidence: what, by whom, when, resting on which result."""

    kind: EvidenceKind
    by: UUID | None
    at: datetime
    laboratory: Laboratory | None = None


def status_of(evidence: Sequence[Evidence]) -> Status:
    """The status that the rows, in time order, add up to. A row that breaks a rule counts for nothing."""
    status = Status.SUSPECTED
    reporter = _reporter(evidence)
    for row in sorted(evidence, key=lambda row: row.at):
        status = _after(status, row, reporter)
    return status


def _after(status: Status, row: Evidence, reporter: UUID | None) -> Status:
    second = row.by is not None and row.by != reporter
    if row.kind is EvidenceKind.DISCARD:
        return Status.DISCARDED if second else status
    if row.kind in (EvidenceKind.CONFIRM, EvidenceKind.CONFIRM_ASYMPTOMATIC) and second and _proves(row.laboratory):
        return Status.CONFIRMED if row.kind is EvidenceKind.CONFIRM else Status.ASYMPTOMATIC
    if row.kind is EvidenceKind.CLINICAL and status is Status.SUSPECTED:
        return Status.PROBABLE
    return status


def _proves(result: Laboratory | None) -> bool:
    return result is not None and result.positive and bool(result.accession.strip())


def _reporter(evidence: Sequence[Evidence]) -> UUID | None:
    return next((row.by for row in evidence if row.kind is EvidenceKind.REPORT), None)


def why_not_confirm(
    evidence: Sequence[Evidence], result: Laboratory | None, by: UUID | None, tracers: Sequence[UUID] = ()
) -> str:
    """Why this person may not confirm this case with this result; empty when he may."""
    if status_of(evidence) is Status.DISCARDED:
        return _("This case was discarded. Report the person anew if there is a new positive result.")
    if status_of(evidence).proven:
        return _("This case is confirmed already.")
    if result is None or not result.accession.strip():
        return _("A case is confirmed with a laboratory result that has an accession number. Enter the result first.")
    if not result.positive:
        return _("This laboratory result is not positive. Choose a positive result, or discard the case.")
    if by is None or by == _reporter(evidence):
        return _("You reported this case yourself. A second person has to confirm it.")
    return _("You trace this case. Somebody who neither reported nor traces it has to confirm it.") if by in tracers else ""


def why_not_discard(evidence: Sequence[Evidence], by: UUID | None) -> str:
    """Why this person may not discard this case; empty when he may."""
    if status_of(evidence) is Status.DISCARDED:
        return _("This case is discarded already.")
    if by is None or by == _reporter(evidence):
        return _("You reported this case yourself. A second person has to discard it.")
    return ""


def why_not_trace(evidence: Sequence[Evidence], by: UUID | None) -> str:
    """Why this person may not start a trace from this case; empty when he may."""
    status = status_of(evidence)
    if status is Status.DISCARDED:
        return _("This case was discarded; nobody is traced from it.")
    if not status.proven:
        return _("Only a confirmed case may be traced. It needs a positive laboratory result and a second person first.")
    confirmers = {row.by for row in evidence if row.kind in (EvidenceKind.CONFIRM, EvidenceKind.CONFIRM_ASYMPTOMATIC)}
    if by is None or by in confirmers:
        return _("You confirmed this case yourself. Somebody else has to trace it.")
    return ""


def why_not_accept(on_own_word: int) -> str:
    """Why an officer may not accept one more contact that he himself wrote down in the interview; empty when he may.

    `on_own_word`: how many of the case he has accepted so.
    """
    if on_own_word >= MOST_ON_OWN_WORD:
        return _("You wrote these contacts down yourself and accepted many of them. Let another officer decide on the others.")
    return ""


def infectious_period(
    onset: date | None, sampled: datetime, isolated: datetime | None, look_back_days: int, infectious_days: int, tz_hours: int = 8
) -> tuple[datetime, datetime]:
    """From look-back before onset (before sampling without symptoms) to isolation, at most `infectious_days` after onset.

    `tz_hours`: the county's offset from UTC, for the midnight an onset day begins at.
    """
    begin = sampled if onset is None else datetime.fromisoformat(f"{onset.isoformat()}T00:00:00+{tz_hours:02d}:00")
    start = begin - timedelta(days=look_back_days)
    end = begin + timedelta(days=infectious_days)
    return start, max(start, min(end, isolated)) if isolated else end


def why_not_window(start: datetime, end: datetime, period: tuple[datetime, datetime], now: datetime) -> str:
    """Why a trace may not look at this window; empty when it may (S11: the infectious period plus two days)."""
    if end < start:
        return _("The window ends before it starts. Exchange the two times.")
    if start > now:
        return _("The window lies in the future. Choose times that have passed.")
    if start < period[0] - WINDOW_MARGIN or end > period[1] + WINDOW_MARGIN:
        return _(
            "The window reaches more than two days past the infectious period. Narrow it, or correct the onset in the interview."
        )
    return ""


def why_not_time(t0: datetime, t1: datetime | None, now: datetime) -> str:
    """Why a stay cannot have been; empty when it can."""
    if t0 < EARLIEST:
        return _("This time lies before the year 2000. Check the year.")
    if t0 > now or (t1 is not None and t1 > now):
        return _("This time lies in the future. An itinerary holds what has been.")
    if t1 is not None and t1 < t0:
        return _("The stay ends before it starts. Exchange from and to.")
    if t1 is not None and t1 - t0 > LONGEST_STAY:
        return _("Nobody stays so long at one place. Check the two times.")
    return ""


def why_not_told(t0: datetime, t1: datetime | None, now: datetime) -> str:
    """The same for what a terminal or a list tells: of the last three weeks, and at most two days long."""
    if problem := why_not_time(t0, t1, now):
        return problem
    if t0 < now - OLDEST_TOLD:
        return _("This time is more than 21 days ago; sightings are kept no longer. Check the year.")
    if t1 is not None and t1 - t0 > LONGEST_TOLD:
        return _("Nobody stays so long at one place. Check the two times.")
    return ""


def why_not_more_traces(asked_today: int) -> str:
    """Why an officer may not start one more trace today; empty when he may (S10)."""
    if asked_today >= MOST_TRACES_A_DAY:
        return _("You have started as many traces today as one officer may. Let another one go on.")
    return ""


def why_not_indirect(found: int, reason: str) -> str:
    """Why the contacts of contacts may not be named; empty when they may."""
    if reason not in INDIRECT_REASONS:
        return _("State why the contacts of contacts are needed. Choose one of the reasons.")
    if found > MOST_CANDIDATES:
        return _("There are more than 200 contacts of contacts. Decide on the contacts first, or narrow the window.")
    return ""


def shows_names(candidates: int, asked_by: UUID | None, approved_by: UUID | None) -> bool:
    """Whether a run's contacts may be shown: few of them, or approved by another person."""
    return candidates <= MOST_CANDIDATES or (approved_by is not None and approved_by != asked_by)


class Path(Enum):
    """Why somebody may be restricted."""

    OWN_CASE = "own_case"
    CONTACT = "contact"
    OWN_REPORT = "own_report"


class Decision(Enum):
    """What an officer said about a contact."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NEEDS_INTERVIEW = "needs_interview"


def path_of_case(evidence: Sequence[Evidence], at: datetime) -> tuple[Path, datetime | None] | None:
    """The path a case gives against its own person at a time: kind, and until when it holds (None: until discharge)."""
    known = [row for row in evidence if row.at <= at]
    reported = next((row for row in known if row.kind is EvidenceKind.REPORT and row.by is not None), None)
    status = status_of(known)
    if reported is None or status is Status.DISCARDED:
        return None
    if status.proven:
        return Path.OWN_CASE, None
    until = reported.at + SUSPECT_LIFE
    return (Path.OWN_REPORT, until) if at < until else None


def path_of_contact(
    decision: Decision, decided: datetime | None, last: datetime, retracted: bool, at: datetime
) -> datetime | None:
    """Until when an accepted contact carries a restriction; None when it carries none at that time."""
    if retracted or decision is not Decision.ACCEPTED or decided is None or decided > at:
        return None
    until = last + QUARANTINE
    return until if at < until else None


@dataclass(frozen=True)
class Adopted:
    """A decision of two persons: cases reported from a day on are judged by this edition."""

    edition: str
    since: date
    decided: datetime | None


def edition_in_use(adopted: Sequence[Adopted], day: date, by_date: str) -> str:
    """The edition for a case reported on a day: the last decision that had taken force, else the one its own date chooses."""
    known = [one for one in adopted if one.decided is not None and one.since <= day]
    return max(known, key=lambda one: (one.since, one.decided)).edition if known else by_date


def why_not_propose(since: date, today: date, compared_at: datetime | None, now: datetime) -> str:
    """Why an edition may not be proposed for use; empty when it may. What it would mean is looked at first."""
    if compared_at is None or compared_at < now - COMPARED_WITHIN:
        return _("Compare the editions on the present cases first; a comparison counts for two days.")
    if since < today:
        return _("An edition holds from today or a later day on; cases already reported keep theirs.")
    return ""


def why_not_adopt(proposed_by: UUID, by: UUID | None, decided: bool) -> str:
    """Why this person may not decide on a proposed edition; empty when he may (S12)."""
    if decided:
        return _("This proposal has been decided on already.")
    if by is None or by == proposed_by:
        return _("You proposed this edition yourself. A second person has to decide.")
    return ""


def follows(decision: Decision, last: datetime, retracted: bool, ill: bool, day: date, *, tz_hours: int = 8) -> bool:
    """Whether a contact is looked at on a day: accepted, until the fourteenth day after the last exposure.

    It stops when the decision falls, the case falls, or the contact is a proven case and cared for as one. `tz_hours`: the
    county's offset from UTC.
    """
    if retracted or ill or decision is not Decision.ACCEPTED:
        return False
    return day <= (last.astimezone(timezone(timedelta(hours=tz_hours))) + QUARANTINE).date()


def calls_on(now: datetime, *, tz_hours: int = 8) -> bool:
    """Whether contacts are called on at this hour. `tz_hours`: the county's offset from UTC."""
    return FIRST_HOUR <= now.astimezone(timezone(timedelta(hours=tz_hours))).hour < LAST_HOUR


def due_of_today(now: datetime, *, tz_hours: int = 8) -> datetime:
    """Until when a look opened now is due: the evening, or two hours from now when that is later."""
    evening = now.astimezone(timezone(timedelta(hours=tz_hours))).replace(hour=DUE_HOUR, minute=0, second=0, microsecond=0)
    return max(evening, now + LEAST)
