"""What a room above draws beside an alert whose person was opened: registered by the kind of its subject in `AppConfig.ready()`.

Asked only after the reading was recorded; a room answers None where it shows nothing, or where its own scope hides the object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from nanxi.foundation.act import Act


@dataclass(frozen=True)
class Beside:
    """A drawing with its heading, words below it (newest first), and the static module that lays a map over it."""

    title: str
    drawing: str
    lines: tuple[str, ...] = ()
    module: str = ""


Draw = Callable[[Act, UUID], Beside | None]
_drawn: dict[str, Draw] = {}


def register(kind: str, draw: Draw) -> None:
    """The same kind again replaces it."""
    _drawn[kind] = draw


def drawn_for(act: Act, kind: str, object_id: UUID | None) -> Beside | None:
    draw = _drawn.get(kind)
    return draw(act, object_id) if draw and object_id else None
