"""Records that leave the register because their list was withdrawn or replaced: linked to nobody else, found by nothing."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from nanxi.foundation.act import Act, service
from nanxi.foundation.identifiers import uuid7
from nanxi.people.models import ListBatch, RecordIndex, Relation, ReviewPair, SourceRecord, StagedRow
from nanxi.people.rules.who import Rule
from nanxi.people.services.links import Move, add_persons, move_records

#: Behind every other record when a person is to be named.
LAST = 9


def leaving_records(batch_id: UUID, *, replaced: bool, most: int) -> list[UUID]:
    """Records still there of a withdrawn list; with `replaced`, those of the list it corrected that it did not take over."""
    batch = ListBatch.everything.get(pk=batch_id)
    if replaced and batch.supersedes_id is None:
        return []
    source = batch.supersedes_id if replaced else batch.id
    records = StagedRow.everything.filter(batch_id=source).exclude(record_id=None)
    if replaced:
        kept = StagedRow.everything.filter(batch_id=batch.id).exclude(record_id=None)
        records = records.exclude(record_id__in=kept.values("record_id"))
    there = SourceRecord.everything.filter(pk__in=records.values("record_id"), withdrawn_at=None)
    return list(there.order_by("id").values_list("id", flat=True)[:most])


@service
def take_out(act: Act, record_ids: Sequence[UUID]) -> int:
    """Part the records from persons that other lists know too, drop their lookup keys, close their pairs. Returns how many."""
    rows = list(SourceRecord.everything.select_for_update().filter(pk__in=record_ids, withdrawn_at=None).order_by("id"))
    ids = [row.id for row in rows]
    _part(act, rows)
    RecordIndex.everything.filter(record_id__in=ids).delete()
    SourceRecord.everything.filter(pk__in=ids).update(
        withdrawn_at=act.now, matched_at=act.now, pinned=True, rank=LAST, id_index=None, traits=None
    )
    pairs = ReviewPair.everything.filter(Q(one_id__in=ids) | Q(other_id__in=ids), decided_at=None)
    pairs.update(decided_at=act.now, decided_by=act.actor.user_id, same=False)
    area = rows[0].area_code if rows else ""
    act.log("people.records.withdrawn", area=area, count=len(ids), batch=rows[0].batch_id if rows else None)
    return len(ids)


def _part(act: Act, rows: Sequence[SourceRecord]) -> None:
    leaving = {row.id for row in rows}
    persons = {row.person_id for row in rows if row.person_id}
    staying = SourceRecord.everything.filter(person_id__in=persons).exclude(pk__in=leaving).values_list("person_id", flat=True)
    shared = set(staying)
    moves = [
        Move(row.id, row.area_code, row.person_id, uuid7(), Rule.OFFICER)
        for row in rows
        if row.person_id and row.person_id in shared
    ]
    _hang_anew(leaving, shared)
    add_persons([move.after for move in moves])
    move_records(act, moves)


def _hang_anew(leaving: set[UUID], shared: set[UUID | None]) -> None:
    """What officers said of somebody's relations stays with the person when the row it hung on leaves."""
    for side in ("record", "other"):
        hung = Relation.everything.filter(**{f"{side}_id__in": leaving, f"{side}__person_id__in": shared})
        for row in hung.select_related(side):
            stays = SourceRecord.everything.filter(person_id=getattr(row, side).person_id, withdrawn_at=None)
            best = stays.exclude(pk__in=leaving).order_by("rank", "id").values_list("id", flat=True).first()
            if best is not None:
                Relation.everything.filter(pk=row.pk).update(**{f"{side}_id": best})
