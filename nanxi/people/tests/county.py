"""A county of two towns, its officers, and short ways to take people in and look where they went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from nanxi.foundation import accounts, acts, scope, units
from nanxi.foundation.act import Act, Actor, house
from nanxi.foundation.clock import SetClock
from nanxi.foundation.models import Area, LedgerEntry, Unit, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role
from nanxi.people import matching, services
from nanxi.people.identity import Identity
from nanxi.people.models import SourceRecord
from nanxi.people.rules.ids import check_digit

COUNTY, OUBEI, NANXI = "990324000000", "990324101000", "990324102000"
VILLAGE, OTHER_VILLAGE = "990324101001", "990324101002"
NOW = datetime(2020, 1, 30, 4, 0, tzinfo=UTC)


def id_of(birth: str, serial: int = 1) -> str:
    """A valid ID number of the county with this birth date (yyyymmdd)."""
    first = f"990324{birth}{serial:03d}"
    return first + check_digit(first)


class County:
    """Officers by name: Lin and Ma in Oubei, He in Nanxi, Gao at headquarters, Zhou a grid worker without the register."""

    def __init__(self) -> None:
        self.clock = SetClock(NOW)
        self.users: dict[str, User] = {}
        with acts.set_up():
            Area.objects.create(code=COUNTY, name="County", kind="county")
            for code, name in ((OUBEI, "Oubei"), (NANXI, "Nanxi")):
                Area.objects.create(code=code, name=name, kind="town", parent_id=COUNTY)
            for code, name in ((VILLAGE, "Bridge village"), (OTHER_VILLAGE, "Hill village")):
                Area.objects.create(code=code, name=name, kind="village", parent_id=OUBEI)
        places = {COUNTY: "Centre", OUBEI: "Oubei town", NANXI: "Nanxi town"}
        served = {code: self._unit(name, code) for code, name in places.items()}
        with acts.set_up():
            for name, role, code in (
                ("lin", Role.TOWN_DUTY, OUBEI), ("ma", Role.TOWN_DUTY, OUBEI), ("he", Role.TOWN_DUTY, NANXI),
                ("gao", Role.HQ_DESK, COUNTY), ("zhou", Role.GRID_WORKER, OUBEI),
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

    @contextmanager
    def as_officer(self, name: str) -> Iterator[Act]:
        """An act of the officer in the officer's own scope, as a request would have it."""
        actor = self.actor(name)
        with scope.enter(actor.reach, user_id=actor.user_id, at=self.clock.now()):
            yield self.act(name)

    def take(self, *people: Identity, area: str = VILLAGE, match: bool = True) -> list[UUID]:
        """Take rows in over the county's desk and (usually) match them; returns the records."""
        rows = [services.NewRecord(area, "test", uuid4().hex, person) for person in people]
        with self.as_officer("gao") as act:
            services.add_records(act, rows)
        if match:
            matching.match_records([row.record_id for row in rows])
        return [row.record_id for row in rows]

    def person(self, record: UUID) -> UUID:
        found = self.row(record).person_id
        assert found is not None
        return found

    def row(self, record: UUID) -> SourceRecord:
        with scope.enter(EVERYWHERE):
            return SourceRecord.everything.get(pk=record)

    def entries(self, kind: str) -> list[Any]:
        with scope.enter(EVERYWHERE):
            return list(LedgerEntry.objects.filter(kind=kind).order_by("at", "id"))


def chen(**more: object) -> Identity:
    """Chen Weiming with everything known."""
    facts = {"name": "陈伟明", "id_no": id_of("19800101"), "phone": "13800000001", "sex": "m", "birth_date": date(1980, 1, 1)}
    return Identity(**{**facts, **more})  # type: ignore[arg-type]
