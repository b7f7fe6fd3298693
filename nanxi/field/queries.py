"""The only reads of this room: the passages of one post, the visits of one task."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from nanxi.field.models import Passage, Visit
from nanxi.foundation.clock import county_day, day_bounds


def passages_today(post_id: UUID, now: datetime) -> dict[str, int]:
    """Counts of one post for the current county day: all, fever, hits."""
    start, end = day_bounds(county_day(now))
    rows = Passage.objects.filter(post_id=post_id, at__gte=start, at__lt=end)
    return rows.aggregate(all=Count("id"), fever=Count("id", filter=Q(fever=True)), hits=Count("id", filter=Q(hit=True)))


def last_passages(post_id: UUID, most: int = 15) -> list[Passage]:
    """The newest passages of one post; nobody is named in them."""
    return list(Passage.objects.filter(post_id=post_id).order_by("-at", "-id")[:most])


def visits_of(task_id: UUID) -> list[Visit]:
    return list(Visit.objects.filter(task_id=task_id))
