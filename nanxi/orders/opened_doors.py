"""A door that opened asks somebody to look: one task for an episode of openings, beside being evidence for the fence.

An open door alone is never an exit (fence notes §4.5), and may be a delivery; a person of the grid asks and helps. Openings
within the episode, or while the task is open, open no second one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext_noop

from nanxi.foundation.act import Act
from nanxi.orders import below, opened
from nanxi.orders.models import IsolationOrder, Position

#: Openings so close together are one episode; and so soon somebody looks.
EPISODE = timedelta(minutes=30)
DUE = timedelta(minutes=60)
TITLE = gettext_noop("The door opened: ask whether something is needed")
SOURCE = "door"


def look(act: Act, order: IsolationOrder, positions: Iterable[Position]) -> None:
    """A visit for the newest opening among these messages, if there is one and none is asked for already."""
    rows = [row for row in positions if row.source == SOURCE and opened.says_something(row)]
    if not rows or order.synthetic:
        return
    newest = max(rows, key=lambda row: row.tst)
    at = datetime.fromtimestamp(newest.tst / 1000, UTC)
    # What was buffered for an hour is evidence still, but nobody needs to run.
    if act.now - at > EPISODE or below.asked_lately(order.pk, SOURCE, since=at - EPISODE):
        return
    below.open_task(
        act, kind="visit", area=order.area_code, title=TITLE, subject=("orders.order", order.pk), record_id=order.record_id,
        person_id=order.person_id, due=act.now + DUE, priority=1,
        facts={"cause": SOURCE, "number": order.number, "at": at.isoformat()},
    )  # fmt: skip
    act.log("orders.door.opened", area=order.area_code, subject=("orders.order", order.pk), person=order.person_id)
