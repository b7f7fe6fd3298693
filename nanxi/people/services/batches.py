"""Lists as their officers handle them: handed in, previewed, columns corrected, taken in, corrected, withdrawn.

The work on rows is done by jobs (`list_jobs`); here is only what an officer asks for. Nothing of a list counts
before it is taken in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nanxi.foundation import jobs, vault
from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.grants import Purpose
from nanxi.foundation.models import UnitArea
from nanxi.foundation.rights import Right
from nanxi.people import list_jobs
from nanxi.people.intake.books import digest_of
from nanxi.people.intake.columns import BY_KEY
from nanxi.people.intake.columns.catalogue import NAMING
from nanxi.people.intake.files import kind_of
from nanxi.people.intake.problems import Unreadable
from nanxi.people.list_sealing import layout_of, seal_file
from nanxi.people.list_sheets import ErrorSheet, Sheet, error_sheet, sheet_of
from nanxi.people.models import ListBatch, SenderColumns

READ, TAKE_IN, TAKE_OUT = gettext_noop("Read a list"), gettext_noop("Take a list in"), gettext_noop("Withdraw a list")


@service
def stage_file(
    act: Act, *, area: str, file_name: str, content: bytes, sender: str, source_ref: str = "", list_day: date | None = None
) -> ListBatch:
    """Hand a file in for preview. The same file again changes nothing and answers with the list that is here already.

    Raises Refused for a file that may not be parsed, and for an area outside one's own.
    """
    return _receive(act, area, file_name, content, sender=sender, source_ref=source_ref, list_day=list_day)


@service
def stage_and_commit(
    act: Act, *, area: str, file_name: str, content: bytes, sender: str, source_ref: str = "", list_day: date | None = None
) -> ListBatch:
    """The same, taken in as soon as it is read: for lists that nobody previews. Rejected rows stay out all the same."""
    return _receive(
        act, area, file_name, content, sender=sender, source_ref=source_ref, list_day=list_day, straight_in=True
    )  # fmt: skip


@service
def correct_file(act: Act, batch: ListBatch, *, file_name: str, content: bytes) -> ListBatch:
    """The whole list once more with its mistakes corrected. Taken in, it replaces the old one: equal rows keep their records."""
    old = _locked(batch)
    if old.state not in (ListBatch.State.COMMITTED, ListBatch.State.READY):
        raise Refused(_("Only a list that was read and not withdrawn can be corrected."))
    return _receive(
        act, old.area_code, file_name, content, sender=old.sender, source_ref=old.source_ref, list_day=old.list_day,
        supersedes=old,
    )  # fmt: skip


@service
def choose_columns(act: Act, batch: ListBatch, *, sheet: int, keys: Sequence[str]) -> ListBatch:
    """Say what the headings of a sheet mean; remembered for this sender, and the file is read again."""
    act.need(Right.HAND_IN_LISTS)
    held = _locked(batch)
    if held.state != ListBatch.State.READY or held.in_hand:
        raise Refused(_("The columns of this list can no longer be changed. Withdraw it and hand it in again."))
    sheets = layout_of(held).sheets
    if not 0 <= sheet < len(sheets) or len(keys) != len(sheets[sheet].labels):
        raise Refused(_("The list was read again meanwhile. Open it once more and choose the columns there."))
    if unknown := [key for key in keys if key and key not in BY_KEY]:
        raise Refused(_("There is no column %(key)s.") % {"key": unknown[0][:40]})
    twice = [key for key in BY_KEY if not BY_KEY[key].many and list(keys).count(key) > 1]
    if twice:
        raise Refused(_("Two columns cannot both be: %(label)s.") % {"label": _(BY_KEY[twice[0]].label)})
    if not any(key in keys for key in NAMING):
        raise Refused(_("One column has to be the name or the ID number."))
    SenderColumns.objects.update_or_create(
        sender_key=vault.index("list_sender", held.sender), labels_key=labels_key(sheets[sheet].labels),
        defaults={"keys": list(keys), "at": act.now, "by_id": act.actor.user_id},
    )  # fmt: skip
    held.staged_at = None
    _hand_to_job(act, held, list_jobs.stage_batch, READ)
    act.log("people.batch.columns_chosen", area=held.area_code, subject=("people.batch", held.id), columns=list(keys))
    return held


@service
def commit_batch(act: Act, batch: ListBatch) -> ListBatch:
    """Take the list in: a job that may be stopped and started again. Raises Refused when there is nothing to take in."""
    act.need(Right.HAND_IN_LISTS)
    held = _locked(batch)
    if held.state not in (ListBatch.State.READY, ListBatch.State.COMMITTING) or held.in_hand:
        raise Refused(_("This list is not waiting to be taken in."))
    return ask_commit(act, held)


def ask_commit(act: Act, held: ListBatch) -> ListBatch:
    """The same from inside another service, for a locked batch."""
    held.commit_asked_at = held.commit_asked_at or act.now
    _hand_to_job(act, held, list_jobs.commit_batch, TAKE_IN)
    act.log("people.batch.commit_asked", area=held.area_code, subject=("people.batch", held.id))
    return held


@service
def withdraw_batch(act: Act, batch: ListBatch) -> ListBatch:
    """The list should not have come: its records leave the persons they were linked to and are found no more."""
    act.need(Right.HAND_IN_LISTS)
    held = _locked(batch)
    if held.superseded_at is not None:
        raise Refused(_("This list was replaced by a corrected file. Withdraw that one."))
    if held.withdrawn_at is not None:
        raise Refused(_("This list was withdrawn already."))
    if held.in_hand:
        raise Refused(_("A job is at work on this list. Stop it first, then withdraw the list."))
    held.withdrawn_at, held.file = act.now, None
    _hand_to_job(act, held, list_jobs.withdraw_batch, TAKE_OUT)
    taken_in = held.staged.exclude(record_id=None).count()
    act.log("people.batch.withdrawn", area=held.area_code, subject=("people.batch", held.id), rows=held.rows, records=taken_in)
    return held


@service
def open_batch(act: Act, *, batch_id: UUID, via: tuple[str, UUID], purpose: Purpose) -> Sheet:
    """The list as its sender wrote it, unsealed, each row with its record; for the answer that goes back to the sender."""
    batch = ListBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise Refused(_("This list is not in your area, or it was purged."))
    sheet = sheet_of(batch)
    act.log(
        "people.batch.read", area=batch.area_code, subject=("people.batch", batch.id), purpose=purpose.value,
        count=len(sheet.rows), via_kind=via[0], via=via[1],
    )  # fmt: skip
    return sheet


@service
def hand_out_errors(act: Act, batch: ListBatch) -> ErrorSheet:
    """The rows that need correcting, in the sender's columns, with the reason beside each cell.

    It holds every row unmasked, so it goes to the unit that handed the list in: whoever else works with the list opens
    persons one by one, each with its grant. Raises Refused.
    """
    act.need(Right.HAND_IN_LISTS)
    if not may_take_out(act, batch):
        raise Refused(_("This workbook holds the list in full; it goes to the unit that handed the list in."))
    found = error_sheet(batch)
    act.log("people.batch.errors_handed_out", area=batch.area_code, subject=("people.batch", batch.id), count=found.faulty)
    return found


def may_take_out(act: Act, batch: ListBatch) -> bool:
    """Whether the list in full may leave to this officer: his unit had it in hand before."""
    return act.actor.unit_id is not None and batch.unit_id == act.actor.unit_id


def own_area(unit_id: UUID | None) -> str:
    """The area a unit answers for: where a list stays when nothing says better."""
    return UnitArea.objects.filter(unit_id=unit_id).order_by("area_id").values_list("area_id", flat=True).first() or ""


def labels_key(labels: Sequence[str]) -> bytes:
    return vault.index("list_labels", "\x1f".join(labels))


def _receive(
    act: Act, area: str, file_name: str, content: bytes, *, sender: str, source_ref: str, list_day: date | None,
    straight_in: bool = False, supersedes: ListBatch | None = None,
) -> ListBatch:  # fmt: skip
    act.need(Right.HAND_IN_LISTS)
    if not act.actor.reach.covers(area):
        raise Refused(_("Area %(area)s is outside your own area; ask headquarters to hand the list in.") % {"area": area})
    try:
        kind_of(file_name, content)
    except Unreadable as problem:
        raise Refused(_(problem.sentence)) from None
    sha256 = digest_of(content)
    if known := _same_file(area, sha256):
        return _repeated(act, known)
    batch = ListBatch(
        area_code=area, sender=sender.strip()[:80], source_ref=source_ref, sha256=sha256, list_day=list_day, received_at=act.now,
        user_id=act.actor.user_id, unit_id=act.actor.unit_id, straight_in=straight_in, supersedes=supersedes,
    )  # fmt: skip
    try:
        with transaction.atomic():  # pyright: ignore[reportGeneralTypeIssues]
            vault.make_keys([batch.id])
            seal_file(batch, file_name, content)
            batch.save(force_insert=True)
    except IntegrityError:
        # Somebody handed the same file in at the same moment.
        known = _same_file(area, sha256)
        assert known is not None
        return _repeated(act, known)
    _hand_to_job(act, batch, list_jobs.stage_batch, READ)
    act.log(
        "people.batch.received", area=area, subject=("people.batch", batch.id), bytes=len(content), corrects=batch.supersedes_id
    )
    return batch


def _same_file(area: str, sha256: bytes) -> ListBatch | None:
    return ListBatch.objects.filter(area_code=area, sha256=sha256, withdrawn_at=None, refused="").first()


def _repeated(act: Act, known: ListBatch) -> ListBatch:
    held = _locked(known)
    if held.state == ListBatch.State.READING and not held.in_hand:
        # Its reading was stopped or broke off: sending the file again is asking for it again.
        _hand_to_job(act, held, list_jobs.stage_batch, READ)
    act.log("people.batch.repeated", area=held.area_code, subject=("people.batch", held.id))
    return held


def _hand_to_job(act: Act, batch: ListBatch, wanted: jobs.Job, title: str) -> None:
    batch.job = jobs.defer(act, wanted, area=batch.area_code, title=_(title), batch=str(batch.id))
    batch.save()


def _locked(batch: ListBatch) -> ListBatch:
    # The job is read after the lock: joined, it would be the one that was there before the wait.
    held = ListBatch.objects.select_for_update().filter(pk=batch.pk).first()
    if held is None:
        raise Refused(_("This list is not in your area, or it was purged."))
    return held
