"""The plain answer to "who was with the case": every stay compared, nothing approximated. Faster engines are held to it.

A contact is somebody at the same place within `slack` seconds of a case's stay, the stay clipped to the seed's window. One case
visit × entity counts once; overlap is the time both were there, without slack (trace notes §4.3, scores §4.5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nanxi.engines.trace import scores
from nanxi.engines.trace.protocol import ContactClass, Edition, Trip, trip_of
from nanxi.engines.trace.stays import NO_ROW, Stays, days_of
from nanxi.engines.trace.visits import Seed, Visit, union, visits_of, windows_of


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
        return scores.shown(sum(round(meeting.exposure * scores.MICRO) for meeting in self.meetings)) / 10_000

    @property
    def companionship(self) -> float:
        """Going together: the less the company at a visit is explained by the crowd or by routine, the more it says."""
        return scores.shown(sum(round(meeting.companionship * scores.MICRO) for meeting in self.meetings)) / 10_000

    @property
    def klass(self) -> ContactClass:
        return min((meeting.klass for meeting in self.meetings), key=lambda klass: klass.rank)


__all__ = ["Contact", "Meeting", "Seed", "contacts"]

Near = Mapping[str, Sequence[str]]


def contacts(
    stays: Stays,
    seeds: Iterable[Seed],
    edition: Edition,
    slack_s: int | None = None,
    top: int | None = None,
    near: Near | None = None,
    onsets: Mapping[str, int] | None = None,
) -> list[Contact]:
    """Contacts of each seed, ranked. Seeds of one entity are taken together; the order of stays changes nothing.

    Rank: exposure, companionship, overlap (all falling), then the entity's name. `top`: at most so many per seed.
    `near`: places that a visit to a place reaches besides it (neighbouring cells, a second door).
    """
    slack = edition.slack_s if slack_s is None else slack_s
    search = _Search(stays, edition, slack, near or {}, slacks=edition.slacks if slack_s is None else {}, onsets=onsets)
    return [contact for name, spans in windows_of(seeds).items() for contact in search.of(name, spans)[:top]]


@dataclass(frozen=True)
class Context:
    """What a search over a part of the stays must be told about all of them.

    active: entities seen on the window's days; first, last: of the data; crowds: (place, start, end) of a visit → entities met.
    """

    active: int
    first: int
    last: int
    crowds: Mapping[tuple[str, int, int], int]


def meetings(
    stays: Stays, seed: str, spans: Sequence[tuple[int, int]], edition: Edition, slack: int, near: Near, context: Context,
    slacks: Mapping[str, int] | None = None, onsets: Mapping[str, int] | None = None,
) -> list[Contact]:  # fmt: skip
    """The contacts within `stays` (the seed's and some others') with their evidence, as a search over everything finds them."""
    return _Search(stays, edition, slack, near, context, slacks, onsets).of(seed, spans)


class _Search:
    def __init__(
        self, stays: Stays, edition: Edition, slack: int, near: Near, context: Context | None = None,
        slacks: Mapping[str, int] | None = None, onsets: Mapping[str, int] | None = None,
    ) -> None:  # fmt: skip
        self.onsets = onsets or {}
        self.slacks = [(slacks or {}).get(source, slack) for source in stays.sources]
        order = np.lexsort((stays.t1, stays.t0, stays.entity, stays.place)).astype(np.int64)
        self.stays = stays.take(order)
        self.context = context
        places = {name: i for i, name in enumerate(stays.places)}
        self.near = {
            number: sorted({places[other] for other in others if other in places} - {number})
            for name, number in places.items()
            if (others := near.get(name))
        }
        if context is None:
            self.first, self.last = (int(stays.t0.min()), int(stays.t1.max())) if len(stays) else (0, 0)
        else:
            self.first, self.last = context.first, context.last
        self.edition = edition
        self.slack = slack
        self.number = {name: i for i, name in enumerate(stays.entities)}
        self.trips: list[Trip | None] = [trip_of(place) for place in stays.places]

    def of(self, name: str, spans: Sequence[tuple[int, int]]) -> list[Contact]:
        entity = self.number.get(name)
        if entity is None:
            return []
        active = self._active(spans) if self.context is None else self.context.active
        found: dict[int, list[Meeting]] = defaultdict(list)
        for visit in visits_of(self.stays, np.flatnonzero(self.stays.entity == entity).tolist(), spans):
            self._meet(entity, visit, active, found)
        ranked = [self._contact(name, other, meetings) for other, meetings in found.items()]
        return sorted(ranked, key=lambda c: (-c.exposure, -c.companionship, -c.overlap_s, c.entity))

    def _meet(self, entity: int, visit: Visit, active: int, found: dict[int, list[Meeting]]) -> None:
        met: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        # The first piece speaks for the visit, so its source's slack does for all of it.
        slack = self.slacks[int(self.stays.source[visit[0][0]])]
        for case_stay, t0, t1 in visit:
            for other_stay in self._present(int(self.stays.place[case_stay]), t0, t1, slack):
                other = int(self.stays.entity[other_stay])
                if other != entity:
                    lo, hi = max(t0, int(self.stays.t0[other_stay])), min(t1, int(self.stays.t1[other_stay]))
                    met[other].append((lo, hi, int(other_stay)))
        case_stay = visit[0][0]
        point = visit[0][1] == visit[-1][2]
        crowd = len(met)
        if self.context is not None and met:
            crowd = self.context.crowds[self.stays.places[int(self.stays.place[case_stay])], visit[0][1], visit[-1][2]]
        for other, shared in met.items():
            routine = self._habit(other, case_stay, visit[0][1], visit[-1][2])
            weight = self.edition.infectiousness(visit[0][1], self.onsets.get(self.stays.entities[entity]))
            found[other].append(self._meeting(case_stay, point, shared, crowd, active, routine, weight))

    def _habit(self, other: int, case_stay: int, start: int, end: int) -> float:
        """The chance that the other is there at this hour on any other day of the data."""
        days = scores.comparable_days(start, end, self.first, self.last)
        present: set[int] = set()
        slack = self.slacks[int(self.stays.source[case_stay])]
        reach = scores.HABIT_DAYS * scores.DAY_S + slack
        for i in self._present(int(self.stays.place[case_stay]), start, end, reach):
            if int(self.stays.entity[i]) == other:
                t0, t1 = int(self.stays.t0[i]), int(self.stays.t1[i])
                present.update(scores.days_present(start, end, t0, t1, slack, days))
        return scores.habit(days, present)

    def _present(self, place: int, t0: int, t1: int, slack: int) -> list[int]:
        """Numbers of the stays at a place, or near it, within slack of [t0, t1]."""
        found: list[int] = []
        for here in (place, *self.near.get(place, ())):
            low, high = (int(edge) for edge in np.searchsorted(self.stays.place, [here, here + 1]))
            near = (self.stays.t0[low:high] <= t1 + slack) & (self.stays.t1[low:high] >= t0 - slack)
            found += (np.flatnonzero(near) + low).tolist()
        return found

    def _meeting(
        self, case_stay: int, point: bool, shared: list[tuple[int, int, int]], crowd: int, active: int, routine: float,
        weight: float,
    ) -> Meeting:
        mine = self.stays
        together = union([(lo, hi) for lo, hi, _ in shared if lo <= hi])
        overlap = sum(hi - lo for lo, hi in together)
        others = [stay for _, _, stay in shared]
        conf = float(mine.conf[case_stay]) * max(float(mine.conf[stay]) for stay in others)
        row, other_row = int(mine.row[case_stay]), _nearest(int(mine.row[case_stay]), [int(mine.row[stay]) for stay in others])
        place = int(mine.place[case_stay])
        momentary = point or all(mine.t0[stay] == mine.t1[stay] for stay in others)
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
            exposure=scores.exposure(conf * weight, overlap, bool(momentary)) / scores.MICRO,
            companionship=scores.companionship(conf, crowd, active, routine) / scores.MICRO,
        )

    def _active(self, spans: Sequence[tuple[int, int]]) -> int:
        """Entities that began a stay on a day (of the county) that the windows touch, slack included."""
        day = days_of(self.stays.t0)
        seen = np.zeros(len(self.stays), bool)
        for start, end in spans:
            first, last = days_of(np.array([start - self.slack, end + self.slack]))
            seen |= (day >= first) & (day <= last)
        return len(np.unique(self.stays.entity[seen]))

    def _contact(self, seed: str, other: int, meetings: list[Meeting]) -> Contact:
        ordered = tuple(sorted(meetings, key=lambda meeting: (meeting.first, meeting.last, meeting.place)))
        return Contact(seed, self.stays.entities[other], ordered)


def _nearest(row: int, others: Sequence[int]) -> int:
    """The known row closest to the case's; the lowest known one when the case's is not known."""
    known = sorted(other for other in others if other != NO_ROW)
    if not known:
        return NO_ROW
    return known[0] if row == NO_ROW else min(known, key=lambda other: (abs(other - row), other))
