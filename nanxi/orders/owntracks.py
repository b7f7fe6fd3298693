"""What OwnTracks phones send, read into one shape. Pure; nothing is stored (booklet of OwnTracks, fence notes §1)."""

from __future__ import annotations

import json
from typing import Any

from nanxi.orders import traccar
from nanxi.orders.messages import Fix, Poison, accuracy, fix_of, moment, number

__all__ = ["Fix", "Poison", "read"]

#: Messages without a position that say that the phone lives.
HEARTBEATS = {"status", "waypoints", "waypoint", "steps", "beacon", "dump"}
#: What tells nothing about the phone now: an answer, a contact card, and the last will, whose tst is when the phone connected.
IGNORED = {"lwt", "cmd", "card", "configuration", "request"}
MOST_IN_ARRAY = 1000


def read(body: bytes, now_ms: int | None = None) -> tuple[list[Fix], list[Poison]]:
    """Fixes of a request body (object or array) and what could not be read. Raises Poison when nothing can.

    `now_ms`: when the request came; a sign of life without a time of its own was made then.
    """
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
            if fix := _one(message, now_ms):
                fixes.append(fix)
        except Poison as problem:
            poison.append(problem)
    return fixes, poison


def _one(message: Any, now_ms: int | None) -> Fix | None:
    if not isinstance(message, dict):
        raise Poison("not_object", "The message is not a JSON object.")
    if "location" in message:
        return traccar.from_json(message)
    kind = message.get("_type")
    kind = kind if isinstance(kind, str) else ""
    if kind == "encrypted":
        raise Poison(
            "encrypted", "The message is encrypted with a key we do not have. Empty the field “encryption key” in the app."
        )
    if kind in IGNORED:
        return None
    if kind in HEARTBEATS:
        return _sign_of_life(message, now_ms)
    if kind not in ("location", "transition"):
        raise Poison(
            "unknown_type", "The message is of a kind we do not know. Use OwnTracks or Traccar Client as the set-up code says."
        )
    return _location(message, leave=kind == "transition" and message.get("event") == "leave")


def _location(message: dict[str, Any], *, leave: bool) -> Fix:
    tst = moment(message.get("tst"))
    lon, lat = number(message.get("lon")), number(message.get("lat"))
    if not leave and (lon is None or lat is None):
        raise Poison("no_place", "The message has no lon and lat. Allow the app to use the precise location.")
    content = {"lon": lon, "lat": lat, "acc": accuracy(message.get("acc")), "src": "phone"}
    if leave:
        content["leave"] = True
    return fix_of(tst, content)


def _sign_of_life(message: dict[str, Any], now_ms: int | None) -> Fix | None:
    tst = message.get("tst")
    at = now_ms if tst is None else moment(tst)
    return None if at is None else fix_of(at, {"lon": None, "lat": None, "acc": None, "src": "phone"})
