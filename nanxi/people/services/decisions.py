"""What officers decide on the review pile, and undoing a link. A decision is remembered: rules never move a decided record."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.rights import Right
from nanxi.people.models import IdentityLink, ReviewPair, SourceRecord
from nanxi.people.rules.who import Rule
from nanxi.people.services.links import Move, add_persons, move_records


@service
def show_pair(act: Act, pair: ReviewPair) -> ReviewPair:
    """Looking at a pair is a read of two persons' masked rows; the ledger keeps it before the page leaves."""
    act.need(Right.REVIEW_IDENTITY)
    act.log("people.pair.shown", area=pair.area_code, subject=("people.pair", pair.id))
    return pair


@service
def decide_pair(act: Act, pair: ReviewPair, same: bool) -> ReviewPair:
    """Same person: all records of the younger person go to the older one. Not the same: both stay, and stay apart.

    Raises Refused when two valid different ID numbers would become one person, or the pair was decided meanwhile.
    """
    act.need(Right.REVIEW_IDENTITY)
    pair = ReviewPair.objects.select_for_update().get(pk=pair.pk)
    if pair.decided_at is not None:
        raise Refused(_("A colleague has decided on this pair already."))
    one, other = _person_of(pair.one_id), _person_of(pair.other_id)
    if pair.blind:
        return _judge(act, pair, same, together=one == other)
    if same and one != other:
        _join(act, pair, keep=min(one, other), give=max(one, other))
    _pin([one, other])
    _close(act, pair, same)
    act.log("people.pair.decided", area=pair.area_code, subject=("people.pair", pair.id), same=same)
    return pair


def _judge(act: Act, pair: ReviewPair, same: bool, *, together: bool) -> ReviewPair:
    """The answer on a link that a rule had made: right, and nothing moves; wrong, and the record that came leaves its person."""
    if not same and together:
        later = max(pair.one_id, pair.other_id)
        link = IdentityLink.everything.filter(record_id=later).order_by("-at", "-id").first()
        if link is not None:
            _part(act, link, pair.id)
    _close(act, pair, same)
    act.log("people.pair.decided", area=pair.area_code, subject=("people.pair", pair.id), same=same)
    return pair


@service
def reopen_pair(act: Act, pair: ReviewPair) -> ReviewPair:
    """Take a decision back: records that it moved return to where they were, and the pair lies on the pile again."""
    act.need(Right.REVIEW_IDENTITY)
    pair = ReviewPair.objects.select_for_update().get(pk=pair.pk)
    if pair.decided_at is None:
        raise Refused(_("This pair is still open; there is nothing to undo."))
    made = list(IdentityLink.everything.filter(pair=pair, at=pair.decided_at).select_related("record", "supersedes"))
    if any(link.record.person_id != link.person_id for link in made):
        raise Refused(_("A later decision moved these records again. Undo that one first."))
    moves = [
        Move(link.record_id, link.record.area_code, link.person_id, link.supersedes.person_id, Rule.OFFICER)
        for link in made
        if link.supersedes
    ]
    move_records(act, moves, pair=pair.id)
    pair.decided_at = pair.decided_by = pair.same = None
    pair.save(update_fields=["decided_at", "decided_by", "same"])
    act.log("people.pair.reopened", area=pair.area_code, subject=("people.pair", pair.id), count=len(moves))
    return pair


@service
def undo_link(act: Act, link: IdentityLink) -> IdentityLink:
    """The record leaves its person: back to the one it came from, or to a new one. What rests on the record follows it.

    Raises Refused for a link that no longer holds, or when the record is all the person has.
    """
    act.need(Right.REVIEW_IDENTITY)
    return _part(act, link)


def _part(act: Act, link: IdentityLink, pair: UUID | None = None) -> IdentityLink:
    record = SourceRecord.objects.select_for_update().filter(pk=link.record_id).first()
    if record is None:
        raise Refused(_("This record is not in your area, or it was purged."))
    if record.person_id != link.person_id or _later_link(link):
        raise Refused(_("This link no longer holds. Open the person's page again."))
    before = link.supersedes.person_id if link.supersedes else None
    if before is None or before == link.person_id:
        if not SourceRecord.everything.filter(person_id=link.person_id).exclude(pk=record.pk).exists():
            raise Refused(_("This is the only record of the person; there is nothing to part."))
        before = uuid7()
        add_persons([before])
    # Those left behind are decided too, otherwise the rule would bring them together again.
    _pin([link.person_id])
    made = move_records(act, [Move(record.id, record.area_code, link.person_id, before, Rule.OFFICER)], pair=pair)
    _part_pair(act, record.id, link)
    act.log(
        "people.link.undone", area=record.area_code, subject=("people.link", link.id), person=link.person_id, record=record.id
    )
    return IdentityLink.everything.get(pk=made[0])


def _person_of(record_id: UUID) -> UUID:
    record = SourceRecord.objects.select_for_update().filter(pk=record_id).first()
    if record is None:
        raise Refused(_("One of the two records is outside your area; headquarters decides on this pair."))
    if record.person_id is None:
        raise Refused(_("One of the two records is still being matched. Try again in a moment."))
    return record.person_id


def _join(act: Act, pair: ReviewPair, *, keep: UUID, give: UUID) -> None:
    rows = list(SourceRecord.everything.filter(person_id__in=[keep, give]))
    if len({bytes(row.id_index) for row in rows if row.id_index}) > 1:
        raise Refused(
            _("Two valid different ID numbers are never one person. Have the wrong number corrected by whoever sent the list.")
        )
    moves = [Move(row.id, row.area_code, give, keep, Rule.OFFICER) for row in rows if row.person_id == give]
    move_records(act, moves, pair=pair.id)


def _pin(persons: Iterable[UUID]) -> None:
    SourceRecord.everything.filter(person_id__in=set(persons), pinned=False).update(pinned=True)


def _close(act: Act, pair: ReviewPair, same: bool) -> None:
    pair.decided_at, pair.decided_by, pair.same = act.now, act.actor.user_id, same
    pair.save(update_fields=["decided_at", "decided_by", "same"])


def _later_link(link: IdentityLink) -> bool:
    last = IdentityLink.everything.filter(record_id=link.record_id).order_by("-at", "-id").first()
    return last is None or last.pk != link.pk


def _part_pair(act: Act, record_id: UUID, link: IdentityLink) -> None:
    """A pair whose "same" brought the link about now says "not the same"."""
    if link.pair_id is None:
        return
    pair = ReviewPair.everything.filter(pk=link.pair_id, same=True).first()
    if pair is not None and record_id in (pair.one_id, pair.other_id):
        _close(act, pair, same=False)
