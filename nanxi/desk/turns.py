"""Turns that officers hold beside the desk's roster: a room above registers them, so that rest is counted over both, and whoever
is out on a turn now is dealt work like whoever stands on the roster.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from nanxi.desk.rules.fatigue import Span

#: (officers, since) → the turns of each that end after `since` and stand on no roster of the desk.
LookUp = Callable[[Collection[UUID], datetime], dict[UUID, list[Span]]]
_sources: dict[str, LookUp] = {}


def register(kind: str, look_up: LookUp) -> None:
    _sources[kind] = look_up


def turns_of(user_ids: Collection[UUID], since: datetime) -> dict[UUID, list[Span]]:
    found: dict[UUID, list[Span]] = {}
    for kind in sorted(_sources):
        for user_id, spans in _sources[kind](user_ids, since).items():
            found.setdefault(user_id, []).extend(spans)
    return found


def out_now(user_ids: Collection[UUID], at: datetime) -> set[UUID]:
    """Those of the officers who are on such a turn at a time."""
    return {user_id for user_id, spans in turns_of(user_ids, at).items() if any(one.starts <= at < one.ends for one in spans)}
