"""Weights learned from the county's own register, without labels: every night after the re-link, and when an officer asks.

Records ask for their candidates as in matching; what the pairs show is tallied and handed to the engine's training. The newest
records are then weighed with the old and the new weights. Nothing changes until somebody adopts what was learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from nanxi.engines.linkage.comparisons import comparisons_of_a_register
from nanxi.engines.linkage.table import Rows
from nanxi.engines.linkage.train import RANDOM_PAIRS, Tally, levels_of
from nanxi.foundation import jobs
from nanxi.foundation.act import Act
from nanxi.foundation.jobs import Run, job
from nanxi.people import scoring
from nanxi.people.hood import World
from nanxi.people.learning import learn_from_register, rarity_of
from nanxi.people.matching import county
from nanxi.people.models import SourceRecord
from nanxi.people.neighbours import Loaded, load
from nanxi.people.rules import zones
from nanxi.people.rules.traits import table_of
from nanxi.people.scoring import Weights
from nanxi.people.services.weights import Study, keep_weights
from nanxi.people.weighing import current_weights

#: Records that ask: enough for a degree that one match in a thousand reaches, little enough for a minute and 100 MB.
ASKERS = 20_000
#: The newest records, on which old and new weights are laid side by side.
SHADOWED = 4_000
#: With fewer there is nothing to learn that the beliefs of the engine do not know better.
FEWEST = 1_000
CHUNK = 2_000
TITLE = gettext_noop("Learning the weights of the register")

Told = Callable[[int, int], object]


@job("people.learn_weights", queue="system")
def learn_weights(run: Run) -> None:
    """Learn, and keep what was learned for somebody to adopt."""
    found = study(run.progress)
    if found is None:
        raise jobs.Failed(_("The register has too few records to learn from; a thousand are needed."))
    with county() as act:
        keep_weights(act, found, asked_by=run.actor.user_id)


def ask_learning(act: Act, area: str) -> jobs.JobRun:
    return jobs.defer(act, learn_weights, area=area, title=_(TITLE))


def study(told: Told = lambda done, total: None) -> Study | None:
    """What the register teaches; None when it is too small. Reads only."""
    weights = current_weights()
    with county():
        asking, newest, total, persons = _chosen()
    if total < FEWEST:
        return None
    parts = len(asking) // CHUNK + len(newest) // CHUNK + 2
    seen = _Seen()
    for number, part in enumerate(_chunks(asking)):
        told(number, parts)
        with county():
            world, mine = _world(part)
        seen.add(world, mine)
    shadows = _Shadows()
    for part in _chunks(newest):
        with county():
            world, mine = _world(part)
        shadows.add(world, mine)
    told(parts, parts)
    rarity = rarity_of(shadows.asked, shadows.known, persons)
    pairs = float(len(asking)) * max(total - 1, 1)
    model = learn_from_register(seen.met, _drawn(seen.strips), pairs=pairs, rarity=rarity)
    learned = Weights.of("learned", model)
    before, after = shadows.stood(weights), shadows.stood(learned)
    return Study(model, total, weights, len(before), zones.expect(before), zones.expect(after), zones.moves(before, after))


def _chosen() -> tuple[list[UUID], list[UUID], int, int]:
    """Askers spread evenly over the register, the newest records, and how many records and persons there are."""
    here = SourceRecord.everything.filter(withdrawn_at=None).exclude(traits=None)
    total = here.count()
    persons = here.exclude(person_id=None).values("person_id").distinct().count()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people_sourcerecord"
            " WHERE withdrawn_at IS NULL AND traits IS NOT NULL) AS r WHERE n %% %s = 0",
            [max(1, total // ASKERS)],
        )
        asking = [row[0] for row in cursor.fetchall()][:ASKERS]
    return asking, list(here.order_by("-id").values_list("id", flat=True)[:SHADOWED]), total, persons


def _chunks(records: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(records), CHUNK):
        yield records[start : start + CHUNK]


def _world(records: list[UUID]) -> tuple[World, int]:
    """The records, the first so many, with everybody whom a key brings, weighed."""
    seeds = Loaded(load(records).rows)
    world = World(seeds)
    world.ask(np.arange(seeds.rows.size))
    return world, int(seeds.rows.size)


@dataclass
class _Seen:
    """Patterns of the pairs that askers met, and the askers' own strips."""

    met: Tally = field(default_factory=lambda: Tally(np.zeros((0, len(comparisons_of_a_register())), np.int8), np.zeros(0)))
    strips: list[NDArray[Any]] = field(default_factory=list[NDArray[Any]])

    def add(self, world: World, mine: int) -> None:
        if world.weighed.left.size:
            self.met = self.met.plus(Tally.of(world.weighed.levels))
        self.strips.append(world.rows["strip"][:mine].copy())


def _drawn(parts: list[NDArray[Any]]) -> Tally:
    """Random pairs of the askers: how often strangers agree."""
    strips = np.concatenate(parts)
    table = table_of(strips)
    dice = np.random.default_rng(20260101)
    left = dice.integers(0, strips.size, RANDOM_PAIRS)
    right = dice.integers(0, strips.size - 1, RANDOM_PAIRS)
    return Tally.of(levels_of(table, comparisons_of_a_register(), left, right + (right >= left)))


@dataclass
class _Shadows:
    """The newest records with their pairs, to be weighed again."""

    worlds: list[tuple[World, int]] = field(default_factory=list[tuple[World, int]])
    asked: int = 0
    known: int = 0

    def add(self, world: World, mine: int) -> None:
        self.worlds.append((world, mine))
        numbered = world.rows["strip"]["id_valid"][:mine] != 0
        hits = world.weighed.same_id
        found = np.unique(np.r_[world.weighed.left[hits], world.weighed.right[hits]])
        self.asked += int(numbered.sum())
        self.known += int(numbered[found[found < mine]].sum())

    def stood(self, weights: Weights) -> list[zones.Stood]:
        """Where each newest record stands under these weights."""
        return [one for world, mine in self.worlds for one in _stood(world, mine, weights)]


def _stood(world: World, mine: int, weights: Weights) -> Iterator[zones.Stood]:
    told = world.weighed
    if weights is not told.weights:
        told = scoring.weigh(world.rows["strip"], told.left, told.right, weights, world.names, world.crowded)
    around: list[list[int]] = [[] for _ in range(mine)]
    for side in (told.left, told.right):
        for place, at in enumerate(_mine(side, mine)):
            if at >= 0:
                around[at].append(place)
    for places in around:
        yield zones.stand(told.weight[places].tolist(), told.same_id[places].tolist(), told.veto[places].tolist())


def _mine(side: Rows, mine: int) -> list[int]:
    return np.where(side < mine, side, -1).tolist()


def last_learning() -> jobs.JobRun | None:
    """The last run, in scope."""
    return jobs.JobRun.objects.filter(name=learn_weights.name).order_by("-asked_at").first()
