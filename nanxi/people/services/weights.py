"""Keeping learned weights and putting them in force. A link says which version weighed it; old links are not written again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from nanxi.foundation.act import Act, Refused, service
from nanxi.foundation.clock import county_day
from nanxi.foundation.rights import Right
from nanxi.people.models import LinkWeights
from nanxi.people.rules.zones import Expected, Zone
from nanxi.people.scoring import SHIPPED_VERSION, Weights, shipped_model


@dataclass(frozen=True)
class Study:
    """What a register taught. before, after: the zones of the `looked` newest records under the old and the new weights."""

    model: dict[str, Any]
    records: int
    beside: Weights
    looked: int
    before: Mapping[Zone, Expected]
    after: Mapping[Zone, Expected]
    moved: Mapping[tuple[Zone, Zone], int]

    def told(self) -> dict[str, Any]:
        """As kept with the weights."""
        return {
            "looked": self.looked,
            "before": {zone.value: [one.records, one.error] for zone, one in self.before.items()},
            "after": {zone.value: [one.records, one.error] for zone, one in self.after.items()},
            "moved": [[old.value, new.value, count] for (old, new), count in self.moved.items()],
        }


@service
def keep_weights(act: Act, study: Study, *, asked_by: UUID | None = None) -> LinkWeights:
    """A new version beside those in force. Nothing weighs by it until somebody adopts it."""
    _keep_shipped(act)
    row = LinkWeights(
        version=_next_version(act), model=study.model, learned_at=act.now, learned_by=asked_by, records=study.records,
        beside=study.beside.version, told=study.told(),
    )  # fmt: skip
    row.save()
    act.log(
        "people.weights.learned", area="", subject=("people.weights", row.id), version=row.version, records=row.records,
        beside=row.beside, moved=sum(study.moved.values()), asked_by=str(asked_by or ""),
    )  # fmt: skip
    return row


def _next_version(act: Act) -> str:
    day = f"{county_day(act.now):%Y%m%d}"
    return f"learned-{day}-{LinkWeights.objects.filter(version__startswith=f'learned-{day}-').count() + 1}"


def _keep_shipped(act: Act) -> None:
    """The weights that came with the house become a version like any other, so that one can go back to them."""
    if not LinkWeights.objects.filter(version=SHIPPED_VERSION).exists():
        LinkWeights(version=SHIPPED_VERSION, model=shipped_model(), learned_at=act.now, records=0).save()


@service
def adopt_weights(act: Act, weights: LinkWeights) -> LinkWeights:
    """From now on matching weighs by this version.

    Raises Refused when it is in force already, or when it moves records between zones and whoever asked for it adopts it.
    """
    act.need(Right.REVIEW_IDENTITY)
    # One adopts at a time; the rows are few.
    rows = list(LinkWeights.objects.select_for_update().order_by("id"))
    row = next(one for one in rows if one.pk == weights.pk)
    if row.pk == in_force(rows):
        raise Refused(_("These weights are in force already."))
    if row.moved() and act.actor.same_person(row.learned_by):
        raise Refused(_("These weights put records into another zone: somebody else than who asked for them adopts them."))
    row.adopted_at, row.adopted_by = act.now, act.actor.user_id
    row.save(update_fields=["adopted_at", "adopted_by"])
    moved = sum(row.moved().values())
    act.log("people.weights.adopted", area="", subject=("people.weights", row.id), version=row.version, moved=moved)
    return row


def in_force(rows: list[LinkWeights]) -> UUID | None:
    """The version adopted last; while none was, the one that came with the house."""
    adopted = [(row.adopted_at, row.id) for row in rows if row.adopted_at]
    if adopted:
        return max(adopted)[1]
    return next((row.id for row in rows if row.version == SHIPPED_VERSION), None)
