"""One list per town, handed in by the town's own unit."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nanxi.foundation import acts, vault
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import Unit
from nanxi.people.list_sealing import seal_file
from nanxi.people.models import ListBatch
from tests.access.objects import OWN, World, made_by

HANDED_IN = datetime.fromisoformat("2020-02-03T08:00:00+08:00")


@made_by("list", "list-commit", "list-withdraw", "list-mapping", "list-correct", "list-errors")
def some_list(world: World, area: str) -> UUID:
    unit = Unit.objects.get(name="East town" if area == OWN else "West town")
    with acts.set_up():
        key = uuid7()
        batch = ListBatch(id=key, area_code=area, sender="village", sha256=b"1", unit_id=unit.id, received_at=HANDED_IN)
        vault.make_keys([key])
        seal_file(batch, "list.csv", b"name\n")
        batch.save()
    return key
