"""What OwnTracks and Traccar phones send, read into one shape. Pure; nothing is stored (booklet of OwnTracks, fence notes §1)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: Messages a phone sends that carry no position; they count as a sign of life or are passed over.
HEARTBEATS = {"lwt", "status"}
IGNORED = {"waypoints", "waypoint", "cmd", "card", "beacon", "steps", "dump", "configuration"}
MOST_IN_ARRAY = 1000
#: No time, degree or accuracy of a phone is larger; NaN and infinity are not smaller.
LARGEST = 1e18


class Poison(ValueError):
    """A message no retry will make better; `reason` is a fixed word, the text tells the phone's owner what to do."""

    def __init__(self, reason: str, sentence: str) -> None:
        self.reason = reason
        super().__init__(sentence)


@dataclass(frozen=True)
class Fix:
    """One message: milliseconds of the fix, content to be sealed, and the digest that makes it unique."""

    tst: int
    digest: bytes
    content: dict[str, Any]


def read(body: bytes) -> tuple[list[Fix], list[Poison]]:
    """Fixes of a request body (object or array) and what could not be read. Raises Poison when nothing can."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Poison("not_json", "The message is not JSON. Set the app to OwnTracks HTTP mode with JSON.") from None
    messages = said if isinstance(said, list) else [said]
    if len(messages) > MOST_IN_ARRAY:
        raise Poison("too_many", f"More than {MOST_IN_ARRAY} messages in one request; send them in parts.")
    fixes: list[Fix] = []
    poison: list[Poison] = []
    for message in messages:
        try:
            if fix := _one(message):
                fixes.append(fix)
        except Poison as problem:
            poison.append(problem)
    return fixes, poison


def _one(message: Any) -> Fix | None:
    if not isinstance(message, dict):
        raise Poison("not_object", "The message is not a JSON object.")
    if "location" in message:
        return _traccar(message)
    kind = message.get("_type")
    kind = kind if isinstance(kind, str) else ""
    if kind == "encrypted":
        raise Poison(
            "encrypted", "The message is encrypted with a key we do not have. Empty the field “encryption key” in the app."
        )
    if kind in IGNORED:
        return None
    if kind in HEARTBEATS:
        return _heartbeat(message)
    if kind not in ("location", "transition"):
        raise Poison(
            "unknown_type", "The message is of a kind we do not know. Use OwnTracks or Traccar Client as the set-up code says."
        )
    return _location(message, leave=kind == "transition" and message.get("event") == "leave")


def _location(message: dict[str, Any], *, leave: bool) -> Fix:
    tst = _time(message.get("tst"))
    lon, lat = _number(message.get("lon")), _number(message.get("lat"))
    if not leave and (lon is None or lat is None):
        raise Poison("no_place", "The message has no lon and lat. Allow the app to use the precise location.")
    content = {"lon": lon, "lat": lat, "acc": _accuracy(message.get("acc")), "src": "phone"}
    if leave:
        content["leave"] = True
    return _fix(tst, content)


def _heartbeat(message: dict[str, Any]) -> Fix | None:
    tst = message.get("tst")
    if tst is None or message.get("_type") == "lwt":
        # A last will says that the phone was lost, when its tst says it connected: no sign of life.
        return None
    return _fix(_time(tst), {"lon": None, "lat": None, "acc": None, "src": "phone"})


def _traccar(message: dict[str, Any]) -> Fix:
    place = message["location"] if isinstance(message["location"], dict) else {}
    coords = place.get("coords") if isinstance(place.get("coords"), dict) else {}
    lon, lat = _number(coords.get("longitude")), _number(coords.get("latitude"))
    if lon is None or lat is None:
        raise Poison("no_place", "The message has no coordinates. Allow the app to use the precise location.")
    content = {"lon": lon, "lat": lat, "acc": _accuracy(coords.get("accuracy")), "src": "phone"}
    if place.get("mock"):
        content["mock"] = True
    return _fix(_time(place.get("timestamp")), content)


def _fix(tst: int, content: dict[str, Any]) -> Fix:
    """The digest covers what was measured, so that a phone's repetition with another battery level is the same fix."""
    text = json.dumps({"t": tst, **content}, sort_keys=True, separators=(",", ":"))
    return Fix(tst, hashlib.sha256(text.encode()).digest()[:16], content)


def _time(tst: Any) -> int:
    if isinstance(tst, str):
        try:
            at = datetime.fromisoformat(tst)
            tst = at.timestamp() if at.tzinfo else None
        except ValueError:
            tst = None
    if isinstance(tst, bool) or not isinstance(tst, (int, float)) or not _is_finite(tst):
        raise Poison("no_tst", "The message has no tst, the time of the fix in epoch seconds. Update the app and send again.")
    ms = tst if tst > 1e11 else tst * 1000
    if not 0 < ms < 4e12:
        raise Poison("no_tst", "The tst of the message is no time in epoch seconds. Set the phone's clock.")
    return int(ms)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_finite(value):
        return None
    return float(value) if abs(value) <= 180 else None


def _is_finite(value: float) -> bool:
    """Whether the number fits a float: JSON's integers may have hundreds of digits."""
    return abs(value) < LARGEST


def _accuracy(value: Any) -> float | None:
    """Zero, negative or absent: not known."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_finite(value):
        return None
    return float(value) if value > 0 else None
