"""What rooms above show on a person's page: each registers a title and a function that draws a fragment.

A panel is called with the request and the person after the grant was given; it returns safe HTML, or "" for nothing to show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.safestring import SafeString

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
