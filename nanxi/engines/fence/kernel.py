# pyright: basic, reportCallIssue=false
"""The decision compiled: one pass over pings in total order, one state row at a time. `plain.py` says the same, bit for bit.

Square roots instead of hypot and σ beyond the buffer instead of probabilities, so that both give equal numbers.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit  # pyright: ignore[reportPrivateImportUsage]

from nanxi.engines.fence.facts import SIGMA_PHONE, SIGMA_WEB
from nanxi.engines.fence.geometry import METRES
from nanxi.engines.fence.state import NEVER, SAID, Event, Reason, Source, State

UNKNOWN, INSIDE, SUSPECT, OUTSIDE, SILENT = (int(state) for state in State)
WEB, DOOR, CHECKPOINT = int(Source.WEB), int(Source.DOOR), int(Source.CHECKPOINT)
(
    E_ARMED, E_SUSPECT, E_CLEARED, E_PROBABLE, E_CONFIRMED, E_RETURNED, E_SILENT, E_RESUMED, E_NOT_ACTIVATED, E_LATE, E_TELEPORT,
    E_DATUM, E_SPOOF,
) = (int(event) for event in list(Event)[:13])  # fmt: skip
(
    DWELL, ONE_FIX, FIX_INSIDE, SILENT_WHILE_SUSPECT, DOOR_OPENED, CHECKPOINT_SIGHTING, PHONE_LEFT_REGION, FAR_AWAY, NO_MESSAGE,
    MESSAGE_AGAIN, NEVER_ARMED, FOUND_LATE, IMPOSSIBLE_SPEED, SHIFTED_GCJ, SHIFTED_BD, MOCK_LOCATION, FROZEN_FIX,
) = (int(reason) for reason in list(Reason)[:17])  # fmt: skip
#: Events one ping can bring at most, with the timers before it.
MOST = 12


@njit(cache=True)
def run(states, fences, edges, gx, gy, bx, by, params, of, pings, rows, times, arrivals, first, events, moves):
    """Pings in the order of `rows` from `first` on, until they end or `events` is nearly full → (next, events, moves)."""
    said = made = 0
    for at in range(first, len(rows)):
        if said + MOST > len(events):
            return at, said, made
        q = pings[rows[at]]
        f = q["fence"]
        t = times[at]
        home = fences[f]
        if not home["start"] <= t < home["end"]:
            continue
        if at > 0 and t == times[at - 1]:
            before = pings[rows[at - 1]]
            if before["fence"] == f and before["digest"] == q["digest"]:
                continue
        s = states[f]
        p = params[of[f]]
        said = timers(s, f, home["start"], home["end"], t, p, events, said)
        # What the ping says by itself.
        raw = q["acc"]
        known = math.isfinite(raw) and raw > 0
        acc = raw if known else p["missing_acc_m"]
        x = (q["lon"] - home["lon"]) * METRES * home["cos"]
        y = (q["lat"] - home["lat"]) * METRES
        d = math.sqrt(x * x + y * y) - home["radius"]
        if home["last"] > home["first"] and math.isfinite(x):
            d = from_edges(edges, home["first"], home["last"], x, y)
        fix = math.isfinite(d)
        sigma = min(max(acc, p["least_acc_m"]), p["vague_m"]) / (SIGMA_WEB if q["source"] == WEB else SIGMA_PHONE)
        z = (d - p["buffer_m"]) / sigma
        vague = acc > p["vague_m"] and not d > p["decisive"] * acc
        shift = 0
        if fix and d > p["buffer_m"]:
            if shifted(gx[f], gy[f], x, y, acc, p):
                shift = SHIFTED_GCJ
            elif shifted(bx[f], by[f], x, y, acc, p):
                shift = SHIFTED_BD
        if arrivals[at] - t > p["late_s"]:
            if fix and not q["mock"] and not vague and shift == 0:
                said = late(events, said, s, f, t, d, acc, z, p)
            continue
        if not t >= s["hw"]:
            continue
        # A message: heard again, door, the phone's own word.
        if s["st"] == SILENT:
            s["st"] = s["before"]
            said = say(events, said, s, f, t, E_RESUMED, MESSAGE_AGAIN)
        s["hw"] = t
        s["seen"] = t
        if q["source"] == DOOR and not fix:
            s["t_door"] = t
        left = math.nan
        if q["leave"]:
            left = s["t_leave"]
            s["t_leave"] = t
        if not fix:
            continue
        # Is it a fix at all?
        if q["mock"]:
            if not s["mocked"]:
                said = say(events, said, s, f, t, E_SPOOF, MOCK_LOCATION)
            s["mocked"] = True
            continue
        s["mocked"] = False
        if vague:
            continue
        if shift and s["n_out"] == 0:
            if not s["shifted"]:
                said = put(events, said, f, t, E_DATUM, shift, d, acc, s["n_out"], 0.0, s["exit_no"], s["t_exit"])
            s["shifted"] = True
            continue
        s["shifted"] = False
        post = q["source"] == CHECKPOINT
        if not post and s["t_fix"] > NEVER and apart(x, y, s["x"], s["y"]) - acc - s["acc"] > reach(p, s["t_fix"], t):
            said = jump(events, said, s, f, t, x, y, d, acc, p)
            if s["n_jump"] < p["anchor_fixes"]:
                continue
        s["n_jump"] = 0
        said = frozen(events, said, s, f, t, np.rint(q["lon"] * 1e6), np.rint(q["lat"] * 1e6), raw if known else -1.0, p)
        # Out, in or neither.
        if len(moves):
            m = moves[made]
            m["fence"] = f
            m["t"] = t
            m["x"] = x
            m["y"] = y
            m["acc"] = acc
            m["sigma"] = sigma
            m["t0"] = s["t_fix"]
            m["x0"] = s["x"]
            m["y0"] = s["y"]
            m["acc0"] = s["acc"]
            made += 1
        s["t_fix"] = t
        s["x"] = x
        s["y"] = y
        s["acc"] = acc
        s["d"] = d
        if z >= p["z_out"]:
            said = out(events, said, s, f, t, d, acc, post, left, p)
        elif z <= p["z_in"]:
            said = inside(events, said, s, f, t, p)
    return len(rows), said, made


@njit(cache=True)
def late(events, said, s, f, t, d, acc, z, p):
    """A fix that came too late to page: an exit nobody was alerted about is still found, by the probable rule."""
    if t >= s["t_exit"] and (s["severity"] > 0 or t <= s["t_back"]):
        return said
    if z >= p["z_out"]:
        if s["n_late"] == 0:
            s["t_late"] = t
        s["n_late"] += 1
        dwell = t - s["t_late"]
        if s["n_late"] >= p["probable_fixes"] and dwell >= p["probable_s"]:
            s["episode"] += 1
            said = put(events, said, f, t, E_LATE, FOUND_LATE, d, acc, s["n_late"], dwell, s["episode"], s["t_late"])
            s["n_late"] = SAID
    elif z <= p["z_in"]:
        s["n_late"] = 0
    return said


@njit(cache=True)
def jump(events, said, s, f, t, x, y, d, acc, p):
    """A fix no vehicle could reach: the first of a row is said, the others are counted while they agree."""
    agrees = apart(x, y, s["x_jump"], s["y_jump"]) - acc - s["acc_jump"] <= reach(p, s["t_jump"], t)
    s["n_jump"] = s["n_jump"] + 1 if agrees and s["n_jump"] > 0 else 1
    s["t_jump"] = t
    s["x_jump"] = x
    s["y_jump"] = y
    s["acc_jump"] = acc
    if s["n_jump"] > 1:
        return said
    dwell = t - s["t_out"] if s["n_out"] > 0 else 0.0
    return put(events, said, f, t, E_TELEPORT, IMPOSSIBLE_SPEED, d, acc, s["n_out"], dwell, s["exit_no"], s["t_exit"])


@njit(cache=True)
def frozen(events, said, s, f, t, lon6, lat6, mark, p):
    """The same coordinates to the sixth digit for hours: a phone at rest still flickers."""
    if lon6 == s["lon_same"] and lat6 == s["lat_same"] and mark == s["acc_same"]:
        if not s["frozen"] and t - s["t_same"] > p["frozen_s"]:
            s["frozen"] = True
            said = say(events, said, s, f, t, E_SPOOF, FROZEN_FIX)
        return said
    s["t_same"] = t
    s["lon_same"] = lon6
    s["lat_same"] = lat6
    s["acc_same"] = mark
    s["frozen"] = False
    return said


@njit(cache=True)
def out(events, said, s, f, t, d, acc, post, left, p):
    """A fix outside: count it and make the transitions. left: the phone's own word before this ping, NaN as the state has it."""
    if math.isnan(left):
        left = s["t_leave"]
    if s["n_out"] == 0:
        s["t_out"] = t
    if d > p["far_m"] and acc <= p["far_acc_m"]:
        s["n_far"] += 1
    s["n_in"] = 0
    s["n_out"] += 1
    dwell = t - s["t_out"]
    witness = -1
    if post:
        witness = CHECKPOINT_SIGHTING
    elif s["t_door"] > NEVER and t - s["t_door"] <= p["corroborated_s"]:
        witness = DOOR_OPENED
    elif left > NEVER and t > left and t - left <= p["corroborated_s"]:
        witness = PHONE_LEFT_REGION
    elif s["n_far"] >= p["far_fixes"]:
        witness = FAR_AWAY
    if s["severity"] < 2 and (witness >= 0 or (s["n_out"] >= p["confirmed_fixes"] and dwell >= p["confirmed_s"])):
        if s["severity"] == 0:
            began(s)
        said = say(events, said, s, f, t, E_CONFIRMED, witness if witness >= 0 else DWELL)
        s["st"] = OUTSIDE
        s["severity"] = 2
    elif s["st"] != OUTSIDE and s["n_out"] >= p["probable_fixes"] and dwell >= p["probable_s"]:
        began(s)
        said = say(events, said, s, f, t, E_PROBABLE, DWELL)
        s["st"] = OUTSIDE
        s["severity"] = 1
    elif s["st"] == UNKNOWN or s["st"] == INSIDE:
        said = say(events, said, s, f, t, E_SUSPECT, ONE_FIX)
        s["st"] = SUSPECT
    return said


@njit(cache=True)
def inside(events, said, s, f, t, p):
    """A fix inside: count it and make the transitions."""
    if s["n_in"] == 0:
        s["t_in"] = t
    s["n_far"] = 0
    s["n_in"] += 1
    if s["st"] == SUSPECT:
        said = say(events, said, s, f, t, E_CLEARED, FIX_INSIDE)
        s["st"] = INSIDE if s["armed"] else UNKNOWN
    s["n_out"] = 0
    if s["st"] == OUTSIDE and s["n_in"] >= p["return_fixes"] and t - s["t_in"] >= p["return_s"]:
        said = say(events, said, s, f, t, E_RETURNED, FIX_INSIDE)
        s["severity"] = 0
        s["t_back"] = t
        s["st"] = INSIDE
        s["armed"] = True
    elif s["st"] == UNKNOWN and s["n_in"] >= p["arm_fixes"]:
        said = say(events, said, s, f, t, E_ARMED, FIX_INSIDE)
        s["st"] = INSIDE
        s["armed"] = True
    return said


@njit(cache=True)
def began(s):
    """A new episode outside, from its first fix."""
    s["episode"] += 1
    s["exit_no"] = s["episode"]
    s["t_exit"] = s["t_out"]


@njit(cache=True)
def timers(s, f, start, end, at, p, events, said):
    """What time alone decides for a row whose clock reached `at`."""
    limit = min(at, end)
    if s["st"] == SUSPECT and s["seen"] + p["suspect_silent_s"] < limit:
        began(s)
        s["st"] = OUTSIDE
        s["severity"] = 1
        said = say(events, said, s, f, s["seen"] + p["suspect_silent_s"], E_PROBABLE, SILENT_WHILE_SUSPECT)
    waiting = s["st"] == UNKNOWN or (s["st"] == SILENT and s["before"] == UNKNOWN)
    if waiting and not s["armed"] and not s["warned"] and start + p["not_activated_s"] < limit:
        s["warned"] = True
        said = say(events, said, s, f, start + p["not_activated_s"], E_NOT_ACTIVATED, NEVER_ARMED)
    if s["st"] != SUSPECT and s["st"] != SILENT and s["seen"] > NEVER:
        due = s["seen"] + p["silence_s"]
        hour = (due / 3600.0 + p["utc_offset_h"]) % 24
        if hour >= p["night_from_h"] or hour < p["night_to_h"]:
            due = s["seen"] + p["silence_night_s"]
        if due < limit:
            s["before"] = s["st"]
            s["st"] = SILENT
            said = say(events, said, s, f, due, E_SILENT, NO_MESSAGE)
    return said


@njit(cache=True)
def sweep(states, fences, params, of, first, now, events):
    """The timers of every fence from `first` on → (next fence, events said)."""
    said = 0
    for f in range(first, len(states)):
        if said + MOST > len(events):
            return f, said
        said = timers(states[f], f, fences[f]["start"], fences[f]["end"], now, params[of[f]], events, said)
    return len(states), said


@njit(cache=True)
def say(events, said, s, f, t, event, reason):
    """An event with what the state rests on."""
    dwell = t - s["t_out"] if s["n_out"] > 0 else 0.0
    return put(events, said, f, t, event, reason, s["d"], s["acc"], s["n_out"], dwell, s["exit_no"], s["t_exit"])


@njit(cache=True)
def put(events, said, f, t, event, reason, d, acc, fixes, dwell, episode, began_at):
    row = events[said]
    row["fence"] = f
    row["t"] = t
    row["event"] = event
    row["reason"] = reason
    row["distance"] = d
    row["acc"] = acc
    row["fixes"] = fixes
    row["dwell"] = dwell
    row["episode"] = episode
    row["began"] = began_at
    row["area"] = -1
    return said + 1


@njit(cache=True)
def shifted(east, north, x, y, acc, p):
    """Whether a fix lies where home would lie if a map's shift had been applied to it."""
    least = p["datum_m"]
    return apart(east, north, 0.0, 0.0) > least and apart(x, y, east, north) <= least + min(acc, p["vague_m"])


@njit(cache=True)
def apart(x, y, x0, y0):
    ex = x - x0
    ey = y - y0
    return math.sqrt(ex * ex + ey * ey)


@njit(cache=True)
def reach(p, since, t):
    """How far a vehicle could have gone."""
    return p["top_speed_ms"] * max(t - since, 1.0)


@njit(cache=True, fastmath={"nnan", "ninf", "nsz"})
def from_edges(edges, low, high, x, y):
    """Signed distance to the nearest of the edges low:high. Without NaN the least of many is the same in any order: vectors."""
    nearest = np.inf
    crossed = 0
    for e in range(low, high):
        x0 = np.float64(edges[0, e])
        y0 = np.float64(edges[1, e])
        y1 = np.float64(edges[3, e])
        dx = np.float64(edges[2, e]) - x0
        dy = y1 - y0
        fx = x - x0
        fy = y - y0
        along = min(max((fx * dx + fy * dy) / (dx * dx + dy * dy), 0.0), 1.0)
        ex = along * dx - fx
        ey = along * dy - fy
        nearest = min(nearest, ex * ex + ey * ey)
        crossed += ((y0 > y) != (y1 > y)) & ((fx * dy < dx * fy) == (dy > 0))
    return -math.sqrt(nearest) if crossed & 1 else math.sqrt(nearest)
