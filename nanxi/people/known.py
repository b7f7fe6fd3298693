"""Who is meant by a full ID number or phone: by keyed digests only, many at once. Nothing is opened and nobody is listed.

For doors that hand in where somebody was: the answer is a record to hang a fact on, never a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from nanxi.foundation import vault
from nanxi.people.models import SourceRecord
from nanxi.people.neighbours import records_under
from nanxi.people.rules import ids, phones
from nanxi.people.rules.traits import Key


def known_records(asked: Sequence[tuple[str, str]]) -> list[UUID | None]:
    """For each (ID number, phone) the oldest record that carries it, in scope; None when nobody does or a phone is shared."""
    marks = [(ids.normal_id(id_no), phones.normal_phone(phone)) for id_no, phone in asked]
    by_id = _by_id({number for number, _ in marks if number})
    by_phone = _by_phone({phone for number, phone in marks if phone and number not in by_id})
    return [by_id.get(number) or by_phone.get(phone) for number, phone in marks]


def _by_id(numbers: set[str]) -> dict[str, UUID]:
    index = {vault.index("id_no", number): number for number in numbers}
    rows = SourceRecord.objects.filter(id_index__in=list(index)).order_by("-id").values_list("id_index", "id")
    return {index[bytes(mark)]: record for mark, record in rows}


def _by_phone(numbers: set[str]) -> dict[str, UUID]:
    keys = {(int(Key.PHONE), vault.block("phone", number)): number for number in numbers}
    under = {key: records_under([key]) for key in keys}
    every = {record for records in under.values() for record in records}
    person = dict(SourceRecord.objects.filter(pk__in=every).values_list("id", "person_id"))
    found: dict[str, UUID] = {}
    for key, records in under.items():
        whose = {person[record] or record for record in records if record in person}
        if len(whose) == 1:
            found[keys[key]] = min(record for record in records if record in person)
    return found
