"""What check-ins know of the people on a list: that somebody was at a place of the county on a day, never at which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from nanxi.cases.models import Sighting
from nanxi.desk.knowing import Known, listed_for
from nanxi.foundation.clock import county_day, day_bounds

#: Told by a terminal of the county as it happened; what is remembered in an interview is no check-in.
CHECK_INS = ("venue",)


def last_check_ins(
    records: Mapping[UUID, frozenset[UUID]], persons: Mapping[UUID, UUID], since: datetime, now: datetime
) -> Iterable[Known]:
    """The last day with a check-in of each person. The place stays sealed, so that the day's beginning stands for the time."""
    asked = listed_for(records)
    rows = Sighting.everything.filter(record_id__in=list(asked), source__in=CHECK_INS, day__gte=county_day(since))
    newest: dict[UUID, tuple[datetime, UUID]] = {}
    for day, sighting, record in rows.order_by("day", "id").values_list("day", "id", "record_id"):
        for listed in asked[record]:
            newest[listed] = (day_bounds(day)[0], sighting)
    for listed, (at, sighting) in newest.items():
        yield Known(listed, "here", "event", at, sighting)
