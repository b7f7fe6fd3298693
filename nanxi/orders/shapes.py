"""What an operator may see of a message that could not be read: which of the known fields it has and of what kind, no value.

Pure. A field whose name is not in the protocols' own lists is only counted: a name may be somebody's words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext_noop

#: Field names of OwnTracks' booklet and of Traccar's query and JSON.
_KNOWN = (
    "_type lat lon tst acc alt vac vel cog batt bs tid topic conn t m created_at event wtst desc rad rid data inregions inrids"
    " SSID BSSID p id deviceid device_id timestamp accuracy hdop hacc speed bearing altitude location coords latitude longitude"
    " mock uuid is_moving activity battery odometer age valid waypoints"
)
KNOWN = frozenset(_KNOWN.split())
#: Of the fixed words that may be shown, because the protocol and not the phone's owner chose them.
_TYPES = "location transition lwt waypoint waypoints status steps beacon card cmd configuration dump encrypted"
TYPES = frozenset(_TYPES.split())
MOST_FIELDS = 40
KINDS = {
    "bool": gettext_noop("yes or no"), "int": gettext_noop("number"), "float": gettext_noop("number"),
    "str": gettext_noop("text"), "list": gettext_noop("several values"),
    "dict": gettext_noop("object"), "NoneType": gettext_noop("no value"),
}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """Form of a message: how it is written, how many parts, the fields of its first part, and how many unknown ones."""

    form: str
    parts: int = 1
    fields: list[tuple[str, str]] = field(default_factory=list)
    unknown: int = 0
    kind: str = ""


def shape_of(body: bytes) -> Shape:
    """The shape, whatever was sent."""
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        return _of_query(body)
    parts = said if isinstance(said, list) else [said]
    first = parts[0] if parts else None
    if not isinstance(first, dict):
        return Shape("json", len(parts), [("", KINDS[type(first).__name__])])
    kind = first.get("_type")
    return Shape("json", len(parts), *_listed(first), kind=kind if isinstance(kind, str) and kind in TYPES else "")


def _of_query(body: bytes) -> Shape:
    try:
        told = dict(parse_qsl(body.decode("ascii"), max_num_fields=60, strict_parsing=True))
    except ValueError:
        return Shape("other")
    return Shape("query", 1, *_listed(told)) if KNOWN.intersection(told) else Shape("other")


def _listed(said: dict[str, Any], prefix: str = "") -> tuple[list[tuple[str, str]], int]:
    fields: list[tuple[str, str]] = []
    unknown = 0
    for name, value in list(said.items())[:MOST_FIELDS]:
        if name not in KNOWN:
            unknown += 1
            continue
        fields.append((prefix + name, KINDS[type(value).__name__]))
        if isinstance(value, dict) and not prefix.count("."):
            inner, more = _listed(value, f"{prefix}{name}.")
            fields, unknown = fields + inner, unknown + more
    return fields, unknown
