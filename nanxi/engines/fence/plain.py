"""The decision with NumPy alone: for machines without a compiler, and to hold the compiled one to. Same numbers, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.fence.facts import Facts, facts_of
from nanxi.engines.fence.geometry import Fences
from nanxi.engines.fence.log import Floats, Numbers
from nanxi.engines.fence.policy import Rows, Which
from nanxi.engines.fence.state import EVENTS, MOVE, NEVER, SAID, Event, Reason, Row, State

Bools = NDArray[np.bool_]


def run(states: Row, fences: Fences, pings: Row, log: tuple[Numbers, Floats, Floats], params: Rows, of: Which) -> tuple[Row, Row]:
    """Pings in the order of `log` into `states`, in rounds of one ping a fence → (EVENTS[k], MOVE[j]) by fence, then time."""
    said, moves = _Said(), list[Row]()
    pings = _once(pings, log, fences)
    facts = facts_of(pings, fences, params, of[pings["fence"]])
    for rows in _rounds(facts.fence):
        part = facts.at(rows)
        p = params[part.rule]
        s = states[part.fence]
        _timers(s, part.fence, fences, part.t, p, said)
        moves.append(_hear(s, part, p, said))
        states[part.fence] = s
    made = np.concatenate([np.zeros(0, MOVE), *moves])
    return said.sorted(), made[np.lexsort((made["t"], made["fence"]))]


def _once(pings: Row, log: tuple[Numbers, Floats, Floats], fences: Fences) -> Row:
    """Pings of live orders in order, each message once."""
    rows, t, rx = log
    found = pings[rows]
    found["t"], found["rx"] = t, rx
    live = (t >= fences.start[found["fence"]]) & (t < fences.end[found["fence"]])
    again = np.zeros(len(rows), np.bool_)
    again[1:] = t[1:] == t[:-1]
    for name in ("fence", "digest"):
        again[1:] &= found[name][1:] == found[name][:-1]
    return found[live & ~again]


def sweep(states: Row, fences: Fences, params: Rows, of: Which, now: float) -> Row:
    """The timers of every fence that fell due before `now` → EVENTS[k]."""
    said = _Said()
    every = np.arange(len(states), dtype=np.int32)
    _timers(states, every, fences, np.full(len(states), now), params[of], said)
    return said.sorted()


class _Said:
    """Events as they are said."""

    def __init__(self) -> None:
        self.parts: list[Row] = []

    def add(
        self, mask: Bools, s: Row, fence: NDArray[np.int32], t: Floats, event: Event, reason: Reason | NDArray[np.uint8]
    ) -> None:
        if not mask.any():
            return
        rows = np.zeros(int(mask.sum()), EVENTS)
        rows["fence"], rows["t"], rows["event"] = fence[mask], t[mask], event
        rows["reason"] = reason[mask] if isinstance(reason, np.ndarray) else reason
        rows["distance"], rows["acc"] = s["d"][mask], s["acc"][mask]
        rows["fixes"], rows["episode"], rows["began"] = s["n_out"][mask], s["exit_no"][mask], s["t_exit"][mask]
        rows["dwell"] = np.where(s["n_out"][mask] > 0, t[mask] - s["t_out"][mask], 0.0)
        rows["area"] = -1
        self.parts.append(rows)

    def sorted(self) -> Row:
        rows = np.concatenate(self.parts) if self.parts else np.zeros(0, EVENTS)
        # Stable: of one ping's events the order in which they were said stays.
        return rows[np.lexsort((rows["t"], rows["fence"]))]


def _rounds(fence: NDArray[np.int32]) -> Iterator[NDArray[np.intp]]:
    """Row numbers such that no fence occurs twice in a round; `fence` is sorted."""
    if not len(fence):
        return
    first = np.concatenate(([True], fence[1:] != fence[:-1]))
    starts = np.flatnonzero(first)
    rank = np.arange(len(fence)) - np.repeat(starts, np.diff(np.append(starts, len(fence))))
    by_rank = np.argsort(rank, kind="stable")
    yield from np.split(by_rank, np.cumsum(np.bincount(rank))[:-1])


def _timers(s: Row, fence: NDArray[np.int32], fences: Fences, at: Floats, p: Rows, said: _Said) -> None:
    """What time alone decides, for rows whose clock reached `at`."""
    limit = np.minimum(at, fences.end[fence])
    due = s["seen"] + p["suspect_silent_s"]
    gone = (s["st"] == State.SUSPECT) & (due < limit)
    _began(s, gone)
    s["st"] = np.where(gone, State.OUTSIDE, s["st"])
    s["severity"] = np.where(gone, 1, s["severity"])
    said.add(gone, s, fence, due, Event.EXIT_PROBABLE, Reason.SILENT_WHILE_SUSPECT)

    due = fences.start[fence] + p["not_activated_s"]
    waiting = (s["st"] == State.UNKNOWN) | ((s["st"] == State.SILENT) & (s["before"] == State.UNKNOWN))
    never = waiting & ~s["armed"] & ~s["warned"] & (due < limit)
    s["warned"] |= never
    said.add(never, s, fence, due, Event.NOT_ACTIVATED, Reason.NEVER_ARMED)

    due = s["seen"] + p["silence_s"]
    hour = ((due / 3600.0) + p["utc_offset_h"]) % 24
    night = (hour >= p["night_from_h"]) | (hour < p["night_to_h"])
    due = np.where(night, s["seen"] + p["silence_night_s"], due)
    talking = np.isin(s["st"], (State.UNKNOWN, State.INSIDE, State.OUTSIDE)) & (s["seen"] > NEVER)
    mute = talking & (due < limit)
    s["before"] = np.where(mute, s["st"], s["before"])
    s["st"] = np.where(mute, State.SILENT, s["st"])
    said.add(mute, s, fence, due, Event.SILENT, Reason.NO_MESSAGE)


def _began(s: Row, mask: Bools) -> None:
    """A new episode outside, from its first fix."""
    s["episode"] += mask
    s["exit_no"] = np.where(mask, s["episode"], s["exit_no"])
    s["t_exit"] = np.where(mask, s["t_out"], s["t_exit"])


def _hear(s: Row, q: Facts, p: Rows, said: _Said) -> Row:
    """One ping for each row: message, corroboration, spoofing, then the fix itself → MOVE of the accepted fixes."""
    _hear_late(s, q, p, said)
    fresh = ~q.late & (q.t >= s["hw"])
    again = fresh & (s["st"] == State.SILENT)
    s["st"] = np.where(again, s["before"], s["st"])
    said.add(again, s, q.fence, q.t, Event.RESUMED, Reason.MESSAGE_AGAIN)
    s["hw"] = np.where(fresh, q.t, s["hw"])
    s["seen"] = np.where(fresh, q.t, s["seen"])
    s["t_door"] = np.where(fresh & q.door, q.t, s["t_door"])
    left = s["t_leave"].copy()
    s["t_leave"] = np.where(fresh & q.leave, q.t, s["t_leave"])
    fix = _without_mock(s, q, fresh & q.fix, said)
    fix = _without_shift(s, q, fix & ~q.vague, said)
    fix = _without_jump(s, q, fix, p, said)
    _watch_frozen(s, q, fix, p, said)
    moves = _moves(s, q, fix)
    _decide(s, q, fix, left, p, said)
    return moves


def _hear_late(s: Row, q: Facts, p: Rows, said: _Said) -> None:
    """Fixes that came too late to page: an exit nobody was alerted about is still found, by the probable rule."""
    covered = (q.t >= s["t_exit"]) & ((s["severity"] > 0) | (q.t <= s["t_back"]))
    usable = q.late & q.fix & ~q.mock & ~q.vague & ~q.gcj & ~q.bd & ~covered
    out, inside = usable & (q.z >= p["z_out"]), usable & (q.z <= p["z_in"])
    s["t_late"] = np.where(out & (s["n_late"] == 0), q.t, s["t_late"])
    s["n_late"] = np.where(out, s["n_late"] + 1, np.where(inside, 0, s["n_late"]))
    found = out & (s["n_late"] >= p["probable_fixes"]) & (q.t - s["t_late"] >= p["probable_s"])
    s["episode"] += found
    row = s.copy()
    row["d"], row["acc"], row["n_out"], row["t_out"] = q.d, q.acc, s["n_late"], s["t_late"]
    row["exit_no"], row["t_exit"] = s["episode"], s["t_late"]
    said.add(found, row, q.fence, q.t, Event.LATE_EXIT, Reason.FOUND_LATE)
    s["n_late"] = np.where(found, SAID, s["n_late"])


def _without_mock(s: Row, q: Facts, fix: Bools, said: _Said) -> Bools:
    mock = fix & q.mock
    said.add(mock & ~s["mocked"], s, q.fence, q.t, Event.SPOOF_SUSPECT, Reason.MOCK_LOCATION)
    s["mocked"] = np.where(fix, mock, s["mocked"])
    return fix & ~mock


def _without_shift(s: Row, q: Facts, fix: Bools, said: _Said) -> Bools:
    # Somebody walking through the shifted spot was seen outside on the way; a wrong datum jumps there from inside.
    shifted = fix & (q.gcj | q.bd) & (s["n_out"] == 0)
    reason = np.where(q.gcj, Reason.SHIFTED_GCJ, Reason.SHIFTED_BD).astype(np.uint8)
    row = s.copy()
    row["d"], row["acc"] = q.d, q.acc
    said.add(shifted & ~s["shifted"], row, q.fence, q.t, Event.DATUM, reason)
    s["shifted"] = np.where(fix, shifted, s["shifted"])
    return fix & ~shifted


def _without_jump(s: Row, q: Facts, fix: Bools, p: Rows, said: _Said) -> Bools:
    """Drop fixes no vehicle could reach; some that agree with each other are believed."""
    far = _apart(q.x - s["x"], q.y - s["y"]) - q.acc - s["acc"] > p["top_speed_ms"] * np.maximum(q.t - s["t_fix"], 1.0)
    jump = fix & far & (s["t_fix"] > NEVER) & ~q.post
    since = np.maximum(q.t - s["t_jump"], 1.0)
    agrees = _apart(q.x - s["x_jump"], q.y - s["y_jump"]) - q.acc - s["acc_jump"] <= p["top_speed_ms"] * since
    s["n_jump"] = np.where(jump, np.where(agrees & (s["n_jump"] > 0), s["n_jump"] + 1, 1), np.where(fix, 0, s["n_jump"]))
    for name, value in (("t_jump", q.t), ("x_jump", q.x), ("y_jump", q.y), ("acc_jump", q.acc)):
        s[name] = np.where(jump, value, s[name])
    row = s.copy()
    row["d"], row["acc"] = q.d, q.acc
    said.add(jump & (s["n_jump"] == 1), row, q.fence, q.t, Event.TELEPORT, Reason.IMPOSSIBLE_SPEED)
    believed = jump & (s["n_jump"] >= p["anchor_fixes"])
    s["n_jump"] = np.where(believed, 0, s["n_jump"])
    return fix & (~jump | believed)


def _apart(x: Floats, y: Floats) -> Floats:
    # Not hypot: the compiled path must round the same way.
    return np.sqrt(x * x + y * y)


def _watch_frozen(s: Row, q: Facts, fix: Bools, p: Rows, said: _Said) -> None:
    same = (q.lon6 == s["lon_same"]) & (q.lat6 == s["lat_same"]) & (q.raw_acc == s["acc_same"])
    moved = fix & ~same
    for name, value in (("t_same", q.t), ("lon_same", q.lon6), ("lat_same", q.lat6), ("acc_same", q.raw_acc)):
        s[name] = np.where(moved, value, s[name])
    s["frozen"] = np.where(moved, False, s["frozen"])
    stuck = fix & same & ~s["frozen"] & (q.t - s["t_same"] > p["frozen_s"])
    s["frozen"] |= stuck
    said.add(stuck, s, q.fence, q.t, Event.SPOOF_SUSPECT, Reason.FROZEN_FIX)


def _moves(s: Row, q: Facts, fix: Bools) -> Row:
    made = np.zeros(int(fix.sum()), MOVE)
    for name in ("fence", "t", "x", "y", "acc", "sigma"):
        made[name] = getattr(q, name)[fix]
    for name, kept in (("t0", "t_fix"), ("x0", "x"), ("y0", "y"), ("acc0", "acc")):
        made[name] = s[kept][fix]
    return made


def _decide(s: Row, q: Facts, fix: Bools, left: Floats, p: Rows, said: _Said) -> None:
    """Count the fix as out, in or neither, and make the transitions of the table."""
    out, inside = fix & (q.z >= p["z_out"]), fix & (q.z <= p["z_in"])
    for name, value in (("t_fix", q.t), ("x", q.x), ("y", q.y), ("acc", q.acc), ("d", q.d)):
        s[name] = np.where(fix, value, s[name])
    s["t_out"] = np.where(out & (s["n_out"] == 0), q.t, s["t_out"])
    s["t_in"] = np.where(inside & (s["n_in"] == 0), q.t, s["t_in"])
    far = out & (q.d > p["far_m"]) & (q.acc <= p["far_acc_m"])
    s["n_far"] = np.where(inside, 0, s["n_far"] + far)
    s["n_in"] = np.where(inside, s["n_in"] + 1, np.where(out, 0, s["n_in"]))
    cleared = inside & (s["st"] == State.SUSPECT)
    said.add(cleared, s, q.fence, q.t, Event.CLEARED, Reason.FIX_INSIDE)
    s["st"] = np.where(cleared, np.where(s["armed"], State.INSIDE, State.UNKNOWN), s["st"])
    s["n_out"] = np.where(out, s["n_out"] + 1, np.where(inside, 0, s["n_out"]))
    _leave(s, q, out, left, p, said)
    back = inside & (s["st"] == State.OUTSIDE) & (s["n_in"] >= p["return_fixes"]) & (q.t - s["t_in"] >= p["return_s"])
    said.add(back, s, q.fence, q.t, Event.RETURNED, Reason.FIX_INSIDE)
    s["severity"] = np.where(back, 0, s["severity"])
    s["t_back"] = np.where(back, q.t, s["t_back"])
    arm = inside & (s["st"] == State.UNKNOWN) & (s["n_in"] >= p["arm_fixes"])
    said.add(arm, s, q.fence, q.t, Event.ARMED, Reason.FIX_INSIDE)
    s["st"] = np.where(back | arm, State.INSIDE, s["st"])
    s["armed"] |= back | arm


def _leave(s: Row, q: Facts, out: Bools, left: Floats, p: Rows, said: _Said) -> None:
    dwell = q.t - s["t_out"]
    witness = _witness(s, q, left, p)
    long = (s["n_out"] >= p["confirmed_fixes"]) & (dwell >= p["confirmed_s"])
    sure = out & (s["severity"] < 2) & (long | (witness >= 0))
    likely = out & ~sure & (s["st"] != State.OUTSIDE) & (s["n_out"] >= p["probable_fixes"]) & (dwell >= p["probable_s"])
    first = out & ~sure & ~likely & np.isin(s["st"], (State.UNKNOWN, State.INSIDE))
    _began(s, (sure | likely) & (s["severity"] == 0))
    said.add(first, s, q.fence, q.t, Event.SUSPECT, Reason.ONE_FIX)
    said.add(likely, s, q.fence, q.t, Event.EXIT_PROBABLE, Reason.DWELL)
    said.add(sure, s, q.fence, q.t, Event.EXIT_CONFIRMED, np.where(witness >= 0, witness, Reason.DWELL).astype(np.uint8))
    s["st"] = np.where(sure | likely, State.OUTSIDE, np.where(first, State.SUSPECT, s["st"]))
    s["severity"] = np.where(sure, 2, np.where(likely, 1, s["severity"]))


def _witness(s: Row, q: Facts, left: Floats, p: Rows) -> NDArray[np.int16]:
    """What else speaks for the exit: a Reason, or -1. The phone's own word needs another fix than the one it came with."""
    door = (s["t_door"] > NEVER) & (q.t - s["t_door"] <= p["corroborated_s"])
    phone = (left > NEVER) & (q.t > left) & (q.t - left <= p["corroborated_s"])
    reasons = (Reason.CHECKPOINT_SIGHTING, Reason.DOOR_OPENED, Reason.PHONE_LEFT_REGION, Reason.FAR_AWAY)
    found = np.select(
        [q.post, door, phone, s["n_far"] >= p["far_fixes"]], [np.int16(reason) for reason in reasons], default=np.int16(-1)
    )
    return found.astype(np.int16)
