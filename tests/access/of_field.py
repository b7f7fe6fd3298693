"""One task to be done per town, one round with a household nobody holds."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from nanxi.desk import services
from nanxi.field.arrivals.models import Arrival
from nanxi.field.mobilisation.models import Shift, Team, Volunteer
from nanxi.field.models import HandedIn
from nanxi.field.sweep.models import Household, SweepRound
from nanxi.foundation import acts, vault
from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import User
from nanxi.foundation.rights import Role
from tests.access.objects import OWN, World, made_by


@made_by("field:task")
def some_errand(world: World, area: str) -> UUID:
    return services.open_task(world.act(Role.HQ_DESK), kind="visit", area=area, title="x", due=WALL.now()).pk


@made_by(
    "field:sweep", "field:sweep-give", "field:sweep-prolong", "field:api:round-prolong", "field:api:round-give",
    "field:api:round-coverage", "field:api:round-households",
)  # fmt: skip
def some_round(world: World, area: str) -> UUID:
    today = county_day(WALL.now())
    with acts.set_up():
        row = SweepRound(
            area_code=area, title="x", form="household@1", opens=today, closes=today + timedelta(days=1), goal=100,
            asked_at=WALL.now(), asked_by=uuid7(), planned_at=WALL.now(),
        )  # fmt: skip
        row.save()
    return row.pk


@made_by("field:door", "field:api:household-visits")
def some_household(world: World, area: str) -> UUID:
    with acts.set_up():
        row = Household(area_code=area, round_id=some_round(world, area), persons=1)
        row.save()
    return row.pk


@made_by("field:handed-in")
def some_late_visit(world: World, area: str) -> UUID:
    now = WALL.now()
    with acts.set_up():
        row = HandedIn(
            area_code=area, by_id=world.officers[Role.GRID_WORKER].id, key=uuid4(), task_id=uuid4(), standing="unknown",
            said_at=now, at=now, received_at=now,
        )  # fmt: skip
        vault.make_keys([row.id])
        row.sealed = vault.seal("field_handedin", "sealed", row.id, "{}")
        row.save()
    return row.id


@made_by("field:api:phone-photo")
def some_photo(world: World, area: str) -> UUID:
    return uuid4()


@made_by("field:volunteer", "field:api:volunteer-open", "field:api:volunteer-end")
def some_volunteer(world: World, area: str) -> UUID:
    unit_id = User.objects.get(username="town_duty" if area == OWN else "west_duty").unit_id
    with acts.set_up():
        team = Team(area_code=area, unit_id=unit_id, name="x", at=WALL.now())
        team.save()
        row = Volunteer(area_code=area, team=team, unit_id=unit_id, consent_at=WALL.now())
        vault.make_keys([row.id])
        row.sealed = vault.seal("field_volunteer", "sealed", row.id, '{"name": "x", "phone": ""}')
        row.save()
    return row.pk


@made_by("field:shift-call", "field:shift-cancel", "field:api:shift-call", "field:api:shift-cancel")
def some_shift(world: World, area: str) -> UUID:
    unit_id = User.objects.get(username="town_duty" if area == OWN else "west_duty").unit_id
    with acts.set_up():
        row = Shift(area_code=area, unit_id=unit_id, work="patrol", starts=WALL.now(), ends=WALL.now(), seats=1)
        row.save()
    return row.pk


@made_by("field:duty", "field:duty-feed")
def some_code(world: World, area: str) -> str:
    return "not-ours"
@made_by("field:arrival-told", "field:api:arrival-told")
def some_arrival(world: World, area: str) -> UUID:
    with acts.set_up():
        row = Arrival(
            area_code=area, record_id=uuid7(), source_kind="field.declared", day=county_day(WALL.now()), told_at=WALL.now()
        )  # fmt: skip
        row.save()
    return row.pk
