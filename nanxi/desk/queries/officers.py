"""Names of officers, for lists and timelines."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from nanxi.foundation.models import User


def names_of_users(user_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    wanted = {one for one in user_ids if one}
    return dict(User.objects.filter(pk__in=wanted).values_list("id", "display_name")) if wanted else {}
