# pyright: basic
"""The compiled engine at work: tables of column addresses, room to work in, the work shared out between threads.

Crowds are counted visit by visit, so each thread takes some visits. Meetings are added up entity by entity, so each thread takes
some entities and reads all rows: two never write to one tally, and sums come out the same for any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

from nanxi.engines.trace import columns as c
from nanxi.engines.trace import kernel, routine, tallies
from nanxi.engines.trace.met import RECORD, Met
from nanxi.engines.trace.parts import Array
from nanxi.engines.trace.question import Question
from nanxi.engines.trace.stays import Ints
from nanxi.engines.trace.store import Part

_ROOM = 8192
_PLACE = ("p_key", "p_off", "p_t0", "p_dur", "p_ent", "p_how")
_ENTITY = ("e_key", "e_off", "e_t0", "e_dur", "e_pl", "e_how")
#: Below so many rows to look at a second thread costs more than it saves.
_WORTH_A_THREAD = 100_000
#: And a thread for fewer entities than this.
_FEW = 24


class Room:
    """What a question works in, kept between questions: 32 bytes and some bits for each entity, and threads."""

    def __init__(self, entities: int) -> None:
        self.entities = entities
        size = entities // 64 + 1
        # Filled by hand: pages that come zeroed from the system come small, and each tally then costs a walk of the page table.
        self.words = np.empty(entities * tallies.WORDS, np.uint64)
        self.words[:] = 0
        self.bits, self.twice, self.touched, self.member = (np.zeros(size, np.uint64) for _ in range(4))
        self._pool: ThreadPoolExecutor | None = None
        self._threads = 1

    @property
    def nbytes(self) -> int:
        return self.words.nbytes + sum(bits.nbytes for bits in (self.bits, self.twice, self.touched, self.member))

    def share(self, work: Callable[..., Any], shares: Sequence[tuple[Any, ...]]) -> list[Any]:
        """What `work` says to each share, in their order; each share on a thread of its own."""
        if len(shares) == 1:
            return [work(*shares[0])]
        if self._pool is None or self._threads < len(shares):
            self._pool, self._threads = ThreadPoolExecutor(len(shares)), len(shares)
        return [done.result() for done in [self._pool.submit(work, *one) for one in shares]]

    def forget(self) -> None:
        if tallies.count_bits(self.touched) * 4 > self.entities:
            self.words[:] = 0
            self.touched[:] = 0
        else:
            tallies.forget(self.words, self.touched)


def fits(q: Question) -> bool:
    """Whether the tallies can hold whatever this question may bring (the fields' widths are told in tallies.py)."""
    v = q.visits
    return len(v) < 2**16 and len(np.unique(v.place)) < 2**14 and int((v.end - v.start).sum() + v.slack.max(initial=0)) < 2**31


def find(q: Question, room: Room, threads: int) -> Met:
    """Everybody met; the best of them and their records can be asked for until `room.forget()`, which the next question needs."""
    v = q.visits
    tables, kind_conf, kind_row = _tables(q.here, _PLACE)
    ranges = _located(q, tables)
    offsets = np.searchsorted(ranges[:, kernel.VISIT], np.arange(len(v) + 1))
    rows = np.diff(np.r_[0, np.cumsum(ranges[:, kernel.TO] - ranges[:, kernel.FROM])][offsets])
    crowd = np.zeros(len(v), np.int64)

    def count(visits: Ints, bits: Array) -> None:
        kernel.count_crowds(tables, ranges, offsets, v.piece_since, visits, q.case, bits, crowd)

    shares = _dealt(np.arange(len(v)), rows, threads)
    room.share(count, [(some, room.bits if n == 0 else np.zeros(len(room.bits), np.uint64)) for n, some in enumerate(shares)])
    over = np.zeros(len(v), bool) if q.cap is None else crowd > q.cap
    bounds = np.zeros((len(ranges), 2), np.int64)
    given: list[tuple[Array, Array]] = []
    if over.any():
        room.member[:] = 0
        kernel.mark_members(tables, ranges, offsets, v.piece_since, np.flatnonzero(~over), room.member)
        given = _members(q, room, tables, ranges, offsets, rows, np.flatnonzero(over), threads, bounds)
    given_who = np.concatenate([np.zeros(0, np.uint32), *(who for who, _ in given)])
    given_row = np.concatenate([np.zeros(0, np.int32), *(row for _, row in given)])
    wanted = np.where(over, np.diff(np.r_[0, np.cumsum(bounds[:, 1] - bounds[:, 0])][offsets]), rows)
    group = np.cumsum(np.r_[True, v.place[1:] != v.place[:-1]]) if len(v) else crowd
    base, largest = int(v.piece_t0.min(initial=0)), int(wanted.max(initial=0))

    def meet(low: int, high: int) -> Ints:
        named = np.zeros(len(v), np.int64)
        who, row = np.zeros(largest + kernel.AHEAD + 1, np.uint32), np.zeros(largest + 1, np.int32)
        again, shared = np.empty((largest, 6), np.int32), np.empty((largest, 2), np.int64)
        table = np.full(1 << (2 * largest + 1).bit_length(), -1, np.int32)
        ends = np.zeros(int(np.diff(offsets).max(initial=0)), np.int64)
        kernel.meet(
            tables, ranges, offsets, v.piece_since, v.piece_t0, v.piece_t1, group, v.point, v.conf, v.weight, v.row, v.rule,
            crowd, over, given_who, given_row, bounds, kind_conf, kind_row, q.case, q.active, q.close_overlap, base, low, high,
            room.words, room.words.ctypes.data, room.bits, room.twice, room.touched, who, row, ends, again, table, shared, named,
        )  # fmt: skip
        return named

    spans = list(pairwise(_edges(q.entities, threads if wanted.sum() > _WORTH_A_THREAD else 1)))
    named = np.sum(room.share(meet, spans), axis=0)

    def best(n: int) -> tuple[Ints, Ints]:
        shares = [(room.words, room.touched, low // 64, -(-high // 64), n) for low, high in spans]
        found = room.share(tallies.harvest, shares)
        return np.concatenate([entity for entity, _ in found]), np.concatenate([exposure for _, exposure in found])

    return Met(int(tallies.count_bits(room.touched)), best, lambda some: _records(room.words, some, base), crowd, over, named)


def _located(q: Question, tables: Ints) -> Ints:
    """int64[k, 6]: ranges of rows to look at, in order of visits."""
    v = q.visits
    where = tables, v.piece_visit, v.piece_since, v.piece_until, v.reach_off, v.reach
    ranges = np.empty((_ROOM, 6), np.int64)
    if (wanted := kernel.locate(*where, ranges)) > len(ranges):
        ranges = np.empty((wanted, 6), np.int64)
        kernel.locate(*where, ranges)
    return ranges[:wanted]


def _dealt(visits: Ints, rows: Ints, threads: int) -> list[Ints]:
    """Visits dealt out to threads by size, or one would wait for the other's stations."""
    if threads == 1 or rows[visits].sum() < _WORTH_A_THREAD:
        return [visits]
    ordered = visits[np.argsort(-rows[visits], kind="stable")]
    return [np.sort(ordered[t::threads]) for t in range(threads)]


def _members(
    q: Question, room: Room, tables: Ints, ranges: Ints, offsets: Ints, rows: Ints, crowded: Ints, threads: int, bounds: Ints
) -> list[tuple[Array, Array]]:
    """Rows of crowded visits that belong to those met elsewhere; `bounds` is set to where those of each range lie in them."""

    def sift(visits: Ints) -> tuple[Array, Array]:
        size = int(rows[visits].sum()) + 1
        # Pages that nothing is written to take no room.
        who, row = np.empty(size, np.uint32), np.empty(size, np.int32)
        where = tables, ranges, offsets, q.visits.piece_since
        n = int(kernel.sift_members(*where, visits, q.case, room.member, who, row, bounds))
        return who[:n], row[:n]

    shares = _dealt(crowded, rows, threads)
    found = room.share(sift, [(some,) for some in shares])
    before = 0
    for visits, (who, _) in zip(shares, found, strict=True):
        for visit in visits.tolist():
            bounds[offsets[visit] : offsets[visit + 1]] += before
        before += len(who)
    return found


def _edges(entities: int, threads: int) -> list[int]:
    """Borders between the threads' entities, at whole words of 64 bits."""
    return [0, *(entities * t // threads // 64 * 64 for t in range(1, threads)), entities]


def _records(words: Array, entity: Ints, base: int) -> Array:
    mine = words.reshape(-1, tallies.WORDS)[entity]
    halves = mine.view(np.uint32).astype(np.int64)
    records = np.zeros(len(entity), RECORD)
    records["entity"] = entity
    records["exposure"], records["visits"] = mine[:, 0] & tallies.EXPOSURE, mine[:, 0] >> np.uint64(40)
    records["overlap"], records["bound"] = halves[:, 2], halves[:, 3]
    records["first"] = tallies.LATEST - halves[:, tallies.EARLY] + base
    records["last"], records["longest"] = halves[:, tallies.LAST] + base, halves[:, tallies.LONGEST]
    records["klass"], records["places"] = 3 - (halves[:, tallies.PLACES] & 3), halves[:, tallies.PLACES] >> 18
    return records


def companionship(q: Question, room: Room, threads: int, crowd: Ints, chosen: Ints) -> Ints:
    """Millionths for some entities, with the discount for shared routine."""
    v = q.visits
    tables, kind_conf, _ = _tables(q.all_days, _ENTITY)
    order = np.argsort(v.reach, kind="stable")
    visit = np.repeat(np.arange(len(v)), np.diff(v.reach_off))[order]
    places = v.reach[order]
    at = np.full(q.places, -1, np.int32)
    at[places[::-1]] = np.arange(len(places))[::-1]

    def some(entities: Ints) -> Ints:
        return routine.companionship(
            tables, entities, at, places, visit, v.piece_off, v.piece_t0, v.piece_t1, v.start, v.end, v.low, v.high,
            v.conf, np.maximum(crowd, 1), v.slack, kind_conf, q.active,
        )  # fmt: skip

    ascending = np.argsort(chosen, kind="stable")
    shares = np.array_split(chosen[ascending].astype(np.int64), threads if len(chosen) >= _FEW * threads else 1)
    out = np.empty(len(chosen), np.int64)
    out[ascending] = np.concatenate(room.share(some, [(share,) for share in shares]))
    return out


def _tables(parts: list[Part], names: tuple[str, ...]) -> tuple[Ints, Array, Array]:
    """int64[parts, columns.WIDTH]; confidence and seat row of every kind of the parts, one after the other."""
    rows = np.zeros((len(parts), c.WIDTH), np.int64)
    for i, part in enumerate(parts):
        rows[i] = part.line(names)
    rows[:, c.HOW_BASE] = np.r_[0, np.cumsum(rows[:, c.HOW_COUNT])[:-1]] if len(parts) else 0
    conf = np.concatenate([np.zeros(0), *(part["h_conf"] for part in parts)])
    row = np.concatenate([np.zeros(0, np.int64), *(part["h_row"] for part in parts)]).astype(np.int64)
    return rows, conf, row
