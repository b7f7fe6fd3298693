"""What rooms above show on a person's page, and which of their objects open it.

Each registers a title and a function that draws a fragment. A panel is called with the request and the person after the
grant was given; it returns safe HTML, or "" for nothing to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.safestring import SafeString

from nanxi.foundation.act import Actor

Draw = Callable[[HttpRequest, UUID], SafeString | str]


@dataclass(frozen=True)
class Panel:
    title: Any
    draw: Draw
    order: int = 50


_panels: dict[str, Panel] = {}


def register(title: Any, draw: Draw, *, order: int = 50) -> None:
    """Add a panel; the same function again replaces its own."""
    _panels[f"{draw.__module__}.{draw.__qualname__}"] = Panel(title, draw, order)


def drawn(request: HttpRequest, person_id: UUID) -> list[tuple[Any, SafeString | str]]:
    """Title and fragment of every panel that has something to show."""
    ordered = sorted(_panels.values(), key=lambda panel: panel.order)
    return [(panel.title, html) for panel in ordered if (html := panel.draw(request, person_id))]


@dataclass(frozen=True)
class Opener:
    """An object of a room above that opens this person's page: what to call it, `via`, and the purpose."""

    title: Any
    via: tuple[str, UUID]
    purpose: str


Find = Callable[[Actor, UUID, datetime], Iterable[Opener]]
_finders: dict[str, Find] = {}


def register_opener(find: Find) -> None:
    """Declare which open objects of a room open a person: find(actor, person_id, now) → openers."""
    _finders[f"{find.__module__}.{find.__qualname__}"] = find


def openers(actor: Actor, person_id: UUID, now: datetime) -> list[Opener]:
    return [opener for find in _finders.values() for opener in find(actor, person_id, now)]
