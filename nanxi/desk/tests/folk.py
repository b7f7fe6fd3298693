"""Named people: Hua and her leader Lei at headquarters, Ailian and Deng in Oubei, Xu in Nanxi, Guo and Shan in their grids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from nanxi.desk import services
from nanxi.desk.models import Alert, Directive, Task
from nanxi.foundation import accounts, acts, grants, scope, units, vault
from nanxi.foundation.act import Act, Actor, house
from nanxi.foundation.clock import SetClock
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import Area, Unit, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role

COUNTY, OUBEI, NANXI = "990324000000", "990324101000", "990324102000"
VILLAGE, HILL = "990324101001", "990324101002"
NOW = datetime(2020, 2, 3, 1, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Identity:
    name: str = "Lin Jia"
    id_no: str = "990324198001010019"
    phone: str = "13800000001"
    address: str = "1 Riverside Road"


@dataclass(frozen=True)
class Row:
    record_id: UUID
    person_id: UUID | None
    area_code: str
    elsewhere: str = ""
    cells: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sheet:
    header: list[str]
    rows: list[Row]


@dataclass(frozen=True)
class Staged:
    id: UUID


@dataclass
class Register:
    """What the rooms below would answer."""

    rows: dict[UUID, list[Row]] = field(default_factory=dict)
    staged: list[dict[str, Any]] = field(default_factory=list)
    persons: dict[UUID, UUID] = field(default_factory=dict)

    def somebody(self) -> tuple[UUID, UUID]:
        """A record with its key, and the person it belongs to."""
        record, person = uuid7(), uuid7()
        self.persons[record] = person
        vault.make_keys([record])
        return record, person

    def a_list(self, *places: str) -> UUID:
        """A committed list: one row in each of the places."""
        batch = uuid7()
        self.rows[batch] = []
        for number, place in enumerate(places):
            record, person = self.somebody()
            self.rows[batch].append(Row(record, person, place, "", [f"=Name {number}", f"13800000{number:03d}"]))
        return batch

    def masked_labels(self, person_ids: Iterable[UUID | None]) -> dict[UUID, str]:
        return {person: "Lin* ··0019" for person in person_ids if person}

    def labels_of_records(self, record_ids: Iterable[UUID]) -> dict[UUID, str]:
        return dict.fromkeys(record_ids, "Wang* ··0027")

    def rows_of_batch(self, batch_id: UUID) -> list[Row]:
        return self.rows.get(batch_id, [])

    def rows_elsewhere(self, batch_id: UUID) -> list[Row]:
        return [row for row in self.rows_of_batch(batch_id) if row.elsewhere]

    def records_of_persons(self, person_ids: set[UUID]) -> dict[UUID, set[UUID]]:
        found: dict[UUID, set[UUID]] = {}
        for record, person in self.persons.items():
            if person in person_ids:
                found.setdefault(person, set()).add(record)
        return found

    def stage_file(self, act: Act, **told: Any) -> UUID:
        self.staged.append(told)
        batch = uuid7()
        self.rows[batch] = []
        return batch

    def open_batch(self, act: Act, *, batch_id: UUID, via: tuple[str, UUID], purpose: Any) -> Sheet:
        return Sheet(["Name", "Phone"], self.rows[batch_id])

    def open_record(
        self, act: Act, *, record_id: UUID, person_id: UUID | None, via: tuple[str, UUID], purpose: Any
    ) -> Identity:
        grants.open_person(act, self.persons[record_id], via=via, purpose=purpose)
        return Identity()


class County:
    """Officers by name, one clock, and the act of each."""

    def __init__(self, register: Register) -> None:
        self.clock = SetClock(NOW)
        self.register = register
        self.users: dict[str, User] = {}
        with scope.enter(EVERYWHERE, at=NOW):
            self._found()

    def _found(self) -> None:
        with acts.set_up():
            Area.objects.create(code=COUNTY, name="County", kind="county")
            for code, name in ((OUBEI, "Oubei"), (NANXI, "Nanxi")):
                Area.objects.create(code=code, name=name, kind="town", parent_id=COUNTY)
            for code, name in ((VILLAGE, "Riverside"), (HILL, "Hillside")):
                Area.objects.create(code=code, name=name, kind="village", parent_id=OUBEI)
        served = {
            name: units.found_unit(self.by_house(), name=name, kind=kind, areas=[area])
            for name, kind, area in (
                ("Headquarters", Unit.Kind.HEADQUARTERS, COUNTY),
                ("Oubei desk", Unit.Kind.TOWN, OUBEI),
                ("Nanxi desk", Unit.Kind.TOWN, NANXI),
                ("Riverside grid", Unit.Kind.COMMUNITY, VILLAGE),
                ("Hillside grid", Unit.Kind.COMMUNITY, HILL),
                ("Centre", Unit.Kind.DEPARTMENT, COUNTY),
            )
        }
        with acts.set_up():
            for name, role, unit in (
                ("hua", Role.HQ_DESK, "Headquarters"),
                ("lei", Role.HQ_LEADER, "Headquarters"),
                ("ailian", Role.TOWN_DUTY, "Oubei desk"),
                ("deng", Role.TOWN_DUTY, "Oubei desk"),
                ("xu", Role.TOWN_DUTY, "Nanxi desk"),
                ("guo", Role.GRID_WORKER, "Riverside grid"),
                ("shan", Role.GRID_WORKER, "Hillside grid"),
                ("ding", Role.EPIDEMIOLOGIST, "Centre"),
            ):
                user = User(username=name, display_name=name.title(), unit=served[unit], role_code=role.code)
                user.set_unusable_password()
                user.save()
                self.users[name] = user

    def by_house(self) -> Act:
        return Act(actor=house("tests"), clock=self.clock)

    def actor(self, name: str) -> Actor:
        return accounts.actor_of(self.users[name])

    def act(self, name: str, key: str = "") -> Act:
        return Act(actor=self.actor(name), clock=self.clock, key=key)

    def client(self, name: str) -> Client:
        made = Client(headers={"accept-language": "en"})
        made.cookies["nanxi_language"] = "en"
        made.force_login(self.users[name])
        session = made.session
        session["mfa_ready"] = True
        session.save()
        return made

    def alert(self, area: str = OUBEI, **more: Any) -> Alert:
        """Somebody left home in a town."""
        record, person = self.register.somebody()
        told = {
            "key": f"orders.exit:{record}:1",
            "kind": "orders.exit",
            "severity": "high",
            "area": area,
            "subject": ("orders.order", uuid7()),
            "person_id": person,
            "record_id": record,
            "title": "Left the place of isolation (probable)",
            "facts": {"event": "EXIT_PROBABLE", "why": "dwell", "distance_m": 180, "acc_m": 20, "fixes": 3, "dwell_s": 120},
        }
        return services.raise_alert(self.by_house(), **{**told, **more})

    def directive(self, *places: str, who: str = "hua", number: str = "12", area: str = COUNTY) -> Directive:
        """A triaged directive whose list is committed."""
        directive = services.receive_directive(
            self.act(who),
            kind="order",
            number=number,
            sender="City headquarters",
            deadline=NOW + DAY,
            text="Check them.",
            area=area,
        )
        batch = self.register.a_list(*places) if places else None
        return services.triage_directive(self.act(who), directive, priority=1, deadline=self.clock.now() + DAY, batch_id=batch)

    def task(self, kind: str = "verification", area: str = VILLAGE, **more: Any) -> Task:
        record, person = self.register.somebody()
        told = {"title": "Verify a person of a list", "record_id": record, "person_id": person, "due": self.clock.now() + HOUR}
        return services.open_task(self.by_house(), kind=kind, area=area, **{**told, **more})
