"""What the tests of pages share: everything looked at, a form sent, a list dealt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import reverse

from nanxi.desk import followers
from nanxi.desk.models import Alert, Directive
from nanxi.desk.tests.folk import OUBEI, County
from nanxi.foundation import acts, scope
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import LedgerEntry
from nanxi.foundation.reach import EVERYWHERE


@contextmanager
def whole() -> Iterator[None]:
    """Look at, or lay out, everything."""
    with scope.enter(EVERYWHERE, at=WALL.now()):
        yield


def post(client: Client, name: str, pk: UUID | None = None, **sent: Any) -> Any:
    return client.post(reverse(name, args=[pk] if pk else []), sent, follow=True)


def text(answer: Any) -> str:
    return answer.content.decode()


def alert_of(desk: County, area: str = OUBEI) -> Alert:
    with whole():
        return desk.alert(area=area)


def dispatched(desk: County, *places: str) -> Directive:
    with whole():
        directive = desk.directive(*places)
        entry = LedgerEntry.objects.get(kind="desk.directive.triaged", subject_id=directive.id)
        with acts.writing():
            followers.dispatch_list(desk.by_house(), entry)
        return directive
