"""Names of officers, for lists and timelines."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from nanxi.foundation.models import Unit, User


def names_of_users(user_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    wanted = {one for one in user_ids if one}
    return dict(User.objects.filter(pk__in=wanted).values_list("id", "display_name")) if wanted else {}


def name_of_unit(unit_id: UUID | str | None) -> str:
    """The name of a unit, "" for none."""
    return (Unit.objects.filter(pk=unit_id).values_list("name", flat=True).first() or "") if unit_id else ""
