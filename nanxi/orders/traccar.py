"""What Traccar Client sends: the OsmAnd query of older releases and the JSON of newer ones, read into one shape. Pure (notes §1).

Neither can sign in as OwnTracks does: the device token stands where the app has its device identifier.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from nanxi.orders.messages import Fix, Poison, accuracy, fix_of, moment, number

#: OsmAnd's names for the same value, first one wins. A dilution of precision (hdop) is no radius and is not read as one.
LATITUDE, LONGITUDE, ACCURACY = ("lat",), ("lon",), ("accuracy", "hacc", "acc")
MOST_MESSAGES = 1000
TRUE = {"1", "true", "yes"}


def token_of(query: bytes, body: bytes) -> str | None:
    """The device token in a request that has no sign-in: `id` of the query or form, `device_id` of the JSON."""
    told = _fields(query, body)
    if told.get("id"):
        return told["id"]
    said = _json(body)
    first = said[0] if isinstance(said, list) and said else said
    token = first.get("device_id") if isinstance(first, dict) else None
    return token if isinstance(token, str) and token else None


def read(query: bytes, body: bytes) -> tuple[list[Fix], list[Poison]]:
    """Fixes of a request and what could not be read. Raises Poison when nothing can."""
    told = _fields(query, body)
    if "lat" in told or "lon" in told or "timestamp" in told:
        return [_from_query(told)], []
    said = _json(body)
    messages = said if isinstance(said, list) else [said]
    if len(messages) > MOST_MESSAGES:
        raise Poison("too_many", f"More than {MOST_MESSAGES} messages in one request; send them in parts.")
    fixes: list[Fix] = []
    poison: list[Poison] = []
    for message in messages:
        try:
            fixes.append(from_json(message))
        except Poison as problem:
            poison.append(problem)
    return fixes, poison


def from_json(message: Any) -> Fix:
    """A fix of the newer client; its `uuid` makes a repetition the same message."""
    place = message.get("location") if isinstance(message, dict) else None
    coords = place.get("coords") if isinstance(place, dict) else None
    if not isinstance(place, dict) or not isinstance(coords, dict):
        raise Poison("no_place", "The message has no coordinates. Allow the app to use the precise location.")
    content = _content(number(coords.get("longitude")), number(coords.get("latitude")), accuracy(coords.get("accuracy")))
    if place.get("mock"):
        content["mock"] = True
    uuid = place.get("uuid")
    return fix_of(moment(place.get("timestamp")), content, uuid if isinstance(uuid, str) else None)


def _from_query(told: dict[str, str]) -> Fix:
    content = _content(*(_number(told, names) for names in (LONGITUDE, LATITUDE, ACCURACY)))
    content["acc"] = accuracy(content["acc"])
    if told.get("mock", "").lower() in TRUE:
        content["mock"] = True
    return fix_of(_moment(told.get("timestamp", "")), content)


def _content(lon: float | None, lat: float | None, acc: float | None) -> dict[str, Any]:
    if lon is None or lat is None:
        raise Poison("no_place", "The message has no coordinates. Allow the app to use the precise location.")
    return {"lon": lon, "lat": lat, "acc": acc, "src": "phone"}


def _number(told: dict[str, str], names: tuple[str, ...]) -> float | None:
    text = next((told[name] for name in names if told.get(name)), None)
    try:
        value = None if text is None else float(text)
    except ValueError:
        return None
    return number(value) if names != ACCURACY else value


def _moment(text: str) -> int:
    """Seconds, milliseconds, ISO 8601 or the date and time of old releases, which is UTC."""
    try:
        return moment(float(text))
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return moment(None)
    return moment((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _fields(query: bytes, body: bytes) -> dict[str, str]:
    form = body if body[:1] not in (b"{", b"[") else b""
    return dict(parse_qsl("&".join(part.decode("utf-8", "replace") for part in (query, form) if part), max_num_fields=60)[:60])


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Poison("not_json", "The message is neither JSON nor a query. Use Traccar Client as the set-up page says.") from None
