"""Two villages of Oubei with the real register: Wei walks Bridge End with Tan, nobody walks Hill; Qian keeps the town's desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from nanxi.field.sweep import planning
from nanxi.field.sweep.models import Household, SweepRound
from nanxi.foundation import accounts, acts, areas, charter, jobs, scope, units, vault
from nanxi.foundation.act import Act, house
from nanxi.foundation.areas import AreaRecord
from nanxi.foundation.clock import WALL, SetClock, county_day, day_bounds
from nanxi.foundation.models import Area, JobRun, Unit, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role
from nanxi.people import matching, services
from nanxi.people.identity import Identity

COUNTY, OUBEI, NANXI = "990324000000", "990324101000", "990324102000"
BRIDGE, HILL = "990324101001", "990324101201"
#: Today at ten in the morning: pages and jobs take the time of this machine.
NOW = day_bounds(county_day(WALL.now()))[0] + timedelta(hours=10)
SEEN = {"result": "visited", "answered_by": "adult", "living": "2", "unwell": "0", "arrived": "0"}


class Village:
    def __init__(self) -> None:
        self.clock = SetClock(NOW)
        act = Act(actor=house("setup"), clock=self.clock)
        with scope.enter(EVERYWHERE, at=act.now):
            places = {COUNTY: "County", OUBEI: "Oubei", NANXI: "Nanxi", BRIDGE: "Bridge End", HILL: "Hill"}
            areas.found_areas(act, [AreaRecord(code, name) for code, name in places.items()], origin="test")
            until = county_day(act.now) + timedelta(days=90)
            charter.found_county(
                act, name="County", area=Area.objects.get(code=COUNTY), rehearsal=False, until=until, legal_basis="test"
            )
            community = units.found_unit(act, name="Bridge End community", kind=Unit.Kind.COMMUNITY, areas=[BRIDGE])
            self.users = {
                name: accounts.open_account(act, username=name, display_name=name.title(), unit=unit, role=role)
                for name, unit, role in (
                    ("wei", community, Role.GRID_WORKER),
                    ("tan", community, Role.GRID_WORKER),
                    ("qian", self._town(act, "Oubei town", OUBEI), Role.TOWN_DUTY),
                    ("xia", self._town(act, "Nanxi town", NANXI), Role.TOWN_DUTY),
                )
            }
            vault.mac("field.tests", b"")
            vault.index("field.tests", "")

    @staticmethod
    def _town(act: Act, name: str, area: str) -> Unit:
        return units.found_unit(act, name=name, kind=Unit.Kind.TOWN, areas=[area])

    @contextmanager
    def as_officer(self, name: str, key: str = "") -> Iterator[Act]:
        """An act in the officer's own scope, as a request would have it."""
        actor = accounts.actor_of(self.users[name])
        with scope.enter(actor.reach, user_id=actor.user_id, at=self.clock.now()):
            yield Act(actor=actor, clock=self.clock, key=key)

    def client(self, name: str) -> Client:
        made = Client(headers={"Accept-Language": "en"})
        made.force_login(self.users[name])
        session = made.session
        session["mfa_ready"] = True
        session.save()
        return made

    def take(self, *people: Identity, area: str = BRIDGE) -> list[UUID]:
        """People of a list, in the register and matched."""
        rows = [services.NewRecord(area, "test", uuid4().hex, person) for person in people]
        with scope.enter(EVERYWHERE):
            services.add_records(Act(actor=house("setup"), clock=self.clock), rows)
        matching.match_records([row.record_id for row in rows])
        return [row.record_id for row in rows]

    def plan(self, area: str = OUBEI, who: str = "qian", **more: Any) -> SweepRound:
        """A round, planned as the worker would."""
        today = county_day(self.clock.now())
        told = {"title": "First round", "form": "household@1", "opens": today, "closes": today + timedelta(days=6), "goal": 100}
        with self.as_officer(who) as act:
            row = planning.plan_round(act, area=area, **{**told, **more})
        self.work(row)
        return self.again(row)

    def work(self, row: SweepRound) -> None:
        with scope.enter(EVERYWHERE):
            job = JobRun.everything.get(pk=row.job_id)  # type: ignore[attr-defined]
            user = User.objects.get(pk=job.user_id)
        planning.plan.work(jobs.Run(job, accounts.actor_of(user)), round=str(row.pk))

    @staticmethod
    def again(row: SweepRound) -> SweepRound:
        with scope.enter(EVERYWHERE):
            return SweepRound.objects.select_related("job").get(pk=row.pk)

    @staticmethod
    def homes(row: SweepRound) -> list[Household]:
        with scope.enter(EVERYWHERE):
            return list(Household.objects.filter(round=row).order_by("area_code", "id"))

    def give(self, home: Household, name: str) -> None:
        """Laid on somebody, as giving does."""
        with scope.enter(EVERYWHERE), acts.set_up():
            Household.everything.filter(pk=home.pk).update(worker_id=self.users[name].pk, unit_id=self.users[name].unit_id)


def lives(name: str, address: str, birth: date = date(1980, 1, 1), phone: str = "") -> Identity:
    return Identity(name=name, phone=phone, birth_date=birth, address=address)


def street(doors: int) -> list[Identity]:
    """One person behind each door of a street, nobody like another."""
    names = ["陈伟明", "林海燕", "王建国", "郑小红", "黄志强", "吴丽萍", "周文斌", "徐春花"]
    births = [date(1950 + 4 * n, 1 + n, 3 + 2 * n) for n in range(doors)]
    return [lives(names[n], f"河滨路{n + 1}号", births[n], f"1380000{n:04d}") for n in range(doors)]
