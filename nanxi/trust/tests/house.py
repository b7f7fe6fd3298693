"""Named people for the tests of this room: Ailian issues at the town, Bowen answers at headquarters, Chunhua is at home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.test import Client
from django.urls import reverse

from nanxi.foundation import accounts, areas, charter, grants, scope, units, vault
from nanxi.foundation.act import Act
from nanxi.foundation.act import house as part_of_the_house
from nanxi.foundation.areas import AreaRecord
from nanxi.foundation.clock import WALL, SetClock, county_day
from nanxi.foundation.grants import Opening, Purpose
from nanxi.foundation.identifiers import uuid7
from nanxi.foundation.models import Area, LedgerEntry, User
from nanxi.foundation.reach import EVERYWHERE
from nanxi.foundation.rights import Role
from nanxi.orders import links, services
from nanxi.orders.models import IsolationOrder
from nanxi.orders.rules import Evidence, Kind, LegalBasis, Reason

COUNTY, EAST, WEST = "990324000000", "990324101000", "990324102000"


@dataclass
class Path:
    """What cases answers."""

    kind: str
    case_id: UUID
    contact_id: UUID | None
    until: object = None


class House:
    """Officers by name, one clock that starts now and may stand in the past, and orders for whoever is asked for."""

    def __init__(self) -> None:
        self.clock = SetClock(WALL.now())
        self.paths: dict[UUID, Path] = {}
        self.persons: dict[UUID, UUID] = {}
        act = Act(part_of_the_house("setup"), self.clock)
        with scope.enter(EVERYWHERE):
            areas.found_areas(act, [AreaRecord(COUNTY, "County"), AreaRecord(EAST, "East"), AreaRecord(WEST, "West")], origin="t")
            town = units.found_unit(act, name="East town", kind="town", areas=[EAST], phone="0577-100")
            units.found_unit(act, name="West town", kind="town", areas=[WEST], phone="0577-200")
            desk = units.found_unit(act, name="Headquarters", kind="headquarters", areas=[COUNTY])
            self.officers: dict[str, User] = {
                name: accounts.open_account(act, username=name, display_name=name.title(), unit=unit, role=role)
                for name, unit, role in (
                    ("ailian", town, Role.TOWN_DUTY), ("bowen", desk, Role.HQ_DESK), ("dai", desk, Role.EPIDEMIOLOGIST),
                )
            }  # fmt: skip
            until = county_day(WALL.now()) + timedelta(days=90)
            charter.found_county(
                act, name="County", area=Area.objects.get(code=COUNTY), rehearsal=False, until=until, legal_basis="Law, art. 39"
            )

    def act(self, name: str) -> Act:
        return Act(accounts.actor_of(self.officers[name]), self.clock)

    def somebody(self, kind: str = "contact") -> UUID:
        """A record with a person and evidence of a kind."""
        record = uuid7()
        self.persons[record] = uuid7()
        self.paths[record] = Path(kind, uuid7(), uuid7() if kind == "contact" else None)
        with scope.enter(EVERYWHERE):
            from nanxi.foundation import acts

            with acts.set_up():
                vault.make_keys([record])
        return record

    def order(self, record: UUID, *, days: float = 14, kind: str = "contact") -> IsolationOrder:
        terms = {
            "contact": (Reason.CLOSE_CONTACT, Evidence.CASE_PATH, LegalBasis.LAW_39_CONTACT),
            "own_case": (Reason.CONFIRMED, Evidence.OWN_CASE, LegalBasis.LAW_39_PATIENT),
        }
        reason, evidence, basis = terms[kind]
        with scope.enter(EVERYWHERE):
            return services.issue_order(
                self.act("ailian"), record_id=record, evidence=evidence, kind=Kind.HOME,
                place=services.Place(EAST, "No. 1 Riverside Lane"), reason=reason, legal_basis=basis,
                until=self.clock.now() + timedelta(days=days),
            )  # fmt: skip

    def read_by(self, name: str, person: UUID, purpose: Purpose = Purpose.ISOLATION) -> None:
        """An officer opens the person's record."""
        grants.register("trust.test", lambda actor, thing, whom, now: Opening(True, area_code=EAST))
        with scope.enter(EVERYWHERE):
            grants.open_person(self.act(name), person, via=("trust.test", uuid7()), purpose=purpose)

    def entries(self, kind: str) -> list[LedgerEntry]:
        with scope.enter(EVERYWHERE):
            return list(LedgerEntry.objects.filter(kind=kind).order_by("at", "id"))


def phone() -> Client:
    """A person's phone: no sign-in, English."""
    client = Client(headers={"accept-language": "en"})
    client.cookies["nanxi_language"] = "en"
    return client


def address(order: IsolationOrder, name: str = "own") -> str:
    return reverse(name, args=[links.code_of(order)])
