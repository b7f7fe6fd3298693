"""The work list: what may be chosen of it, page by page in order of due time, and counted up to a bound.

Pages are found by the last row's key, never by counting from the start, and a list is counted only as far as anybody reads: with
300,000 open tasks the count of all would cost more than the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from nanxi.desk.models import SavedFilter, Task
from nanxi.desk.queries.tasks import open_tasks
from nanxi.foundation.act import Actor

PAGE = 50
#: Counts go this far; more is shown as "999+".
COUNTED = 999


@dataclass(frozen=True)
class Chosen:
    """What is chosen of a work list: codes only, "" = all. town: nine digits."""

    kind: str = ""
    due: str = ""
    holder: str = ""
    town: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Chosen:
        """From a form's cleaned values or a stored filter; anything else in it is left out."""
        return cls(**{name: str(told.get(name) or "") for name in cls.__dataclass_fields__})

    def as_json(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}

    def rows(self, actor: Actor, now: datetime) -> QuerySet[Task]:
        """Open tasks that the actor sees, narrowed; soonest due first."""
        rows = open_tasks(actor)
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.town:
            rows = rows.filter(town=self.town)
        spans = {
            "overdue": {"due__lt": now},
            "today": {"due__gte": now, "due__lt": now + timedelta(days=1)},
            "later": {"due__gte": now + timedelta(days=1)},
        }
        holders = {"mine": {"assignee_id": actor.user_id}, "nobody": {"assignee_id": None}, "unit": {"unit_id": actor.unit_id}}
        return rows.filter(**spans.get(self.due, {}), **holders.get(self.holder, {}))


@dataclass(frozen=True)
class ListPage:
    """One page of a work list, and the key under which the next one begins ("" at the end)."""

    tasks: list[Task]
    after: str


def page_of(rows: QuerySet[Task], after: str = "", size: int = PAGE) -> ListPage:
    """The page that follows a key. A key that cannot be read begins at the start."""
    due, last = key_of(after)
    if due is not None and last is not None:
        rows = rows.filter(due__gte=due).filter(Q(due__gt=due) | Q(id__gt=last))
    found = list(rows.select_related("waits_for")[: size + 1])
    more = found[size - 1] if len(found) > size else None
    return ListPage(found[:size], f"{more.due.isoformat()}~{more.id}" if more else "")  # pyright: ignore[reportOptionalMemberAccess]


def key_of(text: str) -> tuple[datetime | None, UUID | None]:
    """The time and id under which a page begins; nothing for a key that cannot be read."""
    due, _tilde, last = text.partition("~")
    try:
        return datetime.fromisoformat(due), UUID(last)
    except ValueError:
        return None, None


def counted(rows: QuerySet[Task]) -> int:
    """How many rows there are, up to one more than COUNTED."""
    return rows.order_by()[: COUNTED + 1].count()


def shown_count(number: int) -> str:
    return f"{COUNTED}+" if number > COUNTED else str(number)


def filters_of(actor: Actor) -> list[SavedFilter]:
    """Filters one kept, and those kept for one's unit."""
    mine = Q(user_id=actor.user_id)
    return list(
        SavedFilter.objects.filter(mine | Q(unit_id=actor.unit_id) if actor.unit_id else mine).order_by("name", "id")[:12]
    )


def counters_of(filters: Iterable[SavedFilter], actor: Actor, now: datetime) -> list[tuple[SavedFilter, str]]:
    """Each kept filter with how many open tasks it shows now."""
    return [(one, shown_count(counted(Chosen.of(one.chosen).rows(actor, now)))) for one in filters]
