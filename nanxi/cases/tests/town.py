"""A county of two towns and its officers, for the tests of this room."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from nanxi.foundation import accounts, acts, units
from nanxi.foundation.act import Act, Actor, house
from nanxi.foundation.clock import SetClock
from nanxi.foundation.models import Area, Unit, User
from nanxi.foundation.reach import Reach
from nanxi.foundation.rights import Role

COUNTY, OUBEI, NANXI = "990324000000", "990324101000", "990324102000"
NOW = datetime(2020, 1, 30, 4, 0, tzinfo=UTC)


class Town:
    """Officers by name, one clock, and the act of each."""

    def __init__(self) -> None:
        self.clock = SetClock(NOW)
        self.users: dict[str, User] = {}
        with acts.set_up():
            Area.objects.create(code=COUNTY, name="County", kind="county")
            for code, name in ((OUBEI, "Oubei"), (NANXI, "Nanxi")):
                Area.objects.create(code=code, name=name, kind="town", parent_id=COUNTY)
        served = {
            code: self._unit(name, code) for code, name in ((COUNTY, "Centre"), (OUBEI, "Oubei town"), (NANXI, "Nanxi town"))
        }
        with acts.set_up():
            for name, role, code in (
                ("bao", Role.CONFIRMER, COUNTY), ("chen", Role.CONFIRMER, COUNTY), ("ding", Role.EPIDEMIOLOGIST, COUNTY),
                ("fang", Role.HQ_LEADER, COUNTY), ("wu", Role.EPIDEMIOLOGIST, OUBEI), ("xu", Role.EPIDEMIOLOGIST, NANXI),
                ("zhou", Role.GRID_WORKER, OUBEI), ("chen2", Role.CONFIRMER, NANXI),
            ):  # fmt: skip
                user = User(username=name, display_name=name.title(), unit=served[code], role_code=role.code)
                user.set_unusable_password()
                user.save()
                self.users[name] = user

    def _unit(self, name: str, code: str) -> Unit:
        return units.found_unit(Act(actor=house("tests"), clock=self.clock), name=name, kind="department", areas=[code])

    def actor(self, name: str) -> Actor:
        return accounts.actor_of(self.users[name])

    def act(self, name: str, key: str = "") -> Act:
        return Act(actor=self.actor(name), clock=self.clock, key=key)

    def reach(self, name: str) -> Reach:
        return self.actor(name).reach

    def user_id(self, name: str) -> UUID:
        return UUID(str(self.users[name].id))
