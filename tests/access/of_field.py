"""One task to be done per town."""

from __future__ import annotations

from uuid import UUID

from nanxi.desk import services
from nanxi.foundation.clock import WALL
from nanxi.foundation.rights import Role
from tests.access.objects import World, made_by


@made_by("field:task")
def some_errand(world: World, area: str) -> UUID:
    return services.open_task(world.act(Role.HQ_DESK), kind="visit", area=area, title="x", due=WALL.now()).pk
