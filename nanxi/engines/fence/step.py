"""The fence's decision: `step` takes pings, `tick` the clock; both return the new state and the events (fence notes §4.5).

Pure: same state and same log give the same events for any batching, duplication or order inside the log. Timers that fell
due before a ping fire before it, stamped with the time they fell due, so that a batch decides as single pings do.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nanxi.engines.fence.facts import Facts, facts_of, ordered
from nanxi.engines.fence.geometry import Fences
from nanxi.engines.fence.policy import Policy
from nanxi.engines.fence.state import EVENTS, NEVER, Event, Reason, Row, State

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
DAY = 86400.0
#: Set after LATE_EXIT was said: only a late fix inside brings the counter back.
_SAID = -(2**30)


def step(states: Row, fences: Fences, pings: Row, policy: Policy, now: float | None = None) -> tuple[Row, Row]:
    """states: STATE[n], pings: Ping[m] in any order, now: epoch seconds for pings without arrival time → (STATE[n], EVENTS[k]).

    Pings outside their order's time are dropped; a ping older than the state's last one is not counted again.
    """
    states = states.copy()
    pings = ordered(pings, fences, policy, now)
    said = _Said()
    facts = facts_of(pings, fences, policy)
    for rows in _rounds(facts.fence):
        part = facts.at(rows)
        s = states[part.fence]
        _timers(s, part.fence, fences, part.t, policy, said)
        _hear(s, part, policy, said)
        states[part.fence] = s
    return states, said.sorted()


def tick(states: Row, fences: Fences, policy: Policy, now: float) -> tuple[Row, Row]:
    """Fire the timers that fell due before `now` (epoch seconds): silence, silence while suspect, never activated."""
    states = states.copy()
    said = _Said()
    every = np.arange(len(states), dtype=np.int32)
    _timers(states, every, fences, np.full(len(states), now), policy, said)
    return states, said.sorted()


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
        rows["fixes"], rows["episode"] = s["n_out"][mask], s["episode"][mask]
        rows["dwell"] = np.where(s["n_out"][mask] > 0, t[mask] - s["t_out"][mask], 0.0)
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


def _timers(s: Row, fence: NDArray[np.int32], fences: Fences, at: Floats, policy: Policy, said: _Said) -> None:
    """What time alone decides, for rows whose clock reached `at`."""
    limit = np.minimum(at, fences.end[fence])
    due = s["seen"] + policy.suspect_silent_s
    gone = (s["st"] == State.SUSPECT) & (due < limit)
    s["episode"] += gone
    s["st"] = np.where(gone, State.OUTSIDE, s["st"])
    s["severity"] = np.where(gone, 1, s["severity"])
    said.add(gone, s, fence, due, Event.EXIT_PROBABLE, Reason.SILENT_WHILE_SUSPECT)

    due = fences.start[fence] + policy.not_activated_s
    waiting = (s["st"] == State.UNKNOWN) | ((s["st"] == State.SILENT) & (s["before"] == State.UNKNOWN))
    never = waiting & ~s["armed"] & ~s["warned"] & (due < limit)
    s["warned"] |= never
    said.add(never, s, fence, due, Event.NOT_ACTIVATED, Reason.NEVER_ARMED)

    due = s["seen"] + policy.silence_s
    hour = ((due / 3600.0) + policy.utc_offset_h) % 24
    night = (hour >= policy.night_from_h) | (hour < policy.night_to_h)
    due = np.where(night, s["seen"] + policy.silence_night_s, due)
    talking = np.isin(s["st"], (State.UNKNOWN, State.INSIDE, State.OUTSIDE)) & (s["seen"] > NEVER)
    mute = talking & (due < limit)
    s["before"] = np.where(mute, s["st"], s["before"])
    s["st"] = np.where(mute, State.SILENT, s["st"])
    said.add(mute, s, fence, due, Event.SILENT, Reason.NO_MESSAGE)


def _hear(s: Row, q: Facts, policy: Policy, said: _Said) -> None:
    """One ping for each row: message, corroboration, spoofing, then the fix itself."""
    fresh = ~q.late & (q.t >= s["hw"])
    again = fresh & (s["st"] == State.SILENT)
    s["st"] = np.where(again, s["before"], s["st"])
    said.add(again, s, q.fence, q.t, Event.RESUMED, Reason.MESSAGE_AGAIN)
    s["hw"] = np.where(fresh, q.t, s["hw"])
    s["seen"] = np.where(fresh, q.t, s["seen"])
    s["t_door"] = np.where(fresh & q.door, q.t, s["t_door"])
    s["t_leave"] = np.where(fresh & q.leave, q.t, s["t_leave"])
    _hear_late(s, q, policy, said)
    fix = fresh & q.fix
    fix = _without_mock(s, q, fix, said)
    fix = _without_shift(s, q, fix, said)
    fix &= ~q.vague
    fix = _without_jump(s, q, fix, policy, said)
    _watch_frozen(s, q, fix, policy, said)
    _decide(s, q, fix, policy, said)


def _hear_late(s: Row, q: Facts, policy: Policy, said: _Said) -> None:
    """Fixes that came too late to page: an exit nobody was alerted about is still found, by the probable rule."""
    usable = q.late & q.fix & ~q.mock & ~q.vague & ~q.gcj & ~q.bd & (s["st"] != State.OUTSIDE)
    out, inside = usable & (q.p >= policy.out_p), usable & (q.p <= policy.in_p)
    s["t_late"] = np.where(out & (s["n_late"] == 0), q.t, s["t_late"])
    s["n_late"] = np.where(out, s["n_late"] + 1, np.where(inside, 0, s["n_late"]))
    found = out & (s["n_late"] >= policy.probable_fixes) & (q.t - s["t_late"] >= policy.probable_s)
    s["episode"] += found
    row = s.copy()
    row["d"], row["acc"], row["n_out"], row["t_out"] = q.d, q.acc, s["n_late"], s["t_late"]
    said.add(found, row, q.fence, q.t, Event.LATE_EXIT, Reason.FOUND_LATE)
    s["n_late"] = np.where(found, _SAID, s["n_late"])


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


def _without_jump(s: Row, q: Facts, fix: Bools, policy: Policy, said: _Said) -> Bools:
    """Drop fixes no vehicle could reach; three that agree with each other are believed."""
    span = np.maximum(q.t - s["t_fix"], 1.0)
    far = np.hypot(q.x - s["x"], q.y - s["y"]) - q.acc - s["acc"] > policy.top_speed_ms * span
    jump = fix & far & (s["t_fix"] > NEVER) & ~q.post
    agrees = np.hypot(q.x - s["x_jump"], q.y - s["y_jump"]) - q.acc - s["acc_jump"] <= policy.top_speed_ms * np.maximum(
        q.t - s["t_jump"], 1.0
    )
    s["n_jump"] = np.where(jump, np.where(agrees & (s["n_jump"] > 0), s["n_jump"] + 1, 1), np.where(fix, 0, s["n_jump"]))
    for name, value in (("t_jump", q.t), ("x_jump", q.x), ("y_jump", q.y), ("acc_jump", q.acc)):
        s[name] = np.where(jump, value, s[name])
    row = s.copy()
    row["d"], row["acc"] = q.d, q.acc
    said.add(jump & (s["n_jump"] == 1), row, q.fence, q.t, Event.TELEPORT, Reason.IMPOSSIBLE_SPEED)
    believed = jump & (s["n_jump"] >= policy.anchor_fixes)
    s["n_jump"] = np.where(believed, 0, s["n_jump"])
    return fix & (~jump | believed)


def _watch_frozen(s: Row, q: Facts, fix: Bools, policy: Policy, said: _Said) -> None:
    same = (np.round(q.lon, 6) == s["lon_same"]) & (np.round(q.lat, 6) == s["lat_same"]) & (q.raw_acc == s["acc_same"])
    moved = fix & ~same
    s["t_same"] = np.where(moved, q.t, s["t_same"])
    s["lon_same"], s["lat_same"] = (
        np.where(moved, np.round(q.lon, 6), s["lon_same"]),
        np.where(moved, np.round(q.lat, 6), s["lat_same"]),
    )
    s["acc_same"] = np.where(moved, q.raw_acc, s["acc_same"])
    s["frozen"] = np.where(moved, False, s["frozen"])
    stuck = fix & same & ~s["frozen"] & (q.t - s["t_same"] > policy.frozen_s)
    s["frozen"] |= stuck
    said.add(stuck, s, q.fence, q.t, Event.SPOOF_SUSPECT, Reason.FROZEN_FIX)


def _decide(s: Row, q: Facts, fix: Bools, policy: Policy, said: _Said) -> None:
    """Count the fix as out, in or neither, and make the transitions of the table."""
    out, inside = fix & (q.p >= policy.out_p), fix & (q.p <= policy.in_p)
    for name, value in (("t_fix", q.t), ("x", q.x), ("y", q.y), ("acc", q.acc), ("d", q.d)):
        s[name] = np.where(fix, value, s[name])
    s["t_out"] = np.where(out & (s["n_out"] == 0), q.t, s["t_out"])
    s["t_in"] = np.where(inside & (s["n_in"] == 0), q.t, s["t_in"])
    far = out & (q.d > policy.far_m) & (q.acc <= policy.far_acc_m)
    s["n_far"] = np.where(inside, 0, s["n_far"] + far)
    n_in = s["n_in"]
    s["n_in"] = np.where(inside, n_in + 1, np.where(out, 0, n_in))
    cleared = inside & (s["st"] == State.SUSPECT)
    said.add(cleared, s, q.fence, q.t, Event.CLEARED, Reason.FIX_INSIDE)
    s["st"] = np.where(cleared, np.where(s["armed"], State.INSIDE, State.UNKNOWN), s["st"])
    s["n_out"] = np.where(out, s["n_out"] + 1, np.where(inside, 0, s["n_out"]))
    _leave(s, q, out, policy, said)
    back = inside & (s["st"] == State.OUTSIDE) & (s["n_in"] >= policy.return_fixes) & (q.t - s["t_in"] >= policy.return_s)
    said.add(back, s, q.fence, q.t, Event.RETURNED, Reason.FIX_INSIDE)
    s["severity"] = np.where(back, 0, s["severity"])
    arm = inside & (s["st"] == State.UNKNOWN) & (s["n_in"] >= policy.arm_fixes)
    said.add(arm, s, q.fence, q.t, Event.ARMED, Reason.FIX_INSIDE)
    s["st"] = np.where(back | arm, State.INSIDE, s["st"])
    s["armed"] |= back | arm


def _leave(s: Row, q: Facts, out: Bools, policy: Policy, said: _Said) -> None:
    dwell = q.t - s["t_out"]
    witness = _witness(s, q, policy)
    long = (s["n_out"] >= policy.confirmed_fixes) & (dwell >= policy.confirmed_s)
    sure = out & (s["severity"] < 2) & (long | (witness >= 0))
    likely = out & ~sure & (s["st"] != State.OUTSIDE) & (s["n_out"] >= policy.probable_fixes) & (dwell >= policy.probable_s)
    first = out & ~sure & ~likely & np.isin(s["st"], (State.UNKNOWN, State.INSIDE))
    s["episode"] += (sure | likely) & (s["severity"] == 0)
    said.add(first, s, q.fence, q.t, Event.SUSPECT, Reason.ONE_FIX)
    said.add(likely, s, q.fence, q.t, Event.EXIT_PROBABLE, Reason.DWELL)
    said.add(sure, s, q.fence, q.t, Event.EXIT_CONFIRMED, np.where(witness >= 0, witness, Reason.DWELL).astype(np.uint8))
    s["st"] = np.where(sure | likely, State.OUTSIDE, np.where(first, State.SUSPECT, s["st"]))
    s["severity"] = np.where(sure, 2, np.where(likely, 1, s["severity"]))


def _witness(s: Row, q: Facts, policy: Policy) -> NDArray[np.int16]:
    """What else speaks for the exit: a Reason, or -1."""
    return np.select(
        [
            q.post,
            (q.t - s["t_door"] <= policy.corroborated_s) & (s["t_door"] > NEVER),
            (q.t - s["t_leave"] <= policy.corroborated_s) & (s["t_leave"] > NEVER),
            s["n_far"] >= policy.far_fixes,
        ],
        [
            np.int16(Reason.CHECKPOINT_SIGHTING),
            np.int16(Reason.DOOR_OPENED),
            np.int16(Reason.PHONE_LEFT_REGION),
            np.int16(Reason.FAR_AWAY),
        ],
        default=np.int16(-1),
    ).astype(np.int16)
