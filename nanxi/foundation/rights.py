"""Roles and rights as code, each right one plain sentence. Changing them is a release, not a setting (safeguard 10)."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from django.utils.translation import gettext_noop as _

View = TypeVar("View", bound=Callable[..., Any])


class Right(Enum):
    """What somebody may do. The value is the sentence shown to the person who lacks it."""

    SEE_DESK = _("See the desk home of one's own area.")
    HAND_IN_LISTS = _("Hand in a list of people and preview what it holds.")
    TRIAGE_DIRECTIVES = _("Receive directives, triage and dispatch them, and send the answer.")
    REVIEW_IDENTITY = _("Decide whether two records are the same person, and undo such a decision.")
    LOOK_UP_PERSON = _("Look up one person by full ID number or phone inside an open task.")
    READ_PERSON = _("Open a person's page for a stated purpose tied to a case, an order or a task.")
    ASSIGN_TASKS = _("Assign and reassign tasks of one's own area.")
    DO_TASKS = _("Carry out the tasks one holds and record their result.")
    ENTER_RESULTS = _("Enter laboratory results.")
    REPORT_SUSPECT = _("Report a suspected case as a named clinician.")
    CONFIRM_CASE = _("Confirm or discard a case that another person reported.")
    INTERVIEW_CASE = _("Interview a case and record its course and contacts.")
    TRACE_CONTACTS = _("Run a tracing for a confirmed case and decide on its contacts.")
    APPROVE_WIDE_TRACE = _("Approve, as a second person, a tracing with more than 200 candidates.")
    ISSUE_ORDERS = _("Issue, extend and end isolation orders on evidence.")
    SERVE_ORDERS = _("Serve an order to the person and take the home point.")
    ANSWER_CONTESTS = _("Answer a contest against an order that another officer issued.")
    HANDLE_ALERTS = _("Acknowledge alerts, call, send somebody, and close with what was done.")
    KEEP_ROSTER = _("Keep the roster of one's own unit and hand over the shift.")
    KEEP_FORMS = _("Publish forms and switch the rules that make tasks.")
    RECORD_PASSAGES = _("Record passages at a checkpoint.")
    RECORD_STAYS = _("Hand in who checked in at a venue or rode in a vehicle.")
    SEE_BRIEF = _("See the daily brief.")
    BIND_DEVICES = _("Bind and revoke the phones of grid workers and posts of one's own area.")
    KEEP_UNITS = _("Keep units and accounts; never persons.")
    SEE_AUDIT = _("Read the ledger, verify it, and review who looked at whom.")
    RUN_SYSTEM = _("Run the system: jobs, backups, health; never persons.")

    @property
    def sentence(self) -> str:
        return self.value


_TOWN = {
    Right.SEE_DESK, Right.HAND_IN_LISTS, Right.REVIEW_IDENTITY, Right.LOOK_UP_PERSON, Right.READ_PERSON, Right.ASSIGN_TASKS,
    Right.DO_TASKS, Right.SERVE_ORDERS, Right.HANDLE_ALERTS, Right.KEEP_ROSTER, Right.SEE_BRIEF, Right.BIND_DEVICES,
}  # fmt: skip


class Role(Enum):
    """A post in the county's organisation: code, sentence, rights, and whether a second factor is asked for."""

    HQ_DESK = (
        "hq_desk",
        _("Headquarters desk"),
        _TOWN | {Right.TRIAGE_DIRECTIVES, Right.ISSUE_ORDERS, Right.ANSWER_CONTESTS, Right.KEEP_UNITS, Right.KEEP_FORMS},
    )
    HQ_LEADER = (
        "hq_leader",
        _("Headquarters leader"),
        {
            Right.SEE_DESK,
            Right.SEE_BRIEF,
            Right.HANDLE_ALERTS,
            Right.READ_PERSON,
            Right.APPROVE_WIDE_TRACE,
            Right.ANSWER_CONTESTS,
        },
    )
    TOWN_DUTY = ("town_duty", _("Town duty officer"), _TOWN | {Right.TRIAGE_DIRECTIVES, Right.ISSUE_ORDERS})
    GRID_WORKER = ("grid_worker", _("Grid worker"), {Right.DO_TASKS, Right.SERVE_ORDERS})
    CHECKPOINT = ("checkpoint", _("Checkpoint staff"), {Right.RECORD_PASSAGES, Right.RECORD_STAYS})
    VENUE = ("venue", _("Venue or vehicle terminal"), {Right.RECORD_STAYS})
    EPIDEMIOLOGIST = (
        "epidemiologist",
        _("Epidemiologist"),
        {
            Right.SEE_DESK,
            Right.HAND_IN_LISTS,
            Right.READ_PERSON,
            Right.LOOK_UP_PERSON,
            Right.REVIEW_IDENTITY,
            Right.ENTER_RESULTS,
            Right.INTERVIEW_CASE,
            Right.TRACE_CONTACTS,
            Right.RECORD_STAYS,
            Right.DO_TASKS,
            Right.ISSUE_ORDERS,
            Right.SEE_BRIEF,
        },
    )
    CONFIRMER = (
        "confirmer",
        _("Case confirmer (laboratory or clinician)"),
        {Right.SEE_DESK, Right.ENTER_RESULTS, Right.REPORT_SUSPECT, Right.CONFIRM_CASE, Right.DO_TASKS, Right.LOOK_UP_PERSON},
    )
    SITE_MANAGER = ("site_manager", _("Site manager"), {Right.DO_TASKS, Right.SERVE_ORDERS, Right.RECORD_STAYS})
    ENTERPRISE = ("enterprise", _("Enterprise user"), {Right.HAND_IN_LISTS})
    LIAISON = ("liaison", _("Liaison officer"), {Right.SEE_DESK, Right.DO_TASKS, Right.HANDLE_ALERTS, Right.RECORD_PASSAGES})
    COUNTER_CLERK = ("counter_clerk", _("Counter clerk"), {Right.HAND_IN_LISTS, Right.DO_TASKS})
    OVERSIGHT = ("oversight", _("Oversight officer"), {Right.SEE_AUDIT, Right.SEE_BRIEF})
    OPERATOR = ("operator", _("System operator"), {Right.RUN_SYSTEM, Right.KEEP_UNITS})

    def __init__(self, code: str, label: str, rights: set[Right]) -> None:
        self.code = code
        self.label = label
        self.rights = frozenset(rights)

    @property
    def works_by_device(self) -> bool:
        """Grid workers and posts sign in with a bound phone and PIN; desks with password and TOTP."""
        return self in _BY_DEVICE

    @classmethod
    def of(cls, code: str) -> Role:
        return _BY_CODE[code]


#: Where the house asks for a second person, and the eyes upon it.
_SECOND_PERSON = {
    Right.ISSUE_ORDERS, Right.ANSWER_CONTESTS, Right.REPORT_SUSPECT, Right.ENTER_RESULTS, Right.CONFIRM_CASE,
    Right.TRACE_CONTACTS, Right.APPROVE_WIDE_TRACE, Right.SEE_AUDIT,
}  # fmt: skip


def may_keep_account(keeper: Role, role: Role) -> bool:
    """Whether a keeper of accounts may open and close one of this role: who decides about persons makes no second person."""
    if Right.KEEP_UNITS not in keeper.rights:
        return False
    return not (keeper.rights & _SECOND_PERSON and role.rights & (_SECOND_PERSON | {Right.KEEP_UNITS}))


_BY_DEVICE = {Role.GRID_WORKER, Role.CHECKPOINT, Role.VENUE}
_BY_CODE = {role.code: role for role in Role}


def requires(right: Right, *others: Right) -> Callable[[View], View]:
    """Declare the right(s) a view asks for; any one of them suffices. The gate refuses undeclared views."""

    def mark(view: View) -> View:
        view.nanxi_rights = frozenset({right, *others})  # type: ignore[attr-defined]
        return view

    return mark


def signed_in(view: View) -> View:
    """Declare a view that every signed-in person may open (own profile, event stream)."""
    view.nanxi_rights = frozenset(Right)  # type: ignore[attr-defined]
    view.nanxi_any_role = True  # type: ignore[attr-defined]
    return view


def public(why: str, *, after_sunset: bool = False) -> Callable[[View], View]:
    """Declare a view without sign-in; it sets its own scope (a signed code, a device token). `why` is for the reader."""

    def mark(view: View) -> View:
        view.nanxi_public = why  # type: ignore[attr-defined]
        view.nanxi_after_sunset = after_sunset  # type: ignore[attr-defined]
        return view

    return mark
