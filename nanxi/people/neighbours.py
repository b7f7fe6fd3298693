"""Which records stand near others: one question to the key index for all of a batch, one for the strips of what it brought."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from nanxi.engines.linkage.table import Rows
from nanxi.people.rules.traits import PROBES, STRIP, Key
from nanxi.people.rules.who import Known

#: A key shared by more records than this says nothing (a hotline number, a very common name in a large town).
MOST_PER_KEY = 200
#: A key with its owner's place, and a record that has it too.
FOUND = np.dtype([("n", ">i4"), ("kind", ">i2"), ("value", ">i8"), ("record", "V16")])
LOADED = np.dtype([("record", "V16"), ("person", "V16"), ("flags", "u1"), ("area", "S15"), ("strip", STRIP)])
PINNED, MATCHED = 1, 2
NO_PERSON = bytes(16)

_UNDER = (
    " CROSS JOIN LATERAL (SELECT r.record_id FROM people_recordindex AS r WHERE r.kind = k.under AND r.value = k.value LIMIT %s)"
    " AS o"
)
_PACKED = "SELECT string_agg(int4send(k.n) || int2send(k.kind) || int8send(k.value) || uuid_send(o.record_id), ''::bytea) FROM "
#: Every question here goes by keys, key after key. A table that has just been filled has no statistics yet, and the planner then
#: reads all of it: a county's first long lists took more than twice as long. Dearer, not forbidden; it ends with the transaction.
BY_KEY = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
#: Keys of kept records, and keys handed over.
#: A bare row asks for names; every other key asks for its own kind.
_KIND = f"CASE i.kind WHEN {int(Key.BARE)} THEN {int(Key.NAME)}::smallint ELSE i.kind END AS under"
_OF_RECORDS = (
    _PACKED + "(SELECT s.n::int AS n, i.kind, i.value, " + _KIND + " FROM unnest(%s::uuid[]) WITH ORDINALITY AS s(id, n)"
    " JOIN people_recordindex AS i ON i.record_id = s.id AND i.kind = ANY(%s::smallint[])) AS k" + _UNDER
)
_OF_KEYS = (
    _PACKED + "(SELECT i.n, i.kind, i.value, " + _KIND + " FROM unnest(%s::int[], %s::smallint[], %s::bigint[])"
    " AS i(n, kind, value)) AS k" + _UNDER
)
_LOAD = (
    "SELECT string_agg(uuid_send(s.id) || coalesce(uuid_send(s.person_id), %s) || set_byte('\\x00'::bytea, 0,"
    " s.pinned::int + 2 * (s.matched_at IS NOT NULL)::int) || convert_to(rpad(s.area_code, 15), 'UTF8') || s.traits, ''::bytea)"
    " FROM people_sourcerecord AS s WHERE s.traits IS NOT NULL AND "
)


@dataclass(frozen=True)
class Reached:
    """Records under keys: `n` the place of whoever asked, `record` 16 bytes; `crowded`: phones of too many records, by digest."""

    n: Rows
    record: NDArray[Any]
    crowded: list[int]


def reached_from(records: Sequence[bytes]) -> Reached:
    """Everybody who shares a key with kept records (ids as 16 bytes). `n` counts the records from 0."""
    found = _asked(_OF_RECORDS, [array_of(records), [int(kind) for kind in PROBES], MOST_PER_KEY + 1])
    found["n"] -= 1
    return _uncrowded(found)


def reached_by(keys: Sequence[tuple[int, int, int]]) -> Reached:
    """Everybody under keys (n, kind, value) of rows that are not kept."""
    columns = [list(column) for column in zip(*keys, strict=True)] or [[], [], []]
    return _uncrowded(_asked(_OF_KEYS, [*columns, MOST_PER_KEY + 1]))


def _asked(query: str, values: list[Any]) -> NDArray[Any]:
    with connection.cursor() as cursor:
        cursor.execute(BY_KEY)
        cursor.execute(query, values)
        (packed,) = cursor.fetchone() or (None,)
    return np.frombuffer(bytes(packed or b""), FOUND).copy()


def _uncrowded(found: NDArray[Any]) -> Reached:
    kinds, values = found["kind"].astype(np.int64), found["value"].astype(np.int64)
    owners = found["n"].astype(np.int64)
    order = np.lexsort((owners, values, kinds))
    apart = np.ones(order.size, np.bool_)
    apart[1:] = (np.diff(kinds[order]) != 0) | (np.diff(values[order]) != 0) | (np.diff(owners[order]) != 0)
    start = np.flatnonzero(apart)
    size = np.diff(np.r_[start, order.size])
    crowded = np.repeat(size > MOST_PER_KEY, size)
    phones = values[order[crowded & (kinds[order] == int(Key.PHONE))]]
    kept = order[~crowded]
    return Reached(owners[kept], found["record"][kept], np.unique(phones).tolist())


@dataclass(frozen=True)
class Loaded:
    """Records with their strips, in the order of their ids."""

    rows: NDArray[Any]

    @property
    def ids(self) -> NDArray[Any]:
        return self.rows["record"]

    @property
    def strips(self) -> NDArray[Any]:
        return self.rows["strip"]

    def known(self, at: int, *, settled: bool = False) -> Known:
        row = self.rows[at]
        person = row["person"].tobytes()
        return Known(
            record=UUID(bytes=row["record"].tobytes()), row=int(row["strip"]["row"]),
            has_id=bool(row["strip"]["id_valid"] or row["strip"]["passport"]),
            person=UUID(bytes=person) if person != NO_PERSON else None, pinned=bool(row["flags"] & PINNED),
            fresh=not row["flags"] & MATCHED, settled=settled, area=row["area"].decode().strip(),
        )  # fmt: skip


def load(records: Iterable[UUID] = (), *, packed: Sequence[bytes] | None = None) -> Loaded:
    """The records that still can be matched, each once. `packed`: their ids as 16 bytes."""
    wanted = packed if packed is not None else [record.bytes for record in records]
    return Loaded(_loaded("s.id = ANY(%s::uuid[])", wanted))


def load_persons(persons: Sequence[bytes]) -> Loaded:
    """Every record of these persons, ids as 16 bytes."""
    return Loaded(_loaded("s.person_id = ANY(%s::uuid[])", persons))


def array_of(ids: Iterable[bytes]) -> str:
    """Ids of 16 bytes as an array in the database's writing: ten thousand of them cost no ten thousand objects."""
    return "{" + ",".join(one.hex() for one in ids) + "}"


def _loaded(condition: str, wanted: Sequence[bytes]) -> NDArray[Any]:
    if not wanted:
        return np.zeros(0, LOADED)
    with connection.cursor() as cursor:
        cursor.execute(BY_KEY)
        cursor.execute(_LOAD + condition, [NO_PERSON, array_of(wanted)])
        (packed,) = cursor.fetchone() or (None,)
    return np.frombuffer(bytes(packed or b""), LOADED)


def records_under(keys: Iterable[tuple[int, int]]) -> set[UUID]:
    """Records under any of the keys (kind, value), keys shared by too many left out."""
    reached = reached_by([(number, kind, value) for number, (kind, value) in enumerate(sorted(set(keys)))])
    return {UUID(bytes=one.tobytes()) for one in reached.record}
