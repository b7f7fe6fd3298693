"""Controlled areas in the fence's loop: published notices with an outline, who went in or out, and what is told of it.

What leads away from where the person lives (into an area, or out of the area the person lives in) opens an episode of that person
and notice; what leads back ends the same one. A notice that has ended, by itself or early, is looked at no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np

from nanxi.engines.fence import Event, Fences, Policies
from nanxi.engines.fence.areas import PAIR, Areas, new_pairs, watch
from nanxi.engines.fence.state import EVENTS, Reason, Row
from nanxi.orders import outlines
from nanxi.orders.episodes import numbered, told_of
from nanxi.orders.models import AreaNotice, FenceEvent

EVENTS_HERE = (Event.AREA_ENTER, Event.AREA_LEAVE)
NAMES = tuple(event.name for event in EVENTS_HERE)
#: A message may be so late and still count; a notice that ended is read as long.
LATE = timedelta(minutes=15)


@dataclass(frozen=True)
class Closed:
    """The areas closed now: their notices, in order, and their outlines as the engine takes them."""

    notices: tuple[AreaNotice, ...]
    areas: Areas

    def __len__(self) -> int:
        return len(self.notices)


def closed_at(now: datetime) -> Closed:
    """Published notices with an outline that hold now or ended a moment ago. Only the end of one is ever changed."""
    rows = AreaNotice.everything.filter(published_at__isnull=False, valid_from__lte=now, valid_until__gt=now - LATE)
    known = tuple(rows.exclude(outline=None).order_by("number").values_list("pk", "valid_until"))
    return _closed(known)


@lru_cache(maxsize=4)
def _closed(known: tuple[tuple[UUID, datetime], ...]) -> Closed:
    notices = tuple(AreaNotice.everything.filter(pk__in=[key for key, _until in known]).order_by("number"))
    wkt: list[str | None] = [outlines.wkt_of(notice.outline or {}) for notice in notices]
    # A notice holds from when it is published: nobody was warned before.
    start = [max(notice.valid_from, notice.published_at or notice.valid_from).timestamp() for notice in notices]
    end = [notice.valid_until.timestamp() for notice in notices]
    none = [0.0] * len(notices)
    return Closed(notices, Areas.build(Fences.build(none, none, [np.nan] * len(notices), start, end, wkt), wkt))


@dataclass
class Watch:
    """The pairs of person and area over one decision: settled (kept) and live (folded anew each time)."""

    closed: Closed
    homes: Fences
    rules: Policies
    settled: Row
    live: Row
    said: Row

    @classmethod
    def of(cls, closed: Closed, homes: Fences, rules: Policies, kept: Sequence[list[dict[str, Any]]]) -> Watch:
        """kept: what each order's settled state says of areas. Pairs of notices that ended are forgotten."""
        number = {str(notice.pk): at for at, notice in enumerate(closed.notices)}
        found = [(at, number[one["notice"]], one) for at, told in enumerate(kept) for one in told if one["notice"] in number]
        pairs = new_pairs() if not found else np.zeros(len(found), PAIR)
        for row, (fence, area, one) in zip(pairs, found, strict=True):
            for name in PAIR.names or ():
                row[name] = one.get(name, 0)
            row["fence"], row["area"] = fence, area
        return cls(closed, homes, rules, pairs, pairs, np.zeros(0, EVENTS))

    def settle(self, moves: Row) -> None:
        """Moves that no message can come before any more."""
        self.settled, said = watch(self.settled, self.closed.areas, self.homes, moves, self.rules)
        self.live, self.said = self.settled, np.concatenate([self.said, said])

    def look(self, moves: Row) -> None:
        """Moves of the last quarter of an hour."""
        self.live, said = watch(self.settled, self.closed.areas, self.homes, moves, self.rules)
        self.said = np.concatenate([self.said, said])

    def kept_of(self, fence: int) -> list[dict[str, Any]]:
        """What the settled state of one order keeps, as plain values."""
        rows = self.settled[self.settled["fence"] == fence]
        return [
            {"notice": str(self.closed.notices[int(row["area"])].pk)} | {name: row[name].item() for name in PAIR.names or ()}
            for row in rows
        ]

    def events_of(self, fence: int, told: Sequence[FenceEvent]) -> list[tuple[AreaNotice, np.void, int]]:
        """(notice, event, number of its episode) of one order as the engine says them now, and ends that only a fold shows."""
        found: list[tuple[AreaNotice, np.void, int]] = []
        for area in sorted({int(at) for at in self.said["area"][self.said["fence"] == fence]} | self._open(fence, told)):
            notice = self.closed.notices[area]
            before = [row for row in told if row.notice_id == notice.pk]
            now = self.said[(self.said["fence"] == fence) & (self.said["area"] == area)]
            spans = told_of((row.episode, row.at.timestamp(), row.dwell_s) for row in before)
            number = numbered(spans, [(float(event["began"]), float(event["t"])) for event in now])
            found += [(notice, event, number[float(event["began"])]) for event in now]
            found += self._taken_back(fence, area, notice, before, found)
        return found

    def _open(self, fence: int, told: Sequence[FenceEvent]) -> set[int]:
        known = {row.notice_id for row in told}
        return {at for at, notice in enumerate(self.closed.notices) if notice.pk in known}

    def _taken_back(
        self, fence: int, area: int, notice: AreaNotice, before: Sequence[FenceEvent], now: list[tuple[AreaNotice, np.void, int]]
    ) -> list[tuple[AreaNotice, np.void, int]]:
        """An episode told from a log that later messages filled is ended, although the fold over the whole log never saw it."""
        pair = self.live[(self.live["fence"] == fence) & (self.live["area"] == area)]
        lives = self._lives(fence, area) if not len(pair) else bool(pair["lives"][0])
        if len(pair) and (bool(pair["inside"][0]) != lives or pair["n_in"][0]):
            return []
        ending = Event.AREA_ENTER if lives else Event.AREA_LEAVE
        seen = {(row.event, row.episode) for row in before} | {
            (Event(int(event["event"])).name, number) for of, event, number in now if of.pk == notice.pk
        }
        begun = {number for name, number in seen if name != ending.name}
        ends = [number for number in sorted(begun) if (ending.name, number) not in seen]
        return [(notice, _ending(ending, area, max(row.at for row in before).timestamp()), number) for number in ends if before]

    def _lives(self, fence: int, area: int) -> bool:
        one = np.array([area], np.int32)
        outlines_here = self.closed.areas.outlines
        lon, lat = self.homes.lon[fence : fence + 1], self.homes.lat[fence : fence + 1]
        return bool(outlines_here.distance(one, *outlines_here.local(one, lon, lat))[0] < 0)


def _ending(event: Event, area: int, t: float) -> np.void:
    row = np.zeros(1, EVENTS)[0]
    row["event"], row["area"], row["t"], row["began"] = event, area, t, t
    row["reason"] = Reason.FIX_INSIDE if event is Event.AREA_ENTER else Reason.FIX_OUTSIDE
    return row


__all__ = ["NAMES", "Closed", "Watch", "closed_at"]
