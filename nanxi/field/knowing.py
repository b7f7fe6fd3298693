"""What posts know of the people on a list: the last passage of each, which way. Nobody is told at which post."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from nanxi.desk.knowing import Known, listed_for
from nanxi.field.models import Passage

#: An inbound passage says that somebody came, an outbound one that somebody left.
SAYS = {Passage.Way.IN.value: "here", Passage.Way.OUT.value: "gone"}


def last_passages(
    records: Mapping[UUID, frozenset[UUID]], persons: Mapping[UUID, UUID], since: datetime, now: datetime
) -> Iterable[Known]:
    """The newest passage of each person since a time."""
    asked = listed_for(records)
    rows = Passage.everything.filter(record_id__in=list(asked), at__gte=since, at__lte=now).order_by("at", "id")
    newest: dict[UUID, tuple[datetime, str, UUID]] = {}
    for at, way, passage, record in rows.values_list("at", "way", "id", "record_id"):
        for listed in asked[record]:  # type: ignore[index]
            newest[listed] = (at, way, passage)
    for listed, (at, way, passage) in newest.items():
        yield Known(listed, SAYS[way], "event", at, passage)
