"""Directives: received, triaged, dispatched as tasks, answered. Nothing closes without an answer."""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.desk import below, queries, rules
from nanxi.desk.models import Directive, Task
from nanxi.desk.queries import AnswerSheet
from nanxi.desk.sealing import seal_words
from nanxi.desk.services.parts import withdraw_parts
from nanxi.desk.services.reports import answer_joined
from nanxi.foundation import vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.grants import Purpose
from nanxi.foundation.rights import Right

#: What the intake reads as a list of people; any other attachment stays with the directive.
LISTS = (".xlsx", ".xls", ".et", ".csv")


@service
def receive_directive(
    act: Act,
    *,
    kind: str,
    number: str,
    sender: str,
    deadline: datetime,
    text: str,
    area: str,
    file_name: str = "",
    file: bytes | None = None,
    priority: int = 2,
) -> Directive:
    """Take in a directive with its text and attachment. A list goes to the intake for preview; anything else is sealed here.

    Raises Refused when the same number of this sender is already here, or the list cannot be read.
    """
    act.need(Right.TRIAGE_DIRECTIVES)
    directive = Directive(
        kind=kind,
        number=number.strip(),
        sender=sender.strip(),
        received_at=act.now,
        deadline=deadline,
        priority=priority,
        area_code=area,
        unit_id=act.actor.unit_id,
        text=b"",
    )
    vault.make_keys([directive.id])
    directive.text = vault.seal("desk_directive", "text", directive.id, text)
    if file is not None and file_name.lower().endswith(LISTS):
        directive.batch_id = below.stage_file(
            act, area=area, file_name=file_name, content=file, sender=directive.sender, source_ref=f"directive:{directive.id}"
        )
    elif file is not None:
        directive.file_name = vault.seal("desk_directive", "file_name", directive.id, file_name)
        directive.file = vault.seal("desk_directive", "file", directive.id, base64.b64encode(file).decode())
    try:
        with transaction.atomic():  # pyright: ignore[reportGeneralTypeIssues]
            directive.save(force_insert=True)
    except IntegrityError:
        raise Refused(
            _("Directive %(number)s of this sender is already here; open it instead.") % {"number": directive.number}
        ) from None
    act.log(
        "desk.directive.received",
        area=area,
        subject=("desk.directive", directive.id),
        directive_kind=kind,
        batch=directive.batch_id,
        deadline=directive.deadline,
    )
    return directive


@service
def triage_directive(
    act: Act, directive: Directive, *, priority: int, deadline: datetime, batch_id: UUID | None = None
) -> Directive:
    """Say how urgent it is and until when; from now on its list is dispatched. Open tasks follow a later triage."""
    act.need(Right.TRIAGE_DIRECTIVES)
    directive = _locked(directive)
    directive.priority, directive.deadline = priority, deadline
    directive.batch_id = batch_id or directive.batch_id
    if directive.triaged_at is None:
        directive.triaged_at, directive.triaged_by = act.now, act.actor.user_id
    directive.save(update_fields=["priority", "deadline", "batch_id", "triaged_at", "triaged_by"])
    Task.objects.filter(directive=directive, ended_at=None).update(priority=priority, due=deadline)
    act.log(
        "desk.directive.triaged",
        area=directive.area_code,
        subject=("desk.directive", directive.id),
        priority=priority,
        deadline=deadline,
    )
    return directive


@service
def answer_directive(act: Act, directive: Directive, *, text: str = "", without_reason: str = "") -> Directive:
    """Close with an answer. Raises Refused while tasks are open and no reason is given."""
    act.need(Right.TRIAGE_DIRECTIVES)
    directive = _locked(directive)
    course = queries.course_of(directive)
    if problem := rules.why_not_answer(course, without_reason):
        raise Refused(_(problem))
    directive.answered_at, directive.answered_by = act.now, act.actor.user_id
    directive.answer = seal_words("desk_directive", "answer", text, record_id=directive.id, row_id=directive.id)
    directive.answered_without = seal_words(
        "desk_directive", "answered_without", without_reason, record_id=directive.id, row_id=directive.id
    )
    directive.save(update_fields=["answered_at", "answered_by", "answer", "answered_without"])
    act.log(
        "desk.directive.answered",
        area=directive.area_code,
        subject=("desk.directive", directive.id),
        done=course.tasks_done,
        open=course.tasks_open,
    )
    answer_joined(act, directive)
    return directive


#: Why an answer workbook leaves the house; closed list, kept in the ledger.
REASONS = {
    "answer": gettext_noop("answer to the sender"),
    "again": gettext_noop("the sender asks for it again"),
    "check": gettext_noop("check before it is sent"),
}


@service
def hand_out_answer(act: Act, directive: Directive, *, reason: str) -> AnswerSheet:
    """The answer in the sender's columns, for one stated reason; each download is kept."""
    act.need(Right.TRIAGE_DIRECTIVES)
    if reason not in REASONS:
        raise Refused(_("Choose why the answer leaves the house."))
    if directive.batch_id is None:
        raise Refused(_("This directive came without a list; its answer is the text."))
    if directive.withdrawn_at is not None:
        raise Refused(_("This directive was withdrawn, and with it the reading of its list."))
    sheet = below.open_batch(act, batch_id=directive.batch_id, via=("desk.directive", directive.id), purpose=Purpose.VERIFICATION)
    found = queries.answer_sheet(directive, sheet)
    act.log(
        "desk.directive.exported",
        area=directive.area_code,
        subject=("desk.directive", directive.id),
        purpose=Purpose.VERIFICATION.value,
        reason=reason,
        rows=len(found.rows),
    )
    return found


@service
def open_attachment(act: Act, directive: Directive) -> tuple[str, bytes]:
    """The attachment that came with a directive: file name and content."""
    act.need(Right.TRIAGE_DIRECTIVES)
    if directive.file is None or directive.file_name is None:
        raise Refused(_("This directive came without an attachment."))
    name = vault.unseal("desk_directive", "file_name", directive.id, bytes(directive.file_name))
    content = base64.b64decode(vault.unseal("desk_directive", "file", directive.id, bytes(directive.file)))
    act.log("desk.directive.attachment_opened", area=directive.area_code, subject=("desk.directive", directive.id))
    return name, content


@service
def withdraw_directive(act: Act, directive: Directive) -> Directive:
    """The sender took it back: its open tasks end with it."""
    act.need(Right.TRIAGE_DIRECTIVES)
    directive = _locked(directive)
    directive.withdrawn_at = act.now
    directive.save(update_fields=["withdrawn_at"])
    ended = Task.objects.filter(directive=directive, ended_at=None).update(
        ended_at=act.now, ended_by=act.actor.user_id, ended_for="withdrawn"
    )
    parts = withdraw_parts(act, directive)
    act.log(
        "desk.directive.withdrawn", area=directive.area_code, subject=("desk.directive", directive.id), tasks=ended, parts=parts
    )
    return directive


def _locked(directive: Directive) -> Directive:
    found = Directive.objects.select_for_update().filter(pk=directive.pk).first()
    if found is None:
        raise Refused(_("This directive lies outside the area you answer for."))
    if rules.stage_of(queries.course_of(found)).ended:
        raise Refused(_("This directive is already closed."))
    return found
