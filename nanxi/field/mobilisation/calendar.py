"""A calendar of somebody's own shifts as RFC 5545 wants it: CRLF, lines of 75 octets, text escaped, times in UTC. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

OCTETS = 75


@dataclass(frozen=True)
class Event:
    """One shift of the owner: nobody else is in it."""

    uid: str
    starts: datetime
    ends: datetime
    title: str
    place: str
    stamp: datetime
    cancelled: bool = False


def calendar_of(events: Iterable[Event], *, name: str) -> str:
    """The whole file."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Nanxi//Shifts//ZH",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escaped(name)}",
    ]
    for event in events:
        lines += [
            "BEGIN:VEVENT", f"UID:{event.uid}", f"DTSTAMP:{utc(event.stamp)}", f"DTSTART:{utc(event.starts)}",
            f"DTEND:{utc(event.ends)}", f"SUMMARY:{escaped(event.title)}", f"LOCATION:{escaped(event.place)}",
            f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}", "END:VEVENT",
        ]  # fmt: skip
    return "".join(folded(line) for line in [*lines, "END:VCALENDAR"])


def utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    """TEXT of RFC 5545 §3.3.11."""
    safe = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return safe.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def folded(line: str) -> str:
    """One content line in pieces of 75 octets (§3.1), never inside a character."""
    pieces, piece, size = [], "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > OCTETS:
            pieces.append(piece)
            # The blank that marks a continuation counts as well.
            piece, size = " ", 1
        piece, size = piece + letter, size + width
    return "\r\n".join([*pieces, piece]) + "\r\n"
