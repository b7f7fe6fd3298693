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
#: The place of whoever asked, and a record that shares a key with it.
FOUND = np.dtype([("n", ">i4"), ("record", "V16")])
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
#: Keys of kept records, and keys handed over. A bare row asks for names; every other key asks for its own kind.
_KIND = f"CASE i.kind WHEN {int(Key.BARE)} THEN {int(Key.NAME)}::smallint ELSE i.kind END AS under"
_OF_RECORDS = (
    f"SELECT s.n::int - 1 AS n, i.kind, i.value, {_KIND} FROM unnest($1::uuid[]) WITH ORDINALITY AS s(id, n)"
    " JOIN people_recordindex AS i ON i.record_id = s.id"
    f" AND i.kind = ANY('{{{', '.join(str(int(kind)) for kind in PROBES)}}}'::smallint[])"
)
_OF_KEYS = f"SELECT i.n, i.kind, i.value, {_KIND} FROM unnest($1::int[], $2::smallint[], $3::bigint[]) AS i(n, kind, value)"
#: Keys of too many are left out; of phones among them it is told that they are.
_REACH = f"""
    WITH k AS (%s), f AS MATERIALIZED (
        SELECT k.n, k.kind, k.value, o.records FROM k CROSS JOIN LATERAL (
            SELECT array_agg(r.record_id) AS records FROM (
                SELECT record_id FROM people_recordindex WHERE kind = k.under AND value = k.value LIMIT {MOST_PER_KEY + 1}
            ) AS r) AS o),
    u AS MATERIALIZED (
        SELECT f.n, a.record FROM f, unnest(f.records) AS a(record) WHERE cardinality(f.records) <= {MOST_PER_KEY})
    SELECT (SELECT string_agg(int4send(n) || uuid_send(record), ''::bytea) FROM u),
        (SELECT string_agg(int8send(value), ''::bytea) FROM f
            WHERE kind = {int(Key.PHONE)} AND cardinality(records) > {MOST_PER_KEY})"""
_FROM_RECORDS = f"{_REACH % _OF_RECORDS}, ({_STRIPS} s.id IN (SELECT record FROM u EXCEPT SELECT unnest($2::uuid[])))"
_BY_KEYS = f"{_REACH % _OF_KEYS}, ({_STRIPS} s.id IN (SELECT record FROM u))"
_UNDER_KEYS = _REACH % _OF_KEYS


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
    """Records under keys: `n` the place of whoever asked, `record` 16 bytes; `crowded`: phones of too many records, by digest;
    `loaded`: those of the records that were not known before and still can be matched."""

    n: Rows
    record: NDArray[Any]
    crowded: list[int]
    loaded: Loaded


def reached_from(records: Sequence[bytes], known: Iterable[bytes] = ()) -> Reached:
    """Everybody who shares a key with kept records (ids as 16 bytes), themselves among them. `n` counts the records from 0;
    strips of `known` records are not brought again."""
    return _reached(*statements.ask(_FROM_RECORDS, [array_of(records), array_of(known)]))


def reached_by(keys: Sequence[tuple[int, int, int]]) -> Reached:
    """Everybody under keys (n, kind, value) of rows that are not kept."""
    return _reached(*statements.ask(_BY_KEYS, _columns(keys)))


def _columns(keys: Sequence[tuple[int, int, int]]) -> list[list[int]]:
    return [list(column) for column in zip(*keys, strict=True)] or [[], [], []]


def _reached(answer: Sequence[bytes | None]) -> Reached:
    found, crowded, strips = answer
    pairs = np.frombuffer(found or b"", FOUND)
    phones = np.unique(np.frombuffer(crowded or b"", ">i8")).tolist()
    return Reached(pairs["n"].astype(np.int64), pairs["record"], phones, Loaded(np.frombuffer(strips or b"", LOADED)))


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
    asked = [(number, kind, value) for number, (kind, value) in enumerate(sorted(set(keys)))]
    statements.also(BY_KEY)
    ((found, _crowded),) = statements.ask(_UNDER_KEYS, _columns(asked))
    return {UUID(bytes=one.tobytes()) for one in np.frombuffer(found or b"", FOUND)["record"]}
