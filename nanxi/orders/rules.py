"""Why somebody may be kept at home, on what evidence, for how long, and what state that makes. Pure; tables, no I/O.

Reasons are a closed list (trust notes S2): a new one is a release. Status is derived from decisions and time (S1); an order
ends by itself (S6); an unanswered contest falls back to the less restrictive status (S5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
from django.utils.translation import gettext_noop  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

from nanxi.foundation.reach import stem_of

RULE_VERSION = "orders-1"
#: A contest is answered by another officer within a day, or it stands.
ANSWER_WITHIN = timedelta(hours=24)
#: More restrictions asked for without a path than this in an hour from one source is an alarm, not a day's work (S3).
MOST_WITHOUT_PATH = 10
PATH_WINDOW = timedelta(hours=1)
#: More orders than this from one case or notice, in one act or in a day, are proposed by one officer and issued by another
#: (trust notes S12).
WIDE, WIDE_WINDOW = 30, timedelta(days=1)
DAY = timedelta(days=1)
#: Ends are told in the county's civil time.
COUNTY = ZoneInfo("Asia/Shanghai")
NO_PATH = gettext_noop(
    "There is no evidence path from this person to a confirmed case, a published area notice or a clinician's report. "
    "Record the evidence first; a list alone is a claim."
)


def home_among(homes: Iterable[str], otherwise: str) -> str:
    """Where the order of a person belongs: the home that the register knows most closely, to the village; else `otherwise`."""
    known = sorted({code[:12] for code in homes}, key=lambda code: (-len(stem_of(code)), code))
    return known[0] if known else otherwise


class Evidence(Enum):
    """Kinds of evidence an order can rest on. A self-declaration, a position or a list is none of them (S32)."""

    CASE_PATH = "case_path"
    OWN_CASE = "own_case"
    AREA_NOTICE = "area_notice"
    SUSPECT_REPORT = "suspect_report"


class LegalBasis(Enum):
    """Articles an order can cite: code and short text as printed on the notice."""

    LAW_39_PATIENT = (
        "law_39_patient",
        gettext_noop(
            "Law on Prevention and Treatment of Infectious Diseases, art. 39 (1) no. 1: patients and carriers are isolated"
        ),
    )
    LAW_39_SUSPECT = (
        "law_39_suspect",
        gettext_noop(
            "Law on Prevention and Treatment of Infectious Diseases, art. 39 (1) no. 2: suspected patients before diagnosis"
        ),
    )
    LAW_39_CONTACT = (
        "law_39_contact",
        gettext_noop(
            "Law on Prevention and Treatment of Infectious Diseases, art. 39 (1) no. 3: close contacts under medical observation"
        ),
    )
    LAW_41_AREA = (
        "law_41_area",
        gettext_noop(
            "Law on Prevention and Treatment of Infectious Diseases, art. 41: isolation of persons in a designated area"
        ),
    )

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        self.text = text


@dataclass(frozen=True)
class Terms:
    """What a reason asks for and allows."""

    label: str
    evidence: frozenset[Evidence]
    bases: frozenset[LegalBasis]
    longest: timedelta


class Reason(Enum):
    """The closed list of reasons. There is no "other"."""

    CONFIRMED = "confirmed"
    ASYMPTOMATIC = "asymptomatic"
    SUSPECTED = "suspected"
    CLOSE_CONTACT = "close_contact"
    HOUSEHOLD = "household"
    AREA_ARRIVAL = "area_arrival"
    AREA_RESIDENT = "area_resident"
    DISCHARGED = "discharged"

    @property
    def terms(self) -> Terms:
        return TERMS[self]


_OWN, _PATH = frozenset({Evidence.OWN_CASE}), frozenset({Evidence.CASE_PATH})
_NOTICE, _REPORT = frozenset({Evidence.AREA_NOTICE}), frozenset({Evidence.SUSPECT_REPORT})
_PATIENT, _CONTACT = frozenset({LegalBasis.LAW_39_PATIENT}), frozenset({LegalBasis.LAW_39_CONTACT})
_SUSPECT, _AREA = frozenset({LegalBasis.LAW_39_SUSPECT}), frozenset({LegalBasis.LAW_41_AREA})

#: 14 days is the observation period of the national protocol's early-2020 editions; 72 h is the time a suspicion may stand.
TERMS: dict[Reason, Terms] = {
    Reason.CONFIRMED: Terms(gettext_noop("confirmed case"), _OWN, _PATIENT, 28 * DAY),
    Reason.ASYMPTOMATIC: Terms(gettext_noop("asymptomatic infection"), _OWN, _PATIENT, 14 * DAY),
    Reason.SUSPECTED: Terms(gettext_noop("suspected case, own isolation"), _REPORT, _SUSPECT, 3 * DAY),
    Reason.CLOSE_CONTACT: Terms(gettext_noop("close contact of a confirmed case"), _PATH, _CONTACT, 14 * DAY),
    Reason.HOUSEHOLD: Terms(gettext_noop("lives with a confirmed case"), _PATH, _CONTACT, 14 * DAY),
    Reason.AREA_ARRIVAL: Terms(gettext_noop("arrived from an area under notice"), _NOTICE, _AREA, 14 * DAY),
    Reason.AREA_RESIDENT: Terms(gettext_noop("lives in an area under notice"), _NOTICE, _AREA, 14 * DAY),
    Reason.DISCHARGED: Terms(gettext_noop("discharged, observed at home"), _OWN, _PATIENT, 14 * DAY),
}


class Kind(Enum):
    """Where the person stays."""

    HOME = "home"
    SITE = "site"
    HOSPITAL = "hospital"


class Step(Enum):
    """Decisions about an order; each is one row, none is ever changed."""

    PROPOSE = "propose"
    ISSUE = "issue"
    SERVE = "serve"
    HOME = "home"
    EXTEND = "extend"
    SHORTEN = "shorten"
    RELEASE = "release"
    CONTEST = "contest"
    ANSWER = "answer"


class State(Enum):
    """What the decisions make of the order at a time."""

    PROPOSED = "proposed"
    ISSUED = "issued"
    SERVED = "served"
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True)
class Decision:
    """One decision as the rules see it. `by`: the officer's handle; `homed`: serving took the home point."""

    step: Step
    at: datetime
    by: str
    until: datetime | None = None
    homed: bool = False


@dataclass(frozen=True)
class Standing:
    """What holds at a time: state, end, and how it ended ("released", "expired", "contest_unanswered", "withdrawn")."""

    state: State
    until: datetime | None
    ended_how: str = ""
    contested_at: datetime | None = None
    answer_by: datetime | None = None

    @property
    def restricts(self) -> bool:
        """Whether the person is bound to a place."""
        return self.state in (State.ISSUED, State.SERVED, State.RUNNING)


def standing_of(decisions: Sequence[Decision], at: datetime, *, positive_result: bool = False) -> Standing:
    """The standing of an order at `at` from its decisions in order. `positive_result`: the person's own positive laboratory
    result is the evidence, so an unanswered contest does not end the order (S5)."""
    state, until, contested = State.PROPOSED, None, None
    for decision in decisions:
        if decision.at > at:
            break
        if contested and decision.at >= contested + ANSWER_WITHIN and not positive_result:
            break
        if decision.step is Step.RELEASE:
            return Standing(State.ENDED, decision.at, "released")
        if decision.step is Step.CONTEST:
            contested = contested or decision.at
            continue
        if decision.step is Step.ANSWER:
            contested = None
        until = decision.until or until
        state = _after(state, decision)
    lapse = contested + ANSWER_WITHIN if contested else None
    if lapse and at >= lapse and not positive_result and (until is None or lapse < until):
        return Standing(State.ENDED, lapse, "contest_unanswered", contested)
    if until is not None and at >= until and state is not State.PROPOSED:
        return Standing(State.ENDED, until, "expired", contested)
    return Standing(state, until, "", contested, lapse)


def _after(state: State, decision: Decision) -> State:
    if decision.step is Step.ISSUE:
        return State.ISSUED
    if decision.step is Step.SERVE:
        return State.RUNNING if decision.homed else State.SERVED
    if decision.step is Step.HOME and state is State.SERVED:
        return State.RUNNING
    return state


def why_not_issue(
    reason: Reason,
    evidence: Evidence | None,
    basis: LegalBasis,
    start: datetime,
    until: datetime | None,
    evidence_until: datetime | None = None,
) -> str:
    """The sentence for which an order may not be issued; empty when it may."""
    terms = reason.terms
    if evidence is None:
        return _(NO_PATH)
    if evidence not in terms.evidence:
        return _(
            "The reason “%(reason)s” does not rest on this kind of evidence; choose the reason that the evidence supports."
        ) % {"reason": _(terms.label)}
    if basis not in terms.bases:
        return _("The legal basis does not cover the reason “%(reason)s”; choose one that does.") % {"reason": _(terms.label)}
    return why_not_until(reason, start, until, evidence_until)


def why_not_until(reason: Reason, start: datetime, until: datetime | None, evidence_until: datetime | None = None) -> str:
    """The sentence for which an end does not do; empty when it does. `evidence_until`: how long the evidence itself holds."""
    if until is None:
        return _("An order needs an end date.")
    if until <= start:
        return _("The end date lies before the decision; choose a later one.")
    if evidence_until is not None and until > evidence_until:
        return _("The evidence holds until %(until)s; the order cannot outlast it.") % {
            "until": f"{evidence_until.astimezone(COUNTY):%Y-%m-%d %H:%M}"
        }
    if until > start + reason.terms.longest:
        longest = reason.terms.longest
        words = {"reason": _(reason.terms.label), "days": longest.days, "hours": int(longest.total_seconds() // 3600)}
        if longest > 3 * DAY:
            said = _(
                "An order for “%(reason)s” lasts %(days)d days at most; a longer one is a new decision when they have passed."
            )
        else:
            said = _(
                "An order for “%(reason)s” lasts %(hours)d hours at most; a longer one is a new decision when they have passed."
            )
        return said % words
    return ""


def may_answer(decisions: Sequence[Decision], officer: str) -> bool:
    """Whether this officer may answer the contest: nobody who decided for the restriction may (S5)."""
    return officer not in {d.by for d in decisions if d.step in (Step.PROPOSE, Step.ISSUE, Step.EXTEND, Step.ANSWER)}


def alarm_due(without_path: int) -> bool:
    """Whether so many refusals from one source within the window are an alarm (Zhengzhou 2022: 1,317)."""
    return without_path > MOST_WITHOUT_PATH
