"""One case, trace and contact per town."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from nanxi.cases.models import Adoption, Case, CloseContact, Comparison, TraceRun
from nanxi.foundation import acts, vault
from nanxi.foundation.clock import WALL
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.rights import Role
from tests.access.objects import World, made_by


@made_by(
    "case", "case-read", "case-diagnose", "case-confirm", "case-discard", "case-interview", "case-trace", "case-compare",
)
def some_case(world: World, area: str) -> UUID:
    with acts.set_up():
        row = Case(area_code=area, record_id=_record(), reported_at=WALL.now())
        row.save()
    return row.id


@made_by("trace-run", "trace-approve", "trace-decide", "trace-again", "trace-indirect")
def some_run(world: World, area: str) -> UUID:
    now = WALL.now()
    with acts.set_up():
        row = TraceRun(
            area_code=area, case_id=some_case(world, area), asked_by=world.officers[Role.EPIDEMIOLOGIST].id, asked_at=now,
            window_start=now - timedelta(days=3), window_end=now, edition="cn-2020-02", slack_s=600,
        )  # fmt: skip
        row.save()
    return row.id


@made_by("comparison", "edition-propose")
def some_comparison(world: World, area: str) -> UUID:
    with acts.set_up():
        row = Comparison(
            area_code=area, case_id=some_case(world, area), asked_by=world.officers[Role.EPIDEMIOLOGIST].id, asked_at=WALL.now()
        )
        row.save()
    return row.id


@made_by("edition-decide")
def some_adoption(world: World, area: str) -> UUID:
    now = WALL.now()
    with acts.set_up():
        row = Adoption(
            edition="cn-2021-05", since=now.date(), comparison_id=some_comparison(world, area),
            proposed_by=world.officers[Role.EPIDEMIOLOGIST].id, proposed_at=now,
        )  # fmt: skip
        row.save()
    return row.id


@made_by("contact", "contact-decide", "contact-follow")
def some_contact(world: World, area: str) -> UUID:
    now = WALL.now()
    with acts.set_up():
        row = CloseContact(
            area_code=area, case_id=some_case(world, area), record_id=_record(), found_at=now, klass="close", first=now, last=now
        )
        row.save()
    return row.id


def _record() -> UUID:
    record = uuid7()
    vault.make_keys([record])
    return record
