"""An answer as lines for a file: contacts, the people in contact vehicles, contacts of contacts; each person once a seed."""

from __future__ import annotations

from collections.abc import Sequence

from nanxi.engines.trace.files import Row
from nanxi.engines.trace.query import CLASSES, Answer, Asking
from nanxi.engines.trace.spread import second_order
from nanxi.engines.trace.store import Store
from nanxi.engines.trace.vehicles import Occupant, fellow_occupants, opened
from nanxi.engines.trace.visits import Seed, windows_of


def rows_of(
    store: Store, answers: Sequence[Answer], seeds: Sequence[Seed], asking: Asking, order: int
) -> tuple[list[Row], bool]:
    """All lines, seed by seed, and whether a bound cut off second steps."""
    windows = windows_of(seeds)
    rows: list[Row] = []
    truncated = False
    for answer in answers:
        first = contacts(store, answer)
        known = {answer.seed, *(row.entity for row in first)}
        inside = [*fellow_occupants(asking.rides, answer.seed, windows[answer.seed])]
        inside += opened(store, answer, asking.rides, asking.slack)
        # Whoever sat in the case's own vehicle is told so, seen elsewhere or not.
        through = {one.person: one for one in reversed(inside) if one.person != answer.seed}
        first = [row._replace(path=through[row.entity].path) if row.entity in through else row for row in first]
        rows += first
        rows += [_aboard(answer.seed, one) for name, one in sorted(through.items()) if name not in known]
        if order > 1:
            found = second_order(store, answer, windows[answer.seed], asking)
            truncated = truncated or found.truncated
            rows += [
                Row(
                    answer.seed, store.entities[c.entity], c.visits, c.places, c.overlap_s, c.longest_s, c.first, c.last,
                    c.exposure, c.companionship, c.klass.value, 2, store.entities[c.via],
                )
                for c in found.contacts
                if store.entities[c.entity] not in through
            ]  # fmt: skip
    return rows, truncated


def contacts(store: Store, answer: Answer) -> list[Row]:
    a = answer
    return [
        Row(
            a.seed, store.entities[int(a.entity[i])], int(a.visits[i]), int(a.places[i]), int(a.overlap_s[i]),
            int(a.longest_s[i]), int(a.first[i]), int(a.last[i]), float(a.exposure[i]), float(a.companionship[i]),
            CLASSES[int(a.klass[i])].value,
        )
        for i in range(len(a))
    ]  # fmt: skip


def _aboard(seed: str, one: Occupant) -> Row:
    return Row(
        seed, one.person, 1, 1, one.overlap_s, one.overlap_s, one.first, one.last, one.exposure, 0.0, one.klass.value, 1, one.path
    )  # fmt: skip
