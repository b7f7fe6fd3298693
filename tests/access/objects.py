"""The small world of the access test: one county, two towns, an officer of every role, and one object of each kind per town."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.test import Client
from django.urls import reverse

from nanxi.foundation import accounts, acts, areas, charter, scope, units
from nanxi.foundation.act import Act, house
from nanxi.foundation.areas import AreaRecord
from nanxi.foundation.clock import WALL, county_day
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import Area, JobRun, Unit, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role

COUNTY, OWN, FOREIGN = "330324000000", "330324101000", "330324102000"
#: Roles whose unit answers for the whole county; the others sit in the first town.
COUNTY_WIDE = frozenset({Role.HQ_DESK, Role.HQ_LEADER, Role.EPIDEMIOLOGIST, Role.CONFIRMER, Role.OVERSIGHT, Role.OPERATOR})

Maker = Callable[["World", str], "UUID | str"]
#: Address → the maker of the object it names. Rooms' lines stand in their own modules beside this one.
MAKERS: dict[str, Maker] = {}


def made_by(*addresses: str) -> Callable[[Maker], Maker]:
    """Register the maker of the object that these addresses name."""

    def keep(maker: Maker) -> Maker:
        MAKERS.update(dict.fromkeys(addresses, maker))
        return maker

    return keep


@dataclass
class World:
    """Officers by role, and objects made once per kind and town."""

    officers: dict[Role, User]
    made: dict[tuple[Maker, str], UUID | str] = field(default_factory=dict)

    def client(self, role: Role) -> Client:
        client = Client()
        client.force_login(self.officers[role])
        # As if the second factor were set up; that gate has its own test.
        session = client.session
        session["mfa_ready"] = True
        session.save()
        return client

    def county_wide(self, role: Role) -> bool:
        return role in COUNTY_WIDE

    def act(self, role: Role) -> Act:
        return Act(actor=accounts.actor_of(self.officers[role]))

    def address(self, name: str, *, foreign: bool) -> str:
        maker = MAKERS.get(name)
        if maker is None:
            return reverse(name)
        key = (maker, FOREIGN if foreign else OWN)
        if key not in self.made:
            with scope.enter(EVERYWHERE, at=WALL.now()):
                self.made[key] = maker(self, key[1])
        return reverse(name, args=[self.made[key]])


def load_rooms() -> None:
    """Import the makers of the rooms that this run loads (of_cases, of_desk, …)."""
    for module in sorted(Path(__file__).parent.glob("of_*.py")):
        room = module.stem.removeprefix("of_").partition("_")[0]
        if f"nanxi.{room}" in settings.ROOMS:
            import_module(f"tests.access.{module.stem}")


def make_world() -> World:
    """Found the county, its towns, units and officers. Needs a database without a county."""
    load_rooms()
    act = Act(actor=house("setup"))
    with scope.enter(EVERYWHERE, at=act.now):
        areas.found_areas(
            act, [AreaRecord(COUNTY, "County"), AreaRecord(OWN, "East"), AreaRecord(FOREIGN, "West")], origin="test"
        )
        desk = units.found_unit(act, name="Headquarters", kind=Unit.Kind.HEADQUARTERS, areas=[COUNTY])
        town = units.found_unit(act, name="East town", kind=Unit.Kind.TOWN, areas=[OWN])
        west = units.found_unit(act, name="West town", kind=Unit.Kind.TOWN, areas=[FOREIGN])
        officers = {
            role: accounts.open_account(
                act, username=role.code, display_name=role.label, unit=desk if role in COUNTY_WIDE else town, role=role
            )
            for role in Role
        }
        accounts.open_account(act, username="west_duty", display_name="West duty", unit=west, role=Role.TOWN_DUTY)
        until = county_day(act.now) + timedelta(days=90)
        charter.found_county(
            act, name="County", area=Area.objects.get(code=COUNTY), rehearsal=False, until=until, legal_basis="test"
        )
    return World(officers)


@made_by("job", "job-stop")
def job_of(world: World, area: str) -> UUID:
    with acts.set_up():
        row = JobRun(area_code=area, name="x", title="x", asked_at=WALL.now())
        row.save()
    return row.id


@made_by("program-token-revoke")
def no_token(world: World, area: str) -> UUID:
    return uuid7()


@made_by("officer-close")
def some_officer(world: World, area: str) -> UUID:
    return User.objects.get(username="west_duty").id


@made_by("device-revoke")
def some_device(world: World, area: str) -> UUID:
    user = User.objects.get(username="grid_worker")
    return accounts.offer_device(world.act(Role.TOWN_DUTY), user=user, label="phone").id
