"""The only reads of this room: masked labels, who a record belongs to, the review pile. Always in the current scope."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from nanxi.foundation import vault
from nanxi.people.identity import Label, label_of
from nanxi.people.intake.cells import folded
from nanxi.people.intake.elsewhere import name_of as name_of_county  # noqa: F401 - door for lists to hand over
from nanxi.people.intake.origins import origin_of
from nanxi.people.list_queries import (
    arrivals_of_batch,  # noqa: F401
    batch_by_id,  # noqa: F401
    batch_of_ref,  # noqa: F401
    has_arrivals,  # noqa: F401
    has_more,  # noqa: F401
    rows_elsewhere,  # noqa: F401
    rows_of_batch,  # noqa: F401
)
from nanxi.people.models import IdentityLink, ReviewPair, SourceRecord
from nanxi.people.quality import blind_checks, overlooked  # noqa: F401 - doors of the intake's pages
from nanxi.people.result_queries import FileRow, rows_of_files  # noqa: F401 - for the score of a rehearsal
from nanxi.people.sealing import identity_of


def origin_code(text: str) -> str:
    """Six digits of the prefecture or province outside that a place names, "" when it cannot be told."""
    return origin_of(folded(text))


PURGED = Label("…", "")
#: Kinds of sources that begin so are what somebody said in a case: a name, not an address. So is whoever was named as kin.
CLAIMS = "cases."
NAMED = "people.relation"


def masked_labels(person_ids: Iterable[UUID]) -> dict[UUID, Label]:
    """Person → masked label, from the person's best record in scope (or under a grant). Needs no grant itself."""
    wanted = [person for person in set(person_ids) if person]
    if not wanted:
        return {}
    rows = SourceRecord.everything.filter(person_id__in=wanted).order_by("person_id", "rank", "id").distinct("person_id")
    labels: dict[UUID, Label] = {}
    for row, label in _labelled(rows.only("id", "person_id", "sealed")):
        if row.person_id:
            labels[row.person_id] = label
    return labels


def labels_of_records(record_ids: Iterable[UUID]) -> dict[UUID, Label]:
    """Record → masked label of what the record itself says."""
    rows = SourceRecord.everything.filter(pk__in=set(record_ids)).only("id", "person_id", "sealed")
    labels: dict[UUID, Label] = {}
    for row, label in _labelled(rows):
        labels[row.id] = label
    return labels


def _labelled(rows: Iterable[SourceRecord]) -> list[tuple[SourceRecord, Label]]:
    found = list(rows)
    vault.load_keys(row.id for row in found)
    return [(row, label_of_record(row)) for row in found]


def label_of_record(row: SourceRecord) -> Label:
    """The masked label of a loaded record; load the keys of a page first (vault.load_keys)."""
    try:
        return label_of(identity_of(row))
    except vault.Sealed:
        return PURGED


def persons_of(record_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Record → person, for the records that are linked by now."""
    rows = SourceRecord.everything.filter(pk__in=set(record_ids), person_id__isnull=False)
    return dict(rows.values_list("id", "person_id"))


def homes_of(record_ids: Iterable[UUID]) -> dict[UUID, set[str]]:
    """Record → the areas that the records of its person name, in scope.

    Withdrawn lists say nothing any more, and a case room's claim says where somebody was named, not where he lives.
    """
    asked = SourceRecord.everything.filter(pk__in=set(record_ids)).values_list("id", "person_id")
    own = {pk: person or pk for pk, person in asked}
    named: dict[UUID, set[str]] = {}
    rows = SourceRecord.everything.filter(Q(person_id__in=set(own.values())) | Q(pk__in=set(own)), withdrawn_at=None)
    for pk, person, kind, area in rows.values_list("id", "person_id", "source_kind", "area_code"):
        if not kind.startswith((CLAIMS, NAMED)):
            named.setdefault(person or pk, set()).add(area)
    return {pk: named.get(person, set()) for pk, person in own.items()}


def record_for_index(index: bytes) -> UUID | None:
    """The record that carries this blind index of an ID number (`vault.index("id_no", normal_id(text))`), oldest first."""
    rows = SourceRecord.everything.filter(id_index=index).order_by("id")
    return rows.values_list("id", flat=True).first()


def best_record(person_id: UUID) -> UUID | None:
    """The record in scope that stands for the person."""
    return SourceRecord.objects.filter(person_id=person_id).order_by("rank", "id").values_list("id", flat=True).first()


def waiting(record_ids: Iterable[UUID]) -> int:
    """How many of these records matching has not looked at yet."""
    return SourceRecord.everything.filter(pk__in=set(record_ids), matched_at=None).count()


def records_of_person(person_id: UUID) -> QuerySet[SourceRecord]:
    """The records of a person in scope or under a grant, best first."""
    return SourceRecord.everything.filter(person_id=person_id).order_by("rank", "id")


def records_of_persons(person_ids: set[UUID]) -> dict[UUID, set[UUID]]:
    """Person → the ids of their records in scope."""
    found: dict[UUID, set[UUID]] = {}
    for person, record in SourceRecord.objects.filter(person_id__in=person_ids).values_list("person_id", "id"):
        found.setdefault(person, set()).add(record)
    return found


def now_of_person(person_id: UUID) -> UUID | None:
    """Where the records of a person without records went: an old address of somebody joined with another still leads on."""
    links = IdentityLink.everything.filter(person_id=person_id, record__person_id__isnull=False).order_by("-at", "-id")
    return links.values_list("record__person_id", flat=True).first()


def links_of_person(person_id: UUID) -> QuerySet[IdentityLink]:
    """Every decision that ever put a record to this person, newest first."""
    return IdentityLink.everything.filter(person_id=person_id).select_related("record").order_by("-at", "-id")


def persons() -> QuerySet[SourceRecord]:
    """The records of one's own area, newest first; a list line is a record with its person."""
    return SourceRecord.objects.filter(withdrawn_at=None).order_by("-id")


def open_pairs() -> QuerySet[ReviewPair]:
    """The review pile: pairs without a decision, the likeliest first."""
    return ReviewPair.objects.filter(decided_at=None).order_by("-score", "id")


def decided_pairs() -> QuerySet[ReviewPair]:
    return ReviewPair.objects.filter(decided_at__isnull=False).order_by("-decided_at", "-id")
