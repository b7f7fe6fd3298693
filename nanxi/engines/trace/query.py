"""Who was with a case, asked of a store: ranked columns, notices for crowds, evidence on demand.

Exact: everybody met. Hub mode: a visit with more than `cap` others makes nobody a contact; those met elsewhere keep it in their
figures, and the visit itself is returned as a notice with its numbers, so that nothing is invented and nothing dropped silently.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib.util import find_spec

import numpy as np

from nanxi.engines.trace import brute, plain, scores
from nanxi.engines.trace.associations import Association, rides_of
from nanxi.engines.trace.brute import Contact, Context, Near
from nanxi.engines.trace.met import RECORD, Met
from nanxi.engines.trace.parts import Array
from nanxi.engines.trace.protocol import ContactClass, Edition
from nanxi.engines.trace.question import Question, Ride, question
from nanxi.engines.trace.stays import Floats, Ints, Stays, stays_of
from nanxi.engines.trace.store import Store
from nanxi.engines.trace.visits import Seed, Span, windows_of

#: A visit with more others than this tells little about who went with whom (trace notes §1: companions found 300/300 at 300).
HUB = 300
_CHUNK = 32
_NONE = np.zeros(0, np.int64)
CLASSES = tuple(ContactClass)


@dataclass(frozen=True)
class Notice:
    """A visit of the case to a crowd: how many were there, how many of them are among those met."""

    place: str
    start: int
    end: int
    crowd: int
    named: int


@dataclass(frozen=True)
class Answer:
    """Contacts of one seed in order of rank, n of the `met`. entity: number in the store; klass: index into CLASSES."""

    seed: str
    entity: Ints
    visits: Ints
    places: Ints
    overlap_s: Ints
    longest_s: Ints
    first: Ints
    last: Ints
    exposure: Floats
    companionship: Floats
    klass: Ints
    met: int
    notices: tuple[Notice, ...]
    version: str
    lost: tuple[tuple[str, str], ...]
    context: Context = field(repr=False)

    def __len__(self) -> int:
        return len(self.entity)


@dataclass(frozen=True)
class Asking:
    """How to ask. cap None = exact; top None = everybody; engine None = compiled where numba is installed.

    slack_s: for every source alike; None = what the edition says. onsets: seed → second of onset, for the infectious profile.
    staff: who works where cases pass (a post's roster) and would be a contact of everybody; they are left out.
    """

    edition: Edition
    slack_s: int | None = None
    top: int | None = 100
    cap: int | None = None
    near: Near = field(default_factory=dict[str, Sequence[str]])
    threads: int = 1
    engine: str | None = None
    rides: Sequence[Association] = ()
    staff: Collection[str] = ()
    onsets: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def slack(self) -> int:
        return self.edition.slack_s if self.slack_s is None else self.slack_s

    @property
    def slacks(self) -> Mapping[str, int]:
        """The sources whose slack is another."""
        return self.edition.slacks if self.slack_s is None else {}


def contacts(store: Store, seeds: Iterable[Seed], asking: Asking) -> list[Answer]:
    """An answer for each seed entity. One question at a time on one Store: it holds the room to work in."""
    return [ask(store, name, spans, asking) for name, spans in windows_of(seeds).items()]


def ask(store: Store, name: str, spans: Sequence[Span], asking: Asking) -> Answer:
    """The answer for one seed over joined windows; an empty one when the store does not know it."""
    entity = number_of(store, name)
    if entity is None:
        nobody = np.zeros(0, RECORD)
        return _answer(store, name, nobody, _NONE, (), Context(0, 0, 0, {}), 0)
    rides = _rides(store, name, spans, asking.rides)
    q = question(
        store, entity, spans, asking.edition, asking.slack, asking.near, asking.cap, rides, asking.slacks, asking.onsets.get(name)
    )  # fmt: skip
    left_out = [ride.entity for ride in rides]
    left_out += [number for number in (number_of(store, name) for name in asking.staff) if number is not None]
    if asking.engine == "numpy" or not (asking.engine or _compiler()):
        return _told(store, name, q, plain.find(q), partial(plain.companionship, q), asking.top, left_out)
    from nanxi.engines.trace import compiled

    if not compiled.fits(q):
        return _told(store, name, q, plain.find(q), partial(plain.companionship, q), asking.top, left_out)
    room, store.room = store.room, None
    if not isinstance(room, compiled.Room):
        room = compiled.Room(q.entities)
    met = compiled.find(q, room, asking.threads)
    discounted = partial(compiled.companionship, q, room, asking.threads)
    answer = _told(store, name, q, met, discounted, asking.top, left_out)
    room.forget()
    # Put back only now: a question that failed halfway leaves no tallies behind for the next.
    store.room = room
    return answer


def _told(
    store: Store, name: str, q: Question, met: Met, companionship: Callable[[Ints, Ints], Ints], top: int | None,
    left_out: list[int],
) -> Answer:  # fmt: skip
    gone = np.unique(np.array(left_out, np.int64))
    there = met.records(gone)
    gone = there["entity"][there["visits"] > 0]
    records, together = _ranked(met, gone, top, lambda some: companionship(met.crowd, some), store.ranks)
    notices, context = _notices(store, q, met), _context(store, q, met.crowd)
    return _answer(store, name, records, together, notices, context, met.count - len(gone))


def _rides(store: Store, name: str, spans: Sequence[Span], associations: Sequence[Association]) -> list[Ride]:
    mine = ((number_of(store, ride.vehicle), ride) for ride in rides_of(associations, name, spans))
    return [Ride(vehicle, (ride.start, ride.end), ride.conf) for vehicle, ride in mine if vehicle is not None]


@lru_cache(maxsize=1)
def _compiler() -> bool:
    return find_spec("numba") is not None


def number_of(store: Store, name: str) -> int | None:
    return store.number_of(name)


def _ranked(
    met: Met, gone: Ints, top: int | None, discounted: Callable[[Ints], Ints], order: Callable[[Ints], Ints]
) -> tuple[Array, Ints]:
    """Records of the best in order, and their companionship in ten-thousandths; without those in `gone`.

    Only few need the discount for routine: it never raises a score, so the score without it bounds how far up somebody can come.
    """
    n = met.count - len(gone)
    wanted = n if top is None else min(top, n)
    if not wanted:
        return np.zeros(0, RECORD), _NONE
    entity, exposure = met.best(wanted + len(gone))
    if len(gone):
        kept = ~np.isin(entity, gone)
        entity, exposure = entity[kept], exposure[kept]
    edge = np.partition(exposure, len(exposure) - wanted)[len(exposure) - wanted]
    above, level = np.flatnonzero(exposure > edge), np.flatnonzero(exposure == edge)
    near = np.r_[above, level]
    entity, exposure, records = entity[near].astype(np.int64), exposure[near], met.records(entity[near])
    overlap, rank = records["overlap"], order(entity)
    bound = records["bound"] * (scores.BOUND // scores.SHOWN)
    score = np.zeros(len(near), np.int64)
    best, ahead = np.arange(len(above)), np.arange(len(above), len(near))
    score[best] = _shown(discounted(entity[best]))
    ahead = ahead[np.lexsort((rank[ahead], -overlap[ahead], -bound[ahead]))]
    room, seen, kept = wanted - len(above), 0, _NONE
    while seen < len(ahead):
        some = ahead[seen : seen + max(_CHUNK, seen)]
        score[some] = _shown(discounted(entity[some]))
        seen += len(some)
        kept = np.r_[kept, some]
        kept = kept[np.lexsort((rank[kept], -overlap[kept], -score[kept]))][:room]
        if seen < len(ahead) and len(kept) == room:
            last, next_one = kept[-1], ahead[seen]
            if (-score[last], -overlap[last], rank[last]) <= (-bound[next_one], -overlap[next_one], rank[next_one]):
                break
    best = np.r_[best, kept]
    best = best[np.lexsort((rank[best], -overlap[best], -score[best], -exposure[best]))]
    return records[best], score[best]


def _shown(micro: Ints) -> Ints:
    return (micro + scores.SHOWN // 2) // scores.SHOWN


def _notices(store: Store, q: Question, met: Met) -> tuple[Notice, ...]:
    v = q.visits
    rows = [
        Notice(store.places[int(v.place[i])], int(v.start[i]), int(v.end[i]), int(met.crowd[i]), int(met.named[i]))
        for i in np.flatnonzero(met.over)
    ]
    return tuple(sorted(rows, key=lambda notice: (notice.start, notice.end, notice.place)))


def _context(store: Store, q: Question, crowd: Ints) -> Context:
    v = q.visits
    keys = zip(v.place.tolist(), v.start.tolist(), v.end.tolist(), crowd.tolist(), strict=True)
    return Context(q.active, store.first, store.last, {(store.places[p], a, b): n for p, a, b, n in keys if n})


def _answer(
    store: Store, name: str, records: Array, together: Ints, notices: tuple[Notice, ...], context: Context, met: int
) -> Answer:
    whole = {name: records[name].astype(np.int64) for name in records.dtype.names or ()}
    return Answer(
        seed=name, entity=whole["entity"], visits=whole["visits"], places=whole["places"], overlap_s=whole["overlap"],
        longest_s=whole["longest"], first=whole["first"], last=whole["last"], exposure=_shown(whole["exposure"]) / 10_000,
        companionship=together / 10_000, klass=whole["klass"], met=met, notices=notices, version=store.version,
        lost=tuple(store.lost), context=context,
    )  # fmt: skip


def evidence(store: Store, answer: Answer, entities: Iterable[int], spans: Sequence[Span], asking: Asking) -> list[Contact]:
    """Contacts of an answer with every meeting, in the answer's order; the plain engine over their stays and the case's alone."""
    case = number_of(store, answer.seed)
    wanted = list(entities)
    if case is None or not wanted:
        return []
    reach = scores.HABIT_DAYS * scores.DAY_S + max(asking.slack, *asking.slacks.values(), 0)
    stays = store.stays_of({case, *wanted}, spans[0][0] - reach, spans[-1][1] + reach)
    found = brute.meetings(
        _compact(stays), answer.seed, spans, asking.edition, asking.slack, asking.near, answer.context, asking.slacks,
        asking.onsets,
    )  # fmt: skip
    by_name = {contact.entity: contact for contact in found}
    return [by_name[name] for name in (store.entities[entity] for entity in wanted) if name in by_name]


def _compact(stays: Stays) -> Stays:
    """The same rows with only the names they use."""
    return stays_of(stays.sightings(), stays.visit.tolist())
