"""Arrays of the fence: pings in, one state row per fence, events out."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.void]


class State(IntEnum):
    """Where the evidence puts the person."""

    UNKNOWN = 0
    INSIDE = 1
    SUSPECT = 2
    OUTSIDE = 3
    SILENT = 4


class Source(IntEnum):
    """What made the ping; each has its own meaning of accuracy."""

    PHONE = 0
    CHECKIN = 1
    DOOR = 2
    CHECKPOINT = 3
    WEB = 4


class Event(IntEnum):
    """What the fence says, once each."""

    ARMED = 0
    SUSPECT = 1
    CLEARED = 2
    EXIT_PROBABLE = 3
    EXIT_CONFIRMED = 4
    RETURNED = 5
    SILENT = 6
    RESUMED = 7
    NOT_ACTIVATED = 8
    LATE_EXIT = 9
    TELEPORT = 10
    DATUM = 11
    SPOOF_SUSPECT = 12
    AREA_ENTER = 13
    AREA_LEAVE = 14


#: Whom an event is for: statistics, the person alone, the town's duty desk, or also the departments.
SEVERITY = {
    Event.ARMED: "log", Event.SUSPECT: "person", Event.CLEARED: "log", Event.EXIT_PROBABLE: "town",
    Event.EXIT_CONFIRMED: "departments",
    Event.RETURNED: "desk", Event.SILENT: "town", Event.RESUMED: "desk", Event.NOT_ACTIVATED: "town", Event.LATE_EXIT: "town",
    Event.TELEPORT: "log", Event.DATUM: "town", Event.SPOOF_SUSPECT: "town",
    Event.AREA_ENTER: "town", Event.AREA_LEAVE: "town",
}  # fmt: skip


class Reason(IntEnum):
    """Why an event was said; closed list."""

    DWELL = 0
    ONE_FIX = 1
    FIX_INSIDE = 2
    SILENT_WHILE_SUSPECT = 3
    DOOR_OPENED = 4
    CHECKPOINT_SIGHTING = 5
    PHONE_LEFT_REGION = 6
    FAR_AWAY = 7
    NO_MESSAGE = 8
    MESSAGE_AGAIN = 9
    NEVER_ARMED = 10
    FOUND_LATE = 11
    IMPOSSIBLE_SPEED = 12
    SHIFTED_GCJ = 13
    SHIFTED_BD = 14
    MOCK_LOCATION = 15
    FROZEN_FIX = 16
    PASS_THROUGH = 17
    FIX_OUTSIDE = 18


Ping = np.dtype([
    ("fence", "i4"), ("t", "f8"), ("rx", "f8"), ("lon", "f8"), ("lat", "f8"), ("acc", "f8"),
    ("source", "u1"), ("leave", "?"), ("mock", "?"), ("digest", "u8"),
])  # fmt: skip

#: `began`: when the episode of an exit began (its first fix outside); `area`: number of the controlled area, -1 = the order.
EVENTS = np.dtype([
    ("fence", "i4"), ("t", "f8"), ("event", "u1"), ("reason", "u1"), ("distance", "f8"), ("acc", "f8"),
    ("fixes", "i4"), ("dwell", "f8"), ("episode", "i4"), ("began", "f8"), ("area", "i4"),
])  # fmt: skip

#: What nearly every ping touches stands first: a million rows do not fit any cache.
STATE = np.dtype([
    ("st", "u1"), ("before", "u1"), ("severity", "u1"), ("armed", "?"), ("warned", "?"),
    ("mocked", "?"), ("shifted", "?"), ("frozen", "?"),
    ("hw", "f8"), ("seen", "f8"), ("t_fix", "f8"), ("x", "f8"), ("y", "f8"), ("acc", "f8"), ("d", "f8"),
    ("n_out", "i4"), ("n_in", "i4"), ("n_far", "i4"), ("n_jump", "i4"), ("t_in", "f8"),
    ("t_same", "f8"), ("lon_same", "f8"), ("lat_same", "f8"), ("acc_same", "f8"),
    ("t_out", "f8"), ("t_door", "f8"), ("t_leave", "f8"),
    ("t_jump", "f8"), ("x_jump", "f8"), ("y_jump", "f8"), ("acc_jump", "f8"),
    ("n_late", "i4"), ("episode", "i4"), ("exit_no", "i4"), ("t_late", "f8"), ("t_exit", "f8"), ("t_back", "f8"),
])  # fmt: skip

#: An accepted fix and the accepted one before it, in the fence's local metres: what controlled areas look at.
MOVE = np.dtype([
    ("fence", "i4"), ("t", "f8"), ("x", "f8"), ("y", "f8"), ("acc", "f8"), ("sigma", "f8"),
    ("t0", "f8"), ("x0", "f8"), ("y0", "f8"), ("acc0", "f8"),
])  # fmt: skip

NEVER = -1e18
#: Count of late fixes after LATE_EXIT was said: only a late fix inside brings the counter back.
SAID = -(2**30)
_TIMES = ("hw", "seen", "t_fix", "t_out", "t_in", "t_door", "t_leave", "t_jump", "t_late", "t_same", "t_exit", "t_back")


def new_state(n: int) -> Row:
    """STATE[n]: nothing known, nothing heard."""
    rows = np.zeros(n, STATE)
    for name in _TIMES:
        rows[name] = NEVER
    return rows


def pings_of(n: int) -> Row:
    """Ping[n] with neutral values: phone, no accuracy, received when taken."""
    rows = np.zeros(n, Ping)
    rows["acc"] = rows["rx"] = np.nan
    return rows


def dump(row: np.void) -> dict[str, float]:
    """One state row as plain values, to be kept in a database."""
    return {name: row[name].item() for name in STATE.names or ()}


def load(values: dict[str, float]) -> Row:
    """The row again; a field that an older release did not keep starts neutral."""
    rows = new_state(1)
    for name in STATE.names or ():
        if name in values:
            rows[name] = values[name]
    return rows
