"""The plain answer to "who was with the case": every stay compared, nothing approximated. Faster engines are held to it.

A contact is somebody at the same place within `slack` seconds of a case's stay, the stay clipped to the seed's window. One case
visit × entity counts once; overlap is the time both were there, without slack (trace notes §4.3, scores §4.5).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from nanxi.engines.trace.protocol import ContactClass, Edition, Trip, trip_of
from nanxi.engines.trace.stays import NO_ROW, Ints, Stays

#: One unit of exposure is a quarter of an hour together.
EXPOSURE_UNIT_S = 900
#: Four hours saturate one visit: a second half of a shift adds little to who is infected first.
EXPOSURE_CAP_S = 14_400
#: A sighting without length (a scan, a passage) scores as five minutes; its overlap stays what was seen.
POINT_S = 300


class Seed(NamedTuple):
    """A case and its window, seconds UTC, both ends included."""

    entity: str
    start: int
    end: int


@dataclass(frozen=True)
class Meeting:
    """One case visit shared with one entity. `first`/`last`: of the shared time; when only slack admits, the later arrival."""

    place: str
    first: int
    last: int
    overlap_s: int
    longest_s: int
    row: int
    other_row: int
    crowd: int
    klass: ContactClass
    exposure: float
    companionship: float


@dataclass(frozen=True)
class Contact:
    """One entity that met the seed, with its evidence in time order."""

    seed: str
    entity: str
    meetings: tuple[Meeting, ...] = field(repr=False)

    @property
    def visits(self) -> int:
        return len(self.meetings)

    @property
    def places(self) -> int:
        return len({meeting.place for meeting in self.meetings})

    @property
    def overlap_s(self) -> int:
        return sum(meeting.overlap_s for meeting in self.meetings)

    @property
    def longest_s(self) -> int:
        return max(meeting.longest_s for meeting in self.meetings)

    @property
    def first(self) -> int:
        return min(meeting.first for meeting in self.meetings)

    @property
    def last(self) -> int:
        return max(meeting.last for meeting in self.meetings)

    @property
    def exposure(self) -> float:
        """Risk: units of 15 min, weighted by confidence; a crowd takes nothing away."""
        return round(math.fsum(meeting.exposure for meeting in self.meetings), 4)

    @property
    def companionship(self) -> float:
        """Going together: the rarer the company at a visit, the more it says; ln(active / crowd) summed over visits."""
        return round(math.fsum(meeting.companionship for meeting in self.meetings), 4)

    @property
    def klass(self) -> ContactClass:
        return min((meeting.klass for meeting in self.meetings), key=lambda klass: klass.rank)


def contacts(
    stays: Stays, seeds: Iterable[Seed], edition: Edition, slack_s: int | None = None, top: int | None = None
) -> list[Contact]:
    """Contacts of each seed, ranked. Seeds of one entity are taken together; the order of stays changes nothing.

    Rank: exposure, companionship, overlap (all falling), then the entity's name. `top`: at most so many per seed.
    """
    slack = edition.slack_s if slack_s is None else slack_s
    windows: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for seed in seeds:
        windows[seed.entity].append((seed.start, seed.end))
    search = _Search(stays, edition, slack)
    return [contact for name, spans in windows.items() for contact in search.of(name, _union(spans))[:top]]


class _Search:
    def __init__(self, stays: Stays, edition: Edition, slack: int) -> None:
        order = np.lexsort((stays.t1, stays.t0, stays.entity, stays.place)).astype(np.int64)
        self.stays = stays.take(order)
        self.edition = edition
        self.slack = slack
        self.number = {name: i for i, name in enumerate(stays.entities)}
        self.trips: list[Trip | None] = [trip_of(place) for place in stays.places]

    def of(self, name: str, spans: Sequence[tuple[int, int]]) -> list[Contact]:
        entity = self.number.get(name)
        if entity is None:
            return []
        active = self._active(spans)
        found: dict[int, list[Meeting]] = defaultdict(list)
        for visit in self._visits(entity, spans):
            self._meet(entity, visit, active, found)
        ranked = [self._contact(name, other, meetings) for other, meetings in found.items()]
        return sorted(ranked, key=lambda c: (-c.exposure, -c.companionship, -c.overlap_s, c.entity))

    def _visits(self, entity: int, spans: Sequence[tuple[int, int]]) -> list[list[tuple[int, int, int]]]:
        """The case's visits inside its windows: for each, pieces (stay number, start, end) clipped to the window."""
        pieces: dict[tuple[int, int], set[tuple[int, int, int]]] = defaultdict(set)
        mine = self.stays
        for i in np.flatnonzero(mine.entity == entity):
            for span, (start, end) in enumerate(spans):
                t0, t1 = max(int(mine.t0[i]), start), min(int(mine.t1[i]), end)
                if t0 <= t1:
                    pieces[int(mine.visit[i]), span].add((int(i), t0, t1))
        ordered = [sorted(rows, key=lambda row: row[1:]) for rows in pieces.values()]
        # A visit told twice in the same words is one visit.
        told = {tuple((int(mine.place[i]), t0, t1) for i, t0, t1 in rows): rows for rows in ordered}
        return [told[key] for key in sorted(told)]

    def _meet(self, entity: int, visit: list[tuple[int, int, int]], active: int, found: dict[int, list[Meeting]]) -> None:
        met: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for case_stay, t0, t1 in visit:
            for other_stay in self._present(int(self.stays.place[case_stay]), t0, t1):
                other = int(self.stays.entity[other_stay])
                if other != entity:
                    lo, hi = max(t0, int(self.stays.t0[other_stay])), min(t1, int(self.stays.t1[other_stay]))
                    met[other].append((lo, hi, int(other_stay)))
        case_stay = visit[0][0]
        point = visit[0][1] == visit[-1][2]
        for other, shared in met.items():
            found[other].append(self._meeting(case_stay, point, shared, len(met), active))

    def _present(self, place: int, t0: int, t1: int) -> Ints:
        """Numbers of the stays at a place within slack of [t0, t1]."""
        low, high = np.searchsorted(self.stays.place, [place, place + 1])
        near = (self.stays.t0[low:high] <= t1 + self.slack) & (self.stays.t1[low:high] >= t0 - self.slack)
        return (np.flatnonzero(near) + low).astype(np.int64)

    def _meeting(self, case_stay: int, point: bool, shared: list[tuple[int, int, int]], crowd: int, active: int) -> Meeting:
        mine = self.stays
        together = _union([(lo, hi) for lo, hi, _ in shared if lo <= hi])
        overlap = sum(hi - lo for lo, hi in together)
        others = [stay for _, _, stay in shared]
        conf = float(mine.conf[case_stay]) * max(float(mine.conf[stay]) for stay in others)
        row, other_row = int(mine.row[case_stay]), _nearest(int(mine.row[case_stay]), [int(mine.row[stay]) for stay in others])
        place = int(mine.place[case_stay])
        momentary = point or all(mine.t0[stay] == mine.t1[stay] for stay in others)
        scored = max(overlap, POINT_S if momentary else 0)
        return Meeting(
            place=mine.places[place],
            first=together[0][0] if together else min(lo for lo, _, _ in shared),
            last=together[-1][1] if together else min(lo for lo, _, _ in shared),
            overlap_s=overlap,
            longest_s=max((hi - lo for lo, hi in together), default=0),
            row=row,
            other_row=other_row,
            crowd=crowd,
            klass=self.edition.class_of(self.trips[place], row, other_row, overlap),
            exposure=conf * min(scored, EXPOSURE_CAP_S) / EXPOSURE_UNIT_S,
            companionship=conf * math.log(max(active, crowd) / crowd),
        )

    def _active(self, spans: Sequence[tuple[int, int]]) -> int:
        """Entities seen anywhere inside the windows (± slack)."""
        seen = np.zeros(len(self.stays), bool)
        for start, end in spans:
            seen |= (self.stays.t0 <= end + self.slack) & (self.stays.t1 >= start - self.slack)
        return len(np.unique(self.stays.entity[seen]))

    def _contact(self, seed: str, other: int, meetings: list[Meeting]) -> Contact:
        ordered = tuple(sorted(meetings, key=lambda meeting: (meeting.first, meeting.last, meeting.place)))
        return Contact(seed, self.stays.entities[other], ordered)


def _union(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans joined where they overlap or touch, in time order."""
    kept: list[tuple[int, int]] = []
    for lo, hi in sorted(spans):
        if kept and lo <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(hi, kept[-1][1]))
        else:
            kept.append((lo, hi))
    return kept


def _nearest(row: int, others: Sequence[int]) -> int:
    """The known row closest to the case's; the lowest known one when the case's is not known."""
    known = sorted(other for other in others if other != NO_ROW)
    if not known:
        return NO_ROW
    return known[0] if row == NO_ROW else min(known, key=lambda other: (abs(other - row), other))
