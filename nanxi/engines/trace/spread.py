"""Contacts of contacts, in time order: who was with somebody after that one could pass it on (trace notes §4.6).

Only close contacts are followed, from first exposure and the latent period on, until they were isolated. One more step and no
further: everybody is somebody's third-order contact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nanxi.engines.trace.protocol import ContactClass
from nanxi.engines.trace.query import CLASSES, Answer, Asking, ask, number_of
from nanxi.engines.trace.store import Store
from nanxi.engines.trace.visits import Span


@dataclass(frozen=True)
class Spread:
    """latent_s: nobody passes it on earlier; decay: weight of a second step; follow, most: bounds on contacts and on answers."""

    latent_s: int = 86_400
    decay: float = 0.5
    follow: int = 200
    most: int = 10_000


@dataclass(frozen=True)
class Second:
    """Somebody met by `via` (numbers in the store); the scores are weighted by the decay."""

    via: int
    entity: int
    visits: int
    places: int
    overlap_s: int
    longest_s: int
    first: int
    last: int
    exposure: float
    companionship: float
    klass: ContactClass


@dataclass(frozen=True)
class SecondOrder:
    """Ranked; each person once, with the contact whose exposure was largest. truncated: a bound cut something off."""

    contacts: tuple[Second, ...]
    truncated: bool


def second_order(
    store: Store, answer: Answer, spans: Sequence[Span], asking: Asking, spread: Spread | None = None,
    isolated: Mapping[str, int] | None = None,
) -> SecondOrder:  # fmt: skip
    """`isolated`: name → since when somebody met nobody any more. The case and its first-order contacts are left out."""
    spread, isolated = spread or Spread(), isolated or {}
    end = spans[-1][1]
    close = [i for i in range(len(answer)) if CLASSES[answer.klass[i]] is ContactClass.CLOSE]
    followed = sorted(close[: spread.follow], key=lambda i: (int(answer.first[i]), int(answer.entity[i])))
    known = {number_of(store, answer.seed), *answer.entity.tolist()}
    best: dict[int, Second] = {}
    truncated = len(close) > spread.follow or len(answer) < answer.met
    for i in followed:
        via = int(answer.entity[i])
        name = store.entities[via]
        since, until = int(answer.first[i]) + spread.latent_s, min(end, isolated.get(name, end))
        if since > until:
            continue
        found = ask(store, name, [(since, until)], replace(asking, top=spread.most))
        truncated = truncated or len(found) < found.met
        for contact in _contacts(via, found, spread.decay):
            if contact.entity not in known:
                best[contact.entity] = max(contact, best.get(contact.entity, contact), key=_strength)
    ranked = sorted(best.values(), key=lambda c: (-c.exposure, -c.companionship, -c.overlap_s, store.entities[c.entity]))
    return SecondOrder(tuple(ranked[: spread.most]), truncated or len(ranked) > spread.most)


def _strength(contact: Second) -> tuple[float, float, int, int]:
    return contact.exposure, contact.companionship, -contact.first, -contact.via


def _contacts(via: int, found: Answer, decay: float) -> list[Second]:
    f = found
    exposure, together = np.round(f.exposure * decay, 4), np.round(f.companionship * decay, 4)
    return [
        Second(
            via, int(f.entity[i]), int(f.visits[i]), int(f.places[i]), int(f.overlap_s[i]), int(f.longest_s[i]), int(f.first[i]),
            int(f.last[i]), float(exposure[i]), float(together[i]), CLASSES[int(f.klass[i])],
        )
        for i in range(len(f))
    ]  # fmt: skip
