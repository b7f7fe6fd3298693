"""One record with its person, one pair and one link per town; a task that nobody holds."""

from __future__ import annotations

from uuid import UUID, uuid4

from nanxi.foundation import acts
from nanxi.foundation.act import Act, house
from nanxi.foundation.clock import WALL
from nanxi.people import matching, services
from nanxi.people.identity import Identity
from nanxi.people.models import IdentityLink, LinkWeights, ReviewPair, SourceRecord
from nanxi.people.scoring import shipped_model
from tests.access.objects import World, made_by


def _record(area: str) -> SourceRecord:
    act = Act(actor=house("tests"))
    record = services.record_claim(act, area=area, source_kind="test", source_ref=uuid4().hex, identity=Identity(name="陈伟明"))
    matching.match_records([record])
    return SourceRecord.everything.get(pk=record)


@made_by("person", "relation-new", "residence-new")
def some_person(world: World, area: str) -> UUID:
    person = _record(area).person_id
    assert person is not None
    return person


@made_by("review-pair", "review-decide", "review-undo")
def some_pair(world: World, area: str) -> UUID:
    one, other = sorted((_record(area).id, _record(area).id))
    with acts.set_up():
        pair, _ = ReviewPair.everything.get_or_create(
            one_id=one, other_id=other, defaults={"area_code": area, "kind": "likely", "opened_at": WALL.now()}
        )
    return pair.id


@made_by("link-undo")
def some_link(world: World, area: str) -> UUID:
    return IdentityLink.everything.get(record_id=_record(area).id).id


@made_by("people-lead", "lead-choose", "relation-end", "residence-end")
def nobodys_task(world: World, area: str) -> UUID:
    return uuid4()


@made_by("weights-version", "weights-adopt")
def some_weights(world: World, area: str) -> UUID:
    with acts.set_up():
        row, _ = LinkWeights.objects.get_or_create(
            version="learned", defaults={"model": shipped_model(), "learned_at": WALL.now(), "records": 1}
        )
    return row.id
