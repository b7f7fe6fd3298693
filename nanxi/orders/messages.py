"""The one shape into which every phone's message is read, and what makes a message unreadable. Pure; nothing is stored."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: No time, degree or accuracy of a phone is larger; NaN and infinity are not smaller.
LARGEST = 1e18
#: Made once: an encoder for each message costs as much as the message.
ORDERED = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


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


def fix_of(tst: int, content: dict[str, Any], uuid: str | None = None) -> Fix:
    """The digest covers what was measured, so that a phone's repetition with another battery level is the same fix."""
    text = uuid or ORDERED({"t": tst, **content})
    return Fix(tst, hashlib.sha256(text.encode()).digest()[:16], content)


def moment(tst: Any) -> int:
    """Milliseconds of a time in seconds, milliseconds or ISO 8601. Raises Poison."""
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


def number(value: Any) -> float | None:
    """A degree, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_finite(value):
        return None
    return float(value) if abs(value) <= 180 else None


def accuracy(value: Any) -> float | None:
    """Zero, negative or absent: not known."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_finite(value):
        return None
    return float(value) if value > 0 else None


def _is_finite(value: float) -> bool:
    """Whether the number fits a float: JSON's integers may have hundreds of digits."""
    return abs(value) < LARGEST
