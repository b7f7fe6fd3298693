# pyright: basic
"""The compiled engine at work: tables of column addresses, room to work in, entities shared out among threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from nanxi.engines.trace import kernel
from nanxi.engines.trace.parts import Array
from nanxi.engines.trace.question import RECORD, Question
from nanxi.engines.trace.stays import Ints
from nanxi.engines.trace.store import Part

_ROOM = 4096
_PLACE = ("p_key", "p_off", "p_t0", "p_dur", "p_ent", "p_how")
_ENTITY = ("e_key", "e_off", "e_t0", "e_dur", "e_pl", "e_how")


def find(q: Question, scratch: dict[str, Array], threads: int) -> tuple[Array, Ints, Array, Ints]:
    """Records of everybody met, the crowd of each visit, which visits were over the cap, how many of their people are named.

    The records lie in `scratch` and are overwritten by the next question.
    """
    v = q.visits
    tables, kind_conf, kind_row = _tables(q.here, _PLACE)
    ranges = np.empty((_ROOM, 5), np.int64)
    where = tables, v.piece_visit, v.piece_t0, v.piece_t1, v.reach_off, v.reach, q.slack
    if (wanted := kernel.locate(*where, ranges)) > len(ranges):
        ranges = np.empty((wanted, 5), np.int64)
        kernel.locate(*where, ranges)
    ranges = ranges[:wanted]
    offsets = np.searchsorted(ranges[:, 0], np.arange(len(v) + 1))
    rows = np.diff(np.r_[0, np.cumsum(ranges[:, 4] - ranges[:, 3])][offsets])
    slot, head, records = _room(scratch, q.entities)
    crowd = np.zeros(len(v), np.int64)
    every = np.arange(len(v))

    def count(visits: Ints) -> None:
        bits = np.zeros(q.entities // 8 + 1, np.uint8)
        kernel.count_crowds(tables, ranges, offsets, v.piece_t0, visits, q.case, q.slack, bits, crowd)

    over = np.zeros(len(v), bool)
    member = np.zeros(q.entities if q.cap is not None else 1, np.uint8)
    with ThreadPoolExecutor(threads) as pool:
        shares = [every[t::threads] for t in range(threads)]
        list(pool.map(count, shares)) if threads > 1 else count(every)
        if q.cap is not None:
            over = crowd > q.cap
            kernel.mark(tables, ranges, offsets, v.piece_t0, np.flatnonzero(~over), q.slack, member)

        def meet(low: int, high: int) -> tuple[Array, Ints]:
            hit = np.empty((int(rows.max(initial=0)), 5), np.int32)
            shared = np.empty((len(hit), 2), np.int64)
            named = np.zeros(len(v), np.int64)
            mine = records[low:high]
            n = kernel.meet(
                tables, ranges, offsets, v.piece_t0, v.piece_t1, every, v.place, v.point, v.conf, v.row, v.rule, crowd, over,
                member, kind_conf, kind_row, q.case, q.slack, q.active, q.close_overlap, low, high, slot, head, mine, hit,
                shared, named,
            )  # fmt: skip
            return mine[:n], named

        edges = [q.entities * t // threads for t in range(threads + 1)]
        spans = list(pairwise(edges))
        done = list(pool.map(meet, *zip(*spans, strict=True))) if threads > 1 else [meet(0, q.entities)]
    found = np.concatenate([one[0] for one in done]) if threads > 1 else done[0][0]
    return found, crowd, over, np.sum([one[1] for one in done], axis=0)


def companionship(q: Question, crowd: Ints, chosen: Ints) -> Ints:
    """Millionths for some entities, with the discount for shared routine."""
    v = q.visits
    tables, kind_conf, _ = _tables(q.all_days, _ENTITY)
    order = np.argsort(v.reach, kind="stable")
    visit = np.repeat(np.arange(len(v)), np.diff(v.reach_off))[order]
    return kernel.companionship(
        tables, chosen, v.reach[order], visit, v.piece_off, v.piece_t0, v.piece_t1, v.start, v.end, v.low, v.high, v.conf,
        np.maximum(crowd, 1), kind_conf, q.slack, q.active,
    )  # fmt: skip


def _room(scratch: dict[str, Array], entities: int) -> tuple[Array, Array, Array]:
    if "slot" not in scratch:
        scratch |= {
            "slot": np.full(entities, -1, np.int32),
            "head": np.full(entities, -1, np.int32),
            "records": np.empty(entities, RECORD),
        }
    return scratch["slot"], scratch["head"], scratch["records"]


def _tables(parts: list[Part], columns: tuple[str, ...]) -> tuple[Ints, Array, Array]:
    """int64[parts, 20] for the kernel; confidence and seat row of every kind of the parts, one after the other."""
    at = kernel.P_KEY if columns is _PLACE else kernel.E_KEY
    rows = np.zeros((len(parts), 20), np.int64)
    base = 0
    for i, part in enumerate(parts):
        rows[i, at : at + len(columns)] = part.addresses(columns)
        rows[i, kernel.LEN_P_KEY] = len(part["p_key"]) if columns is _PLACE else 0
        if columns is _ENTITY:
            rows[i, kernel.LEN_E_KEY], rows[i, kernel.LEN_E_OFF] = len(part["e_key"]), len(part["e_off"])
        rows[i, kernel.HOW_SIZE] = part[columns[-1]].itemsize
        rows[i, kernel.HOW_BASE], rows[i, kernel.ROWS] = base, part.entry.rows
        rows[i, kernel.FIRST], rows[i, kernel.LAST] = part.entry.first, part.entry.last
        base += len(part["h_conf"])
    conf = np.concatenate([np.zeros(0), *(part["h_conf"] for part in parts)])
    row = np.concatenate([np.zeros(0, np.int64), *(part["h_row"].astype(np.int64) for part in parts)])
    return rows, conf, row
