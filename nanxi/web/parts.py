"""Small shapes that rooms hand to the shell's components: a moment of a timeline, a bar of a waterfall, a tone of a badge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: What a badge means, by colour and by mark (never by colour alone).
TONES = {
    "ok": "✓",  # finished, released, negative
    "go": "▸",  # running, on the way
    "wait": "◔",  # waits for somebody
    "warn": "▲",  # look soon
    "danger": "■",  # act now
    "quiet": "·",  # no action
}


@dataclass(frozen=True)
class Moment:
    """One line of a timeline, newest first or last as the room orders them."""

    at: datetime
    title: Any
    text: Any = ""
    by: Any = ""
    tone: str = "quiet"
    link: str = ""


@dataclass(frozen=True)
class Bar:
    """One step of a waterfall: a label and a signed weight."""

    label: str
    weight: float
