"""Followers: effects that go up the house. Each reads the ledger by the relay's number, in order, with a stored cursor.

An effect and the move of its cursor are one transaction; a follower that fails stays where it is and is tried again, so
each must be idempotent. Readers follow the number, never an id: rows that commit late are not lost.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import close_old_connections, connection

from nanxi.foundation import acts, scope
from nanxi.foundation.act import Act, house
from nanxi.foundation.models import FollowerCursor, LedgerEntry

log = logging.getLogger("nanxi.followers")
Handler = Callable[[Act, LedgerEntry], None]
PAUSE_S = 0.15
BATCH = 200


@dataclass(frozen=True)
class Follower:
    name: str
    kinds: frozenset[str]
    handle: Handler


registry: dict[str, Follower] = {}


def follower(name: str, *, kinds: Collection[str]) -> Callable[[Handler], Handler]:
    """Declare `handle(act, entry)` for ledger entries of these kinds."""

    def keep(handle: Handler) -> Handler:
        registry[name] = Follower(name, frozenset(kinds), handle)
        return handle

    return keep


def step(one: Follower) -> int:
    """Let one follower take its next entries; returns how many it took."""
    actor = house(one.name.split(".")[0])
    with scope.enter(actor.reach):
        cursor, _ = FollowerCursor.objects.select_for_update().get_or_create(name=one.name)
        head = LedgerEntry.objects.filter(seq__isnull=False).order_by("-seq").values_list("seq", flat=True).first() or 0
        rows = list(LedgerEntry.objects.filter(seq__gt=cursor.seq, seq__lte=head, kind__in=one.kinds).order_by("seq")[:BATCH])
        with acts.writing():
            for row in rows:
                one.handle(Act(actor=actor), row)
            cursor.seq = rows[-1].seq if len(rows) == BATCH else head
            cursor.save()
    return len(rows)


def catch_up() -> int:
    """Run every follower until none finds more; for tests and replays."""
    total = 0
    while moved := sum(step(one) for one in registry.values()):
        total += moved
    return total


def run(stop: threading.Event) -> None:
    """Follow until told to stop. One failing follower does not hold up the others, nor does one with a long way to go."""
    seen = -1
    while not stop.is_set():
        try:
            head = _head()
            if head == seen:
                stop.wait(PAUSE_S)
                continue
            fine, full = _round()
            if not fine:
                stop.wait(1)
            elif not full:
                seen = head
        except Exception:
            log.exception("followers")
            close_old_connections()
            stop.wait(1)


def _round() -> tuple[bool, bool]:
    """One batch of each: whether none failed, and whether some may have more to take. A county's import leaves twenty thousand
    entries for those that move rows with their records; a directive's tasks must not wait for the last of them."""
    fine, full = True, False
    for one in registry.values():
        try:
            full = step(one) == BATCH or full
        except Exception:
            fine = False
            log.exception("follower %s", one.name)
            close_old_connections()
    return fine, full


def _head() -> int:
    with scope.enter(house("followers").reach), connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(seq), 0) FROM foundation_ledgerentry")
        row = cursor.fetchone()
    return row[0]
