"""Numbers of the day parts and whom they stand for. PostgreSQL shows the table only to a transaction that names a tracing run,
or to the archive itself while it puts sightings away (policy in migration 0003).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from django.db import connection

from nanxi.cases import persons
from nanxi.cases.models import Entity, Sighting

ARCHIVE = "archive"
SEQUENCE = "cases_entity_number"


@contextmanager
def opened(by: UUID | str) -> Iterator[None]:
    """The mapping open for one tracing run (its id) or for the archive, inside the running transaction."""
    _tell(str(by))
    try:
        yield
    finally:
        if not connection.needs_rollback:
            _tell("")


def _tell(by: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('nanxi.mapping', %s, true)", [by])


def numbers_for(records: Iterable[UUID]) -> dict[UUID, int]:
    """The number of each record, made where there is none. Only the archive may ask."""
    wanted = set(records)
    known = dict(Entity.objects.filter(record_id__in=wanted).values_list("record_id", "number"))
    if missing := sorted(wanted - known.keys()):
        person = persons.persons_of(missing)
        subject = {record: person.get(record, record) for record in missing}
        taken = dict(Entity.objects.filter(subject__in=set(subject.values())).values_list("subject", "number"))
        fresh = [one for one in dict.fromkeys(subject.values()) if one not in taken]
        taken.update(zip(fresh, _next(len(fresh)), strict=True))
        rows = [Entity(record_id=record, subject=subject[record], number=taken[subject[record]]) for record in missing]
        Entity.objects.bulk_create(rows, batch_size=1000)
        known.update({row.record_id: row.number for row in rows})
    return known


def _next(count: int) -> list[int]:
    """Numbers nobody had before, not even in a transaction that was taken back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [SEQUENCE, count])
        return [row[0] for row in cursor.fetchall()]


def give_up_moved() -> int:
    """Records whose person changed, and all that shared their number, wait to be put away under new numbers."""
    numbers = list(Entity.objects.filter(moved=True).values_list("number", flat=True).distinct())
    if not numbers:
        return 0
    rows = Entity.objects.filter(number__in=numbers)
    Sighting.everything.filter(record_id__in=list(rows.values_list("record_id", flat=True))).update(waits=True)
    rows.delete()
    return len(numbers)


def move(record: UUID, subject: UUID | None) -> None:
    """A record belongs to somebody else now (None: to nobody). Harmless for one that was never seen anywhere."""
    with opened(ARCHIVE):
        Entity.objects.filter(record_id=record).exclude(subject=subject or record).update(moved=True)


def number_of(records: Iterable[UUID]) -> int | None:
    """The number under which a person's records were put away."""
    return Entity.objects.filter(record_id__in=list(records)).order_by("number").values_list("number", flat=True).first()


def live(numbers: Iterable[int]) -> set[int]:
    """Those that stand for somebody; a number that was given up stands for nobody."""
    return set(Entity.objects.filter(number__in=list(numbers)).values_list("number", flat=True))


def records_of(numbers: Iterable[int]) -> Mapping[int, list[UUID]]:
    """Number → its records, oldest first."""
    found: dict[int, list[UUID]] = {}
    for number, record in Entity.objects.filter(number__in=list(numbers)).order_by("id").values_list("number", "record_id"):
        found.setdefault(number, []).append(record)
    return found
