"""A county of two towns for the pages: Ailian and Gao at Oubei, Bowen, Chen and Dong at headquarters, Feng at Nanxi."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.test import Client

from nanxi.foundation import accounts, acts, grants, scope, units
from nanxi.foundation.act import Act, Actor, house
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import Area, Unit, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role
from nanxi.orders import services
from nanxi.orders.below import Origin
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import Evidence, Kind, LegalBasis, Reason
from nanxi.orders.tests.folk import Below
from nanxi.people.identity import Identity

COUNTY, OUBEI, NANXI = "990324000000", "990324101000", "990324102000"
SHAPE = {"type": "Polygon", "coordinates": [[[120.6, 28.1], [120.7, 28.1], [120.7, 28.2], [120.6, 28.2], [120.6, 28.1]]]}
STAFF = (
    ("ailian", Role.TOWN_DUTY, OUBEI), ("bai", Role.TOWN_DUTY, OUBEI), ("gao", Role.GRID_WORKER, OUBEI),
    ("bowen", Role.HQ_DESK, COUNTY),
    ("chen", Role.HQ_LEADER, COUNTY), ("dong", Role.EPIDEMIOLOGIST, COUNTY), ("feng", Role.TOWN_DUTY, NANXI),
    ("ou", Role.OPERATOR, COUNTY),
)  # fmt: skip


class Town:
    """Officers by name, what the rooms below know, and orders made for the asking."""

    def __init__(self, known: Below) -> None:
        self.known = known
        self.users: dict[str, User] = {}
        self.origins: dict[UUID, Origin] = {}
        self.runs: dict[UUID, list[UUID]] = {}
        self.people: dict[UUID, Identity] = {}
        with acts.set_up():
            Area.objects.create(code=COUNTY, name="County", kind="county")
            for code, name in ((OUBEI, "Oubei"), (NANXI, "Nanxi")):
                more = {"boundary": SHAPE, "seat_lon": 120.65, "seat_lat": 28.15, "approximate": True}
                Area.objects.create(code=code, name=name, kind="town", parent_id=COUNTY, **more)
        served = {code: self._unit(name, kind, code) for name, kind, code in (
            ("Centre", "headquarters", COUNTY), ("Oubei desk", "town", OUBEI), ("Nanxi desk", "town", NANXI))}  # fmt: skip
        with acts.set_up():
            for name, role, code in STAFF:
                user = User(username=name, display_name=name.title(), unit=served[code], role_code=role.code)
                user.set_unusable_password()
                user.save()
                self.users[name] = user

    def _unit(self, name: str, kind: str, code: str) -> Unit:
        return units.found_unit(Act(house("tests")), name=name, kind=kind, areas=[code], phone="0577-6722")

    def actor(self, name: str) -> Actor:
        return accounts.actor_of(self.users[name])

    def act(self, name: str) -> Act:
        return Act(self.actor(name))

    def client(self, name: str) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.cookies["nanxi_language"] = "en"
        client.force_login(self.users[name])
        session = client.session
        session["mfa_ready"] = True
        session.save()
        return client

    def somebody(self, name: str = "Lin Jia", path: str | None = "contact") -> UUID:
        """A record with its person, and the evidence path cases would answer."""
        with scope.enter(EVERYWHERE), acts.set_up():
            record = self.known.somebody(path)
        self.people[record] = Identity(name=name, id_no="990324198001010019", phone="13800000001", address="1 Riverside")
        return record

    def contact(self, record: UUID, *, area: str = OUBEI, accepted: bool = True) -> Origin:
        origin = Origin("cases.contact", uuid7(), record, self.known.persons.get(record), area, accepted)
        self.origins[origin.id] = origin
        return origin

    def order(self, who: str = "ailian", *, area: str = OUBEI, name: str = "Lin Jia", served: bool = False) -> IsolationOrder:
        record = self.somebody(name)
        with scope.enter(EVERYWHERE):
            act = self.act(who)
            order = services.issue_order(
                act, record_id=record, evidence=Evidence.CASE_PATH, kind=Kind.HOME, place=services.Place(area, "1 Riverside"),
                reason=Reason.CLOSE_CONTACT, legal_basis=LegalBasis.LAW_39_CONTACT, until=act.now + timedelta(days=13),
            )  # fmt: skip
            if served:
                services.serve_order(self.act("ailian"), order, how="in_person", home=services.Home(120.65, 28.15, 10))
        return order

    def open_record(
        self, act: Act, record_id: UUID, via: tuple[str, UUID], purpose: object, person_id: UUID | None
    ) -> Identity:
        grants.open_person(act, self.known.persons[record_id], via=via, purpose=purpose)  # type: ignore[arg-type]
        return self.people[record_id]

    def accepted_contacts(self, run_id: UUID) -> list[Origin] | None:
        found = self.runs.get(run_id)
        return None if found is None else [self.origins[contact] for contact in found]

    def rows(self) -> list[IsolationOrder]:
        with scope.enter(EVERYWHERE):
            return list(IsolationOrder.everything.order_by("made_at"))
