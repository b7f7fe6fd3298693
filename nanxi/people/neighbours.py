"""Which records stand near others: by shared ID, name + phone or whole row (these can link), or by weaker keys (for review)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import connection

from nanxi.people.models import RecordIndex, SourceRecord
from nanxi.people.rules.traits import STRONG, WEAK, Key, Traits
from nanxi.people.sealing import traits_kept

#: A key shared by more records than this says nothing (a hotline number, a very common name in a large town).
MOST_PER_KEY = 200
#: Neighbourhoods are a person's own lists and rarely a second person's; ten steps end any real chain.
HOPS = 10
COLUMNS = (
    "id", "area_code", "id_index", "name_key", "sound_key", "phone_keys", "name_phone_keys", "birth_key", "birth_year", "sex",
    "address_key", "row_key", "person_id", "pinned", "matched_at",
)  # fmt: skip


def neighbourhood(seeds: Iterable[Traits]) -> dict[UUID, Traits]:
    """The seeds and every record that strong keys reach from them."""
    found = {traits.record: traits for traits in seeds}
    edge = list(found.values())
    asked: set[tuple[int, int]] = set()
    ids_asked: set[bytes] = set()
    for _ in range(HOPS):
        keys = {key for traits in edge for key in _strong_keys(traits)} - asked
        ids = {traits.id_key for traits in edge if traits.id_key} - ids_asked
        asked |= keys
        ids_asked |= ids
        reached = {record for records in records_under(keys).values() for record in records} - set(found)
        edge = [traits for traits in _by_ids(ids, reached) if traits.record not in found]
        if not edge:
            break
        found.update((traits.record, traits) for traits in edge)
    return found


def _strong_keys(traits: Traits) -> list[tuple[int, int]]:
    return [(int(Key.NAME_PHONE), pair) for pair in traits.name_phones] + [(int(Key.SAME_ROW), traits.row)]


def _by_ids(ids: set[bytes], records: set[UUID]) -> list[Traits]:
    rows = [*_load(SourceRecord.everything.filter(pk__in=records))] if records else []
    return [*rows, *_load(SourceRecord.everything.filter(id_index__in=ids))] if ids else rows


def load_traits(records: Iterable[UUID]) -> dict[UUID, Traits]:
    wanted = set(records)
    return {traits.record: traits for traits in _load(SourceRecord.everything.filter(pk__in=wanted))} if wanted else {}


def _load(rows) -> list[Traits]:  # type: ignore[no-untyped-def]
    return [traits_kept(row) for row in rows.only(*COLUMNS)]


def records_under(keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], list[UUID]]:
    """Records under each key, keys shared by too many left out. One index probe per key."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    found: dict[tuple[int, int], list[UUID]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.kind, k.value, i.record_id FROM unnest(%s::smallint[], %s::bigint[]) AS k(kind, value),"
            " LATERAL (SELECT record_id FROM people_recordindex AS r WHERE r.kind = k.kind AND r.value = k.value LIMIT %s) AS i",
            [[kind for kind, _ in wanted], [value for _, value in wanted], MOST_PER_KEY + 1],
        )
        for kind, value, record in cursor:
            found[kind, value].append(record)
    return {key: records for key, records in found.items() if len(records) <= MOST_PER_KEY or key[0] in STRONG}


def weak_keys_of(records: Sequence[UUID]) -> dict[UUID, list[tuple[int, int]]]:
    """The weak keys that kept records were filed under."""
    rows = RecordIndex.everything.filter(record_id__in=records, kind__in=[int(kind) for kind in WEAK])
    keys: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
    for record, kind, value in rows.values_list("record_id", "kind", "value"):
        keys[record].append((kind, value))
    return keys


def weak_neighbours(keys: Mapping[UUID, Sequence[tuple[int, int]]]) -> dict[UUID, list[Traits]]:
    """For each record the others under its weak keys."""
    under = records_under(key for mine in keys.values() for key in mine)
    near = {record: {other for key in mine for other in under.get(key, ())} - {record} for record, mine in keys.items()}
    traits = load_traits(other for others in near.values() for other in others)
    return {record: [traits[other] for other in sorted(others) if other in traits] for record, others in near.items()}
