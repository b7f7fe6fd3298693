"""Which records stand near others: one question to the key index for all of a batch, which brings their strips as well.

Every question is prepared once per connection and answers with packed bytes: a row that comes alone is matched in a dozen round
trips, and ten thousand of them cost no ten thousand objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.linkage.table import Rows
from nanxi.foundation import statements
from nanxi.people.rules.traits import PROBES, STRIP, Key
from nanxi.people.rules.who import Known

#: A key shared by more records than this says nothing (a hotline number, a very common name in a large town).
MOST_PER_KEY = 200
#: A key of whoever asked, by the asker's place; and a record under a key. A bare row asks for names: both have one digest.
ASKED = np.dtype([("n", ">i4"), ("kind", ">i2"), ("value", ">i8")])
UNDER = np.dtype([("value", ">i8"), ("record", "V16")])
LOADED = np.dtype([("record", "V16"), ("person", "V16"), ("flags", "u1"), ("area", "S15"), ("strip", STRIP)])
PINNED, MATCHED = 1, 2
NO_PERSON = bytes(16)

#: Every question here goes by keys, key after key. A table that has just been filled has no statistics yet, and the planner then
#: reads all of it: a county's first long lists took more than twice as long. Dearer, not forbidden; it ends with the transaction.
#: How many keys are asked for changes nothing in that, so a question is planned once.
BY_KEY = (
    b"SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;"
    b"SET LOCAL plan_cache_mode = force_generic_plan;"
)
#: Records as `LOADED`.
_STRIPS = (
    f"SELECT string_agg(uuid_send(s.id) || coalesce(uuid_send(s.person_id), '\\x{NO_PERSON.hex()}')"
    " || set_byte('\\x00'::bytea, 0, s.pinned::int + 2 * (s.matched_at IS NOT NULL)::int)"
    " || convert_to(rpad(s.area_code, 15), 'UTF8') || s.traits, ''::bytea)"
    " FROM people_sourcerecord AS s WHERE s.traits IS NOT NULL AND "
)
#: Keys of kept records and the records under those that were not asked before. In order, since pages that lie together are then
#: read together: a third of the time. Of a key of too many one record more than the most is told.
_UNDER = f"""
    d AS MATERIALIZED (SELECT DISTINCT CASE kind WHEN {int(Key.BARE)} THEN {int(Key.NAME)}::smallint ELSE kind END AS kind, value
        FROM k WHERE value NOT IN (SELECT unnest($1::bigint[])) ORDER BY 1, 2),
    u AS MATERIALIZED (SELECT d.value, r.record_id AS record FROM d CROSS JOIN LATERAL (
        SELECT record_id FROM people_recordindex WHERE kind = d.kind AND value = d.value LIMIT {MOST_PER_KEY + 1}) AS r)"""
_TOLD = "(SELECT string_agg(int8send(value) || uuid_send(record), ''::bytea) FROM u)"
_FROM_RECORDS = f"""
    WITH k AS MATERIALIZED (
        SELECT s.n::int - 1 AS n, i.kind, i.value FROM unnest($3::uuid[]) WITH ORDINALITY AS s(id, n)
        JOIN people_recordindex AS i ON i.record_id = s.id
        AND i.kind = ANY('{{{", ".join(str(int(kind)) for kind in PROBES)}}}'::smallint[])),{_UNDER}
    SELECT {_TOLD}, ({_STRIPS} s.id = ANY(ARRAY(
            SELECT record FROM u UNION SELECT unnest($3::uuid[]) EXCEPT SELECT unnest($2::uuid[]) ORDER BY 1))),
        (SELECT string_agg(int4send(n) || int2send(kind) || int8send(value), ''::bytea) FROM k)"""
_OF_KEYS = f"WITH k AS (SELECT * FROM unnest($2::smallint[], $3::bigint[]) AS k(kind, value)),{_UNDER} SELECT {_TOLD}"
_BY_KEYS = f"{_OF_KEYS}, ({_STRIPS} s.id = ANY(ARRAY(SELECT DISTINCT record FROM u ORDER BY 1)))"

_WAITING = (
    "SELECT string_agg(uuid_send(w.id), ''::bytea ORDER BY w.id) FROM (SELECT id FROM people_sourcerecord"
    " WHERE matched_at IS NULL ORDER BY id LIMIT $1) AS w"
)


@dataclass(frozen=True)
class Loaded:
    """Records with their strips, each once, in no order."""

    rows: NDArray[Any]

    @property
    def ids(self) -> NDArray[Any]:
        return self.rows["record"]

    @property
    def strips(self) -> NDArray[Any]:
        return self.rows["strip"]

    def known(self, settled: Iterable[bool]) -> list[Known]:
        """The records for the rules. `settled`: of each, whether it stands with its person as it is."""
        rows, strips = self.rows, self.strips
        columns = zip(
            ids_in(self.ids.tobytes()), strips["row"].tolist(), ((strips["id_valid"] != 0) | (strips["passport"] != 0)).tolist(),
            ids_in(rows["person"].tobytes()), rows["flags"].tolist(), settled, rows["area"].tolist(), strict=True,
        )  # fmt: skip
        return [
            Known(UUID(bytes=record), row, has_id, UUID(bytes=person) if person != NO_PERSON else None, bool(flags & PINNED),
                  not flags & MATCHED, still, area.decode().strip())
            for record, row, has_id, person, flags, still, area in columns
        ]  # fmt: skip


@dataclass(frozen=True)
class Reached:
    """What a question brought. `asked`: the keys of whoever asked; `under`: records under those that were not asked before;
    `crowded`: keys of too many records, which bring nobody; `loaded`: those of the records that were not known before and still
    can be matched, the askers among them."""

    asked: NDArray[Any]
    under: NDArray[Any]
    crowded: Rows
    loaded: Loaded

    @property
    def phones(self) -> list[int]:
        """Phones of too many records."""
        told = (self.asked["kind"] == Key.PHONE) & np.isin(self.asked["value"], self.crowded)
        return np.unique(self.asked["value"][told]).tolist()


def reached_from(records: Sequence[bytes], known: Iterable[bytes] = (), keys: Iterable[int] = ()) -> Reached:
    """Everybody who shares a key with kept records (ids as 16 bytes), themselves among them. `n` counts the records from 0.

    `known`: records whose strips are not brought again; `keys`: those under which one has looked already.
    """
    (answer,) = statements.ask(_FROM_RECORDS, [list(keys), array_of(known), array_of(records)])
    told, strips, asked = answer
    return _reached(np.frombuffer(asked or b"", ASKED), told, strips, records)


def reached_by(keys: Sequence[tuple[int, int, int]]) -> Reached:
    """Everybody under keys (n, kind, value) of rows that are not kept."""
    ((told, strips),) = statements.ask(_BY_KEYS, [[], *_columns([key[1:] for key in keys])])
    return _reached(np.array(keys, ASKED), told, strips)


def _columns(keys: Iterable[tuple[int, int]]) -> list[list[int]]:
    return [list(column) for column in zip(*keys, strict=True)] or [[], []]


def _reached(asked: NDArray[Any], told: bytes | None, strips: bytes | None, askers: Iterable[bytes] = ()) -> Reached:
    under, crowded = _without_crowds(told)
    loaded = Loaded(np.frombuffer(strips or b"", LOADED))
    if crowded.size:
        wanted = {*askers, *ids_in(under["record"].tobytes())}
        loaded = Loaded(loaded.rows[[own in wanted for own in ids_in(loaded.ids.tobytes())]])
    return Reached(asked, under, crowded, loaded)


def _without_crowds(told: bytes | None) -> tuple[NDArray[Any], Rows]:
    """Records under keys of few, and the keys of too many."""
    under = np.frombuffer(told or b"", UNDER)
    values, records = np.unique(under["value"].astype(np.int64), return_counts=True)
    crowded = values[records > MOST_PER_KEY]
    return (under[~np.isin(under["value"], crowded)] if crowded.size else under), crowded


def waiting(most: int) -> list[bytes]:
    """The oldest records that matching has not looked at, ids as 16 bytes."""
    ((packed,),) = statements.ask(_WAITING, [most])
    return ids_in(packed or b"")


def ids_in(packed: bytes) -> list[bytes]:
    """Ids laid end to end, apart."""
    return [packed[start : start + 16] for start in range(0, len(packed), 16)]


def load(records: Iterable[UUID]) -> Loaded:
    """The records that still can be matched, each once."""
    return _loaded(f"{_STRIPS} s.id = ANY($1::uuid[])", [record.bytes for record in records])


def load_persons(persons: Sequence[bytes]) -> Loaded:
    """Every record of these persons, ids as 16 bytes."""
    return _loaded(f"{_STRIPS} s.person_id = ANY($1::uuid[])", persons)


def array_of(ids: Iterable[bytes]) -> str:
    """Ids of 16 bytes as an array in the database's writing: ten thousand of them cost no ten thousand objects."""
    return "{" + ",".join([one.hex() for one in ids]) + "}"


def _loaded(question: str, wanted: Sequence[bytes]) -> Loaded:
    if not wanted:
        return Loaded(np.zeros(0, LOADED))
    ((packed,),) = statements.ask(question, [array_of(wanted)])
    return Loaded(np.frombuffer(packed or b"", LOADED))


def records_under(keys: Iterable[tuple[int, int]]) -> set[UUID]:
    """Records under any of the keys (kind, value), keys shared by too many left out."""
    statements.also(BY_KEY)
    ((told,),) = statements.ask(_OF_KEYS, [[], *_columns(set(keys))])
    return {UUID(bytes=record) for record in ids_in(_without_crowds(told)[0]["record"].tobytes())}
