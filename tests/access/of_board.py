"""A tile of the desk home, by its name."""

from __future__ import annotations

from tests.access.objects import World, made_by


@made_by("home-part")
def some_tile(world: World, area: str) -> str:
    return "towns"
