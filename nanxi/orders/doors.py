"""What door sensors say over MQTT, read into one shape. Pure; an open door alone is never an exit (fence notes §4.5)."""

from __future__ import annotations

import json
from typing import Any

from nanxi.orders.messages import Fix, Poison, fix_of, moment

OPEN, CLOSED = "open", "closed"
WORDS = {
    "open": OPEN,
    "on": OPEN,
    "1": OPEN,
    "true": OPEN,
    "closed": CLOSED,
    "close": CLOSED,
    "off": CLOSED,
    "0": CLOSED,
    "false": CLOSED,
}


def read(body: bytes, now_ms: int) -> tuple[list[Fix], list[Poison]]:
    """The word alone (`open`), or JSON with `state`, `door` or Zigbee's `contact` and perhaps `tst`. Raises Poison."""
    text = body.decode("utf-8", "replace").strip()
    said: Any = None
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = text
    state = _state(said)
    if state is None:
        raise Poison("no_door", "The message does not say whether the door is open or closed. Send open or closed.")
    tst = said.get("tst") if isinstance(said, dict) else None
    at = now_ms if tst is None else moment(tst)
    return [fix_of(at, {"lon": None, "lat": None, "acc": None, "src": "door", "door": state})], []


def _state(said: Any) -> str | None:
    if isinstance(said, dict):
        if isinstance(said.get("contact"), bool):
            return CLOSED if said["contact"] else OPEN
        said = said.get("state", said.get("door"))
    if isinstance(said, (list, dict)):
        return None
    return WORDS.get(str(said).lower())
